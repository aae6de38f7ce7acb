/**
 * `npm run simulate -- --seed N --runs N [--jobs N] [--story]`: plays histories and tells the shortest story of each that fails.
 *
 * Exit code 0 when every history kept the promise, 1 when one did not.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { add, emptySum, type Failure, type Sum } from './batch.js';
import { addCoverage, type Coverage } from './coverage.js';
import { historyOf } from './generate.js';
import { branchTable, faultTable, unreached } from './report.js';
import { shrink } from './shrink.js';
import { storyOf } from './story.js';
import type { Finished, Played, Share } from './worker.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    jobs: { type: 'string', default: '2' },
    failures: { type: 'string', default: '1' },
    story: { type: 'boolean', default: false },
    branches: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `npm run simulate -- [--seed N] [--runs N] [--jobs N] [--failures N] [--story] [--branches] [--json]
  --seed      first seed (1)
  --runs      how many histories, one a seed (1000)
  --jobs      processes (2)
  --failures  stop after so many that fail (1)
  --story     tell the story of the first seed, whether it fails or not
  --branches  list the branches of the engine that were never taken
  --json      print the shrunk history of a failure as data (test/sim/seeds.json keeps those)`;

/** Histories that a worker plays between two reports. */
const shareSize = 500;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  if (values.help) return say(usage);
  const [first, runs, jobs, most] = [values.seed, values.runs, values.jobs, values.failures].map(wholeNumber);
  if (values.story) return say(await storyOf(historyOf(first!)));
  const startedMs = performance.now();
  const all = await playAll({ first: first!, runs: runs!, jobs: jobs!, mostFailures: most! });
  const { sum, coverage } = all;
  const tookS = (performance.now() - startedMs) / 1_000;
  for (const line of [...faultTable(sum), '', ...branchTable(coverage), '']) say(line);
  if (values.branches) for (const line of ['  never taken:', ...unreached(coverage), '']) say(line);
  say(
    `${sum.histories} histories in ${tookS.toFixed(1)} s, ${(sum.histories / tookS).toFixed(0)} a second on ${jobs} processes ` +
      `(${all.cpuS.toFixed(0)} s of CPU): ${sum.failures.length === 0 ? 'no violation' : `${sum.failures.length} violate the promise`}`,
  );
  for (const failure of sum.failures.slice(0, most)) await tell(failure);
  process.exitCode = sum.failures.length === 0 ? 0 : 1;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) {
    say(`${text} is not a whole number.\n${usage}`);
    process.exit(2);
  }
  return Number(text);
}

interface Plan {
  readonly first: number;
  readonly runs: number;
  readonly jobs: number;
  readonly mostFailures: number;
}

interface All {
  readonly sum: Sum;
  readonly coverage: Coverage;
  cpuS: number;
}

async function playAll({ first, runs, jobs, mostFailures }: Plan): Promise<All> {
  const all: All = { sum: emptySum(), coverage: {}, cpuS: 0 };
  let next = first;
  const share = (): Share | undefined => {
    const count = Math.min(shareSize, first + runs - next);
    if (count <= 0 || all.sum.failures.length >= mostFailures) return undefined;
    next += count;
    return { first: next - count, count, mostFailures };
  };
  await Promise.all(Array.from({ length: jobs }, () => work(share, all)));
  all.sum.failures.sort((a, b) => a.seed - b.seed);
  return all;
}

async function work(share: () => Share | undefined, all: All): Promise<void> {
  const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)));
  await messageOf(worker, 'the worker does not start');
  for (let task = share(); task; task = share()) {
    const answer = messageOf(worker, `a history from seed ${task.first} on broke its process or hangs in it`);
    worker.send(task);
    const sum = (await answer) as Played;
    // Told at once: to make a failing history short takes its time.
    for (const { seed, check, message } of sum.failures) say(`seed ${seed} violates ${check}: ${message}`);
    add(all.sum, sum);
  }
  const answer = messageOf(worker, 'the worker ended before it had told what it covered');
  worker.send('finish');
  const { coverage, cpuS } = (await answer) as Finished;
  addCoverage(all.coverage, coverage);
  all.cpuS += cpuS;
  worker.disconnect();
}

function messageOf(worker: ChildProcess, broken: string): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    worker.removeAllListeners();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(broken)));
  });
}

async function tell({ seed, check, message }: Failure): Promise<void> {
  say(`\nSeed ${seed} violates ${check}: ${message}`);
  const { history, tries } = await shrink(historyOf(seed), check);
  say(`The shortest history that still does (after ${tries} tries):\n`);
  say(await storyOf(history));
  if (values.json) say(JSON.stringify(history));
  say(`\nReplay it with: npm run simulate -- --seed ${seed} --runs 1`);
}

await main();
