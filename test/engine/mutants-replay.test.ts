/** What the mutants of lib/engine showed unsaid, sixth part: code that does not fit its record, and code whose replay is over. */

import type { Plan } from '../../lib/engine/code/plan.js';
import { replay } from '../../lib/engine/code/replay.js';
import type { RunDocument, Step } from '../../lib/engine/stored/document.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { at, runWith, stored, tenMs, waiting } from './documents.js';
import { journey } from './journeys.js';

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function play(code: AnyJourney, run: RunDocument): Promise<Plan> {
  return replay({ journey: code, timeoutsMs: {} }, run, { macrotask, moment: async () => {} });
}

const done = (seq: number, result: unknown): Step => ({
  kind: 'run',
  state: 'done',
  attempt: 0,
  seq,
  result,
  doneAtMs: tenMs,
});
const matched = (event: string, seq: number, s: number): Step =>
  ({
    ...waiting(event, 0, 100),
    state: 'matched',
    seq,
    matched: { ...stored(`${event}${s}`, event, s), position: at(s, 1, `${event}${s}`) },
  }) as Step;

describe('code that does not fit the record fails', () => {
  test('where it ends without a step that is on record', async () => {
    const plan = await play(
      journey(async () => 'done'),
      runWith({ gone: waiting('P', 0, 50) }),
    );
    expect(plan).toMatchObject({ next: 'threw', error: { code: 'NonDeterminism' } });
    expect(String((plan as { error?: unknown }).error)).toContain("'gone' is on record, but the code ended without it");
  });

  test('where it waits for something else than the wait that is on record', async () => {
    const code = journey(async ({ step }) => step.waitForEvent('new', { event: 'P', timeout: '50s' }));
    const plan = await play(code, runWith({ old: waiting('P', 0, 50) }));
    expect(plan).toMatchObject({ next: 'threw', error: { code: 'NonDeterminism' } });
  });

  test('at once, and says both kinds, where a step is of another one', async () => {
    const code = journey(async ({ step }) => step.run('a', () => 1));
    const plan = await play(code, runWith({ a: waiting('P', 0, 9) }));
    expect(String((plan as { error?: unknown }).error)).toContain("'a' is on record as wait, the code calls run");
  });

  test('though it is only what it awaits behind its last result that is no step', async () => {
    const code = journey(async ({ step }) => {
      await step.run('a', () => 1);
      await new Promise(() => {});
    });
    expect(await play(code, runWith({ a: done(1, 1) }))).toMatchObject({ error: { code: 'AwaitedOutsideStep' } });
  });
});

test('plain code’s own retry on record is no step that the code has to call', async () => {
  const run = runWith({ '(journey)': { kind: 'run', state: 'done', attempt: 1, deadlineMs: tenMs } });
  expect(
    await play(
      journey(async () => 'done'),
      run,
    ),
  ).toMatchObject({ next: 'finished', output: 'done' });
});

test('what a wait or a sleep on record was opened with is not looked at again', async () => {
  const code = journey(async ({ step }) => {
    await Promise.all([step.waitForEvent('w', { event: 'P', timeout: '500d' }), step.sleep('nap', '500d')]);
  });
  const nap: Step = { kind: 'sleep', deadlineMs: tenMs + 9_000, state: 'waiting' };
  expect(await play(code, runWith({ w: waiting('P', 0, 50), nap }))).toMatchObject({ next: 'blocked' });
});

test('a sleep gives nothing, a wait that timed out null', async () => {
  const code = journey(async ({ step }) => {
    const slept: unknown = await step.sleep('nap', '9s');
    return { slept: typeof slept, waited: await step.waitForEvent('w', { event: 'P', timeout: '50s' }) };
  });
  const nap: Step = { kind: 'sleep', deadlineMs: tenMs + 9_000, state: 'timedOut', seq: 1 };
  const w = { ...waiting('P', 9, 59), state: 'timedOut', seq: 2 } as Step;
  expect(await play(code, runWith({ nap, w }))).toMatchObject({ output: { slept: 'undefined', waited: null } });
});

test('a wait takes events after the last one that was consumed, in whatever order the matches were committed', async () => {
  const code = journey(async ({ step }) => {
    const wait = (id: string) => step.waitForEvent(id, { event: 'A', timeout: '90s' });
    await Promise.all([wait('one'), wait('two')]);
    await wait('three');
  });
  const plan = await play(code, runWith({ one: matched('A', 1, 9), two: matched('A', 2, 3) }));
  expect(plan.next === 'blocked' && plan.opened.get('three')).toMatchObject({ after: at(9, 1, 'A9') });
});

test('code whose replay is over tells nothing more and gets no answer, not even that its call was wrong', async () => {
  let goOn: () => void = () => {};
  const outside = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let answered = false;
  const code = journey(async ({ step, logger }) => {
    const waited = step.waitForEvent('w', { event: 'P', timeout: '50s' });
    void outside.then(() => {
      logger.info('late');
      const answer = () => {
        answered = true;
      };
      step.sleep('late', 'nonsense' as never).then(answer, answer);
    });
    await waited;
  });
  const plan = await play(code, runWith({}));
  goOn();
  for (let n = 0; n < 5; n += 1) await macrotask();
  expect(plan).toMatchObject({ next: 'blocked', lines: [] });
  expect(answered).toBe(false);
});

describe('the id of a step', () => {
  const errorOf = async (id: unknown): Promise<string | undefined> => {
    const plan = await play(
      journey(async ({ step }) => step.run(id as string, () => 1)),
      runWith({}),
    );
    return plan.next === 'threw' ? (plan.error as { code?: string }).code : undefined;
  };

  test.each(['x', 'x'.repeat(100), '(plan)', 'é 💶'])('may be %s', async (id) => {
    expect(await errorOf(id)).toBeUndefined();
  });

  test.each([[''], ['x'.repeat(101)], ['(journey)'], ['\ud800'], [5], [undefined], [['x']]])(
    'fails where it is %p',
    async (id) => {
      expect(await errorOf(id)).toBe('InvalidStepId');
    },
  );
});

test('lines are told with the level that the author gave them', async () => {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const { lines } = await play(
    journey(async ({ logger }) => {
      for (const level of levels) logger[level](`a ${level}`, { level });
    }),
    runWith({}),
  );
  expect(lines).toEqual(levels.map((level) => ({ level, message: `a ${level}`, fields: { level } })));
});
