/** Journeys whose own code is at fault: retried, then failed with its error; other customers' runs go on untouched. */
import { beforehand, faultyAssembly } from './assembly.js';
import { type AppEvent, dayMs, hourMs, minuteMs, type Run, type Stand, start } from './stand.js';

beforehand(faultyAssembly);

const journey = 'fragile';
const started = (id: string, does?: string): AppEvent => ({ name: 'fragile/started', data: { id, does } });
const ended = (id: string): AppEvent => ({ name: 'fragile/ended', data: { id } });

async function startFaulty(): Promise<Stand> {
  return start(await faultyAssembly());
}

async function runOf(app: Stand, id: string): Promise<Run | undefined> {
  const [run, ...more] = await app.runs({ journey, key: id });
  expect(more).toEqual([]);
  return run;
}

test('a step that throws is retried about a minute later, then its run fails with its error', async () => {
  const app = await startFaulty();
  await app.send(started('a', 'throw'));
  expect(await runOf(app, 'a')).toMatchObject({ status: 'active' });
  expect(app.sandbox.schedules()).toHaveLength(1);
  await app.advance(5 * minuteMs);
  expect(await runOf(app, 'a')).toMatchObject({
    status: 'failed',
    error: { name: 'RangeError', message: 'no luck with a' },
  });
  const told = app.logLines(journey).filter(({ message, step }) => message === 'stepFailed' && step === 'the-step');
  expect(told).toMatchObject([
    { level: 'WARN', step: 'the-step', attempt: 1, final: false },
    { level: 'ERROR', step: 'the-step', attempt: 2, final: true },
  ]);
  expect(app.sandbox.schedules()).toEqual([]);
  expect(app.sandbox.deadLetters()).toEqual([]);
});

test('a step that throws what no retry can mend fails its run at once', async () => {
  const app = await startFaulty();
  await app.send(started('a', 'throw for good'));
  expect(await runOf(app, 'a')).toMatchObject({ status: 'failed', error: { message: 'there is no such customer' } });
  expect(app.sandbox.schedules()).toEqual([]);
});

test('plain code that throws is retried as a step, then its run fails with its error', async () => {
  const app = await startFaulty();
  await app.send(started('a', 'throw in plain code'));
  expect(await runOf(app, 'a')).toMatchObject({ status: 'active' });
  await app.advance(5 * minuteMs);
  expect(await runOf(app, 'a')).toMatchObject({ status: 'failed', error: { name: 'TypeError' } });
  expect(app.sandbox.schedules()).toEqual([]);
  expect(app.sandbox.deadLetters()).toEqual([]);
});

test.each([
  ['a function', 'return a function', 'UnstorableResult', "a function at 'callback'"],
  ['a cycle', 'return a cycle', 'UnstorableResult', 'circular'],
  ['more than can be stored', 'return too much', 'ResultTooLarge', '307202 bytes'],
])('a result that is %s fails its step without a retry, with a message that names it', async (_, does, code, got) => {
  const app = await startFaulty();
  await app.send(started('a', does));
  const run = await runOf(app, 'a');
  expect(run).toMatchObject({ status: 'failed', error: { message: expect.stringContaining("'the-step'") } });
  expect(run?.error?.message).toContain(got);
  expect(run?.error?.message).toContain(`[${code}]`);
  expect(app.sandbox.schedules()).toEqual([]);
  expect(app.sandbox.deadLetters()).toEqual([]);
});

test('a result that is undefined is fine', async () => {
  const app = await startFaulty();
  await app.send(started('a', 'return undefined'));
  await app.send(ended('a'));
  expect(await runOf(app, 'a')).toMatchObject({ status: 'completed', output: { outcome: 'ended' } });
});

test('an output that cannot be stored ends the run as failed, not in a loop', async () => {
  const app = await startFaulty();
  await app.send(started('a', 'return a cycle at the end'));
  await app.send(ended('a'));
  await app.advance(hourMs);
  expect(await runOf(app, 'a')).toMatchObject({
    status: 'failed',
    error: { message: expect.stringContaining('circular') },
  });
  expect(app.sandbox.schedules()).toEqual([]);
  expect(app.sandbox.deadLetters()).toEqual([]);
});

test('other customers’ runs, and other events of the same call, are untouched by all of this', async () => {
  const app = await startFaulty();
  await app.send(
    started('good-1'),
    started('bad-1', 'throw'),
    started('bad-2', 'throw in plain code'),
    started('bad-3', 'return a cycle'),
    started('good-2'),
    { name: 'fragile/started', data: { does: 'throw' } },
  );
  await app.advance(hourMs);
  await app.send(ended('good-1'));
  await app.advance(2 * dayMs);
  const outcomes = new Map(
    (await app.runs({ journey })).map(({ key, status, output }) => [key, output?.outcome ?? status]),
  );
  expect(Object.fromEntries(outcomes)).toEqual({
    'good-1': 'ended',
    'good-2': 'timed out',
    'bad-1': 'failed',
    'bad-2': 'failed',
    'bad-3': 'failed',
  });
  expect(app.sandbox.schedules()).toEqual([]);
  expect(app.sandbox.deadLetters()).toMatchObject([{ body: { responsePayload: { errorType: 'MissingKey' } } }]);
});
