import type { Plan } from '../../lib/engine/code/plan.js';
import { replay } from '../../lib/engine/code/replay.js';
import type { Turn } from '../../lib/engine/ports.js';
import type { RunDocument, Step } from '../../lib/engine/stored/document.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { at, runWith, stored, tenMs, waiting } from './documents.js';
import { journey } from './journeys.js';

/** Counts what it grants; nothing outside of steps ever comes. */
class FakeTurn implements Turn {
  waitedMs = 0;
  macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  moment = async (ms: number): Promise<void> => {
    this.waitedMs += ms;
  };
}

function play(code: AnyJourney, run: RunDocument, turn: Turn = new FakeTurn()): Promise<Plan> {
  return replay({ journey: code, timeoutsMs: {} }, run, turn);
}

const done = (seq: number, result: unknown, doneAtS = 0): Step => ({
  kind: 'run',
  state: 'done',
  attempt: 0,
  seq,
  result,
  doneAtMs: tenMs + doneAtS * 1_000,
});
const timedOut = (event: string, seq: number, deadlineS: number): Step =>
  ({ ...waiting(event, 0, deadlineS), state: 'timedOut', seq }) as Step;
const matched = (event: string, seq: number, s: number): Step =>
  ({
    ...waiting(event, 0, 100),
    state: 'matched',
    seq,
    matched: { ...stored(`${event}${s}`, event, s), position: at(s, 1, `${event}${s}`) },
  }) as Step;

const one = (n: number) => async (): Promise<number> => n;

describe('the next thing', () => {
  const code = journey(async ({ step }) => {
    const first = await step.run('first', one(1));
    await step.waitForEvent('w', { event: 'P', timeout: '10s' });
    return [first, await step.run('last', one(2))];
  });

  test('is the first step whose result is not on record', async () => {
    expect(await play(code, runWith({}))).toMatchObject({ next: 'code', call: { id: 'first', attempt: 0 } });
    expect(await play(code, runWith({ first: done(1, 1), w: timedOut('P', 2, 10) }))).toMatchObject({
      call: { id: 'last' },
    });
  });

  test('is to wait, with what has to be opened', async () => {
    const plan = await play(code, runWith({ first: done(1, 1, 7) }));
    expect(plan).toMatchObject({ next: 'blocked' });
    expect(plan.next === 'blocked' && [...plan.opened]).toEqual([
      ['w', { kind: 'wait', event: 'P', sinceMs: tenMs, deadlineMs: tenMs + 17_000, state: 'waiting' }],
    ]);
  });

  test('is to wait for what is open already, which is not opened again', async () => {
    const plan = await play(code, runWith({ first: done(1, 1), w: waiting('P', 0, 10) }));
    expect(plan.next === 'blocked' && plan.opened.size).toBe(0);
  });

  test('is the end, with what the code returns', async () => {
    const run = runWith({ first: done(1, 'a'), w: matched('P', 2, 3), last: done(3, 'b') });
    expect(await play(code, run)).toMatchObject({ next: 'finished', output: ['a', 'b'] });
  });

  test('is a failed step again once its back-off is over, and not before', async () => {
    const failed = { kind: 'run', attempt: 2 } as const;
    expect(await play(code, runWith({ first: { ...failed, state: 'due' } }))).toMatchObject({
      call: { id: 'first', attempt: 2 },
    });
    const waitingForIt = runWith({ first: { ...failed, state: 'waiting', deadlineMs: tenMs + 60_000 } });
    expect(await play(code, waitingForIt)).toMatchObject({ next: 'blocked' });
  });

  test('of parallel steps is the one that was called first', async () => {
    const parallel = journey(async ({ step }) => Promise.all([step.run('a', one(1)), step.run('b', one(2))]));
    expect(await play(parallel, runWith({}))).toMatchObject({ call: { id: 'a' } });
    expect(await play(parallel, runWith({ a: done(1, 1) }))).toMatchObject({ call: { id: 'b' } });
  });
});

describe('results', () => {
  const raced = journey(async ({ step }) => {
    const wait = (id: string) => step.waitForEvent(id, { event: id, timeout: '50s' }).then(() => id);
    return Promise.race([wait('A'), wait('B'), wait('P')]);
  });

  test('settle in the order in which they were committed, so that a race never flips', async () => {
    const run = runWith({ A: matched('A', 2, 1), B: matched('B', 1, 9), P: waiting('P', 0, 50) });
    expect(await play(raced, run)).toMatchObject({ next: 'finished', output: 'B' });
  });

  test('of a race’s losers are not needed for the end', async () => {
    const run = runWith({ A: waiting('A', 0, 50), B: timedOut('B', 1, 50), P: waiting('P', 0, 50) });
    expect(await play(raced, run)).toMatchObject({ output: 'B' });
  });

  test('of Promise.all are all needed', async () => {
    const code = journey(async ({ step }) =>
      Promise.all(['A', 'B'].map((id) => step.waitForEvent(id, { event: id as 'A', timeout: '50s' }))),
    );
    const half = await play(code, runWith({ A: matched('A', 1, 1), B: waiting('B', 0, 50) }));
    expect(half.next).toBe('blocked');
    const both = await play(code, runWith({ A: matched('A', 2, 1), B: timedOut('B', 1, 50) }));
    expect(both).toMatchObject({ next: 'finished', output: [{ id: 'A1', data: { mark: 'A1' } }, null] });
  });

  test('of Promise.any: a failed step does not decide it', async () => {
    const code = journey(async ({ step }) => Promise.any([step.run('a', one(1)), step.run('b', one(2))]));
    const failed = {
      kind: 'run',
      state: 'failed',
      attempt: 1,
      seq: 1,
      doneAtMs: tenMs,
      error: { name: 'E', message: 'm' },
    } as const;
    expect(await play(code, runWith({ a: failed, b: done(2, 'b') }))).toMatchObject({ next: 'finished', output: 'b' });
  });

  test('that are failures reject with the name and message of what was thrown', async () => {
    const code = journey(async ({ step }) => {
      try {
        return await step.run('a', one(1));
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    });
    const failed = {
      kind: 'run',
      state: 'failed',
      attempt: 1,
      seq: 1,
      doneAtMs: tenMs,
      error: { name: 'E', message: 'm' },
    } as const;
    expect(await play(code, runWith({ a: failed }))).toMatchObject({ output: 'E: m' });
  });
});

describe('repeated ids', () => {
  const loop = journey(async ({ step }) => {
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i += 1) seen.push(await step.run('again', one(i)));
    return seen;
  });

  test('get a counter', async () => {
    expect(await play(loop, runWith({ again: done(1, 'x') }))).toMatchObject({ call: { id: 'again:1' } });
    const run = runWith({ again: done(1, 'x'), 'again:1': done(2, 'y'), 'again:2': done(3, 'z') });
    expect(await play(loop, run)).toMatchObject({ output: ['x', 'y', 'z'] });
  });

  test('never meet an id that the author has given', async () => {
    const code = journey(async ({ step }) => [
      await step.run('a:1', one(1)),
      await step.run('a', one(2)),
      await step.run('a', one(3)),
    ]);
    expect(await play(code, runWith({ 'a:1': done(1, 1), a: done(2, 2) }))).toMatchObject({ call: { id: 'a:2' } });
  });
});

describe('code that does not fit the record', () => {
  const code = journey(async ({ step }) => step.run('a', one(1)));

  test('fails: a step on record that it ends without', async () => {
    const plan = await play(code, runWith({ gone: done(1, 1), a: done(2, 1) }));
    expect(plan).toMatchObject({ next: 'threw', error: { code: 'NonDeterminism' } });
  });

  test('fails: a step of another kind', async () => {
    expect(await play(code, runWith({ a: waiting('P', 0, 9) }))).toMatchObject({
      next: 'threw',
      error: { code: 'NonDeterminism' },
    });
  });

  test('fails: a recorded result that it never asks for', async () => {
    const turn = new FakeTurn();
    const plan = await play(code, runWith({ gone: done(1, 1) }), turn);
    expect(plan).toMatchObject({ next: 'threw', error: { code: 'NonDeterminism' } });
    expect(turn.waitedMs).toBe(5_000);
  });
});

describe('code that awaits something else than a step', () => {
  test('gets 5 s, then fails with AwaitedOutsideStep', async () => {
    const turn = new FakeTurn();
    const plan = await play(
      journey(() => new Promise(() => {})),
      runWith({}),
      turn,
    );
    expect(plan).toMatchObject({ next: 'threw', error: { code: 'AwaitedOutsideStep' } });
    expect(turn.waitedMs).toBe(5_000);
  });

  test('goes on if that comes in time', async () => {
    const turn = new FakeTurn();
    const slow = journey(async ({ step }) => {
      while (turn.waitedMs < 1_000) await new Promise((resolve) => setImmediate(resolve));
      return step.run('a', one(1));
    });
    expect(await play(slow, runWith({}), turn)).toMatchObject({ next: 'code', call: { id: 'a' } });
  });

  test('is blocked at once where a step is pending too', async () => {
    const turn = new FakeTurn();
    const code = journey(async ({ step }) =>
      Promise.race([new Promise(() => {}), step.waitForEvent('w', { event: 'P', timeout: '9s' })]),
    );
    expect((await play(code, runWith({}), turn)).next).toBe('blocked');
    expect(turn.waitedMs).toBe(0);
  });
});

describe('lines of the logger', () => {
  const code = journey(async ({ step, logger }) => {
    logger.info('begins');
    await step.run('a', one(1));
    logger.info('goes on', { n: 1 });
    await step.run('b', one(1));
  });

  test('are told once, when they are new', async () => {
    expect((await play(code, runWith({}))).lines).toEqual([{ level: 'info', message: 'begins' }]);
    expect((await play(code, runWith({ a: done(1, 1) }))).lines).toEqual([
      { level: 'info', message: 'goes on', fields: { n: 1 } },
    ]);
    expect((await play(code, runWith({ a: done(1, 1), b: done(2, 1) }))).lines).toEqual([]);
  });
});
