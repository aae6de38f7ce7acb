/**
 * `npm run interleavings [-- --only words]`: explores every scenario and prints how many states and schedules that was.
 *
 * Exit code 0 when every schedule kept the promise; 1 at the first that did not, with its steps.
 */
import { parseArgs } from 'node:util';
import { explore } from './explore.js';
import { scenarios } from './scenarios.js';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const say = (text: string): void => void process.stdout.write(`${text}\n`);

let [states, interleavings, broken] = [0, 0, 0];
const startedMs = performance.now();
say(`${'scenario'.padEnd(112)}${'states'.padStart(9)}${'interleavings'.padStart(20)}  ends`);
for (const scenario of scenarios.filter(({ name }) => name.includes(values.only))) {
  try {
    const explored = await explore(scenario);
    states += explored.states;
    interleavings += explored.interleavings;
    const row = `${scenario.name.padEnd(112)}${String(explored.states).padStart(9)}`;
    say(`${row}${String(explored.interleavings).padStart(20)}  ${explored.outcomes.size}`);
  } catch (error) {
    broken += 1;
    say((error as Error).message);
  }
}
const tookS = (performance.now() - startedMs) / 1_000;
say(
  `${states} states, ${interleavings} interleavings, ${tookS.toFixed(1)} s: ${broken === 0 ? 'no violation' : `${broken} scenarios break the promise`}`,
);
process.exitCode = broken === 0 ? 0 : 1;
