/**
 * The errors of an author's world.
 *
 * Owns: the coded error for a mistake in a definition or in a step, and the two errors that an author throws to steer
 * retries. Errors are told by a registered symbol, not by `instanceof`: a bundle may hold two copies of this module.
 */
const nonRetriable = Symbol.for('sojourn.NonRetriableError');
const retryAfter = Symbol.for('sojourn.RetryAfterError');
const stepError = Symbol.for('sojourn.StepError');

/** Each code has its entry in docs/errors.md (a test compares the two). */
export type ErrorCode =
  | 'InvalidDefinition'
  | 'UnknownOption'
  | 'InvalidJourneyId'
  | 'InvalidTriggers'
  | 'InvalidEventName'
  | 'InvalidSchema'
  | 'InvalidWaitsFor'
  | 'InvalidCancelOn'
  | 'InvalidIdempotency'
  | 'InvalidSingleton'
  | 'InvalidCron'
  | 'InvalidInvokes'
  | 'InvalidRetries'
  | 'InvalidTimeouts'
  | 'InvalidStepId'
  | 'NestedStep'
  | 'NotInHandler'
  | 'InvalidPath'
  | 'InvalidDuration'
  | 'InvalidDate'
  | 'InvalidEvent'
  | 'InvalidEvents'
  | 'InvalidDeclaration'
  | 'InvalidReference'
  | 'MissingReference'
  | 'MissingKeyPath'
  | 'UnsupportedMatch'
  | 'InvalidFilter'
  | 'MissingMatchValue'
  | 'UndeclaredEvent'
  | 'WaitWithoutKey'
  | 'UndeclaredInvoke'
  | 'BeyondMaxDuration'
  | 'DuplicateJourney'
  | 'UnstorableResult'
  | 'ResultTooLarge'
  | 'AwaitedOutsideStep'
  | 'NonDeterminism';

/** A mistake of an author: what is wrong, what was got, what is expected and how to mend it. */
export class JourneyError extends Error {
  /** What went wrong, for programs; docs/errors.md says how to mend each. */
  readonly code: ErrorCode;
  /** @internal */
  readonly [nonRetriable] = true;
  constructor(
    code: ErrorCode,
    parts: { readonly what: string; readonly got?: unknown; readonly expected: string; readonly fix: string },
  ) {
    const got = 'got' in parts ? ` Got: ${show(parts.got)}.` : '';
    super(`${parts.what}${got} Expected: ${parts.expected}. Fix: ${parts.fix}. [${code}]`);
    this.name = code;
    this.code = code;
  }
}

/** Never throws: it is called with exactly those values that something could not be done with. */
function show(value: unknown): string {
  const text =
    typeof value === 'number' || typeof value === 'bigint' ? String(value) : (asJson(value) ?? asText(value));
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function asText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

/** Throw it in a step (or in plain code) to fail at once, without retries. */
export class NonRetriableError extends Error {
  /** @internal */
  readonly [nonRetriable] = true;
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'NonRetriableError';
  }
}

/** Throw it in a step to choose when the next attempt comes: milliseconds from now, a duration ('30m'), a date, or the
 * digits of a Retry-After header (seconds). What is none of these is ignored, and the ordinary back-off applies. */
export class RetryAfterError extends Error {
  /** @internal */
  readonly [retryAfter] = true;
  constructor(
    message: string,
    /** As it was given. */
    readonly retryAfter: number | string | Date,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'RetryAfterError';
  }
}

/**
 * What a failed step rejects with in the author's code, once its attempts are used up: name and message of what the step threw
 * (it is read back from the record, so it is of no class of yours), its `cause` if that was an error, and the id of the step.
 */
export class StepError extends Error {
  /** @internal */
  readonly [nonRetriable] = true;
  /** @internal */
  readonly [stepError] = true;
  constructor(
    /** The step's id, with its counter where the id was repeated. */
    readonly stepId: string,
    thrown: {
      readonly name: string;
      readonly message: string;
      readonly cause?: { readonly name: string; readonly message: string };
    },
  ) {
    super(thrown.message);
    this.name = thrown.name;
    if (thrown.cause) this.cause = Object.assign(new Error(thrown.cause.message), { name: thrown.cause.name });
  }
}

export function isNonRetriable(error: unknown): boolean {
  return isMarked(error, nonRetriable);
}

export function isRetryAfter(error: unknown): error is RetryAfterError {
  return isMarked(error, retryAfter);
}

export function isStepError(error: unknown): boolean {
  return isMarked(error, stepError);
}

/** Never throws: authors throw revoked proxies too (a draft that was used too late), which cannot even be asked. */
function isMarked(error: unknown, mark: symbol): boolean {
  try {
    return typeof error === 'object' && error !== null && mark in error;
  } catch {
    return false;
  }
}
