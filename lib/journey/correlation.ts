/**
 * What a journey declares besides its key: waits and cancels on another path, and events that reach every run.
 *
 * Owns: how they are declared, and the checks of that. Knows neither partitions nor pointers; those are the engine's.
 * Invariants: an event is recorded before any run is known, so each way by which it may find runs is in the definition; a
 * path that is the key's is the key, and stands nowhere else.
 */
import { JourneyError } from './errors.js';
import { assertEventName, type EventRef, eventName } from './event.js';
import { assertOptions } from './known-options.js';
import { assertPath, writtenKeyPath } from './match.js';

/** A path that is equal in both, or null: the event reaches every run. */
export type OtherPath = string | null;

/** An awaited event that finds its runs by another path than the key. */
export interface OtherWait<Ref extends EventRef = EventRef> {
  /** The awaited event: its name, or its `eventType`. */
  readonly event: Ref;
  /**
   * The path of the value in this event, such as `data.payment_id`. `null`: the event has none and reaches every run that
   * waits for it.
   */
  readonly match: OtherPath;
}

/** What stands in waitsFor. */
export type DeclaredWait<Ref extends EventRef = EventRef> = Ref | OtherWait<Ref>;

/** The event of an entry of waitsFor. */
export type RefOfWait<Declared> = Declared extends OtherWait<infer Ref> ? Ref : Extract<Declared, EventRef>;

/** An event and the way by which it finds runs, where that is not the key. */
export interface Correlation {
  /** Name of the event. */
  readonly event: string;
  /** Where the value is in the event that finds its runs; null: it reaches every waiting run. */
  readonly path: OtherPath;
}

/** A wait as it was declared; `path` is undefined where it is the key. */
export interface WaitDeclaration {
  readonly event: string;
  readonly path?: OtherPath | undefined;
  readonly if?: string | undefined;
}

/** A journey's id, and its key as the author wrote it. */
export interface Keyed {
  readonly id: string;
  readonly key: string | Readonly<Record<string, string>> | undefined;
}

/** @throws JourneyError InvalidEventName, InvalidPath, InvalidWaitsFor */
export function declaredWaits(keyed: Keyed, declared: readonly DeclaredWait[] = []): WaitDeclaration[] {
  const waits = declared.map((wait) => {
    const event = awaitedName(wait);
    assertEventName(event, `event in waitsFor of journey '${keyed.id}'`);
    if (isOtherWait(wait)) assertKnown(keyed.id, wait, event);
    return { event, path: isOtherWait(wait) ? wayOf(keyed, 'waitsFor', event, wait.match) : undefined };
  });
  assertNoWayTwice(waits, 'InvalidWaitsFor', `waitsFor of journey '${keyed.id}'`);
  return waits;
}

function assertKnown(id: string, wait: OtherWait, event: string): void {
  const there = 'write it where the code waits, in step.waitForEvent';
  assertOptions(wait, ['event', 'match'], `waitsFor '${event}' of journey '${id}'`, {
    if: there,
    timeout: there,
    since: there,
  });
}

/**
 * @returns undefined where a match is the key.
 * @throws JourneyError InvalidPath
 */
export function wayOf({ id, key }: Keyed, where: string, event: string, match: unknown): OtherPath | undefined {
  if (match === null) return null;
  assertPath(match, `match of '${event}' in ${where} of journey '${id}'`);
  return match === writtenKeyPath(key, event) ? undefined : match;
}

/** The part of a definition that says which waits are by the key, and which are not. */
export function splitWaits(waits: readonly WaitDeclaration[]): {
  readonly waitsFor: string[];
  readonly waitsElsewhere?: readonly Correlation[];
} {
  const waitsFor = waits.flatMap(({ event, path }) => (path === undefined ? [event] : []));
  const elsewhere = waits.flatMap(({ event, path }) => (path === undefined ? [] : [{ event, path }]));
  return { waitsFor, ...(elsewhere.length > 0 && { waitsElsewhere: elsewhere }) };
}

/** The name in an entry of waitsFor, before anything of it is checked. */
export function awaitedName(declared: DeclaredWait): string {
  return eventName(isOtherWait(declared) ? declared.event : declared);
}

function isOtherWait(declared: DeclaredWait): declared is OtherWait {
  return typeof declared === 'object' && declared !== null && 'event' in declared;
}

/** @throws JourneyError */
export function assertNoWayTwice(
  ways: readonly WaitDeclaration[],
  code: 'InvalidWaitsFor' | 'InvalidCancelOn',
  what: string,
): void {
  // JSON has no undefined: the key is the way without a path.
  const names = ways.map(({ event, path, if: text = null }) =>
    JSON.stringify(path === undefined ? [event, text] : [event, text, path]),
  );
  const repeated = ways.find((_, index) => names.indexOf(names[index]!) !== index);
  if (repeated === undefined) return;
  throw new JourneyError(code, {
    what: `The ${what} name an event twice.`,
    got: repeated.path === undefined ? repeated.event : `${repeated.event} by ${repeated.path}`,
    expected: 'each event once for each path, or each time with an `if` of its own',
    fix: 'remove one of them',
  });
}

/** The ways besides the key that are declared for an awaited event. */
export function pathsElsewhere(
  { waitsElsewhere = [] }: { readonly waitsElsewhere?: readonly Correlation[] },
  event: string,
): readonly OtherPath[] {
  return waitsElsewhere.filter((other) => other.event === event).map(({ path }) => path);
}

/** The definition's part that is about it; a full JourneyDefinition has it. */
export interface Correlated {
  readonly waitsElsewhere?: readonly Correlation[];
  readonly cancelOn: readonly { readonly event: string; readonly path?: OtherPath; readonly if?: string }[];
}

/** Whether events may find runs by something else than the key. */
export function hasOtherPaths({ waitsElsewhere, cancelOn }: Correlated): boolean {
  return waitsElsewhere !== undefined || cancelOn.some(({ path }) => path !== undefined);
}

/** The ways by which an event finds runs besides the key, and whether its data is needed: by a wait, or by a condition. */
export function otherPathsOf(
  { waitsElsewhere = [], cancelOn }: Correlated,
  event: string,
): { readonly path: OtherPath; readonly awaited: boolean }[] {
  const awaited = new Map<OtherPath, boolean>();
  for (const cancel of cancelOn)
    if (cancel.event === event && cancel.path !== undefined)
      awaited.set(cancel.path, awaited.get(cancel.path) === true || cancel.if !== undefined);
  for (const wait of waitsElsewhere) if (wait.event === event) awaited.set(wait.path, true);
  return [...awaited].map(([path, isAwaited]) => ({ path, awaited: isAwaited }));
}
