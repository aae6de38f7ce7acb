/** Events whose data has a schema: checked when they arrive and when they are sent, before anything is stored. */
import * as v from 'valibot';
import { z } from 'zod';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { createJourney } from '../../lib/journey/definition.js';
import { StepError } from '../../lib/journey/errors.js';
import { eventType } from '../../lib/journey/event.js';
import { createTestWorld, type TestWorld } from '../../lib/memory/world.js';

const added = eventType('cart/product.added', {
  schema: z.object({ cart_id: z.string(), plan: z.string().default('free') }),
});
const purchased = eventType('cart/purchased', {
  schema: v.object({ cart_id: v.string(), total: v.pipe(v.number(), v.minValue(0)) }),
});
const deleted = eventType('cart/deleted', { schema: z.object({ cart_id: z.string(), by: z.enum(['user', 'shop']) }) });
const cart = createJourney(
  {
    id: 'cart',
    triggers: [{ event: added }],
    key: 'data.cart_id',
    waitsFor: [purchased],
    cancelOn: [{ event: deleted }],
  },
  async ({ event, step }) => {
    const paid = await step.waitForEvent('purchase', { event: purchased, timeout: '24h' });
    return { plan: event.data.plan ?? 'none', total: paid?.data.total ?? null };
  },
);

const reasons = (world: TestWorld): string[] =>
  world.deadLetters().map(({ error }) => `${error.name}: ${error.message.replace(/\(event-\d+\)/, '(id)')}`);

describe('an event that does not fit its schema', () => {
  test('ends with the dead letters, with the reason, where it would start a run', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send({ name: 'cart/product.added', data: { cart_id: 42 } });
    expect(world.runs()).toEqual([]);
    expect(reasons(world)).toEqual([
      "SchemaMismatch: Event 'cart/product.added' (id) is refused: its data does not fit the schema: " +
        'data.cart_id: Invalid input: expected string, received number. [SchemaMismatch]',
    ]);
  });

  test('ends with the dead letters where it is awaited, and the run waits on for one that fits', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send(added.create({ cart_id: '42' }));
    await world.send({ name: 'cart/purchased', data: { cart_id: '42', total: -7 } });
    expect(world.runs()).toMatchObject([{ status: 'active', steps: { purchase: { state: 'waiting' } } }]);
    expect(reasons(world)).toEqual([expect.stringMatching(/Expected >=0 but received …\. \[SchemaMismatch\]$/)]);
    await world.send(purchased.create({ cart_id: '42', total: 7 }));
    expect(world.runs()).toMatchObject([{ status: 'completed', output: { total: 7 } }]);
  });

  test('ends with the dead letters where it would cancel, and cancels nothing', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send(added.create({ cart_id: '42' }), { name: 'cart/deleted', data: { cart_id: '42', by: 'nobody' } });
    expect(world.runs()).toMatchObject([{ status: 'active' }]);
    expect(reasons(world)).toEqual([expect.stringContaining('data.by: Invalid option')]);
    await world.send(deleted.create({ cart_id: '42', by: 'shop' }));
    expect(world.runs()).toMatchObject([{ status: 'cancelled' }]);
  });

  test('is told by its schema, not by its missing key', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send({ name: 'cart/product.added', data: {} }, { name: 'cart/purchased', data: { total: 1 } });
    expect(world.deadLetters().map(({ error }) => error.name)).toEqual(['SchemaMismatch', 'SchemaMismatch']);
  });

  test('is refused to the journey that has the schema, and taken by one that has none', async () => {
    const untyped = createJourney({ id: 'untyped', triggers: [{ event: 'cart/product.added' }] }, async () => 'taken');
    const world = createTestWorld({ journeys: [cart, untyped] });
    await world.send({ name: 'cart/product.added', data: { cart_id: 42 } });
    expect(world.runs()).toMatchObject([{ journey: 'untyped', output: 'taken' }]);
    expect(world.deadLetters()).toMatchObject([{ journey: 'cart' }]);
  });

  test('is refused at once when it lies in the future, and not brought back first', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send({ name: 'cart/product.added', data: { cart_id: 42 }, time: '2026-01-03T00:00:00Z' });
    expect(world.deadLetters()).toHaveLength(1);
    await world.advance('3d');
    expect(world.deadLetters()).toHaveLength(1);
  });
});

test('a schema checks and does not change: the code is given what came, without defaults and with fields beside it', async () => {
  const world = createTestWorld({ journeys: [cart] });
  const seen = createJourney({ id: 'seen', triggers: [{ event: added }] }, async ({ event }) => event.data);
  const other = createTestWorld({ journeys: [seen] });
  await world.send({ name: 'cart/product.added', data: { cart_id: '42' } });
  await world.advance('24h');
  expect(world.runs()).toMatchObject([{ output: { plan: 'none', total: null } }]);
  await other.send({ name: 'cart/product.added', data: { cart_id: '42', more: [1] } });
  expect(other.runs()).toMatchObject([{ output: { cart_id: '42', more: [1] } }]);
});

test('stubbed steps leave the schemas where they are', async () => {
  const world = createTestWorld({ journeys: [cart], steps: { 'cart/none': () => 1 } });
  await world.send({ name: 'cart/product.added', data: { cart_id: 42 } });
  expect(world.deadLetters()).toHaveLength(1);
});

describe('step.sendEvent', () => {
  const sending = (send: Parameters<typeof createJourney>[1], sends: (typeof purchased)[] = []): AnyJourney =>
    createJourney({ id: 'sending', triggers: [{ event: 'go' }], sends }, send);
  const played = async (journey: AnyJourney): Promise<TestWorld> => {
    const world = createTestWorld({ journeys: [journey] });
    await world.send({ name: 'go', data: {} });
    return world;
  };
  const bad = { cart_id: '42', total: -7 };
  const failure = {
    name: 'InvalidEvent',
    message: expect.stringMatching(
      /^sendEvent 'tell' has an event 'cart\/purchased' whose data does not fit its schema: data\.total: .* received …\./,
    ),
  };

  test('fails its step without retry, and sends nothing, for an event of a type whose data does not fit', async () => {
    const good = { name: 'other', data: {} };
    const journey = sending(({ step }) => step.sendEvent('tell', [good, purchased.create(bad)]));
    const world = await played(journey);
    expect(world.sent()).toEqual([]);
    expect(world.timers()).toEqual([]);
    expect(world.runs()).toMatchObject([
      { status: 'failed', error: failure, steps: { tell: { state: 'failed', attempt: 1, error: failure } } },
    ]);
  });

  test('fails for a plain event that the journey names by its type, whatever it is to it', async () => {
    const plain = { name: 'cart/purchased', data: bad };
    const world = await played(sending(({ step }) => step.sendEvent('tell', plain), [purchased]));
    expect(world.runs()).toMatchObject([{ status: 'failed', error: failure }]);
    const unnamed = await played(sending(({ step }) => step.sendEvent('tell', plain)));
    expect(unnamed.runs()).toMatchObject([{ status: 'completed' }]);
    expect(unnamed.sent()).toHaveLength(1);
  });

  test('fails as any step does: the code can catch it and send what fits', async () => {
    const journey = sending(async ({ step }) => {
      try {
        return await step.sendEvent('tell', purchased.create(bad));
      } catch (error) {
        await step.sendEvent('tell-right', purchased.create({ ...bad, total: 0 }));
        return { stepError: error instanceof StepError };
      }
    });
    const world = await played(journey);
    expect(world.runs()).toMatchObject([{ status: 'completed', output: { stepError: true } }]);
    expect(world.sent()).toMatchObject([{ name: 'cart/purchased', data: { cart_id: '42', total: 0 } }]);
  });

  test('checks what will arrive: data as JSON has it', async () => {
    const dated = eventType('dated', { schema: z.object({ at: z.iso.datetime() }) });
    const asDate = { at: new Date(0) } as unknown as { at: string };
    expect((await played(sending(({ step }) => step.sendEvent('tell', dated.create(asDate))))).sent()).toMatchObject([
      { data: { at: '1970-01-01T00:00:00.000Z' } },
    ]);
    const unsendable = eventType('unsendable', { schema: z.object({ at: z.date() }) });
    const world = await played(sending(({ step }) => step.sendEvent('tell', unsendable.create({ at: new Date(0) }))));
    expect(world.runs()).toMatchObject([{ status: 'failed', error: { name: 'InvalidEvent' } }]);
  });

  test('asks the schema when it sends and never at a replay: a schema that changes its mind turns nothing', async () => {
    let strict = false;
    const moody = eventType('moody', { schema: z.object({}).refine(() => !strict) });
    const journey = createJourney(
      { id: 'moody', triggers: [{ event: 'go' }], key: 'data.id', waitsFor: [moody] },
      async ({ step }) => {
        await step.sendEvent('tell', moody.create({ id: '1' } as never));
        const came = await step.waitForEvent('it', { event: moody, timeout: '1h', since: 'trigger' });
        await step.sleep('on', '1h');
        return came?.name;
      },
    );
    const world = createTestWorld({ journeys: [journey] });
    await world.send({ name: 'go', data: { id: '1' } });
    expect(world.runs()).toMatchObject([{ steps: { it: { state: 'matched' }, on: { state: 'waiting' } } }]);
    strict = true;
    await world.advance('2h');
    expect(world.runs()).toMatchObject([{ status: 'completed', output: 'moody' }]);
  });
});
