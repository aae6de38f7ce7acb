/** From an assembly to resources: intrinsic functions, stacks that import from each other, what is not known. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type App, Aws, CfnCondition, CfnMapping, CfnParameter, CfnResource, Fn, Stack, Stage } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { CfnRule, EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { CfnManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFn, Runtime } from 'aws-cdk-lib/aws-lambda';
import { CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { SandboxError } from '../../lib/sandbox/errors.js';
import { readAssembly } from '../../lib/sandbox/template/assembly.js';
import { readResources } from '../../lib/sandbox/template/environment.js';
import { bundle, PerformerStack, put, start, synthesize, workDir } from './stand.js';

function resourcesOf(define: (app: App) => void) {
  return readResources(readAssembly(synthesize(define)), 'http://127.0.0.1:1');
}

/** The environment of a function in a template written by hand. */
function resolved(template: object, value: unknown): unknown {
  const dir = mkdtempSync(path.join(workDir, 'assembly-'));
  const Resources = {
    Fn: { Type: 'AWS::Lambda::Function', Properties: { Code: {}, Environment: { Variables: { VALUE: value } } } },
    ...(template as { Resources?: object }).Resources,
  };
  writeFileSync(path.join(dir, 'App.template.json'), JSON.stringify({ ...template, Resources }));
  const artifacts = { App: { type: 'aws:cloudformation:stack', properties: { templateFile: 'App.template.json' } } };
  writeFileSync(path.join(dir, 'manifest.json'), JSON.stringify({ version: '1', artifacts }));
  return readResources(readAssembly(dir), 'http://127.0.0.1:1').functions[0]!.environment.VALUE;
}

const queue = { Q: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'letters' } } };

test.each<[string, object, unknown, string]>([
  ['Ref to a parameter', { Parameters: { P: { Type: 'String', Default: 'p' } } }, { Ref: 'P' }, 'p'],
  ['Ref to a pseudo parameter', {}, { Ref: 'AWS::Region' }, 'us-east-1'],
  ['Ref to a queue', { Resources: queue }, { Ref: 'Q' }, 'http://127.0.0.1:1/000000000000/letters'],
  ['Fn::GetAtt', { Resources: queue }, { 'Fn::GetAtt': ['Q', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:letters'],
  ['Fn::GetAtt in its short form', { Resources: queue }, { 'Fn::GetAtt': 'Q.QueueName' }, 'letters'],
  ['Fn::Join', {}, { 'Fn::Join': ['-', ['a', { Ref: 'AWS::AccountId' }]] }, 'a-000000000000'],
  ['Fn::Sub', { Resources: queue }, { 'Fn::Sub': `\${AWS::Partition}/\${Q.QueueName}/\${!x}` }, `aws/letters/\${x}`],
  ['Fn::Sub with variables', {}, { 'Fn::Sub': [`\${A}-\${A}`, { A: { Ref: 'AWS::Region' } }] }, 'us-east-1-us-east-1'],
  ['Fn::Select of Fn::Split', {}, { 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
  [
    'Fn::FindInMap',
    { Mappings: { M: { 'us-east-1': { x: 'y' } } } },
    { 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'x'] },
    'y',
  ],
  ['Fn::Base64', {}, { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
  [
    'Fn::If over conditions',
    {
      Conditions: {
        Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
        There: { 'Fn::Not': [{ Condition: 'Here' }] },
        Both: { 'Fn::And': [{ Condition: 'Here' }, { Condition: 'There' }] },
        One: { 'Fn::Or': [{ Condition: 'Here' }, { Condition: 'There' }] },
      },
    },
    {
      'Fn::Join': [
        '',
        [{ 'Fn::If': ['Both', 'b', 'not-b'] }, { 'Fn::If': ['One', '+', '-'] }, { 'Fn::If': ['There', 'x', ''] }],
      ],
    },
    'not-b+',
  ],
])('%s is resolved', (_, template, value, expected) => {
  expect(resolved(template, value)).toBe(expected);
});

test.each<[object, unknown, string]>([
  [{}, { Ref: 'Nobody' }, 'stack App: "Nobody" is no resource, parameter or pseudo parameter'],
  [{}, { 'Fn::Transform': {} }, 'stack App: Fn::Transform is not known to the sandbox'],
  [{ Parameters: { P: { Type: 'String' } } }, { Ref: 'P' }, 'stack App: parameter P has no default value'],
  [{}, { 'Fn::ImportValue': 'x' }, 'stack App imports "x", which no stack exports'],
  [
    { Resources: queue },
    { 'Fn::GetAtt': ['Q', 'Colour'] },
    'stack App: the sandbox does not know attribute Colour of Q',
  ],
])('fails for %j with %j in one clear line', (template, value, message) => {
  expect(() => resolved(template, value)).toThrow(new SandboxError('BadTemplate', message));
});

test('a resource whose condition does not hold is not there', () => {
  const { queues } = resourcesOf((app) => {
    const stack = new Stack(app, 'App');
    const never = new CfnCondition(stack, 'Never', { expression: Fn.conditionEquals(Aws.REGION, 'mars-1') });
    const hidden = new CfnResource(stack, 'Hidden', { type: 'AWS::SQS::Queue' });
    hidden.cfnOptions.condition = never;
    new Queue(stack, 'Seen');
  });
  expect(queues.map(({ name }) => name)).toEqual([expect.stringMatching(/^App-Seen/)]);
});

test('stacks import from each other, in any order', async () => {
  const dir = synthesize((app) => {
    const hub = new Stack(app, 'Hub');
    const bus = new EventBus(hub, 'Bus');
    // The name sorts before the exporting stack's.
    const consumer = new Stack(app, 'App');
    const letters = new Queue(consumer, 'Letters');
    new Rule(consumer, 'Rule', {
      eventBus: bus,
      eventPattern: { detailType: ['x'] },
      targets: [new SqsQueue(letters)],
    });
  });
  const { sandbox, clients } = await start(dir);
  await put(clients.events, { EventBusName: sandbox.environment.busNames[0]!, DetailType: 'x', Detail: '{"n":1}' });
  const { Messages } = await clients.sqs.send(
    new (await import('@aws-sdk/client-sqs')).ReceiveMessageCommand({ QueueUrl: sandbox.environment.queues[0]!.url }),
  );
  expect(Messages!.map(({ Body }) => JSON.parse(Body!).detail)).toEqual([{ n: 1 }]);
});

test('stacks of a stage are read too, and a stack keeps the account and region that its app fixed', () => {
  const { queues } = resourcesOf((app) => {
    const stage = new Stage(app, 'Prod', { env: { account: '123456789012', region: 'eu-central-1' } });
    new Queue(new Stack(stage, 'Shop'), 'Q');
  });
  expect(queues[0]!.arn).toMatch(/^arn:aws:sqs:eu-central-1:123456789012:Prod-Shop-Q/);
});

test('a generated name is the same at every start and short enough', () => {
  const define = (app: App) => void new PerformerStack(app, 'AStackWithAVeryLongNameIndeedLongerThanAnyOther');
  const [first, second] = [resourcesOf(define), resourcesOf(define)];
  expect(first.functions[0]!.name).toBe(second.functions[0]!.name);
  expect(first.functions[0]!.name.length).toBeLessThanOrEqual(64);
});

test('a rule’s pattern may be an object or JSON text', () => {
  const { rules } = resourcesOf((app) => {
    const stack = new Stack(app, 'App');
    new CfnRule(stack, 'A', { eventPattern: { 'detail-type': ['x'] } });
    const text = new CfnRule(stack, 'B', { eventPattern: {} });
    text.addPropertyOverride('EventPattern', '{"detail":{"y":[null]}}');
  });
  const event = { 'detail-type': 'x', detail: { y: null } };
  expect(rules.map((rule) => [rule.busName, rule.matches(event)])).toEqual([
    ['default', true],
    ['default', true],
  ]);
});

test('fails at the start for a pattern operator that is not implemented, naming the rule', () => {
  const define = (app: App) => {
    new CfnRule(new Stack(app, 'App'), 'Odd', { eventPattern: { detail: { x: [{ soundex: 'y' }] } } });
  };
  expect(() => resourcesOf(define)).toThrow(
    'stack App: rule Odd: Event pattern is not valid. Reason: Unrecognized match type soundex',
  );
});

test('tables of both kinds become tables, with their indexes', () => {
  const { tables } = resourcesOf((app) => {
    const stack = new PerformerStack(app, 'App');
    const old = new Table(stack, 'Old', { partitionKey: { name: 'id', type: AttributeType.NUMBER } });
    old.addGlobalSecondaryIndex({ indexName: 'by-x', partitionKey: { name: 'x', type: AttributeType.STRING } });
  });
  expect(tables.map(({ partitionKey }) => partitionKey)).toEqual(['pk', 'id']);
  expect(tables[1]!.createTable).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [{ IndexName: 'by-x', Projection: { ProjectionType: 'ALL' } }],
  });
});

test('what the sandbox does not know is named in one line for each kind, and the rest runs', async () => {
  const dir = synthesize((app) => {
    const stack = new PerformerStack(app, 'App');
    new CfnResource(stack, 'Machine', {
      type: 'AWS::StepFunctions::StateMachine',
      properties: { Text: Fn.getAtt('Topic', 'X') },
    });
    new CfnResource(stack, 'Other', { type: 'AWS::StepFunctions::StateMachine' });
    new CfnResource(stack, 'Topic', { type: 'AWS::SNS::Topic' });
    const snake = { code: Code.fromAsset(bundle('snake', '')), handler: 'index.handler', runtime: Runtime.PYTHON_3_13 };
    new LambdaFn(stack, 'Snake', snake);
    new CfnRule(stack, 'Clock', { scheduleExpression: 'rate(1 day)' });
    new CfnQueue(stack, 'Ordered', { fifoQueue: true, queueName: 'ordered.fifo' });
    new CfnManagedPolicy(stack, 'Odd', { policyDocument: { Colour: Fn.getAtt('Ordered', 'Colour') } });
    stack.fn.addEnvironment('TOKEN', '{{resolve:secretsmanager:token}}');
    new CfnParameter(stack, 'Colour', { default: 'red' });
    new CfnMapping(stack, 'Map', { mapping: { a: { b: 'c' } } });
  });
  const { notices, sandbox } = await start(dir);
  expect(notices).toEqual([
    'Odd (AWS::IAM::ManagedPolicy) cannot be read: stack App: the sandbox does not know attribute Colour of Ordered',
    'the sandbox does not know AWS::StepFunctions::StateMachine: Machine, Other will not be there',
    'the sandbox does not know AWS::SNS::Topic: Topic will not be there',
    'Ordered has FifoQueue: the sandbox does without it',
    expect.stringMatching(/^Performer\w+ has TOKEN={{resolve:secretsmanager:token}}: the sandbox does not resolve it$/),
    'rule Clock has a schedule and no event pattern: the sandbox does not run it',
    expect.stringMatching(
      /^function Snake\w+ has runtime python3.13: the sandbox cannot run it, its invocations fail$/,
    ),
  ]);
  expect(sandbox.environment.functions).toHaveLength(2);
});

test('an app of known resources gives no notice', async () => {
  const { notices, sandbox } = await start(synthesize((app) => new PerformerStack(app, 'App')));
  expect(notices).toEqual([]);
  expect(sandbox.readyMs).toBeLessThan(3_000);
});

test('fails for a directory that is no assembly, or is a broken one, in one clear line', async () => {
  const dir = mkdtempSync(path.join(workDir, 'assembly-'));
  const message = `${dir} is no CDK cloud assembly: it has no manifest.json`;
  await expect(start(dir)).rejects.toThrow(new SandboxError('BadAssembly', message));
  writeFileSync(path.join(dir, 'manifest.json'), '{');
  await expect(start(dir)).rejects.toMatchObject({
    code: 'BadAssembly',
    message: expect.stringContaining('manifest.json cannot be read'),
  });
  writeFileSync(path.join(dir, 'manifest.json'), '{}');
  await expect(start(dir)).rejects.toMatchObject({
    code: 'BadAssembly',
    message: expect.stringContaining('holds no stack'),
  });
});
