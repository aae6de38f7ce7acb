/**
 * The stand that the sandbox's tests run on: small CDK apps, synthesized into a temporary directory, with one function
 * whose bundle does what its event tells it to.
 *
 * Owns: synthesizing, bundling, starting and closing. Must not know: what a test asserts.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFn, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { type Activity, type Sandbox, type SandboxOptions, startSandbox } from '../../lib/sandbox/index.js';

process.env.CDK_VALIDATION = 'false';
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** 10 o'clock, on a whole second. */
export const startMs = Date.parse('2026-11-22T10:00:00Z');
export const hourMs = 3_600_000;

export const workDir = mkdtempSync(path.join(tmpdir(), 'sandbox-test-'));
afterAll(() => rmSync(workDir, { recursive: true, force: true }));

/** Writes a handler's bundle as the CDK app would: an ESM file with everything in it. */
export function bundle(name: string, source: string): string {
  const dir = path.join(workDir, `code-${name}`);
  mkdirSync(dir, { recursive: true });
  buildSync({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'js' },
    outfile: path.join(dir, 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return dir;
}

/** Does one thing after the other: those of the event's detail, or of a schedule's input. */
const performerSource = `
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
const [dynamodb, events, scheduler, ses] = [new DynamoDBClient(), new EventBridgeClient(), new SchedulerClient(), new SESv2Client()];
const { TABLE: TableName, BUS: EventBusName, GROUP: GroupName, ROLE: RoleArn } = process.env;
let calls = 0;
const acts = {
  put: ({ pk, sk }) => dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, sk: { S: sk }, at: { S: new Date().toISOString() } } })),
  query: ({ pk }) => dynamodb.send(new QueryCommand({
    TableName, ConsistentRead: true, KeyConditionExpression: '#k = :k', ExpressionAttributeNames: { '#k': 'pk' }, ExpressionAttributeValues: { ':k': { S: pk } },
  })),
  schedule: ({ name, at, input }, context) => scheduler.send(new CreateScheduleCommand({
    Name: name, GroupName, ScheduleExpression: 'at(' + at + ')', FlexibleTimeWindow: { Mode: 'OFF' }, ActionAfterCompletion: 'DELETE',
    Target: { Arn: context.invokedFunctionArn, RoleArn, Input: JSON.stringify(input) },
  })),
  send: ({ name, detail }) => events.send(new PutEventsCommand({ Entries: [{ EventBusName, Source: 'performer', DetailType: name, Detail: JSON.stringify(detail) }] })),
  mail: ({ to }) => ses.send(new SendEmailCommand({
    FromEmailAddress: 'shop@example.com', Destination: { ToAddresses: [to] }, Content: { Simple: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'there' } } } },
  })),
  fail: ({ message }) => { throw Object.assign(new Error(message), { name: 'Refused' }); },
  hang: () => new Promise((resolve) => setTimeout(resolve, 60_000)),
  wait: ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms)),
  exit: ({ code }) => process.exit(code),
  log: ({ line }) => console.log(line),
};
export const handler = async (event, context) => {
  calls += 1;
  for (const act of event.detail?.acts ?? event.acts ?? []) await acts[act.act](act, context);
  return { calls, now: Date.now(), environment: process.env, context, remainingMs: context.getRemainingTimeInMillis(), dates: {
    called: typeof Date(), instance: new Date() instanceof Date, parsed: new Date('2020-01-01T00:00:00Z').getTime(), own: new (class extends Date {})() instanceof Date } };
};
`;

let performerDir: string | undefined;

export interface PerformerProps {
  readonly retryAttempts?: number;
  readonly maxEventAge?: Duration;
  readonly timeout?: Duration;
  readonly environment?: Record<string, string>;
}

/**
 * Bus, table, schedule group, role, function with an on-failure queue, one rule with a dead-letter queue; the function may do
 * what its acts do, by the CDK's own grants.
 */
export class PerformerStack extends Stack {
  readonly bus = new EventBus(this, 'Bus');
  readonly fn: LambdaFn;

  constructor(scope: Construct, id: string, props: PerformerProps = {}) {
    super(scope, id);
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ex',
    });
    const group = new ScheduleGroup(this, 'Group');
    const failed = new Queue(this, 'Failed');
    const role = new Role(this, 'TimerRole', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
    performerDir ??= bundle('performer', performerSource);
    this.fn = new LambdaFn(this, 'Performer', {
      code: Code.fromAsset(performerDir),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout ?? Duration.seconds(20),
      environment: {
        TABLE: table.tableName,
        BUS: this.bus.eventBusName,
        GROUP: group.scheduleGroupName,
        ROLE: role.roleArn,
        SOJOURN_JOURNEY: 'performer',
        ...props.environment,
      },
      onFailure: new SqsDestination(failed),
      ...(props.retryAttempts === undefined ? {} : { retryAttempts: props.retryAttempts }),
      ...(props.maxEventAge === undefined ? {} : { maxEventAge: props.maxEventAge }),
    });
    table.grantReadWriteData(this.fn);
    this.bus.grantPutEventsTo(this.fn);
    group.grantWriteSchedules(this.fn);
    role.grantPassRole(this.fn.role!);
    this.fn.grantInvoke(role);
    failed.grantSendMessages(role);
    this.fn.addToRolePolicy(new PolicyStatement({ actions: ['ses:SendEmail'], resources: ['*'] }));
    new Rule(this, 'Rule', {
      eventBus: this.bus,
      eventPattern: { detailType: ['act'] },
      targets: [new LambdaFunction(this.fn, { deadLetterQueue: new Queue(this, 'Undelivered'), retryAttempts: 3 })],
    });
  }
}

let apps = 0;

/** Synthesizes an app. @returns its assembly directory. */
export function synthesize(define: (app: App) => void): string {
  apps += 1;
  const app = new App({ outdir: path.join(workDir, `app-${apps}`), analyticsReporting: false });
  define(app);
  return app.synth().directory;
}

const open: Sandbox[] = [];
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.close();
});

export interface Started {
  readonly sandbox: Sandbox;
  readonly activities: Activity[];
  readonly notices: string[];
  readonly clients: ReturnType<typeof clientsOf>;
  /** Puts one event that tells the performer what to do. */
  perform(...acts: readonly object[]): Promise<string>;
}

/** Starts a sandbox with a frozen clock; it is closed after the test. */
export async function start(assemblyDir: string, options: Partial<SandboxOptions> = {}): Promise<Started> {
  const activities: Activity[] = [];
  const notices: string[] = [];
  const sandbox = await startSandbox({
    assemblyDir,
    port: 0,
    clock: { mode: 'frozen', startMs },
    onActivity: (activity) => activities.push(activity),
    onNotice: (line) => notices.push(line),
    ...options,
  });
  open.push(sandbox);
  const clients = clientsOf(sandbox);
  const perform = async (...acts: readonly object[]) => {
    const detail = JSON.stringify({ acts });
    const answer = await put(clients.events, {
      EventBusName: sandbox.environment.busNames[0]!,
      DetailType: 'act',
      Detail: detail,
    });
    return answer.Entries![0]!.EventId!;
  };
  return { sandbox, activities, notices, clients, perform };
}

/** The clients that any user would point at the sandbox. */
export function clientsOf(sandbox: Pick<Sandbox, 'url'>) {
  const config = {
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  return {
    events: new EventBridgeClient(config),
    dynamodb: new DynamoDBClient(config),
    scheduler: new SchedulerClient(config),
    sqs: new SQSClient(config),
  };
}

export function put(client: EventBridgeClient, ...entries: readonly PutEventsRequestEntry[]) {
  return client.send(new PutEventsCommand({ Entries: entries.map((entry) => ({ Source: 'test', ...entry })) }));
}

/** Activities of one kind. */
export function ofKind<K extends Activity['kind']>(activities: readonly Activity[], kind: K) {
  return activities.filter((activity): activity is Extract<Activity, { kind: K }> => activity.kind === kind);
}

// biome-ignore lint/suspicious/noExplicitAny: what a service answers; tests say what they expect of it.
export type Json = any;

export async function control(
  sandbox: Sandbox,
  pathAndQuery: string,
  body?: unknown,
): Promise<{ status: number; body: Json }> {
  const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${sandbox.url}/_sojourn${pathAndQuery}`, request);
  return { status: response.status, body: await response.json() };
}
