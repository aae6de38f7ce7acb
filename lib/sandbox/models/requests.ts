/**
 * Whether a service takes a request at all: an operation that it has here, and an input that fits its model.
 *
 * Owns: the models by service, each service's own code and words for what is against them.
 * Must not know: what operations do, who calls, protocols.
 * Invariants: what breaks the model never reaches a service, and nothing else is refused here. Of DynamoDB the types are
 * left to the tables, whose own parser has the service's words.
 */

import { AwsError, constraintError } from '../http/aws-error.js';
import { cloudformation } from './cloudformation.js';
import { type Findings, findingsOf, type Violation } from './constraints.js';
import { dynamodb } from './dynamodb.js';
import { events } from './events.js';
import { lambda } from './lambda.js';
import type { ServiceModel } from './model.js';
import { scheduler } from './scheduler.js';
import { ses } from './ses.js';
import { sqs } from './sqs.js';

export const models = { cloudformation, dynamodb, events, lambda, scheduler, ses, sqs } as const;
export type ModelledService = keyof typeof models;

export interface Request {
  readonly service: ModelledService;
  readonly operation: string;
  /** Under the names of the model; undefined: the body was not the JSON object that the protocol asks for. */
  readonly input: unknown;
}

/** Where a broken constraint is no ValidationException. */
const constraintCodes: Partial<Record<ModelledService, string>> = {
  cloudformation: 'ValidationError',
  ses: 'BadRequestException',
};

/** So many violations AWS names in one answer. */
const mostNamed = 10;

/** What is against the model, and what the model does not know. The operation must be one of the model's. */
export function findingsOfRequest({ service, operation, input }: Request): Findings {
  const model: ServiceModel = models[service];
  const found = model.operations[operation];
  if (found === undefined) throw new Error(`findingsOfRequest: ${service} has no ${operation} here`);
  const { violations, unknown } = findingsOf(model, found.input, input);
  return { violations: service === 'dynamodb' ? violations.filter(isNoType) : violations, unknown };
}

/** The error that the service answers at once, or undefined when the request may go on. */
export function refusalOf(request: Request): AwsError | undefined {
  const { service, operation, input } = request;
  const { operations }: ServiceModel = models[service];
  if (!Object.hasOwn(operations, operation)) return unknownOperation(service, operation, Object.keys(operations));
  if (input === undefined) return new AwsError('SerializationException', '');
  const { violations } = findingsOfRequest(request);
  const mistyped = violations.find(({ kind }) => kind === 'mistyped');
  if (mistyped !== undefined) return new AwsError('SerializationException', mistyped.text);
  const [first] = violations;
  if (first === undefined) return undefined;
  if (service === 'sqs') return queueError(first);
  const { code, message } = constraintError(violations.slice(0, mostNamed).map(({ text }) => text));
  return new AwsError(constraintCodes[service] ?? code, message);
}

function isNoType({ kind }: Violation): boolean {
  return kind !== 'mistyped';
}

/** SQS has words of its own, one violation at a time. */
function queueError({ kind, member, value }: Violation): AwsError {
  if (kind === 'missing') {
    return new AwsError('MissingParameter', `The request must contain the parameter ${member}.`);
  }
  const unknown = Array.isArray(value) ? value.map(String).join(', ') : String(value);
  return new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
}

function unknownOperation(service: ModelledService, operation: string, known: readonly string[]): AwsError {
  const message = `the sandbox does not know ${service}:${operation}; of ${service} it knows ${known.join(', ')}`;
  return new AwsError(service === 'cloudformation' ? 'InvalidAction' : 'UnknownOperationException', message);
}
