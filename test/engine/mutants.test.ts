/**
 * What the mutants of lib/engine showed that no other test of it says (docs/mutation-testing.md): above all what a path costs,
 * call by call, and what is *not* called. Calls are listed as the world sees them; a function of a step is one of them.
 */
import { RetryAfterError } from '../../lib/journey/errors.js';
import { callsOf } from './calls.js';
import { cart, journey, welcome } from './journeys.js';
import { ScriptedWorld, tenMs, userFunction } from './scripted.js';

const day = 24 * 3_600;

const twoSteps = journey(async ({ step }) => {
  await step.run('one', userFunction('one'));
  await step.run('two', userFunction('two'));
});

describe('what a path costs, call by call', () => {
  test('a cart that is bought', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    expect(await callsOf(await world.event('T', 1))).toEqual(['set', 'begin', 'look']);
    expect(await callsOf(await world.event('P', 2))).toEqual(['note', 'look', 'commit', 'drop']);
  });

  test('a cart that is forgotten: its own timer has fired, so nothing is deleted', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await callsOf(await world.event('T', 1));
    const calls = await callsOf(await world.fire('P'));
    expect(calls).toEqual(['look', 'commit', 'function remind', 'commit']);
  });

  test('a step before a wait: the timer of a wait that is matched is deleted once, whatever follows', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        await step.waitForEvent('P', { event: 'P', timeout: '50s' });
        await step.run('thank', userFunction('thank'));
      }),
    );
    await callsOf(await world.event('T', 1));
    const calls = await callsOf(await world.event('P', 2));
    expect(calls).toEqual(['note', 'look', 'commit', 'drop', 'function thank', 'commit']);
  });

  test('steps alone have no timer to set or to delete', async () => {
    const world = new ScriptedWorld(journey(async ({ step }) => step.run('only', userFunction('only'))));
    expect(await callsOf(await world.event('T', 1))).toEqual(['begin', 'look', 'function only', 'commit']);
  });

  test('a cancellation between two steps deletes nothing', async () => {
    const world = new ScriptedWorld(twoSteps);
    const dies = await world.event('T', 1);
    await dies.upTo('function one');
    expect(await callsOf(await world.event('X', 2))).toEqual(['note', 'look', 'cancel']);
  });
});

describe('plain code', () => {
  test('is not played again once the end that it came to is written', async () => {
    let plays = 0;
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        plays += 1;
        await step.waitForEvent('P', { event: 'P', timeout: '50s' });
      }),
    );
    await callsOf(await world.event('T', 1));
    const buys = await world.event('P', 2);
    await buys.upTo('commit');
    const before = plays;
    await callsOf(buys);
    expect(plays).toBe(before);
  });

  test('that got further begins its attempts anew', async () => {
    const failsUntil = (s: number): void => {
      if (world.nowS < s) throw new Error(`not before ${s}`);
    };
    const world = new ScriptedWorld(
      journey(
        async ({ step }) => {
          failsUntil(30);
          await step.run('one', userFunction('one'));
          failsUntil(100);
          return 'done';
        },
        { retries: 1 },
      ),
    );
    await callsOf(await world.event('T', 1));
    await callsOf(await world.fire('(journey)', { atS: 80 }));
    expect(world.step('T1', 'one')).toBe('done');
    await callsOf(await world.fire('(journey)'));
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'done' });
  });

  test('that an attempt left to begin at once, as it died before the timer, begins its attempts anew when it gets further', async () => {
    const failsUntil = (s: number): void => {
      if (world.nowS < s) throw new Error(`not before ${s}`);
    };
    const world = new ScriptedWorld(
      journey(
        async ({ step }) => {
          await step.run('one', userFunction('one'));
          failsUntil(30);
          await step.run('two', userFunction('two'));
          failsUntil(100);
          return 'done';
        },
        { retries: 1 },
      ),
    );
    const dies = await world.event('T', 1);
    await (await dies.upTo('set')).next('fails');
    await callsOf(dies);
    expect(world.step('T1', '(journey)')).toBe('due');
    world.nowS = 40;
    await callsOf(await world.event('T', 1));
    expect(world.step('T1', 'two')).toBe('done');
    await callsOf(await world.fire('(journey)'));
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'done' });
  });
});

describe('what is kept, and how long', () => {
  test('an ended run as long as a late event may come: its end, 16 days and 35 days', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('P', 7));
    expect(world.run('T1').expiresAtS).toBe(tenMs / 1_000 + 7 + 51 * day);
  });

  test('a cancelled run from its cancellation on', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('X', 7));
    expect(world.run('T1').expiresAtS).toBe(tenMs / 1_000 + 7 + 51 * day);
  });

  test('the record of an event from its own time on, however late it came', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    world.nowS = 100;
    await callsOf(await world.event('P', 7));
    expect(world.records.events()).toMatchObject([{ expiresAtS: tenMs / 1_000 + 7 + 51 * day }]);
  });
});

describe('timers', () => {
  test('of a retry say which attempt they are of, as their cause does', async () => {
    const world = new ScriptedWorld(journey(welcome(50), { retries: 2 }));
    world.functions.welcome = () => {
      throw new Error('no');
    };
    await callsOf(await world.event('T', 1));
    await callsOf(await world.fire('welcome'));
    expect([...world.timers.values()].map(({ attempt }) => attempt)).toEqual([2]);
  });

  test('of two steps are two causes: one leaves a run that the other holds, and only the other’s retry comes back', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        const branch = async (id: 'A' | 'B', timeout: number): Promise<void> => {
          await step.waitForEvent(id, { event: id, timeout });
          await step.run(`after ${id}`, userFunction(`after ${id}`));
        };
        await Promise.all([branch('A', 50_000), branch('B', 60_000)]);
      }),
    );
    await callsOf(await world.event('T', 1));
    const [, ofB] = [...world.timers.values()];
    const ofA = { kind: 'timer', ...[...world.timers.values()][0]!, requestId: 'again' } as const;
    const holder = await world.fire('A');
    await holder.upTo('function after A');
    world.nowS = 70;
    expect(await (await world.deliver({ kind: 'timer', ...ofB!, requestId: 'other' })).finish()).toBe('acknowledged');
    expect(await (await world.deliver(ofA)).finish()).toBe('threw Busy');
  });
});

describe('handing over', () => {
  test('sets no timer where its write came too late', async () => {
    const world = new ScriptedWorld(twoSteps);
    const slow = await world.event('T', 1, { timeoutS: 40 });
    await slow.upTo('function one');
    world.nowS = 20;
    await slow.upTo('commit');
    await callsOf(await world.event('X', 21));
    expect(await callsOf(slow)).toEqual(['commit', 'look']);
    expect(world.run('T1').status).toBe('cancelled');
    expect(world.timersOf()).toEqual([]);
  });
});

describe('what a step is given and gives', () => {
  test('a function gets a key of 32 hexadecimal digits, the same for each attempt, another for each step and run', async () => {
    const keys: string[] = [];
    const remembered = ({ idempotencyKey, attempt }: { idempotencyKey: string; attempt: number }): void => {
      keys.push(idempotencyKey);
      if (attempt === 0) throw new RetryAfterError('again', '1m');
    };
    const world = new ScriptedWorld(
      journey(
        async ({ step }) => {
          await step.run('one', remembered);
          await step.run('two', remembered);
        },
        { retries: 1, cancelOn: [] },
      ),
    );
    for (const id of ['t1', 't2']) {
      await callsOf(await world.event('T', 1, { id }));
      await callsOf(await world.fire('one'));
      await callsOf(await world.fire('two'));
    }
    expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
    const distinct = [...new Set(keys)];
    expect(distinct).toHaveLength(4);
    expect(keys).toEqual(distinct.flatMap((key) => [key, key]));
  });

  test('a sending step gives the ids of its events', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) =>
        step.sendEvent('two', [
          { name: 'A', data: {} },
          { name: 'B', data: {} },
        ]),
      ),
    );
    await callsOf(await world.event('T', 1));
    expect(world.sent).toHaveLength(2);
    expect(world.run('T1').output).toEqual({ ids: world.sent.map(({ id }) => id) });
  });

  test('a result that does not fit beside the earlier ones fails its step, which the code may catch', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        const large = (): string => 'x'.repeat(200_000);
        await step.run('one', large);
        return step.run('two', large).then(
          () => 'kept',
          (error: Error) => error.message.split('.')[0],
        );
      }),
    );
    await callsOf(await world.event('T', 1));
    expect(world.run('T1')).toMatchObject({
      status: 'completed',
      output: expect.stringContaining("With the result of step 'two' the run has more than it can store"),
    });
  });
});
