/**
 * References of a declared journey: `$.trigger.data.lead_id`, `$.steps.outreach.data.by`, `$.run.id`.
 *
 * Owns: how they are written, and reading them. Knows no step. Invariants: only own properties are read, so nothing inherited
 * (`constructor`, `__proto__`) is ever reached, and what is read is never taken for a reference again; nothing is evaluated.
 */
import { JourneyError } from '../errors.js';
import type { DeclaredValue } from './form.js';

const roots = ['trigger', 'steps', 'run', 'deployed'] as const;

export interface Reference {
  /** As it is written. */
  readonly text: string;
  readonly root: (typeof roots)[number];
  readonly path: readonly string[];
  /** Written with a question mark: what is missing is left out. */
  readonly optional: boolean;
}

/** What references are read from. */
export type Scope = Readonly<Record<Reference['root'], unknown>>;

const segment = '[^.\\s{}?$]+';
const whole = new RegExp(`^\\$((?:\\.${segment})+)(\\?)?$`);
/** Within a text. `{$$.` stands for `{$.`. */
const within = /\{\$\$\.|\{(\$\.[^{}]*)\}/g;

/** A text that stands for one value, with the value's type. */
export function isReference(text: string): boolean {
  return text.startsWith('$.');
}

/** @throws JourneyError InvalidReference */
export function parseReference(text: string): Reference {
  const [, dotted, mark] = whole.exec(text) ?? [];
  const [root, ...path] = dotted?.slice(1).split('.') ?? [];
  const known = roots.find((name) => name === root);
  const shortest = known === 'trigger' ? 0 : 1;
  if (known === undefined || path.length < shortest) {
    throw new JourneyError('InvalidReference', {
      what: 'A reference of a declared journey cannot be read.',
      got: text,
      expected: "'$.trigger.data.<field>', '$.steps.<id>.data.<field>', '$.steps.<id>.result' or '$.run.id'",
      fix: "correct it; a text that begins with '$.' and is none is written '$$.'",
    });
  }
  return { text, root: known, path, optional: mark === '?' };
}

/** Every reference in a value, as it is written. @throws JourneyError InvalidReference */
export function referencesIn(value: DeclaredValue): Reference[] {
  if (typeof value === 'string') {
    if (isReference(value)) return [parseReference(value)];
    return [...value.matchAll(within)].flatMap(([, inner]) => (inner === undefined ? [] : [parseReference(inner)]));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((part: DeclaredValue) => referencesIn(part));
}

/** @returns what a reference stands for, or undefined where it is missing (or null). */
export function readReference({ root, path }: Reference, scope: Scope): unknown {
  let value: unknown = scope[root];
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value ?? undefined;
}

/**
 * @returns the value with what its references stand for. An optional one that is missing is left out of an object and of a
 * list, and is empty in a text.
 * @throws JourneyError MissingReference
 */
export function fill(value: DeclaredValue, scope: Scope, where: string): unknown {
  if (typeof value === 'string') return fillText(value, scope, where);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((part: DeclaredValue) => fill(part, scope, where)).filter((part) => part !== undefined);
  }
  const filled = Object.entries(value).map(([name, part]) => [name, fill(part, scope, where)] as const);
  // fromEntries, because an assignment to '__proto__' would be lost.
  return Object.fromEntries(filled.filter(([, part]) => part !== undefined));
}

function fillText(text: string, scope: Scope, where: string): unknown {
  if (isReference(text)) return required(parseReference(text), scope, where);
  if (text.startsWith('$$.')) return text.slice(1);
  return text.replace(within, (_match, inner: string | undefined) => {
    if (inner === undefined) return '{$.';
    const value = required(parseReference(inner), scope, where);
    if (value === undefined) return '';
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  });
}

function required(reference: Reference, scope: Scope, where: string): unknown {
  const value = readReference(reference, scope);
  if (value !== undefined || reference.optional) return value;
  throw new JourneyError('MissingReference', {
    what: `${where} refers to what is not there.`,
    got: reference.text,
    expected: 'a value that the event, or the result, has',
    fix: `send it, or write '${reference.text}?' where it may be left out`,
  });
}
