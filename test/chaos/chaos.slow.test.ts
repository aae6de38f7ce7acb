/** A slice of `npm run chaos`: real bundles in their workers, killed, doubled, delayed, refused; and then all is well. */
import { beforehand, chaosAssembly } from '../e2e/assembly.js';
import { playRound } from './round.js';
import { startStage } from './stage.js';

beforehand(chaosAssembly);

test('customers of eight journeys under kills and faults: nothing is lost, nothing is doubled', async () => {
  const seed = 3;
  const stage = await startStage(await chaosAssembly(), seed);
  try {
    // Each story once.
    const round = await playRound(stage, { seed, customers: 27 });
    expect(round.violations).toEqual([]);
    expect(round.counts.kill!.reached).toBeGreaterThan(15);
    expect(round.exact).toBeGreaterThan(round.decidedByDelivery * 3);
    process.stdout.write(
      `      ${round.counts.kill!.reached} kills in ${round.invocations} invocations of ${round.runs} runs: no violation, ` +
        `${round.repeatedAfterKill} mails sent again because their sender was killed, ${round.redriven} dead letters redriven\n`,
    );
  } finally {
    await stage.close();
  }
}, 120_000);
