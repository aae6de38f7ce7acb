/**
 * The function that redrives a hub's dead letters: its queues invoke it, it invokes the journeys' functions again.
 *
 * Owns: its code, its rights, its event sources. Knows no journey: a journey admits it (`admit`), so that hub and journeys can
 * live in different stacks, and so that its own policy does not grow with their number.
 * Invariant: it may read no run, put no event, and invoke no function but those that admitted it.
 */
import { rmSync } from 'node:fs';
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as cxapi from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { redriverEnv, redriverProbeKey } from '../contract.js';
import { limits } from '../limits.js';
import { bundleEntry } from './bundle.js';
import { useOfQueues } from './encryption.js';
import location from './redriver-location.cjs';

/** Messages of one invocation, and invocations at a time: what comes back after an outage must not take the account's all. */
const batchSize = 10;
const maxConcurrency = 5;
const memoryMiB = 256;

/** What a hub makes its redriver of. */
export interface RedriverProps {
  /** What it redrives, by the id of its event source. */
  readonly sources: Readonly<Record<string, sqs.IQueue>>;
  /** Those of the sources that timers may come from: they are put back once. */
  readonly timerSources: readonly sqs.IQueue[];
  /** Where it leaves what it cannot redrive. */
  readonly deadLetters: sqs.IQueue;
  /** The hub's table: while it does not answer, nothing is tried. */
  readonly table: dynamodb.Table;
  /** Of the queues; undefined: AWS's own. */
  readonly encryptionKey: kms.IKey | undefined;
  /** How long its log is kept. */
  readonly logRetention: logs.RetentionDays;
  /** Of the log. */
  readonly removalPolicy: RemovalPolicy;
}

/** Tries again what could not be taken. A hub makes its own. */
export class Redriver extends Construct {
  /** The function, for its metrics and alarms of your own. */
  readonly fn: lambda.Function;

  constructor(scope: Construct, id: string, props: RedriverProps) {
    super(scope, id);
    const { encryptionKey } = props;
    const logGroup = new logs.LogGroup(this, 'Log', {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
      ...(encryptionKey && { encryptionKey }),
    });
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    for (const statement of statements(props, logGroup)) role.addToPolicy(statement);
    if (encryptionKey) role.addToPolicy(useOfQueues(encryptionKey, this));
    this.fn = new lambda.Function(this, 'Function', {
      description: 'Tries dead letters of journeys again',
      code: lambda.Code.fromAsset(bundled(this)),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: memoryMiB,
      timeout: Duration.millis(limits.redriverTimeoutMs),
      role,
      logGroup,
      environment: {
        [redriverEnv.deadLetterQueueUrl]: props.deadLetters.queueUrl,
        [redriverEnv.tableName]: props.table.tableName,
      },
    });
    for (const [name, queue] of Object.entries(props.sources)) {
      const source = new lambda.EventSourceMapping(this, name, {
        target: this.fn,
        eventSourceArn: queue.queueArn,
        batchSize,
        maxConcurrency,
        reportBatchItemFailures: true,
      });
      // Lambda looks whether the role may read the queue when the mapping is made.
      source.node.addDependency(role);
    }
  }

  /** Lets it invoke a journey's function: by the function's own policy, in the function's stack. */
  admit(fn: lambda.IFunction): void {
    fn.addPermission('InvokedByRedriver', { principal: new iam.ArnPrincipal(this.fn.role!.roleArn) });
  }
}

function statements(props: RedriverProps, logGroup: logs.ILogGroup): iam.PolicyStatement[] {
  const { sources, timerSources, deadLetters, table } = props;
  return [
    new iam.PolicyStatement({
      sid: 'OwnLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      // The ARN of a log group ends in `:*`: its streams, which Lambda names.
      resources: [logGroup.logGroupArn],
    }),
    new iam.PolicyStatement({
      sid: 'TakeDeadLetters',
      actions: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      resources: Object.values(sources).map((queue) => queue.queueArn),
    }),
    new iam.PolicyStatement({
      sid: 'PutThemBackOrKeepThem',
      actions: ['sqs:SendMessage'],
      resources: [...timerSources, deadLetters].map((queue) => queue.queueArn),
    }),
    new iam.PolicyStatement({
      sid: 'SeeWhetherTheTableAnswers',
      actions: ['dynamodb:GetItem'],
      resources: [table.tableArn],
      // One key that no item has: GetItem always names its key, so no run can be read.
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [redriverProbeKey] } },
    }),
  ];
}

let directory: string | undefined;

/** The same for every hub of a process; gone with the process, unless the CDK was told to leave assets where they are. */
function bundled(scope: Construct): string {
  if (directory === undefined) {
    const made = bundleEntry(location.redriverEntry, { sourceMap: false }).directory;
    const stays = Boolean(scope.node.tryGetContext(cxapi.DISABLE_ASSET_STAGING_CONTEXT));
    if (!stays) process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    directory = made;
  }
  return directory;
}
