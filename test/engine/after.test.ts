/** What follows a run's end: exactly one run of its handler, whoever dies where, and never beside the run's own functions. */
import type { RunDocument } from '../../lib/engine/stored/document.js';
import { endedRunOf, runIdOf } from '../../lib/engine/stored/key.js';
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyHandlers } from '../../lib/journey/handlers.js';
import { callsOf } from './calls.js';
import { type Fate, type Invocation, ScriptedWorld, tenMs, userFunction } from './scripted.js';

/** A wait for P, then a step; T starts and cancels, X cancels. Handlers tell what they were given. */
function handling(handlers: JourneyHandlers<'T'>, options: { readonly cancelOn?: string[] } = {}): AnyJourney {
  return createJourney(
    {
      id: 'check',
      triggers: [{ event: 'T' }],
      key: 'data.cart',
      waitsFor: ['P'],
      cancelOn: (options.cancelOn ?? ['T', 'X']).map((event) => ({ event })),
      retries: 0,
      ...handlers,
    },
    async ({ step }) => {
      await step.waitForEvent('P', { event: 'P', timeout: '100s' });
      await step.run('work', userFunction('work'));
      return 'done';
    },
  );
}

const both: JourneyHandlers<'T'> = {
  onFailure: async ({ error, event, runId, step }) => {
    await step.run('undo', userFunction('undo'));
    return { error: `${error.name}: ${error.message}`, step: error.stepId, mark: event.data.mark, runId };
  },
  onCancel: async ({ cause, event, runId, step }) => {
    await step.run('release', userFunction('release'));
    return { cause, mark: event.data.mark, runId };
  },
};

const done = async (world: ScriptedWorld, name: string, s: number) => (await world.event(name, s)).finish();

/** Runs that follow another's end. */
function following(world: ScriptedWorld): RunDocument[] {
  return world.records.runs().filter(({ pk }) => endedRunOf(pk));
}

function fail(): never {
  throw new RangeError('no stock');
}

describe('a run that failed', () => {
  test('is followed by onFailure, with the error, its step, the trigger and the id of the run', async () => {
    const world = new ScriptedWorld(handling(both));
    world.functions.work = fail;
    await done(world, 'T', 0);
    await done(world, 'P', 10);
    expect(world.run('T0')).toMatchObject({ status: 'failed', error: { step: 'work' } });
    const runId = runIdOf(world.run('T0'));
    expect(following(world)).toMatchObject([
      {
        status: 'completed',
        trigger: { name: 'sojourn/run.failed', source: 'sojourn.check', timeMs: tenMs + 10_000, hops: 1 },
        output: { error: 'RangeError: no stock', step: 'work', mark: 'T0', runId },
      },
    ]);
  });

  test('is not followed by onCancel, nor one that completed by anything', async () => {
    const world = new ScriptedWorld(handling({ onCancel: both.onCancel! }));
    world.functions.work = fail;
    await done(world, 'T', 0);
    await done(world, 'P', 10);
    const well = new ScriptedWorld(handling(both));
    await done(well, 'T', 0);
    await done(well, 'P', 10);
    expect([world.run('T0').status, following(world)]).toEqual(['failed', []]);
    expect([well.run('T0').status, following(well)]).toEqual(['completed', []]);
  });

  test('keeps the data of its trigger only where a handler needs it', async () => {
    for (const [handlers, data] of [
      [both, { cart: '42', mark: 'T0' }],
      [{ onCancel: both.onCancel! }, undefined],
    ] as const) {
      const world = new ScriptedWorld(handling(handlers));
      world.functions.work = fail;
      await done(world, 'T', 0);
      await done(world, 'P', 10);
      expect(world.run('T0').trigger.data).toEqual(data);
    }
  });
});

describe('a run that was cancelled', () => {
  test('is followed by onCancel, with the event that cancelled it', async () => {
    const world = new ScriptedWorld(handling(both));
    await done(world, 'T', 0);
    await done(world, 'X', 10);
    const event = { id: 'X10', name: 'X', source: 'test', time: '2026-11-22T10:00:10Z' };
    expect(following(world)).toMatchObject([
      { status: 'completed', output: { cause: { kind: 'event', event }, mark: 'T0', runId: runIdOf(world.run('T0')) } },
    ]);
  });

  test('before any of its code ran is followed by onCancel, too', async () => {
    const world = new ScriptedWorld(handling(both));
    await done(world, 'X', 10);
    await done(world, 'T', 0);
    expect(world.run('T0').status).toBe('cancelled');
    expect(following(world)).toMatchObject([{ status: 'completed', output: { mark: 'T0' } }]);
  });

  test('while its function runs is followed only when that can run no more', async () => {
    const world = new ScriptedWorld(handling(both));
    await done(world, 'T', 0);
    const working = await (await world.event('P', 10)).upTo('function work');
    await done(world, 'X', 20);
    const [follows] = following(world);
    expect(follows).toMatchObject({ status: 'active', trigger: { data: { quietAtMs: tenMs + 180_000 } } });
    expect(world.timersOf()).toEqual(['(lease)']);
    await working.finish();
    expect(following(world)).toMatchObject([{ status: 'active' }]);
    await (await world.fire('(lease)')).finish();
    expect(following(world)).toMatchObject([{ status: 'completed', output: { mark: 'T0' } }]);
    expect(world.timersOf()).toEqual([]);
  });
});

describe('a handler', () => {
  test('that fails leaves its own run failed, and is followed by nothing', async () => {
    const world = new ScriptedWorld(handling(both));
    world.functions.work = fail;
    world.functions.undo = fail;
    await done(world, 'T', 0);
    await done(world, 'P', 10);
    expect(following(world)).toMatchObject([{ status: 'failed', error: { name: 'RangeError' } }]);
    expect(world.facts.filter(({ kind }) => kind === 'runFailed')).toHaveLength(2);
  });

  test.each(['waitForEvent'])('fails at once when it calls step.%s, and says what to do instead', async (name) => {
    const world = new ScriptedWorld(
      handling({
        onCancel: async ({ step }) => {
          await (step as unknown as Record<string, (id: string, of: object) => Promise<void>>)[name]!('w', {});
        },
      }),
    );
    await done(world, 'T', 0);
    await done(world, 'X', 10);
    expect(following(world)).toMatchObject([{ status: 'failed', error: { name: 'NotInHandler' } }]);
  });

  test('is no longer there when its run goes on with other code: the run fails, and guesses nothing', async () => {
    const world = new ScriptedWorld(handling({ onCancel: async ({ step }) => step.sleep('nap', '10s') }));
    await done(world, 'T', 0);
    await done(world, 'X', 10);
    const engine = world.engine();
    world.engine = () => ({ ...engine, journey: handling({ onFailure: () => 'another' }) });
    await (await world.fire('nap')).finish();
    expect(following(world)).toMatchObject([{ status: 'failed', error: { name: 'NonDeterminism' } }]);
  });
});

describe('what follows a run costs', () => {
  const calls = async (handlers: JourneyHandlers<'T'>): Promise<string[]> => {
    const world = new ScriptedWorld(handling(handlers));
    await done(world, 'T', 0);
    return callsOf(await world.event('X', 10));
  };
  const without = ['note', 'look', 'cancel', 'drop'];

  test('two writes and a read, with no step or one; none where there is no handler', async () => {
    expect(await calls({ onFailure: both.onFailure! })).toEqual(without);
    expect(await calls({ onCancel: () => 'nothing to do' })).toEqual([...without, 'begin', 'look', 'commit']);
    expect(await calls(both)).toEqual([...without, 'begin', 'look', 'function release', 'commit']);
  });
});

/** How a run comes to its end, up to the invocation that ends it. */
const ways: Record<string, { begin: (world: ScriptedWorld) => Promise<void>; end: string; cancelOn?: string[] }> = {
  'a failure': {
    begin: async (world) => {
      world.functions.work = fail;
      await done(world, 'T', 0);
    },
    end: 'P',
  },
  'a cancelling event': { begin: async (world) => void (await done(world, 'T', 0)), end: 'X' },
  'a newer trigger': { begin: async (world) => void (await done(world, 'T', 0)), end: 'T' },
  'a newer trigger above a floor': {
    cancelOn: ['T'],
    begin: async (world) => {
      await done(world, 'T', 0);
      await done(world, 'T', 10);
    },
    end: 'T',
  },
};

/** What a function throws is its step's failure, and no call's. */
async function goOn(invocation: Invocation, fate: Fate): Promise<void> {
  await invocation.next(invocation.at.startsWith('function') ? 'ok' : fate);
  await invocation.finish();
}

/** Lambda brings back what was not acknowledged, when the lease of a dead one is over. */
async function comesBack(world: ScriptedWorld, invocation: Invocation, end: string): Promise<void> {
  if (invocation.at !== 'acknowledged') {
    world.nowS = 300;
    await (await world.event(end, 30)).finish();
  }
  if (world.timersOf().includes('(lease)')) await (await world.fire('(lease)')).finish();
}

describe.each(Object.entries(ways))('an end by %s', (_title, { begin, end, cancelOn }) => {
  const play = async (fate: Fate | 'dies', at: number): Promise<{ world: ScriptedWorld; reached: boolean }> => {
    const world = new ScriptedWorld(handling(both, cancelOn ? { cancelOn } : {}));
    await begin(world);
    const invocation = await world.event(end, 30);
    for (let call = 0; call < at && !invocation.ended; call += 1) await invocation.next();
    const reached = !invocation.ended;
    if (reached && fate !== 'dies') await goOn(invocation, fate);
    await comesBack(world, invocation, end);
    return { world, reached };
  };

  test.each(['dies', 'fails', 'unanswered', 'twice'] as const)(
    'is followed once when the invocation or its call %s, wherever that is',
    async (fate) => {
      const whole = (await play('ok', 0)).world;
      const ended = whole.records.runs().filter(({ pk, status }) => status !== 'active' && !endedRunOf(pk));
      expect(following(whole).map(({ trigger }) => trigger.id)).toHaveLength(ended.length);
      let at = 0;
      for (; ; at += 1) {
        const { world, reached } = await play(fate, at);
        const marks = following(world).map(({ output, status }) => [status, (output as { mark?: string })?.mark]);
        expect([at, marks]).toEqual([at, ended.map(({ trigger }) => ['completed', trigger.id])]);
        if (!reached) break;
      }
      expect(at).toBeGreaterThan(5);
    },
  );

  test('fails to be followed before it is written', async () => {
    const world = new ScriptedWorld(handling(both, cancelOn ? { cancelOn } : {}));
    await begin(world);
    const invocation = await world.event(end, 30);
    while (!invocation.ended) {
      const ends = world.records.runs().filter(({ pk, status }) => status !== 'active' && !endedRunOf(pk));
      expect(following(world).length).toBeLessThanOrEqual(ends.length);
      await invocation.next();
    }
    expect(following(world).length).toBeGreaterThan(0);
  });
});

/** A run of second 2 ends above one of second 0 that nothing follows yet: looks for the event of second 5 stop there. */
test.each(['dies', 'unanswered'] as const)(
  'a floor that was set meanwhile hides no end that is still to be followed, when the invocation or its commit %s',
  async (how) => {
    const world = new ScriptedWorld(handling(both, { cancelOn: ['T'] }));
    world.functions.work = fail;
    await done(world, 'T', 0);
    const purchase = await (await world.event('P', 5)).upTo('function work');
    await purchase.next();
    expect(purchase.at).toBe('commit');
    await purchase.next(how === 'dies' ? 'ok' : 'unanswered');
    expect([world.run('T0').status, following(world)]).toEqual(['failed', []]);
    world.functions.work = () => 'well';
    await done(world, 'T', 2);
    expect(world.run('T2')).toMatchObject({ status: 'completed', floor: true });
    expect(await done(world, 'P', 5)).toBe('acknowledged');
    expect(following(world)).toMatchObject([{ status: 'completed', output: { mark: 'T0' } }]);
  },
);
