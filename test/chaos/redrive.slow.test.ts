/**
 * Dead letters of every origin redrive themselves on the synthesized app; what can never be taken, and what fails for a day,
 * is left to people with its reason.
 */
import type { TimerPayload } from '../../lib/contract.js';
import { appAssembly, beforehand } from '../e2e/assembly.js';
import { dayMs, hourMs, minuteMs, ofKind, outcomeOf, type Stage, startMs, startStage } from './stage.js';

beforehand(appAssembly);

const stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

async function startApp(): Promise<Stage> {
  const stage = await startStage(await appAssembly(), 1);
  stages.push(stage);
  return stage;
}

const added = (cart_id?: string) => ({
  name: 'cart/product.added',
  data: { ...(cart_id !== undefined && { cart_id }), user: { email: `${cart_id}@example.com` } },
});

async function put(stage: Stage, ...events: Parameters<Stage['put']>[0]): Promise<void> {
  await stage.put(events);
  await stage.sandbox.settle();
}

const outcomes = async (stage: Stage) => (await stage.runs()).map(outcomeOf);
const invocationsOf = (stage: Stage, journey: string | undefined) =>
  ofKind(stage.activities, 'invoked').filter((invoked) => invoked.journey === journey);
const letters = (stage: Stage) =>
  stage.sandbox.deadLetters().map(({ queueName, attributes }) => {
    const queue = /DeadLetters|UndeliveredEvent|UndeliveredTimer|FailedInvocation/.exec(queueName)?.[0];
    const { reason, tries } = JSON.parse(attributes.SojournRedrive ?? '{}') as { reason?: string; tries?: number };
    return { queue, reason, tries };
  });

test('a refused event is left to people at once, with its reason, and no one is invoked for it again', async () => {
  const stage = await startApp();
  await put(stage, added());
  await stage.until(startMs + 4 * minuteMs);
  expect(letters(stage)).toEqual([{ queue: 'DeadLetters', reason: 'MissingKey', tries: 1 }]);
  expect(stage.sandbox.deadLetters()).toMatchObject([
    { body: { requestPayload: { 'detail-type': 'cart/product.added' }, responsePayload: { errorType: 'MissingKey' } } },
  ]);
  await stage.until(startMs + 2 * dayMs);
  expect(invocationsOf(stage, 'abandoned-cart')).toHaveLength(3);
  expect(invocationsOf(stage, undefined)).toHaveLength(1);
});

test('what still fails after a day is left to people with its reason; sent again by hand it is done', async () => {
  const stage = await startApp();
  stage.sandbox.setFaults({ outage: { service: 'dynamodb', for: '48h' } });
  await put(stage, added('42'));
  await stage.until(startMs + 22 * hourMs);
  expect(letters(stage)).toEqual([{ queue: 'FailedInvocation', reason: undefined, tries: undefined }]);
  await stage.until(startMs + 26 * hourMs);
  // The other letter is the timer that was set before the run could be written: its day has only begun.
  expect(letters(stage)).toEqual([
    { queue: 'DeadLetters', reason: undefined, tries: undefined },
    { queue: 'FailedInvocation', reason: undefined, tries: undefined },
  ]);
  const [given] = ofKind(stage.activities, 'dead-letter').filter(({ reason }) => reason.includes('received'));
  expect(given).toMatchObject({ reason: expect.stringContaining('received 19 times') });
  const hours = (given!.atMs - startMs) / hourMs;
  expect(hours).toBeGreaterThan(23);
  expect(hours).toBeLessThan(25.5);
  // Its age goes on counting, so that acceptLate covers all that it has still before it.
  const kept = stage.sandbox.deadLetters().find(({ queueName }) => queueName.includes('DeadLetters'));
  expect(kept?.sentAtMs).toBe(startMs + 3 * minuteMs);
  // While the table does not answer no journey is invoked: Lambda's own three attempts at the event, and at the timer.
  expect(invocationsOf(stage, 'abandoned-cart')).toHaveLength(6);
  await stage.until(startMs + 49 * hourMs);
  const letter = stage.sandbox.deadLetters().find(({ queueName }) => queueName.includes('DeadLetters'));
  const { requestPayload } = letter!.body as { requestPayload: unknown };
  const { name } = stage.sandbox.environment.functions.find(({ journey }) => journey === 'abandoned-cart')!;
  await fetch(`${stage.sandbox.url}/2015-03-31/functions/${name}:live/invocations`, {
    method: 'POST',
    headers: { 'x-amz-invocation-type': 'Event' },
    body: JSON.stringify(requestPayload),
  });
  await stage.until(startMs + 50 * hourMs);
  expect(await outcomes(stage)).toEqual(['reminded']);
});

test('an event that the bus could not hand over for a day comes by the redriver', async () => {
  const stage = await startApp();
  stage.sandbox.setFaults({ undelivered: 1 });
  await put(stage, added('42'));
  await stage.until(startMs + 25 * hourMs);
  expect(letters(stage)).toEqual([]);
  expect(ofKind(stage.activities, 'dead-letter')).toMatchObject([
    { reason: expect.stringContaining('INTERNAL_ERROR') },
  ]);
  expect(await outcomes(stage)).toEqual(['active']);
});

test('a timer that Scheduler could not hand over for a day comes by the redriver, a while after the table is seen to answer', async () => {
  const stage = await startApp();
  await put(stage, added('42'));
  stage.sandbox.setFaults({ undelivered: 1 });
  await stage.until(startMs + 48 * hourMs + minuteMs);
  stage.sandbox.setFaults({});
  expect(letters(stage)).toMatchObject([{ queue: 'UndeliveredTimer' }]);
  expect(await outcomes(stage)).toEqual(['active']);
  await stage.until(startMs + 49 * hourMs);
  expect(letters(stage)).toEqual([]);
  expect(await outcomes(stage)).toEqual(['reminded']);
  expect(stage.sandbox.outbox()).toHaveLength(1);
});

test('fails to take what is no dead letter, and leaves it to people', async () => {
  const stage = await startApp();
  const { url } = stage.sandbox.environment.queues.find(({ name }) => name.includes('FailedInvocation'))!;
  const timer: TimerPayload = { sojourn: 'timer', run: 'r', step: 's', attempt: 0, deadlineMs: 0, atMs: 0 };
  const send = { QueueUrl: url, MessageBody: JSON.stringify(timer) };
  await fetch(stage.sandbox.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AmazonSQS.SendMessage', 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(send),
  });
  await stage.sandbox.settle();
  expect(letters(stage)).toMatchObject([{ queue: 'DeadLetters', reason: expect.stringContaining('not one of') }]);
});

test('a redriver that dies leaves its dead letters in their queue: they come again', async () => {
  const stage = await startApp();
  stage.sandbox.setFaults({ outage: { service: 'dynamodb', for: '10m' } });
  await put(stage, ...['1', '2', '3', '4'].map(added));
  await stage.until(startMs + 4 * minuteMs);
  stage.sandbox.setFaults({ kill: 1, seed: 2 });
  await stage.until(startMs + 2 * hourMs);
  expect(invocationsOf(stage, undefined).filter(({ outcome }) => outcome === 'error').length).toBeGreaterThan(0);
  stage.sandbox.setFaults({});
  await stage.until(startMs + dayMs);
  expect(letters(stage)).toEqual([]);
  await stage.until(startMs + 3 * dayMs);
  expect(await outcomes(stage)).toEqual(['reminded', 'reminded', 'reminded', 'reminded']);
});
