/**
 * Permissions in a running sandbox: what is refused looks to an SDK as it would on AWS, is told to the developer with what
 * would allow it, and ends where AWS lets it end.
 */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { type App, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type CfnPermission, Code, Function as LambdaFn, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { bundle, hourMs, ofKind, type Started, start, synthesize } from './stand.js';

const source = `
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
const { TABLE: TableName, GROUP: GroupName, ROLE: RoleArn, BUS: EventBusName, QUEUE: QueueUrl } = process.env;
const calls = {
  dynamodb: () => new DynamoDBClient().send(new PutItemCommand({ TableName, Item: { pk: { S: 'a|1' } } })),
  events: () => new EventBridgeClient().send(new PutEventsCommand({ Entries: [{ EventBusName, Source: 's', DetailType: 'x', Detail: '{}' }] })),
  scheduler: (context) => new SchedulerClient().send(new CreateScheduleCommand({
    Name: 't', GroupName, ScheduleExpression: 'at(2026-11-22T11:00:00)', FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: context.invokedFunctionArn, RoleArn },
  })),
  ses: () => new SESv2Client().send(new SendEmailCommand({
    FromEmailAddress: 'shop@example.com', Destination: { ToAddresses: ['a@b.c'] }, Content: { Simple: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'there' } } } },
  })),
  sqs: () => new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })),
  lambda: (context) => new LambdaClient().send(new InvokeCommand({ FunctionName: context.functionName })),
};
export const handler = async (event, context) => {
  if (event.call === 'fail') throw new Error('as told');
  if (calls[event.call] === undefined) return 'fine';
  try {
    await calls[event.call](context);
    return { refused: false };
  } catch ({ name, message, $metadata }) {
    return { refused: true, name, message, status: $metadata.httpStatusCode };
  }
};
`;

class Shop extends Stack {
  readonly table = new Table(this, 'Table', { partitionKey: { name: 'pk', type: AttributeType.STRING } });
  readonly group = new ScheduleGroup(this, 'Group');
  readonly bus = new EventBus(this, 'Bus');
  readonly queue = new Queue(this, 'Queue');
  readonly failed = new Queue(this, 'Failed');
  readonly timers = new Role(this, 'Timers', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
  readonly fn = new LambdaFn(this, 'Fn', {
    code: Code.fromAsset(bundle('caller', source)),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    timeout: Duration.seconds(20),
    onFailure: new SqsDestination(this.failed),
    environment: {
      TABLE: this.table.tableName,
      GROUP: this.group.scheduleGroupName,
      ROLE: this.timers.roleArn,
      BUS: this.bus.eventBusName,
      QUEUE: this.queue.queueUrl,
    },
  });

  allow(action: string, resource: string, conditions = {}): void {
    this.fn.addToRolePolicy(new PolicyStatement({ actions: [action], resources: [resource], conditions }));
  }
}

function shop(define: (stack: Shop) => void = () => undefined): string {
  return synthesize((app: App) => define(new Shop(app, 'Shop')));
}

interface Answer {
  readonly refused: boolean;
  readonly name: string;
  readonly message: string;
  readonly status: number;
}

/** What the function is answered when it makes a call. */
async function call({ sandbox }: Started, service: string): Promise<Answer> {
  const { name } = sandbox.environment.functions[0]!;
  const url = `${sandbox.url}/2015-03-31/functions/${name}/invocations`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ call: service }) });
  return (await response.json()) as Answer;
}

const session = /arn:aws:sts::000000000000:assumed-role\/Shop-FnServiceRole[^/ ]+\/Shop-Fn[-\w]+/.source;

describe('a function whose role allows nothing', () => {
  test.each([
    ['dynamodb', 'AccessDeniedException', 400, 'dynamodb:PutItem', ':dynamodb:.*:table/Shop-Table'],
    ['events', 'AccessDeniedException', 400, 'events:PutEvents', ':events:.*:event-bus/Shop-?Bus'],
    ['scheduler', 'AccessDeniedException', 403, 'scheduler:CreateSchedule', ':scheduler:.*:schedule/Shop-Group[^/]*/t'],
    ['sqs', 'AccessDenied', 403, 'sqs:sendmessage', ':sqs:.*:Shop-Queue'],
    ['lambda', 'AccessDeniedException', 403, 'lambda:InvokeFunction', ':lambda:.*:function:Shop-Fn'],
  ])('fails to call %s, in the words of that service', async (service, name, status, action, resource) => {
    const answer = await call(await start(shop()), service);
    expect(answer).toMatchObject({ refused: true, name, status });
    const words = `^User: ${session} is not authorized to perform: ${action} on resource: arn:aws${resource}[^ ]* because no identity-based policy allows the ${action} action$`;
    expect(answer.message).toMatch(new RegExp(words));
  });

  test('fails to send a mail, in the words of SES', async () => {
    const answer = await call(await start(shop()), 'ses');
    const words = `^User \`${session}' is not authorized to perform \`ses:SendEmail' on resource \`arn:aws:ses:us-east-1:000000000000:identity/shop@example.com'$`;
    expect(answer).toMatchObject({ refused: true, name: 'AccessDeniedException', status: 403 });
    expect(answer.message).toMatch(new RegExp(words));
  });

  test('is told of, with what would allow it', async () => {
    const started = await start(shop());
    await call(started, 'dynamodb');
    const table = started.sandbox.environment.tableNames[0]!;
    expect(ofKind(started.activities, 'access-denied')).toMatchObject([
      {
        who: started.sandbox.environment.functions[0]!.name,
        action: 'dynamodb:PutItem',
        remedy: expect.stringMatching(
          new RegExp(
            `^role Shop-FnServiceRole.* needs \\{"Effect":"Allow","Action":"dynamodb:PutItem","Resource":"arn:aws:dynamodb:us-east-1:000000000000:table/${table}"\\}$`,
          ),
        ),
      },
    ]);
  });
});

describe('a function', () => {
  test('may do what its role allows, and the developer at the command line everything', async () => {
    const started = await start(
      shop((stack) => {
        stack.table.grantWriteData(stack.fn);
        stack.queue.grantSendMessages(stack.fn);
      }),
    );
    expect(await call(started, 'dynamodb')).toEqual({ refused: false });
    expect(await call(started, 'sqs')).toEqual({ refused: false });
    expect(await call(started, 'events')).toMatchObject({ refused: true });
    const read = await started.clients.dynamodb.send(
      new ScanCommand({ TableName: started.sandbox.environment.tableNames[0] }),
    );
    expect(read.Items).toEqual([{ pk: { S: 'a|1' } }]);
    expect(ofKind(started.activities, 'access-denied')).toHaveLength(1);
  });

  test('fails in a partition that is not its own, and the developer is told which it may touch', async () => {
    const bound = (key: string) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [key] } });
    const allowed = await start(shop((stack) => stack.allow('dynamodb:PutItem', stack.table.tableArn, bound('a|*'))));
    expect(await call(allowed, 'dynamodb')).toEqual({ refused: false });
    const refused = await start(shop((stack) => stack.allow('dynamodb:PutItem', stack.table.tableArn, bound('b|*'))));
    expect(await call(refused, 'dynamodb')).toMatchObject({ refused: true });
    expect(ofKind(refused.activities, 'access-denied')[0]?.remedy).toContain(
      'dynamodb:LeadingKeys is "a|1", and ForAllValues:StringLike wants "b|*"',
    );
  });

  test('fails by a denial, whatever else allows it', async () => {
    const started = await start(
      shop((stack) => {
        stack.queue.grantSendMessages(stack.fn);
        stack.fn.addToRolePolicy(
          new PolicyStatement({ sid: 'Never', effect: Effect.DENY, actions: ['sqs:*'], resources: ['*'] }),
        );
      }),
    );
    const { message } = await call(started, 'sqs');
    expect(message).toMatch(/with an explicit deny in an identity-based policy$/);
    expect(ofKind(started.activities, 'access-denied')[0]?.remedy).toMatch(
      /^Never of FnServiceRoleDefaultPolicy\w+ denies it$/,
    );
  });

  test('may do what the queue’s own policy allows its role, without a policy of its own', async () => {
    const started = await start(
      shop((stack) =>
        stack.queue.addToResourcePolicy(
          new PolicyStatement({
            actions: ['sqs:SendMessage'],
            principals: [stack.fn.role!],
            resources: [stack.queue.queueArn],
          }),
        ),
      ),
    );
    expect(await call(started, 'sqs')).toEqual({ refused: false });
  });

  test('fails to set a timer whose role it may not pass, or that Scheduler may not assume', async () => {
    const schedule = (stack: Shop) => stack.group.grantWriteSchedules(stack.fn);
    const without = await call(await start(shop(schedule)), 'scheduler');
    expect(without.message).toMatch(/perform: iam:PassRole on resource: arn:aws:iam::000000000000:role\/Shop-Timers/);
    const untrusted = await start(
      shop((stack) => {
        schedule(stack);
        stack.timers.grantPassRole(stack.fn.role!);
        const trust = stack.timers.node.defaultChild as {
          addPropertyOverride?: (path: string, value: unknown) => void;
        };
        trust.addPropertyOverride?.('AssumeRolePolicyDocument.Statement.0.Principal.Service', 'lambda.amazonaws.com');
      }),
    );
    expect(await call(untrusted, 'scheduler')).toMatchObject({
      name: 'ValidationException',
      message: 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
    });
  });
});

describe('a queue and a table with a key of the template', () => {
  const encrypted = (grant: (key: Key, fn: LambdaFn) => void) =>
    synthesize((app) => {
      const stack = new Stack(app, 'Shop');
      const key = new Key(stack, 'Key');
      const queue = new Queue(stack, 'Queue', { encryptionMasterKey: key });
      const table = new Table(stack, 'Table', {
        partitionKey: { name: 'pk', type: AttributeType.STRING },
        encryption: TableEncryption.CUSTOMER_MANAGED,
        encryptionKey: key,
      });
      const fn = new LambdaFn(stack, 'Fn', {
        code: Code.fromAsset(bundle('caller', source)),
        handler: 'index.handler',
        runtime: Runtime.NODEJS_24_X,
        timeout: Duration.seconds(20),
        environment: { QUEUE: queue.queueUrl, TABLE: table.tableName },
      });
      const actions = ['sqs:SendMessage', 'dynamodb:PutItem'];
      fn.addToRolePolicy(new PolicyStatement({ actions, resources: [queue.queueArn, table.tableArn] }));
      grant(key, fn);
    });

  test('need the key too: it fails without, and names the key', async () => {
    const started = await start(encrypted(() => undefined));
    for (const [service, action] of [
      ['sqs', 'kms:GenerateDataKey'],
      ['dynamodb', 'kms:Decrypt'],
    ] as const) {
      const { refused, message } = await call(started, service);
      expect([refused, message]).toEqual([
        true,
        expect.stringContaining(`not authorized to perform: ${action} on resource`),
      ]);
    }
  });

  test('are open to who may use the key, for that service alone if it says so', async () => {
    const started = await start(
      encrypted((key, fn) => {
        const viaSqs = { StringEquals: { 'kms:ViaService': 'sqs.us-east-1.amazonaws.com' } };
        const actions = ['kms:GenerateDataKey', 'kms:Decrypt'];
        fn.addToRolePolicy(new PolicyStatement({ actions, resources: [key.keyArn], conditions: viaSqs }));
      }),
    );
    expect(await call(started, 'sqs')).toEqual({ refused: false });
    expect(await call(started, 'dynamodb')).toMatchObject({ refused: true });
  });
});

describe('what cannot be left in a queue', () => {
  const sendTo = async ({ sandbox }: Started, payload: object) => {
    const url = `${sandbox.url}/2015-03-31/functions/${sandbox.environment.functions[0]!.name}/invocations`;
    await fetch(url, { method: 'POST', headers: { 'x-amz-invocation-type': 'Event' }, body: JSON.stringify(payload) });
    await sandbox.advance({ ms: hourMs });
  };

  test('is lost, and told of: a failure whose destination the function’s role may not send to', async () => {
    const kept = await start(shop());
    await sendTo(kept, { call: 'fail' });
    expect(kept.sandbox.deadLetters()).toHaveLength(1);
    const lost = await start(
      shop((stack) =>
        stack.fn.addToRolePolicy(
          new PolicyStatement({
            effect: Effect.DENY,
            actions: ['sqs:SendMessage'],
            resources: [stack.failed.queueArn],
          }),
        ),
      ),
    );
    await sendTo(lost, { call: 'fail' });
    expect(lost.sandbox.deadLetters()).toEqual([]);
    expect(ofKind(lost.activities, 'dead-letter')).toMatchObject([{ queueName: undefined }]);
    expect(ofKind(lost.activities, 'access-denied')).toMatchObject([{ action: 'sqs:SendMessage' }]);
  });

  test('is lost, and told of: an event of a rule that neither function nor queue lets in', async () => {
    const dir = shop((stack) => {
      const target = new LambdaFunction(stack.fn, { deadLetterQueue: stack.queue });
      const rule = new Rule(stack, 'Rule', {
        eventBus: stack.bus,
        eventPattern: { source: ['test'] },
        targets: [target],
      });
      const permission = stack.node
        .findAll()
        .find((node) => node.node.id.startsWith('AllowEventRule')) as CfnPermission;
      permission.addPropertyOverride('SourceArn', `${rule.ruleArn}s`);
      stack.queue.node.findChild('Policy').node.tryRemoveChild('Resource');
    });
    const started = await start(dir);
    const bus = started.sandbox.environment.busNames[0]!;
    const body = { Entries: [{ EventBusName: bus, Source: 'test', DetailType: 'x', Detail: '{}' }] };
    await fetch(started.sandbox.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify(body),
    });
    await started.sandbox.settle();
    expect(ofKind(started.activities, 'access-denied').map(({ action }) => action)).toEqual([
      'lambda:InvokeFunction',
      'sqs:SendMessage',
    ]);
    expect(started.sandbox.deadLetters()).toEqual([]);
    expect(ofKind(started.activities, 'dead-letter')).toMatchObject([
      { reason: expect.stringContaining('because no resource-based policy allows the lambda:InvokeFunction action') },
    ]);
  });
});

describe('at the start', () => {
  test('everything in policies that nobody knows is named, and counts for nothing', async () => {
    const { notices } = await start(
      shop((stack) => {
        stack.allow('sqs:SendMessages', stack.queue.queueArn);
        stack.allow('sqs:SendMessage', stack.queue.queueArn, { StringEquals: { 'aws:ResourceTag/stage': 'test' } });
        stack.allow('events:PutEvents', '*', { StringSounds: { 'aws:PrincipalAccount': 'x' } });
        stack.fn.role!.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'));
      }),
    );
    expect(notices).toEqual([
      expect.stringMatching(
        /^role Shop-FnServiceRole.* has arn:aws:iam::aws:policy\/PowerUserAccess, which is not in the template: here it allows nothing$/,
      ),
      expect.stringMatching(
        /^statement \d of FnServiceRoleDefaultPolicy\w+ names sqs:SendMessages, which is no action of its service$/,
      ),
      expect.stringMatching(
        /has condition key aws:ResourceTag\/stage, which the sandbox does not know: here it allows nothing$/,
      ),
      expect.stringMatching(
        /has condition operator StringSounds, which the sandbox does not know: here it allows nothing$/,
      ),
    ]);
  });

  test('a function with a role from elsewhere may do nothing, and is named', async () => {
    const dir = synthesize((app) => {
      const stack = new Stack(app, 'Shop');
      new LambdaFn(stack, 'Fn', {
        code: Code.fromAsset(bundle('caller', source)),
        handler: 'index.handler',
        runtime: Runtime.NODEJS_24_X,
        timeout: Duration.seconds(20),
        role: Role.fromRoleArn(stack, 'Elsewhere', 'arn:aws:iam::000000000000:role/elsewhere'),
        environment: { QUEUE: new Queue(stack, 'Queue').queueUrl },
      });
    });
    const started = await start(dir);
    expect(started.notices).toEqual([expect.stringMatching(/^function Fn\w+ has a role that is not in the template/)]);
    expect(await call(started, 'sqs')).toMatchObject({ refused: true, name: 'AccessDenied' });
  });
});
