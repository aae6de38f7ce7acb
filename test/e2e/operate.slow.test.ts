/**
 * The commands that operate a stack, against the app in a sandbox: what they change, and what they leave alone. What they print is
 * the business of docs/operating.md, which is played.
 */
import {
  GetQueueAttributesCommand,
  type MessageAttributeValue,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { sojournHere } from '../docs/play.js';
import { appAssembly, beforehand } from './assembly.js';
import { expectNothingLeft, functionOf, hourMs, type Stand, start, startMs } from './stand.js';
import { sojourn } from './terminal.js';

beforehand(appAssembly);

const product = (cart: unknown) => ({
  name: 'cart/product.added',
  data: { cart_id: cart, user: { email: 'a@example.com' } },
});
const signUp = (user: unknown) => ({ name: 'user/signed.up', data: { user_id: user, email: 'a@example.com' } });
const purchase = (cart: unknown) => ({ name: 'cart/purchased', data: { cart_id: cart } });

let stand: Stand;
beforeEach(async () => {
  stand = await start(await appAssembly());
});

/** Runs a command; @returns what it printed as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: what a command answers is what the tests check.
async function json(...words: readonly string[]): Promise<{ answer: any; exitCode: number; stderr: string }> {
  const { stdout, stderr, exitCode } = await sojournHere(stand.sandbox.url, [...words, '--json']);
  await stand.sandbox.settle();
  return { answer: stdout === '' ? undefined : JSON.parse(stdout), exitCode, stderr };
}

const cart = ['--journey', 'abandoned-cart'] as const;

/** Puts a message into the queue that is left to people, as the hub or SQS does. */
async function leave(body: unknown, attributes: Readonly<Record<string, string>>): Promise<void> {
  const sqs = new SQSClient({
    endpoint: stand.sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'people', secretAccessKey: 'people' },
  });
  const texts = Object.entries(attributes).map(([name, StringValue]): [string, MessageAttributeValue] => [
    name,
    { DataType: 'String', StringValue },
  ]);
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: peoplesQueue(),
      MessageBody: JSON.stringify(body),
      MessageAttributes: Object.fromEntries(texts),
    }),
  );
  sqs.destroy();
}

function peoplesQueue(): string {
  return stand.sandbox.environment.queues.find(({ name }) => name.includes('DeadLetters'))!.url;
}

async function visibleLetters(): Promise<number> {
  const config = { region: 'us-east-1', credentials: { accessKeyId: 'people', secretAccessKey: 'people' } };
  const sqs = new SQSClient({ endpoint: stand.sandbox.url, ...config });
  const AttributeNames = ['ApproximateNumberOfMessages'] as const;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: peoplesQueue(), AttributeNames: [...AttributeNames] }),
  );
  sqs.destroy();
  return Number(Attributes?.ApproximateNumberOfMessages);
}

/** As EventBridge delivers it. */
function envelope(id: string, name: string, detail: object): object {
  const time = new Date(startMs).toISOString();
  return {
    version: '0',
    id,
    'detail-type': name,
    source: 'shop',
    account: '',
    time,
    region: '',
    resources: [],
    detail,
  };
}

describe('runs, show and explain', () => {
  test('agree on a run, its timer and the data that only --json shows', async () => {
    await stand.send(product('42'));
    const { answer } = await json('runs', ...cart, '--key', '42', '--status', 'active');
    const [{ runId }] = answer.runs;
    const shown = await json('show', runId);
    expect(shown.answer).toMatchObject({
      runId,
      status: 'active',
      trigger: { data: { cart_id: '42' } },
      timers: [{ step: 'wait-for-purchase' }],
    });
    const { stdout } = await sojournHere(stand.sandbox.url, ['show', runId]);
    expect(stdout).not.toContain('a@example.com');
    const explained = await json('explain', ...cart, '--key', '42');
    expect(explained.answer.runs[0].story).toEqual(shown.answer.story);
  });

  test('show says when a wait has no timer', async () => {
    await stand.send(product('42'));
    const { runId } = (await stand.runs())[0]!;
    const { name, groupName } = stand.sandbox.schedules()[0]!;
    await fetch(`${stand.sandbox.url}/schedules/${name}?groupName=${groupName}`, { method: 'DELETE' });
    const { stdout } = await sojournHere(stand.sandbox.url, ['show', runId]);
    expect(stdout).toMatch(/No timer is set for: wait-for-purchase/);
  });

  test('a long list shows the newest, and says that there are more', async () => {
    await stand.send(product('1'), product('2'), product('3'));
    const { answer, stderr } = await json('runs', ...cart, '--limit', '2');
    expect(answer.runs).toHaveLength(2);
    expect(answer.more).toBe(1);
    expect(stderr).toMatch(/--limit 3 shows all/);
  });
});

describe('start', () => {
  test('hands a journey its event, and puts none on the bus; once for each id', async () => {
    const data = JSON.stringify(product('42').data);
    const first = await json('start', ...cart, '--data', data);
    expect(first.answer).toMatchObject({ isNew: true, status: 'active' });
    const again = await json('start', ...cart, '--data', data, '--id', first.answer.id);
    expect(again.answer).toMatchObject({ isNew: false, run: first.answer.run });
    expect((await stand.runs()).map(({ runId }) => runId)).toEqual([first.answer.run]);
    expect(stand.sandbox.events()).toEqual([]);
  });

  test.each([
    ['without the key', ['--data', '{"cart":"42"}'], 1, /no text, number or boolean at data\.cart_id/],
    ['with what is no object', ['--data', '[1]'], 2, /must be a JSON object/],
    [
      'with an event that starts nothing',
      ['--data', '{"cart_id":"42"}', '--event', 'cart/purchased'],
      2,
      /is started by/,
    ],
    ['with an id of one’s own and no time', ['--data', '{"cart_id":"42"}', '--id', 'x'], 2, /needs the time/],
  ])('fails %s, before anything is called', async (_what, args, exitCode, message) => {
    const failed = await json('start', ...cart, ...args);
    expect(failed).toMatchObject({ exitCode, answer: undefined, stderr: expect.stringMatching(message) });
    expect(await stand.runs()).toEqual([]);
  });
});

describe('cancel', () => {
  test('ends a run at once: no timer stays, no mail is sent, and a second time it is over', async () => {
    await stand.send(product('42'), product('43'));
    const { runId } = (await stand.runs({ key: '42', journey: 'abandoned-cart' }))[0]!;
    expect((await json('cancel', runId)).answer).toEqual({ ended: [{ run: runId, outcome: 'cancelled' }] });
    expect(stand.sandbox.schedules().map(({ input }) => JSON.parse(input!).run)).not.toContain(runId);
    expect((await json('cancel', runId)).answer).toEqual({ ended: [{ run: runId, outcome: 'over' }] });
    await stand.advance(25 * hourMs);
    expect(await stand.outcomes('abandoned-cart', '42')).toEqual(['cancelled']);
    expect(stand.recipients()).toHaveLength(1);
    expectNothingLeft(stand);
  });

  test('by filter does nothing without a yes, nor with --dry-run', async () => {
    await stand.send(product('42'));
    const before = await stand.runs();
    expect(await json('cancel', ...cart)).toMatchObject({ exitCode: 1, answer: { wouldCancel: [{ key: '42' }] } });
    expect(await json('cancel', ...cart, '--yes', '--dry-run')).toMatchObject({ exitCode: 0 });
    expect(await stand.runs()).toEqual(before);
  });

  test('by filter ends those that fit, and no other', async () => {
    await stand.send(product('42'), signUp('42'));
    await stand.advance(hourMs);
    await stand.send(product('43'));
    const before = new Date(startMs + 1).toISOString();
    const { answer } = await json('cancel', ...cart, '--started-before', before, '--yes');
    expect(answer.ended).toHaveLength(1);
    expect(await stand.outcomes('abandoned-cart', '42')).toEqual(['cancelled']);
    expect(await stand.outcomes('abandoned-cart', '43')).toEqual(['active']);
    expect(await stand.outcomes('activation', '42')).toEqual(['active']);
  });

  test('a run that was cancelled by hand is followed by a new one as ever', async () => {
    await stand.send(product('42'));
    await json('cancel', ...cart, '--yes');
    await stand.advance(hourMs);
    await stand.send(product('42'));
    await stand.send(purchase('42'));
    expect(await stand.outcomes('abandoned-cart', '42')).toEqual(['cancelled', 'completed: purchased']);
  });
});

describe('dead letters', () => {
  test('of all three shapes are listed, redriven events first, and removed when they were taken', async () => {
    const { arn } = functionOf(stand.sandbox, 'abandoned-cart');
    await stand.send(product('42'));
    const timer = JSON.parse(stand.sandbox.schedules()[0]!.input!);
    await stand.advance(hourMs);
    const record = { requestContext: { functionArn: `${arn}:$LATEST`, condition: 'RetriesExhausted' } };
    await leave({ ...timer, atMs: 0 }, { SCHEDULE_ARN: 'arn:aws:scheduler:::schedule/g/n', TARGET_ARN: arn });
    await leave(envelope('e-rule', 'cart/product.added', product('7').data), {
      RULE_ARN: 'arn:aws:events:::rule/b/r',
      TARGET_ARN: arn,
    });
    await leave({ ...record, requestPayload: envelope('e-function', 'cart/purchased', purchase('42').data) }, {});
    const { answer } = await json('dead-letters');
    expect(answer.deadLetters.map((one: { origin: string }) => one.origin).sort()).toEqual([
      'function',
      'rule',
      'schedule',
    ]);
    expect(answer.deadLetters).toContainEqual(expect.objectContaining({ journey: 'abandoned-cart', key: '7' }));
    expect(await visibleLetters()).toBe(3);
    const redriven = await json('redrive', '--all');
    expect(redriven).toMatchObject({ exitCode: 0 });
    expect(
      redriven.answer.redriven.map(({ timer: isTimer, outcome }: { timer?: object; outcome: string }) => [
        Boolean(isTimer),
        outcome,
      ]),
    ).toEqual([
      [false, 'taken'],
      [false, 'taken'],
      [true, 'taken'],
    ]);
    expect(await stand.outcomes('abandoned-cart', '42')).toEqual(['completed: purchased']);
    expect(await stand.outcomes('abandoned-cart', '7')).toEqual(['active']);
    expect(await visibleLetters()).toBe(0);
  });

  test('that are refused again stay, and what has no shape of ours is told and left', async () => {
    const { arn } = functionOf(stand.sandbox, 'abandoned-cart');
    await leave(envelope('e', 'cart/product.added', {}), { RULE_ARN: 'arn:aws:events:::rule/b/r', TARGET_ARN: arn });
    await leave('hello', {});
    const { answer, exitCode } = await json('redrive', '--all');
    expect(exitCode).toBe(1);
    expect(answer.redriven).toEqual([
      expect.objectContaining({ outcome: 'failed', because: expect.stringMatching(/^MissingKey: /) }),
      expect.objectContaining({
        outcome: 'failed',
        because: expect.stringMatching(/not one of the three shapes/),
      }),
    ]);
    expect(await visibleLetters()).toBe(2);
  });

  test('are redriven by id, and the others left', async () => {
    const { arn } = functionOf(stand.sandbox, 'abandoned-cart');
    for (const id of ['1', '2']) {
      await leave(envelope(id, 'cart/product.added', product(id).data), {
        RULE_ARN: 'arn:aws:events:::rule/b/r',
        TARGET_ARN: arn,
      });
    }
    const { answer } = await json('dead-letters');
    const { id, key } = answer.deadLetters[0];
    expect(await json('redrive', id)).toMatchObject({ exitCode: 0, answer: { redriven: [{ id, outcome: 'taken' }] } });
    expect((await stand.runs()).map((run) => run.key)).toEqual([key]);
    expect(await json('redrive', id)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`no dead letter ${id}`),
    });
    expect(await visibleLetters()).toBe(1);
  });
});

describe('dead-letters --remove', () => {
  test('deletes those that are named, with a yes, and no other', async () => {
    for (const text of ['one', 'two']) await leave(text, {});
    const { answer } = await json('dead-letters');
    const [first, second] = answer.deadLetters.map(({ id }: { id: string }) => id);
    expect(await json('dead-letters', '--remove', first)).toMatchObject({ exitCode: 1, answer: { removed: [] } });
    expect(await visibleLetters()).toBe(2);
    expect(await json('dead-letters', '--remove', first, '--yes')).toMatchObject({
      exitCode: 0,
      answer: { removed: [{ id: first }] },
    });
    expect((await json('dead-letters')).answer.deadLetters).toMatchObject([{ id: second }]);
    expect(await json('dead-letters', '--remove', first, '--yes')).toMatchObject({
      exitCode: 1,
      answer: { removed: [] },
    });
  });
});

describe('forget', () => {
  const forgetCart = (...more: readonly string[]) => json('forget', ...cart, '--key', '42', ...more);

  test('erases one key of one journey, and leaves everybody else’s runs, timers and dead letters', async () => {
    const { arn } = functionOf(stand.sandbox, 'abandoned-cart');
    await stand.send(product('42'), purchase('42'));
    await stand.advance(hourMs);
    await stand.send(product('42'), product('43'), purchase(42), signUp('42'));
    for (const id of ['42', '43']) {
      await leave(envelope(`e${id}`, 'cart/product.added', product(id).data), {
        RULE_ARN: 'arn:aws:events:::rule/b/r',
        TARGET_ARN: arn,
      });
    }
    const others = (await stand.runs()).filter(
      ({ key, journey }) => journey !== 'abandoned-cart' || String(key) !== '42',
    );
    const timersBefore = stand.sandbox.schedules().length;

    const { answer, exitCode } = await forgetCart('--yes');
    expect(exitCode).toBe(0);
    expect(answer).toMatchObject({ cancelled: 1, runs: 2, events: 2, timers: 1, letters: 1, left: [] });
    expect(answer.removed.runs.map(({ key }: { key: unknown }) => key)).toEqual(['42', '42']);

    expect(await stand.runs()).toEqual(others);
    expect(stand.sandbox.schedules()).toHaveLength(timersBefore - 1);
    expect(await visibleLetters()).toBe(1);
    expect((await json('dead-letters')).answer.deadLetters).toMatchObject([{ key: '43' }]);
    expect(await forgetCart('--yes')).toMatchObject({ exitCode: 0, answer: { wouldRemove: { runs: [], events: [] } } });
  });

  test('removes nothing without a yes, nor with --dry-run', async () => {
    await stand.send(product('42'));
    const before = await stand.runs();
    expect(await forgetCart()).toMatchObject({ exitCode: 1, answer: { wouldRemove: { runs: [{ key: '42' }] } } });
    expect(await forgetCart('--dry-run', '--yes')).toMatchObject({ exitCode: 0 });
    expect(await stand.runs()).toEqual(before);
    expect(stand.sandbox.schedules()).toHaveLength(before.length);
  });

  test('fails without a journey: a value may mean a cart in one and a person in another', async () => {
    expect(await json('forget', '--key', '42', '--yes')).toMatchObject({ exitCode: 2, answer: undefined });
  });

  test('in all journeys takes every one', async () => {
    await stand.send(product('42'), signUp('42'));
    const { answer } = await json('forget', '--key', '42', '--all-journeys', '--yes');
    expect(answer.removed.runs.map(({ journey }: { journey: string }) => journey).sort()).toEqual([
      'abandoned-cart',
      'activation',
    ]);
    expect(await stand.runs()).toEqual([]);
    expectNothingLeft(stand);
  });
});

test('at a terminal: JSON alone on stdout, one line on stderr for a mistake, exit codes 0, 1 and 2', async () => {
  await stand.send(product('42'));
  const at = ['--endpoint', stand.sandbox.url];
  const [listed, absent, unknown] = await Promise.all([
    sojourn(['runs', '--json', ...at]).ended,
    sojourn(['show', 'bm9uc2Vuc2U', ...at]).ended,
    sojourn(['runs', '--stattus', 'active', ...at]).ended,
  ]);
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(listed.stdout).runs).toHaveLength(1);
  expect(absent).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^sojourn: no such run: [^\n]+\n$/),
  });
  expect(unknown).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^sojourn: Unknown option[^\n]+\n$/),
  });
});

test('fails with one line where the stack is not there, or none was named', async () => {
  const nameless = await sojourn(['runs']).ended;
  expect(nameless).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^sojourn: which stack\? Fix: --stack[^\n]+\n$/),
  });
  const { exitCode, stderr } = await json('runs', '--stack', 'Nope');
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(/^sojourn: Stack with id Nope does not exist\. Fix: [^\n]+\n$/),
  });
});
