/**
 * Event patterns of EventBridge: which events a rule wants.
 *
 * Owns: the shape of a pattern, and which fields of an event must hold together (single values: pattern-value.ts).
 * Must not know: rules, buses, targets.
 * Invariants: a pattern is refused when it is compiled, never at the first event; what is not implemented is refused,
 * never ignored. Answers equal those of aws/event-ruler on test/patterns/vectors.json; like it, a pattern becomes
 * alternatives of `path -> values`, an event a list of `path, value, place in its arrays`, and fields below an array of
 * objects must hold in one and the same element.
 */

import {
  InvalidEventPattern,
  type JsonObject,
  type LeafMatcher,
  operators,
  parseLeafMatcher,
} from './pattern-value.js';

export { InvalidEventPattern } from './pattern-value.js';

export type EventMatcher = (event: JsonObject) => boolean;

/** Paths (keys joined with dots) that must all hold. */
type Alternative = Map<string, readonly LeafMatcher[]>;

/** More combinations of `$or` than these are refused (EventBridge user guide, "Or" matching). */
const maxAlternatives = 1_000;

/** Takes a pattern as an object or as JSON text, as CloudFormation does. */
export function compileEventPattern(pattern: unknown): EventMatcher {
  const parsed = typeof pattern === 'string' ? parseText(pattern) : pattern;
  if (!isObject(parsed)) throw new InvalidEventPattern('Filter is not an object');
  const alternatives = compileObject(parsed, '', [new Map()]).map((one) =>
    // In the order of their paths, which decides what an absence is judged by (matchFrom).
    [...one].sort(([left], [right]) => (left < right ? -1 : 1)),
  );
  return (event) => {
    const fields = fieldsOf(event);
    return alternatives.some((paths) => matchFrom(paths, 0, fields, noPlaces));
  };
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidEventPattern((error as Error).message);
  }
}

/** Adds what this object wants to each alternative; a path that is wanted twice counts as it was wanted last. */
function compileObject(pattern: JsonObject, prefix: string, alternatives: readonly Alternative[]): Alternative[] {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new InvalidEventPattern('Empty objects are not allowed');
  let result = [...alternatives];
  for (const [key, value] of entries) {
    if (key === '$or' && isAlternatives(value)) {
      const before = result;
      result = value.flatMap((one) =>
        compileObject(
          one,
          prefix,
          before.map((each) => new Map(each)),
        ),
      );
      if (result.length > maxAlternatives) throw new InvalidEventPattern('Rule is too complex - try using fewer $or');
      continue;
    }
    result = compileField(pathOf(prefix, key), value, result);
  }
  return result;
}

function compileField(path: string, value: unknown, alternatives: Alternative[]): Alternative[] {
  if (isObject(value)) return compileObject(value, path, alternatives);
  if (!Array.isArray(value)) throw new InvalidEventPattern(`"${path}" must be an object or an array`);
  if (value.length === 0) throw new InvalidEventPattern('Empty arrays are not allowed');
  const matchers = value.map((item) => parseLeafMatcher(item, path));
  for (const one of alternatives) one.set(path, matchers);
  return alternatives;
}

/** `$or` is an operator only over two or more objects that hold no operator themselves; else it is a field's name. */
function isAlternatives(value: unknown): value is JsonObject[] {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((item) => isObject(item) && !Object.keys(item).some((key) => operators.has(key)))
  );
}

/** A value of an event that is neither object nor array. `places`: in which element of which array it stands. */
interface Field {
  readonly path: string;
  readonly value: unknown;
  readonly places: Places;
}

/** An array's number in the event -> the element. */
type Places = ReadonlyMap<number, number>;

const noPlaces: Places = new Map();

function fieldsOf(event: JsonObject): readonly Field[] {
  const fields: Field[] = [];
  let arrays = 0;
  function walk(value: unknown, path: string, places: Places): void {
    if (Array.isArray(value)) {
      arrays += 1;
      const array = arrays;
      value.forEach((item, index) => {
        walk(item, path, isObject(item) || Array.isArray(item) ? new Map(places).set(array, index) : places);
      });
    } else if (isObject(value)) {
      // A field whose name is empty is found by no pattern.
      for (const [key, child] of Object.entries(value)) if (key !== '') walk(child, pathOf(path, key), places);
    } else {
      fields.push({ path, value, places });
    }
  }
  walk(event, '', noPlaces);
  return fields;
}

/** Whether these paths hold from this one on, given the elements that those before have chosen. */
function matchFrom(
  paths: readonly (readonly [string, readonly LeafMatcher[]])[],
  from: number,
  fields: readonly Field[],
  chosen: Places,
): boolean {
  const next = paths[from];
  if (next === undefined) return true;
  const [path, matchers] = next;
  const here = fields.flatMap((field) => {
    const places = field.path === path ? together(chosen, field.places) : undefined;
    return places === undefined ? [] : [{ value: field.value, places }];
  });
  return matchers.some((matcher) =>
    matcher === 'absent'
      ? here.length === 0 && matchFrom(paths, from + 1, fields, chosen)
      : here.some(({ value, places }) => matcher(value) && matchFrom(paths, from + 1, fields, places)),
  );
}

/** @returns both, or undefined when they stand in different elements of one array. */
function together(left: Places, right: Places): Places | undefined {
  for (const [array, index] of right) if ((left.get(array) ?? index) !== index) return undefined;
  return right.size === 0 ? left : new Map([...left, ...right]);
}

/** A dotted key is the same as nested objects. */
function pathOf(prefix: string, key: string): string {
  return prefix === '' ? key : `${prefix}.${key}`;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
