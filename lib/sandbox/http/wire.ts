/**
 * AWS's protocols on one port: which service and operation a request means, and what an answer looks like.
 *
 * Owns: AWS JSON 1.0 and 1.1 (by x-amz-target), REST JSON (by method and path), the shapes of errors, who signed.
 * Must not know: what the operations do. Signatures are not checked: only the access key's name counts.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-error.js';

export type ServiceName = 'dynamodb' | 'events' | 'lambda' | 'scheduler' | 'ses' | 'sqs';

export interface ApiRequest {
  readonly service: ServiceName;
  readonly operation: string;
  /** What the path names: a schedule, a function. */
  readonly name: string;
  readonly body: string;
  /** The body and the query parameters; empty when the body is no JSON object. */
  readonly input: Readonly<Record<string, unknown>>;
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

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly service: ServiceName;
  readonly operation: string;
}

const routes: readonly Route[] = [
  { method: 'POST', path: /^\/schedules\/([^/]+)$/, service: 'scheduler', operation: 'CreateSchedule' },
  { method: 'GET', path: /^\/schedules\/([^/]+)$/, service: 'scheduler', operation: 'GetSchedule' },
  { method: 'PUT', path: /^\/schedules\/([^/]+)$/, service: 'scheduler', operation: 'UpdateSchedule' },
  { method: 'DELETE', path: /^\/schedules\/([^/]+)$/, service: 'scheduler', operation: 'DeleteSchedule' },
  { method: 'GET', path: /^\/schedules\/?$/, service: 'scheduler', operation: 'ListSchedules' },
  { method: 'GET', path: /^\/schedule-groups\/([^/]+)$/, service: 'scheduler', operation: 'GetScheduleGroup' },
  { method: 'POST', path: /^\/v2\/email\/outbound-emails\/?$/, service: 'ses', operation: 'SendEmail' },
  {
    method: 'POST',
    path: /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?$/,
    service: 'lambda',
    operation: 'Invoke',
  },
];

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
    return { service, operation, name: '', body, input: parseInput(body), accessKeyId, headers };
  }
  for (const { method: wanted, path, service, operation } of routes) {
    const match = method === wanted ? path.exec(url.pathname) : null;
    if (match === null) continue;
    const input = { ...Object.fromEntries(url.searchParams), ...parseInput(body) };
    return { service, operation, name: decodeURIComponent(match[1] ?? ''), body, input, accessKeyId, headers };
  }
  return undefined;
}

function parseInput(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body === '' ? '{}' : body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

export function contentTypeOf(service: ServiceName): string {
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
