/**
 * Why an `if` did not let an event pass, as words.
 *
 * Owns: these words. Filters must have been loaded (engine/filter). Invariant: what is no longer known is said, not guessed:
 * a run that is over has forgotten its trigger's data.
 */

import { passes } from '../engine/decision/filter.js';
import type { RunDocument, StoredEvent } from '../engine/stored/document.js';
import { pathsUsedBy } from '../journey/filter/filter-assert.js';

/** @returns what the `if` asks, and what became of that; undefined where the event passes it. */
export function refusalOf(text: string, run: RunDocument, event: StoredEvent): string | undefined {
  const asksTrigger = pathsUsedBy(text).some(({ root, segments }) => root === 'event' && segments[0] === 'data');
  if (asksTrigger && run.trigger.data === undefined) return `${text}, which cannot be told now that the run is over`;
  const { passes: does, failure } = passes(text, run.trigger, event);
  if (does) return undefined;
  if (!failure) return `${text}, and that is false`;
  return `${text}, and ${reasons[failure.code] ?? 'it cannot be evaluated'}: ${failure.part}`;
}

const reasons: Readonly<Record<string, string>> = {
  no_such_key: 'a field is missing',
  index_out_of_bounds: 'a list is shorter',
  no_such_overload: 'values are of another kind',
  no_matching_overload: 'values are of another kind',
  invalid_logical_operand: 'a value is not true or false',
  not_bool: 'a value is not true or false',
  too_large: 'a value is larger than a filter may go through',
};
