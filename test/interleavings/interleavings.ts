/**
 * `npm run interleavings [-- --only words]`: explores every scenario and prints how many states and schedules that was;
 * `-- --part 1/3` takes every third of them.
 * `-- --only "name" --schedule letters` plays one schedule again and tells its steps; `-- --mutations [--only words]` breaks
 * copies of the engine and prints which scenario gives each away.
 *
 * Exit code 0 when every schedule kept the promise (or every broken engine was given away); 1 otherwise.
 */
import { parseArgs } from 'node:util';
import { heldAgainstBroken } from './broken-engines.js';
import { tellChoice } from './choice.js';
import { explore, replay } from './explore.js';
import { scenarios } from './scenarios.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    schedule: { type: 'string' },
    part: { type: 'string', default: '1/1' },
    mutations: { type: 'boolean', default: false },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function exploreAll(): Promise<boolean> {
  let [states, interleavings, broken, bounded] = [0, 0, 0, 0];
  const startedMs = performance.now();
  say(`${'scenario'.padEnd(112)}${'states'.padStart(9)}${'interleavings'.padStart(20)}  ends`);
  const [part, parts] = values.part.split('/').map(Number) as [number, number];
  const chosen = scenarios.filter(({ name }, i) => name.includes(values.only) && i % parts === part - 1);
  for (const scenario of chosen) {
    try {
      const explored = await explore(scenario);
      states += explored.states;
      interleavings += explored.interleavings ?? 0;
      bounded += explored.interleavings === undefined ? 1 : 0;
      const row = `${scenario.name.padEnd(112)}${String(explored.states).padStart(9)}`;
      say(`${row}${String(explored.interleavings ?? 'not all').padStart(20)}  ${explored.outcomes.size}`);
    } catch (error) {
      broken += 1;
      say((error as Error).message);
    }
  }
  const tookS = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage();
  const left = bounded === 0 ? '' : ` (${bounded} scenarios not to their end)`;
  const cost = `${tookS.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of a processor`;
  const verdict = broken === 0 ? 'no violation' : `${broken} scenarios break the promise`;
  say(`${states} states, ${interleavings} interleavings${left}, ${cost}: ${verdict}`);
  return broken === 0;
}

async function playAgain(schedule: string): Promise<boolean> {
  const scenario = scenarios.find(({ name }) => name === values.only);
  if (!scenario)
    throw new Error(
      `--schedule needs --only with the whole name of a scenario, got '${values.only}': copy the line that a failure ends with`,
    );
  try {
    const choices = await replay(scenario, schedule === '-' ? '' : schedule);
    say([...choices.map((choice, i) => `${i + 1}. ${tellChoice(choice)}`), 'It keeps the promise.'].join('\n'));
    return true;
  } catch (error) {
    say((error as Error).message);
    return false;
  }
}

function kept(): Promise<boolean> {
  if (values.mutations) return heldAgainstBroken(values.only, say);
  return values.schedule === undefined ? exploreAll() : playAgain(values.schedule);
}

process.exitCode = (await kept()) ? 0 : 1;
