/**
 * Event patterns of EventBridge: which events a rule wants.
 *
 * Owns: the shape of a pattern and what each node of it matches (single values: pattern-value.ts).
 * Must not know: rules, buses, targets.
 * Invariants: a pattern is refused when it is compiled, never at the first event; what is not implemented is refused,
 * never ignored. Semantics follow AWS-validated vectors: keys are joined with dots, arrays match by any element, fields
 * below an array of objects must hold in one and the same element.
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

type PatternNode =
  | { readonly kind: 'leaf'; readonly path: readonly string[]; readonly matchers: readonly LeafMatcher[] }
  | { readonly kind: 'object'; readonly fields: readonly (readonly [string, PatternNode])[] }
  | { readonly kind: 'or'; readonly alternatives: readonly PatternNode[] }
  | { readonly kind: 'and'; readonly parts: readonly PatternNode[] };

/** Takes a pattern as an object or as JSON text, as CloudFormation does. */
export function compileEventPattern(pattern: unknown): EventMatcher {
  const parsed = typeof pattern === 'string' ? parseText(pattern) : pattern;
  if (!isObject(parsed)) throw new InvalidEventPattern('Filter is not an object');
  const node = compileObject(parsed, []);
  return (event) => {
    const nested = splitDottedKeys(event) as JsonObject;
    return matchNode(node, nested, nested);
  };
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidEventPattern((error as Error).message);
  }
}

function compileObject(pattern: JsonObject, path: readonly string[]): PatternNode {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new InvalidEventPattern('Empty objects are not allowed');
  const parts = entries.map(([key, value]) =>
    key === '$or' && isAlternatives(value)
      ? { kind: 'or' as const, alternatives: value.map((alternative) => compileObject(alternative, path)) }
      : compileField(key.split('.'), value, path),
  );
  return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
}

/** A dotted key is the same as nested objects. */
function compileField(keys: readonly string[], value: unknown, path: readonly string[]): PatternNode {
  const [key, ...rest] = keys as [string, ...string[]];
  const here = [...path, key];
  if (rest.length > 0) return { kind: 'object', fields: [[key, compileField(rest, value, here)]] };
  if (Array.isArray(value)) {
    if (value.length === 0) throw new InvalidEventPattern('Empty arrays are not allowed');
    return {
      kind: 'object',
      fields: [[key, { kind: 'leaf', path: here, matchers: value.map((item) => parseLeafMatcher(item, here)) }]],
    };
  }
  if (!isObject(value)) throw new InvalidEventPattern(`"${key}" must be an object or an array`);
  return { kind: 'object', fields: [[key, compileObject(value, here)]] };
}

/** `$or` is an operator only over two or more objects that hold no operator themselves; else it is a field's name. */
function isAlternatives(value: unknown): value is JsonObject[] {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((item) => isObject(item) && !Object.keys(item).some((key) => operators.has(key)))
  );
}

function matchNode(node: PatternNode, value: unknown, root: JsonObject): boolean {
  switch (node.kind) {
    case 'leaf':
      return matchLeaf(node.path, node.matchers, value, root);
    case 'or':
      return node.alternatives.some((alternative) => matchNode(alternative, value, root));
    case 'and':
      return candidates(value).some((one) => node.parts.every((part) => matchNode(part, one, root)));
    case 'object':
      return candidates(value).some((one) =>
        node.fields.every(([key, child]) => matchNode(child, own(one, key), root)),
      );
  }
}

function matchLeaf(
  path: readonly string[],
  matchers: readonly LeafMatcher[],
  value: unknown,
  root: JsonObject,
): boolean {
  const leaves = leavesOf(value);
  return matchers.some((matcher) =>
    matcher === 'absent' ? leavesAt(root, path).length === 0 : leaves.some((leaf) => matcher(leaf)),
  );
}

/** The objects among which one has to hold all fields; the empty one stands for "there is nothing here". */
function candidates(value: unknown): JsonObject[] {
  if (Array.isArray(value)) return [...value.flat(Number.POSITIVE_INFINITY).filter(isObject), {}];
  return [isObject(value) ? value : {}];
}

/** A leaf is a value that is neither object nor array; arrays give those of their elements. */
function leavesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flat(Number.POSITIVE_INFINITY).filter((item) => !isObject(item));
  return value === undefined || isObject(value) ? [] : [value];
}

function leavesAt(root: JsonObject, path: readonly string[]): unknown[] {
  let level: unknown[] = [root];
  for (const key of path) {
    level = level.flatMap((value) => candidates(value).map((one) => own(one, key))).filter((one) => one !== undefined);
  }
  return level.flatMap(leavesOf);
}

function splitDottedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(splitDottedKeys);
  if (!isObject(value)) return value;
  const result: JsonObject = Object.create(null);
  for (const [key, child] of Object.entries(value)) {
    const keys = key.split('.');
    const last = keys.pop()!;
    let target = result;
    for (const part of keys) {
      if (!isObject(target[part])) target[part] = Object.create(null);
      target = target[part] as JsonObject;
    }
    target[last] = splitDottedKeys(child);
  }
  return result;
}

function own(value: JsonObject, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
