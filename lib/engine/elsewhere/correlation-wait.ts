/**
 * Where a wait listens: at its run's home, or in the partition of another declared path.
 *
 * Owns: what an author may say as `match`, and what is wrong with anything else. Pure.
 * Invariants: a path that is not declared is refused, because its events are recorded nowhere; a missing value is refused,
 * because it is equal to nothing.
 */
import { type OtherPath, pathsElsewhere } from '../../journey/correlation.js';
import type { JourneyDefinition } from '../../journey/definition.js';
import { JourneyError } from '../../journey/errors.js';
import { isKeyValue } from '../../journey/match.js';
import { placeAt, placeOfValue } from './correlation.js';

/** The run of a wait that is being opened, as far as it matters here. */
export interface WaitPlace {
  readonly definition: JourneyDefinition;
  readonly triggerData: unknown;
  readonly id: string;
  readonly event: string;
}

/**
 * @returns the partition in which a wait listens; undefined: the run's home.
 * @throws JourneyError UndeclaredEvent, UnsupportedMatch, MissingMatchValue
 */
export function placeOfWait(wait: WaitPlace, match: unknown): string | undefined {
  const { definition, event } = wait;
  const byKey = definition.waitsFor.includes(event);
  const others = pathsElsewhere(definition, event);
  assertDeclared(wait, byKey || others.length > 0);
  if (byKey && (match === undefined || match === definition.keyPaths?.[event])) return undefined;
  // Where only one way is declared it need not be said again.
  const asked = match === undefined && others.length === 1 ? others[0] : match;
  return asked === null || typeof asked === 'string'
    ? placeByTrigger(wait, asked, others)
    : placeByValue(wait, asked, others);
}

/** The value is the trigger's; or there is none, and the event reaches every run. */
function placeByTrigger(wait: WaitPlace, path: OtherPath, others: readonly OtherPath[]): string {
  if (!others.includes(path)) throw undeclaredPath(wait, path, others);
  const place = placeAt(wait.definition.id, wait.event, path, wait.triggerData);
  if (place === undefined) throw missingValue(wait, path!, undefined);
  return place;
}

/** The value was made in the run: `{ 'data.payment_id': value }`. */
function placeByValue(wait: WaitPlace, match: unknown, others: readonly OtherPath[]): string {
  const [path, value, ...more] = entriesOf(match).flat();
  if (typeof path !== 'string' || more.length > 0 || !others.includes(path)) throw undeclaredPath(wait, match, others);
  if (!isKeyValue(value)) throw missingValue(wait, path, value);
  return placeOfValue(wait.definition.id, path, value);
}

function entriesOf(match: unknown): [string, unknown][] {
  return typeof match === 'object' && match !== null ? Object.entries(match) : [];
}

function assertDeclared({ definition, id, event }: WaitPlace, isDeclared: boolean): void {
  if (isDeclared) return;
  const names = [...definition.waitsFor, ...(definition.waitsElsewhere ?? []).map((other) => other.event)];
  throw new JourneyError('UndeclaredEvent', {
    what: `Wait '${id}' awaits an event that journey '${definition.id}' does not declare.`,
    got: event,
    expected: `one of waitsFor: ${[...new Set(names)].join(', ') || '(none)'}`,
    fix: `add '${event}' to waitsFor`,
  });
}

function undeclaredPath(
  { definition, id, event }: WaitPlace,
  got: unknown,
  others: readonly OtherPath[],
): JourneyError {
  const key = definition.waitsFor.includes(event) ? [`'${definition.keyPaths?.[event]}' (the key)`] : [];
  const declared = [...key, ...others.map((path) => (path === null ? 'null (every run)' : `'${path}'`))];
  const wanted = typeof got === 'object' && got !== null ? Object.keys(got)[0] : got;
  return new JourneyError('UnsupportedMatch', {
    what: `Wait '${id}' matches on a path that is not declared for '${event}'.`,
    got,
    expected: declared.join(' or '),
    fix: `declare it, waitsFor: [{ event: '${event}', match: ${JSON.stringify(wanted === undefined ? 'data....' : wanted)} }], or use what is declared`,
  });
}

function missingValue({ id, event }: WaitPlace, path: string, got: unknown): JourneyError {
  return new JourneyError('MissingMatchValue', {
    what: `Wait '${id}' for '${event}' has no value to match at '${path}': a missing one matches nothing.`,
    got,
    expected: 'a text, a boolean or a number (a whole one up to 2^53 - 1; send larger ones as text)',
    fix: `give it one, match: { '${path}': value }, or wait only where there is one`,
  });
}
