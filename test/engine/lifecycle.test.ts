/** Ends of runs on the bus: told after the write, at least once whoever dies where, always as the same event. */
import type { Engine } from '../../lib/engine/handle.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { createJourney } from '../../lib/journey/index.js';
import { createTestWorld } from '../../lib/memory/index.js';
import { cart, journey, latestWins } from './journeys.js';
import { type Fate, ScriptedWorld } from './scripted.js';

type Ends = NonNullable<Engine['lifecycleEvents']>;
const allEnds: Ends = ['completed', 'failed', 'cancelled'];

class TellingWorld extends ScriptedWorld {
  constructor(
    of: AnyJourney,
    private readonly ends: Ends = allEnds,
  ) {
    super(of);
  }

  override engine(): Engine {
    return { ...super.engine(), lifecycleEvents: this.ends };
  }

  /** Names and ids of what was told, each once. */
  told(): string[] {
    return [...new Set(this.sent.map(({ name, id, data }) => `${name} ${id} ${JSON.stringify(data)}`))];
  }
}

const done = async (world: ScriptedWorld, name: string, s: number) => (await world.event(name, s)).finish();

describe('an end is told', () => {
  test('as an event with journey, key, trigger, times and what came of it', async () => {
    const world = new TellingWorld(journey(cart(100)));
    await done(world, 'T', 0);
    await done(world, 'P', 30);
    expect(world.sent).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        hops: 1,
        name: 'sojourn/run.completed',
        source: 'sojourn.check',
        timeMs: Date.UTC(2026, 10, 22, 10, 0, 30),
        data: {
          journey: 'check',
          run: runIdOf(world.run('T0')),
          key: '42',
          status: 'completed',
          trigger: { id: 'T0', name: 'T' },
          startedAt: '2026-11-22T10:00:00.000Z',
          endedAt: '2026-11-22T10:00:30.000Z',
          output: 'bought',
        },
      },
    ]);
  });

  test('with the error of a run that failed, and with what has cancelled one', async () => {
    const world = new TellingWorld(
      journey(async ({ step }) => {
        await step.waitForEvent('P', { event: 'P', timeout: '100s' });
        throw new RangeError('no');
      }),
    );
    await done(world, 'U', 0);
    await done(world, 'X', 1);
    await done(world, 'U', 2);
    await done(world, 'P', 3);
    expect(world.sent.map(({ name, data }) => [name, data])).toEqual([
      ['sojourn/run.cancelled', expect.objectContaining({ cancelledBy: { id: 'X1', name: 'X' } })],
      ['sojourn/run.failed', expect.objectContaining({ error: { name: 'RangeError', message: 'no' } })],
    ]);
  });

  test('only where it was asked for', async () => {
    for (const ends of [[], ['failed']] as const) {
      const world = new TellingWorld(journey(cart(100)), ends);
      await done(world, 'T', 0);
      await done(world, 'P', 30);
      expect(world.sent).toEqual([]);
    }
  });

  test('without an output that some target could not take', async () => {
    const world = new TellingWorld(journey(async () => 'x'.repeat(200_000)));
    await done(world, 'T', 0);
    expect(world.sent[0]!.data).toMatchObject({ outputOmitted: true });
    expect(world.sent[0]!.data).not.toHaveProperty('output');
  });
});

/** How a run comes to its end, up to the invocation that ends it. */
const scenarios: Record<string, { of: () => AnyJourney; begin: (world: ScriptedWorld) => Promise<void>; end: string }> =
  {
    'a match': {
      of: () => journey(cart(100)),
      begin: async (world) => void (await done(world, 'T', 0)),
      end: 'P',
    },
    'a newer trigger': {
      of: () => journey(cart(100)),
      begin: async (world) => void (await done(world, 'T', 0)),
      end: 'T',
    },
    'a trigger whose purchase came first': {
      of: () => journey(cart(100)),
      begin: async (world) => void (await done(world, 'P', 31)),
      end: 'T',
    },
    'a newer trigger above a floor': {
      of: () => latestWins(cart(100)),
      begin: async (world) => {
        await done(world, 'T', 0);
        await done(world, 'T', 10);
      },
      end: 'T',
    },
  };

describe.each(Object.entries(scenarios))('an end by %s', (_title, { of, begin, end }) => {
  const play = async (fate: Fate | 'dies', at: number): Promise<{ world: TellingWorld; reached: boolean }> => {
    const world = new TellingWorld(of());
    await begin(world);
    const invocation = await world.event(end, 30);
    for (let call = 0; call < at && !invocation.ended; call += 1) await invocation.next();
    const reached = !invocation.ended;
    if (reached && fate !== 'dies') {
      await invocation.next(fate);
      await invocation.finish();
    }
    // Lambda brings back what was not acknowledged.
    if (invocation.at !== 'acknowledged') await (await world.event(end, 30)).finish();
    return { world, reached };
  };

  test.each(['dies', 'fails', 'unanswered', 'twice'] as const)(
    'is told as one event when the invocation or its call %s, wherever that is',
    async (fate) => {
      const whole = await play('ok', 0);
      const ended = whole.world.records.runs().filter(({ status }) => status !== 'active').length;
      expect(whole.world.told()).toHaveLength(ended);
      let at = 0;
      for (; ; at += 1) {
        const { world, reached } = await play(fate, at);
        expect([at, world.told()]).toEqual([at, whole.world.told()]);
        if (!reached) break;
      }
      expect(at).toBeGreaterThan(3);
    },
  );

  test('fails to be told before it is written', async () => {
    const world = new TellingWorld(of());
    await begin(world);
    const before = world.told().length;
    const invocation = await world.event(end, 30);
    while (!invocation.ended) {
      const ends = world.records.runs().filter(({ status }) => status !== 'active').length;
      expect(world.told().length).toBeLessThanOrEqual(ends);
      await invocation.next();
    }
    expect(world.told().length).toBeGreaterThan(before);
  });
});

describe('a death is not made good by others', () => {
  test('who come meanwhile: they end nothing, so they tell nothing', async () => {
    const world = new TellingWorld(journey(cart(100)));
    await done(world, 'T', 0);
    await (await world.event('P', 30)).upTo('publish');
    expect(world.run('T0').status).toBe('completed');
    await done(world, 'A', 31);
    await (await world.event('T', 0, { id: 'T0', requestId: 'a duplicate' })).finish();
    expect(world.sent).toEqual([]);
    await done(world, 'P', 30);
    expect(world.told()).toHaveLength(1);
  });
});

/** A run of second 2 ends above one of second 0 whose end is not told yet: looks for the event of second 5 stop there. */
test.each(['dies', 'unanswered'] as const)(
  'a floor that was set meanwhile hides no end that is still to be told, when the invocation or its commit %s',
  async (how) => {
    const world = new TellingWorld(latestWins(cart(100)));
    await done(world, 'T', 0);
    const purchase = await (await world.event('P', 5)).upTo('commit');
    await purchase.next(how === 'dies' ? 'ok' : 'unanswered');
    expect(world.told()).toEqual([]);
    await done(world, 'T', 2);
    expect(world.run('T2')).toMatchObject({ status: 'completed', floor: true });
    expect(await done(world, 'P', 5)).toBe('acknowledged');
    expect(world.sent.map(({ data }) => (data as { trigger: { id: string } }).trigger.id).sort()).toEqual(['T0', 'T2']);
  },
);

test('another journey can begin with an end, in a test too', async () => {
  const first = createJourney({ id: 'first', triggers: [{ event: 'order/placed' }] }, () => ({ order: 7 }));
  const second = createJourney({ id: 'second', triggers: [{ event: 'sojourn/run.completed' }] }, ({ event }) => {
    const { journey: name, output } = event.data as { journey: string; output: unknown };
    return { name, output };
  });
  const world = createTestWorld({ journeys: [first, second], lifecycleEvents: { first: ['completed'] } });
  await world.send({ name: 'order/placed', data: {} });
  const seen = { name: 'first', output: { order: 7 } };
  expect(world.runs('second')).toMatchObject([{ status: 'completed', output: seen }]);
  expect(world.sent()).toHaveLength(1);
});
