/**
 * `npm run chaos -- [--seed N] [--kills N] [--carts N]`: rounds of chaos until so many environments were killed.
 *
 * Owns: the command line, what is printed, the exit code. Each round is a sandbox of its own with the app of this repository,
 * with its bundles and three more in real workers; a round that breaks the promise is told with the command that plays it again.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { synthesize } from '../../bin/command/synthesize.js';
import { playRound, type Round } from './round.js';
import { startStage } from './stage.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '1000' },
    carts: { type: 'string', default: '64' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `npm run chaos -- [--seed N] [--kills N] [--carts N] [--json]
  --seed   of the first round; each further round has the next one (1)
  --kills  rounds go on until so many environments were killed in the middle of an invocation (1000)
  --carts  customers of a round: carts, baskets, users, leads, parcels, offers in turn (64)
  --json   everything that was counted, round by round`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function whole(name: 'seed' | 'kills' | 'carts'): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} must be a whole number, got ${values[name]}\n\n${usage}`);
}

async function main(): Promise<void> {
  if (values.help) return say(usage);
  const [firstSeed, kills, customers] = [whole('seed'), whole('kills'), whole('carts')];
  const outDir = resolve('.sojourn/chaos');
  const assemblyDir = await synthesize({ projectDir: fileURLToPath(new URL('app', import.meta.url)), outDir });
  const startedAt = performance.now();
  const rounds: Round[] = [];
  do {
    const round = await play(assemblyDir, firstSeed + rounds.length, customers);
    rounds.push(round);
    tellRound(round, customers);
  } while (killsOf(rounds) < kills && rounds.at(-1)?.violations.length === 0);
  tellSum(rounds, (performance.now() - startedAt) / 1_000);
  if (rounds.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
}

async function play(assemblyDir: string, seed: number, customers: number): Promise<Round> {
  const stage = await startStage(assemblyDir, seed);
  try {
    return await playRound(stage, { seed, customers });
  } finally {
    await stage.close();
  }
}

function tellRound(round: Round, customers: number): void {
  const { seed, violations, invocations, exact, decidedByDelivery, mails, redriven } = round;
  const killed = round.counts.kill?.reached ?? 0;
  say(
    `seed ${seed}: ${killed} kills in ${invocations} invocations, ${round.runs} runs, ${mails} mails ` +
      `(${round.repeatedAfterKill} sent again after a kill, ${round.repeatedAfterFailure} after another failure), ` +
      `${redriven} redriven; ${exact} customers exact, ${decidedByDelivery} decided by delivery` +
      `${violations.length === 0 ? '' : `: ${violations.length} VIOLATIONS`}`,
  );
  if (values.json) say(JSON.stringify(round));
  if (violations.length === 0) return;
  for (const violation of violations) say(`  ${violation}`);
  say(`  again: npm run chaos -- --seed ${seed} --kills 1 --carts ${customers}`);
}

function tellSum(rounds: readonly Round[], seconds: number): void {
  const total = (read: (round: Round) => number) => rounds.reduce((sum, round) => sum + read(round), 0);
  say('');
  for (const kind of Object.keys(rounds[0]!.counts)) {
    const [injected, reached] = [total((one) => one.counts[kind]!.injected), total((one) => one.counts[kind]!.reached)];
    say(`${kind.padEnd(12)} ${String(injected).padStart(6)} injected ${String(reached).padStart(6)} reached`);
  }
  const errors = new Map<string, number>();
  for (const round of rounds) {
    for (const [type, count] of Object.entries(round.errors)) errors.set(type, (errors.get(type) ?? 0) + count);
  }
  say(`failed invocations: ${[...errors].map(([type, count]) => `${type} ${count}`).join(', ')}`);
  say(
    `${rounds.length} rounds, ${total((one) => one.events)} events, ${total((one) => one.invocations)} invocations, ` +
      `${total((one) => one.runs)} runs, ${total((one) => one.mails)} mails, ${total((one) => one.redriven)} dead letters redriven`,
  );
  say(
    `at rest in between: ${total((one) => one.waiting)} runs waited, each with its timer; ${total((one) => one.orphans)} timers ` +
      'of attempts that died were left, to fire once and find nothing',
  );
  say(
    `mails sent again: ${total((one) => one.repeatedAfterKill)} because their sender was killed before its result was committed, ` +
      `${total((one) => one.repeatedAfterFailure)} because it failed then; doubled otherwise: none may be`,
  );
  const violations = total(({ violations: found }) => found.length);
  say(`${killsOf(rounds)} kills, ${violations} violations, ${seconds.toFixed(0)} s`);
}

function killsOf(rounds: readonly Round[]): number {
  return rounds.reduce((sum, { counts }) => sum + (counts.kill?.reached ?? 0), 0);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
});
