/**
 * An `if`, as a definition and a wait keep it: checked, and parted into what is the key and what is left to ask of an event.
 *
 * Owns: which equality of an `if` is a correlation, and the mistakes of authors in it. Evaluates nothing (engine/filter.ts).
 * Invariant: nothing of what was written is lost: each conjunct is the key, or stands in what is left, or the `if` is refused.
 */
import { JourneyError } from './errors.js';
import { usedPaths } from './filter-bounds.js';
import { checkFilter } from './filter-check.js';
import { type FilterNode, type PathNode, parseFilter } from './filter-syntax.js';
import { FilterMistake } from './filter-tokens.js';

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

/** @throws JourneyError InvalidFilter: of a trigger, that speaks of `event` alone. */
export function triggerFilter(text: unknown, what: string): string {
  const checked = textOf(text, what);
  parsed(checked, ['event'], what);
  return checked.trim();
}

/** What more is asked of an `if` where it is loaded (filter-kinds.ts). @throws FilterMistake */
export type MoreChecks = (ast: FilterNode, text: string) => void;

/** @throws JourneyError InvalidFilter: of a wait or a cancelOn. */
export function eventFilter(text: unknown, what: string, more?: MoreChecks): Filter {
  const checked = textOf(text, what);
  const parts = [...conjunctsOf(parsed(checked, ['event', 'async'], what, more))].map((node) => ({
    text: checked.slice(node.start, node.end),
    correlation: correlationOf(node),
  }));
  return {
    correlations: parts.flatMap(({ correlation }) => correlation ?? []),
    without(correlation) {
      const isIt = (one: Correlation | undefined): boolean => one !== undefined && isSame(one, correlation);
      const left = parts.filter((part) => !isIt(part.correlation));
      if (left.length === parts.length) return checked.trim();
      return left.length === 0 ? undefined : left.map((part) => part.text).join(' && ');
    },
  };
}

/**
 * What is left of an `if` where events are found by the key: the equality that is the key goes without saying, any other
 * condition is asked of what the key has found. An `if` that names another correlation, and not the key, means events that would
 * never be looked at.
 * @param key paths of the key in the trigger and in the incoming event.
 * @throws JourneyError UnsupportedMatch
 */
export function besideKey(filter: Filter, key: Correlation, what: string): string | undefined {
  const [other] = filter.correlations;
  if (other && !filter.correlations.some((one) => isSame(one, key))) {
    throw new JourneyError('UnsupportedMatch', {
      what: `The \`if\` of ${what} correlates on another path than the journey's key.`,
      got: asText(other),
      expected: `${asText(key)}, because events are found by the key`,
      fix: `make it the key; or, if both must hold, write ${asText(key)} && ${asText(other)}`,
    });
  }
  return filter.without(key);
}

function isSame(one: Correlation, other: Correlation | undefined): boolean {
  return one.trigger === other?.trigger && one.incoming === other.incoming;
}

function asText({ trigger, incoming }: Correlation): string {
  return `event.${trigger} == async.${incoming}`;
}

function textOf(text: unknown, what: string): string {
  if (typeof text === 'string' && text.trim() !== '') return text;
  throw new JourneyError('InvalidFilter', {
    what: `The \`if\` of ${what} is no expression.`,
    got: text,
    expected: 'a text in CEL',
    fix: "write for example if: 'async.data.amount > 100', or leave it out",
  });
}

/** @throws JourneyError InvalidFilter */
export function parsed(text: string, roots: readonly string[], what: string, more?: MoreChecks): FilterNode {
  try {
    const ast = parseFilter(text);
    checkFilter(ast, text, roots);
    more?.(ast, text);
    return ast;
  } catch (error) {
    if (!(error instanceof FilterMistake)) throw error;
    throw new JourneyError('InvalidFilter', {
      what: `The \`if\` of ${what} cannot be honoured: ${error.why}.`,
      got: error.part,
      expected: 'an expression of the CEL that docs/filters.md lists',
      fix: error.fix,
    });
  }
}

/** @returns paths whose values an `if` goes through, of events by their root. @throws FilterMistake */
export function pathsUsedBy(text: string): readonly PathNode[] {
  return [...usedPaths(parseFilter(text))].filter(({ root }) => root === 'event' || root === 'async');
}

function* conjunctsOf(node: FilterNode): Iterable<FilterNode> {
  if (node.kind === 'binary' && node.operator === '&&') {
    yield* conjunctsOf(node.left);
    yield* conjunctsOf(node.right);
  } else yield node;
}

function correlationOf(node: FilterNode): Correlation | undefined {
  if (node.kind !== 'binary' || node.operator !== '==') return undefined;
  const sides = [node.left, node.right];
  const trigger = dotPathOf(sides.find((side) => side.kind === 'path' && side.root === 'event'));
  const incoming = dotPathOf(sides.find((side) => side.kind === 'path' && side.root === 'async'));
  return trigger !== undefined && incoming !== undefined ? { trigger, incoming } : undefined;
}

/** @returns undefined for what is no path into the data that can be a key. */
function dotPathOf(node: FilterNode | undefined): string | undefined {
  if (node?.kind !== 'path' || node.segments[0] !== 'data' || node.segments.length < 2) return undefined;
  const isName = (segment: string | number): boolean => typeof segment === 'string' && /^[^.\s]+$/.test(segment);
  return node.segments.every(isName) ? node.segments.join('.') : undefined;
}
