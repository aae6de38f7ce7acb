/**
 * Refuses an option that there is not: left out silently, a mistyped condition would let everything pass.
 *
 * Owns: what is most likely meant by a name that there is not. Knows no journey and no step. The types say it too, but not of
 * a value that was built elsewhere, and not to authors of plain JavaScript.
 */
import { JourneyError } from './errors.js';

/** Names that others use (Inngest's among them), and ours, the likeliest first. */
const meant: Readonly<Record<string, readonly string[]>> = {
  expression: ['if'],
  condition: ['if'],
  filter: ['if'],
  where: ['if'],
  key: ['match'],
  path: ['match'],
  within: ['timeout'],
  timeout: ['within'],
  ttl: ['timeout', 'within'],
  function: ['journey'],
  name: ['event'],
  type: ['name', 'event'],
  event: ['name', 'events'],
  events: ['event'],
  payload: ['data'],
  time: ['ts'],
};

/**
 * @param what begins a sentence: "cancelOn 'cart/cleared' of journey 'cart'".
 * @param fix where it is another one than to write the right name, or to leave it out.
 * @throws JourneyError UnknownOption
 */
export function assertOptions(
  given: unknown,
  known: readonly string[],
  what: string,
  fix: Readonly<Record<string, string>> = {},
): void {
  if (typeof given !== 'object' || given === null) return;
  const unknown = Object.entries(given).find(([name, value]) => value !== undefined && !known.includes(name))?.[0];
  if (unknown === undefined) return;
  const right = ofOwn(meant, unknown)?.find((name) => known.includes(name) && !Object.hasOwn(given, name));
  throw new JourneyError('UnknownOption', {
    what: `${what} has an option that there is not.`,
    got: unknown,
    expected: `only ${known.join(', ')}`,
    fix: ofOwn(fix, unknown) ?? (right === undefined ? `leave '${unknown}' out` : `write '${right}' in its place`),
  });
}

function ofOwn<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
