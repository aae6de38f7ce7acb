/**
 * The simulator's chance: every decision follows from one seed and the name of what is decided.
 *
 * Invariant: a decision depends on its own name only, never on how many were taken before it. So leaving out an event or a
 * fault does not change the others, which is what lets a failing history shrink.
 */

/** @returns a number in [0, 1) that follows from seed and name. */
export function chanceOf(seed: number, name: string): number {
  let hash = (seed ^ 0x9e3779b9) >>> 0;
  for (let i = 0; i < name.length; i += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** A sequence of choices, for what is generated as a whole (a program, the events of a history). */
export class Choices {
  private count = 0;

  constructor(
    private readonly seed: number,
    private readonly name: string,
  ) {}

  next(): number {
    this.count += 1;
    return chanceOf(this.seed, `${this.name}:${this.count}`);
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** A whole number from `first` to `last`. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  yes(probability: number): boolean {
    return this.next() < probability;
  }

  of<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!;
  }

  /** One of them, more often those with a larger weight. */
  weighted<Value>(weights: readonly (readonly [Value, number])[]): Value {
    let left = this.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of weights) {
      left -= weight;
      if (left < 0) return value;
    }
    return weights.at(-1)![0];
  }
}
