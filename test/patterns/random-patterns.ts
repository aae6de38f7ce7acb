/**
 * Patterns and events by chance, from a small alphabet so that they meet: nested objects, arrays of objects, every
 * operator, `$or`. One seed decides all of it.
 */

import { Choices } from '../sim/chance.js';
import type { Question } from './vectors.js';

const words = ['a', 'b', 'ab', 'ba', 'aab', 'A', '', '1'];
const numbers = [0, 1, 2, -1, 1.5, 10];
const keys = ['p', 'q', 'r'];

export function randomSuite(size: { seed: number; patterns: number; events: number }): Question {
  const choices = new Choices(size.seed, 'patterns');
  const random = () => choices.next();
  const draw = <T>(list: readonly T[]): T => choices.of(list);
  const several = <T>(from: number, to: number, make: () => T): T[] =>
    Array.from({ length: choices.between(from, to) }, make);

  const scalar = (): unknown => draw<unknown>([...words, ...words, ...numbers, ...numbers, null, true, false]);

  function value(depth: number): unknown {
    const kind = random();
    if (depth === 0 || kind < 0.45) return scalar();
    if (kind < 0.75) return object(depth - 1);
    return several(0, 3, () => value(depth - 1));
  }
  function object(depth: number): Record<string, unknown> {
    return Object.fromEntries(keys.filter(() => random() < 0.65).map((key) => [key, value(depth)]));
  }

  const affix = (): unknown => (random() < 0.3 ? { 'equals-ignore-case': draw(words) } : draw(words));
  const wildcards = ['*', 'a*', '*b', 'a*b', '*a*', 'a', '*a*b'];
  const operatorsOf: readonly (() => unknown)[] = [
    () => ({ exists: random() < 0.5 }),
    () => ({ prefix: affix() }),
    () => ({ suffix: affix() }),
    () => ({ 'equals-ignore-case': draw(words) }),
    () => ({ wildcard: draw(wildcards) }),
    () => ({ numeric: [draw(['=', '<', '<=', '>', '>=']), draw(numbers)] }),
    () => ({ numeric: [draw(['>', '>=']), draw([-1, 0, 1]), draw(['<', '<=']), draw([1.5, 2, 10])] }),
    () => ({ 'anything-but': random() < 0.5 ? draw([...words, ...numbers]) : several(1, 2, () => draw(words)) }),
    () => ({ 'anything-but': { prefix: draw(words.filter((word) => word !== '')) } }),
    () => ({ 'anything-but': { suffix: several(1, 2, () => draw(words.filter((word) => word !== ''))) } }),
    () => ({ 'anything-but': { wildcard: draw(wildcards) } }),
    () => ({ 'anything-but': { 'equals-ignore-case': draw(words) } }),
  ];
  const leaf = (): unknown => several(1, 2, () => (random() < 0.4 ? scalar() : draw(operatorsOf)()));

  function pattern(depth: number): Record<string, unknown> {
    const wanted = keys.filter(() => random() < 0.6);
    const fields: [string, unknown][] = (wanted.length === 0 ? [draw(keys)] : wanted).map((key) => [
      key,
      depth > 0 && random() < 0.45 ? pattern(depth - 1) : leaf(),
    ]);
    if (depth > 0 && random() < 0.2) fields.push(['$or', several(2, 3, () => pattern(depth - 1))]);
    return Object.fromEntries(fields);
  }

  return {
    name: `by chance, seed ${size.seed}`,
    events: Array.from({ length: size.events }, () => JSON.stringify(object(3))),
    patterns: Array.from({ length: size.patterns }, () => JSON.stringify(pattern(2))),
  };
}
