/**
 * What of a request is against the model of its service.
 *
 * Owns: the walk over input and shapes, the constraints in the words of AWS's common front end ("Member must ...").
 * Must not know: a service, codes of errors, protocols.
 * Invariants: null is missing, as on AWS; a member that the model does not know is no violation (the JSON protocols pass
 * over it) but told apart; a value of another type is told and not looked into.
 */

import { type ServiceModel, type Shape, shapeNameOf } from './model.js';
import { shown } from './shown.js';

export interface Violation {
  readonly kind: 'missing' | 'mistyped' | 'enum' | 'bound';
  /** As AWS writes it: `target.retryPolicy.maximumRetryAttempts`, `entries.1.member.source`. */
  readonly at: string;
  /** The name of the innermost member that has a name. */
  readonly member: string;
  readonly value: unknown;
  /** `Value '...' at '...' failed to satisfy constraint: Member must ...`, or what its type should be. */
  readonly text: string;
}

export interface Findings {
  readonly violations: readonly Violation[];
  /** Paths that the model does not have. */
  readonly unknown: readonly string[];
}

/** Attribute values may nest; a service refuses what is deeper long before this. */
const deepest = 500;

interface Place {
  readonly at: string;
  readonly member: string;
  readonly depth: number;
}

export function findingsOf(model: ServiceModel, inputShape: string, input: unknown): Findings {
  const walk = new Walk(model.shapes);
  walk.visit(inputShape, input, { at: '', member: '', depth: 0 });
  return { violations: walk.violations, unknown: walk.unknown };
}

class Walk {
  readonly violations: Violation[] = [];
  readonly unknown: string[] = [];

  constructor(private readonly shapes: ServiceModel['shapes']) {}

  visit(shapeName: string, value: unknown, place: Place): void {
    const shape = this.shapes[shapeName]!;
    const mistake = typeMistake(shape, value);
    if (mistake !== undefined) {
      this.violations.push({ kind: 'mistyped', at: place.at, member: place.member, value, text: mistake });
      return;
    }
    for (const { kind, must } of brokenBy(shape, value)) this.add(kind, shapeName, value, must, place);
    if (place.depth >= deepest) return;
    if (shape.type === 'structure') this.visitMembers(shape, value as Record<string, unknown>, place);
    else if (shape.type === 'list') this.visitItems(shapeName, shape.member, value as readonly unknown[], place);
    else if (shape.type === 'map') this.visitEntries(shapeName, shape, value as Record<string, unknown>, place);
  }

  private visitMembers(
    { required = [], members }: Shape & { type: 'structure' },
    value: Record<string, unknown>,
    { at, depth }: Place,
  ): void {
    const path = (name: string) => (at === '' ? lowerFirst(name) : `${at}.${lowerFirst(name)}`);
    for (const name of Object.keys(value)) if (!Object.hasOwn(members, name)) this.unknown.push(path(name));
    for (const [name, member] of Object.entries(members)) {
      const place = { at: path(name), member: name, depth: depth + 1 };
      const given = value[name];
      if (given !== undefined && given !== null) this.visit(shapeNameOf(member), given, place);
      else if (required.includes(name)) this.add('missing', name, undefined, 'Member must not be null', place);
    }
  }

  /** Of a list of plain values AWS says which constraint one of them breaks, not which value. */
  private visitItems(listName: string, memberName: string, items: readonly unknown[], place: Place): void {
    const member = this.shapes[memberName]!;
    if (isPlain(member)) {
      if (this.visitPlain(memberName, items, place))
        this.add('enum', listName, items, `Member must satisfy constraint: [${wholeOf(member)}]`, place);
      return;
    }
    items.forEach((item, index) => {
      if (item === null) return;
      this.visit(memberName, item, { ...place, at: `${place.at}.${index + 1}.member`, depth: place.depth + 1 });
    });
  }

  private visitEntries(
    mapName: string,
    { key, value: of }: Shape & { type: 'map' },
    entries: Record<string, unknown>,
    place: Place,
  ): void {
    const [keyShape, valueShape] = [this.shapes[key]!, this.shapes[of]!];
    if (Object.keys(entries).some((name) => brokenBy(keyShape, name).length > 0)) {
      this.add('bound', mapName, entries, `Map keys must satisfy constraint: [${wholeOf(keyShape)}]`, place);
    }
    if (isPlain(valueShape)) {
      if (this.visitPlain(of, Object.values(entries), place))
        this.add('bound', mapName, entries, `Map value must satisfy constraint: [${wholeOf(valueShape)}]`, place);
      return;
    }
    for (const [name, value] of Object.entries(entries)) {
      if (value === null) continue;
      this.visit(of, value, { ...place, at: `${place.at}.${name}.member`, depth: place.depth + 1 });
    }
  }

  /** @returns whether one of the values breaks a constraint; one of another type is told at once. */
  private visitPlain(shapeName: string, values: readonly unknown[], { at, member }: Place): boolean {
    const shape = this.shapes[shapeName]!;
    const given = values.filter((value) => value !== null);
    for (const value of given) {
      const text = typeMistake(shape, value);
      if (text === undefined) continue;
      this.violations.push({ kind: 'mistyped', at, member, value, text });
      return false;
    }
    return given.some((value) => brokenBy(shape, value).length > 0);
  }

  private add(kind: Violation['kind'], shapeName: string, value: unknown, must: string, place: Place): void {
    const written = value === undefined ? 'null' : `'${shown(this.shapes, shapeName, value)}'`;
    const text = `Value ${written} at '${place.at}' failed to satisfy constraint: ${must}`;
    this.violations.push({ kind, at: place.at, member: place.member, value, text });
  }
}

function isPlain(shape: Shape): boolean {
  return shape.type !== 'structure' && shape.type !== 'list' && shape.type !== 'map';
}

const number = ['NUMBER_VALUE', 'DECIMAL_VALUE'];
const truth = ['TRUE_VALUE', 'FALSE_VALUE'];

/** What a shape takes of JSON, and what AWS's parser calls it. */
const accepted: Readonly<Record<Shape['type'], readonly [tokens: readonly string[], name: string]>> = {
  structure: [['map'], ''],
  map: [['map'], ''],
  list: [['list'], ''],
  string: [['STRING_VALUE'], 'a String'],
  blob: [['STRING_VALUE'], 'a Blob'],
  boolean: [truth, 'a Boolean'],
  timestamp: [number, 'a Date'],
  integer: [['NUMBER_VALUE'], 'an Integer'],
  long: [['NUMBER_VALUE'], 'a Long'],
  float: [number, 'a Float'],
  double: [number, 'a Double'],
};

/** What the value would have to be instead, in the words of AWS's JSON parser; undefined where the type is right. */
function typeMistake({ type }: Shape, value: unknown): string | undefined {
  const token = tokenOf(value);
  const [tokens, name] = accepted[type];
  if (tokens.includes(token) || (type === 'timestamp' && isDate(value))) return undefined;
  if (name === '') return 'Unexpected field type';
  if (token === 'map') return 'Start of structure or map found where not expected.';
  if (token === 'list') return 'Start of list found where not expected';
  return `${token} can not be converted to ${name}`;
}

function tokenOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
  return typeof value === 'boolean' ? `${String(value).toUpperCase()}_VALUE` : 'STRING_VALUE';
}

/** On the wire a time is a number of seconds; some clients send text. */
function isDate(value: unknown): boolean {
  return typeof value === 'string' && Number.isFinite(Date.parse(value));
}

type Constraint = {
  readonly kind: 'enum' | 'bound';
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
};

function brokenBy(shape: Shape, value: unknown): readonly Constraint[] {
  return constraintsOf(shape).filter(({ holds }) => !holds(value));
}

/** All that a shape asks, as one line: AWS names it whole where it does not say which value is wrong. */
function wholeOf(shape: Shape): string {
  return constraintsOf(shape)
    .map(({ must }) => must)
    .join(', ');
}

const made = new WeakMap<Shape, readonly Constraint[]>();

function constraintsOf(shape: Shape): readonly Constraint[] {
  const known = made.get(shape) ?? [...boundsOf(shape), ...textConstraintsOf(shape)];
  made.set(shape, known);
  return known;
}

function boundsOf(shape: Shape): Constraint[] {
  const { min, max } = shape.type === 'structure' ? {} : shape;
  const what = shape.type === 'integer' || shape.type === 'long' ? 'value' : 'length';
  const bound = (word: string, limit: number | undefined, holds: (measure: number) => boolean): Constraint[] =>
    limit === undefined
      ? []
      : [
          {
            kind: 'bound',
            must: `Member must have ${what} ${word} than or equal to ${limit}`,
            holds: (value) => holds(measureOf(shape, value)),
          },
        ];
  return [...bound('less', max, (measure) => measure <= max!), ...bound('greater', min, (measure) => measure >= min!)];
}

function measureOf(shape: Shape, value: unknown): number {
  if (shape.type === 'blob') return Buffer.from(value as string, 'base64').length;
  if (shape.type === 'map') return Object.keys(value as object).length;
  return typeof value === 'number' ? value : (value as { readonly length: number }).length;
}

function textConstraintsOf(shape: Shape): Constraint[] {
  if (shape.type !== 'string') return [];
  const { pattern, enum: values } = shape;
  const found: Constraint[] = [];
  if (pattern !== undefined) {
    // AWS asks for the whole text, whether or not the pattern is anchored.
    const whole = new RegExp(`^(?:${pattern})$`);
    const must = `Member must satisfy regular expression pattern: ${pattern}`;
    found.push({ kind: 'bound', must, holds: (value) => whole.test(value as string) });
  }
  if (values !== undefined) {
    const must = `Member must satisfy enum value set: [${values.join(', ')}]`;
    found.push({ kind: 'enum', must, holds: (value) => values.includes(value as string) });
  }
  return found;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
