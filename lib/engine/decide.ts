/**
 * The decision: records + clock -> what happens next to a run. Pure; the simulator, the memory world and Lambda run this one.
 *
 * Invariant (I6): of everything on record that could decide something, the first in event order does; a deadline is in that
 * order too, so a timeout never beats an event that was recorded before it, and a late timer changes nothing.
 */
import type { JourneyDefinition } from '../journey/definition.js';
import type { RunDocument, StoredEvent, WaitStep } from './document.js';
import { deadlinePosition, type Position, wholeSecondMs } from './event.js';

/** The stored trace of an event: a record of its own, or the run that it started. */
export interface Trace {
  readonly position: Position;
  readonly event: StoredEvent;
}

export type Decision =
  | { readonly kind: 'cancel'; readonly position: Position; readonly event: StoredEvent }
  | { readonly kind: 'match'; readonly position: Position; readonly step: string; readonly event: StoredEvent }
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

/** Cancellations come first: an event that is awaited and also cancels, cancels. Then the steps, as they were opened. */
function* candidates(
  definition: JourneyDefinition,
  run: RunDocument,
  traces: readonly Trace[],
  nowMs: number,
): Iterable<Candidate> {
  for (const { position, event } of traces) {
    if (cancels(definition, run, position, event)) yield { kind: 'cancel', position, event };
  }
  for (const [id, step] of run.steps) {
    if (step.state !== 'waiting') continue;
    if (step.kind === 'wait') yield* matches(run, id, step, traces);
    const { deadlineMs } = step;
    if (deadlineMs !== undefined && deadlineMs <= nowMs) {
      yield { kind: 'timeout', position: deadlinePosition(deadlineMs), step: id };
    }
  }
}

function* matches(run: RunDocument, id: string, wait: WaitStep, traces: readonly Trace[]): Iterable<Candidate> {
  for (const { position, event } of traces) {
    if (fits(run, wait, position, event)) yield { kind: 'match', position, step: id, event };
  }
}

/** A newer event with a cancel role, inside its window; both ends count. */
function cancels(definition: JourneyDefinition, run: RunDocument, position: Position, event: StoredEvent): boolean {
  if (position <= run.position) return false;
  return definition.cancelOn.some(
    (cancel) =>
      cancel.event === event.name &&
      (cancel.timeoutMs === undefined || event.timeMs <= run.trigger.timeMs + cancel.timeoutMs),
  );
}

/** An event inside the wait's window that comes after the trigger and was not consumed before the wait was opened. */
function fits(run: RunDocument, wait: WaitStep, position: Position, event: StoredEvent): boolean {
  return (
    event.name === wait.event &&
    position > run.position &&
    event.timeMs >= wholeSecondMs(wait.sinceMs) &&
    event.timeMs <= wait.deadlineMs &&
    (wait.after === undefined || position > wait.after)
  );
}
