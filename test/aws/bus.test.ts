/** PutEvents as EventBridge gets it, and its refusals. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { EventBridgeBus } from '../../lib/aws/bus.js';
import type { SentEvent } from '../../lib/engine/ports.js';
import { tenMs } from '../contract/documents.js';
import { credentials } from '../contract/dynalite.js';
import { type Loopback, openLoopback } from '../contract/loopback.js';

const sent: SentEvent = {
  id: '0123456789abcdef0123456789abcdef',
  hops: 3,
  name: 'sales/reminder.due',
  data: { lead_id: 7 },
  source: 'sojourn.sales-follow-up',
  timeMs: tenMs + 250,
};
const three = [0, 1, 2].map((n) => ({ ...sent, data: { n } }));
const accepted = { EventId: 'x' };

let loopback: Loopback;
let client: EventBridgeClient;
let bus: EventBridgeBus;
let slept: number[];

beforeAll(async () => {
  loopback = await openLoopback();
  client = new EventBridgeClient({ endpoint: loopback.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
});
beforeEach(() => {
  loopback.reset();
  slept = [];
  const sleepMs = async (ms: number) => {
    slept.push(ms);
  };
  bus = new EventBridgeBus(client, 'journeys', { nowMs: () => tenMs, sleepMs, remainingMs: () => 60_000 });
});
afterAll(async () => {
  client.destroy();
  await loopback.close();
});

const entriesOf = (call: number) => loopback.calls[call]!.body.Entries as Record<string, unknown>[];
const details = (call: number) => entriesOf(call).map(({ Detail }) => Detail);
const results = (...Entries: object[]) => ({
  status: 200,
  body: { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries },
});

test('an entry has the bus, the identity in Resources and a whole second', async () => {
  await bus.publish([sent]);
  expect(loopback.calls[0]).toMatchObject({ target: 'AWSEvents.PutEvents', service: 'events' });
  expect(entriesOf(0)).toEqual([
    {
      EventBusName: 'journeys',
      Source: 'sojourn.sales-follow-up',
      DetailType: 'sales/reminder.due',
      Detail: '{"lead_id":7}',
      Time: tenMs / 1_000,
      Resources: ['urn:sojourn:0123456789abcdef0123456789abcdef:3'],
    },
  ]);
});

test('a call has ten entries at most', async () => {
  await bus.publish(Array.from({ length: 21 }, () => sent));
  expect(loopback.calls.map(({ body }) => (body.Entries as unknown[]).length)).toEqual([10, 10, 1]);
});

test('a call stays below the size of a call', async () => {
  const large = { ...sent, data: { text: 'x'.repeat(400_000) } };
  await bus.publish([large, large, large, sent]);
  expect(loopback.calls.map(({ body }) => (body.Entries as unknown[]).length)).toEqual([2, 2]);
});

test('fails before any call when an event fits into no call', async () => {
  const huge = { ...sent, name: 'too/large', data: { text: 'é'.repeat(530_000) } };
  await expect(bus.publish([sent, huge])).rejects.toThrow(/'too\/large'.*\d+ bytes.*\[InvalidEvent\]$/);
  expect(loopback.calls).toEqual([]);
});

test('entries that failed for a while are sent again, and only those', async () => {
  loopback.answerNext(
    results(accepted, { ErrorCode: 'ThrottlingException' }, { ErrorCode: 'InternalFailure' }),
    results({ ErrorCode: 'InternalException' }, accepted),
  );
  await bus.publish(three);
  expect([0, 1, 2].map(details)).toEqual([['{"n":0}', '{"n":1}', '{"n":2}'], ['{"n":1}', '{"n":2}'], ['{"n":1}']]);
  expect(slept).toEqual([50, 150]);
});

test('fails naming the codes when entries are still refused', async () => {
  const throttled = results({ ErrorCode: 'ThrottlingException' }, { ErrorCode: 'InternalFailure' }, accepted);
  const two = results({ ErrorCode: 'ThrottlingException' }, { ErrorCode: 'InternalFailure' });
  loopback.answerNext(throttled, two, two, two);
  await expect(bus.publish(three)).rejects.toThrow(
    /refused 2 .*ThrottlingException, InternalFailure.*\[PublishFailed\]$/,
  );
  expect(loopback.calls).toHaveLength(4);
});

test('fails at once on a code that another attempt does not mend', async () => {
  loopback.answerNext(results(accepted, { ErrorCode: 'MalformedDetail', ErrorMessage: 'x' }, accepted));
  await expect(bus.publish(three)).rejects.toThrow(/MalformedDetail.*\[PublishFailed\]$/);
  expect(loopback.calls).toHaveLength(1);
});

test('fails when the answer leaves entries out', async () => {
  loopback.answerNext(results(accepted));
  await expect(bus.publish(three)).rejects.toMatchObject({ code: 'PublishFailed' });
});

test('fails as it is when the call is refused', async () => {
  loopback.answerNext({ status: 400, error: 'AccessDeniedException' });
  await expect(bus.publish(three)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
