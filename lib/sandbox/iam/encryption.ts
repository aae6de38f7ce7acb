/**
 * The keys that a call needs besides its own right: those of tables, queues, timers and logs that a key of the template encrypts.
 *
 * Owns: which operations ask KMS for what, in the caller's name. Must not know: policies.
 * Keys that AWS manages ask nothing of a role; no policy of theirs lets another service in, and none can be seen here.
 */

import { type Properties, recordOf, textOf } from '../template/properties.js';
import type { SandboxResources } from '../template/resources.js';
import type { Keys } from './context.js';
import type { Question } from './question.js';

const ofQueue: Readonly<Record<string, readonly string[]>> = {
  'sqs:SendMessage': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:ReceiveMessage': ['kms:Decrypt'],
};

/** Calls that only describe a table, and never touch an item. */
const withoutItems = /^dynamodb:(Describe|List|Tag|Untag)/;

export function neededKeys({ action, resource }: Question, resources: SandboxResources): Question[] {
  const service = action.split(':')[0]!;
  const actions = service === 'dynamodb' && !withoutItems.test(action) ? ['kms:Decrypt'] : (ofQueue[action] ?? []);
  if (actions.length === 0) return [];
  const key = keyOf(resource.replace(/\/index\/.*$/, ''), resources);
  const keys = { 'kms:ViaService': `${service}.${resources.region}.amazonaws.com` };
  return key === undefined ? [] : actions.map((each) => ({ action: each, resource: key, keys }));
}

/** What Scheduler asks of who creates an encrypted schedule: to describe the key, for no schedule in particular, and to use it. */
export function keysOfNewSchedule(keyArn: string, scheduleArn: string, { region }: SandboxResources): Question[] {
  const via = { 'kms:ViaService': `scheduler.${region}.amazonaws.com` };
  return [
    { action: 'kms:DescribeKey', resource: keyArn, keys: via },
    ...['kms:GenerateDataKey', 'kms:Decrypt'].map((action) => ({
      action,
      resource: keyArn,
      keys: { ...via, ...contextOfSchedule(scheduleArn) },
    })),
  ];
}

/** What Scheduler asks of a schedule's role before it delivers what a key encrypts. */
export function keyOfDueSchedule(keyArn: string, scheduleArn: string): Question {
  return { action: 'kms:Decrypt', resource: keyArn, keys: contextOfSchedule(scheduleArn) };
}

function contextOfSchedule(scheduleArn: string): Keys {
  return { 'kms:EncryptionContext:aws:scheduler:schedule:arn': scheduleArn };
}

/** ARN of the key of a table or queue. */
function keyOf(arn: string, resources: SandboxResources): string | undefined {
  const ref =
    resources.queues.find((queue) => queue.arn === arn)?.url ?? resources.tables.find((one) => one.arn === arn)?.name;
  const properties = resources.all.find(
    ({ type, ref: own }) => own === ref && (type === 'AWS::SQS::Queue' || type.startsWith('AWS::DynamoDB::')),
  )?.properties;
  const named = properties && nameOfKey(properties);
  if (named === undefined || named.startsWith('alias/aws/')) return undefined;
  const alias = resources.all.find(
    ({ type, properties: own }) => type === 'AWS::KMS::Alias' && named.endsWith(String(own.AliasName)),
  );
  const key = textOf(alias?.properties.TargetKeyId) ?? named;
  return key.startsWith('arn:') ? key : `arn:aws:kms:${resources.region}:${resources.account}:key/${key}`;
}

function nameOfKey(properties: Properties): string | undefined {
  const [replica] = Array.isArray(properties.Replicas) ? (properties.Replicas as unknown[]) : [];
  return (
    textOf(properties.KmsMasterKeyId) ??
    textOf(recordOf(properties.SSESpecification).KMSMasterKeyId) ??
    textOf(recordOf(recordOf(replica).SSESpecification).KMSMasterKeyId)
  );
}
