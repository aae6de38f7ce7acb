/**
 * What AWS asks IAM when a request arrives: the actions, the resources, the condition keys of its service.
 *
 * Owns: the mapping from the operations of each API to actions and ARNs. Must not know: policies, who is asking.
 * Invariants: a request that touches several resources is several questions, and all must be answered yes; a name that
 * nothing has is asked by the ARN that it would have.
 */

import type { ApiRequest } from '../http/wire.js';
import { listOf, recordOf, textOf } from '../template/properties.js';
import type { SandboxResources } from '../template/resources.js';
import { keysOfNewSchedule } from './encryption.js';
import { functionOf } from './invoke-permission.js';
import { mailQuestions } from './mail-questions.js';
import type { Question } from './question.js';
import { tableQuestions } from './table-questions.js';

type Input = ApiRequest['input'];

export function questionsOf(request: ApiRequest, resources: SandboxResources): readonly Question[] {
  const { service, operation, input, name } = request;
  switch (service) {
    case 'dynamodb':
      return tableQuestions(operation, input, resources);
    case 'sqs':
      return [{ action: `sqs:${operation.replace(/Batch$/, '')}`, resource: queueArn(operation, input, resources) }];
    case 'scheduler':
      return scheduleQuestions(operation, name, input, resources);
    case 'lambda':
      return lambdaQuestions(operation, name, input, resources);
    case 'events':
      return operation === 'PutEvents' ? putEventsQuestions(input, resources) : unknown('events', operation);
    case 'ses':
      return operation === 'SendEmail' ? mailQuestions(input, resources) : unknown('ses', operation);
    default:
      return unknown(service, operation);
  }
}

function unknown(service: string, operation: string): Question[] {
  return [{ action: `${service}:${operation}`, resource: '*' }];
}

function queueArn(operation: string, input: Input, resources: SandboxResources): string {
  if (operation === 'ListQueues') return '*';
  const name = String(input.QueueName ?? input.QueueUrl ?? '')
    .split('/')
    .pop();
  return arnOf('sqs', name!, resources);
}

/** With a schedule's role goes iam:PassRole, with its key the use of that. */
function scheduleQuestions(operation: string, name: string, input: Input, resources: SandboxResources): Question[] {
  const action = `scheduler:${operation}`;
  if (operation === 'ListSchedules') return [{ action, resource: '*' }];
  if (operation.endsWith('ScheduleGroup')) {
    return [{ action, resource: arnOf('scheduler', `schedule-group/${name}`, resources) }];
  }
  const group = String(input.GroupName ?? input.groupName ?? 'default');
  const schedule = { action, resource: arnOf('scheduler', `schedule/${group}/${name}`, resources) };
  const keyArn = textOf(input.KmsKeyArn);
  const roleArn = textOf(recordOf(input.Target).RoleArn);
  const keys = { 'iam:PassedToService': 'scheduler.amazonaws.com' };
  return [
    schedule,
    ...(roleArn === undefined ? [] : [{ action: 'iam:PassRole', resource: roleArn, keys }]),
    ...(keyArn === undefined ? [] : keysOfNewSchedule(keyArn, schedule.resource, resources)),
  ];
}

function lambdaQuestions(operation: string, name: string, input: Input, resources: SandboxResources): Question[] {
  // Mappings are found by their function, and asked for on all.
  if (operation.endsWith('EventSourceMappings')) return unknown('lambda', operation);
  const action = `lambda:${operation === 'Invoke' ? 'InvokeFunction' : operation}`;
  return [{ action, resource: functionArn(name, textOf(input.Qualifier), resources) }];
}

/** A qualifier stands in the name, or beside it. */
function functionArn(nameOrArn: string, beside: string | undefined, resources: SandboxResources): string {
  const { name, qualifier = beside } = functionOf(nameOrArn);
  const arn = arnOf('lambda', `function:${name}`, resources);
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

/** One for each bus, with the sources and names of its entries. */
function putEventsQuestions(input: Input, resources: SandboxResources): Question[] {
  const entriesOf = new Map<string, Input[]>();
  for (const entry of listOf(input.Entries).map(recordOf)) {
    const name = textOf(entry.EventBusName) || 'default';
    const arn = name.startsWith('arn:') ? name : arnOf('events', `event-bus/${name}`, resources);
    entriesOf.set(arn, [...(entriesOf.get(arn) ?? []), entry]);
  }
  if (entriesOf.size === 0) entriesOf.set(arnOf('events', 'event-bus/default', resources), []);
  return [...entriesOf].map(([resource, entries]) => ({
    action: 'events:PutEvents',
    resource,
    keys: { 'events:source': distinct(entries, 'Source'), 'events:detail-type': distinct(entries, 'DetailType') },
  }));
}

function distinct(entries: readonly Input[], field: string): string[] {
  return [...new Set(entries.flatMap((entry) => textOf(entry[field]) ?? []))];
}

function arnOf(service: string, resource: string, { region, account }: SandboxResources): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}
