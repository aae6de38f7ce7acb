/** Schedules as Scheduler gets them, and its refusals. */
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SchedulerTimers } from '../../lib/aws/timers.js';
import type { Timer } from '../../lib/engine/ports.js';
import type { RunId } from '../../lib/engine/stored/key.js';
import { tenMs } from '../contract/documents.js';
import { credentials } from '../contract/dynalite.js';
import { type Loopback, openLoopback } from '../contract/loopback.js';

const timer: Timer = {
  name: 'abcdef01-1111',
  run: 'cnVuLW9mLWEtY2FydA' as RunId,
  step: 'wait-for-purchase',
  attempt: 0,
  deadlineMs: tenMs + 86_400_000,
};
const settings = {
  groupName: 'sojourn-group',
  roleArn: 'arn:aws:iam::111122223333:role/scheduler',
  deadLetterArn: 'arn:aws:sqs:eu-west-1:111122223333:timers',
  functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:cart',
  liveArn: 'arn:aws:lambda:eu-west-1:111122223333:function:cart',
};

let loopback: Loopback;
let client: SchedulerClient;
let timers: SchedulerTimers;
let slept: number[];
let nowMs: number;

beforeAll(async () => {
  loopback = await openLoopback();
  client = new SchedulerClient({ endpoint: loopback.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
});
beforeEach(() => {
  loopback.reset();
  slept = [];
  nowMs = tenMs;
  const sleepMs = async (ms: number) => {
    slept.push(ms);
  };
  timers = new SchedulerTimers(client, settings, { nowMs: () => nowMs, sleepMs, remainingMs: () => 60_000 });
});
afterAll(async () => {
  client.destroy();
  await loopback.close();
});

describe('a schedule', () => {
  test('is what Scheduler expects of a one-shot timer', async () => {
    await timers.set(timer);
    const { ClientToken: _generated, ...body } = loopback.calls[0]!.body;
    expect(loopback.calls[0]).toMatchObject({ method: 'POST', path: '/schedules/abcdef01-1111', service: 'scheduler' });
    expect(body).toEqual({
      GroupName: 'sojourn-group',
      ScheduleExpression: 'at(2026-11-23T10:00:02)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: settings.functionArn,
        RoleArn: settings.roleArn,
        DeadLetterConfig: { Arn: settings.deadLetterArn },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        Input: JSON.stringify({
          sojourn: 'timer',
          run: 'cnVuLW9mLWEtY2FydA',
          step: 'wait-for-purchase',
          attempt: 0,
          deadlineMs: tenMs + 86_400_000,
          atMs: tenMs + 86_402_000,
        }),
      },
    });
  });

  test.each([
    ['a deadline on the second', 60_000, 0, '2026-11-22T10:01:02'],
    ['a deadline within a second', 60_001, 0, '2026-11-22T10:01:03'],
    ['a deadline at the end of a second', 60_999, 0, '2026-11-22T10:01:03'],
    ['a deadline that is now', 0, 0, '2026-11-22T10:00:10'],
    ['a deadline of long ago', -3_600_000, 0, '2026-11-22T10:00:10'],
    ['a clock within a second', 0, 1, '2026-11-22T10:00:11'],
    ['the lead and the margin in one second', 8_000, 0, '2026-11-22T10:00:10'],
    ['a deadline with a fraction of a millisecond', 60_000.5, 0, '2026-11-22T10:01:03'],
  ])('asks for a whole second after the deadline and not too soon: %s', async (_what, deadlineMs, laterMs, at) => {
    nowMs = tenMs + laterMs;
    await timers.set({ ...timer, deadlineMs: tenMs + deadlineMs });
    const body = loopback.calls[0]!.body as { ScheduleExpression: string; Target: { Input: string } };
    expect(body.ScheduleExpression).toBe(`at(${at})`);
    expect(JSON.parse(body.Target.Input).atMs).toBe(Date.parse(`${at}Z`));
  });

  test('that brings an event back has the envelope that EventBridge delivers', async () => {
    await timers.bringBack('abcdef01-back', {
      ...{ id: '0123456789abcdef0123456789abcdef', name: 'lead/entered', data: { id: 7 }, source: 'crm', hops: 2 },
      timeMs: tenMs + 3_600_000,
    });
    const { ScheduleExpression, Target } = loopback.calls[0]!.body as Record<string, { Input: string }>;
    expect(ScheduleExpression).toBe('at(2026-11-22T11:00:02)');
    expect(JSON.parse(Target!.Input)).toEqual({
      version: '0',
      id: '0123456789abcdef0123456789abcdef',
      'detail-type': 'lead/entered',
      source: 'crm',
      account: '',
      time: '2026-11-22T11:00:00Z',
      region: '',
      resources: ['urn:sojourn:0123456789abcdef0123456789abcdef:2'],
      detail: { id: 7 },
    });
  });

  test('has nothing that Scheduler would replace by its own values', async () => {
    const data = { note: '<aws.scheduler.execution-id> <b>' };
    await timers.bringBack('abcdef01-back', { id: 'e1', name: 'a', data, source: 's', hops: 0, timeMs: tenMs });
    const { Input } = loopback.calls[0]!.body.Target as { Input: string };
    expect(Input).not.toContain('<');
    expect(JSON.parse(Input).detail).toEqual(data);
  });

  test('fails to be set when Scheduler refuses it', async () => {
    loopback.answerNext({ status: 400, error: 'ValidationException' });
    await expect(timers.set(timer)).rejects.toMatchObject({ name: 'ValidationException' });
    loopback.answerNext({ status: 402, error: 'ServiceQuotaExceededException' });
    await expect(timers.set(timer)).rejects.toMatchObject({ name: 'ServiceQuotaExceededException' });
    loopback.answerNext({ status: 404, error: 'ResourceNotFoundException' });
    await expect(timers.set(timer)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('deleting a schedule', () => {
  const conflict = { status: 409, error: 'ConflictException' } as const;

  test('names the group', async () => {
    await timers.set(timer);
    await timers.drop(timer.name);
    expect(loopback.calls[1]).toMatchObject({
      method: 'DELETE',
      path: '/schedules/abcdef01-1111',
      query: { groupName: 'sojourn-group' },
    });
    expect(loopback.schedules.size).toBe(0);
  });

  test('is tried again with back-off when it conflicts', async () => {
    await timers.set(timer);
    loopback.answerNext(conflict, conflict);
    await timers.drop(timer.name);
    expect(loopback.schedules.size).toBe(0);
    expect(slept).toEqual([50, 150]);
  });

  test('fails when it still conflicts', async () => {
    loopback.answerNext(conflict, conflict, conflict, conflict);
    await expect(timers.drop(timer.name)).rejects.toMatchObject({ name: 'ConflictException' });
    expect(slept).toEqual([50, 150, 400]);
  });

  test('fails at once on anything else', async () => {
    loopback.answerNext({ status: 403, error: 'AccessDeniedException' });
    await expect(timers.drop(timer.name)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(loopback.calls).toHaveLength(1);
  });
});
