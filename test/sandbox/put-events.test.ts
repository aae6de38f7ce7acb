/** PutEvents and the delivery of events, seen by the SDK's own client. */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import type { Started } from './stand.js';
import { control, hourMs, ofKind, PerformerStack, put, start, startMs, synthesize } from './stand.js';

const assembly = synthesize((app) => new PerformerStack(app, 'App'));

function entry(started: Started, more: object = {}) {
  return { EventBusName: started.sandbox.environment.busNames[0]!, DetailType: 'act', Detail: '{}', ...more };
}

test('an accepted event reaches the target in the service’s envelope, its time cut to whole seconds', async () => {
  const started = await start(assembly);
  const answer = await put(
    started.clients.events,
    entry(started, {
      Source: 'shop',
      Detail: JSON.stringify({ acts: [], n: 1 }),
      Time: new Date(startMs + 1_999),
      Resources: ['urn:x'],
    }),
  );
  expect(answer).toMatchObject({
    FailedEntryCount: 0,
    Entries: [{ EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
  });
  await started.sandbox.settle();
  expect(ofKind(started.activities, 'event-delivered')[0]!.event).toEqual({
    version: '0',
    id: answer.Entries![0]!.EventId,
    'detail-type': 'act',
    source: 'shop',
    account: '000000000000',
    time: '2026-11-22T10:00:01Z',
    region: 'us-east-1',
    resources: ['urn:x'],
    detail: { acts: [], n: 1 },
  });
  expect(ofKind(started.activities, 'invoked')).toMatchObject([{ outcome: 'ok', journey: 'performer' }]);
});

test('the time of an event without one is now', async () => {
  const started = await start(assembly);
  await started.sandbox.advance({ ms: hourMs });
  await put(started.clients.events, entry(started));
  expect(started.sandbox.events()[0]!.event.time).toBe('2026-11-22T11:00:00Z');
});

test('a bad entry fails alone, in its place, in the service’s words', async () => {
  const started = await start(assembly);
  const answer = await put(
    started.clients.events,
    entry(started),
    entry(started, { Source: undefined }),
    entry(started, { DetailType: undefined }),
    entry(started, { Detail: undefined }),
    entry(started, { Detail: '{' }),
    entry(started, { Detail: '[1]' }),
    entry(started, { Detail: '"text"' }),
    entry(started, { Source: 'aws.ec2' }),
    entry(started, { DetailType: 'd'.repeat(129) }),
    entry(started, { DetailType: 'd'.repeat(128) }),
  );
  const invalid = (field: string) => ({
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
  });
  const malformed = { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  expect(answer.FailedEntryCount).toBe(8);
  expect(answer.Entries).toEqual([
    { EventId: expect.any(String) },
    invalid('Source'),
    invalid('DetailType'),
    invalid('Detail'),
    malformed,
    malformed,
    malformed,
    { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' },
    expect.objectContaining({ ErrorCode: 'InvalidArgument' }),
    { EventId: expect.any(String) },
  ]);
  expect(started.sandbox.events()).toHaveLength(2);
});

test('fails as a whole with eleven entries, none, or more than a megabyte', async () => {
  const started = await start(assembly);
  const { events } = started.clients;
  const eleven = Array.from({ length: 11 }, () => entry(started));
  await expect(put(events, ...eleven)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringMatching(/^1 validation error detected: .*at 'entries'.*less than or equal to 10$/s),
  });
  await expect(put(events)).rejects.toMatchObject({ name: 'ValidationException' });
  const half = JSON.stringify({ x: 'x'.repeat(525_000) });
  await expect(put(events, entry(started, { Detail: half }), entry(started, { Detail: half }))).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Total size of the entries in the request is over the limit.',
  });
  expect(started.sandbox.events()).toEqual([]);
});

test('an event for a bus that is not there is accepted and dropped, and that is reported', async () => {
  const started = await start(assembly);
  const answer = await put(started.clients.events, entry(started, { EventBusName: 'no-such-bus' }));
  expect(answer.FailedEntryCount).toBe(0);
  expect(ofKind(started.activities, 'event-dropped')).toMatchObject([{ busName: 'no-such-bus' }]);
  expect(started.sandbox.events()).toEqual([]);
});

test('an event that no rule wants is kept in the list and delivered to nobody; an ARN names a bus too', async () => {
  const started = await start(assembly);
  const arn = `arn:aws:events:us-east-1:000000000000:event-bus/${started.sandbox.environment.busNames[0]}`;
  await put(started.clients.events, entry(started, { DetailType: 'other' }), entry(started, { EventBusName: arn }));
  expect(started.sandbox.events().map(({ rules }) => rules.length)).toEqual([0, 1]);
});

test('a rule whose function may not be invoked by it gives the event to its dead-letter queue, without retries', async () => {
  const dir = synthesize((app) => {
    const stack = new PerformerStack(app, 'App');
    for (const child of stack.node.findAll()) {
      if (child instanceof CfnPermission) child.sourceArn = 'arn:aws:events:us-east-1:000000000000:rule/other/*';
    }
  });
  const started = await start(dir);
  await put(started.clients.events, entry(started));
  await started.sandbox.settle();
  expect(started.sandbox.deadLetters()).toMatchObject([
    {
      queueName: expect.stringMatching(/^App-Undelivered/),
      body: { 'detail-type': 'act' },
      attributes: {
        RULE_ARN: expect.stringMatching(/^arn:aws:events:us-east-1:000000000000:rule\/AppBus/),
        TARGET_ARN: started.sandbox.environment.functions[0]!.arn,
        ERROR_CODE: 'NO_PERMISSIONS',
        RETRY_ATTEMPTS: '0',
      },
    },
  ]);
});

test('a hand-off that the target refuses for now is tried again by the rule’s policy, then kept', async () => {
  const failure = { code: 'THROTTLING', message: 'Rate exceeded' };
  const started = await start(assembly, {
    faults: { delivery: () => ({ failure }), call: () => ({ kind: 'pass' }) },
  });
  await put(started.clients.events, entry(started));
  const { fired } = await started.sandbox.advance({ ms: hourMs });
  expect(fired.map(({ kind }) => kind)).toEqual(['target-retry', 'target-retry', 'target-retry']);
  expect(started.sandbox.deadLetters()).toMatchObject([
    {
      attributes: { ERROR_CODE: 'THROTTLING', EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts', RETRY_ATTEMPTS: '3' },
    },
  ]);
});

test('copies and delays of a hand-off can be asked for', async () => {
  const started = await start(assembly, {
    faults: { delivery: () => ({ copies: [{ delayMs: 0 }, { delayMs: 5_000 }] }), call: () => ({ kind: 'pass' }) },
  });
  await started.perform({ act: 'put', pk: 'p', sk: 's' });
  await started.sandbox.advance({ ms: 10_000 });
  const invoked = ofKind(started.activities, 'invoked');
  expect(invoked.map(({ atMs }) => atMs - startMs)).toEqual([0, 5_000]);
  expect(new Set(invoked.map(({ trigger }) => (trigger.kind === 'rule' ? trigger.eventId : '')))).toHaveProperty(
    'size',
    1,
  );
});

test('held events wait, are no delivery in flight, and are delivered in the order of their release', async () => {
  const started = await start(assembly);
  const { sandbox, activities } = started;
  sandbox.hold({ detail: { hold: [true] } });
  await put(
    started.clients.events,
    entry(started, { Detail: '{"hold":true,"n":1}' }),
    entry(started, { Detail: '{"hold":true,"n":2}' }),
    entry(started, { Detail: '{"n":3}' }),
  );
  await sandbox.settle();
  expect(ofKind(activities, 'event-delivered').map(({ event }) => event.detail.n)).toEqual([3]);
  const [first, second] = sandbox.heldEvents().map(({ event }) => event.id);
  const { body } = await control(sandbox, '/deliveries', { hold: false, release: [second, first] });
  expect(body).toEqual({ released: [second, first], held: [] });
  expect(ofKind(activities, 'event-delivered').map(({ event }) => event.detail.n)).toEqual([3, 2, 1]);
  expect(sandbox.release(first!)).toBe(false);
  await put(started.clients.events, entry(started, { Detail: '{"hold":true}' }));
  expect(sandbox.heldEvents()).toEqual([]);
});

test('fails for an operation or a service that the sandbox does not know, as such', async () => {
  const started = await start(assembly);
  const wrong = new SendMessageCommand({ QueueUrl: `${started.sandbox.url}/000000000000/none`, MessageBody: 'x' });
  await expect(started.clients.sqs.send(wrong)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  const response = await fetch(`${started.sandbox.url}/2013-04-01/hostedzone`);
  expect(response.status).toBe(404);
  expect(response.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
});
