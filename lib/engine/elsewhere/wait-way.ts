/**
 * What a wait listens to for one event: where, and what it asks of an event there.
 *
 * Owns: the equality of an `if` that is the match of its wait, and what the wait keeps of the `if` beside it. Pure; where a match
 * leads is correlation-wait.ts. Invariant: place and text follow from the definition, the trigger and what was written, so every
 * replay opens the same; an equality is left out of the text only where the place says it (docs/decisions/034).
 */
import type { JourneyDefinition } from '../../journey/definition.js';
import { type Correlation, eventFilter, type Filter } from '../../journey/filter/filter.js';
import { assertFound, pathInFilter } from '../../journey/filter/filter-way.js';
import { checkWaitFilter } from '../decision/filter.js';
import { pathsElsewhere, placeOfWait, type WaitPlace } from './correlation-wait.js';

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
  const key = keyOf(wait.definition, trigger, wait.event);
  const others = pathsElsewhere(wait.definition, wait.event);
  const asked = match === undefined ? pathInFilter(filter, key, others) : match;
  const place = placeOfWait(wait, asked);
  checkWaitFilter(text, what);
  // Where only one way is declared it is not said (placeOfWait).
  const path = asked === undefined ? others[0] : asked;
  const by = place === undefined ? key : typeof path === 'string' ? { trigger: path, incoming: path } : undefined;
  if (match === undefined && by) assertFoundBy(filter, by, wait);
  return stored(place, filter.without(by));
}

function stored(
  place: string | undefined,
  text: string | undefined,
): { readonly place?: string; readonly if?: string } {
  return { ...(place !== undefined && { place }), ...(text !== undefined && { if: text }) };
}

/** The equality of the key, of an event that is awaited by it. */
function keyOf({ waitsFor, keyPaths }: JourneyDefinition, trigger: string, event: string): Correlation | undefined {
  const [ofTrigger, ofEvent] = [keyPaths?.[trigger], keyPaths?.[event]];
  if (!waitsFor.includes(event) || ofTrigger === undefined || ofEvent === undefined) return undefined;
  return { trigger: ofTrigger, incoming: ofEvent };
}

function assertFoundBy(filter: Filter, by: Correlation, { id, event }: WaitPlace): void {
  assertFound(filter, by, `wait '${id}'`, ({ trigger, incoming }) => {
    const declare = `declare it, waitsFor: [{ event: '${event}', match: '${incoming}' }]`;
    return trigger === incoming ? declare : `${declare}, and write match: { '${incoming}': event.${trigger} }`;
  });
}
