/**
 * What one leaf of an event pattern matches: equality and the operators (prefix, suffix, numeric, ...).
 *
 * Owns: the operators of EventBridge patterns and their errors, in the service's own words.
 * Must not know: where in an event the value stands (pattern.ts).
 * Invariant: an operator that is not implemented, or whose argument is malformed, throws InvalidEventPattern.
 */

import { BlockList, isIP } from 'node:net';

export type JsonObject = Record<string, unknown>;

/** A predicate on a leaf's value; 'absent' is `exists: false`, which only the whole event can answer. */
export type LeafMatcher = ((value: unknown) => boolean) | 'absent';

export class InvalidEventPattern extends Error {
  constructor(reason: string) {
    super(`Event pattern is not valid. Reason: ${reason}`);
    this.name = 'InvalidEventPattern';
  }
}

type Operator = (argument: unknown, name: string) => LeafMatcher;

const implemented: Readonly<Record<string, Operator>> = {
  exists: (argument) => {
    if (typeof argument !== 'boolean')
      throw new InvalidEventPattern('exists match pattern must be either true or false.');
    return argument ? () => true : 'absent';
  },
  exactly: (argument, name) => {
    const wanted = text(argument, name);
    return (value) => value === wanted;
  },
  prefix: (argument, name) =>
    affix(
      argument,
      name,
      (value, wanted) => value.startsWith(wanted),
      (value, wanted) => endsIgnoringCase(value, [0], wanted).length > 0,
    ),
  suffix: (argument, name) =>
    affix(
      argument,
      name,
      (value, wanted) => value.endsWith(wanted),
      (value, wanted) => endsIgnoringCase(value, Array(value.length + 1).keys(), wanted).includes(value.length),
    ),
  'equals-ignore-case': (argument, name) => equalIgnoringCase(text(argument, name)),
  wildcard: (argument, name) => wildcard(text(argument, name)),
  numeric,
  cidr,
  'anything-but': anythingBut,
};

/** Names of the operators; a field of that name below `$or` makes `$or` an ordinary field. */
export const operators: ReadonlySet<string> = new Set(Object.keys(implemented));

export function parseLeafMatcher(item: unknown, path: string): LeafMatcher {
  if (Array.isArray(item)) throw new InvalidEventPattern(`Arrays within "${path}" are not allowed`);
  if (typeof item !== 'object' || item === null) return (value) => value === item;
  const entries = Object.entries(item);
  if (entries.length !== 1) throw new InvalidEventPattern('Only one key allowed in match expression');
  const [name, argument] = entries[0]!;
  const operator = implemented[name];
  if (operator === undefined || !operators.has(name)) throw new InvalidEventPattern(`Unrecognized match type ${name}`);
  return operator(argument, name);
}

type Predicate = (value: unknown) => boolean;

function text(argument: unknown, name: string): string {
  if (typeof argument !== 'string') throw new InvalidEventPattern(`${name} match pattern must be a string`);
  return argument;
}

type TextTest = (value: string, wanted: string) => boolean;

function affix(argument: unknown, name: string, test: TextTest, testIgnoringCase: TextTest): Predicate {
  if (typeof argument === 'object' && argument !== null && !Array.isArray(argument)) {
    const [key, inner] = Object.entries(argument)[0] ?? [];
    if (key !== 'equals-ignore-case' || Object.keys(argument).length !== 1) {
      throw new InvalidEventPattern(`Unsupported anything-but pattern: ${String(key)}`);
    }
    const wanted = text(inner, 'equals-ignore-case');
    return (value) => typeof value === 'string' && testIgnoringCase(value, wanted);
  }
  const wanted = text(argument, name);
  return (value) => typeof value === 'string' && test(value, wanted);
}

function equalIgnoringCase(wanted: string): Predicate {
  return (value) => typeof value === 'string' && endsIgnoringCase(value, [0], wanted).includes(value.length);
}

/**
 * Each character of the pattern may stand in its lower or in its upper case, which may be longer: a pattern's \u00df meets SS,
 * and a pattern's SS meets no \u00df. That is how the service's ruler reads it.
 *
 * @returns where in `value` the pattern ends, begun at any of `starts`.
 */
function endsIgnoringCase(value: string, starts: Iterable<number>, wanted: string): readonly number[] {
  let ends = [...starts];
  for (const character of wanted) {
    const cases = new Set([character.toLowerCase(), character.toUpperCase()]);
    ends = ends.flatMap((at) => [...cases].flatMap((one) => (value.startsWith(one, at) ? [at + one.length] : [])));
  }
  return ends;
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function numeric(argument: unknown): Predicate {
  if (!Array.isArray(argument)) throw new InvalidEventPattern('Value of numeric must be an array.');
  if (argument.length === 0) throw new InvalidEventPattern('Invalid member in numeric match: ]');
  if (argument.length > 4) throw new InvalidEventPattern('Too many elements in numeric expression');
  const first = bound(argument[0], argument[1]);
  if (argument.length <= 2) return first;
  // A range is one lower bound, then one upper bound.
  if (!isLower(argument[0]) || !isUpper(argument[2])) {
    throw new InvalidEventPattern(`Bad numeric range operator: ${String(argument[2])}`);
  }
  const second = bound(argument[2], argument[3]);
  if (Number(argument[1]) >= Number(argument[3])) throw new InvalidEventPattern('Bottom must be less than top');
  return (value) => first(value) && second(value);
}

function bound(operator: unknown, limit: unknown): Predicate {
  const compare = Object.hasOwn(comparisons, String(operator)) ? comparisons[String(operator)] : undefined;
  if (compare === undefined) throw new InvalidEventPattern(`Unrecognized numeric range operator: ${String(operator)}`);
  if (typeof limit !== 'number') throw new InvalidEventPattern(`Value of ${String(operator)} must be numeric`);
  return (value) => typeof value === 'number' && compare(value, limit);
}

function isLower(operator: unknown): boolean {
  return operator === '>' || operator === '>=';
}

function isUpper(operator: unknown): boolean {
  return operator === '<' || operator === '<=';
}

function cidr(argument: unknown): Predicate {
  const range = text(argument, 'prefix');
  const parts = range.split('/');
  if (parts.length !== 2) throw new InvalidEventPattern("Malformed CIDR, one '/' required");
  const [address, mask] = parts as [string, string];
  if (!/^\d+$/.test(mask)) throw new InvalidEventPattern('Malformed CIDR, mask bits must be an integer');
  const version = isIP(address);
  if (version === 0) throw new InvalidEventPattern(`Nonstandard IP address: ${address}`);
  // A range of one address is refused by the service too.
  const bits = version === 4 ? 32 : 128;
  if (Number(mask) >= bits) throw new InvalidEventPattern(`IPv${version} mask bits must be < ${bits}`);
  const block = new BlockList();
  block.addSubnet(address, Number(mask), version === 4 ? 'ipv4' : 'ipv6');
  return (value) =>
    typeof value === 'string' && isIP(value) === version && block.check(value, version === 4 ? 'ipv4' : 'ipv6');
}

/** `*` stands for any run of characters; the backslash escapes `*` and itself. Greedy, linear in practice, no RegExp. */
function wildcard(pattern: string): Predicate {
  const segments: string[] = [''];
  for (let i = 0; i < pattern.length; i += 1) {
    const character = pattern[i]!;
    if (character === '*') {
      if (pattern[i + 1] === '*') throw new InvalidEventPattern(`Consecutive wildcard characters at pos ${i + 1}`);
      segments.push('');
    } else if (character === '\\') {
      i += 1;
      const escaped = pattern[i];
      if (escaped !== '*' && escaped !== '\\')
        throw new InvalidEventPattern(`Invalid escape character at pos ${i - 1}`);
      segments[segments.length - 1] += escaped;
    } else {
      segments[segments.length - 1] += character;
    }
  }
  return (value) => typeof value === 'string' && matchSegments(segments, value);
}

function matchSegments(segments: readonly string[], value: string): boolean {
  const first = segments[0]!;
  if (segments.length === 1) return value === first;
  const last = segments.at(-1)!;
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
  let from = first.length;
  const end = value.length - last.length;
  for (const middle of segments.slice(1, -1)) {
    const at = value.indexOf(middle, from);
    if (at < 0 || at + middle.length > end) return false;
    from = at + middle.length;
  }
  return true;
}

const nestedInAnythingBut: Readonly<Record<string, (argument: unknown) => Predicate>> = {
  prefix: (argument) => nonEmptyAffix(argument, (value, wanted) => value.startsWith(wanted)),
  suffix: (argument) => nonEmptyAffix(argument, (value, wanted) => value.endsWith(wanted)),
  'equals-ignore-case': (argument) => {
    if (typeof argument !== 'string') {
      const reason = 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.';
      throw new InvalidEventPattern(reason);
    }
    return equalIgnoringCase(argument);
  },
  wildcard: (argument) => wildcard(text(argument, 'wildcard')),
};

function nonEmptyAffix(argument: unknown, test: (value: string, text: string) => boolean): Predicate {
  if (typeof argument === 'object' && argument !== null) throw new InvalidEventPattern(anythingButShape);
  const wanted = text(argument, 'prefix/suffix');
  if (wanted === '') throw new InvalidEventPattern('Null prefix/suffix not allowed');
  return (value) => typeof value === 'string' && test(value, wanted);
}

const anythingButShape = 'Value of anything-but must be an array or single string/number value.';

/** A value that is there and is none of these; `null` and other types pass, a missing field never does. */
function anythingBut(argument: unknown): Predicate {
  if (typeof argument === 'string' || typeof argument === 'number') return (value) => value !== argument;
  if (Array.isArray(argument)) return noneOfList(argument);
  if (typeof argument !== 'object' || argument === null) throw new InvalidEventPattern(anythingButShape);
  const entries = Object.entries(argument);
  const [name, inner] = entries[0] ?? [];
  const nested =
    name === undefined || !Object.hasOwn(nestedInAnythingBut, name) ? undefined : nestedInAnythingBut[name];
  if (entries.length !== 1 || nested === undefined) {
    throw new InvalidEventPattern(`Unsupported anything-but pattern: ${String(name)}`);
  }
  const list = Array.isArray(inner) ? inner : [inner];
  if (list.length === 0) throw new InvalidEventPattern('Empty arrays are not allowed');
  const excluded = list.map((item) => nested(item));
  return (value) => !excluded.some((matches) => matches(value));
}

function noneOfList(list: readonly unknown[]): Predicate {
  if (list.length === 0) throw new InvalidEventPattern('Empty arrays are not allowed');
  const types = new Set(list.map((item) => typeof item));
  if (list.some((item) => typeof item !== 'string' && typeof item !== 'number')) {
    throw new InvalidEventPattern('Inside anything but list, start|null|boolean is not supported.');
  }
  if (types.size > 1)
    throw new InvalidEventPattern(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    );
  return (value) => !list.includes(value);
}
