/**
 * What follows a run's end: `onFailure` or `onCancel` of its journey, as a run of its own. docs/decisions/032.
 *
 * Owns: which ends are followed, and the synthetic trigger of what follows them. Makes no call.
 * Invariants: owed only by the cause that wrote the end, and only once the end is written; that cause is acknowledged only
 * when what follows is begun and looked at, so that after a death its retry begins it. Id, time and partition follow from the
 * ended run's document, so there is exactly one. What follows a run is followed by nothing.
 */
import type { JourneyDefinition } from '../../journey/definition.js';
import type { HandledEnd } from '../../journey/handlers.js';
import { limits } from '../../limits.js';
import type { Attempt } from '../attempt.js';
import { type RunDocument, runEndOf, type StoredError, type StoredEvent } from '../stored/document.js';
import { type EngineEvent, eventPosition, sha256, wholeSecondMs } from '../stored/event.js';
import { afterPartitionOf, endedRunOf, type RunRef, runIdOf } from '../stored/key.js';
import { announceEnd } from './announce.js';

/** Data of the synthetic trigger. */
export interface AfterData {
  /** The event that had started the run, with its data. */
  readonly event: StoredEvent;
  readonly error?: StoredError;
  readonly cancelledBy?: Omit<StoredEvent, 'data'>;
  /** Until then, a function of the ended run may be running: no code of a handler begins before. */
  readonly quietAtMs?: number;
}

const names = { failed: 'sojourn/run.failed', cancelled: 'sojourn/run.cancelled' } as const;

/** A run is over: its end is told where that is asked for, and what follows it is owed. */
export async function conclude(attempt: Attempt, run: RunDocument): Promise<void> {
  if (endedRunOf(run.pk)) return;
  const wrote = run.by === attempt.cause && !attempt.followed.has(runIdOf(run)) && isKept(attempt, run);
  if (wrote && handledEnd(attempt.engine.journey.definition, run)) attempt.owed.set(runIdOf(run), run);
  await announceEnd(attempt, run);
}

/**
 * Whether the table keeps the run still. What follows a run is kept at least as long as the run itself, but a table forgets in no
 * order: of a run that it may have forgotten already, what has followed may be gone, and must not begin again.
 */
function isKept({ ports }: Attempt, { expiresAtS }: RunDocument): boolean {
  return expiresAtS === undefined || ports.clock.nowMs() + limits.leaseMarginMs < expiresAtS * 1_000;
}

/** @returns how the run has ended, if something follows that. */
export function handledEnd({ handles }: JourneyDefinition, run: RunDocument): HandledEnd | undefined {
  const end = runEndOf(run);
  if (end === undefined || end === 'completed' || endedRunOf(run.pk) || !handles?.includes(end)) return undefined;
  // Ended by code that had no handler for it: what the handler needs was not kept.
  return run.trigger.data === undefined ? undefined : end;
}

/** Where what follows a run lives. */
export function afterRefOf(run: RunDocument): RunRef {
  return { pk: afterPartitionOf(run), position: eventPosition(afterTrigger(run), 'trigger') };
}

/** The synthetic trigger of what follows a run. */
export function afterTrigger(run: RunDocument): EngineEvent {
  const { trigger, endedAtMs = trigger.timeMs } = run;
  return {
    id: sha256(`after\n${runIdOf(run)}`).slice(0, 32),
    name: run.status === 'failed' ? names.failed : names.cancelled,
    source: `sojourn.${run.pk.slice(0, run.pk.indexOf('|'))}`,
    timeMs: wholeSecondMs(endedAtMs),
    hops: trigger.hops + 1,
    data: dataOf(run),
  };
}

/**
 * Whether there is a sleep follows from the document alone, so that every attempt at this beginning makes the same timers: a
 * lease of one's own, or one that is over, counts as well.
 */
function dataOf({ trigger: event, status, error, cancelledBy, lease }: RunDocument): AfterData {
  if (status === 'failed') return { event, ...(error && { error }) };
  return { event, ...(cancelledBy && { cancelledBy }), ...(lease && { quietAtMs: Math.ceil(lease.untilMs) }) };
}
