/** A longer slice than the fast one, of other seeds; many more: `npm run simulate`. */
import { playSeeds } from './batch.js';

test('three thousand histories keep the promise', async () => {
  const seeds = Array.from({ length: 3_000 }, (_, i) => 501 + i);
  const sum = await playSeeds(seeds, { failures: 3 });
  expect(sum.failures).toEqual([]);
  expect(sum.histories).toBe(3_000);
}, 300_000);
