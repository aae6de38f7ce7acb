/**
 * The key in the `if`s of cancelOn: where an equality is it, and what a definition keeps of an `if` beside it.
 *
 * Owns: the key that cancelOn gives where the journey names none. Knows no CEL (filter.ts) and no run.
 * Invariant: a trigger and an event that cancels its run are always in one partition, by the key alone.
 */
import type { OtherPath } from '../correlation.js';
import type { Correlation, Filter } from './filter.js';
import { assertFound } from './filter-way.js';

/** A cancelOn as it was written, checked. */
export interface Cancel {
  readonly event: string;
  readonly match?: OtherPath;
  /** Where the match is not the key. */
  readonly path?: OtherPath;
  readonly timeoutMs?: number;
  readonly if?: string;
  readonly filter?: Filter;
}

/** A cancelOn as a definition keeps it. */
export interface StoredCancel {
  /** Name of the event. */
  readonly event: string;
  /** It cancels only within this time of the trigger, in milliseconds. Absent: as long as the run lives. */
  readonly timeoutMs?: number;
  /** Where it is not the key. */
  readonly path?: OtherPath;
  /** What is asked of it beside the path (CEL). */
  readonly if?: string;
}

/**
 * The key that all cancelOn give together: the one path that they name by `match`, or by the one equality in their `if`.
 * @returns the key's path of each event, or undefined where they give none, or more than one.
 */
export function keyOfCancels(
  cancelOn: readonly Cancel[],
  events: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const given = cancelOn.flatMap(({ event, match, filter }) => {
    if (match === null) return [];
    if (match !== undefined) return [{ event, trigger: match, incoming: match }];
    const [one, ...others] = filter?.correlations ?? [];
    return one && others.length === 0 ? [{ event, ...one }] : [];
  });
  const triggerPaths = new Set(given.map(({ trigger }) => trigger));
  const [path] = triggerPaths;
  if (path === undefined || triggerPaths.size > 1) return undefined;
  const incoming = new Map(given.map((one) => [one.event, one.incoming]));
  return Object.fromEntries(events.map((event) => [event, incoming.get(event) ?? path]));
}

/** @throws JourneyError UnsupportedMatch for an `if` whose equality would find nothing. */
export function storedCancels(
  id: string,
  cancelOn: readonly Cancel[],
  starting: readonly string[],
  keyPaths: Readonly<Record<string, string>> | undefined,
): StoredCancel[] {
  const triggerPaths = [...new Set(starting.map((name) => keyPaths?.[name]))];
  return cancelOn.map((cancel) => {
    const { event, timeoutMs, path } = cancel;
    const left = leftOf(cancel, triggerPaths, keyPaths?.[event], `cancelOn '${event}' of journey '${id}'`);
    return {
      event,
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(path !== undefined && { path }),
      ...(left !== undefined && { if: left }),
    };
  });
}

/** What is left of an `if` beside what finds the event. */
function leftOf(
  { event, match, path, filter }: Cancel,
  [trigger, ...others]: readonly (string | undefined)[],
  incoming: string | undefined,
  what: string,
): string | undefined {
  if (!filter) return undefined;
  if (path !== undefined) return filter.without(path === null ? undefined : { trigger: path, incoming: path });
  if (trigger === undefined || incoming === undefined) return filter.without(undefined);
  const key = { trigger, incoming };
  if (match === undefined) assertFound(filter, key, what, (other) => otherPaths(event, other));
  // Triggers whose keys have different paths share no equality: then the `if` stays as it is.
  return filter.without(others.length === 0 ? key : undefined);
}

/** An equality whose paths are the same needs nothing else. */
function otherPaths(event: string, { trigger, incoming }: Correlation): string {
  return `give the value one path in both events (${trigger}), or make the two the key, key: { '<trigger>': '${trigger}', '${event}': '${incoming}' }`;
}
