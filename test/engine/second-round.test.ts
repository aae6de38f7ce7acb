/**
 * The second round's counterexamples (protocol check, second round): floors (a), timers (b), deadlines (c), order within a
 * second (d), the lease written away (e), sent events (f). The comment above a test names the change that it fails with.
 */
import { NonRetriableError, RetryAfterError } from '../../lib/journey/errors.js';
import { cart, journey, latestWins, twoBranches, twoSteps, welcome } from './journeys.js';
import { ScriptedWorld, tenMs, userFunction } from './scripted.js';

describe('timers', () => {
  // Fails with: an early timer looks (lib/engine/handle.ts).
  test('a timer that comes up to 5 s early waits in place', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const timer = await world.fire('P', { atS: 49 });
    expect(timer.at).toBe('sleep');
    await timer.finish();
    expect(world.nowS).toBe(53);
    expect(world.run('T1').output).toBe('reminded');
  });

  // Fails with: every early timer waits in place (lib/engine/handle.ts).
  test('a timer that comes earlier than that looks at nothing and throws, so that it comes back', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const timer = await world.fire('P', { atS: 47 });
    expect(timer.at).toBe('threw EarlyTimer');
    expect(world.step('T1', 'P')).toBe('waiting');
  });

  // Fails with: an early timer waits after its look (lib/engine/handle.ts).
  test('a timer that fires early while its run is held waits until its time, and so finds the wait that was not shown yet', async () => {
    const world = new ScriptedWorld(journey(welcome(30)));
    const holder = await world.event('T', 1);
    await holder.through('set');
    const timer = await world.fire('P', { atS: 30 });
    expect(timer.at).toBe('sleep');
    await holder.finish();
    expect(world.step('T1', 'P')).toBe('waiting');
    await timer.finish();
    expect(world.run('T1').output).toBe('reminded');
  });

  // Fails with: an ended run is written again (lib/engine/settle.ts).
  test('a timer that fires twice changes nothing the second time', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const twin = { kind: 'timer', ...[...world.timers.values()][0]!, requestId: 'twin' } as const;
    await (await world.fire('P')).finish();
    const before = world.run('T1');
    expect(await (await world.deliver(twin)).finish()).toBe('acknowledged');
    expect(world.run('T1')).toEqual(before);
  });

  // Fails with: whoever comes as a timer finds its wait due (lib/engine/look.ts).
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

  // Fails with: no timer of a retry (lib/engine/drive.ts).
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

  // Fails with: timers keep one name for all attempts (lib/engine/attempt.ts).
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

  // Fails with: every failure is tried again (lib/engine/code/result.ts).
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

describe('deadlines', () => {
  // Fails with: a length of time counts from event time only (lib/engine/code/opening.ts).
  test('the time of a wait counts from the attempt of its step that was committed, not from one that died', async () => {
    const world = new ScriptedWorld(journey(welcome(100)));
    const dies = await world.event('T', 1);
    await dies.through('set');
    world.nowS = 180;
    await (await world.event('T', 1)).finish();
    expect(world.run('T1').steps.get('P')).toMatchObject({ deadlineMs: tenMs + 280_000, sinceMs: tenMs + 1_000 });
    // The dead attempt's timer, of second 101, is an orphan: it looks and finds nothing.
    expect(world.timersOf()).toEqual(['P', 'P']);
    await (await world.fire('P')).finish();
    expect(world.step('T1', 'P')).toBe('waiting');
    await (await world.event('P', 270)).finish();
    expect(world.run('T1').output).toBe('bought');
    expect(world.timersOf()).toEqual([]);
  });

  // Fails with: a wait on record is opened anew by the next replay (lib/engine/code/script.ts).
  test('a deadline that was once written is never computed anew', async () => {
    let timeoutMs = 50_000;
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        await step.waitForEvent('P', { event: 'P', timeout: timeoutMs });
      }),
    );
    await (await world.event('T', 1)).finish();
    timeoutMs = 5_000;
    await (await world.event('A', 20)).finish();
    expect(world.run('T1').steps.get('P')).toMatchObject({ state: 'waiting', deadlineMs: tenMs + 51_000 });
  });
});

describe('order within a second', () => {
  // Fails with: within a second other events come before triggers (lib/engine/stored/event.ts).
  test('a newer trigger wins over a purchase of its second, which resolves the new run, whatever their ids', async () => {
    for (const [first, second] of [
      ['P', 'T'],
      ['T', 'P'],
    ] as const) {
      const world = new ScriptedWorld(journey(cart(50)));
      await (await world.event('T', 1)).finish();
      // Both are on record before either is decided.
      const one = await world.event(first, 3, { id: first === 'P' ? 'a' : 'z' });
      await one.upTo('look');
      const other = await world.event(second, 3, { id: second === 'P' ? 'a' : 'z' });
      await other.finish();
      await one.finish();
      expect(world.run('T1').status).toBe('cancelled');
      expect(world.step('z', 'P')).toBe('matched a');
    }
  });

  // Fails with: within a second other events come before triggers (lib/engine/stored/event.ts).
  test('a pure cancel event of a trigger’s second cancels its run, whatever their ids', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('X', 3, { id: 'a' })).finish();
    await (await world.event('T', 3, { id: 'z' })).finish();
    expect(world.run('z')).toMatchObject({ status: 'cancelled', cancelledBy: { id: 'a' } });
  });

  // Fails with: within a second deadlines come first (lib/engine/stored/event.ts).
  test('an event of the second of a deadline comes before it', async () => {
    const world = new ScriptedWorld(journey(cart(4)));
    await (await world.event('T', 1)).finish();
    await (await world.event('P', 5)).through('note');
    await (await world.fire('P')).finish();
    expect(world.step('T1', 'P')).toBe('matched P5');
  });

  // Fails with: triggers of one second do not cancel each other (lib/engine/decision/decide.ts).
  test('three triggers of one second leave the run of the last id, in whatever order they come', async () => {
    for (const ids of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']) {
      const world = new ScriptedWorld(latestWins(cart(500)));
      for (const id of ids) await (await world.event('T', 1, { id })).finish();
      expect(world.records.runs().map(({ trigger, status }) => [trigger.id, status])).toEqual([
        ['a', 'cancelled'],
        ['b', 'cancelled'],
        ['c', 'active'],
      ]);
      expect(world.timersOf()).toEqual(['P']);
    }
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

  // Fails with: the go-on timer before the lease is written away (lib/engine/handover.ts).
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

  // Fails with: a run goes on only by a lease (lib/engine/settle.ts).
  test('dying between the two leaves the cause, which comes back and goes on', async () => {
    const world = await late();
    const dies = await world.event('T', 1);
    await dies.through('function one');
    await dies.through('commit');
    world.nowS = 210;
    expect(await (await world.event('T', 1)).finish()).toBe('acknowledged');
    expect(world.step('T1', 'two')).toBe('done');
  });

  // Fails with: a timer for going on has a fixed name (lib/engine/handover.ts).
  test('each handing over has a timer of its own name, so that one that has just fired is in nobody’s way', async () => {
    const world = await late();
    await (await world.event('T', 1)).finish();
    const [first] = [...world.timers.keys()];
    // The next invocation has too little time from its start.
    await (await world.fire('go', { timeoutS: 20 })).finish();
    const [second] = [...world.timers.keys()];
    expect(world.timersOf()).toEqual(['go']);
    expect(second).not.toBe(first);
    await (await world.fire('go')).finish();
    expect(world.step('T1', 'two')).toBe('done');
  });

  // Fails with: a dead lease stays when a run is handed over (lib/engine/handover.ts).
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

  // Fails with: an exception keeps the lease (lib/engine/drive.ts).
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

  // Fails with: a function starts whatever time is left (lib/engine/drive.ts).
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
  // Fails with: no floor is ever set (lib/engine/look.ts).
  test('the run that ends with all older ones over is a floor, and looks of newer events stop there', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    for (const s of [1, 2, 3]) await (await world.event('T', s)).finish();
    expect(world.run('T1').floor).toBe(true);
    expect(world.run('T2').floor).toBe(true);
    expect(world.run('T3').status).toBe('active');
  });

  // Fails with: floor set without asking for older runs (lib/engine/look.ts).
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

  // Fails with: a look that stops at its own item (lib/engine/look.ts).
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

  // Fails with: a look that stops above its own item (lib/engine/look.ts).
  test('a trigger that comes late, below a floor, cancels its own run', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    await (await world.event('T', 2)).finish();
    await (await world.event('T', 3)).finish();
    expect(world.run('T2').floor).toBe(true);
    expect(await (await world.event('T', 1)).finish()).toBe('acknowledged');
    expect(world.run('T1').status).toBe('cancelled');
    expect(world.timersOf()).toEqual(['P']);
  });

  // Fails with: a look that stops above its own item, and nobody minds (lib/engine/look.ts).
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

  // Fails with: a superseded run is deleted (lib/memory/records.ts).
  test('a repeated trigger of a superseded run finds its tombstone, however much came after', async () => {
    const world = new ScriptedWorld(latestWins(cart(4)));
    for (const s of [1, 3, 6]) await (await world.event('T', s)).finish();
    expect(await (await world.event('T', 1)).finish()).toBe('acknowledged');
    expect(world.run('T1').status).toBe('cancelled');
    expect(world.records.runs()).toHaveLength(3);
  });

  // Fails with: a floor where the cancel has a window (lib/journey/definition.ts).
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

  // Fails with: a cancellation comes before anything else (lib/engine/decision/decide.ts).
  // Fails with: looks stop at the first cancelled run (lib/engine/look.ts).
  test('a cancelled run alone is no proof that older ones are over: looks read on below it', async () => {
    const world = new ScriptedWorld(latestWins(twoBranches));
    await (await world.event('T', 1)).finish();
    const dies = await world.event('B', 4);
    await dies.upTo('function after B');
    await (await world.event('A', 2)).finish();
    await (await world.event('T', 3)).finish();
    await (await world.event('T', 5)).finish();
    expect([world.run('T1').status, world.run('T3').status]).toEqual(['active', 'cancelled']);
    expect(world.run('T3')).not.toHaveProperty('floor');
    world.nowS = 1_000;
    expect(await (await world.event('B', 4)).finish()).toBe('acknowledged');
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'both' });
  });

  // Fails with: a late trigger does not come back for its run (lib/engine/look.ts).
  test('a late trigger whose run another executor holds comes back until that is over', async () => {
    const world = new ScriptedWorld(latestWins(twoBranches));
    await (await world.event('T', 20)).finish();
    await (await world.event('T', 30)).finish();
    expect(world.run('T20').floor).toBe(true);
    const late = await world.event('T', 1);
    await late.through('begin');
    const holder = await world.event('A', 2);
    await holder.upTo('function after A');
    await (await world.event('B', 3)).through('note');
    expect(await late.finish()).toBe('threw Busy');
    await holder.finish();
    expect(await (await world.event('T', 1)).finish()).toBe('acknowledged');
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'both' });
  });

  // Fails with: no floor is ever set (lib/engine/look.ts).
  test('a floor on a torn page is found, and nothing below it is used', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)), { pageEntries: 1 });
    for (const s of [1, 2, 3, 4]) await (await world.event('T', s)).finish();
    expect(world.records.runs().map(({ status, floor }) => [status, floor])).toEqual([
      ['cancelled', true],
      ['cancelled', true],
      ['cancelled', true],
      ['active', undefined],
    ]);
    const event = await world.event('P', 5);
    await event.through('note');
    let pages = 0;
    for (; event.at === 'look'; pages += 1) await event.next();
    // Its own record, the active run, and the newest of the three floors.
    expect(pages).toBe(3);
    await event.finish();
    expect(world.run('T4').output).toBe('bought');
  });
});

describe('sent events', () => {
  const sender = journey(async ({ step }) => {
    await step.run('one', userFunction('one'));
    await step.sendEvent('tell', { name: 'told', data: { cart: '42' } });
  });

  // Fails with: a sent event has the time at which its step ran (lib/engine/code/opening.ts).
  test('a send that is repeated is the same event, at a time that does not depend on the clock', async () => {
    const world = new ScriptedWorld(sender);
    const dies = await world.event('T', 1);
    await dies.upTo('function one');
    world.nowS = 30;
    await dies.through('publish');
    world.nowS = 500;
    await (await world.event('T', 1)).finish();
    expect(world.sent).toHaveLength(2);
    expect(world.sent[1]).toEqual(world.sent[0]);
    expect(world.sent[0]).toMatchObject({ timeMs: tenMs + 1_000, hops: 1, source: 'sojourn.check' });
    expect(world.sent[0]?.id).toMatch(/^[0-9a-f]{32}$/);
  });

  // Fails with: note of a sent event always overwrites (lib/engine/record.ts).
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

  // Fails with: hops do not grow (lib/engine/code/opening.ts).
  test('what a run sends comes after what started it, though it is of the same second and its id is smaller', async () => {
    const world = new ScriptedWorld(
      latestWins(async ({ step, event }) => {
        await step.sendEvent('next', { name: 'T', data: { cart: '42', mark: 'second' } });
        await step.waitForEvent('P', { event: 'P', timeout: '50s' });
        return event.data.mark;
      }),
    );
    await (await world.event('T', 1, { id: 'zzz' })).finish();
    const sent = world.sent[0]!;
    expect(sent.id < 'zzz').toBe(true);
    const { id, hops, data } = sent;
    await (await world.event('T', 1, { id, hops, data })).through('begin');
    await (await world.event('P', 2)).finish();
    expect(world.run('zzz').status).toBe('cancelled');
  });

  // Fails with: nobody waits for the bus (lib/engine/code/code.ts).
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
