/**
 * Dot paths into an event, such as `data.cart_id`, and the values that can be a key.
 *
 * Invariant: only own properties are read, so nothing inherited (`data.constructor`) is ever a key.
 */
import { JourneyError } from './errors.js';
import { callEventKind, invokedEvent } from './invoke.js';

const pathShape = /^data(\.[^.\s]+)+$/;

/** @throws JourneyError InvalidPath */
export function assertPath(path: unknown, what: string): asserts path is string {
  if (typeof path !== 'string' || !pathShape.test(path)) {
    throw new JourneyError('InvalidPath', {
      what: `The ${what} is not a path into an event.`,
      got: path,
      expected: "a dot path below data, such as 'data.cart_id'",
      fix: "start with 'data.' and name the field",
    });
  }
}

/** A value that can be compared: everything else counts as missing and matches nothing. */
export type KeyValue = string | number | boolean;

/**
 * @returns the value at the path, or undefined where it is missing, null, an object, an array, or a number that JSON cannot
 * tell from its neighbours: infinite, or a whole one beyond 2^53 - 1 (two customers' ids would be read as one).
 */
export function keyValueAt(data: unknown, path: string): KeyValue | undefined {
  let value: unknown = data;
  for (const segment of path.split('.').slice(1)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return isKeyValue(value) ? value : undefined;
}

export function isKeyValue(value: unknown): value is KeyValue {
  if (typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}

/** The path of an event's key: one path for all events, or one for each. @throws JourneyError InvalidPath */
export function keyPathOf(id: string, key: string | Readonly<Record<string, string>>, event: string): string {
  const path = writtenKeyPath(key, event);
  assertPath(path, `key of event '${event}' in journey '${id}'`);
  return path;
}

/** The same, unchecked: undefined where the key says nothing of the event. */
export function writtenKeyPath(
  key: string | Readonly<Record<string, string>> | undefined,
  event: string,
): string | undefined {
  // The events of a call have the key of the one that the author knows.
  const name = callEventKind(event) === undefined ? event : invokedEvent;
  if (typeof key !== 'object' || key === null) return key;
  return Object.hasOwn(key, name) ? key[name] : undefined;
}
