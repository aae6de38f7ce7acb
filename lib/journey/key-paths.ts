/**
 * The key of a journey: its path in each event that finds runs by it, and which cancellations do not.
 *
 * Owns: where the key comes from when the author names none, and what is missing in it. Invariant: an event that finds runs by
 * another path only has no path of the key.
 */
import { assertNoWayTwice, awaitedName, type DeclaredWait, type Keyed, wayOf } from './correlation.js';
import { JourneyError } from './errors.js';
import { type Cancel, keyOfCancels } from './filter/filter-key.js';
import { pathInFilter } from './filter/filter-way.js';
import { keyPathOf, writtenKeyPath } from './match.js';
import { keyOfSingleton } from './trigger/trigger-claims.js';

/** The key of a journey that names none: what its cancelOn, or its singleton, is equal by. */
export function impliedKey(
  options: { readonly waitsFor?: readonly DeclaredWait[] } & Parameters<typeof keyOfSingleton>[0],
  starting: readonly string[],
  cancelOn: readonly Cancel[],
): Keyed['key'] {
  const named = [...starting, ...(options.waitsFor ?? []).map(awaitedName), ...cancelOn.map(({ event }) => event)];
  return keyOfCancels(cancelOn, named) ?? keyOfSingleton(options);
}

/** @throws JourneyError InvalidPath, InvalidCancelOn */
export function cancelsByWay(keyed: Keyed, starting: readonly string[], written: readonly Cancel[]): Cancel[] {
  const list = written.map((cancel): Cancel => {
    const { event, match } = cancel;
    const path = match === undefined ? pathOfIf(keyed, starting, cancel) : wayOf(keyed, 'cancelOn', event, match);
    return path === undefined ? cancel : { ...cancel, path };
  });
  assertNoWayTwice(list, 'InvalidCancelOn', `cancelOn of journey '${keyed.id}'`);
  return list;
}

/** An equality in an `if` that is not the key's is a match on its path. */
function pathOfIf({ key }: Keyed, [first]: readonly string[], { event, filter }: Cancel): string | undefined {
  if (!filter) return undefined;
  const trigger = first === undefined ? undefined : writtenKeyPath(key, first);
  const incoming = writtenKeyPath(key, event);
  return pathInFilter(filter, trigger !== undefined && incoming !== undefined ? { trigger, incoming } : undefined);
}

/** @throws JourneyError MissingKeyPath, InvalidPath */
export function keyPathsOf(
  { id, key }: Keyed,
  starting: readonly string[],
  { waitsFor, cancelOn }: { readonly waitsFor: readonly string[]; readonly cancelOn: readonly Cancel[] },
): Record<string, string> | undefined {
  const byKey = [...waitsFor, ...cancelOn.flatMap(({ event, path }) => (path === undefined ? [event] : []))];
  const events = [...new Set([...starting, ...byKey])];
  if (key === undefined) {
    // Matches of cancelOn that disagree leave open which of them the key is.
    if (byKey.length === 0 && !cancelOn.some(({ path }) => typeof path === 'string')) return undefined;
    const paths = [...new Set(cancelOn.flatMap(({ path }) => (typeof path === 'string' ? [`'${path}'`] : [])))];
    throw new JourneyError('MissingKeyPath', {
      what:
        paths.length > 1
          ? `Journey '${id}' names no key, and its cancelOn leave open which it is: they match by ${paths.join(' and ')}.`
          : `Journey '${id}' waits or is cancelled (as by singleton: { mode: 'cancel' }), but has no key.`,
      got: key,
      expected: 'the path of the value that is equal in all its events',
      fix: "add key: 'data.cart_id' (or a path per event: key: { 'lead/entered': 'data.id', ... })",
    });
  }
  // fromEntries, because an assignment to '__proto__' would be lost.
  return Object.fromEntries(events.map((event) => [event, keyPathOf(id, key, event)]));
}
