/**
 * What is on record for a run in other partitions than its home (docs/decisions/033), for people.
 *
 * Owns: which partitions are read for a run, which of their records concern it, and how such a partition is called. Judges no
 * record; that is judgement.ts. Invariant: only where the run's own document says that it listens: a record there that is for
 * another event, or for other runs, is not told.
 */
import { type Elsewhere, heardBy, isSame, partsOfPlace } from '../engine/elsewhere/correlation.js';
import type { Channel, EventRecord, RunDocument } from '../engine/stored/document.js';
import { type Position, positionFloor } from '../engine/stored/event.js';
import type { Trace } from './judgement.js';

/** So many reads at a time. */
const atOnce = 20;

/**
 * Everything in the other partitions where these runs listen. One partition has the events for every run of a journey: there,
 * what is older than each of these runs is not read.
 * @param eventsOf reads a partition from a position on.
 */
export async function recordsElsewhere(
  runs: readonly RunDocument[],
  eventsOf: (place: string, from?: Position) => Promise<readonly EventRecord[]>,
): Promise<EventRecord[]> {
  const places = new Map<string, number>();
  for (const run of runs)
    for (const { place } of heardBy(run))
      places.set(place, Math.min(run.trigger.timeMs, places.get(place) ?? run.trigger.timeMs));
  const found: EventRecord[] = [];
  const wanted = [...places];
  for (let at = 0; at < wanted.length; at += atOnce) {
    const pages = wanted.slice(at, at + atOnce).map(([place, fromMs]) => {
      const isForEveryRun = partsOfPlace(place).path === null;
      return eventsOf(place, isForEveryRun ? positionFloor(Math.max(0, fromMs)) : undefined);
    });
    found.push(...(await Promise.all(pages)).flat());
  }
  return found;
}

/** Those of them that come on a channel of this run. What started it stands at its home. */
export function tracesElsewhere(run: RunDocument, records: readonly EventRecord[] = []): Trace[] {
  const heard = heardBy(run);
  const isHeard = (channel: Elsewhere): boolean => heard.some((one) => isSame(one, channel));
  return records
    .filter(({ pk, event, position }) => position !== run.position && isHeard({ event: event.name, place: pk }))
    .map(({ pk, position, event }) => ({ pk, position, event, place: pk }));
}

/** `data.payment_id = "pay-1"`, or that it is for every run. */
export function wordsOfPlace(place: string): string {
  const { path, value } = partsOfPlace(place);
  if (path === null) return 'for every run';
  return `${path ?? 'a long path'} = ${value === undefined ? 'a value that is stored as its hash' : JSON.stringify(value)}`;
}

/** What a wait awaits on a channel: `payment/settled with data.payment_id = "pay-1"`; by the key only the name. */
export function awaitedBy({ event, place }: Pick<Channel, 'event' | 'place'>): string {
  if (place === undefined) return event;
  return partsOfPlace(place).path === null ? `${event} (for every run)` : `${event} with ${wordsOfPlace(place)}`;
}
