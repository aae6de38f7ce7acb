/** Queues whose messages invoke a function: batches, failed items, visibility, and the dead-letter queue behind. */
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Duration, Stack } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFn, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { bundle, ofKind, type Started, start, startMs, synthesize } from './stand.js';

const minuteMs = 60_000;

/** Fails at messages that say so; the words of a batch are its log line. */
const source = `
export const handler = async ({ Records }) => {
  console.log(Records.map(({ body, attributes }) => body + attributes.ApproximateReceiveCount).join(' '));
  if (Records.some(({ body }) => body === 'die')) throw new Error('dead');
  if (Records.some(({ body }) => body === 'nonsense')) return { batchItemFailures: [{ itemIdentifier: 'of no message' }] };
  return { batchItemFailures: Records.filter(({ body }) => body === 'fail').map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

class ReaderStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const last = new Queue(this, 'Last', { retentionPeriod: Duration.hours(2) });
    const queue = new Queue(this, 'Work', {
      visibilityTimeout: Duration.minutes(10),
      deadLetterQueue: { queue: last, maxReceiveCount: 3 },
    });
    const fn = new LambdaFn(this, 'Reader', {
      code: Code.fromAsset(bundle('reader', source)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
    });
    fn.addEventSource(new SqsEventSource(queue, { batchSize: 3, reportBatchItemFailures: true, maxConcurrency: 2 }));
  }
}

let assemblyDir: string;
beforeAll(() => {
  assemblyDir = synthesize((app) => void new ReaderStack(app, 'Shop'));
});

const urlOf = ({ sandbox }: Started, name: string) =>
  sandbox.environment.queues.find((queue) => queue.name.includes(name))!.url;

async function send(started: Started, ...bodies: readonly string[]): Promise<void> {
  const QueueUrl = urlOf(started, 'Work');
  for (const MessageBody of bodies) await started.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await started.sandbox.settle();
}

const read = ({ activities }: Started) => ofKind(activities, 'log').map(({ line }) => line);

test('is known to the sandbox: nothing of it is named as missing', async () => {
  expect((await start(assemblyDir)).notices).toEqual([]);
});

test('messages are handed over as they come and deleted when the function succeeded at them', async () => {
  const started = await start(assemblyDir);
  await send(started, 'a', 'b', 'c', 'd', 'e');
  expect(read(started).join(' ').split(' ').sort()).toEqual(['a1', 'b1', 'c1', 'd1', 'e1']);
  expect(ofKind(started.activities, 'invoked')[0]).toMatchObject({ trigger: { kind: 'queue' }, outcome: 'ok' });
  await started.sandbox.advance({ ms: 60 * minuteMs });
  expect(read(started).join(' ').split(' ')).toHaveLength(5);
});

test('a message that the function failed at comes again when its visibility timeout is over, and then to the last queue', async () => {
  const started = await start(assemblyDir);
  await send(started, 'fail', 'a');
  await started.sandbox.advance({ ms: 10 * minuteMs - 1 });
  expect(read(started).join(' ').split(' ').sort()).toEqual(['a1', 'fail1']);
  await started.sandbox.advance({ ms: 1 });
  expect(read(started)).toContain('fail2');
  await started.sandbox.advance({ ms: 30 * minuteMs });
  expect(read(started).join(' ').split(' ').sort()).toEqual(['a1', 'fail1', 'fail2', 'fail3']);
  expect(started.sandbox.deadLetters()).toMatchObject([{ body: 'fail', sentAtMs: startMs }]);
  expect(started.sandbox.deadLetters()[0]?.queueName).toContain('Last');
  expect(ofKind(started.activities, 'dead-letter')).toMatchObject([
    { reason: expect.stringMatching(/received 3 times/) },
  ]);
  // Its age counts from when it was first sent.
  await started.sandbox.advance({ ms: 85 * minuteMs });
  expect(started.sandbox.deadLetters()).toEqual([]);
});

test.each(['die', 'nonsense'])('fails for the whole batch when the function says %s', async (word) => {
  const started = await start(assemblyDir);
  await send(started, word);
  await started.sandbox.advance({ ms: 10 * minuteMs });
  expect(read(started)).toEqual([`${word}1`, `${word}2`]);
});

test('a message of the last queue can be hidden for longer, up to twelve hours', async () => {
  const started = await start(assemblyDir);
  await send(started, 'fail');
  await started.sandbox.advance({ ms: 31 * minuteMs });
  const QueueUrl = urlOf(started, 'Last');
  const receive = async () =>
    (await started.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 60 }))).Messages ?? [];
  const [message] = await receive();
  const hide = (VisibilityTimeout: number) =>
    started.clients.sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message!.ReceiptHandle, VisibilityTimeout }),
    );
  await expect(hide(43_201)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await hide(1_800);
  await started.sandbox.advance({ ms: 29 * minuteMs });
  expect(await receive()).toEqual([]);
  await started.sandbox.advance({ ms: minuteMs });
  expect(await receive()).toHaveLength(1);
});
