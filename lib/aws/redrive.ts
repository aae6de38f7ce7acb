/**
 * What becomes of one dead letter now: tried again, left for a while, or kept for people. Pure.
 *
 * Owns: the back-off, its bound, and the rule that the events of an outage come before its timers. Knows no queue.
 * Invariants: what can never be taken is not tried; a timer is tried only a while after the table was seen to answer, so
 * that every event that failed beside it has been tried since; no dead letter goes round for ever.
 */
import { finalErrorTypes, type RedriveMark } from '../contract.js';
import { limits } from '../limits.js';
import type { DeadLetter } from './dead-letter.js';

export type Move =
  | { readonly kind: 'invoke' }
  /** Leave it hidden for so long. */
  | { readonly kind: 'wait'; readonly forMs: number }
  /** Put it back, to be seen a while later, with the note that the table answers since now. */
  | { readonly kind: 'settle' }
  /** Let go: it was received so often that SQS itself moves it to people's queue, with the age that it has. */
  | { readonly kind: 'giveUp' }
  | { readonly kind: 'keep'; readonly reason: string };

export interface Seen {
  readonly letter: DeadLetter | undefined;
  readonly mark: RedriveMark;
  /** Of this message: 1 for the first time. */
  readonly receiveCount: number;
  /** Whether the table answered just now. */
  readonly tableAnswers: boolean;
  readonly messageId: string;
}

export function nextMove(seen: Seen): Move {
  const { letter, mark, receiveCount, tableAnswers } = seen;
  if (letter === undefined) return { kind: 'keep', reason: 'not one of the three shapes of a dead letter' };
  if (isFinal(letter.errorType)) return { kind: 'keep', reason: letter.errorType! };
  const tries = triesOf(seen);
  // It has failed this very moment.
  if (tries === 1) return waitAfter(seen);
  if (!tableAnswers) return waitOrEnd(seen);
  if (letter.kind !== 'timer') return { kind: 'invoke' };
  const hasWaited = mark.answersSinceMs !== undefined && receiveCount === 1;
  return hasWaited ? { kind: 'invoke' } : { kind: 'settle' };
}

/** After a try. @param errorType what it failed with. */
export function moveAfterFailure(seen: Seen, errorType: string | undefined): Move {
  if (isFinal(errorType)) return { kind: 'keep', reason: errorType! };
  return waitOrEnd(seen);
}

/** How often it has been received, this time and as an earlier message included. */
export function triesOf({ mark, receiveCount }: Pick<Seen, 'mark' | 'receiveCount'>): number {
  return mark.tries + receiveCount;
}

function waitAfter(seen: Seen): Move {
  const doublings = Math.max(0, Math.min(triesOf(seen), limits.redriveTries) - limits.redriveEvenTries);
  const gapMs = limits.redriveGapMs * 2 ** doublings;
  return { kind: 'wait', forMs: Math.round(gapMs * (1 + limits.redriveJitter * shareOf(seen.messageId))) };
}

/** An event's age counts against acceptLate, and only SQS keeps it. A letter that was put back has begun to count anew. */
function waitOrEnd(seen: Seen): Move {
  if (triesOf(seen) <= limits.redriveTries) return waitAfter(seen);
  if (seen.mark.tries === 0) return { kind: 'giveUp' };
  return { kind: 'keep', reason: `still failing after ${limits.redriveTries} tries` };
}

function isFinal(errorType: string | undefined): boolean {
  return errorType !== undefined && finalErrorTypes.includes(errorType);
}

/** A number from 0 to under 1 that belongs to this text (FNV-1a). */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return hash / 2 ** 32;
}
