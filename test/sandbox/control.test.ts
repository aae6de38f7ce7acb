/** The control API, the books, who may talk to the port, and sandboxes side by side. */
import { request } from 'node:http';
import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Inspector, TableAccess } from '../../lib/sandbox/index.js';
import { clientsOf, control, hourMs, ofKind, PerformerStack, put, start, startMs, synthesize } from './stand.js';

const assembly = synthesize((app) => new PerformerStack(app, 'App'));

test('calls are booked for the journey and key of the invocation that made them, also those before its key is known', async () => {
  const { sandbox, perform } = await start(assembly);
  const input = { acts: [{ act: 'put', pk: 'cart|7', sk: 'b' }] };
  await perform(
    { act: 'schedule', name: 't', at: '2026-11-22T11:00:00', input },
    { act: 'put', pk: 'cart|7', sk: 'a' },
    { act: 'query', pk: 'cart|7' },
    { act: 'mail', to: 'a@example.com' },
  );
  await perform({ act: 'query', pk: 'cart|8' });
  await sandbox.advance({ ms: 2 * hourMs });
  const { body } = await control(sandbox, '/calls?journey=performer&key=7');
  expect(body).toEqual({
    byKey: [
      {
        journey: 'performer',
        key: 'cart|7',
        invocations: 2,
        readUnits: 1,
        writeUnits: 2,
        calls: {
          'events:Delivery': 1,
          'scheduler:Delivery': 1,
          'scheduler:CreateSchedule': 1,
          'dynamodb:PutItem': 2,
          'dynamodb:Query': 1,
          'ses:SendEmail': 1,
        },
      },
    ],
    total: expect.objectContaining({ invocations: 2, readUnits: 1, writeUnits: 2 }),
  });
  const all = sandbox.calls();
  expect(all.map(({ journey, key }) => [journey, key])).toEqual([
    ['performer', 'cart|7'],
    ['performer', 'cart|8'],
    [undefined, undefined],
  ]);
  expect(all[2]).toMatchObject({ calls: { 'events:PutEvents': 2 }, invocations: 0 });
});

test('consumed capacity is counted for every call and shown only to who asks for it', async () => {
  const { sandbox, clients } = await start(assembly);
  const TableName = sandbox.environment.tableNames[0]!;
  const Item = { pk: { S: 'p' }, sk: { S: 's' }, big: { S: 'x'.repeat(2_000) } };
  const putItem = await clients.dynamodb.send(new PutItemCommand({ TableName, Item }));
  expect(putItem.ConsumedCapacity).toBeUndefined();
  const Key = { pk: { S: 'p' }, sk: { S: 's' } };
  const ReturnConsumedCapacity = 'TOTAL';
  const read = await clients.dynamodb.send(new GetItemCommand({ TableName, Key, ReturnConsumedCapacity }));
  expect(read.ConsumedCapacity).toMatchObject({ CapacityUnits: 0.5 });
  const refused = new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' });
  await expect(clients.dynamodb.send(refused)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  const [outside] = sandbox.calls();
  expect(outside).toMatchObject({ calls: { 'dynamodb:PutItem': 2, 'dynamodb:GetItem': 1 }, readUnits: 0.5 });
  // 2 units for the item; the refused write is charged by the size of the item that was there.
  expect(outside!.writeUnits).toBe(4);
});

test('runs come from the inspector, with the invocations of their partition and their open timers', async () => {
  const seen: TableAccess[] = [];
  const inspector: Inspector = {
    runs: async (access, query) => {
      seen.push(access);
      return { runs: [], query };
    },
    run: async (access, runId) => {
      const { dynamodb } = clientsOf({ url: access.endpoint });
      const [TableName] = access.tableNames;
      const found = await dynamodb.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :k',
          ExpressionAttributeValues: { ':k': { S: 'cart|1' } },
        }),
      );
      return runId === 'run/1' ? { partition: 'cart|1', items: found.Count } : undefined;
    },
  };
  const { sandbox, perform } = await start(assembly, { inspector });
  const timer = (run: string) => ({ sojourn: 'timer', run, step: 's', attempt: 0, deadlineMs: 0, atMs: 0 });
  await perform(
    { act: 'put', pk: 'cart|1', sk: 'run' },
    { act: 'schedule', name: 'mine', at: '2026-11-23T10:00:00', input: timer('run/1') },
    { act: 'schedule', name: 'not-mine', at: '2026-11-23T10:00:00', input: timer('run/2') },
  );
  await control(sandbox, '/settle', {});
  const one = await control(sandbox, `/runs/${encodeURIComponent('run/1')}`);
  expect(one.body).toMatchObject({
    partition: 'cart|1',
    items: 1,
    deliveries: [
      { attempt: 1, outcome: 'ok', trigger: { kind: 'rule', eventName: 'act' }, at: '2026-11-22T10:00:00.000Z' },
    ],
    timers: [{ name: 'mine', fireAt: '2026-11-23T10:00:00.000Z' }],
  });
  expect((await control(sandbox, '/runs/none')).status).toBe(404);
  const list = await control(sandbox, '/runs?journey=a&status=active&unknown=x');
  expect(list.body).toEqual({ runs: [], query: { journey: 'a', status: 'active' } });
  expect(seen[0]).toMatchObject({
    endpoint: sandbox.url,
    tableNames: sandbox.environment.tableNames,
    region: 'us-east-1',
  });
});

test('the inspector’s own reading is not in the books', async () => {
  const inspector: Inspector = {
    runs: async ({ endpoint, region, credentials, tableNames }) => {
      const { DynamoDBClient, ScanCommand } = await import('@aws-sdk/client-dynamodb');
      const client = new DynamoDBClient({ endpoint, region, credentials });
      return (await client.send(new ScanCommand({ TableName: tableNames[0] }))).Count;
    },
    run: async () => undefined,
  };
  const { sandbox } = await start(assembly, { inspector });
  expect((await control(sandbox, '/runs')).body).toBe(0);
  expect(sandbox.calls()).toEqual([]);
});

test('events, outbox, dead letters, schedules, logs and clock are there to read', async () => {
  const { sandbox, perform } = await start(assembly);
  const input = { acts: [] };
  await perform({ act: 'mail', to: 'a@example.com' }, { act: 'log', line: 'hello' });
  await perform({ act: 'schedule', name: 't', at: '2026-11-23T10:00:00', input });
  await perform({ act: 'fail', message: 'x' });
  await control(sandbox, '/settle', {});
  expect((await control(sandbox, '/clock')).body).toMatchObject({
    now: '2026-11-22T10:00:00.000Z',
    nowMs: startMs,
    mode: 'frozen',
    due: [{ kind: 'function-retry' }, { kind: 'schedule' }],
  });
  expect((await control(sandbox, '/clock', { advance: '10m' })).body).toMatchObject({
    now: '2026-11-22T10:10:00.000Z',
  });
  expect((await control(sandbox, '/events')).body.events).toMatchObject([
    { event: { 'detail-type': 'act' }, rules: [expect.stringMatching(/^App-Rule/)] },
    { busName: sandbox.environment.busNames[0] },
    { event: { detail: { acts: [{ act: 'fail' }] } } },
  ]);
  expect((await control(sandbox, '/outbox')).body.mails).toMatchObject([
    { to: ['a@example.com'], from: 'shop@example.com', subject: 'Hi', text: 'there', by: { journey: 'performer' } },
  ]);
  expect((await control(sandbox, '/dead-letters')).body.deadLetters).toMatchObject([
    { body: { responsePayload: { errorMessage: 'x' } } },
  ]);
  expect((await control(sandbox, '/schedules')).body.schedules).toMatchObject([
    { name: 't', fireAt: '2026-11-23T10:00:00.000Z' },
  ]);
  const name = sandbox.environment.functions[0]!.name;
  expect((await control(sandbox, `/logs?function=${name}`)).body.lines).toMatchObject([{ line: 'hello' }]);
  expect((await control(sandbox, '')).body.environment).toMatchObject({ busNames: sandbox.environment.busNames });
});

test.each([
  ['/clock', { advance: 'soon' }, /no such advance: "soon"/],
  ['/clock', { advance: -1 }, /no such advance/],
  ['/clock', 'x', /must be a JSON object/],
  ['/deliveries', { hold: { a: 'x' } }, /Event pattern is not valid/],
  ['/deliveries', { release: ['none'] }, /no held event none/],
])('fails for POST %s with %j, saying what is wrong', async (path, body, message) => {
  const { sandbox } = await start(assembly);
  const answer = await control(sandbox, path, body);
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toMatch(message);
});

test('fails for an unknown control path', async () => {
  const { sandbox } = await start(assembly);
  expect(await control(sandbox, '/nothing')).toMatchObject({ status: 404, body: { error: { code: 'NotFound' } } });
  expect((await control(sandbox, '/runs')).body.error.message).toBe('this sandbox was started without an inspector');
});

/** fetch() does not let a Host header be set. */
function statusWith(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/_sojourn/clock', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('only this machine’s own requests are answered: no other host name, no other site’s page', async () => {
  const { sandbox } = await start(assembly);
  const { port } = new URL(sandbox.url);
  expect(await statusWith(sandbox.url, { host: `localhost:${port}` })).toBe(200);
  expect(await statusWith(sandbox.url, { origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}` })).toBe(200);
  expect(await statusWith(sandbox.url, { host: `evil.example:${port}` })).toBe(403);
  expect(await statusWith(sandbox.url, { origin: 'https://evil.example' })).toBe(403);
  expect(await statusWith(sandbox.url, { origin: 'null' })).toBe(403);
  expect(await statusWith(sandbox.url, { 'sec-fetch-site': 'cross-site' })).toBe(403);
  await expect(fetch(`http://[::1]:${port}/`)).rejects.toThrow();
});

test('fails with one clear line when the port is in use', async () => {
  const { sandbox } = await start(assembly);
  const port = Number(new URL(sandbox.url).port);
  await expect(start(assembly, { port })).rejects.toMatchObject({
    code: 'PortInUse',
    message: `port ${port} is already in use: stop what listens there, or choose another port`,
  });
});

test('two sandboxes in one process do not disturb each other, and a closed port is free at once', async () => {
  const [one, two] = [
    await start(assembly),
    await start(assembly, { clock: { mode: 'frozen', startMs: startMs + hourMs } }),
  ];
  await Promise.all([one.perform({ act: 'put', pk: 'p', sk: '1' }), two.perform({ act: 'fail', message: 'x' })]);
  await Promise.all([one.sandbox.settle(), two.sandbox.advance({ ms: hourMs })]);
  expect(one.sandbox.nowMs()).toBe(startMs);
  expect(two.sandbox.nowMs()).toBe(startMs + 2 * hourMs);
  expect([one.sandbox.deadLetters().length, two.sandbox.deadLetters().length]).toEqual([0, 1]);
  const TableName = two.sandbox.environment.tableNames[0];
  const Key = { pk: { S: 'p' }, sk: { S: '1' } };
  expect((await two.clients.dynamodb.send(new GetItemCommand({ TableName, Key }))).Item).toBeUndefined();
  const startedAt = performance.now();
  await two.sandbox.close();
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  const again = await start(assembly, { port: Number(new URL(two.sandbox.url).port) });
  expect(again.sandbox.url).toBe(two.sandbox.url);
});

test('on a running clock what falls due happens by itself, and time can still be advanced', async () => {
  const { sandbox, activities, perform } = await start(assembly, { clock: { mode: 'running', startMs } });
  const input = { acts: [] };
  await perform({ act: 'schedule', name: 'soon', at: '2026-11-22T10:00:00', input });
  await perform({ act: 'schedule', name: 'later', at: '2026-11-23T10:00:00', input });
  await sandbox.settle();
  const { dueMs } = sandbox.schedules()[0]!;
  // To just before the first one; the rest of the way is real.
  await sandbox.advance({ ms: Math.max(0, dueMs - sandbox.nowMs() - 300) });
  while (ofKind(activities, 'schedule-fired').length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(sandbox.nowMs()).toBeGreaterThanOrEqual(dueMs);
  expect(sandbox.nowMs()).toBeLessThan(dueMs + 5_000);
  await sandbox.advance({ ms: 25 * hourMs });
  expect(ofKind(activities, 'schedule-fired').map(({ scheduleName }) => scheduleName)).toEqual(['soon', 'later']);
  expect(sandbox.schedules()).toEqual([]);
});

test('every call and hand-off passes the authorization, and a refusal looks like AWS’s', async () => {
  const asked: string[] = [];
  const { sandbox, activities, perform } = await start(assembly, {
    authorize:
      (resources) =>
      ({ caller, action, resource }) => {
        if (caller.kind === 'function') expect(resources.roles.map(({ arn }) => arn)).toContain(caller.roleArn);
        asked.push(`${caller.kind} ${action} ${resource.split(':').pop()}`);
        return action === 'dynamodb:PutItem'
          ? { allowed: false, message: 'User is not authorized' }
          : { allowed: true };
      },
  });
  const input = { acts: [] };
  await perform({ act: 'schedule', name: 't', at: '2026-11-23T10:00:00', input }, { act: 'put', pk: 'p', sk: 's' });
  await sandbox.settle();
  const { environment } = sandbox;
  expect(asked).toEqual([
    `outside events:PutEvents event-bus/${environment.busNames[0]}`,
    `service lambda:InvokeFunction ${environment.functions[0]!.name}`,
    'function logs:CreateLogStream ASIASANDBOX000000000',
    'function logs:PutLogEvents ASIASANDBOX000000000',
    `function scheduler:CreateSchedule schedule/${environment.scheduleGroupNames[0]}/t`,
    expect.stringMatching(/^function iam:PassRole role\/App-TimerRole/),
    expect.stringMatching(/^service sts:AssumeRole role\/App-TimerRole/),
    `function dynamodb:PutItem table/${environment.tableNames[0]}`,
  ]);
  expect(ofKind(activities, 'invoked')).toMatchObject([
    { error: { type: 'AccessDeniedException', message: 'User is not authorized' } },
  ]);
});

test('a fault can refuse a call, lose its answer, or kill the environment before or after it', async () => {
  const plans = ['pass', 'lose-answer', 'before', 'after'] as const;
  for (const plan of plans) {
    let calls = 0;
    const { sandbox, activities, perform, clients } = await start(assembly, {
      faults: {
        delivery: () => ({ copies: [{ delayMs: 0 }] }),
        call: ({ operation, caller }) => {
          if (caller.kind !== 'function' || operation !== 'PutItem') return { kind: 'pass' };
          calls += 1;
          if (calls > 1 || plan === 'pass') return { kind: 'pass' };
          return plan === 'lose-answer' ? { kind: plan } : { kind: 'kill', when: plan };
        },
      },
    });
    await perform({ act: 'put', pk: 'p', sk: 's' });
    await sandbox.settle();
    const TableName = sandbox.environment.tableNames[0];
    const Key = { pk: { S: 'p' }, sk: { S: 's' } };
    const { Item } = await clients.dynamodb.send(new GetItemCommand({ TableName, Key }));
    const [first] = ofKind(activities, 'invoked');
    const killed = plan === 'before' || plan === 'after';
    expect([plan, first!.outcome, Item !== undefined]).toEqual([plan, killed ? 'error' : 'ok', plan !== 'before']);
    if (killed) expect(first!.error).toEqual({ type: 'Sandbox.Killed', message: `killed ${plan} dynamodb:PutItem` });
    // The SDK itself tries again when an answer is lost.
    if (plan === 'lose-answer') expect(calls).toBe(2);
  }
});

test('queues keep messages until they are deleted, and hide them for the visibility timeout by the virtual clock', async () => {
  const { sandbox, clients } = await start(assembly);
  const { name, url: QueueUrl, arn } = sandbox.environment.queues[0]!;
  const { sqs } = clients;
  expect((await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl).toBe(QueueUrl);
  expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls).toHaveLength(2);
  const MessageAttributes = { colour: { DataType: 'String', StringValue: 'red' } };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one', MessageAttributes }));
  const receive = async () =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))).Messages;
  expect(await receive()).toMatchObject([
    { Body: 'one', MessageAttributes, Attributes: { ApproximateReceiveCount: '1' } },
  ]);
  expect(await receive()).toBeUndefined();
  await sandbox.advance({ ms: 30_000 });
  const [again] = (await receive())!;
  expect(again!.Attributes).toMatchObject({ ApproximateReceiveCount: '2' });
  const attributes = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  expect((await sqs.send(attributes)).Attributes).toMatchObject({
    QueueArn: arn,
    ApproximateNumberOfMessagesNotVisible: '1',
  });
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again!.ReceiptHandle }));
  await sandbox.advance({ ms: hourMs });
  expect(await receive()).toBeUndefined();
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'two' }));
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  expect(await receive()).toBeUndefined();
});

test('events that a function sends are put in its name and delivered before the sandbox is settled', async () => {
  const { sandbox, activities, perform } = await start(assembly);
  await perform({ act: 'send', name: 'act', detail: { acts: [{ act: 'put', pk: 'p', sk: 's' }] } });
  await sandbox.settle();
  expect(ofKind(activities, 'event-put').map(({ by }) => by?.journey)).toEqual([undefined, 'performer']);
  expect(ofKind(activities, 'invoked')).toHaveLength(2);
  await put(clientsOf(sandbox).events, { DetailType: 'x', Detail: '{}' });
});
