/** Plays many histories and adds up what they say. Used by the command's workers and by the tests. */
import { emptyTally, type FaultKind, type Tally } from './faults.js';
import { historyOf } from './generate.js';
import { type PlayOptions, play } from './world.js';

export interface Failure {
  readonly seed: number;
  readonly check: string;
  readonly message: string;
}

export interface Sum {
  histories: number;
  readonly failures: Failure[];
  readonly faults: Tally;
  /** How many histories reached each kind of fault. */
  readonly histogram: Partial<Record<FaultKind, number>>;
  readonly counts: Record<string, number>;
}

export function emptySum(): Sum {
  return { histories: 0, failures: [], faults: emptyTally(), histogram: {}, counts: {} };
}

export async function playSeeds(
  seeds: Iterable<number>,
  most: { readonly failures: number },
  options?: PlayOptions,
): Promise<Sum> {
  const sum = emptySum();
  for (const seed of seeds) {
    const verdict = await play(historyOf(seed), options);
    sum.histories += 1;
    for (const [kind, { drawn, struck }] of Object.entries(verdict.faults) as [FaultKind, Tally[FaultKind]][]) {
      sum.faults[kind].drawn += drawn;
      sum.faults[kind].struck += struck;
      if (struck > 0) sum.histogram[kind] = (sum.histogram[kind] ?? 0) + 1;
    }
    for (const [kind, n] of Object.entries(verdict.counts)) sum.counts[kind] = (sum.counts[kind] ?? 0) + n;
    if (verdict.violation) sum.failures.push({ seed, ...verdict.violation });
    if (sum.failures.length >= most.failures) break;
  }
  return sum;
}

export function add(to: Sum, more: Sum): void {
  to.histories += more.histories;
  to.failures.push(...more.failures);
  for (const [kind, { drawn, struck }] of Object.entries(more.faults) as [FaultKind, Tally[FaultKind]][]) {
    to.faults[kind].drawn += drawn;
    to.faults[kind].struck += struck;
    to.histogram[kind] = (to.histogram[kind] ?? 0) + (more.histogram[kind] ?? 0);
  }
  for (const [kind, n] of Object.entries(more.counts)) to.counts[kind] = (to.counts[kind] ?? 0) + n;
}
