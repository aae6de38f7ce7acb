/**
 * B2: what is on record elsewhere for the active runs of a look, strongly consistent like the look itself.
 *
 * Invariants: it is read after the run, so whatever was recorded before a wait became visible is seen (I2); it is read only
 * for runs that can be decided, and only from where their windows begin. Between two partitions there is no order but that of
 * event time among what both reads have seen (docs/decisions/033).
 */
import type { Attempt } from '../attempt.js';
import type { Trace } from '../decision/decide.js';
import { isOver, type RunDocument } from '../stored/document.js';
import type { Position } from '../stored/event.js';
import { openPlaces } from './correlation.js';

export async function readElsewhere(attempt: Attempt, runs: readonly RunDocument[]): Promise<Trace[]> {
  const places = new Map<string, Position>();
  for (const run of runs) {
    if (isOver(run)) continue;
    for (const [place, from] of openPlaces(run)) {
      const before = places.get(place);
      if (before === undefined || from < before) places.set(place, from);
    }
  }
  const traces: Trace[] = [];
  for (const [place, from] of places) {
    for (const { position, event } of await readPlace(attempt, place, from)) traces.push({ position, event, place });
  }
  return traces;
}

async function readPlace({ ports }: Attempt, place: string, from: Position) {
  const events = [];
  let before: Position | undefined;
  do {
    const page = await ports.records.look(place, { from, ...(before !== undefined && { before }) });
    events.push(...page.events);
    before = page.before;
  } while (before !== undefined);
  return events;
}

/** Whether an event is on record at its place in a partition that is no run's home. */
export async function isOnRecord({ ports }: Attempt, place: string, position: Position): Promise<boolean> {
  // One character above the `#` that follows a position in a sort key.
  const page = await ports.records.look(place, { from: position, before: `${position}$` as Position });
  return page.events.some((record) => record.position === position);
}
