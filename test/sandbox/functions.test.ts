/** Invocations: what a bundle sees, retries by the virtual clock, dead letters, crashes and timeouts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import { type CfnFunction, Code, Function as LambdaFn, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { DeadLetter, Sandbox } from '../../lib/sandbox/index.js';
import { hourMs, type Json, ofKind, PerformerStack, start, startMs, synthesize, workDir } from './stand.js';

const assembly = synthesize((app) => new PerformerStack(app, 'App'));

function invoked(activities: Parameters<typeof ofKind>[0]) {
  return ofKind(activities, 'invoked').map(({ atMs, attempt, outcome }) => [(atMs - startMs) / 1000, attempt, outcome]);
}

/** A synchronous invocation, as `aws lambda invoke` makes it. */
async function invoke(sandbox: Sandbox, payload: object) {
  const name = sandbox.environment.functions[0]!.name;
  const url = `${sandbox.url}/2015-03-31/functions/${name}/invocations`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(payload) });
  return { error: response.headers.get('x-amz-function-error'), body: (await response.json()) as Json };
}

test('a bundle sees its template’s environment, the SDK’s variables and nothing of this process', async () => {
  process.env.SECRET_OF_THIS_PROCESS = 'x';
  const { sandbox } = await start(assembly);
  const { body } = await invoke(sandbox, {});
  delete process.env.SECRET_OF_THIS_PROCESS;
  expect(body.environment).toMatchObject({
    SOJOURN_JOURNEY: 'performer',
    TABLE: sandbox.environment.tableNames[0],
    BUS: sandbox.environment.busNames[0],
    ROLE: expect.stringMatching(/^arn:aws:iam::000000000000:role\/App-TimerRole/),
    AWS_ENDPOINT_URL: sandbox.url,
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: sandbox.environment.functions[0]!.name,
  });
  expect(body.environment).not.toHaveProperty('SECRET_OF_THIS_PROCESS');
  expect(body.environment).not.toHaveProperty('PATH');
  expect(body.environment).not.toHaveProperty('HOME');
});

test('the global Date of a bundle follows the sandbox’s clock, its remaining time stays real', async () => {
  const { sandbox } = await start(assembly);
  const before = await invoke(sandbox, {});
  expect(before.body.now).toBe(startMs);
  expect(before.body.dates).toEqual({ called: 'string', instance: true, own: true, parsed: 1577836800000 });
  await sandbox.advance({ ms: 5 * hourMs });
  const after = await invoke(sandbox, {});
  expect(after.body.now).toBe(startMs + 5 * hourMs);
  expect(after.body.calls).toBe(2);
  expect(after.body.remainingMs).toBeGreaterThan(19_000);
  expect(after.body.remainingMs).toBeLessThanOrEqual(20_000);
  expect(after.body.context).toMatchObject({
    invokedFunctionArn: sandbox.environment.functions[0]!.arn,
    functionVersion: '$LATEST',
    memoryLimitInMB: '128',
  });
});

test('a failed event is tried again after 1 and 2 minutes of virtual time, then its record goes to the destination', async () => {
  const { sandbox, activities, perform } = await start(assembly);
  const eventId = await perform({ act: 'fail', message: 'not today' });
  await sandbox.settle();
  expect(invoked(activities)).toEqual([[0, 1, 'error']]);
  await sandbox.advance({ ms: 59_999 });
  expect(invoked(activities)).toHaveLength(1);
  const { fired } = await sandbox.advance({ ms: hourMs });
  expect(fired.map(({ kind, dueMs }) => [kind, (dueMs - startMs) / 1000])).toEqual([
    ['function-retry', 60],
    ['function-retry', 180],
  ]);
  expect(invoked(activities)).toEqual([
    [0, 1, 'error'],
    [60, 2, 'error'],
    [180, 3, 'error'],
  ]);
  const [requestId] = new Set(ofKind(activities, 'invoked').map((activity) => activity.requestId));
  const [letter] = sandbox.deadLetters() as [DeadLetter];
  expect(letter.queueName).toMatch(/^App-Failed/);
  expect(letter.body).toEqual({
    version: '1.0',
    timestamp: '2026-11-22T10:03:00.000Z',
    requestContext: {
      requestId,
      functionArn: `${sandbox.environment.functions[0]!.arn}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: expect.objectContaining({ id: eventId, 'detail-type': 'act', time: '2026-11-22T10:00:00Z' }),
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: 'Refused', errorMessage: 'not today', trace: expect.any(Array) },
  });
  expect(sandbox.deadLetters()).toHaveLength(1);
});

test('the event invoke configuration limits retries and age', async () => {
  const none = await start(synthesize((app) => new PerformerStack(app, 'App', { retryAttempts: 0 })));
  await none.perform({ act: 'fail', message: 'x' });
  await none.sandbox.settle();
  expect(none.sandbox.deadLetters()).toMatchObject([{ body: { requestContext: { approximateInvokeCount: 1 } } }]);

  const young = await start(synthesize((app) => new PerformerStack(app, 'App', { maxEventAge: Duration.minutes(2) })));
  await young.perform({ act: 'fail', message: 'x' });
  await young.sandbox.advance({ ms: hourMs });
  const context = { condition: 'EventAgeExceeded', approximateInvokeCount: 2 };
  expect(young.sandbox.deadLetters()).toMatchObject([{ body: { requestContext: context } }]);
});

test('a function over its timeout is killed, and so is what it was doing', async () => {
  const dir = synthesize((app) => new PerformerStack(app, 'App', { timeout: Duration.seconds(1), retryAttempts: 0 }));
  const { sandbox, activities, perform } = await start(dir);
  await perform({ act: 'hang' });
  await sandbox.settle();
  expect(ofKind(activities, 'invoked')).toMatchObject([
    {
      outcome: 'error',
      error: { type: 'Sandbox.Timedout', message: expect.stringMatching(/Task timed out after 1\.00 seconds$/) },
    },
  ]);
  await perform({ act: 'log', line: 'a new environment' });
  await sandbox.settle();
  expect(ofKind(activities, 'invoked')[1]).toMatchObject({ outcome: 'ok' });
});

test('a handler that ends its process fails as an exit, and the next invocation gets a new environment', async () => {
  const { sandbox } = await start(assembly);
  const { error, body } = await invoke(sandbox, { acts: [{ act: 'exit', code: 3 }] });
  expect(error).toBe('Unhandled');
  expect(body).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringContaining('exit status 3'),
  });
  expect((await invoke(sandbox, {})).body.calls).toBe(1);
});

test('at most four environments of a function run at once, one invocation in each', async () => {
  const { sandbox, activities, perform } = await start(assembly);
  for (let i = 0; i < 12; i += 1) await perform({ act: 'wait', ms: 50 }, { act: 'put', pk: `p${i}`, sk: 's' });
  await sandbox.settle();
  expect(ofKind(activities, 'invoked')).toHaveLength(12);
  const { body } = await invoke(sandbox, {});
  const used = Number(/(\d+)$/.exec(body.environment.AWS_ACCESS_KEY_ID)![1]);
  expect(used).toBeLessThan(4);
});

test('what a handler prints is kept and told, line by line, and never printed', async () => {
  const { sandbox, activities, perform } = await start(assembly);
  await perform({ act: 'log', line: 'one\ntwo' }, { act: 'log', line: { three: 3 } });
  await sandbox.settle();
  const name = sandbox.environment.functions[0]!.name;
  expect(sandbox.logs(name).map(({ line }) => line)).toEqual(['one', 'two', '{ three: 3 }']);
  const requestId = ofKind(activities, 'invoked')[0]!.requestId;
  expect(ofKind(activities, 'log').map((log) => log.requestId)).toEqual([requestId, requestId, requestId]);
});

test('reserved concurrency limits what runs at once', async () => {
  const dir = synthesize((app) => {
    const stack = new PerformerStack(app, 'App');
    (stack.fn.node.defaultChild as CfnFunction).reservedConcurrentExecutions = 1;
  });
  const { sandbox, activities, perform } = await start(dir);
  for (let i = 0; i < 3; i += 1)
    await perform({ act: 'log', line: `${i} begins` }, { act: 'wait', ms: 20 }, { act: 'log', line: `${i} ends` });
  await sandbox.settle();
  expect(ofKind(activities, 'log').map(({ line }) => line)).toEqual([
    '0 begins',
    '0 ends',
    '1 begins',
    '1 ends',
    '2 begins',
    '2 ends',
  ]);
});

/** A stack of one function with these files and this handler. */
function withFiles(name: string, files: Record<string, string>, handler = 'index.handler') {
  const code = path.join(workDir, `files-${name}`);
  mkdirSync(code, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(code, file), text);
  return synthesize((app) => {
    const props = { code: Code.fromAsset(code), handler, runtime: Runtime.NODEJS_24_X, retryAttempts: 0 };
    new LambdaFn(new Stack(app, 'App'), 'Fn', props);
  });
}

test('a .js bundle is CommonJS, wherever the assembly lies, unless its own package.json says otherwise', async () => {
  writeFileSync(path.join(workDir, 'package.json'), '{"type":"module"}');
  const script = await start(withFiles('cjs', { 'index.js': 'exports.handler = async () => typeof require;' }));
  expect((await invoke(script.sandbox, {})).body).toBe('function');
  const files = { 'main.js': 'export const go = async () => typeof require;', 'package.json': '{"type":"module"}' };
  const module = await start(withFiles('esm', files, 'main.go'));
  expect((await invoke(module.sandbox, {})).body).toBe('undefined');
});

test.each([
  [
    'no-export',
    { 'index.mjs': 'export const other = 1;' },
    'Runtime.HandlerNotFound',
    'handler is undefined or not exported',
  ],
  ['throws', { 'index.mjs': 'throw new TypeError("at load");' }, 'TypeError', 'at load'],
  ['no-file', { 'other.mjs': '' }, 'Runtime.ImportModuleError', 'no code for handler index.handler'],
  [
    'cycle',
    { 'index.mjs': 'export const handler = async () => { const a = {}; a.a = a; return a; };' },
    'TypeError',
    'circular',
  ],
  ['text', { 'index.mjs': 'export const handler = async () => { throw "text"; };' }, 'string', 'text'],
  [
    'later',
    {
      'index.mjs':
        'export const handler = () => { setTimeout(() => { throw new RangeError("later"); }, 1); return new Promise(() => {}); };',
    },
    'RangeError',
    'later',
  ],
])('fails each invocation of a bundle that cannot work (%s), saying why', async (name, files, type, message) => {
  const { sandbox } = await start(withFiles(name, files));
  for (let i = 0; i < 2; i += 1) {
    const { error, body } = await invoke(sandbox, {});
    expect(error).toBe('Unhandled');
    expect(body).toMatchObject({ errorType: type, errorMessage: expect.stringContaining(message) });
  }
});

test('an event invocation is accepted at once; a function that is not there is ResourceNotFound', async () => {
  const { sandbox, activities } = await start(assembly);
  const base = `${sandbox.url}/2015-03-31/functions`;
  const headers = { 'x-amz-invocation-type': 'Event' };
  const accepted = await fetch(`${base}/${encodeURIComponent(sandbox.environment.functions[0]!.arn)}/invocations`, {
    method: 'POST',
    headers,
    body: '{}',
  });
  expect(accepted.status).toBe(202);
  await sandbox.settle();
  expect(ofKind(activities, 'invoked')).toMatchObject([{ trigger: { kind: 'direct' }, outcome: 'ok' }]);
  expect((await fetch(`${base}/none/invocations`, { method: 'POST', body: '{}' })).status).toBe(404);
  expect(
    (await fetch(`${base}/${sandbox.environment.functions[0]!.name}/invocations`, { method: 'POST', body: '{' }))
      .status,
  ).toBe(400);
});

test('a function without a destination drops what fails for good, and that is told', async () => {
  const { sandbox, activities } = await start(
    withFiles('drops', { 'index.mjs': 'export const handler = () => { throw new Error("no"); };' }),
  );
  const headers = { 'x-amz-invocation-type': 'Event' };
  const { name } = sandbox.environment.functions[0]!;
  await fetch(`${sandbox.url}/2015-03-31/functions/${name}/invocations`, { method: 'POST', headers, body: '{"n":1}' });
  await sandbox.settle();
  expect(ofKind(activities, 'dead-letter')).toMatchObject([
    { queueName: undefined, reason: `${name}: RetriesExhausted, and no queue` },
  ]);
  expect(sandbox.deadLetters()).toEqual([]);
});
