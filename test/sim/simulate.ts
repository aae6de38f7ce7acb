/**
 * `npm run simulate -- --seed N --runs N [--jobs N] [--story]`: plays histories and tells the shortest story of each that fails.
 *
 * Exit code 0 when every history kept the promise, 1 when one did not.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { add, emptySum, type Failure, type Sum } from './batch.js';
import { faultKinds } from './faults.js';
import { historyOf } from './generate.js';
import { shrink } from './shrink.js';
import { storyOf } from './story.js';
import type { Share } from './worker.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    jobs: { type: 'string', default: '2' },
    failures: { type: 'string', default: '1' },
    story: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `npm run simulate -- [--seed N] [--runs N] [--jobs N] [--failures N] [--story] [--json]
  --seed      first seed (1)
  --runs      how many histories, one a seed (1000)
  --jobs      processes (2)
  --failures  stop after so many that fail (1)
  --story     tell the story of the first seed, whether it fails or not
  --json      print the shrunk history of a failure as data (test/sim/seeds.json keeps those)`;

/** Histories that a worker plays between two reports. */
const shareSize = 500;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  if (values.help) return say(usage);
  const [first, runs, jobs, most] = [values.seed, values.runs, values.jobs, values.failures].map(wholeNumber);
  if (values.story) return say(await storyOf(historyOf(first!)));
  const startedMs = performance.now();
  const sum = await playAll({ first: first!, runs: runs!, jobs: jobs!, mostFailures: most! });
  const tookS = (performance.now() - startedMs) / 1_000;
  say(table(sum));
  say(
    `${sum.histories} histories in ${tookS.toFixed(1)} s, ${(sum.histories / tookS).toFixed(0)} a second on ${jobs} processes: ` +
      `${sum.failures.length === 0 ? 'no violation' : `${sum.failures.length} violate the promise`}`,
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

async function playAll({ first, runs, jobs, mostFailures }: Plan): Promise<Sum> {
  const sum = emptySum();
  let next = first;
  const share = (): Share | undefined => {
    const count = Math.min(shareSize, first + runs - next);
    if (count <= 0 || sum.failures.length >= mostFailures) return undefined;
    next += count;
    return { first: next - count, count, mostFailures };
  };
  await Promise.all(Array.from({ length: jobs }, () => work(share, sum)));
  sum.failures.sort((a, b) => a.seed - b.seed);
  return sum;
}

async function work(share: () => Share | undefined, sum: Sum): Promise<void> {
  const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)));
  for (let task = share(); task; task = share()) {
    const { first } = task;
    const answer = new Promise<Sum>((resolve, reject) => {
      worker.once('message', (message) => resolve(message as Sum));
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error(`a history from seed ${first} on broke its process or hangs in it`)));
    });
    worker.send(task);
    add(sum, await answer);
    worker.removeAllListeners();
  }
  worker.disconnect();
}

async function tell({ seed, check, message }: Failure): Promise<void> {
  say(`\nSeed ${seed} violates ${check}: ${message}`);
  const { history, tries } = await shrink(historyOf(seed), check);
  say(`The shortest history that still does (after ${tries} tries):\n`);
  say(await storyOf(history));
  if (values.json) say(JSON.stringify(history));
  say(`\nReplay it with: npm run simulate -- --seed ${seed} --runs 1`);
}

function table({ faults, histogram, histories, counts }: Sum): string {
  const rows = faultKinds.map((kind) => {
    const { drawn, struck } = faults[kind];
    const share = ((100 * (histogram[kind] ?? 0)) / Math.max(histories, 1)).toFixed(1);
    const hole = struck === 0 ? '   never reached' : '';
    return `  ${kind.padEnd(34)}${String(drawn).padStart(10)}${String(struck).padStart(10)}${share.padStart(9)} %${hole}`;
  });
  const outcomes = Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, n]) => `${kind} ${n}`);
  return [
    `  ${'fault'.padEnd(34)}${'injected'.padStart(10)}${'reached'.padStart(10)}${'histories'.padStart(11)}`,
    ...rows,
    `  ${outcomes.join(', ')}`,
  ].join('\n');
}

await main();
