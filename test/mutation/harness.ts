/**
 * As much of Jest's globals as the tests of the engine use: collects tests, and runs one at a time.
 *
 * Why not Jest: it makes a new world for every file of tests and every mutant, two seconds each; here all mutants meet the
 * same loaded code. `expect` is Jest's own. Invariant: a test passes here exactly if Jest lets it pass; where one waits in
 * vain it fails once the event loop has turned often enough.
 */
import { createRequire } from 'node:module';
import { format } from 'node:util';

export interface Test {
  readonly name: string;
  readonly run: () => Promise<void>;
}

type Body = (...row: unknown[]) => unknown;
type Hook = () => unknown;

const pollMs = 20;
/** Polls of the event loop after which a test waits in vain. */
const leastPolls = 15;

/** Sets the globals, collects while `load` runs. */
export async function collect(load: () => Promise<unknown>): Promise<Test[]> {
  const tests: Test[] = [];
  const titles: string[] = [];
  let hooks: Hook[] = [];
  const add = (title: string, body: Body, row: readonly unknown[] = []): void => {
    const before = [...hooks];
    const run = async (): Promise<void> => {
      for (const hook of before) await hook();
      await body(...row);
    };
    tests.push({ name: [...titles, title].join(' > '), run });
  };
  const within = (title: string, body: Body, row: readonly unknown[] = []): void => {
    const outer = hooks;
    titles.push(title);
    hooks = [...outer];
    body(...row);
    titles.pop();
    hooks = outer;
  };
  const beforeEach = (hook: Hook): void => {
    hooks = [...hooks, hook];
  };
  const beforeAll = (hook: Hook): void => {
    let done: unknown;
    beforeEach(() => {
      done ??= hook() ?? Promise.resolve();
      return done;
    });
  };
  const test = Object.assign((title: string, body: Body) => add(title, body), { each: eachWith(add) });
  const describe = Object.assign((title: string, body: Body) => within(title, body), { each: eachWith(within) });
  Object.assign(globalThis, { describe, test, it: test, beforeEach, beforeAll, expect: jestsExpect() });
  await load();
  return tests;
}

function eachWith(one: (title: string, body: Body, row: readonly unknown[]) => void) {
  return (rows: readonly unknown[]) => (title: string, body: Body) => {
    for (const row of rows) {
      const values = Array.isArray(row) ? row : [row];
      one(format(title, ...values.slice(0, title.split('%').length - 1)), body, values);
    }
  };
}

function jestsExpect(): unknown {
  const require = createRequire(import.meta.url);
  return createRequire(require.resolve('jest'))('expect').expect;
}

/** @returns what went wrong, if anything did. @param usualMs how long it takes when nothing is wrong. */
export async function outcomeOf({ run }: Test, usualMs: number): Promise<Error | undefined> {
  let settled = false;
  const result = Promise.resolve()
    .then(run)
    .then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    )
    .finally(() => {
      settled = true;
    });
  return Promise.race([result, waitsInVain(() => settled, Math.max(leastPolls, (30 * usualMs) / pollMs))]);
}

async function waitsInVain(isSettled: () => boolean, polls: number): Promise<Error | undefined> {
  for (let n = 0; n < polls; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, n === 0 ? 1 : pollMs));
    await new Promise((resolve) => setImmediate(resolve));
    if (isSettled()) return undefined;
  }
  return new Error('waits in vain');
}
