/**
 * The decision: records + clock -> what happens next to a run. Pure; the simulator, the memory world and Lambda run this one.
 *
 * Invariant (I6): of everything on record that could decide something, the first in event order does; a deadline is in that
 * order too, so a timeout never beats an event that was recorded before it, and a late timer changes nothing.
 */
import type { JourneyDefinition } from '../../journey/definition.js';
import { revokesAnother } from '../calls/call-identity.js';
import { placeAt } from '../elsewhere/correlation.js';
import type { RunDocument, StoredEvent } from '../stored/document.js';
import { deadlinePosition, type Position } from '../stored/event.js';
import { isOwnTrigger, type Match, matchesOf, type Trace } from './channel.js';
import { passes } from './filter.js';
import { finishDeadlineMs, timeoutEvent } from './timeouts.js';

export type { Trace } from './channel.js';

export type Decision =
  | { readonly kind: 'cancel'; readonly position: Position; readonly event: StoredEvent }
  | ({ readonly kind: 'match'; readonly step: string } & Match)
  | { readonly kind: 'timeout'; readonly position: Position; readonly step: string }
  | { readonly kind: 'nothing' };

type Candidate = Exclude<Decision, { kind: 'nothing' }>;

export function decide(
  definition: JourneyDefinition,
  run: RunDocument,
  traces: readonly Trace[],
  nowMs: number,
): Decision {
  let first: Candidate | undefined;
  for (const candidate of candidates(definition, run, traces, nowMs)) {
    // Of equal positions the first one offered stays.
    if (!first || candidate.position < first.position) first = candidate;
  }
  return first ?? { kind: 'nothing' };
}

/**
 * Cancellations come first: an event that is awaited and also cancels, cancels. Then the steps, as they were opened. The time
 * of the whole run comes last: what times out at that very instant has not taken longer.
 */
function* candidates(
  definition: JourneyDefinition,
  run: RunDocument,
  traces: readonly Trace[],
  nowMs: number,
): Iterable<Candidate> {
  for (const trace of traces) {
    const { position, event } = trace;
    if (cancels(definition, run, trace)) yield { kind: 'cancel', position, event };
  }
  for (const [id, step] of run.steps) {
    if (step.state !== 'waiting') continue;
    if (step.kind === 'wait')
      for (const match of matchesOf(run, step, traces)) yield { kind: 'match', step: id, ...match };
    const { deadlineMs } = step;
    if (deadlineMs !== undefined && deadlineMs <= nowMs) {
      yield { kind: 'timeout', position: deadlinePosition(deadlineMs), step: id };
    }
  }
  yield* tooLong(definition, run, nowMs);
}

/** The run has taken longer than it may. */
function* tooLong(definition: JourneyDefinition, run: RunDocument, nowMs: number): Iterable<Candidate> {
  const finishMs = finishDeadlineMs(definition, run);
  if (finishMs === undefined || finishMs > nowMs) return;
  const event = timeoutEvent(definition.id, 'finish', finishMs);
  yield { kind: 'cancel', position: deadlinePosition(finishMs), event };
}

/** A newer event with a cancel role, inside its window; both ends count. */
function cancels(definition: JourneyDefinition, run: RunDocument, trace: Trace): boolean {
  const { position, event } = trace;
  if (position <= run.position || isOwnTrigger(run, event)) return false;
  return definition.cancelOn.some(
    (cancel) =>
      cancel.event === event.name &&
      !revokesAnother(event, run) &&
      cameBy(definition, run, cancel, trace) &&
      (cancel.timeoutMs === undefined || event.timeMs <= run.trigger.timeMs + cancel.timeoutMs) &&
      (cancel.if === undefined || passes(cancel.if, run.trigger, event).passes),
  );
}

/** Whether an event was recorded where this run listens for it: at home, or in the partition that its trigger's value names. */
function cameBy(
  { id }: JourneyDefinition,
  { trigger, listens }: RunDocument,
  { event, path }: JourneyDefinition['cancelOn'][number],
  { place }: Trace,
): boolean {
  if (path === undefined || place === undefined) return path === undefined && place === undefined;
  const listened = listens?.some((one) => one.event === event && one.place === place);
  return listened === true && placeAt(id, event, path, trigger.data) === place;
}
