/** What a trigger's write may lose to: a tombstone, or a run, that an attempt before has put (docs/decisions/036). */
import type { Delivery, Ports } from '../../lib/engine/ports.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import { invoke } from '../../lib/journey/invoke.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { limits } from '../../lib/limits.js';
import { type Invocation, ScriptedWorld, tenMs } from './scripted.js';

const skip = { mode: 'skip' } as const;

function journeyOf(options: object): AnyJourney {
  return createJourney(
    { id: 'check', triggers: [{ event: 'T' }], key: 'data.cart', waitsFor: ['P'], ...options } as never,
    async ({ step }: JourneyContext) => step.waitForEvent('P', { event: 'P', timeout: '90s' } as never),
  );
}

/** The journey as it is deployed at the moment. */
class Deployed extends ScriptedWorld {
  version = 1;

  constructor(public live: AnyJourney) {
    super(live);
  }

  override engine() {
    return { ...super.engine(), journey: this.live, codeVersion: String(this.version) };
  }

  override portsOf(invocation: Invocation): Ports {
    return { ...super.portsOf(invocation), versions: { forward: async () => 'accepted' } };
  }

  deploy(): void {
    this.version += 1;
  }

  statuses(...ids: string[]) {
    return Object.fromEntries(ids.map((id) => [id, this.run(id).status]));
  }

  /** What callers were told. */
  get returns(): unknown[] {
    return this.sent.flatMap(({ name, data }) =>
      name.startsWith('sojourn/returned.') ? [(data as { status: string }).status] : [],
    );
  }
}

async function taken(world: Deployed, id: string, s: number, data: object): Promise<void> {
  expect(await (await world.event('T', s, { id, data })).finish()).toBe('acknowledged');
}

describe('a twin that was joined, delivered once more', () => {
  const options = {
    cancelOn: [{ event: 'T', match: 'data.account' }],
    idempotency: { key: 'data.order', period: '1m' },
  };
  const twin = { cart: '1', order: 'a', account: 'shared' };

  async function joined(): Promise<Deployed> {
    const world = new Deployed(journeyOf(options));
    await taken(world, 'first', 0, { cart: '1', order: 'a', account: 'other' });
    await taken(world, 'bystander', 5, { cart: '2', order: 'x', account: 'shared' });
    await taken(world, 'twin', 10, twin);
    return world;
  }

  test('is nothing, also when its place has forgotten whom it is joined to', async () => {
    const world = await joined();
    for (let n = 1; n <= limits.earlierHolders + 5; n += 1) {
      await taken(world, `later ${n}`, 10 + n * 61, { cart: `c${n}`, order: 'a', account: `a${n}` });
    }
    await taken(world, 'twin', 10, twin);
    expect(world.statuses('twin', 'bystander')).toEqual({ twin: 'skipped', bystander: 'active' });
  });

  test('is nothing to a journey that joins no events any more either', async () => {
    const world = await joined();
    const { idempotency: _gone, ...rest } = options;
    world.live = journeyOf(rest);
    await taken(world, 'twin', 10, twin);
    expect(world.statuses('twin', 'bystander')).toEqual({ twin: 'skipped', bystander: 'active' });
    expect(world.pointers.all().filter(({ run }) => run.position.includes('#twin'))).toEqual([]);
  });
});

describe('a call that was skipped by an attempt that died before it told so', () => {
  const id = `0000${'a'.repeat(28)}`;
  const caller = runIdOf({ pk: 'caller|key|s:42', position: '2026-11-22T10:00:00Z#0#00#T0' as never });
  const call = (data: object, requestId = 'r'): Delivery => ({
    kind: 'event',
    requestId,
    event: {
      ...{ id, name: 'sojourn/invoked.check', source: 'sojourn.caller', hops: 1, call: { id, caller } },
      ...{ data, timeMs: tenMs + 5_000 },
    },
  });
  const called = (options: object) => journeyOf({ triggers: [invoke(), { event: 'T' }], ...options });

  async function skippedUntold(options: object): Promise<Deployed> {
    const world = new Deployed(called(options));
    await taken(world, 'holder', 1, { cart: '42', order: 'a' });
    world.nowS = 6;
    await (await world.deliver(call({ cart: '42', order: 'a' }))).through('begin');
    expect(world.returns).toEqual([]);
    return world;
  }

  test.each([
    ['deployed again meanwhile', true],
    ['not deployed again', false],
  ])('is answered by its retry, although its place is free by then: %s', async (_name, deployed) => {
    const world = await skippedUntold({ singleton: skip });
    await (await world.event('P', 20)).finish();
    if (deployed) world.deploy();
    expect(await (await world.deliver(call({ cart: '42', order: 'a' }))).finish()).toBe('acknowledged');
    expect(world.returns).toEqual(['skipped']);
    expect(world.statuses('holder', id)).toEqual({ holder: 'completed', [id]: 'skipped' });
  });

  test('is answered where it was joined, although its place has forgotten by whom', async () => {
    const options = { idempotency: { key: { 'sojourn/run.invoked': 'data.order', T: 'data.order' }, period: '1m' } };
    const world = await skippedUntold(options);
    for (let n = 1; n <= limits.earlierHolders + 5; n += 1) {
      await taken(world, `later ${n}`, 10 + n * 61, { cart: `c${n}`, order: 'a' });
    }
    world.deploy();
    expect(await (await world.deliver(call({ cart: '42', order: 'a' }))).finish()).toBe('acknowledged');
    expect(world.returns).toEqual(['skipped']);
  });

  test('is answered by a version that would refuse it as too late', async () => {
    const world = await skippedUntold({ singleton: skip, acceptLate: '1h' });
    await (await world.event('P', 20)).finish();
    world.deploy();
    world.nowS = 2 * 3_600;
    expect(await (await world.deliver(call({ cart: '42', order: 'a' }))).finish()).toBe('acknowledged');
    expect(world.returns).toEqual(['skipped']);
  });

  test('that has ended a run instead is told its end, although another one has its place by then', async () => {
    const world = new Deployed(
      createJourney(
        {
          id: 'check',
          triggers: [invoke(), { event: 'T' }],
          key: 'data.cart',
          singleton: skip,
          waitsFor: ['P'],
        } as never,
        async ({ step, event }: JourneyContext) =>
          event.name === 'T' ? step.waitForEvent('P', { event: 'P', timeout: '1d' } as never) : 'done',
      ),
    );
    world.nowS = 6;
    await (await world.deliver(call({ cart: '42' }))).upTo('publish');
    expect(world.statuses(id)).toEqual({ [id]: 'completed' });
    await taken(world, 'next', 20, { cart: '42' });
    expect(await (await world.deliver(call({ cart: '42' }))).finish()).toBe('acknowledged');
    expect(world.returns).toEqual(['completed']);
  });
});
