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

/** What a worker answers to a share. */
export type Played = Sum;

/** What it answers to `finish`. */
export interface Finished {
  readonly coverage: Coverage;
  /** What this process has used since it began, start included. */
  readonly cpuS: number;
}

// First the counters, then the engine: see coverage.ts.
const counters = new Counters();
await counters.start();
const { playSeeds } = await import('./batch.js');

process.on('message', async (message: Share | 'finish') => {
  if (message === 'finish') {
    const coverage = await counters.take();
    const { user, system } = process.cpuUsage();
    const finished: Finished = { coverage, cpuS: (user + system) / 1e6 };
    process.send?.(finished);
    return;
  }
  const { first, count, mostFailures } = message;
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  const played: Played = await playSeeds(seeds, { failures: mostFailures });
  process.send?.(played);
});
process.send?.('ready');
