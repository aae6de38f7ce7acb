/**
 * Mistakes that one makes in policies, each seeded into the app's template, and the calls whose answer it changes.
 *
 * Owns: the mistakes and what is expected of each, stated by hand. Must not know: how anything is evaluated.
 * The labels are those of calls.ts, of the journey abandoned-cart where nothing else is said.
 */
import type { Json, OpenTemplate } from './app.js';

export interface Mistake {
  readonly name: string;
  readonly change: (template: OpenTemplate) => void;
  /** Calls that were allowed before. */
  readonly refuses?: readonly string[];
  /** Calls that were refused before. */
  readonly admits?: readonly string[];
  /** Nobody but AWS can tell, so that the sandbox refuses: why. */
  readonly closed?: string;
}

const fnRole = 'AbandonedCartFunctionRole';
const timerRole = 'AbandonedCartSchedulerRole';
const redriverRole = 'JourneysRedriverRole';

const ownRuns = ['GetItem', 'PutItem', 'Query', 'UpdateItem'].map((action) => `${action} of its own runs`);
const othersRuns = ['GetItem', 'PutItem', 'Query', 'UpdateItem'].map((action) => `${action} of another's runs`);
const ownTimers = ['CreateSchedule of its own timer', 'DeleteSchedule of its own timer'];
const othersTimers = ["CreateSchedule of another's timer", "DeleteSchedule of another's timer"];
const defaultGroup = ['CreateSchedule in the default group', 'DeleteSchedule in the default group'];
const ownLog = ['CreateLogStream of its own log', 'PutLogEvents of its own log'];
const ownMail = ['SendEmail from its sender', 'SendEmail from its sender’s domain'];
const passRole = 'PassRole of its timers’ role to Scheduler';
const passToLambda = 'PassRole of its timers’ role to Lambda';
const passAnothers = 'PassRole of another’s role';
const failed = 'SendMessage to the failed invocations';
const timerInvokes = ['its timer invokes it', 'its timer invokes a version of it'];
const timerLetter = 'its timer leaves a dead letter';
const byTimer = [...timerInvokes, timerLetter];
const ruleInvokes = 'its rule invokes it';
const ruleLetter = 'its rule leaves a dead letter';
const foreignLetter = 'a rule of another bus leaves a dead letter';
const redriverCall = 'redriver: invokes abandoned-cart';
const everyJourney = ['abandoned-cart', 'cart-week', 'activation', 'sales-follow-up', 'win-back'];
const everyRuleLetter = everyJourney.map((journey) => `${journey}: ${ruleLetter}`);
const redriverTakes = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes', 'ChangeMessageVisibility'].map(
  (action) => `redriver: ${action} of JourneysUndeliveredEvent`,
);
/** What a role of the function is allowed in all. */
const allOfFunction = [...ownRuns, ...ownTimers, passRole, failed, ...ownMail, ...ownLog];

type Edit = (statement: Json) => void;

/** Changes one statement of a role. */
function edit(
  name: string,
  role: string,
  sid: string,
  change: Edit,
  expected: Omit<Mistake, 'name' | 'change'>,
): Mistake {
  return { name, change: (template) => change(template.statement(role, sid)), ...expected };
}

function set(field: string, value: unknown): Edit {
  return (statement) => {
    statement[field] = value;
  };
}

/** The same text with one part replaced, in a field that is one text. */
function replace(field: string, from: string | RegExp, to: string): Edit {
  return (statement) => {
    const before = String(statement[field]);
    const after = before.replace(from, to);
    if (before === after) throw new Error(`${before} has no ${from} to replace`);
    statement[field] = after;
  };
}

function condition(operator: string, key: string, value: unknown): Edit {
  return set('Condition', { [operator]: { [key]: value } });
}

/** Adds a statement to a role's policy. */
function add(name: string, role: string, statement: Json, expected: Omit<Mistake, 'name' | 'change'>): Mistake {
  return { name, change: (template) => void template.statements(role).push(statement), ...expected };
}

const leading = 'dynamodb:LeadingKeys';

const ofTheTable: readonly Mistake[] = [
  edit('the table of somebody else', fnRole, 'OwnRuns', replace('Resource', /$/, 'x'), { refuses: ownRuns }),
  edit('the index of the table, not the table', fnRole, 'OwnRuns', replace('Resource', /$/, '/index/*'), {
    refuses: ownRuns,
  }),
  edit('a table of another region', fnRole, 'OwnRuns', replace('Resource', 'us-east-1', 'eu-central-1'), {
    refuses: ownRuns,
  }),
  edit('a table of another account', fnRole, 'OwnRuns', replace('Resource', '000000000000', '111111111111'), {
    refuses: ownRuns,
  }),
  edit('an ARN of another service', fnRole, 'OwnRuns', replace('Resource', ':dynamodb:', ':dax:'), {
    refuses: ownRuns,
  }),
  edit('every table', fnRole, 'OwnRuns', set('Resource', '*'), { admits: ['GetItem of another table'] }),
  edit('every table of the account', fnRole, 'OwnRuns', replace('Resource', /table\/.*$/, 'table/*'), {
    admits: ['GetItem of another table'],
  }),
  edit('a name with one character of any kind behind it', fnRole, 'OwnRuns', replace('Resource', /$/, '?'), {
    refuses: ownRuns,
    admits: ['GetItem of another table'],
  }),
  edit('wildcards in region and account', fnRole, 'OwnRuns', replace('Resource', /us-east-1:0+/, '*:*'), {}),
  edit('a table’s name in capitals', fnRole, 'OwnRuns', replace('Resource', /table\/.*$/, 'TABLE/*'), {
    refuses: ownRuns,
  }),
  edit('no bound on the partitions', fnRole, 'OwnRuns', (one) => void delete one.Condition, { admits: othersRuns }),
  edit(
    'a bound for the same, without wildcards',
    fnRole,
    'OwnRuns',
    condition('ForAllValues:StringEquals', leading, ['abandoned-cart|*']),
    { refuses: ownRuns },
  ),
  edit(
    'another journey’s partitions',
    fnRole,
    'OwnRuns',
    condition('ForAllValues:StringLike', leading, ['cart-week|*']),
    {
      refuses: ownRuns,
      admits: othersRuns,
    },
  ),
  edit('partitions of every journey', fnRole, 'OwnRuns', condition('ForAllValues:StringLike', leading, ['*|*']), {
    admits: othersRuns,
  }),
  edit(
    'a key of partitions in small letters',
    fnRole,
    'OwnRuns',
    condition('ForAllValues:StringLike', 'dynamodb:leadingkeys', ['abandoned-cart|*']),
    {},
  ),
  edit(
    'any of the values, not all',
    fnRole,
    'OwnRuns',
    condition('ForAnyValue:StringLike', leading, ['abandoned-cart|*']),
    {},
  ),
  edit('a bound by negation', fnRole, 'OwnRuns', condition('ForAllValues:StringNotLike', leading, ['cart-week|*']), {}),
  edit(
    'a bound by negation, the wrong way round',
    fnRole,
    'OwnRuns',
    condition('ForAllValues:StringNotLike', leading, ['abandoned-cart|*']),
    {
      refuses: ownRuns,
      admits: othersRuns,
    },
  ),
  edit(
    'capitals in the partitions, compared without case',
    fnRole,
    'OwnRuns',
    condition('ForAllValues:StringEqualsIgnoreCase', leading, ['ABANDONED-CART|KEY|S:42']),
    {},
  ),
  edit(
    'capitals in the partitions',
    fnRole,
    'OwnRuns',
    condition('ForAllValues:StringLike', leading, ['Abandoned-Cart|*']),
    { refuses: ownRuns },
  ),
  edit(
    'scanning, under a bound that a Scan has not',
    fnRole,
    'OwnRuns',
    set('Action', ['dynamodb:*Item', 'dynamodb:Query', 'dynamodb:Scan']),
    {
      admits: ['Scan', 'DeleteItem of its own runs'],
    },
  ),
  edit(
    'actions in small letters',
    fnRole,
    'OwnRuns',
    set('Action', ['DYNAMODB:getitem', 'dynamodb:PUTITEM', 'dynamodb:query', 'dynamodb:updateitem']),
    {},
  ),
  edit(
    'an action that is none',
    fnRole,
    'OwnRuns',
    set('Action', ['dynamodb:PutItems', 'dynamodb:Get', 'dynamodb:Query']),
    {
      refuses: ['GetItem of its own runs', 'PutItem of its own runs', 'UpdateItem of its own runs'],
    },
  ),
  edit('actions with a question mark', fnRole, 'OwnRuns', set('Action', ['dynamodb:?etItem', 'dynamodb:Quer?']), {
    refuses: ['PutItem of its own runs', 'UpdateItem of its own runs'],
  }),
  edit(
    'all but some actions',
    fnRole,
    'OwnRuns',
    (one) => {
      delete one.Action;
      one.NotAction = ['dynamodb:Scan', 'dynamodb:Put*'];
    },
    { refuses: ['PutItem of its own runs'], admits: ['DeleteItem of its own runs'] },
  ),
  edit(
    'all but one resource',
    fnRole,
    'OwnRuns',
    (one) => {
      one.NotResource = one.Resource;
      delete one.Resource;
    },
    { refuses: ownRuns, admits: ['GetItem of another table'] },
  ),
  edit(
    'a variable in the partitions',
    fnRole,
    'OwnRuns',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's.
    condition('ForAllValues:StringLike', leading, ['${aws:PrincipalAccount}|*']),
    { refuses: ownRuns },
  ),
];

const ofTimers: readonly Mistake[] = [
  edit('timers of every journey', fnRole, 'OwnTimers', replace('Resource', /[0-9a-f]{8}-\*$/, '*'), {
    admits: othersTimers,
  }),
  edit('timers of every group', fnRole, 'OwnTimers', replace('Resource', /schedule\/[^/]*\//, 'schedule/*/'), {
    admits: defaultGroup,
  }),
  edit('timers of another hash', fnRole, 'OwnTimers', replace('Resource', /[0-9a-f]{8}-\*$/, '00000000-*'), {
    refuses: ownTimers,
  }),
  edit(
    'the group instead of its schedules',
    fnRole,
    'OwnTimers',
    replace('Resource', /schedule\/([^/]*)\/.*$/, 'schedule-group/$1'),
    { refuses: ownTimers },
  ),
  edit('no wildcard behind the hash', fnRole, 'OwnTimers', replace('Resource', /\*$/, ''), { refuses: ownTimers }),
  edit('timers that cannot be deleted', fnRole, 'OwnTimers', set('Action', 'scheduler:CreateSchedule'), {
    refuses: ['DeleteSchedule of its own timer'],
  }),
  edit('everything that Scheduler does', fnRole, 'OwnTimers', set('Action', 'scheduler:*'), {
    admits: ['UpdateSchedule of its own timer'],
  }),
  edit(
    'a role handed to another service',
    fnRole,
    'HandTimersTheirRole',
    condition('StringEquals', 'iam:PassedToService', 'lambda.amazonaws.com'),
    {
      refuses: [passRole],
      admits: [passToLambda],
    },
  ),
  edit('a role handed to any service', fnRole, 'HandTimersTheirRole', (one) => void delete one.Condition, {
    admits: [passToLambda],
  }),
  edit(
    'a role handed to services by a wildcard',
    fnRole,
    'HandTimersTheirRole',
    condition('StringLike', 'iam:PassedToService', '*.amazonaws.com'),
    { admits: [passToLambda] },
  ),
  edit(
    'a wildcard where none is taken',
    fnRole,
    'HandTimersTheirRole',
    condition('StringEquals', 'iam:PassedToService', '*.amazonaws.com'),
    { refuses: [passRole] },
  ),
  edit(
    'a condition if its key is there',
    fnRole,
    'HandTimersTheirRole',
    condition('StringEqualsIfExists', 'iam:PassedToService', 'scheduler.amazonaws.com'),
    {},
  ),
  edit(
    'a condition that the key is not there',
    fnRole,
    'HandTimersTheirRole',
    condition('Null', 'iam:PassedToService', 'true'),
    { refuses: [passRole] },
  ),
  edit(
    'a condition that the key is there',
    fnRole,
    'HandTimersTheirRole',
    condition('Null', 'iam:PassedToService', 'false'),
    { admits: [passToLambda] },
  ),
  edit('every role', fnRole, 'HandTimersTheirRole', set('Resource', '*'), { admits: [passAnothers] }),
  edit('a role of nearly the same name', fnRole, 'HandTimersTheirRole', replace('Resource', /.$/, ''), {
    refuses: [passRole],
  }),
  {
    name: 'no right to pass the role',
    refuses: [passRole],
    change: (template) => drop(template, fnRole, 'HandTimersTheirRole'),
  },
  {
    name: 'timers that nobody but Lambda may fire',
    refuses: byTimer,
    change: (template) => principal(template, 'lambda.amazonaws.com'),
  },
  {
    name: 'timers of another group',
    refuses: byTimer,
    admits: ['a timer of another group takes its role'],
    change: trustCondition('aws:SourceArn', (arn) => arn.replace(/schedule-group\/.*$/, 'schedule-group/other')),
  },
  {
    name: 'timers trusted one by one',
    refuses: byTimer,
    change: trustCondition('aws:SourceArn', (arn) => `${arn.replace('schedule-group', 'schedule')}/*`),
  },
  {
    name: 'timers of another account',
    refuses: byTimer,
    change: trustCondition('aws:SourceAccount', () => '111111111111'),
  },
  {
    name: 'timers trusted without their group',
    admits: ['a timer of another group takes its role'],
    change: (template) => void delete template.trust(timerRole).Statement[0]!.Condition,
  },
  {
    name: 'timers trusted to do something else',
    refuses: byTimer,
    change: (template) => Object.assign(template.trust(timerRole).Statement[0]!, { Action: 'sts:TagSession' }),
  },
  edit(
    'timers that invoke the unqualified function only',
    timerRole,
    'InvokeItsFunction',
    (one) => {
      one.Resource = (one.Resource as string[])[0];
    },
    { refuses: ['its timer invokes a version of it'] },
  ),
  edit(
    'timers that invoke versions only',
    timerRole,
    'InvokeItsFunction',
    (one) => {
      one.Resource = (one.Resource as string[])[1];
    },
    { refuses: ['its timer invokes it'] },
  ),
  edit(
    'timers that may ask about the function, not invoke it',
    timerRole,
    'InvokeItsFunction',
    set('Action', 'lambda:GetFunction'),
    { refuses: timerInvokes },
  ),
  edit('timers that invoke any function', timerRole, 'InvokeItsFunction', replace('Resource', /^.*$/, '*'), {
    admits: ['its timer invokes another'],
  }),
  edit('timers without a dead letter', timerRole, 'KeepWhatCouldNotBeDelivered', set('Action', 'sqs:SendMessages'), {
    refuses: [timerLetter],
  }),
];

function drop(template: OpenTemplate, role: string, sid: string): void {
  const document = template.document(role);
  document.Statement = document.Statement.filter((one) => one !== template.statement(role, sid));
}

function principal(template: OpenTemplate, service: string): void {
  template.trust(timerRole).Statement[0]!.Principal = { Service: service };
}

function trustCondition(key: string, to: (before: string) => string): Mistake['change'] {
  return (template) => {
    const { StringEquals } = template.trust(timerRole).Statement[0]!.Condition as {
      StringEquals: Record<string, string>;
    };
    StringEquals[key] = to(StringEquals[key]!);
  };
}

const permission = (template: OpenTemplate) =>
  template.find('AWS::Lambda::Permission', /^AbandonedCart.*InvokedByRule/).properties;
const queuePolicy = (template: OpenTemplate) =>
  template.find('AWS::SQS::QueuePolicy', /^JourneysUndeliveredEventsPolicy/).properties;
const rulesOfTheBus = (template: OpenTemplate): Json => queuePolicy(template).PolicyDocument.Statement[1];

const ofDeliveries: readonly Mistake[] = [
  {
    name: 'a rule without a permission',
    refuses: [ruleInvokes],
    change: (template) => template.remove('AWS::Lambda::Permission', /^AbandonedCart.*InvokedByRule/),
  },
  {
    name: 'a permission for another rule',
    refuses: [ruleInvokes],
    change: (template) => {
      permission(template).SourceArn += 'x';
    },
  },
  {
    name: 'a permission for every rule',
    admits: ['another’s rule invokes it'],
    change: (template) => void delete permission(template).SourceArn,
  },
  {
    name: 'a permission for rules by a wildcard',
    admits: ['another’s rule invokes it'],
    change: (template) => {
      permission(template).SourceArn = permission(template).SourceArn.replace(/[^/]*$/, '*');
    },
  },
  {
    name: 'a permission with the account, which EventBridge does not give',
    refuses: [ruleInvokes],
    change: (template) => {
      permission(template).SourceAccount = '000000000000';
    },
  },
  {
    name: 'a permission for Scheduler',
    refuses: [ruleInvokes],
    change: (template) => {
      permission(template).Principal = 'scheduler.amazonaws.com';
    },
  },
  {
    name: 'a permission to ask about the function',
    refuses: [ruleInvokes],
    change: (template) => {
      permission(template).Action = 'lambda:GetFunction';
    },
  },
  {
    name: 'a permission for another version',
    refuses: [ruleInvokes],
    change: (template) => {
      permission(template).FunctionName = `${unqualified(template)}:99`;
    },
  },
  {
    name: 'a queue that takes no rule’s dead letter',
    refuses: everyRuleLetter,
    change: (template) => void queuePolicy(template).PolicyDocument.Statement.pop(),
  },
  {
    name: 'a queue that takes any rule’s',
    admits: [foreignLetter, ...everyJourney.slice(1).map((journey) => `${journey}: ${foreignLetter}`)],
    change: (template) => void delete rulesOfTheBus(template).Condition,
  },
  {
    name: 'a queue that takes one rule’s, by its name',
    refuses: everyRuleLetter,
    change: (template) => {
      rulesOfTheBus(template).Condition = {
        ArnEquals: { 'aws:SourceArn': 'arn:aws:events:us-east-1:000000000000:rule/x' },
      };
    },
  },
  {
    name: 'a queue that compares ARNs as texts',
    refuses: everyRuleLetter,
    change: (template) =>
      void Object.assign(rulesOfTheBus(template), {
        Condition: { StringEquals: (rulesOfTheBus(template).Condition as { ArnLike: Json }).ArnLike },
      }),
  },
  {
    name: 'a queue that denies what comes by TLS',
    refuses: [...everyRuleLetter, ...redriverTakes],
    change: (template) => {
      queuePolicy(template).PolicyDocument.Statement[0].Condition.Bool['aws:SecureTransport'] = 'true';
    },
  },
  {
    name: 'a policy for another queue',
    refuses: everyRuleLetter,
    change: (template) => {
      rulesOfTheBus(template).Resource += 'x';
    },
  },
];

function unqualified(template: OpenTemplate): string {
  return String(permission(template).FunctionName).split(':').slice(0, 7).join(':');
}

const ofOthers: readonly Mistake[] = [
  edit('mail from any address', fnRole, 'SendMail', (one) => void delete one.Condition, {
    admits: ['SendEmail from somebody else'],
  }),
  edit(
    'mail from an address in capitals',
    fnRole,
    'SendMail',
    condition('StringEquals', 'ses:FromAddress', 'Shop@Example.com'),
    { refuses: ownMail },
  ),
  edit('mail from the domain’s identity alone', fnRole, 'SendMail', replace('Resource', /,.*$/, ''), {
    refuses: ['SendEmail from its sender'],
  }),
  edit('mail by the older API’s action', fnRole, 'SendMail', set('Action', 'ses:SendRawEmail'), { refuses: ownMail }),
  edit(
    'a queue’s address instead of its ARN',
    fnRole,
    'KeepWhatFailed',
    set('Resource', 'http://127.0.0.1:4010/000000000000/queue'),
    { refuses: [failed] },
  ),
  edit('everything that queues do', fnRole, 'KeepWhatFailed', set('Action', 'sqs:*'), {
    admits: ['ReceiveMessage from the failed invocations'],
  }),
  edit('the log group without its streams', fnRole, 'OwnLog', replace('Resource', /:\*$/, ''), { refuses: ownLog }),
  edit('a stream of the log that nobody writes', fnRole, 'OwnLog', replace('Resource', /:\*$/, ':log-stream:x'), {
    refuses: ownLog,
  }),
  edit(
    'the redriver’s probe in another partition',
    redriverRole,
    'SeeWhetherTheTableAnswers',
    condition('ForAllValues:StringEquals', leading, ['probe']),
    { refuses: ['redriver: GetItem of its probe'] },
  ),
  edit(
    'the redriver’s probe without a bound',
    redriverRole,
    'SeeWhetherTheTableAnswers',
    (one) => void delete one.Condition,
    { admits: ['redriver: GetItem of a run'] },
  ),
  {
    name: 'a journey that has not admitted the redriver',
    refuses: [redriverCall],
    change: (template) => {
      template.all = template.all.filter(
        ({ type, logicalId }) =>
          type !== 'AWS::Lambda::Permission' || !/^AbandonedCart.*InvokedByRedriver/.test(logicalId),
      );
    },
  },
  add('a denial of everything', fnRole, { Effect: 'Deny', Action: '*', Resource: '*' }, { refuses: allOfFunction }),
  add(
    'a denial of one action',
    fnRole,
    { Effect: 'Deny', Action: 'dynamodb:Put*', Resource: '*' },
    { refuses: ['PutItem of its own runs'] },
  ),
  add(
    'a denial of all but one action',
    fnRole,
    { Effect: 'Deny', NotAction: ['dynamodb:*', 'logs:*'], Resource: '*' },
    { refuses: [...ownTimers, passRole, failed, ...ownMail] },
  ),
  add(
    'a denial by a key that is not there',
    fnRole,
    {
      Effect: 'Deny',
      Action: 'sqs:*',
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:SourceAccount': '000000000000' } },
    },
    { refuses: [failed] },
  ),
  add(
    'a denial if a key is there',
    fnRole,
    {
      Effect: 'Deny',
      Action: 'sqs:*',
      Resource: '*',
      Condition: { StringEqualsIfExists: { 'aws:SourceAccount': '000000000000' } },
    },
    { refuses: [failed] },
  ),
  add(
    'a denial in another region',
    fnRole,
    {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-central-1' } },
    },
    { refuses: allOfFunction },
  ),
  add(
    'a denial without TLS, which all have',
    fnRole,
    { Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    {},
  ),
  add(
    'a denial from a date on that is past',
    fnRole,
    {
      Effect: 'Deny',
      Action: 'logs:*',
      Resource: '*',
      Condition: { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
    },
    { refuses: ownLog },
  ),
  add(
    'a denial until a date that is past',
    fnRole,
    {
      Effect: 'Deny',
      Action: 'logs:*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
    },
    {},
  ),
  add(
    'a denial by a number',
    fnRole,
    {
      Effect: 'Deny',
      Action: 'logs:*',
      Resource: '*',
      Condition: { NumericGreaterThan: { 'aws:EpochTime': '1577836800' } },
    },
    { refuses: ownLog },
  ),
  add(
    'a denial to another role',
    fnRole,
    {
      Effect: 'Deny',
      Action: 'logs:*',
      Resource: '*',
      Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*Abandoned*' } },
    },
    {},
  ),
  {
    name: 'a policy that nobody has',
    refuses: allOfFunction,
    change: (template) => {
      template.find('AWS::IAM::Policy', new RegExp(`^${fnRole}DefaultPolicy`)).properties.Roles = [];
    },
  },
  {
    name: 'a boundary that holds less',
    refuses: [...ownTimers, passRole, failed, ...ownMail, ...ownLog],
    change: boundary({ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }),
  },
  { name: 'a boundary that holds more', change: boundary({ Effect: 'Allow', Action: '*', Resource: '*' }) },
  {
    name: 'a boundary that denies',
    refuses: ownLog,
    change: boundary(
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'logs:*', Resource: '*' },
    ),
  },
  {
    name: 'a function’s role that Lambda may not assume',
    refuses: allOfFunction,
    change: (template) => {
      template.trust(fnRole).Statement[0]!.Principal = { Service: 'ec2.amazonaws.com' };
    },
  },
];

function boundary(...statements: readonly Json[]): Mistake['change'] {
  return (template) => {
    template.add('AWS::IAM::ManagedPolicy', 'arn:aws:iam::000000000000:policy/Boundary', {
      PolicyDocument: { Version: '2012-10-17', Statement: statements },
    });
    template.find('AWS::IAM::Role', new RegExp(`^${fnRole}`)).properties.PermissionsBoundary =
      'arn:aws:iam::000000000000:policy/Boundary';
  };
}

/** What only AWS can tell: whatever it would say, the sandbox says no. */
const closed: readonly Mistake[] = [
  edit('an operator that is none', fnRole, 'OwnRuns', condition('StringMatches', leading, ['abandoned-cart|*']), {
    refuses: ownRuns,
    closed: 'no such operator',
  }),
  edit(
    'an operator in small letters',
    fnRole,
    'HandTimersTheirRole',
    condition('stringequals', 'iam:PassedToService', 'scheduler.amazonaws.com'),
    { refuses: [passRole], closed: 'operators are written as AWS’s guide writes them' },
  ),
  edit('one value asked of several', fnRole, 'OwnRuns', condition('StringLike', leading, ['abandoned-cart|*']), {
    refuses: ownRuns,
    closed: 'AWS’s guide asks for a set operator',
  }),
  edit('a network address', fnRole, 'KeepWhatFailed', condition('IpAddress', 'aws:SourceIp', '10.0.0.0/8'), {
    refuses: [failed],
    closed: 'the sandbox has no network',
  }),
  edit('a tag', fnRole, 'KeepWhatFailed', condition('StringEquals', 'aws:ResourceTag/stage', 'test'), {
    refuses: [failed],
    closed: 'the sandbox reads no tags',
  }),
  edit(
    'the absence of a key that the sandbox cannot fill',
    fnRole,
    'KeepWhatFailed',
    condition('Null', 'aws:SourceVpc', 'true'),
    { refuses: [failed], closed: 'the sandbox has no network' },
  ),
  edit('a number that is none', fnRole, 'KeepWhatFailed', condition('NumericLessThan', 'aws:EpochTime', 'soon'), {
    refuses: [failed],
    closed: 'AWS would not take the policy',
  }),
  add(
    'a denial by a tag',
    fnRole,
    {
      Effect: 'Deny',
      Action: 'sqs:*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/stage': 'test' } },
    },
    { refuses: [failed], closed: 'the sandbox reads no tags' },
  ),
  add(
    'an effect that is none',
    fnRole,
    { Effect: 'allow', Action: 'logs:*', Resource: '*' },
    { refuses: allOfFunction, closed: 'AWS would not take the policy' },
  ),
  edit('an element that is none', fnRole, 'KeepWhatFailed', set('Conditions', {}), {
    refuses: allOfFunction,
    closed: 'AWS would not take the policy',
  }),
];

export const mistakes: readonly Mistake[] = [...ofTheTable, ...ofTimers, ...ofDeliveries, ...ofOthers, ...closed];
