/** Bad input at the sandbox's door: a clear answer, and nothing lost; what is good beside it goes on. */

import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { CreateScheduleCommand, GetScheduleCommand, ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import type { TimerPayload } from '../../lib/contract.js';
import { appAssembly, beforehand } from './assembly.js';
import {
  type AppEvent,
  dayMs,
  deliver,
  expectNothingLeft,
  hourMs,
  minuteMs,
  ofKind,
  type Stand,
  start,
  startMs,
} from './stand.js';

beforehand(appAssembly);

const journey = 'abandoned-cart';
const added = (cart: unknown): AppEvent => ({
  name: 'cart/product.added',
  data: { cart_id: cart, user: { email: `${cart}@example.com` } },
});

async function startApp(): Promise<Stand> {
  return start(await appAssembly());
}

describe('PutEvents', () => {
  const putting = ({ sandbox, clients }: Stand, entries: readonly PutEventsRequestEntry[]) =>
    clients.events.send(
      new PutEventsCommand({
        Entries: entries.map((entry) => ({ EventBusName: sandbox.environment.busNames[0], ...entry })),
      }),
    );
  const good = (cart: string): PutEventsRequestEntry => ({
    Source: 'shop',
    DetailType: 'cart/product.added',
    Detail: JSON.stringify(added(cart).data),
  });

  test('fails as a whole, and starts nothing, for more than ten entries, for none, and for more than 1 MB', async () => {
    const app = await startApp();
    const eleven = Array.from({ length: 11 }, (_, index) => good(`c${index}`));
    await expect(putting(app, eleven)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(
        "at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10",
      ),
    });
    await expect(putting(app, [])).rejects.toMatchObject({ name: 'ValidationException' });
    const large = { ...good('c1'), Detail: JSON.stringify({ cart_id: 'c1', note: 'x'.repeat(1_048_576) }) };
    await expect(putting(app, [good('c0'), large])).rejects.toMatchObject({ name: 'ValidationException' });
    await app.sandbox.settle();
    expect(await app.runs()).toEqual([]);
    expect(app.sandbox.events()).toEqual([]);
  });

  test('fails for each bad entry alone, in its place; the good ones beside it start their runs', async () => {
    const app = await startApp();
    const { Entries, FailedEntryCount } = await putting(app, [
      good('c1'),
      { ...good('c2'), Source: undefined },
      { ...good('c3'), DetailType: undefined },
      { ...good('c4'), Detail: undefined },
      { ...good('c5'), Detail: '{"cart_id": ' },
      { ...good('c6'), Detail: '"no object"' },
      { ...good('c7'), Detail: '[1, 2]' },
      good('c8'),
    ]);
    expect(FailedEntryCount).toBe(6);
    expect(Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
      'string',
      'InvalidArgument',
      'InvalidArgument',
      'InvalidArgument',
      'MalformedDetail',
      'MalformedDetail',
      'MalformedDetail',
      'string',
    ]);
    await app.sandbox.settle();
    expect((await app.runs()).map(({ key }) => key).sort()).toEqual(['c1', 'c8']);
    await app.advance(dayMs + hourMs);
    expect(app.recipients().sort()).toEqual(['c1@example.com', 'c8@example.com']);
    expectNothingLeft(app);
  });

  test('fails for a bus that does not exist as AWS does: accepted, dropped, and told to whoever listens', async () => {
    const app = await startApp();
    const { FailedEntryCount } = await putting(app, [{ ...good('c1'), EventBusName: 'another-bus' }]);
    expect(FailedEntryCount).toBe(0);
    await app.sandbox.settle();
    expect(ofKind(app.activities, 'event-dropped')).toMatchObject([{ busName: 'another-bus', reason: 'no such bus' }]);
    expect(await app.runs()).toEqual([]);
  });
});

describe('an event without its key', () => {
  test.each([
    ['no key', {}],
    ['null as key', { cart_id: null }],
    ['an object as key', { cart_id: { nested: '42' } }],
    ['a list as key', { cart_id: ['42'] }],
  ])('ends with the dead letters as MissingKey, with the path, when it is a trigger with %s', async (_, data) => {
    const app = await startApp();
    await app.send({ name: 'cart/product.added', data }, added('good'));
    await app.advance(10 * minuteMs);
    expect(app.sandbox.deadLetters()).toMatchObject([
      {
        body: {
          requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
          requestPayload: { 'detail-type': 'cart/product.added', detail: data },
          responsePayload: {
            errorType: 'MissingKey',
            errorMessage: expect.stringContaining("'data.cart_id'"),
          },
        },
      },
    ]);
    expect(await app.outcomes(journey, 'good')).toEqual(['active']);
    expect((await app.runs()).length).toBe(1);
  });

  test('is counted and logged with the path, and nothing else, when it is awaited', async () => {
    const app = await startApp();
    await app.send(added('good'));
    await app.send({ name: 'cart/purchased', data: { order: 'o1' } });
    await app.advance(10 * minuteMs);
    expect(app.logLines(journey).filter(({ event }) => event === 'cart/purchased')).toMatchObject([
      { level: 'WARN', message: 'unmatchable', path: 'data.cart_id' },
      { journey, UnmatchableEvents: 1 },
    ]);
    expect(await app.outcomes(journey, 'good')).toEqual(['active']);
    const nowhere = app.sandbox.calls({ journey }).find(({ key }) => key === undefined);
    expect(nowhere).toMatchObject({ invocations: 1, calls: { 'events:Delivery': 1 }, writeUnits: 0, readUnits: 0 });
    expect(app.sandbox.deadLetters()).toEqual([]);
  });

  test('fails to match another one without its key', async () => {
    const app = await startApp();
    await app.send({ name: 'cart/product.added', data: { cart_id: null } });
    await app.send({ name: 'cart/purchased', data: { cart_id: null } });
    expect(await app.runs()).toEqual([]);
  });
});

test('keys of different types are different carts', async () => {
  const app = await startApp();
  await app.send(added('42'), added(42), added(true), added('true'));
  await app.send({ name: 'cart/purchased', data: { cart_id: 42 } });
  const runs = await app.runs({ journey });
  expect(runs.map(({ key, status }) => [key, status]).sort()).toEqual(
    [
      ['42', 'active'],
      [42, 'completed'],
      [true, 'active'],
      ['true', 'active'],
    ].sort(),
  );
});

describe('an event that is none', () => {
  const envelope = {
    version: '0',
    id: '6f6fd6ee-0000-4000-8000-000000000001',
    'detail-type': 'cart/product.added',
    source: 'shop',
    account: '000000000000',
    time: '2027-01-04T10:00:00Z',
    region: 'us-east-1',
    resources: [],
  };

  test.each([
    ['text', 'no object'],
    ['a list', [{ cart_id: 'c1' }]],
    ['null', null],
    ['nothing', undefined],
  ])('ends with the dead letters with the reason when its data is %s, and others go on', async (_, detail) => {
    const app = await startApp();
    await deliver(app.sandbox, journey, { ...envelope, detail });
    await app.send(added('good'));
    await app.advance(10 * minuteMs);
    expect(app.sandbox.deadLetters()).toMatchObject([
      {
        body: { responsePayload: { errorType: 'InvalidData', errorMessage: expect.stringContaining('not an object') } },
      },
    ]);
    expect(await app.outcomes(journey, 'good')).toEqual(['active']);
  });

  test('ends with the dead letters as UnknownDelivery when it is neither an event nor a timer', async () => {
    const app = await startApp();
    await deliver(app.sandbox, journey, { hello: 'world' });
    await app.advance(10 * minuteMs);
    expect(app.sandbox.deadLetters()).toMatchObject([{ body: { responsePayload: { errorType: 'UnknownDelivery' } } }]);
    expect(await app.runs()).toEqual([]);
  });
});

test('a trigger that is delivered twice starts one run, whether at once, while it waits, or after its end', async () => {
  const twice = { copies: [{ delayMs: 0 }, { delayMs: 0 }] };
  const faults = { delivery: () => twice, call: () => ({ kind: 'pass' }) as const };
  const app = await start(await appAssembly(), { faults });
  await app.send(added('a'));
  expect(await app.outcomes(journey, 'a')).toEqual(['active']);
  const [put] = app.sandbox.events();
  await app.advance(hourMs);
  await deliver(app.sandbox, journey, put!.event);
  expect(await app.outcomes(journey, 'a')).toEqual(['active']);
  expect(app.sandbox.schedules()).toHaveLength(1);
  await app.advance(2 * dayMs);
  await deliver(app.sandbox, journey, put!.event);
  await app.advance(2 * dayMs);
  expect(await app.outcomes(journey, 'a')).toEqual(['completed: reminded']);
  expect(app.recipients()).toEqual(['a@example.com']);
  expect(app.sandbox.schedules()).toEqual([]);
  expect(app.sandbox.deadLetters()).toEqual([]);
  // The timer's double finds the run in its twin's hands, and comes back a minute later.
  const errors = ofKind(app.activities, 'invoked').flatMap(({ error }) => error?.type ?? []);
  expect(errors.filter((type) => type !== 'Busy')).toEqual([]);
});

describe('a timer of a run that is unknown or over', () => {
  /** Makes a schedule with the journey's own role, as nobody but the journey should. */
  async function forge(app: Stand, name: string, timer: Partial<TimerPayload>): Promise<void> {
    const { Schedules } = await app.clients.scheduler.send(new ListSchedulesCommand({}));
    const { Name, GroupName } = Schedules![0]!;
    const { Target } = await app.clients.scheduler.send(new GetScheduleCommand({ Name, GroupName }));
    const real = JSON.parse(Target!.Input!) as TimerPayload;
    await app.clients.scheduler.send(
      new CreateScheduleCommand({
        Name: name,
        GroupName,
        ScheduleExpression: 'at(2027-01-04T11:00:00)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: Target!.Arn,
          RoleArn: Target!.RoleArn,
          Input: JSON.stringify({ ...real, deadlineMs: startMs + hourMs, atMs: startMs + hourMs, ...timer }),
        },
      }),
    );
  }

  const unknownRun = (pk: string) => Buffer.from(`2020-01-01T00:00:00Z#0#00#x\n${pk}`).toString('base64url');

  test('is acknowledged and logged, and touches no other run', async () => {
    const app = await startApp();
    await app.send(added('a'), added('b'));
    await app.send({ name: 'cart/purchased', data: { cart_id: 'b' } });
    const [over] = await app.runs({ journey, key: 'b' });
    await forge(app, 'of-nobody', { run: unknownRun(`${journey}|key|s:nobody`) });
    await forge(app, 'of-garbage', { run: 'garbage' });
    await forge(app, 'of-another-journey', { run: unknownRun('win-back|key|s:a') });
    await forge(app, 'of-one-that-is-over', { run: over!.runId });
    await app.advance(2 * hourMs);
    const told = app.logLines(journey).flatMap(({ did, event }) => (event === '(timer)' && did ? [String(did)] : []));
    expect(told.sort()).toEqual(['timerOfNoRun', 'timerOfNoRun', 'timerOfNoRun', 'timerOfRunThatIsOver']);
    expect(await app.outcomes(journey, 'a')).toEqual(['active']);
    await app.advance(dayMs);
    expect(app.recipients()).toEqual(['a@example.com']);
    expectNothingLeft(app);
  });

  test('fails to decide anything when it comes hours early; the real one decides in time', async () => {
    const app = await startApp();
    await app.send(added('a'));
    await forge(app, 'early', { deadlineMs: startMs + dayMs, atMs: startMs + dayMs + 2_000 });
    await app.advance(2 * hourMs);
    expect(await app.outcomes(journey, 'a')).toEqual(['active']);
    expect(app.sandbox.deadLetters()).toMatchObject([{ body: { responsePayload: { errorType: 'EarlyTimer' } } }]);
    await app.advance(dayMs);
    expect(await app.outcomes(journey, 'a')).toEqual(['completed: reminded']);
    expect(app.recipients()).toEqual(['a@example.com']);
  });

  test('fails to decide anything when it names a real run but comes with a forged deadline', async () => {
    const app = await startApp();
    await app.send(added('a'));
    const [run] = await app.runs({ journey, key: 'a' });
    await forge(app, 'too-soon', { run: run!.runId });
    await app.advance(2 * hourMs);
    expect(await app.outcomes(journey, 'a')).toEqual(['active']);
    expect(app.recipients()).toEqual([]);
  });
});
