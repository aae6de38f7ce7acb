/** The simulator as a killer of mutants: a slice of seeds, a few to a test, and every history that ever failed. */
import { playSeeds } from '../sim/batch.js';
import { savedHistories } from '../sim/saved.js';
import { play } from '../sim/world.js';

const [chunks, seedsEach] = [15, 10];

test.each(Array.from({ length: chunks }, (_, chunk) => chunk))('simulator: seeds of chunk %s', async (chunk) => {
  const seeds = Array.from({ length: seedsEach }, (_, i) => 1 + chunk * seedsEach + i);
  expect((await playSeeds(seeds, { failures: 1 })).failures).toEqual([]);
});

test.each(savedHistories().map(({ found, history }) => [found, history] as const))(
  'simulator: %s',
  async (_found, history) => {
    expect((await play(history)).violation).toBeUndefined();
  },
);
