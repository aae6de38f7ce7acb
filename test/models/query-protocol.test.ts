/** SQS's older protocol: forms in, XML out, with the same queues behind it. */
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { PerformerStack, type Started, start, synthesize } from '../sandbox/stand.js';

const assembly = synthesize((app) => new PerformerStack(app, 'App'));

async function ask({ sandbox }: Started, Action: string, members: Record<string, string> = {}) {
  const response = await fetch(sandbox.url, {
    method: 'POST',
    body: new URLSearchParams({ Action, Version: '2012-11-05', ...members }),
  });
  expect(response.headers.get('content-type')).toBe('text/xml');
  return { status: response.status, xml: await response.text() };
}

/** The texts of all elements of a name. */
const textsOf = (xml: string, name: string) =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text]) => text);

test('queues are listed and found by name', async () => {
  const started = await start(assembly);
  const { queues } = started.sandbox.environment;
  const { status, xml } = await ask(started, 'ListQueues');
  expect(status).toBe(200);
  expect(textsOf(xml, 'QueueUrl')).toEqual(queues.map(({ url }) => url));
  const found = await ask(started, 'GetQueueUrl', { QueueName: queues[0]!.name });
  expect(found.xml).toBe(
    `<GetQueueUrlResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><GetQueueUrlResult><QueueUrl>${queues[0]!.url}</QueueUrl></GetQueueUrlResult><ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata></GetQueueUrlResponse>`,
  );
});

test('a message that is sent by a form is received as JSON, and the other way round', async () => {
  const started = await start(assembly);
  const QueueUrl = started.sandbox.environment.queues[0]!.url;
  const sent = await ask(started, 'SendMessage', {
    QueueUrl,
    MessageBody: 'a < b & "c"',
    'MessageAttribute.1.Name': 'reason',
    'MessageAttribute.1.Value.DataType': 'String',
    'MessageAttribute.1.Value.StringValue': 'none',
  });
  expect(sent.status).toBe(200);
  const { Messages } = await started.clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }),
  );
  expect(Messages).toMatchObject([
    { Body: 'a < b & "c"', MessageAttributes: { reason: { DataType: 'String', StringValue: 'none' } } },
  ]);
  const attribute = { DataType: 'String', StringValue: '<one>' };
  const send = { QueueUrl, MessageBody: '<x/>', MessageAttributes: { first: attribute } };
  await started.clients.sqs.send(new SendMessageCommand(send));
  const { xml } = await ask(started, 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: '10', VisibilityTimeout: '0' });
  expect(textsOf(xml, 'Body')).toEqual(['&lt;x/&gt;']);
  expect(xml).toContain(
    '<MessageAttribute><Name>first</Name><Value><DataType>String</DataType><StringValue>&lt;one&gt;</StringValue></Value></MessageAttribute>',
  );
  expect(xml).toContain('<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>');
  // It was hidden for no time at all.
  const receipt = textsOf((await ask(started, 'ReceiveMessage', { QueueUrl })).xml, 'ReceiptHandle')[0]!;
  expect(await ask(started, 'DeleteMessage', { QueueUrl, ReceiptHandle: receipt })).toMatchObject({ status: 200 });
  expect(textsOf((await ask(started, 'ReceiveMessage', { QueueUrl })).xml, 'Body')).toEqual([]);
});

test('attributes are asked for one by one', async () => {
  const started = await start(assembly);
  const { url: QueueUrl, arn } = started.sandbox.environment.queues[0]!;
  const asked = { QueueUrl, 'AttributeName.1': 'QueueArn', 'AttributeName.2': 'VisibilityTimeout' };
  const { xml } = await ask(started, 'GetQueueAttributes', asked);
  expect(textsOf(xml, 'Name')).toEqual(['QueueArn', 'VisibilityTimeout']);
  expect(textsOf(xml, 'Value')).toEqual([arn, '30']);
});

test('many visibilities are changed in one call, each with its own answer', async () => {
  const started = await start(assembly);
  const QueueUrl = started.sandbox.environment.queues[0]!.url;
  await ask(started, 'SendMessage', { QueueUrl, MessageBody: 'm' });
  const [receipt] = textsOf((await ask(started, 'ReceiveMessage', { QueueUrl })).xml, 'ReceiptHandle');
  const entry = 'ChangeMessageVisibilityBatchRequestEntry';
  const { xml } = await ask(started, 'ChangeMessageVisibilityBatch', {
    QueueUrl,
    [`${entry}.1.Id`]: 'a',
    [`${entry}.1.ReceiptHandle`]: receipt!,
    [`${entry}.1.VisibilityTimeout`]: '0',
    [`${entry}.2.Id`]: 'b',
    [`${entry}.2.ReceiptHandle`]: 'none',
    [`${entry}.2.VisibilityTimeout`]: '0',
  });
  expect(xml).toContain(
    '<ChangeMessageVisibilityBatchResultEntry><Id>a</Id></ChangeMessageVisibilityBatchResultEntry>',
  );
  expect(xml).toContain('<BatchResultErrorEntry><Id>b</Id>');
});

test.each<[string, Record<string, string>, string, string]>([
  ['SendMessage', {}, 'MissingParameter', 'The request must contain the parameter QueueUrl.'],
  [
    'ReceiveMessage',
    { QueueUrl: 'http://x/000000000000/none' },
    'AWS.SimpleQueueService.NonExistentQueue',
    'The specified queue does not exist.',
  ],
  [
    'ReceiveMessage',
    { QueueUrl: 'q', WaitTimeSeconds: 'long' },
    'SerializationException',
    'STRING_VALUE can not be converted to an Integer',
  ],
  ['TagQueue', {}, 'UnknownOperationException', 'the sandbox does not know sqs:TagQueue'],
  ['', {}, 'UnknownOperationException', 'the sandbox does not know sqs:'],
])('fails in XML: %s with %j', async (action, members, code, message) => {
  const { status, xml } = await ask(await start(assembly), action, members);
  expect(status).toBe(400);
  expect(textsOf(xml, 'Code')).toEqual([code]);
  expect(textsOf(xml, 'Message')[0]).toContain(message);
});
