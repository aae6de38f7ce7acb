/** idempotency and singleton: of several triggers one starts its run (docs/decisions/036). */
import { createJourney } from '../../lib/journey/definition.js';
import { invoke, invokedEvent } from '../../lib/journey/invoke.js';
import { createTestWorld, type TestWorld } from '../../lib/memory/index.js';

const base = {
  id: 'ship',
  triggers: [{ event: 'order/placed' }],
  key: 'data.customer',
  waitsFor: ['order/paid'],
} as const;

async function ships({ step }: never): Promise<unknown> {
  const tools = step as { waitForEvent(id: string, wait: object): Promise<unknown> };
  const paid = await tools.waitForEvent('paid', { event: 'order/paid', timeout: '2h' });
  return paid === null ? 'given up' : 'shipped';
}

function worldOf(options: object): TestWorld {
  return createTestWorld({ journeys: [createJourney({ ...base, ...options } as never, ships as never)] });
}

const placed = (id: string, order?: unknown, more: object = {}) => ({
  id,
  name: 'order/placed',
  data: { customer: 'c1', ...(order !== undefined && { order_id: order }) },
  ...more,
});
const statuses = (world: TestWorld) => Object.fromEntries(world.runs().map((run) => [run.trigger.id, run.status]));

describe('idempotency', () => {
  const world = () => worldOf({ idempotency: 'event.data.order_id' });

  test('an event that was published twice starts one run, and the other says whose it is', async () => {
    const shop = world();
    await shop.send(placed('a', 42), placed('b', 42));
    expect(statuses(shop)).toEqual({ a: 'active', b: 'skipped' });
    const [first, second] = shop.runs();
    expect(second?.skipped).toEqual({ by: 'idempotency', holder: first?.runId });
    expect(shop.timers()).toHaveLength(1);
  });

  test('another value, another type of it, and none at all start runs of their own', async () => {
    const shop = world();
    await shop.send(placed('a', 42), placed('b', '42'), placed('c', 43), placed('d'), placed('e', null));
    expect(Object.values(statuses(shop))).toEqual(Array.from({ length: 5 }, () => 'active'));
  });

  test('values meet across keys', async () => {
    const shop = world();
    await shop.send(placed('a', 42), placed('b', 42, { data: { customer: 'c2', order_id: 42 } }));
    expect(statuses(shop)).toEqual({ a: 'active', b: 'skipped' });
  });

  test('the period counts by event time, both ends included, from the event that holds the place', async () => {
    const shop = worldOf({ idempotency: { key: 'data.order_id', period: '1h' } });
    await shop.send(placed('a', 42));
    await shop.advance('1h');
    await shop.send(placed('b', 42));
    await shop.advance('1s');
    await shop.send(placed('c', 42));
    expect(statuses(shop)).toEqual({ a: 'active', b: 'skipped', c: 'active' });
  });

  test('the first that is recorded wins, also over an older one', async () => {
    const shop = world();
    await shop.send(placed('new', 42), placed('old', 42, { time: '2025-12-31T12:00:00Z' }));
    expect(statuses(shop)).toEqual({ new: 'active', old: 'skipped' });
  });

  test('an event from before the newest period is held against nobody, and leaves the place as it is', async () => {
    const shop = world();
    await shop.send(placed('new', 42), placed('old', 42, { time: '2025-12-30T00:00:00Z' }), placed('twin', 42));
    expect(statuses(shop)).toEqual({ new: 'active', old: 'completed', twin: 'skipped' });
  });

  test('what was skipped stays skipped, whenever it comes again', async () => {
    const shop = world();
    const twin = shop.hold(placed('b', 42));
    await shop.send(placed('a', 42));
    await twin.deliver();
    await shop.advance('3d');
    await twin.deliver();
    expect(statuses(shop)).toEqual({ a: 'completed', b: 'skipped' });
  });

  test('a joined event is nothing else either: it neither cancels the run that it is joined to nor is awaited', async () => {
    const options = { idempotency: 'data.order_id', cancelOn: [{ event: 'order/placed' }] };
    const shop = worldOf(options);
    await shop.send(placed('a', 42), placed('b', 42), placed('c', 43));
    expect(statuses(shop)).toEqual({ a: 'cancelled', b: 'skipped', c: 'active' });
  });

  test('in a latest-wins journey a late trigger is not kept waiting by a joined one', async () => {
    const shop = worldOf({ idempotency: 'data.order_id', cancelOn: [{ event: 'order/placed' }] });
    const late = shop.hold(placed('a', 41));
    await shop.send(placed('first', 42, { data: { customer: 'c2', order_id: 42 } }));
    await shop.advance('1s');
    await shop.send(placed('twin', 42));
    await late.deliver();
    expect(statuses(shop)).toMatchObject({ a: 'active', twin: 'skipped' });
    await shop.advance('10m');
    expect(shop.deadLetters()).toEqual([]);
  });
});

describe('singleton', () => {
  test('skip: a trigger starts none while a run of its key is active, and one when that is over', async () => {
    const shop = worldOf({ singleton: { mode: 'skip' } });
    await shop.send(placed('a'), placed('b'), placed('other', 1, { data: { customer: 'c2' } }));
    await shop.send({ name: 'order/paid', data: { customer: 'c1' } });
    await shop.advance('1s');
    await shop.send(placed('c'));
    expect(statuses(shop)).toEqual({ a: 'completed', b: 'skipped', other: 'active', c: 'active' });
  });

  test('skip by another value than the key', async () => {
    const shop = worldOf({ singleton: { mode: 'skip', key: 'data.order_id' } });
    await shop.send(placed('a', 1), placed('b', 1), placed('c', 2), placed('d'));
    expect(statuses(shop)).toEqual({ a: 'active', b: 'skipped', c: 'active', d: 'active' });
  });

  test('skip in a journey without key is one run of the whole journey', async () => {
    const sleeps = async ({ step }: never) =>
      (step as { sleep(id: string, s: string): Promise<void> }).sleep('nap', '1h');
    const journey = createJourney(
      { id: 'report', triggers: [{ event: 'order/placed' }], singleton: { mode: 'skip' } },
      sleeps as never,
    );
    const shop = createTestWorld({ journeys: [journey] });
    await shop.send(placed('a'), placed('b', 1, { data: { customer: 'c2' } }));
    await shop.advance('1h');
    await shop.send(placed('c'));
    expect(statuses(shop)).toEqual({ a: 'completed', b: 'skipped', c: 'active' });
  });

  test('a skipped trigger is still an event that a wait may take', async () => {
    const waits = async ({ step }: never) => {
      const tools = step as { waitForEvent(id: string, wait: object): Promise<{ id: string } | null> };
      return (await tools.waitForEvent('again', { event: 'order/placed', timeout: '2h' }))?.id;
    };
    const journey = createJourney(
      { ...base, waitsFor: ['order/placed'], singleton: { mode: 'skip' } } as never,
      waits as never,
    );
    const shop = createTestWorld({ journeys: [journey] });
    await shop.send(placed('a'), placed('b'));
    expect(shop.runs()).toMatchObject([{ status: 'completed', output: 'b' }, { status: 'skipped' }]);
  });

  test('cancel: the newest trigger has the one run that lives, whatever their order', async () => {
    const shop = worldOf({ singleton: { mode: 'cancel' } });
    const late = shop.hold(placed('a'));
    await shop.advance('1s');
    await shop.send(placed('b'));
    await late.deliver();
    expect(statuses(shop)).toEqual({ a: 'cancelled', b: 'active' });
  });

  test('with idempotency: what is one event is skipped as one, also after the run that stood in its way', async () => {
    const shop = worldOf({ singleton: { mode: 'skip' }, idempotency: 'data.order_id' });
    await shop.send(placed('a', 1), placed('b', 2));
    await shop.send({ name: 'order/paid', data: { customer: 'c1' } });
    await shop.advance('1s');
    await shop.send(placed('twin of b', 2), placed('c', 3));
    expect(statuses(shop)).toEqual({ a: 'completed', b: 'skipped', 'twin of b': 'skipped', c: 'active' });
  });
});

test.each(['idempotency', 'singleton'] as const)('%s names a call as the key does', async (option) => {
  const paths = { key: { [invokedEvent]: 'data.call_id', 'order/placed': 'data.order_id' } };
  const options = { [option]: option === 'singleton' ? { mode: 'skip', ...paths } : paths };
  const journey = createJourney(
    {
      id: 'ship',
      triggers: [invoke(), { event: 'order/placed' }],
      key: { [invokedEvent]: 'data.customer', 'order/placed': 'data.customer', 'order/paid': 'data.customer' },
      waitsFor: ['order/paid'],
      ...options,
    } as never,
    ships as never,
  );
  const shop = createTestWorld({ journeys: [journey] });
  await shop.send(placed('a', 42), {
    ...{ id: 'b', name: 'sojourn/invoked.ship', data: { customer: 'c2', call_id: 42 } },
  });
  expect(statuses(shop)).toEqual({ a: 'active', b: 'skipped' });
});
