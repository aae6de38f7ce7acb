/**
 * What a wait listens to for one event: where, and what it asks of an event there.
 *
 * Owns: the equality of an `if` that is the match of its wait, and what the wait keeps of the `if` beside it. Pure; where a match
 * leads is correlation-wait.ts. Invariant: place and text follow from the definition, the trigger and what was written, so every
 * replay opens the same; an equality is left out of the text only where the place says it (docs/decisions/034).
 */
import { type Correlation, eventFilter } from '../../journey/filter/filter.js';
import { assertWaitFound, findingOf } from '../../journey/filter/wait-finding.js';
import { checkWaitFilter } from '../decision/filter.js';
import { placeOfWait, type WaitPlace } from './correlation-wait.js';

interface Written {
  readonly match?: unknown;
  readonly if?: string | undefined;
}

/**
 * @param trigger name of the event that started the run.
 * @throws JourneyError InvalidFilter, UndeclaredEvent, UnsupportedMatch, MissingMatchValue; FiltersNotLoaded
 */
export function wayOfWait(
  wait: WaitPlace,
  trigger: string,
  { match, if: text }: Written,
): { readonly place?: string; readonly if?: string } {
  if (text === undefined) return stored(placeOfWait(wait, match), undefined);
  const what = `wait '${wait.id}'`;
  const filter = eventFilter(text, what);
  const finding = findingOf(wait.definition, trigger, { event: wait.event, match }, filter);
  const place = placeOfWait(wait, finding.match);
  checkWaitFilter(text, what);
  if (match === undefined) assertWaitFound(filter, finding, wait.id, (other) => declaring(wait.event, other));
  return stored(place, filter.without(finding.by));
}

function stored(
  place: string | undefined,
  text: string | undefined,
): { readonly place?: string; readonly if?: string } {
  return { ...(place !== undefined && { place }), ...(text !== undefined && { if: text }) };
}

function declaring(event: string, { trigger, incoming }: Correlation): string {
  const declare = `declare it, waitsFor: [{ event: '${event}', match: '${incoming}' }]`;
  return trigger === incoming ? declare : `${declare}, and write match: { '${incoming}': event.${trigger} }`;
}
