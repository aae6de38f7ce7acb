/**
 * How the event of a wait with an `if` is found: what its match is, and which equality of the `if` says the same.
 *
 * Owns: the choice between the key, a declared path and what was written. It is what a wait does at its step (engine) and what a
 * declared wait is checked for at synth (declared/wait-checks.ts), so that the two cannot differ. Knows no partition.
 */
import { pathsElsewhere } from '../correlation.js';
import type { JourneyDefinition } from '../definition.js';
import type { Correlation, Filter } from './filter.js';
import { assertFound, pathInFilter } from './filter-way.js';

export interface WaitFinding {
  /** As a wait's `match`; undefined: the key, or the one way that is declared. */
  readonly match: unknown;
  /** The equality that holds of whatever is found; undefined for a value made in the run, and for every run. */
  readonly by?: Correlation;
}

type Waiting = Pick<JourneyDefinition, 'waitsFor' | 'waitsElsewhere' | 'keyPaths'>;

/** @param trigger name of the event that started the run. @param match as it was written. */
export function findingOf(
  definition: Waiting,
  trigger: string,
  { event, match }: { readonly event: string; readonly match?: unknown },
  filter: Filter,
): WaitFinding {
  const key = keyOf(definition, trigger, event);
  const others = pathsElsewhere(definition, event);
  const asked = match === undefined ? pathInFilter(filter, key, others) : match;
  const isByKey = definition.waitsFor.includes(event) && (asked === undefined || asked === key?.incoming);
  // Where only one way is declared it is not said.
  const path = asked === undefined ? others[0] : asked;
  const by = isByKey ? key : typeof path === 'string' ? { trigger: path, incoming: path } : undefined;
  return { match: asked, ...(by && { by }) };
}

/** Of a wait that says no match. @param instead how to have an equality that is not found. @throws JourneyError UnsupportedMatch */
export function assertWaitFound(
  filter: Filter,
  { by }: WaitFinding,
  id: string,
  instead: (other: Correlation) => string,
): void {
  if (by) assertFound(filter, by, `wait '${id}'`, instead);
}

/** The equality of the key, of an event that is awaited by it. */
function keyOf({ waitsFor, keyPaths }: Waiting, trigger: string, event: string): Correlation | undefined {
  const [ofTrigger, ofEvent] = [keyPaths?.[trigger], keyPaths?.[event]];
  if (!waitsFor.includes(event) || ofTrigger === undefined || ofEvent === undefined) return undefined;
  return { trigger: ofTrigger, incoming: ofEvent };
}
