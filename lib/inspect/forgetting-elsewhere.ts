/**
 * What a key's events and runs have in other partitions than its own (docs/decisions/033), to be forgotten with them.
 *
 * Owns: where that is, as it follows from what is on record under the key. Invariants: only the very records of those events, never another
 * event's in the same partition; what does not follow is left to the table's expiry (docs/operating.md says what that is).
 */
import { type EventPlace, heardBy, partsOfPlace, placesOf } from '../engine/elsewhere/correlation.js';
import type { EventRecord, RunDocument, StoredEvent } from '../engine/stored/document.js';
import { eventPosition } from '../engine/stored/event.js';
import { endedRunOf, type RunRef } from '../engine/stored/key.js';
import type { JourneyDefinition } from '../journey/definition.js';

/** So many reads at a time. */
const atOnce = 20;

/** A record in another partition, of an event that is on record under the key as well. */
export type RecordElsewhere = Pick<EventRecord, 'pk' | 'position' | 'event'>;

/** Pointers by which a run may still be found. */
export interface PointerRef {
  readonly place: string;
  readonly event: string;
  readonly run: RunRef;
}

/** @param isThere whether a record is in the table. */
export async function recordedElsewhere(
  definition: JourneyDefinition,
  { runs, events }: { readonly runs: readonly RunDocument[]; readonly events: readonly EventRecord[] },
  isThere: (ref: RunRef) => Promise<boolean>,
): Promise<RecordElsewhere[]> {
  const began = runs.filter(({ pk }) => !endedRunOf(pk));
  const wanted = [
    ...began.flatMap((run) =>
      [...(run.listens ?? [])]
        // What cancels by a path is recorded where its own run listens: that is known when its data is forgotten.
        .filter(({ event }) => event === run.trigger.name)
        .map(({ place }) => recordAt(definition, run.trigger, place)),
    ),
    ...[...began.map(({ trigger }) => trigger), ...events.map(({ event }) => event)].flatMap((event) =>
      placesKnown(definition, event).map(({ place }) => recordAt(definition, event, place)),
    ),
  ];
  const own = wanted.filter((record) => !isForEveryRun(record));
  const unique = [...new Map(own.map((record) => [`${record.pk}\n${record.position}`, record])).values()];
  const found: RecordElsewhere[] = [];
  for (let at = 0; at < unique.length; at += atOnce) {
    const some = unique.slice(at, at + atOnce);
    const there = await Promise.all(some.map((record) => isThere(record)));
    found.push(...some.filter((_, index) => there[index]));
  }
  return found;
}

export function pointersTo(run: RunDocument): PointerRef[] {
  const { pk, position } = run;
  return heardBy(run).map((channel) => ({ ...channel, run: { pk, position } }));
}

function placesKnown(definition: JourneyDefinition, { name, data }: StoredEvent): readonly EventPlace[] {
  return placesOf(definition, { name, data }).places;
}

/** An event for every run is not one person's: other people's runs may still need it. */
function isForEveryRun({ pk }: RecordElsewhere): boolean {
  return partsOfPlace(pk).path === null;
}

/** As it was recorded: where it stands there follows from its name. */
function recordAt(definition: JourneyDefinition, event: StoredEvent, place: string): RecordElsewhere {
  const isTrigger = definition.triggers.some((one) => one.event === event.name);
  return { pk: place, position: eventPosition({ ...event, data: event.data }, isTrigger ? 'trigger' : 'event'), event };
}
