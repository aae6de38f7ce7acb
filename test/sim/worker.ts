/**
 * A process that plays the histories that the command hands it, some at a time, and counts the branches of the engine.
 */
import type { Sum } from './batch.js';
import { Counters, type Coverage } from './coverage.js';

export interface Share {
  readonly first: number;
  readonly count: number;
  readonly mostFailures: number;
}

export interface Played {
  readonly sum: Sum;
  readonly coverage: Coverage;
  /** What this process has used since it began, start included. */
  readonly cpuS: number;
}

// First the counters, then the engine: see coverage.ts.
const counters = new Counters();
await counters.start();
const { playSeeds } = await import('./batch.js');

process.on('message', async ({ first, count, mostFailures }: Share) => {
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  const sum = await playSeeds(seeds, { failures: mostFailures });
  const { user, system } = process.cpuUsage();
  const played: Played = { sum, coverage: await counters.take(), cpuS: (user + system) / 1e6 };
  process.send?.(played);
});
process.send?.('ready');
