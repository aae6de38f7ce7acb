/**
 * Dead letters unwrapped: from the three shapes of contract.ts to what is to be invoked again, and with what.
 *
 * Owns: reading them. Judges nothing. Invariant: what is not understood is undefined, never a guess.
 */
import {
  type DeadLetterOrigin,
  deadLetterAttributes,
  type FailedInvocation,
  type ForwardedPayload,
  finalErrorTypes,
  type RedriveMark,
  redriveAttribute,
  type TimerPayload,
} from '../contract.js';
import { isObject } from './attributes.js';

export interface DeadLetter {
  readonly origin: DeadLetterOrigin;
  /** The function that it was for, without qualifier where that says nothing. */
  readonly functionArn: string;
  /** The event or the timer, as the function got it. */
  readonly payload: unknown;
  readonly kind: 'event' | 'timer' | 'unknown';
  /** What the function failed with; undefined where it was never reached. */
  readonly errorType?: string;
  /** Why it can never be taken, of what was refused: such a reason holds nothing of the data. */
  readonly refusal?: string;
}

/** @param attributes of the message, as text. */
export function unwrapDeadLetter(body: string, attributes: Readonly<Record<string, string>>): DeadLetter | undefined {
  const parsed = parsedJson(body);
  if (isFailedInvocation(parsed)) {
    const { requestContext, requestPayload, responsePayload } = parsed;
    const { errorType, errorMessage } = responsePayload ?? {};
    const isRefused = typeof errorType === 'string' && finalErrorTypes.includes(errorType);
    return {
      origin: 'function',
      functionArn: requestContext.functionArn.replace(/:\$LATEST$/, ''),
      payload: requestPayload,
      kind: kindOf(requestPayload),
      ...(typeof errorType === 'string' && { errorType }),
      ...(isRefused && typeof errorMessage === 'string' && { refusal: errorMessage }),
    };
  }
  const functionArn = attributes[deadLetterAttributes.targetArn];
  const origin = originOf(attributes);
  if (origin === undefined || functionArn === undefined || parsed === undefined) return undefined;
  return { origin, functionArn, payload: parsed, kind: kindOf(parsed) };
}

/** @returns what the redriver wrote on it, or that it has not seen it before. */
export function markOf(attributes: Readonly<Record<string, string>>): RedriveMark {
  const mark = parsedJson(attributes[redriveAttribute] ?? '');
  if (!isObject(mark) || typeof mark.tries !== 'number') return { tries: 0 };
  return mark as unknown as RedriveMark;
}

function originOf(attributes: Readonly<Record<string, string>>): 'rule' | 'schedule' | undefined {
  if (deadLetterAttributes.ruleArn in attributes) return 'rule';
  return deadLetterAttributes.scheduleArn in attributes ? 'schedule' : undefined;
}

function kindOf(payload: unknown): DeadLetter['kind'] {
  if (!isObject(payload)) return 'unknown';
  if ((payload as Partial<TimerPayload>).sojourn === 'timer') return 'timer';
  const { sojourn, role } = payload as Partial<ForwardedPayload>;
  if (sojourn === 'forwarded') return role === 'timer' ? 'timer' : 'event';
  return 'detail-type' in payload ? 'event' : 'unknown';
}

function isFailedInvocation(value: unknown): value is FailedInvocation {
  return (
    isObject(value) &&
    isObject(value.requestContext) &&
    typeof value.requestContext.functionArn === 'string' &&
    'requestPayload' in value
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
