/** Items: how large a cart's document is, which attributes the table acts on, and what is refused. */
import { decodeEvent, decodeRun, eventItem, type Item, itemBytes, runItem } from '../../lib/aws/item.js';
import type { RunDocument, Steps } from '../../lib/engine/stored/document.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import { at, by, cart, lease, record, tenMs, waitingSteps } from '../contract/documents.js';

const wait = waitingSteps.get('wait-for-purchase')!;
const timerCause = by(`timer:${runIdOf(cart)}:wait-for-purchase:0`);
const timedOut: Steps = new Map([['wait-for-purchase', { ...wait, state: 'timedOut', seq: 1 }]] as never);
const matched: Steps = new Map([
  [
    'wait-for-purchase',
    {
      ...wait,
      state: 'matched',
      seq: 1,
      matched: {
        id: '2d5f2c1e-90ab-4cde-8f01-23456789abcd',
        name: 'cart/purchased',
        source: 'shop',
        timeMs: tenMs + 10_800_000,
        hops: 0,
        data: { cart_id: '42', order_id: '1009-2231', total: 39.9 },
        position: at('2026-11-22T13:00:00Z#1#00#2d5f2c1e-90ab-4cde-8f01-23456789abcd'),
      },
    },
  ],
] as never);

/** Each state that a cart's document is written in (DESIGN 4.7). */
const written: Readonly<Record<string, RunDocument>> = {
  waiting: cart,
  'timed out, leased to its timer': {
    ...cart,
    rev: 2,
    by: timerCause,
    steps: timedOut,
    nseq: 1,
    lease: { ...lease, cause: timerCause },
  },
  reminded: {
    ...cart,
    rev: 3,
    by: timerCause,
    status: 'completed',
    steps: new Map([
      ...timedOut,
      ['send-reminder', { kind: 'run', state: 'done', attempt: 0, seq: 2, doneAtMs: tenMs + 86_403_123 }],
    ]),
    nseq: 2,
    output: { outcome: 'reminded' },
    endedAtMs: tenMs + 86_403_200,
    expiresAtS: 1_799_748_000,
  },
  purchased: {
    ...cart,
    rev: 2,
    by: by('2d5f2c1e-90ab-4cde-8f01-23456789abcd'),
    status: 'completed',
    steps: matched,
    nseq: 1,
    output: { outcome: 'purchased' },
    endedAtMs: tenMs + 10_801_200,
    expiresAtS: 1_799_748_000,
  },
  cancelled: {
    ...cart,
    rev: 2,
    by: by('2d5f2c1e-90ab-4cde-8f01-23456789abcd'),
    status: 'cancelled',
    cancelledBy: {
      id: '2d5f2c1e-90ab-4cde-8f01-23456789abcd',
      name: 'cart/product.added',
      source: 'shop',
      timeMs: tenMs + 18_000_000,
      hops: 0,
    },
    endedAtMs: tenMs + 18_001_200,
    expiresAtS: 1_799_748_000,
  },
};

describe("a cart's document", () => {
  afterAll(() => {
    const sizes = Object.entries(written).map(([state, run]) => `${state} ${itemBytes(runItem(run))}`);
    process.stdout.write(`bytes of a cart's document: ${sizes.join(', ')}\n`);
  });

  test.each(Object.entries(written))('is written in one unit: %s', (_state, run) => {
    expect(itemBytes(runItem(run))).toBeLessThanOrEqual(1_024);
    expect(decodeRun(runItem(run))).toEqual(run);
  });

  test('has its own timer’s cause shortened', () => {
    const item = runItem({ ...cart, by: timerCause });
    expect(item.by).toEqual({ S: '~:wait-for-purchase:0' });
  });
});

describe('what the table acts on', () => {
  test('keys say partition, position and kind', () => {
    expect(runItem(cart)).toMatchObject({
      pk: { S: 'abandoned-cart|key|s:42' },
      sk: { S: '2026-11-22T10:00:00Z#0#00#7d1f0a52-5c9d-4b8e-9b0a-2f6f1f4e7c11#run' },
    });
    expect(eventItem(record('p', at('2026-11-22T10:00:00Z#1#00#x')))).toMatchObject({
      pk: { S: 'p' },
      sk: { S: '2026-11-22T10:00:00Z#1#00#x#evt' },
    });
  });

  test('a run expires only once it is over, in epoch seconds', () => {
    expect(runItem(cart)).not.toHaveProperty('ex');
    expect(runItem(written.cancelled!).ex).toEqual({ N: '1799748000' });
  });

  test('every record of an event expires', () => {
    expect(eventItem(record('p', at('2026-11-22T10:00:00Z#1#00#x'))).ex).toEqual({ N: '1799748000' });
  });

  test('a lease is a map, so that its nonce can be compared', () => {
    expect(runItem({ ...cart, lease }).lease?.M?.nonce).toEqual({ S: lease.nonce });
  });
});

describe('a run of a newer version of the code', () => {
  const newer = runItem({ ...cart, codeVersion: '9' });

  test('is read past, with kinds of steps and an end that this version does not know', () => {
    const steps = { S: '[["a",{"kind":"orbit","state":"around","deadlineMs":7}]]' };
    const run = decodeRun({ ...newer, status: { S: 'evaporated' }, steps });
    expect(run).toMatchObject({ status: 'evaporated', codeVersion: '9', position: cart.position });
    expect(runItem(run)).toEqual({ ...newer, status: { S: 'evaporated' }, steps });
  });

  test.each([
    ['a step without a kind', { steps: { S: '[["a",{"state":"waiting"}]]' } }],
    [
      'a step that this version knows in a state that it does not',
      { steps: { S: '[["a",{"kind":"sleep","state":"x"}]]' } },
    ],
    ['a status that is no word', { status: { S: 'a b' } }],
  ])('fails as no run of ours: %s', (_what, change) => {
    expect(() => decodeRun({ ...newer, ...(change as Item) })).toThrow(
      expect.objectContaining({ code: 'ForeignItem' }),
    );
  });
});

describe('an item that Sojourn did not write', () => {
  const good = runItem({ ...cart, lease });
  const spoilt: readonly (readonly [string, Item])[] = [
    ['no status', { ...good, status: { NULL: true } }],
    ['an unknown status', { ...good, status: { S: 'asleep' } }],
    ['a text as rev', { ...good, rev: { S: '1' } }],
    ['a rev that is no number', { ...good, rev: { N: 'x' } }],
    ['steps that are no JSON', { ...good, steps: { S: '[' } }],
    ['steps that are an object', { ...good, steps: { S: '{}' } }],
    ['a step without an id', { ...good, steps: { S: '[[1,{"kind":"sleep","state":"waiting"}]]' } }],
    ['a step of an unknown kind', { ...good, steps: { S: '[["a",{"kind":"invoke","state":"done"}]]' } }],
    ['a step of an inherited kind', { ...good, steps: { S: '[["a",{"kind":"constructor","state":"name"}]]' } }],
    ['a step in an unknown state', { ...good, steps: { S: '[["a",{"kind":"sleep","state":"matched"}]]' } }],
    ['a trigger without an id', { ...good, trigger: { S: '{"name":"a"}' } }],
    ['a lease that is no map', { ...good, lease: { S: 'x' } }],
    ['a lease without a nonce', { ...good, lease: { M: { ...good.lease!.M, nonce: { NULL: true } } } }],
    ['another sort key', { ...good, sk: { S: 'profile#run' } }],
    ['a deadline as its place', { ...good, sk: { S: '2026-11-22T10:00:00Z#2#500#run' } }],
    ['the sort key of an event', { ...good, sk: { S: '2026-11-22T10:00:00Z#1#00#x#evt' } }],
  ];

  test.each(spoilt)('fails with its key and the attribute, not its value: %s', (_what, item) => {
    expect(() => decodeRun(item)).toThrow(expect.objectContaining({ code: 'ForeignItem' }));
    expect(() => decodeRun(item)).toThrow(/abandoned-cart\|key\|s:42.*\[ForeignItem\]$/);
    expect(() => decodeRun(item)).not.toThrow(/a@b\.c/);
  });

  test.each([
    ['no event', {}],
    ['an event that is no JSON', { event: { S: 'x' }, ex: { N: '1' } }],
    ['no expiry', { event: { S: '{"id":"a","name":"b","source":"c","timeMs":1,"hops":0}' } }],
    ['another sort key', { sk: { S: 'x#evt' } }],
  ])('fails as the record of an event: %s', (_what, change) => {
    const item: Item = { pk: { S: 'p' }, sk: { S: '2026-11-22T10:00:00Z#1#00#x#evt' }, ...(change as Item) };
    expect(() => decodeEvent(item)).toThrow(expect.objectContaining({ code: 'ForeignItem' }));
  });
});
