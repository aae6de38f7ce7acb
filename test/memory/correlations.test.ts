/** Waits and cancels on another path than the key, as an author meets them in the memory world. */

import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import { createTestWorld, type TestWorld } from '../../lib/memory/index.js';

const payment = createJourney(
  {
    id: 'order',
    triggers: [{ event: 'order/placed' }],
    key: 'data.order_id',
    waitsFor: ['order/changed', { event: 'payment/settled', match: 'data.payment_id' }],
    cancelOn: [{ event: 'customer/left', match: 'data.customer_id' }],
  },
  async ({ event, step }) => {
    const { id } = await step.run('create-payment', async () => ({ id: `pay-${event.data.order_id}` }));
    const settled = await step.waitForEvent('settled', {
      event: 'payment/settled',
      match: { 'data.payment_id': id },
      timeout: '2d',
    });
    return settled === null ? 'unpaid' : `paid ${settled.data.amount}`;
  },
);

function opened(...journeys: AnyJourney[]): TestWorld {
  return createTestWorld({ journeys });
}

const placed = (order: string, customer = 'ann') => ({
  name: 'order/placed',
  data: { order_id: order, customer_id: customer },
});
const settled = (payment: unknown, amount = 5) => ({ name: 'payment/settled', data: { payment_id: payment, amount } });

describe('a wait on a value that was made in the run', () => {
  test('takes the event with that value, and no other', async () => {
    const world = opened(payment);
    await world.send(placed('1'), placed('2'), settled('pay-3'), settled('pay-1', 7));
    expect(world.runs().map(({ status, output }) => [status, output])).toEqual([
      ['completed', 'paid 7'],
      ['active', undefined],
    ]);
  });

  test('times out when none comes, and leaves no timer', async () => {
    const world = opened(payment);
    await world.send(placed('1'));
    await world.advance('2d');
    expect(world.runs()[0]).toMatchObject({ status: 'completed', output: 'unpaid' });
    expect(world.timers()).toEqual([]);
  });

  test('takes an event that happened while the step that made the value was running', async () => {
    let send: () => Promise<void> = async () => {};
    const world = createTestWorld({
      journeys: [payment],
      steps: {
        'order/create-payment': async () => {
          await send();
          return { id: 'pay-9' };
        },
      },
    });
    send = () => world.send(settled('pay-9', 3));
    await world.send(placed('9'));
    expect(world.runs()[0]).toMatchObject({ status: 'completed', output: 'paid 3' });
  });

  test('an event without the value is counted and takes no run', async () => {
    const world = opened(payment);
    await world.send(placed('1'), { name: 'payment/settled', data: { amount: 1 } }, settled(null), settled({}));
    expect(world.runs()[0]).toMatchObject({ status: 'active' });
    expect(world.deadLetters()).toEqual([]);
  });
});

describe('a cancel on another path than the key', () => {
  test('ends every run of that value, and no other', async () => {
    const world = opened(payment);
    await world.send(placed('1'), placed('2'), placed('3', 'bob'));
    await world.send({ name: 'customer/left', data: { customer_id: 'ann' } });
    expect(world.runs().map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'active']);
    expect(world.timers()).toHaveLength(1);
  });

  test('that comes before its trigger cancels the run at birth', async () => {
    const world = opened(payment);
    const late = world.hold(placed('1'));
    await world.advance('5s');
    await world.send({ name: 'customer/left', data: { customer_id: 'ann' } });
    await late.deliver();
    expect(world.runs()[0]).toMatchObject({ status: 'cancelled', steps: {} });
  });

  test('fails the trigger as MissingKey where it has no value there', async () => {
    const world = opened(payment);
    await world.send({ name: 'order/placed', data: { order_id: '1' } });
    expect(world.runs()).toEqual([]);
    expect(world.deadLetters()[0]!.error.message).toMatch(/data\.customer_id.*\[MissingKey\]/);
  });
});

describe('an event that reaches every run', () => {
  const closing = createJourney(
    {
      id: 'visit',
      triggers: [{ event: 'visit/begun' }],
      key: 'data.visitor',
      waitsFor: [{ event: 'shop/closed', match: null }],
    },
    async ({ step }) => {
      const closed = await step.waitForEvent('closed', { event: 'shop/closed', match: null, timeout: '12h' });
      return closed === null ? 'open' : 'closed';
    },
  );

  test('is taken by all that wait for it', async () => {
    const world = opened(closing);
    for (let i = 0; i < 20; i += 1) await world.send({ name: 'visit/begun', data: { visitor: `v${i}` } });
    await world.send({ name: 'shop/closed', data: {} });
    expect(new Set(world.runs().map(({ output }) => output))).toEqual(new Set(['closed']));
    expect(world.timers()).toEqual([]);
  });

  test('is taken by a thousand that wait for it, by each once', async () => {
    const count = 1_000;
    const reached: string[] = [];
    const visit = createJourney(
      {
        id: 'visit',
        triggers: [{ event: 'visit/begun' }],
        key: 'data.visitor',
        waitsFor: [{ event: 'shop/closed', match: null }],
      },
      async ({ event, step }) => {
        const closed = await step.waitForEvent('closed', { event: 'shop/closed', match: null, timeout: '12h' });
        await step.run('say goodbye', () => void reached.push(`${event.data.visitor} at ${closed?.data.hour}`));
        return closed === null ? 'open' : 'closed';
      },
    );
    const world = opened(visit);
    const visitors = Array.from({ length: count }, (_, i) => `v${i}`);
    for (const visitor of visitors) await world.send({ name: 'visit/begun', data: { visitor } });
    await world.send({ name: 'shop/closed', data: { hour: 18 } });
    expect([...reached].sort()).toEqual(visitors.map((visitor) => `${visitor} at 18`).sort());
    expect(world.runs().filter(({ output }) => output === 'closed')).toHaveLength(count);
    expect(world.timers()).toEqual([]);
    await world.send({ name: 'shop/closed', data: { hour: 19 } });
    await world.advance('13h');
    expect(reached).toHaveLength(count);
  });
});

describe('fails the step', () => {
  const outcomeOf = async (match: unknown, waitsFor: unknown[] = [{ event: 'b', match: 'data.x' }]) => {
    const journey = createJourney(
      { id: 'j', triggers: [{ event: 'a' }], key: 'data.k', waitsFor: waitsFor as never },
      async ({ step }) => {
        await (step.waitForEvent as (id: string, options: object) => Promise<unknown>)('w', {
          event: 'b',
          match,
          timeout: '1h',
        });
      },
    );
    const world = opened(journey);
    await world.send({ name: 'a', data: { k: 1, y: 2 } });
    return world.runs()[0]!.error;
  };

  test.each([
    ['a path that is not declared', 'data.other', /'data.x'.*match: "data.other"/],
    ['an undeclared path with a value', { 'data.other': 1 }, /'data.x'.*match: "data.other"/],
    ['no path', {}, /'data.x'/],
    ['two paths', { 'data.x': 1, 'data.y': 2 }, /'data.x'/],
    ['every run, where that is not declared', null, /'data.x'/],
  ])('at %s', async (_what, match, message) => {
    expect(await outcomeOf(match)).toMatchObject({ name: 'UnsupportedMatch', message: expect.stringMatching(message) });
  });

  test.each([
    ['undefined', { 'data.x': undefined }],
    ['null', { 'data.x': null }],
    ['an object', { 'data.x': {} }],
    ['a number that JSON cannot hold', { 'data.x': 2 ** 60 }],
    ['the trigger’s value, where it has none', 'data.x'],
    ['the only declared path, where the trigger has no value', undefined],
  ])('at a value that matches nothing: %s', async (_what, match) => {
    expect(await outcomeOf(match)).toMatchObject({ name: 'MissingMatchValue' });
  });

  test('at the key as an object', async () => {
    expect(await outcomeOf({ 'data.k': 1 }, ['b'])).toMatchObject({ name: 'UnsupportedMatch' });
  });
});
