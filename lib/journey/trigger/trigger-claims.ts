/**
 * `idempotency` and `singleton`: which of a journey's triggers start a run. docs/triggers.md, docs/decisions/036.
 *
 * Owns: what an author writes of them, their checks, and what the definition keeps. Invariant: `singleton` with mode cancel
 * leaves nothing of its own in a definition: it is cancelOn of every trigger, on the key and without a window.
 */
import { limits } from '../../limits.js';
import type { OtherPath } from '../correlation.js';
import { type Duration, durationMs } from '../duration.js';
import { JourneyError } from '../errors.js';
import { assertPath, writtenKeyPath } from '../match.js';

/** A dot path, the same for all triggers or one for each event name: `data.order_id` (`event.data.order_id` is the same). */
export type TriggerPath = string | Readonly<Record<string, string>>;

/** Which triggers are one. */
export interface IdempotencyOptions {
  /** Triggers whose values here are equal are one. */
  readonly key: TriggerPath;
  /** How far they may lie apart, by their event times. Default '24h'; at most 366 days. */
  readonly period?: Duration;
}

/** What becomes of a trigger whose run would be the second. */
export interface SingletonOptions {
  /** skip: a trigger starts no run while one of its value is active. cancel: it cancels that one (the newest wins). */
  readonly mode: 'skip' | 'cancel';
  /** Default: the journey's key; without one, the whole journey has one run at a time, which times of a schedule start, too. */
  readonly key?: TriggerPath;
}

/** As JSON, by event name of the trigger. */
export interface IdempotencyDefinition {
  /** Trigger's name -> path of the value. */
  readonly paths: Readonly<Record<string, string>>;
  /** How far two triggers of one value may lie apart to be one, in milliseconds. */
  readonly periodMs: number;
}

/** Without paths: one run of the whole journey at a time. */
export interface SingletonDefinition {
  /** A further trigger is skipped ('cancel' is stored as a `cancelOn`). */
  readonly mode: 'skip';
  /** Trigger's name -> path of the value. Absent: there is one run of the whole journey. */
  readonly paths?: Readonly<Record<string, string>>;
}

export interface ClaimOptions {
  readonly id: string;
  readonly idempotency?: string | IdempotencyOptions;
  readonly singleton?: SingletonOptions;
}

/** @throws JourneyError InvalidIdempotency, InvalidPath, InvalidDuration */
export function idempotencyOf(options: ClaimOptions, triggers: readonly string[]): IdempotencyDefinition | undefined {
  const { id, idempotency } = options;
  if (idempotency === undefined) return undefined;
  const given: IdempotencyOptions = typeof idempotency === 'string' ? { key: idempotency } : idempotency;
  if (typeof given !== 'object' || given === null || !onlyHas(given, ['key', 'period'])) {
    throw new JourneyError('InvalidIdempotency', {
      what: `The idempotency of journey '${id}' cannot be used.`,
      got: idempotency,
      expected: "a path such as 'data.order_id', or { key, period }",
      fix: "write idempotency: 'data.order_id'",
    });
  }
  const period = given.period ?? limits.defaultIdempotencyMs;
  const periodMs = durationMs(period, `period of idempotency in journey '${id}'`);
  if (periodMs > limits.maxMaxDurationMs) {
    throw new JourneyError('InvalidDuration', {
      what: `The period of idempotency in journey '${id}' is beyond the limit.`,
      got: `${periodMs} ms`,
      expected: `at most ${limits.maxMaxDurationMs} ms`,
      fix: 'shorten it',
    });
  }
  assertHasTriggers(id, triggers);
  return { paths: pathsOf(id, 'idempotency', given.key, triggers), periodMs };
}

/** @param keyPaths of the journey's key. @throws JourneyError InvalidSingleton, InvalidPath */
export function singletonOf(
  { id, singleton }: ClaimOptions,
  triggers: readonly string[],
  of: {
    readonly keyPaths: Readonly<Record<string, string>> | undefined;
    readonly cancelOn: readonly { readonly event: string }[];
  },
): SingletonDefinition | undefined {
  if (singleton === undefined) return undefined;
  assertSingleton(id, singleton);
  if (triggers.length === 0) return oneInAll(id, singleton);
  const paths = singleton.key === undefined ? undefined : pathsOf(id, 'singleton', singleton.key, triggers);
  if (singleton.mode === 'cancel') {
    const other = triggers.find((event) => paths !== undefined && paths[event] !== of.keyPaths?.[event]);
    if (other === undefined && of.keyPaths) return undefined;
    throw invalid(id, {
      what: 'cancels by another path than the journey’s key',
      got: singleton.key,
      expected: `the path of the key${of.keyPaths && other ? `, '${of.keyPaths[other]}'` : ''}`,
      fix: 'make it the key of the journey (key: ...), or use mode: skip, which takes any path',
    });
  }
  const both = of.cancelOn.find(({ event }) => triggers.includes(event));
  if (both) {
    throw invalid(id, {
      what: 'skips a trigger that also cancels: it would start no run, and end the one that lives',
      got: `cancelOn '${both.event}'`,
      expected: 'events that start no run in cancelOn, with mode: skip',
      fix: `take '${both.event}' out of cancelOn, or use mode: cancel`,
    });
  }
  const own = paths ?? pathsOfKey(of.keyPaths, triggers);
  return { mode: 'skip', ...(own && { paths: own }) };
}

/** Of a journey that only times start. */
function oneInAll(id: string, singleton: SingletonOptions): SingletonDefinition {
  if (singleton.mode === 'skip' && singleton.key === undefined) return { mode: 'skip' };
  throw invalid(id, {
    what: 'goes by a value, and the times of a schedule have none',
    got: singleton,
    expected: 'mode: skip without key, which is one run of the whole journey at a time: it has cron triggers only',
    fix: "write singleton: { mode: 'skip' }, or leave it out",
  });
}

/** What a journey is cancelled by, with what `singleton: { mode: 'cancel' }` adds: every trigger, without a window. */
export function withSingleton<
  Cancel extends {
    readonly event: string;
    readonly timeoutMs?: number;
    readonly path?: OtherPath;
    readonly if?: string;
  },
>(
  { id, singleton }: ClaimOptions,
  triggers: readonly string[],
  cancelOn: readonly Cancel[],
): (Cancel | { event: string; path?: never })[] {
  if (singleton?.mode !== 'cancel') return [...cancelOn];
  const byKey = cancelOn.filter(({ path }) => path === undefined);
  const windowed = byKey.find(
    ({ event, timeoutMs, if: text }) => (timeoutMs !== undefined || text !== undefined) && triggers.includes(event),
  );
  if (windowed) {
    throw invalid(id, {
      what: 'cancels whenever a newer trigger comes, and cancelOn only within a time or on a condition',
      got: `cancelOn '${windowed.event}' with a timeout or an if`,
      expected: 'one of the two',
      fix: `take '${windowed.event}' out of cancelOn, or leave singleton out`,
    });
  }
  // One with an `if` cancels some runs; this cancels all.
  const named = byKey.filter((cancel) => cancel.if === undefined).map(({ event }) => event);
  return [...cancelOn, ...triggers.filter((event) => !named.includes(event)).map((event) => ({ event }))];
}

/** The key that `singleton: { mode: 'cancel', key }` gives a journey that names none. */
export function keyOfSingleton({ singleton }: ClaimOptions): TriggerPath | undefined {
  if (singleton?.mode !== 'cancel' || singleton.key === undefined) return undefined;
  const { key } = singleton;
  if (typeof key === 'string') return plainPath(key) as string;
  return Object.fromEntries(Object.entries(key ?? {}).map(([event, path]) => [event, plainPath(path) as string]));
}

function assertSingleton(id: string, singleton: SingletonOptions): void {
  const usable =
    typeof singleton === 'object' &&
    singleton !== null &&
    onlyHas(singleton, ['mode', 'key']) &&
    (singleton.mode === 'skip' || singleton.mode === 'cancel');
  if (usable) return;
  throw invalid(id, {
    what: 'cannot be used',
    got: singleton,
    expected: "{ mode: 'skip' | 'cancel', key? }",
    fix: "write singleton: { mode: 'cancel' }",
  });
}

function pathsOf(id: string, of: string, key: TriggerPath, triggers: readonly string[]): Record<string, string> {
  const entries = triggers.map((event) => {
    // A call is named as the author knows it, as in the key.
    const path = plainPath(writtenKeyPath(key, event));
    assertPath(path, `${of} of event '${event}' in journey '${id}'`);
    return [event, path] as const;
  });
  return Object.fromEntries(entries);
}

function pathsOfKey(
  keyPaths: Readonly<Record<string, string>> | undefined,
  triggers: readonly string[],
): Record<string, string> | undefined {
  return keyPaths && Object.fromEntries(triggers.map((event) => [event, keyPaths[event]!]));
}

/** Both spellings: a path in the event, and Inngest's expression of the same. Other expressions stay what they are: no paths. */
function plainPath(path: unknown): unknown {
  return typeof path === 'string' && /^event\.[^\s+]+$/.test(path) ? path.slice('event.'.length) : path;
}

function assertHasTriggers(id: string, triggers: readonly string[]): void {
  if (triggers.length > 0) return;
  throw new JourneyError('InvalidIdempotency', {
    what: `The idempotency of journey '${id}' has no event to act on.`,
    got: 'only cron triggers',
    expected: 'a trigger that is an event: each time of a schedule starts one run anyway',
    fix: 'leave it out',
  });
}

function onlyHas(value: object, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}

function invalid(
  id: string,
  parts: { readonly what: string; readonly got: unknown; readonly expected: string; readonly fix: string },
): JourneyError {
  return new JourneyError('InvalidSingleton', { ...parts, what: `The singleton of journey '${id}' ${parts.what}.` });
}
