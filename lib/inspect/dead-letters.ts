/**
 * A dead letter as a person reads it, and whose it is.
 *
 * Owns: what is shown of one (never an event's data), and under which key of which journey it falls. Pure; the queues are
 * lib/aws's. Invariant: what cannot be told is left out, never guessed: `forget` deletes by it.
 */
import type { DeadLetterOrigin, ForwardedPayload, RedriveMark, TimerPayload } from '../contract.js';
import { isCall } from '../engine/calls/call-identity.js';
import { type EngineEvent, isoSecond } from '../engine/stored/event.js';
import { homePartitionOf, partitionOf, runRefOf } from '../engine/stored/key.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { keyOfPartition } from './view.js';

/** A dead letter, unwrapped; lib/aws/dead-letter-queues.ts has it. */
export interface Letter {
  readonly messageId: string;
  readonly sentAtMs: number;
  readonly mark: RedriveMark;
  readonly letter?:
    | {
        readonly origin: DeadLetterOrigin;
        readonly functionArn: string;
        readonly payload: unknown;
        readonly errorType?: string;
        readonly refusal?: string;
      }
    | undefined;
  readonly event?: EngineEvent | undefined;
  readonly timer?: TimerPayload | undefined;
}

/**
 * Whether it is a call that was refused: whoever called was told, and does not wait for it any more. A run of it would be cancelled,
 * unless its caller's revocation found no key in it.
 */
export function isAnsweredCall({ letter, event }: Letter): boolean {
  return letter?.refusal !== undefined && event !== undefined && isCall(event);
}

/** The journey whose function a letter was for. */
export interface LetterJourney {
  readonly id: string;
  readonly functionName: string;
  readonly definition?: JourneyDefinition | undefined;
}

export interface LetterView {
  readonly id: string;
  /** Since when it lies in this queue. */
  readonly since: string;
  readonly origin?: DeadLetterOrigin;
  readonly journey?: string;
  readonly key?: string | number | boolean;
  readonly event?: { readonly id: string; readonly name: string; readonly time: string };
  readonly timer?: { readonly run: string; readonly step: string; readonly deadline: string };
  /** What the function failed with, where it was reached. */
  readonly error?: string;
  /** Why it can never be taken, where it was refused: without anything of the data. */
  readonly refusal?: string;
  /** Why it is left to people. */
  readonly reason?: string;
  /** How often it was tried by the hub. */
  readonly tries: number;
}

export function letterView(one: Letter, journeys: readonly LetterJourney[]): LetterView {
  const { letter, event, timer, mark } = one;
  const journey = journeyOf(one, journeys);
  const pk = partitionOfLetter(one, journeys);
  const key = pk === undefined ? null : keyOfPartition(pk);
  return {
    id: one.messageId,
    since: isoSecond(one.sentAtMs),
    ...(letter && { origin: letter.origin }),
    ...(journey && { journey: journey.id }),
    ...(key !== null && { key }),
    ...(event && { event: { id: event.id, name: event.name, time: isoSecond(event.timeMs) } }),
    ...(timer && { timer: { run: timer.run, step: timer.step, deadline: isoSecond(timer.deadlineMs) } }),
    ...(letter?.errorType !== undefined && { error: letter.errorType }),
    ...(letter?.refusal !== undefined && { refusal: letter.refusal }),
    ...(mark.reason !== undefined && { reason: mark.reason }),
    tries: mark.tries,
  };
}

export function journeyOf({ letter }: Letter, journeys: readonly LetterJourney[]): LetterJourney | undefined {
  const name = letter?.functionArn.split(':')[6];
  return journeys.find(({ functionName }) => functionName === name);
}

/** @returns the partition that a letter concerns; undefined where it has none, or nothing says which. */
export function partitionOfLetter(one: Letter, journeys: readonly LetterJourney[]): string | undefined {
  const ref = one.timer && runRefOf(one.timer.run);
  if (one.timer) return ref && homePartitionOf(ref.pk);
  const { payload } = one.letter ?? {};
  if (isForwarded(payload)) return homePartitionOf(payload.pk);
  const definition = journeyOf(one, journeys)?.definition;
  return one.event && definition ? partitionOf(definition, one.event) : undefined;
}

function isForwarded(payload: unknown): payload is ForwardedPayload {
  const { sojourn, pk } = (payload ?? {}) as Partial<ForwardedPayload>;
  return sojourn === 'forwarded' && typeof pk === 'string';
}
