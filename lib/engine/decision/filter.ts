/**
 * Whether an event passes an `if`. A filter that cannot be evaluated for an event does not pass, and says why.
 *
 * Owns: what a filter sees of an event, the bound on what it goes through, and the compiled texts. Knows no run and no port.
 * Invariants: the answer follows from the text and the two events alone, so that every look, duplicate and replay comes to the
 * same; what is evaluated is bounded whatever an event holds. The library of CEL is loaded by `loadFilters`, once, and only
 * where there is a filter: it is a fifth of what a cold start loads otherwise.
 */
import type { CelExpression } from '../../cel.js';
import { authorsName } from '../../journey/invoke.js';
import type { StoredEvent } from '../stored/document.js';
import { isoSecond } from '../stored/event.js';

/** Why a filter could not be evaluated: a word, and the part of its text. Never data. */
export interface FilterFailure {
  readonly code: string;
  readonly part: string;
}

export type FilterVerdict = { readonly passes: boolean; readonly failure?: FilterFailure };

type Expression = (trigger: StoredEvent, incoming: StoredEvent | undefined) => FilterVerdict;

interface Loaded {
  readonly compile: typeof import('../../cel.js').compile;
  readonly checks: typeof import('../../journey/filter/filter-assert.js');
}

let loaded: Loaded | undefined;
const expressions = new Map<string, Expression>();
/** Authors may make texts in their code, with values in them: a process must not keep them all. */
const mostExpressions = 500;

/** To be awaited before `passes` is asked. */
export async function loadFilters(): Promise<void> {
  if (loaded) return;
  const [{ compile }, checks] = await Promise.all([
    import('../../cel.js'),
    import('../../journey/filter/filter-assert.js'),
  ]);
  loaded = { compile, checks };
}

/** Thrown where a wait's `if` is to be checked: what to check it with is loaded, and the code replayed. */
export class FiltersNotLoaded extends Error {}

/** The `if` of a wait. @throws JourneyError InvalidFilter; FiltersNotLoaded */
export function checkWaitFilter(text: string, what: string): void {
  if (!loaded) throw new FiltersNotLoaded('a filter is checked before filters were loaded');
  loaded.checks.assertFilter(text, ['event', 'async'], what);
}

/** @param incoming `async`; absent for the filter of a trigger, which is itself the event that came. */
export function passes(text: string, trigger: StoredEvent, incoming?: StoredEvent): FilterVerdict {
  const name = `${incoming ? 'async' : 'event'} ${text}`;
  let expression = expressions.get(name);
  if (!expression) {
    if (expressions.size >= mostExpressions) expressions.clear();
    expression = expressionOf(text, incoming !== undefined);
    expressions.set(name, expression);
  }
  return expression(trigger, incoming);
}

function expressionOf(text: string, hasAsync: boolean): Expression {
  if (!loaded) throw new FiltersNotLoaded('a filter is asked before filters were loaded');
  const { assertFilter, isBounded, pathsUsedBy } = loaded.checks;
  const roots = hasAsync ? (['event', 'async'] as const) : (['event'] as const);
  // Whoever deploys without synth has it checked here at the latest: what cannot be honoured is never evaluated.
  assertFilter(text, roots, hasAsync ? 'a wait or a cancelOn' : 'a trigger');
  const evaluate: CelExpression = loaded.compile(text, roots);
  const paths = pathsUsedBy(text);
  return (trigger, incoming) => {
    const context: Record<string, unknown> = { event: seen(trigger), ...(incoming && { async: seen(incoming) }) };
    const large = paths.find(({ root, segments }) => !isBounded(valueAt(context[root], segments)));
    if (large) return failed('too_large', text.slice(large.start, large.end));
    const answer = evaluate(context);
    return 'failed' in answer ? failed(answer.failed, answer.part) : { passes: answer.value };
  };
}

function failed(code: string, part: string): FilterVerdict {
  return { passes: false, failure: { code, part } };
}

/** The event as the author's code has it. */
function seen({ id, name, source, timeMs, data }: StoredEvent): Record<string, unknown> {
  return { id, name: authorsName(name), source, time: isoSecond(timeMs), ...(data !== undefined && { data }) };
}

/** @returns undefined where there is nothing: then the evaluation says so. */
function valueAt(event: unknown, segments: readonly (string | number)[]): unknown {
  let value = event;
  for (const segment of segments) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}
