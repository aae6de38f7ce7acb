/**
 * Probes of the policies of the deployed roles, with the account's own policy simulator.
 *
 * Owns: the calls that a journey's function may make and those that it may not.
 */
import { table as tableNames } from '../../lib/contract.js';
import { timerNamePrefix } from '../../lib/engine/stored/key.js';
import type { Fact, Probing, Seen } from './facts.js';

interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context?: readonly string[];
  readonly allowed: boolean;
}

function context(name: string, type: 'string' | 'stringList', value: string): string[] {
  return ['--context-entries', `ContextKeyName=${name},ContextKeyType=${type},ContextKeyValues=${value}`];
}

/** What the function of win-back may do, and what it may not. */
function calls({ account, stack }: Probing): Call[] {
  const { region, accountId } = account.place;
  const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${accountId}:${resource}`;
  const table = arn('dynamodb', `table/${stack.tableName}`);
  const schedule = (journey: string) => arn('scheduler', `schedule/${stack.groupName}/${timerNamePrefix(journey)}x`);
  const role = `arn:aws:iam::${accountId}:role/${stack.id('AWS::IAM::Role', 'WinBackSchedulerRole')}`;
  const leading = (journey: string) => context('dynamodb:LeadingKeys', 'stringList', `${journey}|key|s:1`);
  const passedTo = (service: string) => context('iam:PassedToService', 'string', `${service}.amazonaws.com`);
  return [
    { action: 'dynamodb:Query', resource: table, context: leading('win-back'), allowed: true },
    { action: 'dynamodb:PutItem', resource: table, context: leading('win-back'), allowed: true },
    { action: 'dynamodb:Query', resource: table, context: leading('activation'), allowed: false },
    { action: 'dynamodb:Scan', resource: table, allowed: false },
    { action: 'dynamodb:DeleteItem', resource: table, context: leading('win-back'), allowed: false },
    { action: 'scheduler:CreateSchedule', resource: schedule('win-back'), allowed: true },
    { action: 'scheduler:DeleteSchedule', resource: schedule('win-back'), allowed: true },
    { action: 'scheduler:DeleteSchedule', resource: schedule('activation'), allowed: false },
    { action: 'iam:PassRole', resource: role, context: passedTo('scheduler'), allowed: true },
    { action: 'iam:PassRole', resource: role, context: passedTo('lambda'), allowed: false },
    { action: 'events:PutEvents', resource: arn('events', `event-bus/${stack.busName}`), allowed: false },
  ];
}

async function leastPrivilege(probing: Probing): Promise<Seen> {
  const { account, stack } = probing;
  const role = `arn:aws:iam::${account.place.accountId}:role/${stack.id('AWS::IAM::Role', 'WinBackFunctionRole')}`;
  const all = calls(probing);
  const wrong: string[] = [];
  for (const { action, resource, context: entries = [], allowed } of all) {
    const call = ['--policy-source-arn', role, '--action-names', action, '--resource-arns', resource, ...entries];
    const answer = await account.cli<{ EvaluationResults: { EvalDecision: string }[] }>(
      'iam',
      'simulate-principal-policy',
      ...call,
    );
    const decision = answer.EvaluationResults[0]?.EvalDecision;
    if ((decision === 'allowed') !== allowed)
      wrong.push(`${action} on ${resource} ${entries.at(-1) ?? ''}: ${decision}`);
  }
  return {
    agrees: wrong.length === 0,
    seen: wrong.length === 0 ? `${all.length} calls judged as meant` : wrong.join('; '),
  };
}

/** Leading keys are of the partition key: the name that the table really has. */
async function tableIsAsMeant({ account, stack }: Probing): Promise<Seen> {
  const name = ['--table-name', stack.tableName];
  const { Table } = await account.cli<{
    Table: { KeySchema: { AttributeName: string }[]; BillingModeSummary?: object };
  }>('dynamodb', 'describe-table', ...name);
  const ttl = await account.cli<{ TimeToLiveDescription: { AttributeName?: string } }>(
    'dynamodb',
    'describe-time-to-live',
    ...name,
  );
  const backups = await account.cli<{
    ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: string } };
  }>('dynamodb', 'describe-continuous-backups', ...name);
  const seen = [
    ...Table.KeySchema.map(({ AttributeName }) => AttributeName),
    ttl.TimeToLiveDescription.AttributeName,
    backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus,
  ].join(' ');
  const { partitionKey, sortKey, expiresAtS } = tableNames;
  return { agrees: seen === `${partitionKey} ${sortKey} ${expiresAtS} ENABLED`, seen };
}

export const policyFacts: readonly Fact[] = [
  {
    claim: 'a function may do what its journey needs, on its own keys and timers, and no more',
    mark: 'I',
    difference: 'policy-simulator',
    probe: leastPrivilege,
  },
  {
    claim: 'the table has its keys, expires items and can be restored',
    mark: 'I',
    difference: 'table-settings',
    probe: tableIsAsMeant,
  },
];
