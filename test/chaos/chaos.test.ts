/** A slice of `npm run chaos`: real bundles in their workers, killed, doubled, delayed, refused; and then all is well. */
import { chaosAssembly } from '../e2e/assembly.js';
import { playRound } from './round.js';
import { startStage } from './stage.js';

test('customers of five journeys under kills and faults: nothing is lost, nothing is doubled', async () => {
  const seed = 1;
  const app = await startStage(await chaosAssembly(), seed);
  const round = await playRound(app, { seed, customers: 16 });
  process.stdout.write(`      ${JSON.stringify(round, null, 1)}\n`);
  expect(round.violations).toEqual([]);
}, 120_000);
