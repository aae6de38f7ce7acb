/**
 * A run cancelled by a person: the engine's own conditional write, and the cleaning up handed to the run's own journey.
 * docs/decisions/021 says why it is done so.
 *
 * Owns: the order (write, then clean up), the cause under which it stands. Knows no SDK: `HandCancelling` is what it needs.
 * Invariants: the write is C1, so it is safe beside whoever executes the run; the cause is the same each time, so that a
 * repeated cancellation only cleans up again; nothing but an active run is changed.
 */
import { cancelledByHandStep, commandSource, type TimerPayload } from '../contract.js';
import { timerCause } from '../engine/attempt.js';
import { cancelledByNoEvent } from '../engine/decision/timeouts.js';
import type { Records } from '../engine/ports.js';
import type { RunDocument, StoredEvent } from '../engine/stored/document.js';
import { wholeSecondMs } from '../engine/stored/event.js';
import { type RunRef, runIdOf } from '../engine/stored/key.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { limits } from '../limits.js';

export interface HandCancelling {
  readonly nowMs: () => number;
  run(ref: RunRef): Promise<RunDocument | undefined>;
  cancel: Records['cancel'];
  /** Hands the run's journey a timer, which it answers as it answers any other. */
  handOver(timer: TimerPayload): Promise<unknown>;
}

export type HandCancelled =
  | { readonly outcome: 'cancelled'; readonly run: RunDocument }
  /** Its end came first. */
  | { readonly outcome: 'over'; readonly run: RunDocument }
  | { readonly outcome: 'absent' };

/** What stands in `cancelledBy` of a run that was cancelled by hand. */
const byHand = cancelledByNoEvent.hand;

export function isMadeByHand(event: Pick<StoredEvent, 'source' | 'name'>): boolean {
  return event.source === commandSource && event.name === byHand;
}

/** @returns what became of it; the timers of a cancelled run are being deleted then. */
export async function cancelByHand(
  hands: HandCancelling,
  ref: RunRef,
  definition?: JourneyDefinition,
): Promise<HandCancelled> {
  while (true) {
    const run = await hands.run(ref);
    if (run === undefined) return { outcome: 'absent' };
    if (run.status !== 'active') {
      // Cancelled by hand before: whoever did it may have died before the cleaning up was handed over.
      if (run.by === causeOf(ref)) await hands.handOver(cleaningUp(ref));
      return { outcome: 'over', run };
    }
    const written = await hands.cancel(
      run,
      cancellation(ref, hands.nowMs(), definition),
      run.lease ? { nonce: run.lease.nonce } : { rev: run.rev },
    );
    if (written.outcome === 'done') {
      await hands.handOver(cleaningUp(ref));
      return { outcome: 'cancelled', run };
    }
    // Lost: whoever holds the run has gone on. What it is now decides.
  }
}

/** The timer that makes the journey's function look, find a run that this cause ended, and clean up after it. */
export function cleaningUp(ref: RunRef): TimerPayload {
  return { sojourn: 'timer', run: runIdOf(ref), step: cancelledByHandStep, attempt: 0, deadlineMs: 0, atMs: 0 };
}

function causeOf(ref: RunRef) {
  return timerCause(runIdOf(ref), cancelledByHandStep, 0);
}

function cancellation(ref: RunRef, nowMs: number, definition?: JourneyDefinition) {
  const { acceptLateMs = limits.defaultAcceptLateMs, maxDurationMs = limits.maxMaxDurationMs } = definition ?? {};
  return {
    by: causeOf(ref),
    cancelledBy: { id: 'by-hand', name: byHand, source: commandSource, timeMs: wholeSecondMs(nowMs), hops: 0 },
    endedAtMs: nowMs,
    expiresAtS: Math.ceil((nowMs + acceptLateMs + maxDurationMs) / 1_000),
    // A floor needs a look at all that is older: left to the engine.
    floor: false,
  };
}
