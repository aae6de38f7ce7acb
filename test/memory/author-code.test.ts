/** What authors do in their functions that a replay must survive; each was found by a review of the engine. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { createJourney, RetryAfterError } from 'sojourn';
import { createTestWorld } from 'sojourn/testing';

// biome-ignore lint/suspicious/noExplicitAny: these bodies are written as plain JavaScript would write them.
type Body = (context: any) => unknown;

const journeyOf = (body: Body, more: object = {}) =>
  createJourney(
    { id: 'j', triggers: [{ event: 't' }], key: 'data.k', waitsFor: ['a', 'b', 'done'], ...more },
    body as never,
  );
const t = { name: 't', data: { k: 1, n: 0, list: [] } };

test('what the code does to results and events that it was given changes nothing on record', async () => {
  const world = createTestWorld({
    journeys: [
      journeyOf(async ({ event, step }) => {
        event.data.n += 1;
        const list = await step.run('load', () => [1, 2]);
        list.push(3);
        await step.run('one', () => 1);
        await step.sleep('rest', '1h');
        return step.run('two', () => ({ list, n: event.data.n }));
      }),
    ],
  });
  await world.send(t);
  await world.advance('1h');
  expect(world.runs()).toMatchObject([{ status: 'completed', output: { list: [1, 2, 3], n: 1 } }]);
});

test('two journeys can talk: every answer of one second is seen', async () => {
  const asker = journeyOf(async ({ event, step }) => {
    for (let round = 0; round < 5; round += 1) {
      await step.sendEvent('ask', { name: 'task', data: { k: event.data.k, round } });
      if ((await step.waitForEvent('answer', { event: 'done', timeout: '1h' })) === null) return { round };
    }
    return { round: 5 };
  });
  const answerer = createJourney({ id: 'answerer', triggers: [{ event: 'task' }] }, async ({ event, step }) => {
    await step.sendEvent('answer', { name: 'done', data: { k: event.data.k } });
  });
  const world = createTestWorld({ journeys: [asker, answerer] });
  for (let k = 0; k < 20; k += 1) await world.send({ name: 't', data: { k } });
  await world.advance('6h');
  expect(world.runs('j').map((run) => run.output)).toEqual(Array(20).fill({ round: 5 }));
});

test.each([0, 1500.5, Number.NaN, 'soon', null, '120', new Date(Number.NaN)])(
  'a RetryAfterError with %p never leaves a run stuck',
  async (after) => {
    const world = createTestWorld({
      journeys: [
        journeyOf(({ step }) =>
          step.run('x', ({ attempt }: { attempt: number }) => {
            if (attempt === 0) throw new RetryAfterError('busy', after as never);
            return 'through';
          }),
        ),
      ],
    });
    await world.send(t);
    await world.advance('3m');
    expect(world.runs()).toMatchObject([{ status: 'completed', output: 'through' }]);
    expect(world.deadLetters()).toEqual([]);
  },
);

test('the digits of a Retry-After header are seconds', async () => {
  const world = createTestWorld({
    journeys: [
      journeyOf(({ step }) =>
        step.run('x', ({ attempt }: { attempt: number }) => {
          if (attempt === 0) throw new RetryAfterError('busy', '120');
        }),
      ),
    ],
  });
  await world.send(t);
  await world.advance('119s');
  expect(world.runs()).toMatchObject([{ status: 'active' }]);
  await world.advance('1s');
  expect(world.runs()).toMatchObject([{ status: 'completed' }]);
});

test('fails the step that throws something without a text, as any other', async () => {
  const world = createTestWorld({
    journeys: [
      journeyOf(
        ({ step }) =>
          step.run('x', () => {
            throw Object.create(null);
          }),
        { retries: 0 },
      ),
    ],
  });
  await world.send(t);
  expect(world.runs()).toMatchObject([{ status: 'failed' }]);
});

test('fails a step that is called inside the function of another one, instead of waiting for ever', async () => {
  const world = createTestWorld({
    journeys: [journeyOf(({ step }) => step.run('outer', () => step.run('inner', () => 1)))],
  });
  await world.send(t);
  expect(world.runs()).toMatchObject([{ status: 'failed', error: { name: 'NestedStep' } }]);
});

test('a branch that fails before anyone awaits it does not end the process, and its error is there when it is awaited', () => {
  // In a process of its own: Jest itself fails a test in which a rejection is unhandled for a moment.
  const script = path.join(__dirname, 'early-rejection.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8' });
  expect({ status, stdout, toldAnError: /Error/.test(stderr) }).toEqual({
    status: 0,
    stdout: '{"status":"completed","output":{"caught":"early"}}\n',
    toldAnError: false,
  });
});

test('code that is now and then slow to come to a step is not taken for changed code', async () => {
  let cold = false;
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const world = createTestWorld({
    journeys: [
      journeyOf(async ({ step }) => {
        const [a, b] = await Promise.all([
          step.waitForEvent('a', { event: 'a', timeout: '1h' }),
          (async () => {
            if (cold) await pause(30);
            return step.waitForEvent('b', { event: 'b', timeout: '1h' });
          })(),
        ]);
        return { a: a !== null, b: b !== null };
      }),
    ],
  });
  await world.send(t);
  cold = true;
  await world.send({ name: 'b', data: { k: 1 } }, { name: 'a', data: { k: 1 } });
  expect(world.runs()).toMatchObject([{ status: 'completed', output: { a: true, b: true } }]);
});

test('fails a run whose output and awaited trigger together outgrow its document', async () => {
  const text = 'x'.repeat(200_000);
  const journey = createJourney({ id: 'j', triggers: [{ event: 'a' }], key: 'data.k', waitsFor: ['a'] }, () =>
    'y'.repeat(230_000),
  );
  const world = createTestWorld({ journeys: [journey] });
  await world.send({ name: 'a', data: { k: 1, text } });
  expect(world.runs()).toMatchObject([{ status: 'failed', error: { name: 'ResultTooLarge' } }]);
  expect(world.deadLetters()).toEqual([]);
});

test('fails a wait whose condition cannot be honoured, instead of ignoring it', async () => {
  const world = createTestWorld({
    journeys: [
      journeyOf(({ step }) => step.waitForEvent('a', { event: 'a', timeout: '1h', if: 'async.data.x.matches("a")' })),
    ],
  });
  await world.send(t);
  expect(world.runs()).toMatchObject([{ status: 'failed', error: { name: 'InvalidFilter' } }]);
});

test('a run with hundreds of steps of one id is driven in one go', async () => {
  const world = createTestWorld({
    journeys: [
      journeyOf(async ({ step }) => {
        for (let n = 0; n < 300; n += 1) await step.run('tick', () => n);
        return 'done';
      }),
    ],
  });
  await world.send(t);
  expect(world.runs()).toMatchObject([{ status: 'completed', output: 'done' }]);
});
