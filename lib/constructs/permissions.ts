/**
 * What a journey's function and its timers may do: every statement, with the reason for each wildcard in it.
 *
 * Knows actions, resources and conditions; never the code that uses them. Invariant: no statement reaches what belongs to
 * another journey of the hub.
 */
import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { scheduleNameHashChars, sentEventSourcePrefix } from '../contract.js';
import { hasOtherPaths } from '../journey/correlation.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { decryptionOfTimers, encryptionOfTimers, useOfTableAndQueues } from './encryption.js';
import type { JourneyHub } from './hub.js';

/** Why a statement of ours has a wildcard, for whoever reviews the template; by Sid. */
export const wildcardReasons: Readonly<Record<string, string>> = {
  OwnTimers:
    'One timer per waiting step of a run, created and deleted at run time: their names begin with a hash of the journey and go on with one of run and step. The statement reaches the timers of this journey in its hub’s group, and no other.',
  ForwardToItsVersions:
    'The versions of this very function, whose numbers are known at run time only: a run is settled by the version that began it.',
  Trace:
    'X-Ray knows no resources for the sending of traces: whoever may send any may send all. Only where `tracing` is on.',
  InvokeItsFunction:
    'The versions and aliases of this one function: a timer invokes the one that set it. Scheduler assumes the role for schedules of the hub’s group only.',
};

/** The role of the function, with no right but to write its own log. */
export function createFunctionRole(scope: Construct, logGroup: logs.ILogGroup): iam.Role {
  const role = new iam.Role(scope, 'FunctionRole', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(
    new iam.PolicyStatement({
      sid: 'OwnLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      // The ARN of a log group ends in `:*`: its streams, which Lambda names.
      resources: [logGroup.logGroupArn],
    }),
  );
  return role;
}

/**
 * The role that Scheduler assumes to fire this journey's timers. It is the journey's and not the hub's, which would have to
 * refer to the function of each journey.
 */
export function createSchedulerRole(scope: Construct, hub: JourneyHub): iam.Role {
  return new iam.Role(scope, 'SchedulerRole', {
    description: 'Assumed by EventBridge Scheduler to fire the timers of a journey',
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: {
          'aws:SourceAccount': Stack.of(scope).account,
          // The group and nothing narrower: AWS refuses a schedule here.
          'aws:SourceArn': hub.scheduleGroup.attrArn,
        },
      },
    }),
  });
}

/** Lets timers invoke the function, and leave a dead letter when they cannot. */
export function allowTimersToFire(schedulerRole: iam.Role, fn: lambda.IFunction, hub: JourneyHub): void {
  schedulerRole.addToPolicy(
    new iam.PolicyStatement({
      sid: 'InvokeItsFunction',
      actions: ['lambda:InvokeFunction'],
      // `:*` stands for the versions and aliases of this one function: a timer names the one that set it.
      resources: [fn.functionArn, `${fn.functionArn}:*`],
    }),
  );
  schedulerRole.addToPolicy(
    new iam.PolicyStatement({
      sid: 'KeepWhatCouldNotBeDelivered',
      actions: ['sqs:SendMessage'],
      resources: [hub.undeliveredTimers.queueArn],
    }),
  );
}

export interface RunTimeRights {
  readonly hub: JourneyHub;
  readonly definition: JourneyDefinition;
  readonly schedulerRole: iam.IRole;
  readonly sendsEvents: boolean;
}

/** Lets the function do what the engine does, on what belongs to its journey. */
export function allowToRun(role: iam.IGrantable, rights: RunTimeRights): void {
  const { hub, definition, schedulerRole } = rights;
  const journeyId = definition.id;
  for (const statement of [
    new iam.PolicyStatement({
      sid: 'OwnRuns',
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      resources: [hub.table.tableArn],
      conditions: ownRunsOnly(journeyId),
    }),
    // Where events find its runs by other paths than the key, pointers are deleted when a run is over.
    ...(hasOtherPaths(definition) ? [pointersStatement(hub, journeyId)] : []),
    timersStatement(hub, journeyId),
    new iam.PolicyStatement({
      sid: 'HandTimersTheirRole',
      actions: ['iam:PassRole'],
      resources: [schedulerRole.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    }),
    new iam.PolicyStatement({
      sid: 'KeepWhatFailed',
      actions: ['sqs:SendMessage'],
      resources: [hub.failedInvocations.queueArn],
    }),
    ...(rights.sendsEvents ? [sendStatement(hub, journeyId)] : []),
  ]) {
    role.grantPrincipal.addToPrincipalPolicy(statement);
  }
}

/** Lets the function and its timers use the hub's key, if there is one. */
export function allowEncryption(
  scope: Construct,
  roles: { readonly role: iam.Role; readonly schedulerRole: iam.Role },
  { hub, definition }: Pick<RunTimeRights, 'hub' | 'definition'>,
): void {
  const { encryptionKey: key } = hub;
  if (!key) return;
  const timers = timersOf(hub, definition.id);
  for (const statement of [useOfTableAndQueues(key, scope), ...encryptionOfTimers(key, scope, timers)]) {
    roles.role.addToPolicy(statement);
  }
  for (const statement of decryptionOfTimers(key, scope, timers)) roles.schedulerRole.addToPolicy(statement);
}

/**
 * Bounds a statement on the table to the journey's own partitions. `ForAllValues` also holds when a request has no leading
 * key at all, so it bounds only actions that always name one: GetItem, PutItem, UpdateItem and DeleteItem by their required key, Query by
 * its required key condition. Scan has none, and Batch and PartiQL are other actions: never allow them under it.
 */
export function ownRunsOnly(journeyId: string): Record<string, Record<string, unknown>> {
  // `*` stands for the key values. An id has no `|`, so no other journey's partition begins like this.
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${journeyId}|*`] } };
}

/** Lets the function invoke what the steps of a declared journey invoke: each function, alias or version by its own ARN. */
export function allowToInvoke(role: iam.IGrantable, invoked: readonly { readonly fn: lambda.IFunction }[]): void {
  if (invoked.length === 0) return;
  const resources = [...new Set(invoked.map(({ fn }) => fn.functionArn))];
  role.grantPrincipal.addToPrincipalPolicy(
    new iam.PolicyStatement({ sid: 'InvokeDeclaredFunctions', actions: ['lambda:InvokeFunction'], resources }),
  );
}

/** A delete names the item's whole key, so the bound on leading keys holds as it does for a put. */
function pointersStatement(hub: JourneyHub, journeyId: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'OwnPointers',
    actions: ['dynamodb:DeleteItem'],
    resources: [hub.table.tableArn],
    conditions: ownRunsOnly(journeyId),
  });
}

function timersStatement(hub: JourneyHub, journeyId: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'OwnTimers',
    actions: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
    resources: [timersOf(hub, journeyId)],
  });
}

function timersOf(hub: JourneyHub, journeyId: string): string {
  return Stack.of(hub).formatArn({
    service: 'scheduler',
    resource: 'schedule',
    // `*` stands for the runs: a timer is named by its journey's hash and a hash of its run and step.
    resourceName: `${hub.scheduleGroup.ref}/${scheduleNameHash(journeyId)}-*`,
  });
}

function sendStatement(hub: JourneyHub, journeyId: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'SendEvents',
    actions: ['events:PutEvents'],
    resources: [hub.eventBus.eventBusArn],
    // In its own name only. Every entry of PutEvents has a source, so the set is never empty.
    conditions: { 'ForAllValues:StringEquals': { 'events:source': [`${sentEventSourcePrefix}${journeyId}`] } },
  });
}

/** The first characters of the names of all timers of a journey. */
export function scheduleNameHash(journeyId: string): string {
  return createHash('sha256').update(journeyId).digest('hex').slice(0, scheduleNameHashChars);
}
