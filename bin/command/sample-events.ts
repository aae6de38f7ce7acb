/**
 * The events of a run that is played to be counted: what has to stand in their data so that they find it.
 *
 * Owns: which paths of a definition are filled, and with what. Invariant: data that was given is changed in nothing but the
 * values by which an event finds runs.
 */
import { partsOfPlace } from '../../lib/engine/elsewhere/correlation.js';
import type { StepView } from '../../lib/inspect/view.js';
import type { JourneyDefinition } from '../../lib/journey/definition.js';
import { callEventKind } from '../../lib/journey/invoke.js';
import type { SampleData } from './count-runs.js';

export const sampleKey = '0f8fad5b-d9cb-469f-a165-70867728950e';

/** Where an open wait listens, by the control API. */
export interface AwaitedChannel {
  readonly step: string;
  readonly event: string;
  /** Partition, where that is not the run's home. */
  readonly place?: string | undefined;
  /** It takes none before it has one of each. */
  readonly takesAll: boolean;
}

/** The same for all waits that one event can resolve. */
export function nameOf({ event, place }: AwaitedChannel): string {
  return JSON.stringify([event, place]);
}

/** Where the open waits of a run listen for events from outside. */
export function channelsOf(steps: readonly StepView[]): AwaitedChannel[] {
  const waits = steps.filter(({ kind, state }) => kind === 'wait' && state === 'waiting');
  const all = waits.flatMap(({ id, event, events, place, takes }): AwaitedChannel[] => {
    const listed = events ?? (event === undefined ? [] : [{ event, place }]);
    return listed.map((one) => ({ step: id, event: one.event, place: one.place, takesAll: takes === 'all' }));
  });
  return all.filter(({ event }) => callEventKind(event) === undefined);
}

/** Whether any event from outside is awaited; what calls return is not. */
export function awaitsEvents({ waitsFor, waitsElsewhere = [] }: JourneyDefinition): boolean {
  return waitsElsewhere.length > 0 || waitsFor.some((name) => callEventKind(name) === undefined);
}

/** What an outside event that starts a run is called; undefined: only the clock or calls do. */
export function startingEvent({ triggers }: JourneyDefinition): string | undefined {
  return triggers.find(({ event }) => callEventKind(event) === undefined)?.event;
}

/** The data of an event that starts a run, with every value that the journey reads of it to be found, cancelled or claimed. */
export function triggerData(definition: JourneyDefinition, event: string, data: SampleData): object {
  const { idempotency, singleton, cancelOn, waitsElsewhere = [] } = definition;
  const detail = keyedData(definition, event, data);
  // A wait may read its value in the trigger; whoever gives data gives that, too.
  const readByWaits = Object.hasOwn(data, event) ? [] : waitsElsewhere.map(({ path }) => path);
  const read = [idempotency?.paths[event], singleton?.paths?.[event], ...cancelOn.map(({ path }) => path)];
  for (const path of [...read, ...readByWaits]) {
    if (typeof path === 'string' && valueAt(detail, fieldsOf(path)) === undefined)
      setAt(detail, fieldsOf(path), sampleKey);
  }
  return detail;
}

/** The data of an event that comes where a wait of the run listens. */
export function awaitedData(definition: JourneyDefinition, channel: AwaitedChannel, data: SampleData): object {
  const { event, place } = channel;
  const detail = keyedData(definition, event, data);
  const { path, value } = place === undefined ? {} : partsOfPlace(place);
  if (typeof path === 'string' && value !== undefined) setAt(detail, fieldsOf(path), value);
  return detail;
}

function keyedData({ keyPaths }: JourneyDefinition, event: string, data: SampleData): Record<string, unknown> {
  const detail = structuredClone(data[event] ?? {}) as Record<string, unknown>;
  const path = keyPaths?.[event];
  if (path !== undefined) setAt(detail, fieldsOf(path), sampleKey);
  return detail;
}

function fieldsOf(path: string): string[] {
  return path.split('.').slice(1);
}

function valueAt(target: unknown, [first, ...rest]: readonly string[]): unknown {
  if (first === undefined || target === undefined || target === null) return target;
  return valueAt((target as Record<string, unknown>)[first], rest);
}

function setAt(target: Record<string, unknown>, [first, ...rest]: readonly string[], value: unknown): void {
  if (first === undefined) return;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const next = (target[first] ?? {}) as Record<string, unknown>;
  target[first] = next;
  setAt(next, rest, value);
}

/**
 * Whether a run may have failed because its events lack what its code reads: by what JavaScript throws at a field that is not
 * there, or one of our own coded errors; not what an author throws to end a run.
 */
export function isForWantOfData({ name, message }: { readonly name: string; readonly message: string }): boolean {
  return /^(Type|Range|Reference|Syntax)Error$/.test(name) || message.endsWith(`[${name}]`);
}

/** What of a journey's price is not in the count of one run. */
export function notCounted({ id, waitsElsewhere = [], cancelOn, ...more }: JourneyDefinition): string[] {
  const { invokes = [], idempotency, singleton, crons = [] } = more;
  const forEvery = [...waitsElsewhere, ...cancelOn].filter(({ path }) => path === null).map(({ event }) => event);
  return [
    ...invokes.map((called) => `what ${called} does when it is called is not in it: sojourn cost --journey ${called}`),
    ...(forEvery.length > 0
      ? [`${[...new Set(forEvery)].join(', ')} reaches every run, and is counted as if each run had one of its own`]
      : []),
    ...(idempotency || singleton?.mode === 'skip'
      ? [
          `a trigger of ${id} that starts no run (${idempotency ? 'idempotency' : 'singleton'}) is not in it: docs/cost.md, What features cost`,
        ]
      : []),
    ...(crons.length > 0 ? ['runs that the clock starts are counted as those of its first trigger'] : []),
  ];
}
