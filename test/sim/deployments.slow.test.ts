/** Histories in which the journeys' code is deployed again while runs wait (docs/decisions/020). */
import { deployedAgain, deployedChanged } from './deployments.js';
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

test('a run ends as the code that it began with says; where that is gone, newer code goes on with it or fails it, and never guesses', async () => {
  const failures: string[] = [];
  const counts = { forwards: 0, 'taken over: fits': 0, 'taken over: does not fit': 0 };
  for (const seed of seeds) {
    const { violation, counts: seen } = await play(deployedChanged(historyOf(seed)));
    if (violation) failures.push(`seed ${seed}: ${violation.check}: ${violation.message}`);
    for (const kind of Object.keys(counts) as (keyof typeof counts)[]) counts[kind] += seen[kind] ?? 0;
  }
  expect(failures).toEqual([]);
  // The histories got there.
  expect(counts.forwards).toBeGreaterThan(50);
  expect(counts['taken over: fits']).toBeGreaterThan(20);
  expect(counts['taken over: does not fit']).toBeGreaterThan(15);
});
