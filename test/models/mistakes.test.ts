/** Requests with one mistake each, over the wire: the sandbox answers them as AWS does, and nothing comes of them. */
import { control, PerformerStack, start, synthesize } from '../sandbox/stand.js';
import { type Names, rightRequests, seededMistakes, type WireRequest } from './seeded-mistakes.js';

const assembly = synthesize((app) => new PerformerStack(app, 'App'));
type Started = Awaited<ReturnType<typeof start>>;

/** The role that the template has for schedules: the performer tells its environment. */
async function timerRoleOf({ sandbox }: Started): Promise<string> {
  const url = `${sandbox.url}/2015-03-31/functions/${sandbox.environment.functions[0]!.name}/invocations`;
  const answer = await fetch(url, { method: 'POST', body: '{}' });
  return ((await answer.json()) as { environment: { ROLE: string } }).environment.ROLE;
}

async function namesOf(started: Started): Promise<Names> {
  const { sandbox } = started;
  const { busNames, scheduleGroupNames, tableNames, queues, functions } = sandbox.environment;
  const [fn] = functions;
  return {
    bus: busNames[0]!,
    group: scheduleGroupNames[0]!,
    table: tableNames[0]!,
    queueUrl: queues[0]!.url,
    functionName: fn!.name,
    functionArn: fn!.arn,
    roleArn: await timerRoleOf(started),
  };
}

async function ask({ sandbox }: Started, { method, path, target, headers, body }: WireRequest) {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: { ...headers, ...(target !== undefined && { 'x-amz-target': target }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = text === '' ? {} : (JSON.parse(text) as Record<string, string>);
  const code = response.headers.get('x-amzn-errortype') ?? answer.__type?.split('#').pop();
  return { status: response.status, code, message: answer.message ?? answer.Message };
}

/** Names are the template's own: any sandbox of the assembly has them. */
const placeholder: Names = {
  bus: 'b',
  group: 'g',
  table: 't',
  queueUrl: 'q',
  functionName: 'f',
  functionArn: 'arn:f',
  roleArn: 'arn:aws:iam::000000000000:role/r',
};
const titles = seededMistakes(placeholder).map(({ what }) => what);

test('the mistakes are many, and no two are the same', () => {
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles.length).toBeGreaterThanOrEqual(60);
});

test('what the mistakes are made from is taken', async () => {
  const started = await start(assembly);
  const names = await namesOf(started);
  const right = rightRequests(names);
  const key = { pk: { S: 'a' }, sk: { S: 'b' } };
  const { table: TableName, functionName } = names;
  const requests = [
    right.createSchedule(),
    right.putEvents(),
    right.mail(),
    right.invoke(functionName),
    right.dynamodb('PutItem', { TableName, Item: key }),
    right.dynamodb('GetItem', { TableName, Key: key }),
    right.sqs('SendMessage', { MessageBody: 'b', DelaySeconds: 900 }),
    right.sqs('ReceiveMessage', { MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }),
  ];
  for (const request of requests) expect(await ask(started, request)).toMatchObject({ status: 200, code: undefined });
  expect(started.sandbox.schedules()).toHaveLength(1);
  expect(started.sandbox.outbox()).toHaveLength(1);
});

test('each mistake is answered as AWS answers it, and nothing comes of it', async () => {
  const started = await start(assembly);
  const answers: object[] = [];
  const expected: object[] = [];
  for (const { what, request, answer } of seededMistakes(await namesOf(started))) {
    answers.push({ what, ...(await ask(started, request)) });
    const [status, code, says] = answer;
    const message = typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says);
    expected.push({ what, status, code, message });
  }
  expect(answers).toEqual(expected);
  expect(started.sandbox.schedules()).toEqual([]);
  expect(started.sandbox.outbox()).toEqual([]);
  expect(started.sandbox.events()).toEqual([]);
  const { body } = await control(started.sandbox, '/dead-letters');
  expect(body).toEqual({ deadLetters: [] });
});

test('a member that the service does not know is passed over, as on AWS', async () => {
  const started = await start(assembly);
  const right = rightRequests(await namesOf(started));
  expect(await ask(started, right.putEvents({ Colour: 'red' }))).toMatchObject({ status: 200 });
  expect(await ask(started, right.createSchedule({ Colour: 'red' }))).toMatchObject({ status: 200 });
});
