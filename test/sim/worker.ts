/** A process that plays the histories that the command hands it, some at a time. */
import { playSeeds } from './batch.js';

export interface Share {
  readonly first: number;
  readonly count: number;
  readonly mostFailures: number;
}

process.on('message', async ({ first, count, mostFailures }: Share) => {
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  process.send?.(await playSeeds(seeds, { failures: mostFailures }));
});
