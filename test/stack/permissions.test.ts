/** Who may do what: every statement of a journey, word for word, and every wildcard with its reason. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Journey, JourneyHub, type JourneyProps } from 'sojourn/cdk';
import { cart, entryDirectory, lead } from './entry-files.js';

const entries = entryDirectory();

type Statement = Record<string, unknown> & { readonly Sid?: string };

function templateOf(text: string, props: Partial<JourneyProps> = {}, withKey = false): Template {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub', withKey ? { encryptionKey: new kms.Key(stack, 'Key') } : {});
  new Journey(stack, 'Cart', { hub, entry: entries.write('entry.ts', text), ...props });
  return Template.fromStack(stack);
}

/** Statements of the policy of a role, with references and ARNs in one line. */
function statementsOf(template: Template, role: 'CartFunctionRole' | 'CartSchedulerRole'): Statement[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  return policies
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Properties }]) => inOneLine(Properties.PolicyDocument.Statement) as Statement[]);
}

function trustOf(template: Template, role: string): Statement[] {
  const roles = Object.entries(template.findResources('AWS::IAM::Role'));
  const [, resource] = roles.find(([id]) => id.startsWith(role)) ?? [];
  return inOneLine(resource?.Properties.AssumeRolePolicyDocument.Statement) as Statement[];
}

/** { Ref: 'HubRunsA1B2C3D4' } -> '{HubRuns}', and joined texts as they will be. */
function inOneLine(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOneLine);
  if (typeof value !== 'object' || value === null) return value;
  const withoutHash = (id: string) => id.replace(/[0-9A-F]{8}$/, '');
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': joined } = value as Record<string, unknown[] & string>;
  if (ref !== undefined) return `{${withoutHash(ref)}}`;
  if (attribute !== undefined) return `{${withoutHash(attribute[0] as string)}.${attribute[1]}}`;
  if (joined !== undefined) return (joined[1] as unknown as unknown[]).map(inOneLine).join(joined[0] as string);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inOneLine(each)]));
}

const where = '{AWS::Region}:{AWS::AccountId}';

describe('the function of a journey', () => {
  test('may do what its engine does, on what belongs to its journey, and nothing else', () => {
    expect(statementsOf(templateOf(cart), 'CartFunctionRole')).toEqual([
      {
        Sid: 'OwnLog',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '{CartLog.Arn}',
      },
      {
        Sid: 'OwnRuns',
        Effect: 'Allow',
        Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        Resource: '{HubRuns.Arn}',
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['cart|*'] } },
      },
      {
        Sid: 'OwnTimers',
        Effect: 'Allow',
        Action: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
        // The first eight characters of `printf cart | sha256sum`.
        Resource: `arn:{AWS::Partition}:scheduler:${where}:schedule/{HubTimers}/1c42ddc0-*`,
      },
      {
        Sid: 'HandTimersTheirRole',
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: '{CartSchedulerRole.Arn}',
        Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      },
      { Sid: 'KeepWhatFailed', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '{HubFailedInvocations.Arn}' },
    ]);
  });

  test('may send events, in its journey’s name only, if its code speaks of sendEvent', () => {
    const statements = statementsOf(templateOf(lead), 'CartFunctionRole');
    expect(statements.find(({ Sid }) => Sid === 'SendEvents')).toEqual({
      Sid: 'SendEvents',
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Resource: '{HubBus.Arn}',
      Condition: { 'ForAllValues:StringEquals': { 'events:source': ['sojourn.lead'] } },
    });
  });

  test('may send events if the author says so, and not if the author says no', () => {
    const sids = (text: string, sendsEvents: boolean) =>
      statementsOf(templateOf(text, { sendsEvents }), 'CartFunctionRole').map(({ Sid }) => Sid);
    expect(sids(cart, true)).toContain('SendEvents');
    expect(sids(lead, false)).not.toContain('SendEvents');
  });

  test('has no policy that AWS manages', () => {
    for (const role of Object.values(templateOf(cart).findResources('AWS::IAM::Role'))) {
      expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });
});

describe('the timers of a journey', () => {
  test('have a role that only Scheduler may assume, for schedules of the hub’s group', () => {
    expect(trustOf(templateOf(cart), 'CartSchedulerRole')).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: {
          StringEquals: { 'aws:SourceAccount': '{AWS::AccountId}', 'aws:SourceArn': '{HubTimers.Arn}' },
        },
      },
    ]);
  });

  test('may invoke the journey’s own function, and leave a dead letter', () => {
    expect(statementsOf(templateOf(cart), 'CartSchedulerRole')).toEqual([
      {
        Sid: 'InvokeItsFunction',
        Effect: 'Allow',
        Action: 'lambda:InvokeFunction',
        Resource: ['{CartFunction.Arn}', '{CartFunction.Arn}:*'],
      },
      {
        Sid: 'KeepWhatCouldNotBeDelivered',
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: '{HubUndeliveredTimers.Arn}',
      },
    ]);
  });

  test('may use the hub’s key for their dead letters', () => {
    expect(statementsOf(templateOf(cart, {}, true), 'CartSchedulerRole').at(-1)).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '{Key.Arn}',
    });
  });
});

/** Every wildcard that a template of hub and journeys may hold, each with its reason. */
const explained: readonly { readonly statement: RegExp; readonly value: RegExp; readonly reason: string }[] = [
  {
    statement: /"Effect":"Deny"/,
    value: /^(sqs:\*|\*)$/,
    reason: 'a denial, to whomever and of whatever comes without TLS',
  },
  {
    statement: /"Sid":"OwnRuns"/,
    value: /^[a-z-]+\|\*$/,
    reason: 'the values of the key, in the journey’s partitions',
  },
  {
    statement: /"Sid":"OwnTimers"/,
    value: /:schedule\/\{HubTimers\}\/[0-9a-f]{8}-\*$/,
    reason: 'the timers of the journey’s runs, whose names begin with its hash',
  },
  {
    statement: /"Sid":"InvokeItsFunction"/,
    value: /^\{CartFunction\.Arn\}:\*$/,
    reason: 'versions and aliases of this one function',
  },
  {
    statement: /"Sid":"ForwardToItsVersions"/,
    value: /^\{CartFunction\.Arn\}:\*$/,
    reason: 'versions of this one function, by itself',
  },
  { statement: /"Sid":"RulesOfTheBus"/, value: /:rule\/\{HubBus\}\/\*$/, reason: 'the rules of the hub’s bus' },
];

test('no wildcard is without a reason', () => {
  const template = templateOf(lead);
  const documents = [
    ...Object.values(template.findResources('AWS::IAM::Policy')).map(({ Properties }) => Properties.PolicyDocument),
    ...Object.values(template.findResources('AWS::SQS::QueuePolicy')).map(
      ({ Properties }) => Properties.PolicyDocument,
    ),
  ];
  const found = documents.flatMap(({ Statement }) =>
    (inOneLine(Statement) as Statement[]).flatMap((statement) =>
      wildcardsIn(statement).map((value) => ({ value, statement: JSON.stringify(statement) })),
    ),
  );
  expect(found.length).toBeGreaterThan(0);
  const unexplained = found.filter(
    ({ value, statement }) => !explained.some((each) => each.value.test(value) && each.statement.test(statement)),
  );
  expect(unexplained).toEqual([]);
  const unused = explained.filter(
    (each) => !found.some(({ value, statement }) => each.value.test(value) && each.statement.test(statement)),
  );
  expect(unused).toEqual([]);
});

function wildcardsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.includes('*') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wildcardsIn) : [];
}
