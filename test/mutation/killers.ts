/**
 * The process in which mutants meet the tests: one line of JSON a verdict in verdicts.jsonl.
 *
 * Owns: the order (named tests before the simulator, quick ones first), which tests can meet a mutant at all, and the check
 * that the tests still pass without one. Invariant: a mutant counts as killed only if a test fails that passes without it.
 * The process may be ended in the middle of a mutant (a loop without end); who starts it again names the mutants to do.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { collect, outcomeOf, type Test } from './harness.js';
import type { board } from './switch.js';

type Board = typeof board;

interface Loaded {
  readonly tests: readonly Test[];
  readonly board: Board;
}

interface Known extends Test {
  readonly index: number;
  readonly usualMs: number;
  /** How often it asks the switch, and which mutants it meets. */
  readonly usuallyAsked: number;
  readonly met: ReadonlySet<string>;
}

interface Learnt {
  /** In the order in which they are run. */
  readonly tests: readonly Known[];
  readonly metWhileLoading: ReadonlySet<string>;
}

export interface Verdict {
  readonly id: string;
  readonly status: 'begun' | 'killed' | 'survived' | 'uncovered';
  readonly by?: string;
  readonly why?: string;
}

type Failure = Required<Pick<Verdict, 'by' | 'why'>>;

/** A test in which the switch is asked so many times as often as usual is in a loop without end. */
const beyondUsual = 30;
const leastAsked = 100_000;
const checkEvery = 100;
const slowestMs = 20_000;

// Code that a mutant leaves behind may reject or throw after its test: no test's verdict.
process.on('unhandledRejection', () => {});
process.on('uncaughtException', () => {});

function say(verdict: Verdict): void {
  appendFileSync('verdicts.jsonl', `${JSON.stringify(verdict)}\n`);
}

/** @param active a mutant that is on while the code loads. */
async function load(bundle: 'learns' | 'judges', active?: string): Promise<Loaded> {
  const url = `${pathToFileURL(path.resolve(`${bundle}.mjs`)).href}?${active ?? ''}`;
  (globalThis as { sojournActiveMutant?: string | undefined }).sojournActiveMutant = active;
  let loadedBoard: Board | undefined;
  const tests = await collect(async () => {
    const module = (await import(url)) as { readonly board: Board };
    loadedBoard = module.board;
  });
  return { tests, board: loadedBoard! };
}

/** Runs all without a mutant: what each costs and meets. */
async function learn(): Promise<Learnt> {
  const { tests, board: counts } = await load('learns');
  const metWhileLoading = new Set(counts.met);
  const known: Known[] = [];
  for (const [index, test] of tests.entries()) {
    counts.met.clear();
    counts.asked = 0;
    const beganMs = performance.now();
    const error = await outcomeOf(test, slowestMs);
    if (error) throw new Error(`'${test.name}' fails without any mutant: ${error.stack}`);
    known.push({
      ...test,
      index,
      usualMs: performance.now() - beganMs,
      usuallyAsked: counts.asked,
      met: new Set(counts.met),
    });
  }
  const isSimulator = ({ name }: Test) => Number(name.startsWith('simulator'));
  return {
    tests: known.sort((a, b) => isSimulator(a) - isSimulator(b) || a.usualMs - b.usualMs),
    metWhileLoading,
  };
}

async function firstFailure(tests: readonly Known[], loaded: Loaded): Promise<Failure | undefined> {
  for (const { index, usualMs, usuallyAsked, name } of tests) {
    Object.assign(loaded.board, { asked: 0, mostAsked: leastAsked + beyondUsual * usuallyAsked });
    const error = await outcomeOf(loaded.tests[index]!, usualMs);
    if (error) return { by: name, why: error.message.split('\n')[0]! };
  }
  return undefined;
}

async function judge(id: string, loaded: Loaded, learnt: Learnt): Promise<void> {
  const whileLoading = learnt.metWhileLoading.has(id);
  const tests = learnt.tests.filter(({ met }) => met.has(id));
  if (!whileLoading && tests.length === 0) return say({ id, status: 'uncovered' });
  say({ id, status: 'begun' });
  let failure: Failure | undefined;
  if (whileLoading) failure = await loadedAnew(id, learnt);
  else {
    loaded.board.active = id;
    failure = await firstFailure(tests, loaded);
    loaded.board.active = undefined;
  }
  say(failure ? { id, status: 'killed', ...failure } : { id, status: 'survived' });
}

/** What runs while the code loads is loaded once more, with the mutant in it. */
async function loadedAnew(id: string, { tests }: Learnt): Promise<Failure | undefined> {
  try {
    return await firstFailure(tests, await load('judges', id));
  } catch (error) {
    return { by: 'loading', why: String(error) };
  }
}

async function judgeAll(): Promise<void> {
  const learnt = await learn();
  const loaded = await load('judges');
  let judged = 0;
  for (const id of JSON.parse(readFileSync('todo.json', 'utf8')) as string[]) {
    await judge(id, loaded, learnt);
    judged += 1;
    if (judged % checkEvery !== 0) continue;
    const failure = await firstFailure(learnt.tests, loaded);
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
