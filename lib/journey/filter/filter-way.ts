/**
 * The equality of an `if` by which its events are found: the key's, or that of another path through pointers (decision 033).
 *
 * Owns: which of them it is, and the refusal of an `if` whose equality would never be found. Knows no CEL (filter.ts), no
 * partition. Invariant: an equality that stands in an `if` without finding its events stands beside one that does, or beside
 * a match that was written; so an event that passes the `if` is never left out because it was not found.
 */
import { JourneyError } from '../errors.js';
import { type Correlation, type Filter, isSame } from './filter.js';

/**
 * @param key the equality of the key, where events are found by it: it wins over other paths.
 * @param declared the paths that are declared besides; left out, any path declares itself.
 * @returns the path, the same in both events, of the first equality that finds its events otherwise than by the key.
 */
export function pathInFilter(
  { correlations }: Filter,
  key: Correlation | undefined,
  declared?: readonly unknown[],
): string | undefined {
  if (correlations.some((one) => isSame(one, key))) return undefined;
  const isFound = ({ trigger, incoming }: Correlation) =>
    trigger === incoming && (declared === undefined || declared.includes(trigger));
  return correlations.find(isFound)?.trigger;
}

/** @param instead how to have the equality that is not found. @throws JourneyError UnsupportedMatch */
export function assertFound(
  { correlations }: Filter,
  by: Correlation,
  what: string,
  instead: (other: Correlation) => string,
): void {
  const [other] = correlations;
  if (other === undefined || correlations.some((one) => isSame(one, by))) return;
  throw new JourneyError('UnsupportedMatch', {
    what: `The \`if\` of ${what} correlates on another path than its events are found by.`,
    got: asText(other),
    expected: asText(by),
    fix: `${instead(other)}; or, if both must hold, write ${asText(by)} && ${asText(other)}`,
  });
}

export function asText({ trigger, incoming }: Correlation): string {
  return `event.${inCel(trigger)} == async.${inCel(incoming)}`;
}

function inCel(path: string): string {
  const [data, ...fields] = path.split('.');
  return [data, ...fields.map((name) => (/^[a-z_]\w*$/i.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`))].join(
    '',
  );
}
