/**
 * Other correlations than the key: the partitions in which events are recorded for runs that live elsewhere.
 *
 * Owns: the names of those partitions (`<journey>|<path>|<value>`, `<journey>|*|<event>`), which of them an event belongs to,
 * and in which a run listens. Pure. Knows no pointer's storage; that is pointer.ts.
 * Invariants: two different paths or values never share a partition; what a run listens to follows from its document alone,
 * so cleaning up needs no list (I8).
 */
import { type OtherPath, otherPathsOf } from '../../journey/correlation.js';
import type { JourneyDefinition } from '../../journey/definition.js';
import { type KeyValue, keyValueAt } from '../../journey/match.js';
import { limits } from '../../limits.js';
import { channelsOf } from '../decision/channel.js';
import type { RunDocument, Step } from '../stored/document.js';
import { type EngineEvent, type Position, positionFloor, sha256 } from '../stored/event.js';
import { typedValue, valueOfTyped } from '../stored/key.js';

/** Events of one name in one partition that is no run's home. */
export interface Elsewhere {
  readonly event: string;
  readonly place: string;
}

/** Where an event has to be recorded besides its key. */
export interface EventPlace {
  readonly place: string;
  /** A wait may take it: its data is needed. */
  readonly awaited: boolean;
}

/** @returns the places of an event, and the paths at which it has no value. */
export function placesOf(
  definition: JourneyDefinition,
  event: Pick<EngineEvent, 'name' | 'data'>,
): { readonly places: readonly EventPlace[]; readonly missing: readonly string[] } {
  const places: EventPlace[] = [];
  const missing: string[] = [];
  for (const { path, awaited } of otherPathsOf(definition, event.name)) {
    const place = placeAt(definition.id, event.name, path, event.data);
    if (place !== undefined) places.push({ place, awaited });
    else if (path !== null) missing.push(path);
  }
  return { places, missing };
}

/** Where a run can be cancelled from its birth; a path at which its trigger has no value gives none. */
export function cancelledElsewhere({ id, cancelOn }: JourneyDefinition, data: unknown): Elsewhere[] {
  return cancelOn.flatMap(({ event, path }) => {
    const place = path === undefined ? undefined : placeAt(id, event, path, data);
    return place === undefined ? [] : [{ event, place }];
  });
}

/** The paths of cancelOn at which a trigger has no value, so that its run could never be cancelled. */
export function uncancellablePaths({ cancelOn }: JourneyDefinition, data: unknown): string[] {
  return cancelOn.flatMap(({ path }) =>
    typeof path === 'string' && keyValueAt(data, path) === undefined ? [path] : [],
  );
}

/** The partition in which an event with this data concerns a run, by a path or, for null, without one. */
export function placeAt(journeyId: string, event: string, path: OtherPath, data: unknown): string | undefined {
  if (path === null) return `${journeyId}|*|${event}`;
  const value = keyValueAt(data, path);
  return value === undefined ? undefined : placeOfValue(journeyId, path, value);
}

/** @returns the partition of a value at a path; the path's own bars and percent signs are written so that none is a border. */
export function placeOfValue(journeyId: string, path: string, value: KeyValue): string {
  return `${journeyId}|${nameOfPath(path)}|${typedValue(value)}`;
}

function nameOfPath(path: string): string {
  const plain = path.replace(/[%|]/g, encodeURIComponent);
  return !path.isWellFormed() || Buffer.byteLength(plain) > limits.keyValueBytes ? `h:${sha256(path)}` : plain;
}

/** Whether events of a name are recorded in a partition by this path, whatever their value there. */
export function isPlaceOfPath(place: string, journeyId: string, event: string, path: OtherPath): boolean {
  if (path === null) return place === `${journeyId}|*|${event}`;
  return place.startsWith(`${journeyId}|${nameOfPath(path)}|`);
}

/** What a partition outside of a home stands for. */
export interface PlaceParts {
  /** null: events for every run; undefined: stored as its hash. */
  readonly path: OtherPath | undefined;
  /** undefined: there is none, or it is stored as its hash. */
  readonly value: KeyValue | undefined;
}

export function partsOfPlace(place: string): PlaceParts {
  const [, name = '', ...typed] = place.split('|');
  if (name === '*') return { path: null, value: undefined };
  const path = name.startsWith('h:') ? undefined : name.replace(/%7C|%25/g, decodeURIComponent);
  return { path, value: valueOfTyped(typed.join('|')) };
}

/** All that a run has pointers for: its cancelOn, and each wait that it ever showed. */
export function heardBy(run: Pick<RunDocument, 'listens' | 'steps'>): Elsewhere[] {
  const all = [...(run.listens ?? []), ...heardBySteps(run.steps.values())];
  return all.filter((one, i) => all.findIndex((other) => isSame(one, other)) === i);
}

export function heardBySteps(steps: Iterable<Step>): Elsewhere[] {
  const channels = [...steps].flatMap((step) => (step.kind === 'wait' ? channelsOf(step) : []));
  return channels.flatMap(({ event, place }) => (place === undefined ? [] : [{ event, place }]));
}

export function isSame(one: Elsewhere, other: Elsewhere): boolean {
  return one.event === other.event && one.place === other.place;
}

/** Partition -> the position from which on its records can still decide something about an active run. */
export function openPlaces(run: RunDocument): Map<string, Position> {
  const open = new Map<string, Position>();
  const from = (place: string, timeMs: number): void => {
    const position = positionFloor(Math.max(0, timeMs));
    const before = open.get(place);
    if (before === undefined || position < before) open.set(place, position);
  };
  for (const { place } of run.listens ?? []) from(place, run.trigger.timeMs);
  for (const step of run.steps.values()) {
    if (step.kind !== 'wait' || step.state !== 'waiting') continue;
    for (const { place, sinceMs } of channelsOf(step)) if (place !== undefined) from(place, sinceMs);
  }
  return open;
}

/** What a run has consumed is remembered by channel: the key's by the event's name alone. */
export function channelKey(event: string, place: string | undefined): string {
  return place === undefined ? event : `${event}\n${place}`;
}
