/**
 * The one interpreter of declared journeys as a Lambda handler: the Journey construct bundles this file and hands the bundle
 * a declaration. docs/decisions/030.
 *
 * Owns: what the deployment adds to a declaration, and invoking functions for it. What steps mean is journey/declared's.
 * Invariants: one attempt of a step is one invocation, because the SDK does not try again by itself; the Lambda client is
 * loaded when a step first invokes something, because most journeys never do.
 */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { env } from '../contract.js';
import type { DeclaredJourney } from '../journey/declared/form.js';
import { interpret } from '../journey/declared/interpret.js';
import type { AnyJourney } from '../journey/definition.js';
import { NonRetriableError } from '../journey/errors.js';
import { limits } from '../limits.js';
import { isObject } from './attributes.js';
import { patience } from './clients.js';
import { AdapterError } from './errors.js';
import { type LambdaHandler, serve } from './serve.js';

export interface ServedDeclaration {
  readonly journey: AnyJourney;
  readonly handler: LambdaHandler;
}

/** @throws JourneyError, AdapterError InvalidVariable */
export function serveDeclared(declaration: DeclaredJourney): ServedDeclaration {
  const journey = interpret(declaration, { invoke, deployed: deployedFrom(process.env[env.deployed]) });
  return { journey, handler: serve(journey) };
}

function deployedFrom(text: string | undefined): Record<string, unknown> {
  if (!text) return {};
  const value = parsed(text);
  if (isObject(value)) return value as Record<string, unknown>;
  throw new AdapterError('InvalidVariable', {
    what: `The environment variable ${env.deployed} cannot be used.`,
    got: text.slice(0, 120),
    expected: 'JSON: { "<name>": <value> }',
    fix: 'let the Journey construct set it',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

let client: LambdaClient | undefined;

/** @returns what the function answers. @throws what it throws, by name and message. */
export async function invoke(fn: string, payload: unknown): Promise<unknown> {
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  // The answer comes when the function is done, which may take as long as a step may.
  client ??= new LambdaClient({
    maxAttempts: 1,
    requestHandler: { ...patience, requestTimeout: limits.maxStepTimeoutMs },
  });
  const answer = await client.send(
    new InvokeCommand({ FunctionName: fn, Payload: Buffer.from(JSON.stringify(payload ?? null)) }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  if (answer.FunctionError) throw errorOf(text);
  return text === '' ? undefined : JSON.parse(text);
}

/** A function that throws a NonRetriableError is not invoked again. */
function errorOf(text: string): Error {
  const value = parsed(text);
  const told = (isObject(value) ? value : {}) as { readonly errorType?: unknown; readonly errorMessage?: unknown };
  const [name, message] = [String(told.errorType ?? 'FunctionError'), String(told.errorMessage ?? text.slice(0, 500))];
  const error = name === 'NonRetriableError' ? new NonRetriableError(message) : new Error(message);
  error.name = name;
  return error;
}
