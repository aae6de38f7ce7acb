/** A journey's Lambda handler, whole: the real engine and adapters against dynalite and the loopback. */
import { createJourney } from 'sojourn';
import { type LambdaContextShape, serve } from 'sojourn/lambda';
import { DynamoRecords } from '../../lib/aws/records.js';
import type { TimerPayload } from '../../lib/contract.js';
import { runRefOf } from '../../lib/engine/stored/key.js';
import { at } from '../contract/documents.js';
import { type LocalTable, openTable } from '../contract/dynalite.js';
import { type Loopback, openLoopback } from '../contract/loopback.js';

const context: LambdaContextShape = {
  awsRequestId: '0b0f6a3e-5d0f-4d56-a6a5-5a6b9c1d2e3f',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:cart',
  getRemainingTimeInMillis: () => 160_000,
};

const sent: string[] = [];
const cart = createJourney(
  {
    id: 'abandoned-cart',
    triggers: [{ event: 'cart/product.added' }],
    key: 'data.cart_id',
    waitsFor: ['cart/purchased'],
    cancelOn: [{ event: 'cart/product.added', timeout: '24h' }],
  },
  async ({ event, step, logger }) => {
    const purchased = await step.waitForEvent('wait-for-purchase', { event: 'cart/purchased', timeout: '24h' });
    if (purchased !== null) return { outcome: 'purchased' };
    logger.info('no purchase', { cart: event.data.cart_id });
    await step.run('send-reminder', () => void sent.push(event.data.user.email));
    await step.sendEvent('tell', { name: 'cart/reminded', data: { cart_id: event.data.cart_id } });
    return { outcome: 'reminded' };
  },
);

let table: LocalTable;
let loopback: Loopback;
let lines: string[];
const before = { ...process.env };

beforeAll(async () => {
  table = await openTable();
  loopback = await openLoopback();
});
beforeEach(() => {
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: loopback.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: loopback.endpoint,
    SOJOURN_JOURNEY: 'abandoned-cart',
    SOJOURN_TABLE: table.tableName,
    SOJOURN_BUS: 'journeys',
    SOJOURN_SCHEDULE_GROUP: 'sojourn',
    SOJOURN_SCHEDULER_ROLE: 'arn:aws:iam::111122223333:role/scheduler',
    SOJOURN_TIMER_DLQ: 'arn:aws:sqs:eu-west-1:111122223333:timers',
  });
  loopback.reset();
  sent.length = 0;
  lines = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...before };
});
afterAll(async () => {
  await table.close();
  await loopback.close();
});

let events = 0;
function event(name: string, cartId: unknown, ageMs: number, changes: object = {}) {
  events += 1;
  return {
    version: '0',
    id: `7d1f0a52-5c9d-4b8e-9b0a-${String(events).padStart(12, '0')}`,
    'detail-type': name,
    source: 'shop',
    account: '111122223333',
    time: new Date(Date.now() - ageMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: 'eu-west-1',
    resources: [],
    detail: { cart_id: cartId, user: { email: 'a@b.c' } },
    ...changes,
  };
}

async function runOf(cartId: string) {
  const records = new DynamoRecords(table.client, table.tableName);
  const { runs } = await records.look(`abandoned-cart|key|s:${cartId}`, { from: at('2020-01-01T00:00:00Z') });
  return runs[0]!;
}

function facts(): Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line));
}

describe('a served journey', () => {
  test('stores the run and its timer, and completes it when the event comes', async () => {
    const handler = serve(cart);
    await handler(event('cart/product.added', 'A', 60_000), context);
    expect(await runOf('A')).toMatchObject({ status: 'active', trigger: { data: { cart_id: 'A' } } });
    const [schedule] = [...loopback.schedules.values()];
    expect(schedule).toMatchObject({ GroupName: 'sojourn', Target: { Arn: context.invokedFunctionArn } });

    await handler(event('cart/purchased', 'A', 30_000), context);
    expect(await runOf('A')).toMatchObject({ status: 'completed', output: { outcome: 'purchased' } });
    expect(loopback.schedules.size).toBe(0);
  });

  test('runs what follows a timeout, and publishes', async () => {
    await serve(cart)(event('cart/product.added', 'B', 25 * 3_600_000), context);
    expect(await runOf('B')).toMatchObject({ status: 'completed', output: { outcome: 'reminded' } });
    expect(sent).toEqual(['a@b.c']);
    const put = loopback.calls.find(({ target }) => target === 'AWSEvents.PutEvents')!;
    expect(put.body.Entries).toEqual([
      expect.objectContaining({
        EventBusName: 'journeys',
        Source: 'sojourn.abandoned-cart',
        DetailType: 'cart/reminded',
        Resources: [expect.stringMatching(/^urn:sojourn:[0-9a-f]{32}:1$/)],
      }),
    ]);
  });

  test('takes the payload of its own timer', async () => {
    const handler = serve(cart);
    await handler(event('cart/product.added', 'C', 60_000), context);
    const [schedule] = [...loopback.schedules.values()] as { Target: { Input: string } }[];
    const payload: TimerPayload = JSON.parse(schedule!.Target.Input);
    expect(runRefOf(payload.run)?.pk).toBe('abandoned-cart|key|s:C');
    await expect(handler(payload, context)).rejects.toMatchObject({ name: 'EarlyTimer' });
    await handler({ ...payload, deadlineMs: payload.deadlineMs - 86_400_000, atMs: 0 }, context);
    expect(await runOf('C')).toMatchObject({ status: 'active' });
  });

  test('brings an event from the future back at its time', async () => {
    await serve(cart)(event('cart/product.added', 'D', -3_600_000), context);
    const [schedule] = [...loopback.schedules.values()] as { Target: { Input: string } }[];
    expect(JSON.parse(schedule!.Target.Input)).toMatchObject({
      'detail-type': 'cart/product.added',
      detail: { cart_id: 'D' },
    });
    expect(await runOf('D')).toBeUndefined();
  });

  test('tells little of an invocation, in JSON, and nothing of the data', async () => {
    const handler = serve(cart);
    await handler(event('cart/product.added', 'E', 60_000), context);
    const perInvocation = [lines.join('')];
    lines.length = 0;
    await handler(event('cart/purchased', 'E', 30_000), context);
    perInvocation.push(lines.join(''));
    lines.length = 0;
    await handler(event('cart/product.added', 'F', 25 * 3_600_000), context);
    const own = lines.filter((line) => !line.includes('no purchase'));
    expect(lines).toHaveLength(own.length + 1);
    perInvocation.push(own.join(''));
    jest.restoreAllMocks();
    process.stdout.write(
      `log bytes of an invocation: ${perInvocation.map((text) => Buffer.byteLength(text)).join(', ')}\n`,
    );
    for (const text of perInvocation) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(600);
      expect(text).not.toMatch(/a@b\.c|cart_id/);
    }
  });

  test('counts an event without its key as a metric', async () => {
    await serve(cart)(event('cart/purchased', null, 1_000), context);
    expect(facts()).toEqual([
      expect.objectContaining({ level: 'WARN', message: 'unmatchable', path: 'data.cart_id' }),
      expect.objectContaining({ journey: 'abandoned-cart', UnmatchableEvents: 1 }),
    ]);
  });

  test('fails on an event whose data is no object, so that it is kept', async () => {
    await expect(serve(cart)(event('cart/purchased', 'G', 0, { detail: 'text' }), context)).rejects.toThrow();
  });

  test.each([
    ['nothing', undefined],
    ['a text', 'hello'],
    ['a list', []],
    ['an object of another kind', { Records: [] }],
    ['a timer without a run', { sojourn: 'timer', step: 'a', attempt: 0, deadlineMs: 1, atMs: 1 }],
    ['a timer with a text as time', { sojourn: 'timer', run: 'r', step: 'a', attempt: 0, deadlineMs: '1', atMs: 1 }],
    ['an event without an id', event('a', 'x', 0, { id: undefined })],
    ['an event without a time', event('a', 'x', 0, { time: 'yesterday' })],
  ])('fails with a code on %s', async (_what, input) => {
    await expect(serve(cart)(input, context)).rejects.toMatchObject({ code: 'UnknownDelivery' });
  });

  test('is served on import without any environment', () => {
    process.env = {};
    expect(typeof serve(cart)).toBe('function');
  });

  test.each([
    'SOJOURN_JOURNEY',
    'SOJOURN_TABLE',
    'SOJOURN_BUS',
    'SOJOURN_SCHEDULE_GROUP',
    'SOJOURN_SCHEDULER_ROLE',
    'SOJOURN_TIMER_DLQ',
  ])('fails when %s is missing, naming it', async (name) => {
    delete process.env[name];
    await expect(serve(cart)(event('cart/purchased', 'x', 0), context)).rejects.toThrow(
      new RegExp(`${name} .*\\[MissingVariable\\]$`),
    );
  });

  test.each([
    ['SOJOURN_JOURNEY', 'win-back'],
    ['SOJOURN_TIMEOUTS', '[1]'],
    ['SOJOURN_TIMEOUTS', '{"a":"5m"}'],
    ['SOJOURN_TIMEOUTS', '{"a":0}'],
    ['SOJOURN_TIMEOUTS', '{'],
    ['SOJOURN_STEP_TIMEOUT_MS', '0'],
    ['SOJOURN_STEP_TIMEOUT_MS', '150001'],
    ['SOJOURN_STEP_TIMEOUT_MS', '30s'],
  ])('fails when %s is %s', async (name, value) => {
    process.env[name] = value;
    await expect(serve(cart)(event('cart/purchased', 'x', 0), context)).rejects.toThrow(
      new RegExp(`${name} .*\\[InvalidVariable\\]$`),
    );
  });

  test('takes timeouts of its deployment', async () => {
    process.env.SOJOURN_TIMEOUTS = '{"wait-for-purchase":300000}';
    await serve(cart)(event('cart/product.added', 'H', 6 * 60_000), context);
    expect(await runOf('H')).toMatchObject({ status: 'completed', output: { outcome: 'reminded' } });
  });
});
