/** Histories in which the journeys' code is deployed again while runs wait (docs/decisions/020). */
import { deployedAgain } from './deployments.js';
import { historyOf } from './generate.js';
import { play } from './world.js';

const seeds = Array.from({ length: Number(process.env.SOJOURN_SIM_SEEDS ?? 150) }, (_, seed) => seed + 1);

test('the promise holds across deployments, and a run is driven by the version that it began with', async () => {
  const failures: string[] = [];
  const counts = { forwards: 0, versionsRemoved: 0 };
  for (const seed of seeds) {
    const { violation, counts: seen } = await play(deployedAgain(historyOf(seed)));
    if (violation) failures.push(`seed ${seed}: ${violation.check}: ${violation.message}`);
    for (const kind of Object.keys(counts) as (keyof typeof counts)[]) counts[kind] += seen[kind] ?? 0;
  }
  expect(failures).toEqual([]);
  // The histories got there.
  expect(counts.forwards).toBeGreaterThan(100);
  expect(counts.versionsRemoved).toBeGreaterThan(20);
});
