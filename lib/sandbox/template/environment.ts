/**
 * From a cloud assembly to the resources that a sandbox runs.
 *
 * Owns: which properties of which resource types count, and the notice for every type and setting that does not.
 * Must not know: how the resources are run.
 * Invariant: nothing of the template is ignored in silence, but for `inertTypes`, which have no part in how events flow.
 */

import { compileEventPattern, InvalidEventPattern } from '../bus/pattern.js';
import { SandboxError } from '../errors.js';
import type { Assembly, TemplateResource } from './assembly.js';
import { readEventSource, readFunction, readInvokeConfigs, readPermission } from './function-properties.js';
import { busNameOf, identifyResources } from './identity.js';
import { noticesOf } from './notices.js';
import { listOf, numberOf, type Properties, recordOf, textOf } from './properties.js';
import type {
  QueueResource,
  ResolvedResource,
  RoleResource,
  RuleResource,
  RuleTarget,
  SandboxResources,
  TableResource,
} from './resources.js';
import { defaultEnvironment, resolveStacks, type StackResolver } from './template.js';
import { readAlias, readVersions, VersionNumbers } from './versions.js';

/** Known, and nothing to run: permissions are read by what checks them, logs and alarms stay quiet here. */
const inertTypes: ReadonlySet<string> = new Set([
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Events::EventBusPolicy',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::SQS::QueuePolicy',
]);

const runTypes: ReadonlySet<string> = new Set([
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::IAM::Role',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::SQS::Queue',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
]);

/** A resource with the means to read it. */
interface Found extends ResolvedResource {
  readonly stack: StackResolver;
  readonly arn: string;
}

/** `numbers`: of the versions that earlier assemblies have published in the same sandbox. */
export function readResources(
  assembly: Assembly,
  baseUrl: string,
  numbers: VersionNumbers = new VersionNumbers(),
): SandboxResources {
  const resolvers = resolveStacks(assembly.stacks, identifyResources(baseUrl, numbers));
  const unreadable: string[] = [];
  const found = resolvers.flatMap((stack) =>
    stack.resources().map(([id, resource]) => resolveResource(stack, id, resource, unreadable)),
  );
  const notices = [...unreadable, ...noticesOf(found, isKnown)];
  const of = (...types: string[]) => found.filter((resource) => types.includes(resource.type));
  const invokeConfigs = readInvokeConfigs(of('AWS::Lambda::EventInvokeConfig'), notices);
  const first = resolvers[0];
  const rules = of('AWS::Events::Rule').flatMap((rule) => readRule(rule, notices));
  const functions = of('AWS::Lambda::Function').map((fn) =>
    readFunction({ ...fn, region: fn.stack.region }, assembly.assetPaths, invokeConfigs, notices),
  );
  return {
    account: first?.account ?? defaultEnvironment.account,
    region: first?.region ?? defaultEnvironment.region,
    buses: [
      ...of('AWS::Events::EventBus').map((bus) => ({ name: bus.ref, arn: bus.arn })),
      ...(first === undefined ? [] : [{ name: 'default', arn: first.arn('events', 'event-bus/default') }]),
    ],
    rules,
    functions,
    versions: readVersions(of('AWS::Lambda::Version'), functions, invokeConfigs),
    aliases: of('AWS::Lambda::Alias').map((alias) => readAlias(alias, invokeConfigs)),
    tables: of('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map(readTable),
    scheduleGroups: [
      ...of('AWS::Scheduler::ScheduleGroup').map((group) => ({ name: group.ref, arn: group.arn })),
      ...(first === undefined ? [] : [{ name: 'default', arn: first.arn('scheduler', 'schedule-group/default') }]),
    ],
    schedules: of('AWS::Scheduler::Schedule').map(({ ref, properties }) => ({ name: ref, body: properties })),
    queues: of('AWS::SQS::Queue').map(readQueue),
    eventSources: of('AWS::Lambda::EventSourceMapping').flatMap((mapping) => readEventSource(mapping, notices)),
    roles: of('AWS::IAM::Role').map(readRole),
    permissions: of('AWS::Lambda::Permission').flatMap(({ properties }) => readPermission(properties)),
    all: found.map(({ stack: _, arn: __, ...resource }) => resource),
    templates: new Map(assembly.stacks.map(({ stackName, template }) => [stackName, template])),
    notices,
  };
}

function isKnown(type: string): boolean {
  return runTypes.has(type) || inertTypes.has(type);
}

function resolveResource(
  stack: StackResolver,
  logicalId: string,
  resource: TemplateResource,
  unreadable: string[],
): Found {
  const identity = stack.identity(logicalId);
  return {
    stack,
    stackName: stack.stackName,
    logicalId,
    type: resource.Type,
    properties: propertiesOf(stack, logicalId, resource, unreadable),
    metadata: resource.Metadata,
    deletionPolicy: resource.DeletionPolicy,
    updateReplacePolicy: resource.UpdateReplacePolicy,
    ref: identity.ref,
    arn: String(identity.attribute('Arn')),
  };
}

/**
 * An unknown type may hold functions or references that mean nothing here: its properties stay unread. What is wrong in
 * a resource that is only there to be read by others does not keep the rest from running.
 */
function propertiesOf(
  stack: StackResolver,
  logicalId: string,
  resource: TemplateResource,
  unreadable: string[],
): Properties {
  if (!isKnown(resource.Type)) return {};
  try {
    return stack.properties(resource);
  } catch (error) {
    if (!(error instanceof SandboxError) || runTypes.has(resource.Type)) throw error;
    unreadable.push(`${logicalId} (${resource.Type}) cannot be read: ${error.message}`);
    return {};
  }
}

function readRule(rule: Found, notices: string[]): RuleResource[] {
  const { properties, logicalId } = rule;
  if (properties.State === 'DISABLED') return [];
  if (properties.EventPattern === undefined) {
    notices.push(`rule ${logicalId} has a schedule and no event pattern: the sandbox does not run it`);
    return [];
  }
  const targets = listOf(properties.Targets).map((target) => readTarget(recordOf(target), logicalId, notices));
  const busName = busNameOf(properties.EventBusName);
  try {
    return [
      {
        name: rule.ref.split('|').pop()!,
        arn: rule.arn,
        busName,
        matches: compileEventPattern(properties.EventPattern),
        targets,
      },
    ];
  } catch (error) {
    if (!(error instanceof InvalidEventPattern)) throw error;
    throw new SandboxError('BadTemplate', `stack ${rule.stackName}: rule ${logicalId}: ${error.message}`);
  }
}

function readTarget(target: Readonly<Record<string, unknown>>, ruleId: string, notices: string[]): RuleTarget {
  const arn = String(target.Arn);
  const retry = recordOf(target.RetryPolicy);
  if (target.InputTransformer !== undefined) {
    notices.push(`rule ${ruleId} has an InputTransformer: the sandbox hands over the event as it is`);
  }
  if (!/^arn:[^:]+:(lambda|sqs):/.test(arn))
    notices.push(`rule ${ruleId} has a target that the sandbox does not know: ${arn}`);
  return {
    id: String(target.Id),
    arn,
    input: textOf(target.Input),
    inputPath: textOf(target.InputPath),
    retry: {
      maximumRetryAttempts: numberOf(retry.MaximumRetryAttempts, 185),
      maximumEventAgeS: numberOf(retry.MaximumEventAgeInSeconds, 86_400),
    },
    deadLetterArn: textOf(recordOf(target.DeadLetterConfig).Arn),
  };
}

/** Table and GlobalTable agree on what CreateTable needs; capacity does not matter here. */
function readTable({ properties, ref, arn }: Found): TableResource {
  const withoutCapacity = (index: unknown) => {
    const { IndexName, KeySchema, Projection } = recordOf(index);
    return { IndexName, KeySchema, Projection };
  };
  const global = listOf(properties.GlobalSecondaryIndexes).map(withoutCapacity);
  const local = listOf(properties.LocalSecondaryIndexes).map(withoutCapacity);
  const hash = listOf(properties.KeySchema)
    .map(recordOf)
    .find((key) => key.KeyType === 'HASH');
  return {
    name: ref,
    arn,
    partitionKey: String(hash?.AttributeName),
    createTable: {
      TableName: ref,
      AttributeDefinitions: properties.AttributeDefinitions,
      KeySchema: properties.KeySchema,
      BillingMode: 'PAY_PER_REQUEST',
      ...(global.length > 0 ? { GlobalSecondaryIndexes: global } : {}),
      ...(local.length > 0 ? { LocalSecondaryIndexes: local } : {}),
    },
  };
}

function readQueue({ properties, ref, arn }: Found): QueueResource {
  const policy = recordOf(properties.RedrivePolicy);
  const deadLetterArn = textOf(policy.deadLetterTargetArn);
  return {
    name: arn.slice(arn.lastIndexOf(':') + 1),
    arn,
    url: ref,
    visibilityTimeoutS: numberOf(properties.VisibilityTimeout, 30),
    retentionS: numberOf(properties.MessageRetentionPeriod, 345_600),
    delayS: numberOf(properties.DelaySeconds, 0),
    redrive:
      deadLetterArn === undefined
        ? undefined
        : { deadLetterArn, maxReceiveCount: numberOf(policy.maxReceiveCount, Number.POSITIVE_INFINITY) },
  };
}

function readRole({ properties, ref, arn }: Found): RoleResource {
  const statements = listOf(recordOf(properties.AssumeRolePolicyDocument).Statement).map(recordOf);
  const trusted = statements
    .filter((statement) => statement.Effect === 'Allow')
    .flatMap((statement) => listOf(recordOf(statement.Principal).Service));
  return { name: ref, arn, trustedServices: trusted.filter((service) => typeof service === 'string') };
}
