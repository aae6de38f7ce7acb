/** Pointers, call by call: protocol check 17, who may die where, and what other correlations cost. */
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { type Invocation, ScriptedWorld, userFunction } from './scripted.js';

/** Waits for P of an account that is made in the run; at the timeout it reminds. */
function journey(event: object | string, match?: unknown): AnyJourney {
  return createJourney(
    { id: 'check', triggers: [{ event: 'T' }], key: 'data.cart', waitsFor: [event as never] },
    async ({ step }: JourneyContext) => {
      const options = { event: 'P', timeout: '10s', ...(match !== undefined && { match }) };
      const paid = await step.waitForEvent('P', options as never);
      if (paid !== null) return 'paid';
      await step.run('remind', userFunction('remind'));
      return 'reminded';
    },
  );
}

const elsewhere = () => journey({ event: 'P', match: 'data.account' }, { 'data.account': 'a1' });
const account = { data: { cart: '42', account: 'a1', mark: 't' } };

/** Of two ways to be found outside of its home one cancels it. */
const cancelledElsewhere = () =>
  createJourney(
    {
      ...{ id: 'check', triggers: [{ event: 'T' }], key: 'data.cart' },
      waitsFor: [{ event: 'P' as never, match: 'data.account' }],
      cancelOn: [{ event: 'C', match: 'data.account' }],
    },
    async ({ step }: JourneyContext) => step.waitForEvent('P', { event: 'P', timeout: '10s' } as never),
  );

/** Waits for P by its key, reminds at the timeout, and is cancelled by C: of the value at a path, any (null), or none. */
const cancelledBy = (match?: string | null) =>
  createJourney(
    {
      ...{ id: 'check', triggers: [{ event: 'T' }], key: 'data.cart', waitsFor: ['P' as never] },
      ...(match !== undefined && { cancelOn: [{ event: 'C', match }] }),
    },
    async ({ step }: JourneyContext) => {
      const paid = await step.waitForEvent('P', { event: 'P', timeout: '10s' } as never);
      if (paid === null) await step.run('remind', userFunction('remind'));
    },
  );

const sleepsThenWaits = () =>
  createJourney(
    {
      ...{ id: 'check', triggers: [{ event: 'T' }], key: 'data.cart' },
      waitsFor: [{ event: 'P' as never, match: 'data.account' }],
    },
    async ({ step }: JourneyContext) => {
      await step.sleep('s', '3s');
      await step.waitForEvent('P', { event: 'P', match: { 'data.account': 'a1' }, timeout: '10s' } as never);
    },
  );

const paid = (s: number) => ['P', s, { data: { account: 'a1', mark: 'p' } }] as const;

/** Each makes one call, then the other. */
async function inTurns(...both: readonly Invocation[]): Promise<void> {
  while (both.some(({ ended }) => !ended)) for (const one of both) if (!one.ended) await one.next();
}

class TellingWorld extends ScriptedWorld {
  override engine() {
    return { ...super.engine(), lifecycleEvents: ['completed'] as const };
  }
}

class CountingWorld extends ScriptedWorld {
  readonly calls: string[] = [];

  override answered(what: string): void {
    this.calls.push(what);
  }

  counted(): { writes: number; reads: number; schedules: number } {
    const count = (names: readonly string[]) => this.calls.filter((call) => names.includes(call)).length;
    return {
      writes: count(['begin', 'note', 'commit', 'cancel', 'put pointer', 'drop pointer']),
      reads: count(['look', 'look at pointers']),
      schedules: count(['set']),
    };
  }
}

describe('the way back to a run', () => {
  test('17: an event that came by a pointer and timed the wait out finds its run again after a death in the step', async () => {
    const world = new ScriptedWorld(elsewhere());
    await (await world.event('T', 1)).finish();
    // Too late for the wait; its timer has not come yet.
    await (await world.event(...paid(30))).upTo('function remind');
    expect(world.run('T1').lease).toBeDefined();
    world.nowS = 300;
    expect(await (await world.event(...paid(30))).finish()).toBe('acknowledged');
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'reminded' });
    expect(world.pointers.all()).toEqual([]);
  });

  test('an event whose process died after the end was written deletes the timer and the pointer at its retry', async () => {
    const world = new ScriptedWorld(elsewhere());
    await (await world.event('T', 1)).finish();
    await (await world.event(...paid(3))).through('commit');
    expect(world.run('T1').status).toBe('completed');
    expect([world.timersOf(), world.pointers.all().length]).toEqual([['P'], 1]);
    await (await world.event(...paid(3))).finish();
    expect([world.timersOf(), world.pointers.all()]).toEqual([[], []]);
  });

  test('an event deletes the pointer by which it comes back last, because it may die before', async () => {
    const world = new ScriptedWorld(cancelledElsewhere());
    await (await world.event('T', 1, account)).finish();
    expect(world.pointers.all()).toHaveLength(2);
    await (await world.event('C', 3, account)).through('drop pointer', 'unanswered');
    expect(world.pointers.all().map(({ event }) => event)).toEqual(['C']);
    expect(await (await world.event('C', 3, account)).finish()).toBe('acknowledged');
    expect(world.pointers.all()).toEqual([]);
  });

  test('an executor that was too slow deletes the pointer that it has put again for a run that is over', async () => {
    const world = new ScriptedWorld(sleepsThenWaits());
    await (await world.event('T', 1)).finish();
    const slow = await (await world.fire('s')).upTo('put pointer');
    expect(await (await world.event('T', 1)).finish()).toBe('acknowledged');
    expect(await (await world.fire('P')).finish()).toBe('acknowledged');
    expect([world.run('T1').status, world.pointers.all()]).toEqual(['completed', []]);
    expect(await slow.finish()).toBe('acknowledged');
    expect(world.pointers.all()).toEqual([]);
  });

  test('a repeated trigger leaves the pointer by which an event comes back that has ended the run and not told it', async () => {
    const world = new TellingWorld(elsewhere());
    await (await world.event('T', 1)).finish();
    await (await world.event(...paid(3))).through('commit');
    expect([world.run('T1').status, world.sent]).toEqual(['completed', []]);
    await (await world.event('T', 1)).finish();
    await (await world.event(...paid(3))).finish();
    expect(world.sent.map(({ name }) => name)).toEqual(['sojourn/run.completed']);
    expect(world.pointers.all()).toEqual([]);
  });

  test('a pointer without its run is left to the trigger that is about to begin it', async () => {
    const world = new ScriptedWorld(elsewhere());
    const trigger = await (await world.event('T', 1)).through('put pointer');
    await (await world.event(...paid(3))).finish();
    expect(world.pointers.all()).toHaveLength(1);
    await trigger.finish();
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'paid' });
  });

  test('an event that is recorded while a run shows its wait is taken, wherever the two interleave', async () => {
    for (let calls = 0; calls < 8; calls += 1) {
      const world = new ScriptedWorld(elsewhere());
      const trigger = await world.event('T', 1);
      for (let i = 0; i < calls && !trigger.ended; i += 1) await trigger.next();
      const event = await world.event(...paid(1));
      await inTurns(event, trigger);
      expect([calls, world.run('T1').output]).toEqual([calls, 'paid']);
    }
  });
});

describe('an event for more runs than one invocation has time for', () => {
  const carts = Array.from({ length: 12 }, (_, n) => `cart ${n}`);
  const everyRun = () =>
    createJourney(
      {
        ...{ id: 'check', triggers: [{ event: 'T' }], key: 'data.cart' },
        waitsFor: [
          { event: 'P' as never, match: null },
          { event: 'Q' as never, match: null },
        ],
      },
      async ({ step }: JourneyContext) => {
        await step.waitForEvent('P', { event: 'P', match: null, timeout: '1h' } as never);
        await step.waitForEvent('Q', { event: 'Q', match: null, timeout: '1h' } as never);
      },
    );

  async function waiting(): Promise<ScriptedWorld> {
    const world = new ScriptedWorld(everyRun());
    for (const cart of carts) await (await world.event('T', 1, { id: cart, cart })).finish();
    return world;
  }

  const took = (world: ScriptedWorld) => carts.filter((cart) => world.step(cart, 'P') !== 'waiting');

  /** Each run that it settles takes a second; with ten left it begins no other. */
  async function attempt(world: ScriptedWorld, timeoutS = 15): Promise<string> {
    const invocation = await world.event('P', 2, { id: 'the event', cart: 'none', timeoutS });
    while (!invocation.ended) if ((await invocation.next()) === 'commit') world.nowS += 1;
    return invocation.at;
  }

  test('stops before its time is up, and comes back for the others', async () => {
    const world = await waiting();
    expect(await attempt(world)).toBe('threw OutOfTime');
    expect(took(world)).toHaveLength(5);
    while ((await attempt(world)) !== 'acknowledged') expect(took(world).length % 5).toBe(0);
    expect(took(world)).toEqual(carts);
  });

  test('reaches those that an earlier attempt did not, although a run that goes on is looked at again', async () => {
    const world = await waiting();
    const looks = async (invocation: Invocation): Promise<string> => {
      // Here a look takes the second, so that no attempt ever has time for all twelve.
      while (!invocation.ended) if ((await invocation.next()) === 'look') world.nowS += 0.3;
      return invocation.at;
    };
    for (let tries = 0; tries < 21; tries += 1) {
      const tried = await world.event('P', 2, { id: 'the event', cart: 'none', timeoutS: 15 });
      expect(await looks(tried)).toBe('threw OutOfTime');
    }
    expect(took(world)).toEqual(carts);
  });

  test('stops with what had failed before, which comes back with it', async () => {
    const world = await waiting();
    const invocation = await world.event('P', 2, { id: 'the event', cart: 'none', timeoutS: 15 });
    await invocation.through('commit', 'fails');
    while (!invocation.ended) if ((await invocation.next()) === 'commit') world.nowS += 1;
    expect(invocation.at).toBe('threw AggregateError');
    expect((invocation.error as AggregateError).errors.map((one: Error) => one.name)).toEqual(['Error', 'OutOfTime']);
    expect(await attempt(world, 100)).toBe('acknowledged');
    expect(took(world)).toEqual(carts);
  });
});

describe('what other correlations cost', () => {
  async function costOf(made: AnyJourney) {
    const world = new CountingWorld(made);
    await (await world.event('T', 1)).finish();
    await (await world.event('P', 3, { data: { cart: '42', account: 'a1', mark: 'p' } })).finish();
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'paid' });
    return world.counted();
  }

  test('a wait elsewhere: 2 writes for its pointer and 3 reads more than one by the key, and no schedule', async () => {
    const byKey = await costOf(journey('P'));
    expect(byKey).toEqual({ writes: 3, reads: 2, schedules: 1 });
    expect(await costOf(elsewhere())).toEqual({ writes: 5, reads: 5, schedules: 1 });
  });

  test('a cancelOn by another path: 2 writes and 2 reads more for each run that it does not end, 3 reads for one that it ends', async () => {
    const costOfRun = async (match: string | null | undefined, ends: 'matched' | 'timed out' | 'cancelled') => {
      const world = new CountingWorld(cancelledBy(match));
      await (await world.event('T', 1, account)).finish();
      if (ends === 'timed out') await (await world.fire('P')).finish();
      else await (await world.event(ends === 'matched' ? 'P' : 'C', 3, account)).finish();
      expect(world.run('T1').status).toBe(ends === 'cancelled' ? 'cancelled' : 'completed');
      expect([world.timersOf(), world.pointers.all()]).toEqual([[], []]);
      return world.counted();
    };
    const asACart = { writes: 3, reads: 2, schedules: 1 };
    for (const match of [undefined, 'data.cart'])
      expect([await costOfRun(match, 'matched'), await costOfRun(match, 'timed out')]).toEqual([asACart, asACart]);
    expect(await costOfRun('data.cart', 'cancelled')).toEqual(asACart);
    for (const match of ['data.account', null]) {
      expect(await costOfRun(match, 'matched')).toEqual({ writes: 5, reads: 4, schedules: 1 });
      expect(await costOfRun(match, 'timed out')).toEqual({ writes: 5, reads: 4, schedules: 1 });
      expect(await costOfRun(match, 'cancelled')).toEqual({ writes: 5, reads: 5, schedules: 1 });
    }
  });
});
