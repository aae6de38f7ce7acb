/**
 * Mistakes to seed into a template, each with the one rule of ours that has to find it.
 *
 * Owns: what is spoiled. Knows nothing of how rules are evaluated. Every rule has at least one (rules.slow.test.ts counts).
 */
import type { Resource, TemplateDocument } from './engine.js';

export interface SeededMistake {
  /** Continues "fails when". */
  readonly when: string;
  readonly rule: string;
  readonly spoil: (template: Spoilable) => void;
}

const permission = 'AWS::Lambda::Permission';

export class Spoilable {
  constructor(readonly document: TemplateDocument) {}

  /** The n-th resource of a type, in the template's order (the hub's before the journeys'); its own copy. */
  the(type: string, n = 0): Resource & { readonly id: string } {
    const found = Object.entries(this.document.Resources).filter(([, resource]) => resource.Type === type)[n];
    if (found === undefined) throw new Error(`the template has no ${type} number ${n}: the mistake cannot be seeded`);
    return Object.assign(found[1], { id: found[0] });
  }

  /** The permission of the n-th rule; others are the redriver's. */
  ruleMay(n = 0): Resource & { readonly id: string } {
    const found = Object.entries(this.document.Resources).filter(
      ([, { Type, Properties }]) => Type === permission && Properties.Principal === 'events.amazonaws.com',
    )[n];
    if (found === undefined) throw new Error(`no rule number ${n} has a permission: the mistake cannot be seeded`);
    return Object.assign(found[1], { id: found[0] });
  }

  remove(id: string): void {
    delete this.document.Resources[id];
  }

  /** The statement with this Sid of any policy, or the first one that has this action. */
  // biome-ignore lint/suspicious/noExplicitAny: statements are what a mistake spoils.
  statement(sidOrAction: string): any {
    const statements = Object.values(this.document.Resources).flatMap(
      ({ Properties }) => Properties?.PolicyDocument?.Statement ?? [],
    );
    const found = statements.find(
      ({ Sid, Action }: { Sid?: string; Action: unknown }) => Sid === sidOrAction || Action === sidOrAction,
    );
    if (found === undefined) throw new Error(`no statement ${sidOrAction}: the mistake cannot be seeded`);
    return found;
  }
}

const rule = 'AWS::Events::Rule';
const queue = 'AWS::SQS::Queue';
const queuePolicy = 'AWS::SQS::QueuePolicy';
const fn = 'AWS::Lambda::Function';
const invoke = 'AWS::Lambda::EventInvokeConfig';
const table = 'AWS::DynamoDB::Table';
const log = 'AWS::Logs::LogGroup';
const role = 'AWS::IAM::Role';

const delivery: readonly SeededMistake[] = [
  {
    when: 'a target has no dead-letter queue',
    rule: 'target_has_dead_letter_queue',
    spoil: (t) => delete t.the(rule).Properties.Targets[0].DeadLetterConfig,
  },
  {
    when: 'a rule has no target',
    rule: 'target_has_dead_letter_queue',
    spoil: (t) => {
      t.the(rule).Properties.Targets = [];
    },
  },
  {
    when: 'a target is given up after an hour',
    rule: 'target_is_retried',
    spoil: (t) => {
      t.the(rule).Properties.Targets[0].RetryPolicy.MaximumEventAgeInSeconds = 3_600;
    },
  },
  {
    when: 'a target is tried only three times',
    rule: 'target_is_retried',
    spoil: (t) => {
      t.the(rule).Properties.Targets[0].RetryPolicy.MaximumRetryAttempts = 3;
    },
  },
  {
    when: 'the dead-letter queue’s policy is for another queue',
    rule: 'dead_letter_queue_admits_the_rule',
    spoil: (t) => {
      t.the(queuePolicy, 1).Properties.Queues = [{ Ref: t.the(queue, 2).id }];
    },
  },
  {
    when: 'the dead-letter queue’s policy only denies',
    rule: 'dead_letter_queue_admits_the_rule',
    spoil: (t) => {
      t.statement('RulesOfTheBus').Effect = 'Deny';
    },
  },
  {
    when: 'the dead-letter queue admits another service',
    rule: 'dead_letter_queue_admits_the_rule',
    spoil: (t) => {
      t.statement('RulesOfTheBus').Principal.Service = 'sns.amazonaws.com';
    },
  },
  {
    when: 'the dead-letter queue admits EventBridge for every account',
    rule: 'dead_letter_queue_admits_the_rule',
    spoil: (t) => delete t.statement('RulesOfTheBus').Condition,
  },
  {
    when: 'a target’s function has no permission at all',
    rule: 'target_is_permitted',
    spoil: (t) => t.remove(t.ruleMay().id),
  },
  {
    when: 'the permissions of two journeys are crossed',
    rule: 'target_is_permitted',
    spoil: (t) => {
      const [one, other] = [t.ruleMay(0).Properties, t.ruleMay(1).Properties];
      [one.FunctionName, other.FunctionName] = [other.FunctionName, one.FunctionName];
    },
  },
  {
    when: 'a permission is for another action',
    rule: 'target_is_permitted',
    spoil: (t) => {
      t.ruleMay().Properties.Action = 'lambda:InvokeFunctionUrl';
    },
  },
  {
    when: 'a permission names an account',
    rule: 'permission_is_for_one_rule',
    spoil: (t) => {
      t.ruleMay().Properties.SourceAccount = { Ref: 'AWS::AccountId' };
    },
  },
  {
    when: 'what a version fails at is dropped',
    rule: 'function_failures_are_kept',
    spoil: (t) => t.remove(t.the(invoke, 0).id),
  },
  {
    when: 'what the alias fails at is dropped',
    rule: 'function_failures_are_kept',
    spoil: (t) => t.remove(t.the(invoke, 1).id),
  },
  {
    when: 'the failures of a version are configured for the other one only',
    rule: 'function_failures_are_kept',
    spoil: (t) => {
      t.the(invoke, 0).Properties.Qualifier = structuredClone(t.the(invoke, 1).Properties.Qualifier);
    },
  },
  {
    when: 'failures have no destination',
    rule: 'failures_have_a_destination',
    spoil: (t) => delete t.the(invoke).Properties.DestinationConfig,
  },
  {
    when: 'a failed invocation is not tried again',
    rule: 'failures_have_a_destination',
    spoil: (t) => {
      t.the(invoke).Properties.MaximumRetryAttempts = 0;
    },
  },
  {
    when: 'a queue that a function reads never gives up',
    rule: 'source_queue_gives_up',
    spoil: (t) => delete t.the(queue, 1).Properties.RedrivePolicy,
  },
  {
    when: 'dead letters are kept for SQS’s default of four days',
    rule: 'dead_letters_last',
    spoil: (t) => delete t.the(queue).Properties.MessageRetentionPeriod,
  },
];

const data: readonly SeededMistake[] = [
  {
    when: 'a queue is not encrypted',
    rule: 'queue_is_encrypted',
    spoil: (t) => delete t.the(queue, 2).Properties.SqsManagedSseEnabled,
  },
  {
    when: 'a table says that it is not encrypted',
    rule: 'table_encryption_is_on_or_default',
    spoil: (t) => {
      t.the(table).Properties.SSESpecification = { SSEEnabled: false };
    },
  },
  {
    when: 'the table cannot be restored',
    rule: 'table_can_be_restored',
    spoil: (t) => delete t.the(table).Properties.PointInTimeRecoverySpecification,
  },
  {
    when: 'the table keeps everything for ever',
    rule: 'table_forgets_what_is_over',
    spoil: (t) => delete t.the(table).Properties.TimeToLiveSpecification,
  },
  {
    when: 'a log is kept for ever',
    rule: 'log_has_a_retention',
    spoil: (t) => delete t.the(log).Properties.RetentionInDays,
  },
  {
    when: 'a function leaves its log to Lambda',
    rule: 'function_has_its_log',
    spoil: (t) => delete t.the(fn).Properties.LoggingConfig,
  },
  ...[table, queue, log, 'AWS::Scheduler::ScheduleGroup'].flatMap((type): SeededMistake[] => [
    {
      when: `the stack deletes its ${type}`,
      rule: 'data_is_retained',
      spoil: (t) => {
        t.the(type).DeletionPolicy = 'Delete';
      },
    },
    {
      when: `an update may replace its ${type}`,
      rule: 'data_is_retained',
      spoil: (t) => delete t.the(type).UpdateReplacePolicy,
    },
  ]),
];

const functions: readonly SeededMistake[] = [
  {
    when: 'a function runs on a runtime that is no longer supported',
    rule: 'runtime_is_current',
    spoil: (t) => {
      t.the(fn).Properties.Runtime = 'nodejs20.x';
    },
  },
  {
    when: 'a function runs on x86_64',
    rule: 'runs_on_arm',
    spoil: (t) => {
      t.the(fn).Properties.Architectures = ['x86_64'];
    },
  },
  {
    when: 'a function does not say its architecture',
    rule: 'runs_on_arm',
    spoil: (t) => delete t.the(fn).Properties.Architectures,
  },
  {
    when: 'a function may outlive its lease',
    rule: 'timeout_leaves_room_for_the_lease',
    spoil: (t) => {
      t.the(fn, 1).Properties.Timeout = 300;
    },
  },
];

const rights: readonly SeededMistake[] = [
  {
    when: 'a right is on every resource',
    rule: 'no_right_on_everything',
    spoil: (t) => {
      t.statement('OwnRuns').Resource = '*';
    },
  },
  {
    when: 'a right is on every resource of a list',
    rule: 'no_right_on_everything',
    spoil: (t) => {
      t.statement('InvokeItsFunction').Resource = ['*'];
    },
  },
  {
    when: 'a right is to do everything',
    rule: 'no_right_to_do_everything',
    spoil: (t) => {
      t.statement('OwnRuns').Action = 'dynamodb:*';
    },
  },
  {
    when: 'a right is to do whatever begins with a word',
    rule: 'no_right_to_do_everything',
    spoil: (t) => {
      t.statement('OwnTimers').Action = ['scheduler:CreateSchedule', 'scheduler:Delete*'];
    },
  },
  {
    when: 'a role has a managed policy',
    rule: 'no_managed_policies',
    spoil: (t) => {
      t.the(role).Properties.ManagedPolicyArns = ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'];
    },
  },
  ...['aws:SourceAccount', 'aws:SourceArn'].map(
    (key): SeededMistake => ({
      when: `the role of timers does not ask for ${key}`,
      rule: 'scheduler_acts_for_the_group_only',
      spoil: (t) => delete t.the(role, 2).Properties.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals[key],
    }),
  ),
  {
    when: 'the role of timers asks for nothing',
    rule: 'scheduler_acts_for_the_group_only',
    spoil: (t) => delete t.the(role, 2).Properties.AssumeRolePolicyDocument.Statement[0].Condition,
  },
  {
    when: 'the role of timers may be passed to any service',
    rule: 'role_is_passed_to_scheduler_only',
    spoil: (t) => delete t.statement('HandTimersTheirRole').Condition,
  },
  {
    when: 'the role of timers may be passed to Lambda',
    rule: 'role_is_passed_to_scheduler_only',
    spoil: (t) => {
      t.statement('HandTimersTheirRole').Condition.StringEquals['iam:PassedToService'] = 'lambda.amazonaws.com';
    },
  },
  {
    when: 'a queue takes plain HTTP',
    rule: 'queue_takes_no_plain_http',
    spoil: (t) => {
      t.the(queuePolicy, 0).Properties.PolicyDocument.Statement = [];
    },
  },
];

export const mistakes: readonly SeededMistake[] = [...delivery, ...data, ...functions, ...rights];
