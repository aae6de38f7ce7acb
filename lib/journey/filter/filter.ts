/**
 * An `if`, as a definition and a wait keep it: parted into what finds the event and what is left to ask of it.
 *
 * Owns: which equality of an `if` is a correlation; which of them finds the event is filter-way.ts. It parts a text by its brackets and quotes alone, and is in every bundle;
 * whether the text is CEL that can be honoured is asked where there is room for a parser (filter-assert.ts, written-checks.ts).
 * Invariant: nothing of what was written is lost: each conjunct is what finds the event, or stands in what is left, or the `if` is
 * refused.
 */
import { JourneyError } from '../errors.js';

/** `event.<trigger> == async.<incoming>`, as dot paths below data. */
export interface Correlation {
  readonly trigger: string;
  readonly incoming: string;
}

export interface Filter {
  /** Every equality of a path of the trigger with one of the incoming event. */
  readonly correlations: readonly Correlation[];
  /** @returns what is left of the text without these; undefined where that is nothing. */
  without(correlation: Correlation | undefined): string | undefined;
}

/** @throws JourneyError InvalidFilter for what is no text. */
export function filterText(text: unknown, what: string): string {
  if (typeof text === 'string' && text.trim() !== '') return text.trim();
  throw new JourneyError('InvalidFilter', {
    what: `The \`if\` of ${what} is no expression.`,
    got: text,
    expected: 'a text in CEL',
    fix: "write for example if: 'async.data.amount > 100', or leave it out",
  });
}

/** Of a wait or a cancelOn. @throws JourneyError InvalidFilter for what is no text. */
export function eventFilter(given: unknown, what: string): Filter {
  const text = filterText(given, what);
  const parts = conjunctsOf(text).map((part) => ({ part, correlation: correlationOf(part) }));
  return {
    correlations: parts.flatMap(({ correlation }) => correlation ?? []),
    without(correlation) {
      const left = parts.filter((one) => !one.correlation || !isSame(one.correlation, correlation));
      if (left.length === parts.length) return text;
      return left.length === 0 ? undefined : left.map(({ part }) => part).join(' && ');
    },
  };
}

export function isSame(one: Correlation, other: Correlation | undefined): boolean {
  return one.trigger === other?.trigger && one.incoming === other.incoming;
}

/** A field below data, by its name or in brackets; there, a name that a dot path can say, and that is no place in a list. */
const field = String.raw`(?:\.\w+|\[\s*(?:"(?!\d+")[^"'\\.\s]+"|'(?!\d+')[^"'\\.\s]+')\s*\])`;
const operand = String.raw`(event|async)(?:\.data|\[\s*(?:"data"|'data')\s*\])(${field}+)`;
const equality = new RegExp(String.raw`^\(?\s*${operand}\s*==\s*${operand}\s*\)?$`);

function correlationOf(conjunct: string): Correlation | undefined {
  const [, one, fields = '', other, otherFields = ''] = equality.exec(conjunct) ?? [];
  if (one === other) return undefined;
  const [path, otherPath] = [pathOf(fields), pathOf(otherFields)];
  return one === 'event' ? { trigger: path, incoming: otherPath } : { trigger: otherPath, incoming: path };
}

/** `.user["id"]` is `data.user.id`. */
function pathOf(fields: string): string {
  return `data${fields.replaceAll(/\[\s*["']([^"']+)["']\s*\]/g, '.$1')}`;
}

/** Texts, brackets, and what parts or joins outside of both. */
const pieces = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[([]|[)\]]|&&|\|\||\?/g;

/** `a && (b || c)` has two; `a && b || c` is one, because && binds more closely. */
function conjunctsOf(text: string): string[] {
  const conjuncts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: piece, index } of text.matchAll(pieces)) {
    if (piece === '(' || piece === '[') depth += 1;
    else if (piece === ')' || piece === ']') depth -= 1;
    else if (depth > 0) continue;
    else if (piece === '||' || piece === '?') return [text];
    else if (piece === '&&') {
      conjuncts.push(text.slice(start, index).trim());
      start = index + piece.length;
    }
  }
  return [...conjuncts, text.slice(start).trim()];
}
