/**
 * AWS's protocols on one port: which service and operation a request means, and what an answer looks like.
 *
 * Owns: AWS JSON 1.0 and 1.1 (by x-amz-target), AWS query (a form, answered in XML), the shapes of errors, who signed. REST
 * JSON (by method and path) is models/bindings.ts.
 * Must not know: what the operations do. Signatures are not checked: only the access key's name counts.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { bindRequest } from '../models/bindings.js';
import type { ModelledService } from '../models/requests.js';
import { inputOfForm } from '../queues/query-protocol.js';
import { escapedXml } from '../template/stacks.js';
import { AwsError } from './aws-error.js';

export type ServiceName = ModelledService;

export interface ApiRequest {
  readonly service: ServiceName;
  readonly operation: string;
  /** What the path names: a schedule, a function. */
  readonly name: string;
  readonly body: string;
  /** Under the names of the service's model; empty when it is malformed. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The body is not the JSON object that the protocol asks for. */
  readonly malformed: boolean;
  /** Of AWS query: the answer is to be in XML. */
  readonly isForm?: true;
  readonly accessKeyId: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const targetPrefixes: Readonly<Record<string, ServiceName>> = {
  AWSEvents: 'events',
  AmazonSQS: 'sqs',
  DynamoDB_20120810: 'dynamodb',
};

/** A form names its service only by the version of its API. */
const queryVersions: Readonly<Record<string, ServiceName>> = {
  '2010-05-15': 'cloudformation',
  '2012-11-05': 'sqs',
};

/** The call that a request makes, or undefined when it is none that the sandbox knows. */
export function readApiRequest(
  method: string,
  url: URL,
  headers: IncomingHttpHeaders,
  body: string,
): ApiRequest | undefined {
  const accessKeyId = /Credential=([^/,\s]+)/.exec(headers.authorization ?? '')?.[1];
  const target = headers['x-amz-target'];
  if (typeof target === 'string') {
    const [prefix, operation] = target.split('.') as [string, string | undefined];
    const service = targetPrefixes[prefix];
    if (service === undefined || operation === undefined) return undefined;
    return { service, operation, name: '', body, ...read(parseObject(body)), accessKeyId, headers };
  }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams(body);
    const operation = form.get('Action') ?? '';
    const service = queryVersions[form.get('Version') ?? ''];
    if (service === undefined) return undefined;
    const input = service === 'sqs' ? inputOfForm(operation, form) : Object.fromEntries(form);
    return { service, operation, name: '', body, ...read(input), accessKeyId, headers, isForm: true };
  }
  const bound = bindRequest(method, url, headers, () => parseObject(body));
  if (bound === undefined) return undefined;
  return { ...bound, ...read(bound.input), body, accessKeyId, headers };
}

function read(input: Readonly<Record<string, unknown>> | undefined): Pick<ApiRequest, 'input' | 'malformed'> {
  return { input: input ?? {}, malformed: input === undefined };
}

/** No body at all is an empty object. */
function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body === '' ? '{}' : body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

export function contentTypeOf(service: ServiceName): string {
  if (service === 'cloudformation') return 'text/xml';
  if (service === 'events') return 'application/x-amz-json-1.1';
  return service === 'dynamodb' || service === 'sqs' ? 'application/x-amz-json-1.0' : 'application/json';
}

export function success(service: ServiceName, output: unknown, status = 200): WireAnswer {
  return { status, headers: { 'content-type': contentTypeOf(service) }, body: JSON.stringify(output) };
}

const namespaces: Partial<Record<ServiceName, string>> = {
  dynamodb: 'com.amazonaws.dynamodb.v20120810#',
  sqs: 'com.amazonaws.sqs#',
};

/** SQS's clients of the older protocol look for the old code. */
const queryCodes: Readonly<Record<string, string>> = { QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue' };

export function failure(service: ServiceName, error: AwsError): WireAnswer {
  const { code, message, status } = error;
  const headers: Record<string, string> = { 'content-type': contentTypeOf(service) };
  if (service === 'sqs') headers['x-amzn-query-error'] = `${queryCodes[code] ?? code};Sender`;
  if (service === 'dynamodb' || service === 'events' || service === 'sqs') {
    return { status, headers, body: JSON.stringify({ __type: `${namespaces[service] ?? ''}${code}`, message }) };
  }
  if (service === 'cloudformation') {
    const error = `<Error><Type>Sender</Type><Code>${escapedXml(code)}</Code><Message>${escapedXml(message)}</Message></Error>`;
    return { status, headers, body: `<ErrorResponse>${error}<RequestId>sandbox</RequestId></ErrorResponse>` };
  }
  headers['x-amzn-errortype'] = code;
  return { status, headers, body: JSON.stringify(service === 'ses' ? { message } : { Message: message }) };
}

/** An error of a request that means no call at all. */
export function unknownRequest(method: string, path: string): WireAnswer {
  const error = new AwsError('UnknownOperationException', `the sandbox knows no ${method} ${path}`, 404);
  return {
    ...failure('lambda', error),
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
  };
}
