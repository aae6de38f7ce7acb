/**
 * Whether an `if` is CEL that can be honoured, wholly: read, checked by name and by kind, and refused with the part that is not.
 *
 * Owns: the mistake that authors are told. Not in what a bundle loads at a cold start: a definition is checked where it is
 * written (written-checks.ts) and by synth, a wait's `if` at its step, and any `if` once more before it is asked for the first time
 * (with the library of CEL). Evaluates nothing.
 */
import type { JourneyDefinition } from '../definition.js';
import { JourneyError } from '../errors.js';
import { usedPaths } from './filter-bounds.js';
import { checkFilter } from './filter-check.js';
import { checkKinds } from './filter-kinds.js';
import { type PathNode, parseFilter } from './filter-syntax.js';
import { FilterMistake } from './filter-tokens.js';

export { isBounded } from './filter-bounds.js';

/** The events that an `if` may speak of. */
export type Roots = readonly ('event' | 'async')[];

/** @param what whose it is, in an error. @throws JourneyError InvalidFilter */
export function assertFilter(text: string, roots: Roots, what: string): void {
  try {
    const ast = parseFilter(text);
    checkFilter(ast, text, roots);
    checkKinds(ast, text);
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

/** All that createJourney has taken. @throws JourneyError InvalidFilter */
export function assertFilters({ id, triggers, cancelOn }: JourneyDefinition): void {
  for (const { event, if: text } of triggers)
    if (text !== undefined) assertFilter(text, ['event'], `trigger '${event}' of journey '${id}'`);
  for (const { event, if: text } of cancelOn)
    if (text !== undefined) assertFilter(text, ['event', 'async'], `cancelOn '${event}' of journey '${id}'`);
}

/** @returns paths whose values an `if` goes through, of events by their root. */
export function pathsUsedBy(text: string): readonly PathNode[] {
  return [...usedPaths(parseFilter(text))].filter(({ root }) => root === 'event' || root === 'async');
}
