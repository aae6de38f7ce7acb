/**
 * The second round's counterexamples (protocol check: timers, floors, the lease written away, sent events), and edges that
 * only the simulator of the real code has found.
 */
import { runIdOf } from '../../lib/engine/key.js';
import { NonRetriableError, RetryAfterError } from '../../lib/journey/errors.js';
import { cart, journey, latestWins, welcome } from './journeys.js';
import { ScriptedWorld, tenMs, userFunction } from './scripted.js';

/** Two steps beside a wait: the second one starts late in the invocation. */
const twoSteps = journey(async ({ step }) => {
  await step.run('one', userFunction('one'));
  await step.run('two', userFunction('two'));
  await step.waitForEvent('P', { event: 'P', timeout: '500s' });
  return 'done';
});

describe('timers', () => {
  test('a timer that comes up to 5 s early waits in place', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const timer = await world.fire('P', { atS: 49 });
    expect(timer.at).toBe('sleep');
    await timer.finish();
    expect(world.nowS).toBe(53);
    expect(world.run('T1').output).toBe('reminded');
  });

  test('a timer that comes earlier than that looks at nothing and throws, so that it comes back', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const timer = await world.fire('P', { atS: 47 });
    expect(timer.at).toBe('threw EarlyTimer');
    expect(world.step('T1', 'P')).toBe('waiting');
  });

  test('a stale timer looks with its own clock', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const run = [...world.timers.values()][0]!.run;
    const stale = {
      kind: 'timer',
      run,
      step: 'P',
      attempt: 0,
      deadlineMs: tenMs + 40_000,
      atMs: tenMs + 42_000,
    } as const;
    world.nowS = 45;
    expect(await (await world.deliver({ ...stale, requestId: 'stale' })).finish()).toBe('acknowledged');
    expect(world.step('T1', 'P')).toBe('waiting');
  });

  test('a retry of a step is a timer of its own attempt, and its step goes on then', async () => {
    const world = new ScriptedWorld(journey(welcome(50), { retries: 2 }));
    world.functions.welcome = (attempt) => {
      if (attempt === 0) throw new RetryAfterError('later', '3m');
      return 'sent';
    };
    await (await world.event('T', 1)).finish();
    expect(world.step('T1', 'welcome')).toBe('waiting');
    expect(world.timersOf()).toEqual(['welcome']);
    await (await world.fire('welcome')).finish();
    expect(world.nowS).toBe(183);
    expect(world.step('T1', 'welcome')).toBe('done');
    // The wait's time counts from when its step was done.
    expect(world.run('T1').steps.get('P')).toMatchObject({ deadlineMs: tenMs + 233_000, sinceMs: tenMs + 1_000 });
  });

  test('every attempt of a step has a timer of another name, so that one that has just fired is in nobody’s way', async () => {
    const world = new ScriptedWorld(journey(welcome(50), { retries: 2 }));
    world.functions.welcome = () => {
      throw new Error('no');
    };
    await (await world.event('T', 1)).finish();
    const [first] = [...world.timers.keys()];
    await (await world.fire('welcome')).finish();
    const [second] = [...world.timers.keys()];
    expect([first, second].every((name) => /^[0-9a-f]{8}-[0-9a-f]{40}$/.test(name ?? ''))).toBe(true);
    expect(second).not.toBe(first);
  });

  test('a step that says that it cannot work is not tried again', async () => {
    const world = new ScriptedWorld(journey(welcome(50), { retries: 4 }));
    world.functions.welcome = () => {
      throw new NonRetriableError('no such address');
    };
    await (await world.event('T', 1)).finish();
    expect(world.run('T1')).toMatchObject({ status: 'failed', error: { message: 'no such address' } });
    expect(world.timersOf()).toEqual([]);
  });
});

describe('handing over', () => {
  async function late(): Promise<ScriptedWorld> {
    const world = new ScriptedWorld(twoSteps);
    world.functions.one = () => {
      world.nowS = 140;
      return 1;
    };
    return world;
  }

  test('without time for the next function the lease is written away first, then a timer goes on', async () => {
    const world = await late();
    const trigger = await world.event('T', 1);
    await trigger.through('function one');
    await trigger.through('commit');
    expect(world.run('T1')).not.toHaveProperty('lease');
    expect(world.timersOf()).toEqual([]);
    expect(await trigger.finish()).toBe('acknowledged');
    expect(world.timersOf()).toEqual(['go']);
    await (await world.fire('go')).finish();
    expect(world.step('T1', 'two')).toBe('done');
  });

  test('dying between the two leaves the cause, which comes back and goes on', async () => {
    const world = await late();
    const dies = await world.event('T', 1);
    await dies.through('function one');
    await dies.through('commit');
    world.nowS = 210;
    expect(await (await world.event('T', 1)).finish()).toBe('acknowledged');
    expect(world.step('T1', 'two')).toBe('done');
  });

  test('a dead lease is written away as well, before a timer goes on', async () => {
    const world = new ScriptedWorld(twoSteps);
    const dies = await world.event('T', 1);
    await dies.upTo('function one');
    world.nowS = 200;
    const short = await world.event('T', 1, { timeoutS: 20 });
    expect(await short.finish()).toBe('acknowledged');
    expect(world.run('T1')).not.toHaveProperty('lease');
    await (await world.fire('go')).finish();
    expect(world.step('T1', 'one')).toBe('done');
  });

  test('after an exception the lease is written away with what was done, and the retry goes on at once', async () => {
    const world = new ScriptedWorld(twoSteps);
    const fails = await world.event('T', 1);
    await fails.through('function one');
    await fails.next('fails');
    expect(await fails.finish()).toBe('threw Error');
    expect(world.step('T1', 'one')).toBe('done');
    expect(world.run('T1')).not.toHaveProperty('lease');
    await (await world.event('T', 1)).finish();
    expect(world.step('T1', 'two')).toBe('done');
  });

  test('a function does not start when the write before it has eaten its time', async () => {
    const world = new ScriptedWorld(twoSteps);
    const slow = await world.event('T', 1);
    await slow.through('function one');
    world.nowS = 200;
    expect(slow.at).toBe('commit');
    await slow.next();
    expect(slow.at).not.toBe('function two');
    await slow.finish();
    expect(world.timersOf()).toContain('go');
  });
});

describe('floors of latest-wins journeys', () => {
  test('the run that ends with all older ones over is a floor, and looks of newer events stop there', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    for (const s of [1, 2, 3]) await (await world.event('T', s)).finish();
    expect(world.run('T1').floor).toBe(true);
    expect(world.run('T2').floor).toBe(true);
    expect(world.run('T3').status).toBe('active');
  });

  test('a run that ends while an older one is not over is no floor', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    await (await world.event('T', 1)).finish();
    await (await world.event('T', 2)).through('begin');
    // The older run's cancellation fails; the newer one's does not.
    const canceller = await world.event('T', 3);
    await canceller.upTo('cancel');
    await canceller.next('fails');
    await canceller.finish();
    expect(world.run('T1').status).toBe('active');
    expect(world.run('T2').status).toBe('cancelled');
    expect(world.run('T2')).not.toHaveProperty('floor');
    await (await world.event('T', 3)).finish();
    expect(world.run('T1').status).toBe('cancelled');
  });

  test('the retry of a trigger does not stop at its own run, although that is a floor by now', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    await (await world.event('T', 1)).finish();
    const dies = await world.event('T', 2);
    await dies.through('cancel');
    await (await world.event('T', 3)).finish();
    expect(world.run('T2').floor).toBe(true);
    expect(world.timersOf()).toEqual(['P', 'P']);
    await (await world.event('T', 2)).finish();
    expect(world.timersOf()).toEqual(['P']);
  });

  test('a trigger that comes late, below a floor, cancels its own run', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    await (await world.event('T', 2)).finish();
    await (await world.event('T', 3)).finish();
    expect(world.run('T2').floor).toBe(true);
    expect(await (await world.event('T', 1)).finish()).toBe('acknowledged');
    expect(world.run('T1').status).toBe('cancelled');
    expect(world.timersOf()).toEqual(['P']);
  });

  test('a late trigger that dies after its Put is taken care of by its retry, although newer events do not see it', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    await (await world.event('T', 2)).finish();
    await (await world.event('T', 3)).finish();
    await (await world.event('T', 1)).through('begin');
    await (await world.event('P', 4)).finish();
    expect(world.run('T1').status).toBe('active');
    await (await world.event('T', 1)).finish();
    expect(world.run('T1').status).toBe('cancelled');
  });

  test('a repeated trigger of a superseded run finds its tombstone, however much came after', async () => {
    const world = new ScriptedWorld(latestWins(cart(4)));
    for (const s of [1, 3, 6]) await (await world.event('T', s)).finish();
    expect(await (await world.event('T', 1)).finish()).toBe('acknowledged');
    expect(world.run('T1').status).toBe('cancelled');
    expect(world.records.runs()).toHaveLength(3);
  });

  test('there is no floor where the cancellation has a window', async () => {
    const world = new ScriptedWorld(
      journey(cart(500), {
        cancelOn: [
          { event: 'T', timeout: 2_000 },
          { event: 'U', timeout: 2_000 },
        ],
      }),
    );
    for (const s of [4, 5]) await (await world.event('T', s)).finish();
    expect(world.run('T4')).toMatchObject({ status: 'cancelled' });
    expect(world.run('T4')).not.toHaveProperty('floor');
    await (await world.event('T', 1)).finish();
    await (await world.event('P', 7)).finish();
    expect(world.run('T1').output).toBe('bought');
  });

  test('what an older trigger of the same second is to a newer run does not depend on a floor', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    for (const id of ['a', 'b', 'c']) await (await world.event('T', 1, { id })).finish();
    expect(world.records.runs().map(({ trigger, status }) => [trigger.id, status])).toEqual([
      ['a', 'cancelled'],
      ['b', 'cancelled'],
      ['c', 'active'],
    ]);
  });
});

describe('found by the simulator', () => {
  test('a cancellation that came while a step ran is not taken for the holder’s own lost write', async () => {
    const world = new ScriptedWorld(twoSteps);
    const holder = await world.event('T', 1);
    await holder.upTo('function one');
    await (await world.event('X', 2)).finish();
    expect(world.run('T1').status).toBe('cancelled');
    await holder.next();
    while (holder.at !== 'acknowledged') {
      expect(holder.at).not.toBe('function two');
      await holder.next();
    }
    expect(world.step('T1', 'two')).toBe('none');
  });

  test('the timer of a retry goes with the run that was cancelled while its step failed', async () => {
    const world = new ScriptedWorld(
      journey(
        async ({ step }) => {
          await Promise.all([step.run('one', userFunction('one')), step.run('two', userFunction('two'))]);
        },
        { retries: 1 },
      ),
    );
    world.functions.one = () => {
      throw new RetryAfterError('later', '3m');
    };
    const holder = await world.event('T', 1);
    await holder.upTo('function one');
    await (await world.event('X', 2)).finish();
    expect(await holder.finish()).toBe('acknowledged');
    expect(world.timersOf()).toEqual([]);
  });

  test('what an attempt could not settle is not forgotten when it looks again, and the cause comes back', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    await (await world.event('T', 1)).finish();
    await (await world.event('T', 2)).through('begin');
    const canceller = await world.event('T', 3);
    await canceller.through('cancel');
    await canceller.upTo('drop');
    await canceller.next('fails');
    expect(await canceller.finish()).toMatch(/^threw /);
  });

  test('a cancellation whose answer was lost is cleaned up after, although a floor lies above the run by now', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    await (await world.event('T', 1)).finish();
    const canceller = await world.event('T', 2, { id: 'b' });
    await canceller.upTo('cancel');
    await canceller.next('twice');
    await (await world.event('T', 2, { id: 'a' })).finish();
    expect(world.run('a').floor).toBe(true);
    expect(await canceller.finish()).toBe('acknowledged');
    expect([...world.timers.values()].map(({ run }) => run)).toEqual([runIdOf(world.run('b'))]);
  });

  test('a function whose result could not be written does not start again in the same attempt', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        await step.run('one', userFunction('one'));
        await step.waitForEvent('P', { event: 'P', timeout: '4s' });
        await step.waitForEvent('A', { event: 'A', timeout: '400s' });
      }),
    );
    await (await world.event('U', 1, { id: 'older' })).finish();
    // Its look times out the older run's wait, so it looks once more.
    const newer = await world.event('U', 20, { id: 'newer' });
    await newer.through('function one');
    await newer.next('fails');
    await newer.next('fails');
    while (!newer.at.startsWith('threw')) {
      expect(newer.at).not.toBe('function one');
      await newer.next();
    }
    await (await world.event('U', 20, { id: 'newer', requestId: 'later' })).finish();
    expect(world.step('older', 'P')).toBe('timedOut');
  });

  test('the timer of plain code’s retry goes with its run, wherever the one that went on dies', async () => {
    let broken = true;
    const world = new ScriptedWorld(
      journey(
        async ({ step }) => {
          if (broken) throw new Error('not yet');
          await step.waitForEvent('P', { event: 'P', timeout: '500s' });
        },
        { retries: 2 },
      ),
    );
    await (await world.event('T', 1)).finish();
    expect(world.timersOf()).toEqual(['(journey)']);
    broken = false;
    const goesOn = await world.event('A', 2);
    await goesOn.through('commit');
    expect(world.timersOf()).toEqual(['(journey)', 'P']);
    await (await world.event('P', 3)).finish();
    expect(world.run('T1').status).toBe('completed');
    expect(world.timersOf()).toEqual([]);
  });

  test('the final failure of plain code is no step result that a later replay would wait for', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        await step.run('one', userFunction('one'));
        throw new NonRetriableError('the code is wrong');
      }),
    );
    const trigger = await world.event('T', 1);
    await trigger.through('function one');
    await trigger.next('fails');
    await trigger.finish();
    expect(world.run('T1').status).toBe('active');
    expect([...world.run('T1').steps.keys()]).toEqual(['one']);
    await (await world.event('T', 1)).finish();
    expect(world.run('T1')).toMatchObject({ status: 'failed', error: { message: 'the code is wrong' } });
  });
});

describe('sent events', () => {
  const sender = journey(async ({ step }) => {
    await step.run('one', userFunction('one'));
    await step.sendEvent('tell', { name: 'told', data: { cart: '42' } });
  });

  test('a send that is repeated is the same event, at a time that does not depend on the clock', async () => {
    const world = new ScriptedWorld(sender);
    const dies = await world.event('T', 1);
    await dies.through('publish');
    world.nowS = 500;
    await (await world.event('T', 1)).finish();
    expect(world.sent).toHaveLength(2);
    expect(world.sent[1]).toEqual(world.sent[0]);
    expect(world.sent[0]).toMatchObject({ timeMs: tenMs + 1_000, hops: 1, source: 'sojourn.check' });
    expect(world.sent[0]?.id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('the first content of a sent event wins, that of a foreign one is the same anyway', async () => {
    const world = new ScriptedWorld(journey(cart(500)));
    await (await world.event('T', 1)).finish();
    const told = (mark: string) => ({
      kind: 'event' as const,
      event: {
        id: 'a'.repeat(32),
        name: 'A',
        data: { cart: '42', mark },
        source: 'sojourn.other',
        timeMs: tenMs + 2_000,
        hops: 1,
      },
      requestId: mark,
    });
    await (await world.deliver(told('first'))).finish();
    await (await world.deliver(told('second'))).finish();
    expect(world.records.events().map(({ event }) => event.data)).toEqual([{ cart: '42', mark: 'first' }]);
  });

  test('sending comes before the write, never after', async () => {
    const world = new ScriptedWorld(sender);
    const trigger = await world.event('T', 1);
    await trigger.upTo('publish');
    expect(world.step('T1', 'tell')).toBe('none');
    await trigger.next('fails');
    await trigger.finish();
    expect(world.run('T1').status).toBe('failed');
  });
});
