/**
 * What a step's function leaves behind: a result that can be stored, or an error and when to try again.
 *
 * Owns: storability and size of results, the back-off of retries. No clock: now comes in.
 */
import { durationMs } from '../../journey/duration.js';
import { isNonRetriable, isRetryAfter, isStepError, JourneyError } from '../../journey/errors.js';
import { limits } from '../../limits.js';
import type { StoredError } from '../stored/document.js';
import { sha256 } from '../stored/event.js';
import { isTooDeep } from './nesting.js';

/**
 * @returns the result as it will be read back.
 * @throws JourneyError UnstorableResult, ResultTooLarge
 */
export function storable(step: string, result: unknown): unknown {
  if (result === undefined) return undefined;
  const text = asJson(step, result);
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.stepResultBytes) {
    throw new JourneyError('ResultTooLarge', {
      what: `The result of step '${step}' is too large to be stored.`,
      got: `${bytes} bytes`,
      expected: `at most ${limits.stepResultBytes} bytes of JSON`,
      fix: 'store it elsewhere (S3) and return its name',
    });
  }
  return JSON.parse(text);
}

function asJson(step: string, result: unknown): string {
  const unstorable = (got: string, cause?: unknown): JourneyError => {
    const error = new JourneyError('UnstorableResult', {
      what: `The result of step '${step}' cannot be stored.`,
      got,
      expected: 'JSON: objects, arrays, strings, numbers, booleans, null (undefined is fine)',
      fix: 'return plain data',
    });
    error.cause = cause;
    return error;
  };
  let text: string | undefined;
  try {
    text = JSON.stringify(result, (key, value) => {
      if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
        throw unstorable(`a ${typeof value}${key === '' ? '' : ` at '${key}'`}`);
      }
      return value;
    });
  } catch (error) {
    throw error instanceof JourneyError
      ? error
      : unstorable(error instanceof Error ? error.message : String(error), error);
  }
  if (text === undefined) throw unstorable(typeof result);
  if (isTooDeep(text)) throw unstorable(`more than ${limits.nestingLevels} levels of nesting`);
  return text;
}

/**
 * All that a run has on record shares one document.
 * @throws JourneyError ResultTooLarge
 */
export function assertFits(what: string, trigger: unknown, steps: Iterable<unknown>): void {
  const bytes = bytesOfRun(trigger, steps);
  if (bytes > limits.documentBytes) throw tooMuch(what, bytes);
}

export function bytesOfRun(trigger: unknown, steps: Iterable<unknown>): number {
  return Buffer.byteLength(JSON.stringify([trigger, [...steps]]));
}

export function tooMuch(what: string, bytes: number): JourneyError {
  return new JourneyError('ResultTooLarge', {
    what: `With ${what} the run has more than it can store.`,
    got: `${bytes} bytes`,
    expected: `at most ${limits.documentBytes} bytes for all results and events of a run`,
    fix: 'store results elsewhere (S3) and return their names; let events carry names instead of contents',
  });
}

/** Never throws: whatever an author throws leaves an error on record, or its run would fail at it for ever. */
export function storedError(error: unknown): StoredError {
  if (!hasMessage(error)) {
    return { name: 'Error', message: `A step threw something that is no error: ${textOf(error).slice(0, 1_900)}` };
  }
  const [cause, step] = [fieldOf(error, 'cause'), isStepError(error) ? fieldOf(error, 'stepId') : undefined];
  return {
    ...nameAndMessage(error, 2_000),
    ...(hasMessage(cause) && { cause: nameAndMessage(cause, 500) }),
    ...(typeof step === 'string' && { step }),
  };
}

function nameAndMessage(error: object, chars: number): { readonly name: string; readonly message: string } {
  const [name, message] = [fieldOf(error, 'name') ?? 'Error', fieldOf(error, 'message')];
  return { name: textOf(name).slice(0, 200), message: textOf(message).slice(0, chars) };
}

/** Never throws: what is no object has none, and a revoked proxy (a draft that was used too late) cannot even be asked. */
function hasMessage(error: unknown): error is object {
  try {
    return 'message' in (error as object);
  } catch {
    return false;
  }
}

/**
 * @param attempt attempts that have failed, this one included.
 * @param jitterSeed the same for every replay of this attempt, so that its timer has one name.
 * @returns when the next attempt may begin (epoch ms), or undefined when there is none.
 */
export function nextAttemptMs(
  error: unknown,
  attempt: number,
  retries: number,
  nowMs: number,
  jitterSeed: string,
): number | undefined {
  if (isNonRetriable(error) || attempt > retries) return undefined;
  const askedMs = isRetryAfter(error) ? retryAfterMs(error.retryAfter, nowMs) : undefined;
  if (askedMs !== undefined) return askedMs;
  const delays = limits.retryDelaysMs;
  const delayMs = delays[Math.min(attempt, delays.length) - 1]!;
  const share = Number.parseInt(sha256(jitterSeed).slice(0, 8), 16) / 0xffffffff;
  return nowMs + Math.round(delayMs * (1 + limits.retryJitter * share));
}

/**
 * Milliseconds, a duration, a date, or the digits of a Retry-After header (seconds). What is no time at all (a header that
 * says 'soon') is as if the author had not said when.
 */
function retryAfterMs(after: unknown, nowMs: number): number | undefined {
  if (typeof after === 'number') return Number.isFinite(after) ? nowMs + Math.max(0, Math.ceil(after)) : undefined;
  if (typeof after === 'string' && /^\d{1,9}$/.test(after)) return nowMs + Number(after) * 1_000;
  const dateMs = after instanceof Date ? after.getTime() : dateMsOf(after);
  if (!Number.isNaN(dateMs)) return Math.max(nowMs, dateMs);
  try {
    return nowMs + durationMs(after as string, 'retryAfter of a RetryAfterError');
  } catch {
    return undefined;
  }
}

const isDate = /^(?:\d{4}-\d\d-\d\d|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? .*\d\d:\d\d:\d\d)/;

/** ISO 8601 or an HTTP date. Anything else is not left to Date.parse, which takes 'soon 5' for the first of May 2001. */
function dateMsOf(text: unknown): number {
  return typeof text === 'string' && isDate.test(text) ? Date.parse(text) : Number.NaN;
}

/** Never throws: a field may be a getter that does. */
function fieldOf(error: object, name: 'name' | 'message' | 'cause' | 'stepId'): unknown {
  try {
    return (error as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

/** Never throws: what an author throws may have no text at all. */
function textOf(value: unknown): string {
  for (const say of [String, tagOf]) {
    try {
      return say(value);
    } catch {}
  }
  return `(${typeof value})`;
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}
