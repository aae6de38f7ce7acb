/**
 * The process in which mutants meet the tests: `killers.mjs <bundle> <results> <mutants to do>`, one line of JSON a verdict.
 *
 * Owns: the order (named tests before the simulator, quick ones first), which tests can meet a mutant at all, and the check
 * that the tests still pass without one. Invariant: a mutant counts as killed only if a test fails that passes without it.
 * The process may be ended in the middle of a mutant (a loop without end); who starts it again names the mutants to do.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { collect, outcomeOf, type Test } from './harness.js';

interface Stryker {
  activeMutant: string | undefined;
  currentTestId: string | undefined;
  hitCount: number | undefined;
  hitLimit: number | undefined;
  mutantCoverage: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
}

interface Known extends Test {
  readonly index: number;
  readonly usualMs: number;
}

export interface Verdict {
  readonly id: string;
  readonly status: 'begun' | 'killed' | 'survived' | 'uncovered';
  readonly by?: string;
  readonly why?: string;
}

/** Which mutants are met, and how often: while the code loads, and by each test. */
interface Met {
  readonly whileLoading: Readonly<Record<string, number>>;
  readonly byTest: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const [bundle, results, todo] = process.argv.slice(2) as [string, string, string];
const stryker = { mutantCoverage: { static: {}, perTest: {} } } as unknown as Stryker;
(globalThis as unknown as { __stryker__: Stryker }).__stryker__ = stryker;

/** A mutant that is met a hundred times as often as all tests together meet it is a loop without end. */
const hitsBeyondUsual = 100;
const checkEvery = 100;

// Code that a mutant leaves behind may reject or throw after its test: no test's verdict.
process.on('unhandledRejection', () => {});
process.on('uncaughtException', () => {});

function say(verdict: Verdict): void {
  appendFileSync(results, `${JSON.stringify(verdict)}\n`);
}

async function load(version: string): Promise<Test[]> {
  return collect(() => import(`${pathToFileURL(bundle).href}?${version}`));
}

/** Runs all without a mutant: what each costs and meets. */
async function learn(tests: readonly Test[]): Promise<Known[]> {
  const known: Known[] = [];
  for (const [index, test] of tests.entries()) {
    stryker.currentTestId = String(index);
    const beganMs = performance.now();
    const error = await outcomeOf(test, 20_000);
    if (error) throw new Error(`'${test.name}' fails without any mutant: ${error.stack}`);
    known.push({ ...test, index, usualMs: performance.now() - beganMs });
  }
  stryker.currentTestId = undefined;
  const isSimulator = ({ name }: Test) => Number(name.startsWith('simulator'));
  return known.sort((a, b) => isSimulator(a) - isSimulator(b) || a.usualMs - b.usualMs);
}

async function firstFailure(tests: readonly Known[]): Promise<{ by: string; why: string } | undefined> {
  for (const test of tests) {
    const error = await outcomeOf(test, test.usualMs);
    if (error) return { by: test.name, why: error.message.split('\n')[0]! };
  }
  return undefined;
}

async function judge(id: string, tests: readonly Known[], met: Met): Promise<void> {
  const usualHits = Object.values(met.byTest).reduce((sum, hits) => sum + (hits[id] ?? 0), 0);
  const whileLoading = id in met.whileLoading;
  if (!whileLoading && usualHits === 0) return say({ id, status: 'uncovered' });
  say({ id, status: 'begun' });
  Object.assign(stryker, { activeMutant: id, hitCount: 0, hitLimit: (usualHits + 100) * hitsBeyondUsual });
  const failure = whileLoading
    ? await loadedAnew(id, tests)
    : await firstFailure(tests.filter(({ index }) => id in (met.byTest[index] ?? {})));
  Object.assign(stryker, { activeMutant: undefined, hitCount: undefined });
  say(failure ? { id, status: 'killed', ...failure } : { id, status: 'survived' });
}

/** What runs while the code loads is loaded once more, with the mutant in it. */
async function loadedAnew(id: string, tests: readonly Known[]): Promise<{ by: string; why: string } | undefined> {
  try {
    const anew = await load(id);
    return await firstFailure(tests.map((test) => ({ ...test, run: anew[test.index]!.run })));
  } catch (error) {
    return { by: 'loading', why: String(error) };
  }
}

async function judgeAll(): Promise<void> {
  const loaded = await load('unchanged');
  const whileLoading = structuredClone(stryker.mutantCoverage.static);
  const known = await learn(loaded);
  const met: Met = { whileLoading, byTest: structuredClone(stryker.mutantCoverage.perTest) };
  let judged = 0;
  for (const id of JSON.parse(readFileSync(todo, 'utf8')) as string[]) {
    await judge(id, known, met);
    judged += 1;
    if (judged % checkEvery !== 0) continue;
    const failure = await firstFailure(known);
    if (failure) throw new Error(`'${failure.by}' fails after mutants, without one: ${failure.why}`);
  }
}

judgeAll().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
