/** The Scheduler API, seen by the SDK's own client, and when schedules fire. */
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
} from '@aws-sdk/client-scheduler';
import type { Started } from './stand.js';
import { control, hourMs, ofKind, PerformerStack, start, startMs, synthesize } from './stand.js';

const assembly = synthesize((app) => new PerformerStack(app, 'App'));

interface Wishes extends Partial<Omit<CreateScheduleCommandInput, 'Target'>> {
  readonly target?: Partial<CreateScheduleCommandInput['Target']>;
}

function create(started: Started, { target, ...wishes }: Wishes = {}) {
  const { environment } = started.sandbox;
  return started.clients.scheduler.send(
    new CreateScheduleCommand({
      Name: 'timer-1',
      GroupName: environment.scheduleGroupNames[0],
      ScheduleExpression: 'at(2026-11-22T11:00:00)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      ...wishes,
      Target: {
        Arn: environment.functions[0]!.arn,
        RoleArn: timerRole,
        Input: JSON.stringify({ acts: [{ act: 'put', pk: 'p', sk: 'fired' }] }),
        ...target,
      },
    }),
  );
}

let timerRole = '';
beforeAll(async () => {
  const { sandbox } = await start(assembly);
  const name = sandbox.environment.functions[0]!.name;
  const answer = await fetch(`${sandbox.url}/2015-03-31/functions/${name}/invocations`, { method: 'POST', body: '{}' });
  timerRole = ((await answer.json()) as { environment: { ROLE: string } }).environment.ROLE;
  await sandbox.close();
});

test('a schedule fires within a minute after its time, once, and is gone', async () => {
  const started = await start(assembly);
  const { sandbox, activities } = started;
  const { ScheduleArn } = await create(started);
  expect(ScheduleArn).toBe(sandbox.schedules()[0]!.arn);
  const { dueMs } = sandbox.schedules()[0]!;
  expect(dueMs - startMs - hourMs).toBeGreaterThanOrEqual(0);
  expect(dueMs - startMs - hourMs).toBeLessThanOrEqual(59_000);
  await sandbox.advance({ ms: dueMs - startMs - 1 });
  expect(ofKind(activities, 'invoked')).toEqual([]);
  await sandbox.advance({ ms: 1 });
  expect(ofKind(activities, 'invoked')).toMatchObject([
    { atMs: dueMs, outcome: 'ok', trigger: { kind: 'schedule', scheduleName: 'timer-1' } },
  ]);
  expect(sandbox.schedules()).toEqual([]);
});

test('lateness is decided by the seed and the name, not by the order of creation', async () => {
  const [one, two, other] = [await start(assembly), await start(assembly), await start(assembly, { seed: 7 })];
  for (const name of ['a', 'b', 'c']) await create(one, { Name: name });
  for (const name of ['c', 'a', 'b']) await create(two, { Name: name });
  for (const name of ['a', 'b', 'c']) await create(other, { Name: name });
  const due = ({ sandbox }: Started) => Object.fromEntries(sandbox.schedules().map(({ name, dueMs }) => [name, dueMs]));
  expect(due(one)).toEqual(due(two));
  expect(due(one)).not.toEqual(due(other));
  expect(new Set(Object.values(due(one))).size).toBeGreaterThan(1);
});

test('a time in the past is accepted and fires soon', async () => {
  const started = await start(assembly);
  await create(started, { ScheduleExpression: 'at(2020-01-01T00:00:00)' });
  await started.sandbox.advance({ ms: 59_000 });
  expect(ofKind(started.activities, 'invoked')).toHaveLength(1);
});

test('a schedule that keeps itself after completion stays, and does not fire again', async () => {
  const started = await start(assembly);
  await create(started, { ActionAfterCompletion: 'NONE' });
  await started.sandbox.advance({ ms: 48 * hourMs });
  expect(ofKind(started.activities, 'invoked')).toHaveLength(1);
  expect(started.sandbox.schedules()).toHaveLength(1);
});

test('a deleted schedule does not fire; deleting it twice is ResourceNotFound', async () => {
  const started = await start(assembly);
  await create(started);
  const GroupName = started.sandbox.environment.scheduleGroupNames[0];
  const remove = () => started.clients.scheduler.send(new DeleteScheduleCommand({ Name: 'timer-1', GroupName }));
  await remove();
  await expect(remove()).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Schedule timer-1 does not exist.',
  });
  await started.sandbox.advance({ ms: 2 * hourMs });
  expect(ofKind(started.activities, 'invoked')).toEqual([]);
  expect(started.activities.map(({ kind }) => kind)).toEqual(['schedule-created', 'schedule-deleted']);
});

test('GetSchedule and ListSchedules give back what was made', async () => {
  const started = await start(assembly);
  const GroupName = started.sandbox.environment.scheduleGroupNames[0];
  for (const name of ['x-1', 'x-2', 'y-1']) await create(started, { Name: name });
  const { scheduler } = started.clients;
  expect(await scheduler.send(new GetScheduleCommand({ Name: 'x-1', GroupName }))).toMatchObject({
    Name: 'x-1',
    GroupName,
    ScheduleExpression: 'at(2026-11-22T11:00:00)',
    ActionAfterCompletion: 'DELETE',
    Target: { RoleArn: timerRole },
    CreationDate: new Date(startMs),
  });
  const first = await scheduler.send(new ListSchedulesCommand({ GroupName, NamePrefix: 'x-', MaxResults: 1 }));
  const { NextToken } = first;
  const second = await scheduler.send(
    new ListSchedulesCommand({ GroupName, NamePrefix: 'x-', MaxResults: 1, NextToken }),
  );
  expect([...first.Schedules!, ...second.Schedules!].map(({ Name }) => Name)).toEqual(['x-1', 'x-2']);
  expect(second.NextToken).toBeUndefined();
});

test('fails for a name that is taken, also when the call is the same', async () => {
  const started = await start(assembly);
  await create(started);
  await expect(create(started)).rejects.toMatchObject({
    name: 'ConflictException',
    message: 'Schedule timer-1 already exists.',
    $metadata: { httpStatusCode: 409 },
  });
});

test('fails for a group that is not there, and for a role that Scheduler may not assume', async () => {
  const started = await start(assembly);
  await expect(create(started, { GroupName: 'none' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Schedule group none does not exist.',
    $metadata: { httpStatusCode: 404 },
  });
  const message = 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.';
  const unknown = 'arn:aws:iam::000000000000:role/none';
  await expect(create(started, { target: { RoleArn: unknown } })).rejects.toMatchObject({
    name: 'ValidationException',
    message,
  });
});

test.each([
  'at(2026-11-22T11:00:00Z)',
  'at(2026-11-22T11:00:00.500)',
  'at(2026-11-22)',
  'at(2026-02-30T11:00:00)',
  'at(2026-11-22 11:00:00)',
  'in(5 minutes)',
])('fails for the expression %s', async (ScheduleExpression) => {
  const started = await start(assembly);
  await expect(create(started, { ScheduleExpression })).rejects.toMatchObject({
    name: 'ValidationException',
    message: `Invalid Schedule Expression ${ScheduleExpression}.`,
  });
});

test('fails for what the sandbox does not fire, rather than keeping it unfired', async () => {
  const started = await start(assembly);
  await expect(create(started, { ScheduleExpression: 'rate(5 minutes)' })).rejects.toMatchObject({
    name: 'ValidationException',
  });
  await expect(create(started, { ScheduleExpressionTimezone: 'Europe/Berlin' })).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('fails for bad names, windows, retries and inputs, naming each', async () => {
  const started = await start(assembly);
  const long = 'n'.repeat(65);
  await expect(create(started, { Name: long })).rejects.toMatchObject({
    name: 'ValidationException',
    message: `1 validation error detected: Value '${long}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 64`,
  });
  await expect(create(started, { Name: 'a!b' })).rejects.toMatchObject({
    message: expect.stringContaining('regular expression pattern'),
  });
  await expect(create(started, { FlexibleTimeWindow: undefined })).rejects.toMatchObject({
    message: expect.stringContaining("'flexibleTimeWindow'"),
  });
  await expect(create(started, { FlexibleTimeWindow: {} as never })).rejects.toMatchObject({
    message: expect.stringContaining("'flexibleTimeWindow.mode'"),
  });
  await expect(create(started, { target: { RetryPolicy: { MaximumRetryAttempts: 186 } } })).rejects.toMatchObject({
    message: expect.stringContaining("'target.retryPolicy.maximumRetryAttempts'"),
  });
  await expect(create(started, { target: { Input: 'no json' } })).rejects.toMatchObject({
    name: 'ValidationException',
  });
  expect(started.sandbox.schedules()).toEqual([]);
});

test('a schedule whose function is not there gives its input to its dead-letter queue', async () => {
  const started = await start(assembly);
  const queue = started.sandbox.environment.queues[0]!;
  await create(started, {
    target: { Arn: 'arn:aws:lambda:us-east-1:000000000000:function:gone', DeadLetterConfig: { Arn: queue.arn } },
  });
  await started.sandbox.advance({ ms: 2 * hourMs });
  expect(started.sandbox.deadLetters()).toMatchObject([
    {
      queueName: queue.name,
      body: { acts: [{ act: 'put' }] },
      attributes: {
        ERROR_CODE: 'NO_RESOURCE',
        SCHEDULED_TIME: '2026-11-22T11:00:00Z',
        SCHEDULE_ARN: expect.stringContaining('/timer-1'),
      },
    },
  ]);
  expect(started.sandbox.schedules()).toEqual([]);
});

test('an advance goes due by due, and timers that are made on the way count', async () => {
  const started = await start(assembly);
  const chain = (n: number): object[] =>
    n === 0
      ? []
      : [
          {
            act: 'schedule',
            name: `link-${n}`,
            at: `2026-11-22T1${4 - n}:00:00`,
            input: { acts: [...chain(n - 1), { act: 'put', pk: 'chain', sk: `${n}` }] },
          },
        ];
  await started.perform(...chain(3));
  await started.sandbox.settle();
  const { fired, nowMs } = await started.sandbox.advance({ ms: 5 * hourMs });
  expect(nowMs).toBe(startMs + 5 * hourMs);
  expect(fired.map(({ what }) => what.split('/')[1])).toEqual(['link-3', 'link-2', 'link-1']);
  const invoked = ofKind(started.activities, 'invoked');
  expect(invoked.map(({ atMs }) => Math.floor((atMs - startMs) / hourMs))).toEqual([0, 1, 2, 3]);
});

test('next-timer goes to the next schedule, by way of the retries before it', async () => {
  const started = await start(assembly);
  await create(started);
  await create(started, { Name: 'timer-2', ScheduleExpression: 'at(2026-11-22T12:00:00)' });
  await started.perform({ act: 'fail', message: 'x' });
  const first = started.sandbox.schedules()[0]!;
  const { body } = await control(started.sandbox, '/clock', { to: 'next-timer' });
  expect(body.fired.map(({ kind }: { kind: string }) => kind)).toEqual([
    'function-retry',
    'function-retry',
    'schedule',
  ]);
  expect(body.nowMs).toBe(first.dueMs);
  expect(started.sandbox.nowMs()).toBe(first.dueMs);
  expect(started.sandbox.schedules()).toHaveLength(1);
});
