/**
 * What a schema has to say against data, as one text that holds nothing of the data.
 *
 * Owns: that text. Libraries quote what they got ("Received 'x@y'"), so whatever stands in the data is struck out of their messages, and
 * of a path only what looks like the name of a field is shown (the keys of a record may be addresses).
 * Invariant: bounded, however much is wrong.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { limits } from '../../limits.js';

type Issue = StandardSchemaV1.Issue;

/** In place of what stands in the data. */
const struck = '…';
/** A text that is quoted in part only (cut off by its library) is known by so many of its first characters. */
const headChars = 6;
/** Of a message that is looked through. */
const messageChars = 2_000;

/** `data.cart_id: Invalid input: expected string, received number; data.at: ...` */
export function shownIssues(issues: readonly Issue[], data: unknown): string {
  const words = [...new Set(scalarsOf(data))].sort((a, b) => b.length - a.length);
  const shown = issues.slice(0, limits.schemaIssues).map(({ message, path = [] }) => {
    const text = strike(String(message).slice(0, messageChars), words, scalarAt(data, path));
    const short = text.length > limits.schemaIssueChars ? `${text.slice(0, limits.schemaIssueChars - 1)}…` : text;
    return `${['data', ...path.map(shownKey)].join('.')}: ${short}`;
  });
  const more = issues.length - shown.length;
  return [...(shown.length > 0 ? shown : ['data: it does not fit']), ...(more > 0 ? [`and ${more} more`] : [])].join(
    '; ',
  );
}

function keyOf(segment: PropertyKey | StandardSchemaV1.PathSegment): PropertyKey {
  return typeof segment === 'object' ? segment.key : segment;
}

function shownKey(segment: PropertyKey | StandardSchemaV1.PathSegment): string {
  const key = String(keyOf(segment));
  return isFieldName(key) ? key : '*';
}

function isFieldName(key: string): boolean {
  return /^[A-Za-z_$][\w$-]{0,63}$|^\d{1,6}$/.test(key);
}

/** All texts and numbers of the data that could be known again in a message, and the names that are none of a field. */
function* scalarsOf(data: unknown): Iterable<string> {
  const left: unknown[] = [data];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'number') yield String(value);
    else if (typeof value === 'string') yield* spellings(value);
    else if (typeof value === 'object' && value !== null) {
      for (const inner of Object.values(value)) left.push(inner);
      yield* Object.keys(value).filter((key) => !isFieldName(key));
    }
  }
}

/** As it is, and as JSON writes it. One character is known by its place only. */
function spellings(text: string): string[] {
  return text.length > 1 ? [text, JSON.stringify(text).slice(1, -1)] : [];
}

/** The value that an issue is about, as it could stand in its message: there even a short one is struck out. */
function scalarAt(data: unknown, path: NonNullable<Issue['path']>): string | undefined {
  let value = data;
  for (const segment of path) {
    const key = keyOf(segment);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return plain && value !== '' ? String(value) : undefined;
}

function strike(message: string, words: readonly string[], about: string | undefined): string {
  const met = words.filter((word) => message.includes(word.slice(0, headChars)));
  const whole = [...met, ...(about === undefined ? [] : [about])].reduce(
    (text, word) => text.replace(wholeWord(word), struck),
    message,
  );
  return met.filter(({ length }) => length > headChars).reduce(withoutHead, whole);
}

/** Not as a part of another word: `5` is no part of `15`, nor `an` of `cannot`. */
function wholeWord(word: string): RegExp {
  const literal = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}_.])${literal}(?![\\p{L}\\p{N}_]|\\.\\d)`, 'gu');
}

/** Strikes out a word from wherever it begins, as far as it goes. */
function withoutHead(text: string, word: string): string {
  const at = text.indexOf(word.slice(0, headChars));
  if (at < 0) return text;
  let length = headChars;
  while (length < word.length && text[at + length] === word[length]) length += 1;
  return text.slice(0, at) + struck + withoutHead(text.slice(at + length), word);
}
