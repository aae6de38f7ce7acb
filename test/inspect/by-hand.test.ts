/**
 * A run cancelled by a person, beside whoever executes it: at every call of an invocation, with and without its death, before
 * and after the cleaning up. The real engine and the real records of the test kit; the test is the scheduler.
 */
import type { TimerPayload } from '../../lib/contract.js';
import type { Engine } from '../../lib/engine/handle.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import { cancelByHand, type HandCancelled, type HandCancelling, isMadeByHand } from '../../lib/inspect/by-hand.js';
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import { cart, journey, latestWins, welcome } from '../engine/journeys.js';
import { ScriptedWorld, tenMs, userFunction } from '../engine/scripted.js';

/** Counts user functions from the moment when the run was cancelled. */
class World extends ScriptedWorld {
  readonly handedOver: TimerPayload[] = [];
  started: string[] = [];
  startedBefore = 0;
  announced: NonNullable<Engine['lifecycleEvents']> = [];

  constructor(of: AnyJourney) {
    super(of);
    for (const step of ['greet', 'welcome', 'remind']) {
      this.functions[step] = () => {
        this.started.push(step);
        return 'done';
      };
    }
  }

  override engine(): Engine {
    return { ...super.engine(), lifecycleEvents: this.announced };
  }

  hands(changes: Partial<HandCancelling> = {}): HandCancelling {
    return {
      nowMs: () => tenMs + this.nowS * 1_000,
      run: async (ref) => this.records.runs().find((run) => runIdOf(run) === runIdOf(ref)),
      cancel: (...args) => this.records.cancel(...args),
      handOver: async (timer) => void this.handedOver.push(timer),
      ...changes,
    };
  }

  async cancel(changes: Partial<HandCancelling> = {}): Promise<HandCancelled> {
    const cancelled = await cancelByHand(this.hands(changes), this.run('T1'));
    this.startedBefore = this.started.length;
    return cancelled;
  }

  /** Lambda delivers what was handed over. */
  async cleanUp(): Promise<string[]> {
    const ends: string[] = [];
    for (const { sojourn: kind, ...timer } of this.handedOver.splice(0)) {
      ends.push(await (await this.deliver({ kind, ...timer, requestId: 'cleaning up' })).finish());
    }
    return ends;
  }
}

const journeys: readonly [string, () => AnyJourney][] = [
  ['a wait', () => journey(cart(50))],
  ['a step, then a wait', () => journey(welcome(50))],
  [
    'a step, another step, then a wait',
    () =>
      journey(async (context) => {
        await context.step.run('greet', userFunction('greet'));
        return welcome(50)(context);
      }),
  ],
  ['a wait, where the latest wins', () => latestWins(cart(50))],
  ['a step, then a wait, where the latest wins', () => latestWins(welcome(50))],
];

/** What holds the run while it is cancelled: from its beginning, by its event, by its timer. */
const holders: readonly [string, (world: World) => ReturnType<World['deliver']>][] = [
  ['its trigger', (world) => world.event('T', 1)],
  [
    'its event',
    async (world) => {
      await (await world.event('T', 1)).finish();
      return world.event('P', 5);
    },
  ],
  [
    'its timer',
    async (world) => {
      await (await world.event('T', 1)).finish();
      return world.fire('P');
    },
  ],
];

type Hold = (typeof holders)[number][1];
type Held = { readonly world: World; readonly holder: Awaited<ReturnType<Hold>> };

/** The holder stopped before its n-th call, for every n at which the run exists; each in a world of its own. */
async function* everyPoint(of: () => AnyJourney, hold: Hold): AsyncGenerator<Held> {
  for (let calls = 0; ; calls += 1) {
    const world = new World(of());
    const holder = await hold(world);
    for (let made = 0; made < calls && !holder.ended; made += 1) await holder.next();
    const isLast = holder.ended;
    if (world.records.runs().some(({ trigger }) => trigger.id === 'T1')) yield { world, holder };
    if (isLast) return;
  }
}

async function cancelBeside({ world, holder }: Held, first: 'holder' | 'cleaning up'): Promise<void> {
  const before: RunDocument = world.run('T1');
  const wasActive = before.status === 'active';
  expect((await world.cancel()).outcome).toBe(wasActive ? 'cancelled' : 'over');
  if (first === 'holder') await holder.finish();
  expect(await world.cleanUp()).toEqual(wasActive ? ['acknowledged'] : []);
  if (!holder.ended) await holder.finish();
  expect(holder.at).toBe('acknowledged');
  // A function whose lease was written before the cancellation may begin: nobody can stop it any more.
  expect(world.started.length - world.startedBefore).toBeLessThanOrEqual(before.lease ? 1 : 0);
  expect(world.run('T1').status).toBe(wasActive ? 'cancelled' : before.status);
  expect(world.timersOf()).toEqual([]);
}

async function cancelAfterDeath({ world, holder }: Held): Promise<void> {
  if ((await world.cancel()).outcome !== 'cancelled') return;
  await world.cleanUp();
  world.nowS = 1_000;
  await (await world.deliver(holder.delivery)).finish();
  for (const step of world.timersOf()) await (await world.fire(step)).finish();
  expect(world.started.length).toBe(world.startedBefore);
  expect(world.run('T1').status).toBe('cancelled');
  expect(world.timersOf()).toEqual([]);
}

describe.each(journeys)('%s', (_name, of) => {
  describe.each(holders)('held by %s', (_holder, hold) => {
    test.each(['holder', 'cleaning up'] as const)(
      'cancelled at any of its calls, the %s first: no step starts afterwards, no timer stays',
      async (first) => {
        let points = 0;
        for await (const held of everyPoint(of, hold)) {
          await cancelBeside(held, first);
          points += 1;
        }
        expect(points).toBeGreaterThan(1);
      },
    );

    test('cancelled when its holder has died: what timers it left find nothing, and its retry starts nothing', async () => {
      for await (const held of everyPoint(of, hold)) await cancelAfterDeath(held);
    });
  });
});

describe('a cancellation by hand', () => {
  const waiting = async (): Promise<World> => {
    const world = new World(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    return world;
  };

  test('tells the document who did it, and when the table may forget the run', async () => {
    const world = await waiting();
    await world.cancel();
    const run = world.run('T1');
    expect(isMadeByHand(run.cancelledBy!)).toBe(true);
    expect(run.expiresAtS).toBeGreaterThan((tenMs + 51 * 86_400_000) / 1_000);
  });

  test('whose answer was lost is recognised, and cleans up', async () => {
    const world = await waiting();
    let answers = 0;
    const cancel: HandCancelling['cancel'] = async (...args) => {
      const written = await world.records.cancel(...args);
      answers += 1;
      return answers === 1 && written.outcome === 'done' ? world.records.cancel(...args) : written;
    };
    expect((await world.cancel({ cancel })).outcome).toBe('over');
    await world.cleanUp();
    expect(world.timersOf()).toEqual([]);
  });

  test('that died before the cleaning up was handed over is made good by another one', async () => {
    const world = await waiting();
    const dies = { handOver: () => Promise.reject(new Error('gone')) };
    await expect(world.cancel(dies)).rejects.toThrow('gone');
    expect(world.timersOf()).toEqual(['P']);
    expect((await world.cancel()).outcome).toBe('over');
    expect(await world.cleanUp()).toEqual(['acknowledged']);
    expect(world.timersOf()).toEqual([]);
  });

  test('is told on the bus where the deployment asks for it, as one event however often it is repeated', async () => {
    const world = await waiting();
    world.announced = ['cancelled'];
    await world.cancel();
    await world.cleanUp();
    await world.cancel();
    await world.cleanUp();
    expect(world.sent.map(({ name, data }) => [name, data])).toEqual(
      [1, 2].map(() => ['sojourn/run.cancelled', expect.objectContaining({ run: runIdOf(world.run('T1')) })]),
    );
    expect(new Set(world.sent.map(({ id }) => id)).size).toBe(1);
  });

  test('of a run that another event has cancelled changes nothing', async () => {
    const world = await waiting();
    await (await world.event('X', 2)).finish();
    const before = world.run('T1');
    expect((await world.cancel()).outcome).toBe('over');
    expect(world.handedOver).toEqual([]);
    expect(world.run('T1')).toEqual(before);
  });

  test('of a run that goes on meanwhile looks again and ends what it has become', async () => {
    const world = await waiting();
    let lost = 0;
    const cancel: HandCancelling['cancel'] = async (run, cancellation, seen) => {
      if (lost === 0) {
        lost += 1;
        await (await world.event('P', 3)).finish();
      }
      return world.records.cancel(run, cancellation, seen);
    };
    expect((await world.cancel({ cancel })).outcome).toBe('over');
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'bought' });
  });

  test('fails for a run that is not there', async () => {
    const world = await waiting();
    const ref = { ...world.run('T1'), pk: 'check|key|s:nobody' };
    expect(await cancelByHand(world.hands(), ref)).toEqual({ outcome: 'absent' });
  });
});

test('a run cancelled by hand is followed by onCancel, once, however often the command is given', async () => {
  const world = new World(
    createJourney(
      {
        id: 'check',
        triggers: [{ event: 'T' }],
        key: 'data.cart',
        waitsFor: ['P'],
        onCancel: ({ cause, event }) => [cause, event.data.cart],
      },
      cart(50) as never,
    ),
  );
  await (await world.event('T', 1)).finish();
  for (let times = 0; times < 2; times += 1) {
    await world.cancel();
    expect(await world.cleanUp()).toEqual(['acknowledged']);
  }
  expect(world.records.runs().map(({ status, output }) => [status, output])).toEqual([
    ['cancelled', undefined],
    ['completed', [{ kind: 'by-hand' }, '42']],
  ]);
  expect(world.timersOf()).toEqual([]);
});
