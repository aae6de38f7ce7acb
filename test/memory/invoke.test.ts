/** step.invoke in the test world: what a caller gets, and what becomes of the called run. */
import { createJourney, invoke, NonRetriableError, referenceJourney, StepError } from 'sojourn';
import { createTestWorld } from 'sojourn/testing';
import { z } from 'zod';

const charge = createJourney(
  {
    id: 'charge-card',
    triggers: [invoke<{ order_id: string; how: 'at once' | 'waits' | 'fails' }>()],
    key: 'data.order_id',
    waitsFor: ['card/confirmed'],
    cancelOn: [{ event: 'order/withdrawn' }],
  },
  async ({ event, step }) => {
    if (event.data.how === 'fails') throw new NonRetriableError('the card is stolen');
    if (event.data.how === 'at once') return { charged: event.data.order_id, at: new Date(0), by: event.name };
    const confirmed = await step.waitForEvent('confirmation', { event: 'card/confirmed', timeout: '3d' });
    return { charged: confirmed ? event.data.order_id : '', at: new Date(0), by: event.name };
  },
);

const checkout = createJourney(
  {
    id: 'checkout',
    triggers: [{ event: 'order/placed' }],
    key: 'data.order_id',
    waitsFor: ['order/shipped'],
    cancelOn: [{ event: 'order/cancelled' }],
    invokes: [charge],
  },
  async ({ event, step }) => {
    const { order_id, how, race } = event.data;
    const called = step.invoke('charge', { journey: charge, data: { order_id, how }, timeout: '1h' });
    if (race) {
      await Promise.race([called, step.waitForEvent('shipped', { event: 'order/shipped', timeout: '2h' })]);
      return 'over';
    }
    try {
      return await called;
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      return { name: error.name, message: error.message, step: error.stepId };
    }
  },
);

const placed = (how: string, more: object = {}) => ({ name: 'order/placed', data: { order_id: '42', how, ...more } });
const event = (name: string) => ({ name, data: { order_id: '42' } });
const worldOf = () => createTestWorld({ journeys: [checkout, charge] });

describe('a call', () => {
  test('gives the output of the called run, as JSON', async () => {
    const world = worldOf();
    await world.send(placed('at once'));
    const output = { charged: '42', at: '1970-01-01T00:00:00.000Z', by: 'sojourn/run.invoked' };
    expect(world.runs()).toMatchObject([
      { journey: 'checkout', status: 'completed', output },
      { journey: 'charge-card', status: 'completed', output, trigger: { name: 'sojourn/run.invoked' } },
    ]);
    expect([world.timers(), world.deadLetters()]).toEqual([[], []]);
  });

  test('waits for a called run that waits', async () => {
    const world = worldOf();
    await world.send(placed('waits'));
    await world.advance('59m');
    expect(world.runs('checkout')).toMatchObject([{ status: 'active' }]);
    await world.send(event('card/confirmed'));
    expect(world.runs('checkout')).toMatchObject([{ status: 'completed', output: { charged: '42' } }]);
    expect(world.timers()).toEqual([]);
  });

  test('fails with the name and message of what the called run failed with', async () => {
    const world = worldOf();
    await world.send(placed('fails'));
    expect(world.runs('charge-card')).toMatchObject([{ status: 'failed' }]);
    const output = { name: 'NonRetriableError', message: 'the card is stolen', step: 'charge' };
    expect(world.runs('checkout')).toMatchObject([{ status: 'completed', output }]);
  });

  test('fails when the called run is cancelled, and says by what', async () => {
    const world = worldOf();
    await world.send(placed('waits'), event('order/withdrawn'));
    expect(world.runs('charge-card')).toMatchObject([{ status: 'cancelled' }]);
    expect(world.runs('checkout')).toMatchObject([
      { output: { name: 'InvokeCancelled', message: expect.stringContaining("'order/withdrawn'") } },
    ]);
  });

  test('fails when its time is up, and cancels the called run', async () => {
    const world = worldOf();
    await world.send(placed('waits'));
    await world.advance('1h');
    expect(world.runs('checkout')).toMatchObject([{ status: 'completed', output: { name: 'InvokeTimeout' } }]);
    expect(world.runs('charge-card')).toMatchObject([
      { status: 'cancelled', cancelledBy: { name: 'sojourn/revoked.charge-card' } },
    ]);
    expect([world.timers(), world.deadLetters()]).toEqual([[], []]);
    expect(world.sent().map(({ name }) => name)).toEqual([
      'sojourn/invoked.charge-card',
      'sojourn/revoked.charge-card',
    ]);
  });

  test('is revoked when its caller is cancelled', async () => {
    const world = worldOf();
    await world.send(placed('waits'), event('order/cancelled'));
    expect(world.runs()).toMatchObject([{ status: 'cancelled' }, { status: 'cancelled' }]);
    expect(world.timers()).toEqual([]);
  });

  test('is revoked when its caller ends without it', async () => {
    const world = worldOf();
    await world.send(placed('waits', { race: true }), event('order/shipped'));
    expect(world.runs('checkout')).toMatchObject([{ status: 'completed', output: 'over' }]);
    expect(world.runs('charge-card')).toMatchObject([{ status: 'cancelled' }]);
    expect(world.timers()).toEqual([]);
  });

  test('cancels no other run of the same key', async () => {
    const world = worldOf();
    await world.send(placed('waits'), placed('waits', { race: true }), event('order/shipped'));
    expect(world.runs('checkout')).toMatchObject([{ status: 'active' }, { status: 'completed' }]);
    expect(
      world
        .runs('charge-card')
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['active', 'cancelled']);
    await world.send(event('card/confirmed'));
    expect(world.runs('checkout')).toMatchObject([{ output: { charged: '42' } }, { status: 'completed' }]);
  });
});

test('what happens while a called run lasts is seen by the wait behind the call', async () => {
  const journey = createJourney(
    {
      id: 'careful',
      triggers: [{ event: 'order/placed' }],
      key: 'data.order_id',
      waitsFor: ['order/shipped'],
      invokes: [charge],
    },
    async ({ event, step }) => {
      const { order_id, how } = event.data;
      await step.invoke('charge', { journey: charge, data: { order_id, how } });
      return (await step.waitForEvent('shipped', { event: 'order/shipped', timeout: '1h' })) !== null;
    },
  );
  const world = createTestWorld({ journeys: [journey, charge] });
  await world.send(placed('waits'));
  await world.advance('2h');
  await world.send(event('order/shipped'));
  await world.advance('2h');
  await world.send(event('card/confirmed'));
  expect(world.runs('careful')).toMatchObject([{ status: 'completed', output: true }]);
});

test('a run calls many times, one after another and at once, each time a run of its own', async () => {
  const double = createJourney(
    { id: 'double', triggers: [invoke<{ n: number }>()] },
    async ({ event }) => event.data.n * 2,
  );
  const sum = createJourney({ id: 'sum', triggers: [{ event: 'sum' }], invokes: [double] }, async ({ step }) => {
    let total = 0;
    for (let n = 0; n < 60; n += 1) total += await step.invoke('one', { journey: double, data: { n } });
    const all = await Promise.all([1, 2, 3].map((n) => step.invoke('many', { journey: double, data: { n } })));
    return total + all.reduce((a, b) => a + b);
  });
  const world = createTestWorld({ journeys: [sum, double] });
  await world.send({ name: 'sum', data: {} });
  expect(world.runs('sum')).toMatchObject([{ status: 'completed', output: 3_540 + 12 }]);
  expect(world.runs('double')).toHaveLength(63);
});

test('a journey calls itself by its reference, until that is deep enough', async () => {
  const factorial = createJourney(
    { id: 'factorial', triggers: [invoke<{ n: number }>(), { event: 'go' }], invokes: [referenceJourney('factorial')] },
    async ({ event, step }): Promise<number> => {
      const { n } = event.data;
      if (n === 0) return 1;
      const below = await step.invoke('below', { journey: referenceJourney('factorial'), data: { n: n - 1 } });
      return n * (below as number);
    },
  );
  const world = createTestWorld({ journeys: [factorial] });
  await world.send({ name: 'go', data: { n: 5 } });
  expect(
    world
      .runs('factorial')
      .map(({ output }) => output)
      .sort(),
  ).toEqual([1, 1, 120, 2, 24, 6]);
});

test('a test stubs a call like any step', async () => {
  const world = createTestWorld({ journeys: [checkout], steps: { 'checkout/charge': () => ({ charged: 'stubbed' }) } });
  await world.send(placed('waits'));
  expect(world.runs('checkout')).toMatchObject([{ output: { charged: 'stubbed' } }]);
});

test('fails at the step when the journey is not declared', async () => {
  const journey = createJourney({ id: 'hasty', triggers: [{ event: 'go' }] }, async ({ step }) => {
    await step.invoke('charge', { journey: charge, data: { order_id: '42', how: 'at once' } });
  });
  const world = createTestWorld({ journeys: [journey, charge] });
  await world.send({ name: 'go', data: {} });
  expect(world.runs('hasty')).toMatchObject([{ status: 'failed', error: { name: 'UndeclaredInvoke' } }]);
});

test('an output that is too large for an event fails the call, not the called run', async () => {
  const large = createJourney({ id: 'large', triggers: [invoke()] }, async () => 'x'.repeat(200 * 1_024));
  const caller = createJourney({ id: 'caller', triggers: [{ event: 'go' }], invokes: [large] }, ({ step }) =>
    step.invoke('large', { journey: large }),
  );
  const world = createTestWorld({ journeys: [caller, large] });
  await world.send({ name: 'go', data: {} });
  expect(world.runs('large')).toMatchObject([{ status: 'completed' }]);
  expect(world.runs('caller')).toMatchObject([{ status: 'failed', error: { name: 'InvokeOutputTooLarge' } }]);
});

test('fails at once when the data lacks the key: the call is refused', async () => {
  const caller = createJourney({ id: 'caller', triggers: [{ event: 'go' }], invokes: [charge] }, ({ step }) =>
    step.invoke('charge', { journey: charge, data: { how: 'at once' } as never, timeout: '1h' }),
  );
  const world = createTestWorld({ journeys: [caller, charge] });
  await world.send({ name: 'go', data: {} });
  expect(world.deadLetters()).toMatchObject([{ journey: 'charge-card', error: { name: 'MissingKey' } }]);
  expect(world.runs('caller')).toMatchObject([
    { status: 'failed', error: { name: 'InvokeRefused', message: expect.stringContaining('[MissingKey]') } },
  ]);
  expect(world.timers()).toEqual([]);
});

test('fails at once when no trigger of the called journey takes the call, and catches that as any failure', async () => {
  const small = createJourney(
    { id: 'small', triggers: [{ ...invoke<{ cents: number }>(), if: 'event.data.cents < 1000' }] },
    async ({ event }) => event.data.cents,
  );
  const caller = createJourney({ id: 'caller', triggers: [{ event: 'go' }], invokes: [small] }, async ({ step }) => {
    const one = await step.invoke('one', { journey: small, data: { cents: 999 } });
    const other = await step.invoke('other', { journey: small, data: { cents: 1_000 } }).catch(({ name }) => name);
    return [one, other];
  });
  const world = createTestWorld({ journeys: [caller, small] });
  await world.send({ name: 'go', data: {} });
  expect(world.runs('caller')).toMatchObject([{ status: 'completed', output: [999, 'InvokeRefused'] }]);
  expect(world.deadLetters()).toEqual([]);
});

test('a forged return to what is no run of the journey goes to the dead letters', async () => {
  const world = worldOf();
  await world.send({ name: 'sojourn/returned.checkout', data: { status: 'completed', output: 'gold' } });
  expect(world.deadLetters()).toMatchObject([{ journey: 'checkout', error: { name: 'InvalidData' } }]);
});

test('data that does not fit what the called journey asks for is told of the call, not of an event', async () => {
  const asked = z.object({ order_id: z.string() });
  const picky = createJourney({ id: 'picky', triggers: [invoke(asked)], key: 'data.order_id' }, async () => {});
  const careless = createJourney(
    { id: 'careless', triggers: [{ event: 'order/placed' }], invokes: [picky] },
    async ({ step }) => step.invoke('c', { journey: picky, data: { order_id: 42 } as never }),
  );
  const world = createTestWorld({ journeys: [careless, picky] });
  await world.send(placed('at once'));
  expect(world.runs('careless')[0]?.error?.message).toMatch(
    /^invoke 'c' calls 'picky' with data that does not fit its schema: data\.order_id: /,
  );
});
