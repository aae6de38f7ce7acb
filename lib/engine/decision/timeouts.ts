/**
 * `timeouts` of a journey in its runs: the instant at which a run is cancelled because it takes too long, and whether it is
 * cancelled because it begins too late. docs/decisions/032.
 *
 * Owns: the pseudo step of the timer, and what stands in `cancelledBy`. Pure. Nothing of it is in the document: both follow
 * from the definition and the trigger's time, so a run without timeouts has not a byte more.
 * Invariants: the timer of `finish` is created before the run is (I1); `start` is decided once, by the write that begins the run.
 */
import type { JourneyDefinition } from '../../journey/definition.js';
import { cancelledByNoEvent } from '../../journey/definition-checks.js';
import type { Timer } from '../ports.js';
import type { RunDocument, StoredEvent } from '../stored/document.js';
import { wholeSecondMs } from '../stored/event.js';
import { endedRunOf, runIdOf, timerName } from '../stored/key.js';

export { cancelledByNoEvent };

/** The pseudo step whose timer ends a run that takes too long. */
export const finishStep = '(finish)';

/** The sleep, before a handler's own steps, until the lease on the cancelled run is over; it may outlast a run's longest life. */
export const quietStep = '(lease)';

type RunOf = Pick<RunDocument, 'pk' | 'position' | 'trigger'>;

/** @returns when the run is cancelled if it is not over, or undefined: never. What follows a run has no timeouts of its own. */
export function finishDeadlineMs({ timeouts }: JourneyDefinition, { pk, trigger }: RunOf): number | undefined {
  if (timeouts?.finishMs === undefined || endedRunOf(pk)) return undefined;
  return trigger.timeMs + timeouts.finishMs;
}

export function finishTimer(definition: JourneyDefinition, run: RunOf): Timer | undefined {
  const deadlineMs = finishDeadlineMs(definition, run);
  if (deadlineMs === undefined) return undefined;
  const name = timerName(run, finishStep, 0, deadlineMs);
  return { name, run: runIdOf(run), step: finishStep, attempt: 0, deadlineMs };
}

/** Whether none of a run's code begins any more, were it put on record now. */
export function beginsTooLate({ timeouts }: JourneyDefinition, { pk, trigger }: RunOf, nowMs: number): boolean {
  return timeouts?.startMs !== undefined && !endedRunOf(pk) && nowMs > trigger.timeMs + timeouts.startMs;
}

/** What stands in `cancelledBy`. */
export function timeoutEvent(journey: string, which: 'start' | 'finish', atMs: number): Omit<StoredEvent, 'data'> {
  const [name, source, timeMs] = [cancelledByNoEvent[which], `sojourn.${journey}`, wholeSecondMs(atMs)];
  return { id: which, name, source, timeMs, hops: 0 };
}
