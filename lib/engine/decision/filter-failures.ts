/**
 * Telling that the `if` of a wait or of a cancelOn could not be evaluated for the event that came.
 *
 * Owns: for which event and which runs that is told: an event that has just come, once for each attempt, and the runs that it
 * found. An event that was on record before the wait was opened is told by the run's explanation only (lib/inspect).
 * Invariant: it decides nothing; it asks what decide.ts asks, of one event.
 */
import { type Attempt, eventCause } from '../attempt.js';
import { isMine } from '../forward.js';
import type { Own } from '../ports.js';
import { type EventRecord, isOver, type RunDocument } from '../stored/document.js';
import { runIdOf } from '../stored/key.js';
import { channelsOf, type Trace } from './channel.js';
import { type FilterFailure, passes } from './filter.js';

interface Snapshot {
  readonly runs: readonly RunDocument[];
  readonly events: readonly EventRecord[];
}

export function tellFailures(attempt: Attempt, own: Own, { runs, events }: Snapshot): void {
  const came = traceOf(own, runs, events);
  if (own.role === 'timer' || came === undefined || attempt.cause !== eventCause(came.event.id)) return;
  for (const run of runs) {
    if (isOver(run) || run.position >= came.position || !isMine(attempt, run)) continue;
    for (const { step, failure } of failuresFor(attempt, run, came)) {
      const { name, id } = came.event;
      const where = step === undefined ? {} : { step };
      attempt.ports.observer.fact({
        kind: 'filterFailed',
        run: runIdOf(run),
        event: name,
        eventId: id,
        ...where,
        failure,
      });
    }
  }
}

function traceOf(own: Own, runs: readonly RunDocument[], events: readonly EventRecord[]): Trace | undefined {
  const run = runs.find(({ position }) => position === own.position);
  if (run) return { position: run.position, event: run.trigger };
  return events.find(({ position }) => position === own.position);
}

function* failuresFor(
  attempt: Attempt,
  run: RunDocument,
  { event }: Trace,
): Iterable<{ readonly step?: string; readonly failure: FilterFailure }> {
  for (const { step, name, text } of filtersOf(attempt, run)) {
    const failure = name === event.name ? passes(text, run.trigger, event).failure : undefined;
    if (failure) yield { ...(step !== undefined && { step }), failure };
  }
}

/** Every `if` that an event may meet in a run, and the name of the event that it asks. */
function* filtersOf(
  attempt: Attempt,
  run: RunDocument,
): Iterable<{ readonly step?: string; readonly name: string; readonly text: string }> {
  for (const { event, if: text } of attempt.engine.journey.definition.cancelOn)
    if (text !== undefined) yield { name: event, text };
  for (const [step, wait] of run.steps) {
    if (wait.kind !== 'wait' || wait.state !== 'waiting') continue;
    for (const { event, if: text } of channelsOf(wait)) if (text !== undefined) yield { step, name: event, text };
  }
}
