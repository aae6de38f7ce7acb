/**
 * Calls that the app makes, and some that it must never make: each as IAM is asked.
 *
 * Owns: one call for every action and resource that a role of the app is granted, by its label. Must not know: policies; the
 * labels say who does what, and whether it is right.
 */
import { createHash } from 'node:crypto';
import type { AuthorizedCall, Caller } from '../../lib/sandbox/seams.js';
import type { FunctionResource, SandboxResources } from '../../lib/sandbox/template/resources.js';

export interface LabelledCall {
  /** `abandoned-cart: dynamodb:PutItem of its own run` */
  readonly label: string;
  readonly call: AuthorizedCall;
  readonly right: boolean;
}

export function callsOf(resources: SandboxResources): LabelledCall[] {
  const journeys = resources.functions.filter(({ environment }) => environment.SOJOURN_JOURNEY !== undefined);
  return [
    ...journeys.flatMap((fn) => callsOfJourney(fn, resources, journeys.find((other) => other !== fn)!)),
    ...callsOfRedriver(resources, journeys),
  ];
}

type Ask = (label: string, right: boolean, call: AuthorizedCall) => LabelledCall;

function callsOfJourney(fn: FunctionResource, resources: SandboxResources, other: FunctionResource): LabelledCall[] {
  const journey = fn.environment.SOJOURN_JOURNEY!;
  const ask: Ask = (label, right, call) => ({ label: `${journey}: ${label}`, right, call });
  return [
    ...tableCalls(ask, fn, resources, other),
    ...timerCalls(ask, fn, resources, other),
    ...mailCalls(ask, fn, resources),
    ...logCalls(ask, fn, resources),
    ...deliveries(ask, fn, resources, other),
  ];
}

function tableCalls(ask: Ask, fn: FunctionResource, resources: SandboxResources, other: FunctionResource) {
  const caller = callerOf(fn);
  const resource = resources.tables[0]!.arn;
  const key = (of: FunctionResource) => [`${of.environment.SOJOURN_JOURNEY}|key|s:42`];
  const on = (action: string, keys: AuthorizedCall['keys'] = {}) => ({ caller, action, resource, keys });
  return [
    ...['GetItem', 'PutItem', 'Query', 'UpdateItem'].flatMap((action) => [
      ask(`${action} of its own runs`, true, on(`dynamodb:${action}`, { 'dynamodb:LeadingKeys': key(fn) })),
      ask(`${action} of another's runs`, false, on(`dynamodb:${action}`, { 'dynamodb:LeadingKeys': key(other) })),
    ]),
    ask('Scan', false, on('dynamodb:Scan')),
    ask('DeleteItem of its own runs', false, on('dynamodb:DeleteItem', { 'dynamodb:LeadingKeys': key(fn) })),
    ask('GetItem of another table', false, {
      ...on('dynamodb:GetItem', { 'dynamodb:LeadingKeys': key(fn) }),
      resource: `${resource}s`,
    }),
  ];
}

function timerCalls(ask: Ask, fn: FunctionResource, resources: SandboxResources, other: FunctionResource) {
  const caller = callerOf(fn);
  const arn = (of: FunctionResource, group = fn.environment.SOJOURN_SCHEDULE_GROUP) =>
    `arn:aws:scheduler:${resources.region}:${resources.account}:schedule/${group}/${hashOf(of)}-0a1b2c`;
  const role = (of: FunctionResource) => of.environment.SOJOURN_SCHEDULER_ROLE!;
  const failed = resources.aliases.find(({ functionName }) => functionName === fn.name)!.asyncInvoke.onFailureArn!;
  const pass = (of: FunctionResource, to: string) => ({
    caller,
    action: 'iam:PassRole',
    resource: role(of),
    keys: { 'iam:PassedToService': to },
  });
  return [
    ...['CreateSchedule', 'DeleteSchedule'].flatMap((action) => [
      ask(`${action} of its own timer`, true, { caller, action: `scheduler:${action}`, resource: arn(fn) }),
      ask(`${action} of another's timer`, false, { caller, action: `scheduler:${action}`, resource: arn(other) }),
      ask(`${action} in the default group`, false, {
        caller,
        action: `scheduler:${action}`,
        resource: arn(fn, 'default'),
      }),
    ]),
    ask('UpdateSchedule of its own timer', false, { caller, action: 'scheduler:UpdateSchedule', resource: arn(fn) }),
    ask('PassRole of its timers’ role to Scheduler', true, pass(fn, 'scheduler.amazonaws.com')),
    ask('PassRole of its timers’ role to Lambda', false, pass(fn, 'lambda.amazonaws.com')),
    ask('PassRole of another’s role', false, pass(other, 'scheduler.amazonaws.com')),
    ask('SendMessage to the failed invocations', true, {
      caller,
      action: 'sqs:SendMessage',
      resource: failed,
    }),
    ask('ReceiveMessage from the failed invocations', false, {
      caller,
      action: 'sqs:ReceiveMessage',
      resource: failed,
    }),
  ];
}

function mailCalls(ask: Ask, fn: FunctionResource, { region, account }: SandboxResources) {
  const sender = fn.environment.MAIL_SENDER!;
  const send = (from: string, identity: string): AuthorizedCall => ({
    caller: callerOf(fn),
    action: 'ses:SendEmail',
    resource: `arn:aws:ses:${region}:${account}:identity/${identity}`,
    keys: { 'ses:FromAddress': from, 'ses:Recipients': ['a@b.c'] },
  });
  return [
    ask('SendEmail from its sender', true, send(sender, sender)),
    ask('SendEmail from its sender’s domain', true, send(sender, sender.split('@')[1]!)),
    ask('SendEmail from somebody else', false, send(`other@${sender.split('@')[1]}`, sender.split('@')[1]!)),
  ];
}

function logCalls(ask: Ask, fn: FunctionResource, resources: SandboxResources) {
  const { properties } = resources.all.find(({ logicalId }) => logicalId === fn.logicalId)!;
  const group = (properties.LoggingConfig as { LogGroup: string }).LogGroup;
  const stream = `arn:aws:logs:${resources.region}:${resources.account}:log-group:${group}:log-stream:2027/01/04/[$LATEST]0`;
  return ['CreateLogStream', 'PutLogEvents'].map((action) =>
    ask(`${action} of its own log`, true, { caller: callerOf(fn), action: `logs:${action}`, resource: stream }),
  );
}

/** What reaches the function, and what becomes of what does not. */
function deliveries(ask: Ask, fn: FunctionResource, resources: SandboxResources, other: FunctionResource) {
  const rule = ruleOf(fn, resources);
  const target = rule.targets[0]!;
  const byRule = (arn: string): Caller => ({ kind: 'service', service: 'events', sourceArn: arn });
  const group = resources.scheduleGroups.find(({ name }) => name === fn.environment.SOJOURN_SCHEDULE_GROUP)!.arn;
  const schedule = `${group.replace('schedule-group', 'schedule')}/${hashOf(fn)}-0a1b2c`;
  const byTimer = (roleOf: FunctionResource, sourceArn = schedule): Caller => ({
    kind: 'service',
    service: 'scheduler',
    sourceArn,
    roleArn: roleOf.environment.SOJOURN_SCHEDULER_ROLE!,
  });
  const invoke = 'lambda:InvokeFunction';
  const send = 'sqs:SendMessage';
  const timerQueue = fn.environment.SOJOURN_TIMER_DLQ!;
  return [
    ask('its rule invokes it', true, { caller: byRule(rule.arn), action: invoke, resource: target.arn }),
    ask('another’s rule invokes it', false, {
      caller: byRule(ruleOf(other, resources).arn),
      action: invoke,
      resource: target.arn,
    }),
    ask('its rule leaves a dead letter', true, {
      caller: byRule(rule.arn),
      action: send,
      resource: target.deadLetterArn!,
    }),
    ask('a rule of another bus leaves a dead letter', false, {
      caller: byRule(`arn:aws:events:${resources.region}:${resources.account}:rule/other/x`),
      action: send,
      resource: target.deadLetterArn!,
    }),
    ask('its timer invokes it', true, { caller: byTimer(fn), action: invoke, resource: fn.arn }),
    ask('its timer invokes a version of it', true, { caller: byTimer(fn), action: invoke, resource: `${fn.arn}:7` }),
    ask('its timer invokes another', false, { caller: byTimer(fn), action: invoke, resource: other.arn }),
    ask('a timer of another group takes its role', false, {
      caller: byTimer(fn, schedule.replace(/schedule\/[^/]+/, 'schedule/other')),
      action: invoke,
      resource: fn.arn,
    }),
    ask('its timer leaves a dead letter', true, { caller: byTimer(fn), action: send, resource: timerQueue }),
    ask('its timer sends elsewhere', false, { caller: byTimer(fn), action: send, resource: target.deadLetterArn! }),
  ];
}

function callsOfRedriver(resources: SandboxResources, journeys: readonly FunctionResource[]): LabelledCall[] {
  const fn = resources.functions.find(({ environment }) => environment.SOJOURN_DEAD_LETTER_QUEUE !== undefined)!;
  const caller = callerOf(fn);
  const ask: Ask = (label, right, call) => ({ label: `redriver: ${label}`, right, call });
  const name = (arn: string) => arn.replace(/^.*-(\w+)-\w+$/, '$1');
  const people = resources.queues.find(({ url }) => url === fn.environment.SOJOURN_DEAD_LETTER_QUEUE)!;
  const sources = resources.eventSources.map(({ queueArn }) => queueArn);
  const takes = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes', 'ChangeMessageVisibility'];
  const read = (action: string, key: string) => ({
    caller,
    action: `dynamodb:${action}`,
    resource: resources.tables[0]!.arn,
    keys: { 'dynamodb:LeadingKeys': [key] },
  });
  return [
    ...sources.flatMap((resource) =>
      takes.map((action) => ask(`${action} of ${name(resource)}`, true, { caller, action: `sqs:${action}`, resource })),
    ),
    ...takes
      .slice(0, 2)
      .map((action) =>
        ask(`${action} of the people's queue`, false, { caller, action: `sqs:${action}`, resource: people.arn }),
      ),
    ask("SendMessage to the people's queue", true, { caller, action: 'sqs:SendMessage', resource: people.arn }),
    ask('GetItem of its probe', true, read('GetItem', 'redriver')),
    ask('GetItem of a run', false, read('GetItem', 'abandoned-cart|key|s:42')),
    ask('PutItem of its probe', false, read('PutItem', 'redriver')),
    ...journeys.map((journey) =>
      ask(`invokes ${journey.environment.SOJOURN_JOURNEY}`, true, {
        caller,
        action: 'lambda:InvokeFunction',
        resource: ruleOf(journey, resources).targets[0]!.arn,
      }),
    ),
    ask('invokes itself', false, { caller, action: 'lambda:InvokeFunction', resource: fn.arn }),
    ...logCalls(ask, fn, resources),
  ];
}

/** The rule that hands a journey its events. */
function ruleOf(fn: FunctionResource, { rules }: SandboxResources) {
  return rules.find(({ targets }) => targets.some(({ arn }) => arn === fn.arn || arn.startsWith(`${fn.arn}:`)))!;
}

function callerOf(fn: FunctionResource): Caller {
  return { kind: 'function', functionName: fn.name, roleArn: fn.roleArn, requestId: 'request-1' };
}

/** The first eight characters of the hash of a journey's id, of which its timers' names are made. */
function hashOf({ environment }: FunctionResource): string {
  return createHash('sha256').update(environment.SOJOURN_JOURNEY!).digest('hex').slice(0, 8);
}
