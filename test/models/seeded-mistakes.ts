/**
 * Requests with one mistake each, as they would go over the wire, and what AWS answers.
 *
 * Owns: the list. A mistake starts from a request that is right and changes one thing; which constraint it breaks was read
 * in the API reference of the service, not in the models that lie in this repository.
 */

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Mistake {
  readonly what: string;
  readonly request: WireRequest;
  /** Status, code, and what the message must say. */
  readonly answer: readonly [status: number, code: string, says: RegExp | string];
}

export interface Names {
  readonly bus: string;
  readonly group: string;
  readonly table: string;
  readonly queueUrl: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly roleArn: string;
}

type Json = Readonly<Record<string, unknown>>;

export function rightRequests(names: Names) {
  const schedule = {
    GroupName: names.group,
    ScheduleExpression: 'at(2027-01-04T11:00:00)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: names.functionArn, RoleArn: names.roleArn, Input: '{}' },
  };
  const entry = { EventBusName: names.bus, Source: 'shop', DetailType: 'nobody/waits', Detail: '{}' };
  const json = (target: string) => (body: Json) => ({ method: 'POST', path: '/', target, body });
  return {
    schedule,
    entry,
    createSchedule: (change: Json = {}, name = 'timer'): WireRequest => ({
      method: 'POST',
      path: `/schedules/${name}`,
      body: { ...schedule, ...change },
    }),
    putEvents: (change: Json = {}): WireRequest => json('AWSEvents.PutEvents')({ Entries: [{ ...entry, ...change }] }),
    dynamodb: (operation: string, body: Json) => json(`DynamoDB_20120810.${operation}`)(body),
    sqs: (operation: string, body: Json) => json(`AmazonSQS.${operation}`)({ QueueUrl: names.queueUrl, ...body }),
    mail: (change: Json = {}): WireRequest => ({
      method: 'POST',
      path: '/v2/email/outbound-emails',
      body: {
        FromEmailAddress: 'shop@example.com',
        Destination: { ToAddresses: ['a@example.com'] },
        Content: { Simple: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'there' } } } },
        ...change,
      },
    }),
    invoke: (name: string, headers: Record<string, string> = {}): WireRequest => ({
      method: 'POST',
      path: `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
      headers,
      body: {},
    }),
  };
}

const must = (place: string, constraint: string) =>
  `at '${place}' failed to satisfy constraint: Member must ${constraint}`;

export function seededMistakes(names: Names): readonly Mistake[] {
  return [
    ...schedulerMistakes(names),
    ...eventMistakes(names),
    ...tableMistakes(names),
    ...queueMistakes(names),
    ...mailMistakes(names),
    ...functionMistakes(names),
  ];
}

function schedulerMistakes(names: Names): Mistake[] {
  const { createSchedule, schedule } = rightRequests(names);
  const target = (change: Json) => createSchedule({ Target: { ...schedule.Target, ...change } });
  const of = (what: string, request: WireRequest, says: string): Mistake => ({
    what: `scheduler: ${what}`,
    request,
    answer: [400, 'ValidationException', says],
  });
  const arn = names.roleArn;
  return [
    of(
      'a name of 65 characters',
      createSchedule({}, 'n'.repeat(65)),
      must('name', 'have length less than or equal to 64'),
    ),
    of('a name with a space', createSchedule({}, 'a%20b'), must('name', 'satisfy regular expression pattern')),
    of('a group with a slash', createSchedule({ GroupName: 'a/b' }), must('groupName', 'satisfy regular')),
    of('no expression', createSchedule({ ScheduleExpression: undefined }), must('scheduleExpression', 'not be null')),
    of(
      'an empty expression',
      createSchedule({ ScheduleExpression: '' }),
      must('scheduleExpression', 'have length greater'),
    ),
    of('no window', createSchedule({ FlexibleTimeWindow: undefined }), must('flexibleTimeWindow', 'not be null')),
    of(
      'a window without a mode',
      createSchedule({ FlexibleTimeWindow: {} }),
      must('flexibleTimeWindow.mode', 'not be null'),
    ),
    of(
      'a mode in small letters',
      createSchedule({ FlexibleTimeWindow: { Mode: 'off' } }),
      must('flexibleTimeWindow.mode', 'satisfy enum value set: [OFF, FLEXIBLE]'),
    ),
    of(
      'a window of two days',
      createSchedule({ FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 2_880 } }),
      must('flexibleTimeWindow.maximumWindowInMinutes', 'have value less than or equal to 1440'),
    ),
    of('no target', createSchedule({ Target: undefined }), must('target', 'not be null')),
    of('a target without a role', target({ RoleArn: undefined }), must('target.roleArn', 'not be null')),
    of('a role that is no ARN', target({ RoleArn: 'timer-role' }), must('target.roleArn', 'satisfy regular')),
    of(
      'a user for a role',
      target({ RoleArn: arn.replace(':role/', ':user/') }),
      must('target.roleArn', 'satisfy regular'),
    ),
    of('an empty input', target({ Input: '' }), must('target.input', 'have length greater than or equal to 1')),
    of(
      'a fifo queue for dead letters',
      target({ DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:dead.fifo' } }),
      must('target.deadLetterConfig.arn', 'satisfy regular expression pattern'),
    ),
    of(
      '186 attempts',
      target({ RetryPolicy: { MaximumRetryAttempts: 186 } }),
      must('target.retryPolicy.maximumRetryAttempts', 'have value less than or equal to 185'),
    ),
    of(
      'an age of 59 seconds',
      target({ RetryPolicy: { MaximumEventAgeInSeconds: 59 } }),
      must('target.retryPolicy.maximumEventAgeInSeconds', 'have value greater than or equal to 60'),
    ),
    of(
      'a description of 513',
      createSchedule({ Description: 'd'.repeat(513) }),
      must('description', 'have length less'),
    ),
    of(
      'an unknown state',
      createSchedule({ State: 'PAUSED' }),
      must('state', 'satisfy enum value set: [ENABLED, DISABLED]'),
    ),
    of(
      'an unknown afterlife',
      createSchedule({ ActionAfterCompletion: 'KEEP' }),
      must('actionAfterCompletion', 'satisfy enum'),
    ),
    of('a client token with a blank', createSchedule({ ClientToken: 'a b' }), must('clientToken', 'satisfy regular')),
    of(
      'a page of 101',
      { method: 'GET', path: '/schedules?MaxResults=101' },
      must('maxResults', 'have value less than or equal to 100'),
    ),
    of(
      'a deletion in a group of 65 characters',
      { method: 'DELETE', path: `/schedules/timer?groupName=${'g'.repeat(65)}` },
      must('groupName', 'have length less than or equal to 64'),
    ),
    {
      what: 'scheduler: attempts in words',
      request: target({ RetryPolicy: { MaximumRetryAttempts: 'three' } }),
      answer: [400, 'SerializationException', 'STRING_VALUE can not be converted to an Integer'],
    },
    {
      what: 'scheduler: a page size in words',
      request: { method: 'GET', path: '/schedules?MaxResults=all' },
      answer: [400, 'SerializationException', 'STRING_VALUE can not be converted to an Integer'],
    },
    {
      what: 'scheduler: an input that is not text',
      request: target({ Input: { run: 1 } }),
      answer: [400, 'SerializationException', 'Start of structure or map found where not expected.'],
    },
  ];
}

function eventMistakes(names: Names): Mistake[] {
  const { putEvents, entry } = rightRequests(names);
  const putting = (Entries: unknown): WireRequest => ({ ...putEvents(), body: { Entries } });
  const of = (what: string, request: WireRequest, says: string): Mistake => ({
    what: `events: ${what}`,
    request,
    answer: [400, 'ValidationException', says],
  });
  return [
    of('no entries', { ...putEvents(), body: {} }, must('entries', 'not be null')),
    of('an empty list', putting([]), must('entries', 'have length greater than or equal to 1')),
    of('eleven entries', putting(Array(11).fill(entry)), must('entries', 'have length less than or equal to 10')),
    of(
      'a bus of no name',
      putEvents({ EventBusName: '' }),
      must('entries.1.member.eventBusName', 'have length greater'),
    ),
    of(
      'a bus with a blank',
      putEvents({ EventBusName: 'a b' }),
      must('entries.1.member.eventBusName', 'satisfy regular'),
    ),
    of(
      'a resource of 2,049 characters',
      putEvents({ Resources: ['r'.repeat(2_049)] }),
      must('entries.1.member.resources', 'satisfy constraint: [Member must have length less than or equal to 2048]'),
    ),
    of(
      'an empty trace header',
      putEvents({ TraceHeader: '' }),
      must('entries.1.member.traceHeader', 'have length greater'),
    ),
    {
      what: 'events: a detail that is not text',
      request: putEvents({ Detail: { cart_id: '42' } }),
      answer: [400, 'SerializationException', 'Start of structure or map found where not expected.'],
    },
    {
      what: 'events: a body that is no JSON',
      request: { ...putEvents(), body: '{"Entries":' },
      answer: [400, 'SerializationException', /^$/],
    },
    {
      what: 'events: an operation that is not here',
      request: { method: 'POST', path: '/', target: 'AWSEvents.PutRule', body: {} },
      answer: [
        400,
        'UnknownOperationException',
        'the sandbox does not know events:PutRule; of events it knows PutEvents',
      ],
    },
  ];
}

function tableMistakes({ table, ...names }: Names): Mistake[] {
  const { dynamodb } = rightRequests({ table, ...names });
  const key = { pk: { S: 'a' }, sk: { S: 'b' } };
  const of = (what: string, operation: string, body: Json, says: string): Mistake => ({
    what: `dynamodb: ${what}`,
    request: dynamodb(operation, body),
    answer: [400, 'ValidationException', says],
  });
  const values = { ':k': { S: 'a' } };
  const query = { TableName: table, KeyConditionExpression: 'pk = :k', ExpressionAttributeValues: values };
  return [
    of('no table', 'GetItem', { Key: key }, must('tableName', 'not be null')),
    of('no key', 'GetItem', { TableName: table }, must('key', 'not be null')),
    of('no item', 'PutItem', { TableName: table }, must('item', 'not be null')),
    of('a limit of 0', 'Query', { ...query, Limit: 0 }, must('limit', 'have value greater than or equal to 1')),
    of('an index of two characters', 'Query', { ...query, IndexName: 'ix' }, must('indexName', 'have length greater')),
    of('an unknown selection', 'Query', { ...query, Select: 'ALL' }, must('select', 'satisfy enum value set')),
    of(
      'an unknown return of a refused condition',
      'PutItem',
      { TableName: table, Item: key, ReturnValuesOnConditionCheckFailure: 'ALL' },
      must('returnValuesOnConditionCheckFailure', 'satisfy enum value set: [ALL_OLD, NONE]'),
    ),
    of(
      'unknown consumed capacity',
      'Scan',
      { TableName: table, ReturnConsumedCapacity: 'ALL' },
      must('returnConsumedCapacity', 'satisfy enum value set: [INDEXES, TOTAL, NONE]'),
    ),
    of(
      'a segment of a million',
      'Scan',
      { TableName: table, Segment: 1e6, TotalSegments: 1e6 },
      must('segment', 'have value'),
    ),
    of('101 tables on a page', 'ListTables', { Limit: 101 }, must('limit', 'have value less than or equal to 100')),
    {
      what: 'dynamodb: a key that is a number',
      request: dynamodb('GetItem', { TableName: table, Key: { pk: { S: 5 }, sk: { S: 'b' } } }),
      answer: [400, 'SerializationException', /NUMBER_VALUE cannot be converted to String/],
    },
    {
      what: 'dynamodb: an operation that is not here',
      request: dynamodb('TransactWriteItems', { TransactItems: [] }),
      answer: [400, 'UnknownOperationException', /^the sandbox does not know dynamodb:TransactWriteItems; of dynamodb/],
    },
  ];
}

function queueMistakes(names: Names): Mistake[] {
  const { sqs } = rightRequests(names);
  const missing = (what: string, operation: string, body: Json, parameter: string): Mistake => ({
    what: `sqs: ${what}`,
    request: sqs(operation, body),
    answer: [400, 'MissingParameter', `The request must contain the parameter ${parameter}.`],
  });
  return [
    missing('no queue', 'ReceiveMessage', { QueueUrl: undefined }, 'QueueUrl'),
    missing('no body', 'SendMessage', {}, 'MessageBody'),
    missing('an empty body', 'SendMessage', { MessageBody: '' }, 'MessageBody'),
    missing('no receipt', 'DeleteMessage', {}, 'ReceiptHandle'),
    missing('no visibility', 'ChangeMessageVisibility', { ReceiptHandle: 'r' }, 'VisibilityTimeout'),
    missing(
      'an attribute without a type',
      'SendMessage',
      { MessageBody: 'b', MessageAttributes: { a: {} } },
      'DataType',
    ),
    {
      what: 'sqs: an unknown attribute',
      request: sqs('GetQueueAttributes', { AttributeNames: ['Size'] }),
      answer: [400, 'InvalidAttributeName', 'Unknown Attribute Size.'],
    },
    {
      what: 'sqs: a delay in words',
      request: sqs('SendMessage', { MessageBody: 'b', DelaySeconds: 'ten' }),
      answer: [400, 'SerializationException', 'STRING_VALUE can not be converted to an Integer'],
    },
    {
      what: 'sqs: a visibility of more than twelve hours',
      request: sqs('ReceiveMessage', { VisibilityTimeout: 43_201 }),
      answer: [400, 'InvalidParameterValue', /^Value 43201 for parameter VisibilityTimeout is invalid/],
    },
    {
      what: 'sqs: eleven messages at once',
      request: sqs('ReceiveMessage', { MaxNumberOfMessages: 11 }),
      answer: [400, 'InvalidParameterValue', /^Value 11 for parameter MaxNumberOfMessages is invalid/],
    },
    {
      what: 'sqs: a delay of more than a quarter of an hour',
      request: sqs('SendMessage', { MessageBody: 'b', DelaySeconds: 901 }),
      answer: [400, 'InvalidParameterValue', /^Value 901 for parameter DelaySeconds is invalid/],
    },
    {
      what: 'sqs: an operation that is not here',
      request: sqs('StartMessageMoveTask', {}),
      answer: [400, 'UnknownOperationException', /^the sandbox does not know sqs:StartMessageMoveTask; of sqs/],
    },
  ];
}

function mailMistakes(names: Names): Mistake[] {
  const { mail } = rightRequests(names);
  const of = (what: string, request: WireRequest, says: string): Mistake => ({
    what: `ses: ${what}`,
    request,
    answer: [400, 'BadRequestException', says],
  });
  const body = { Text: { Data: 'there' } };
  return [
    of('no content', mail({ Content: undefined }), must('content', 'not be null')),
    of('no subject', mail({ Content: { Simple: { Body: body } } }), must('content.simple.subject', 'not be null')),
    of(
      'a text without data',
      mail({ Content: { Simple: { Subject: { Data: 'Hi' }, Body: { Text: {} } } } }),
      must('content.simple.body.text.data', 'not be null'),
    ),
    of(
      'a header with a colon',
      mail({ Content: { Simple: { Subject: { Data: 'Hi' }, Body: body, Headers: [{ Name: 'X:', Value: 'v' }] } } }),
      must('content.simple.headers.1.member.name', 'satisfy regular expression pattern'),
    ),
    of('a tag without a value', mail({ EmailTags: [{ Name: 'a' }] }), must('emailTags.1.member.value', 'not be null')),
    {
      what: 'ses: one address instead of a list',
      request: mail({ Destination: { ToAddresses: 'a@example.com' } }),
      answer: [400, 'SerializationException', 'Unexpected field type'],
    },
  ];
}

function functionMistakes(names: Names): Mistake[] {
  const { invoke } = rightRequests(names);
  return [
    {
      what: 'lambda: a function with a blank',
      request: invoke('my function'),
      answer: [400, 'ValidationException', must('functionName', 'satisfy regular expression pattern')],
    },
    {
      what: 'lambda: an unknown kind of invocation',
      request: invoke(names.functionName, { 'x-amz-invocation-type': 'Later' }),
      answer: [
        400,
        'ValidationException',
        must('invocationType', 'satisfy enum value set: [Event, RequestResponse, DryRun]'),
      ],
    },
    {
      what: 'lambda: an operation that is not here',
      request: { method: 'GET', path: `/2015-03-31/functions/${names.functionName}/policy` },
      answer: [404, 'UnknownOperationException', /^the sandbox knows no GET \/2015-03-31\/functions\//],
    },
  ];
}
