/** What the test world says of events that came to nothing. */
import { createJourney, invoke, referenceJourney } from 'sojourn';
import { createTestWorld, type TestWorld } from 'sojourn/testing';

const cart = createJourney(
  {
    id: 'cart',
    triggers: [{ event: 'cart/added', if: 'event.data.total > 10' }],
    key: 'data.cart_id',
    waitsFor: ['cart/paid'],
    cancelOn: [{ event: 'cart/cleared', if: 'async.data.by == "customer"' }],
  },
  async ({ step }) => step.waitForEvent('payment', { event: 'cart/paid', timeout: '1h', if: 'async.data.amount > 10' }),
);

const whyOf = (world: TestWorld): string[] => world.notTaken().map(({ event, why }) => `${event.name}: ${why}`);
const added = { name: 'cart/added', data: { cart_id: '42', total: 20 } };

test('of an event that no journey names, which names there are', async () => {
  const world = createTestWorld({ journeys: [cart] });
  await world.send(added, { name: 'cart/payed', id: 'typo', data: { cart_id: '42' } });
  expect(world.notTaken()).toEqual([
    {
      event: { id: 'typo', name: 'cart/payed' },
      why: 'no journey of this world names it: they name cart/added, cart/paid, cart/cleared',
    },
  ]);
});

test('of an event without its key, where that would have been; once, however often it was delivered', async () => {
  const world = createTestWorld({ journeys: [cart] });
  const paid = { name: 'cart/paid', id: 'p', data: { cartId: '42', amount: 20 } };
  await world.send(added, paid, paid);
  expect(world.notTaken()).toEqual([
    {
      event: { id: 'p', name: 'cart/paid' },
      journey: 'cart',
      why: 'it has no value at data.cart_id that can be compared',
    },
  ]);
});

test('of a trigger that does not pass its filter, or cannot be asked', async () => {
  const world = createTestWorld({ journeys: [cart] });
  await world.send({ name: 'cart/added', data: { cart_id: '42', total: 5 } });
  await world.send({ name: 'cart/added', data: { cart_id: '42' } });
  expect(whyOf(world)).toEqual([
    'cart/added: the `if` of no trigger lets it start a run',
    "cart/added: the `if` of no trigger lets it start a run (it could not be evaluated at 'total': no_such_key)",
  ]);
});

test('of an event that the filter of a wait or a cancelOn cannot be asked about, which run and which wait', async () => {
  const world = createTestWorld({ journeys: [cart] });
  await world.send(added);
  const [run] = world.runs();
  await world.send({ name: 'cart/paid', data: { cart_id: '42' } }, { name: 'cart/cleared', data: { cart_id: '42' } });
  expect(world.notTaken()).toMatchObject([
    {
      event: { name: 'cart/paid' },
      runId: run?.runId,
      why: "the `if` of the wait 'payment' could not be evaluated at 'amount': no_such_key",
    },
    {
      event: { name: 'cart/cleared' },
      runId: run?.runId,
      why: expect.stringMatching(/^the `if` of cancelOn could not/),
    },
  ]);
});

test('of an event under a key that no run has, that there is none; until there is one', async () => {
  const world = createTestWorld({ journeys: [cart] });
  await world.send({ name: 'cart/paid', data: { cart_id: 42, amount: 20 } });
  expect(whyOf(world)).toEqual(['cart/paid: it was recorded under the key 42, where there is no run']);
  await world.send({ ...added, data: { cart_id: 42, total: 20 } });
  expect(world.notTaken()).toEqual([]);
});

test('of what runs send: nothing, since it may be for anybody; but of a call that nobody can take', async () => {
  const missing = referenceJourney('charge-card');
  const quiet = referenceJourney('quiet');
  const uncallable = createJourney({ id: 'quiet', triggers: [{ event: 'never' }] }, async () => {});
  const caller = createJourney(
    { id: 'caller', triggers: [{ event: 'order/placed' }], invokes: [missing, quiet] },
    async ({ step }) => {
      await step.sendEvent('tell', { name: 'mail/wanted', data: {} });
      await Promise.all([
        step.invoke('charge', { journey: missing, data: {} }),
        step.invoke('quiet', { journey: quiet, data: {} }),
      ]);
    },
  );
  const world = createTestWorld({ journeys: [caller, uncallable], lifecycleEvents: { caller: ['completed'] } });
  await world.send({ name: 'order/placed', data: {} });
  expect(whyOf(world)).toEqual([
    "sojourn/invoked.charge-card: it calls the journey 'charge-card', which is not in this world: add it to journeys; the call waits until its time is up",
    "sojourn/invoked.quiet: it calls the journey 'quiet', which has no invoke() among its triggers; the call waits until its time is up",
  ]);
});

test('nothing of ends that are put on the bus, and of calls that are taken', async () => {
  const called = createJourney({ id: 'called', triggers: [invoke()] }, async () => 'done');
  const caller = createJourney(
    { id: 'caller', triggers: [{ event: 'order/placed' }], invokes: [called] },
    async ({ step }) => step.invoke('call', { journey: called, data: {} }),
  );
  const world = createTestWorld({ journeys: [caller, called], lifecycleEvents: { caller: ['completed'] } });
  await world.send({ name: 'order/placed', data: {} });
  expect(world.runs('caller')).toMatchObject([{ status: 'completed', output: 'done' }]);
  expect(world.notTaken()).toEqual([]);
});
