/**
 * The counterexamples that a model checker found against earlier drafts of the protocol (numbers: protocol check, section 5),
 * on the real engine. The comment above a test names the change that it fails with (`npm run prove`). T starts a run and cancels older ones, P is awaited; digits are event times in seconds.
 */
import { cart, firstOfTwo, journey, twoBranches, welcome } from './journeys.js';
import { ScriptedWorld, tenMs, userFunction } from './scripted.js';

describe('no run is stuck', () => {
  // Fails with: timers after the Put, only if it was done (lib/engine/record.ts).
  test('1: a trigger that dies after its Put leaves a run that has its timer', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    const dies = await world.event('T', 1);
    await dies.through('begin');
    expect(world.timersOf()).toEqual(['P']);
    const retry = await world.event('T', 1);
    expect(await retry.finish()).toBe('acknowledged');
    expect(world.timersOf()).toEqual(['P']);
    await (await world.fire('P')).finish();
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'reminded' });
  });

  // Fails with: cause = request id (lib/engine/handle.ts).
  test('2: a redriven trigger is not acknowledged while a dead attempt at it holds its run', async () => {
    const world = new ScriptedWorld(journey(welcome(50)));
    const dies = await world.event('T', 1);
    await dies.through('begin');
    const redriven = await world.event('T', 1, { requestId: 'another' });
    expect(await redriven.finish()).toBe('threw Busy');
    world.nowS = 1_000;
    const later = await world.event('T', 1, { requestId: 'a third' });
    expect(await later.finish()).toBe('acknowledged');
    expect(world.step('T1', 'welcome')).toBe('done');
  });

  // Fails with: a repeated trigger does not look (lib/engine/record.ts).
  test('3: the retry of a trigger cancels the older run that its first attempt did not come to', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const dies = await world.event('T', 2);
    await dies.through('begin');
    await (await world.event('T', 2)).finish();
    expect(world.run('T1').status).toBe('cancelled');
    expect(world.run('T2').status).toBe('active');
  });

  // Fails with: timers fire at their very deadline (lib/limits.ts).
  test('15: a timer that fires while its run is held is made up for by the holder, though its clock is slow', async () => {
    const world = new ScriptedWorld(journey(welcome(30)));
    const holder = await world.event('T', 1, { skewMs: -1_900 });
    await holder.through('set');
    expect(holder.at).toBe('commit');
    const timer = await world.fire('P');
    expect(await timer.finish()).toBe('acknowledged');
    expect(await holder.finish()).toBe('acknowledged');
    expect(world.step('T1', 'P')).toBe('timedOut');
  });

  // Fails with: an early timer looks, with its own clock (lib/engine/handle.ts).
  test('15: a timer whose function has a slow clock decides its deadline all the same', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const timer = await world.fire('P', { skewMs: -3_000 });
    expect(await timer.finish()).toBe('acknowledged');
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'reminded' });
  });

  // Fails with: the cause of a timer is its request id (lib/engine/handle.ts).
  test('17: the retry of a timer that died in the step behind its wait finds its run, though nobody waits any more', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const [timer] = [...world.timers.values()];
    await (await world.fire('P')).upTo('function remind');
    expect(world.step('T1', 'P')).toBe('timedOut');
    const again = { kind: 'timer', ...timer!, requestId: 'a redrive' } as const;
    expect(await (await world.deliver(again)).finish()).toBe('threw Busy');
    world.nowS = 1_000;
    expect(await (await world.deliver(again)).finish()).toBe('acknowledged');
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'reminded' });
  });

  // Fails with: no look after D5 (lib/engine/drive.ts).
  test('an event that is recorded between the look of a holder and its letting go is found by the look after', async () => {
    const world = new ScriptedWorld(journey(welcome(50)));
    const holder = await world.event('T', 1);
    await holder.through('function welcome');
    const purchase = await world.event('P', 2);
    expect(await purchase.finish()).toBe('acknowledged');
    expect(world.step('T1', 'P')).toBe('none');
    await holder.finish();
    expect(world.run('T1').output).toBe('bought');
  });
});

describe('one outcome', () => {
  // Fails with: a run that another holds is settled all the same (lib/engine/settle.ts).
  test('4: what is delivered while a race is decided does not flip it', async () => {
    const world = new ScriptedWorld(journey(firstOfTwo));
    let runs = 0;
    world.functions.b = () => {
      runs += 1;
      return 'b';
    };
    await (await world.event('T', 1)).finish();
    const b = await world.event('B', 3);
    await b.through('function b');
    await (await world.event('A', 2)).finish();
    await b.finish();
    expect(world.run('T1').output).toBe('b');
    expect([...world.run('T1').steps.keys()]).not.toContain('a');
    expect(runs).toBe(1);
  });

  // Fails with: replay by call order, not by seq (lib/engine/code/script.ts).
  test('4: the loser of a race that is matched later does not win at a replay', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        const winner = await Promise.race([
          step.waitForEvent('A', { event: 'A', timeout: '100s' }).then(() => 'a'),
          step.waitForEvent('B', { event: 'B', timeout: '100s' }).then(() => 'b'),
        ]);
        await step.waitForEvent(`then ${winner}`, { event: 'P', timeout: '100s' });
        return winner;
      }),
    );
    await (await world.event('T', 1)).finish();
    await (await world.event('B', 2)).finish();
    await (await world.event('A', 3)).finish();
    expect([world.step('T1', 'A'), world.step('T1', 'B')]).toEqual(['matched A3', 'matched B2']);
    await (await world.event('P', 4)).finish();
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'b' });
  });

  // Fails with: a wait opened after a match takes it again (lib/engine/code/script.ts).
  test('a second wait for the same event does not take the event that the first one took', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        const first = await step.waitForEvent('first', { event: 'P', timeout: '50s' });
        const second = await step.waitForEvent('second', { event: 'P', timeout: '50s' });
        return [first, second].map((event) => (event as { id: string } | null)?.id);
      }),
    );
    await (await world.event('T', 1)).finish();
    await (await world.event('P', 2)).finish();
    expect(world.step('T1', 'second')).toBe('waiting');
    await (await world.event('P', 2, { id: 'P2b' })).finish();
    expect(world.run('T1').output).toEqual(['P2', 'P2b']);
  });

  // Fails with: a lease that ends with the invocation (lib/engine/attempt.ts).
  test('10: a lease lasts 5 s longer than the invocation that holds it', async () => {
    const world = new ScriptedWorld(journey(welcome(50)));
    await (await world.event('T', 1, { timeoutS: 60 })).upTo('function welcome');
    expect(world.run('T1').lease?.untilMs).toBe(tenMs + 66_000);
    world.nowS = 65.999;
    expect(await (await world.event('T', 1)).finish()).toBe('threw Busy');
    world.nowS = 66;
    expect(await (await world.event('T', 1)).finish()).toBe('acknowledged');
  });

  // Fails with: take-over of one's own lease before it ends (lib/engine/settle.ts).
  test('10: a duplicate beside, with the same request id, does not run the function too', async () => {
    const world = new ScriptedWorld(journey(welcome(50)));
    const first = await world.event('T', 1);
    await first.upTo('function welcome');
    const twin = await world.event('T', 1);
    expect(await twin.finish()).toBe('threw Busy');
    await first.finish();
    expect(world.run('T1').rev).toBe(2);
  });

  // Fails with: no own write recognised (lib/engine/attempt.ts).
  test('14: a write whose answer was lost is recognised as one’s own, and not written again', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        await step.run('one', userFunction('one'));
        await step.run('two', userFunction('two'));
      }),
    );
    const trigger = await world.event('T', 1);
    await trigger.upTo('commit');
    const doneAtMs = (): unknown => (world.run('T1').steps.get('one') as { doneAtMs?: number })?.doneAtMs;
    await trigger.next('twice');
    expect(trigger.at).toBe('function two');
    const before = doneAtMs();
    world.nowS = 9;
    expect(await trigger.finish()).toBe('acknowledged');
    expect(before).toBeDefined();
    expect(doneAtMs()).toBe(before);
    expect(world.run('T1').status).toBe('completed');
  });

  // Fails with: match applied while code can go on (lib/engine/settle.ts).
  test('19: the retry of a dead executor takes no second decision before the code has gone on', async () => {
    const world = new ScriptedWorld(journey(twoBranches));
    await (await world.event('T', 1)).finish();
    const dies = await world.event('A', 2);
    await dies.through('commit');
    const b = await world.event('B', 3);
    expect(await b.finish()).toBe('acknowledged');
    expect(world.step('T1', 'B')).toBe('waiting');
    world.nowS = 1_000;
    const retry = await world.event('A', 2);
    await retry.upTo('function after A');
    expect(world.step('T1', 'B')).toBe('waiting');
    await retry.finish();
    expect(world.run('T1').output).toBe('both');
  });
});

describe('event order', () => {
  // Fails with: the last on record decides (lib/engine/decision/decide.ts).
  test('5: a wait takes the earliest event on record, though a later one is handled first', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const slow = await world.event('P', 2);
    await slow.through('note');
    await (await world.event('P', 3)).finish();
    expect(world.step('T1', 'P')).toBe('matched P2');
    expect(await slow.finish()).toBe('acknowledged');
  });

  // Fails with: a cancellation comes before anything else (lib/engine/decision/decide.ts).
  test('6: a newer trigger does not cancel a run that an earlier event on record had matched', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const slow = await world.event('P', 2);
    await slow.through('note');
    await (await world.event('T', 3)).finish();
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'bought' });
    await slow.finish();
    expect(world.run('T3').status).toBe('active');
  });

  // Fails with: a cancellation comes before anything else (lib/engine/decision/decide.ts).
  test('7: a deadline comes before what happens after it, however late its timer', async () => {
    const world = new ScriptedWorld(journey(cart(4)));
    await (await world.event('T', 1)).finish();
    await (await world.event('T', 7)).finish();
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'reminded' });
    expect(world.run('T7').status).toBe('active');
  });

  // Fails with: a timer looks at its own run only (lib/engine/look.ts).
  test('7b: a timer looks at everything, not at its own wait only', async () => {
    const world = new ScriptedWorld(journey(cart(4)));
    await (await world.event('T', 1)).finish();
    const slow = await world.event('T', 2);
    await slow.through('begin');
    await (await world.fire('P')).finish();
    expect(world.run('T1').status).toBe('cancelled');
    await slow.finish();
  });

  // Fails with: since = completion of the step before (lib/engine/code/opening.ts).
  test('8: what happens while a step runs is seen by the wait after it', async () => {
    const world = new ScriptedWorld(journey(welcome(50)));
    const dies = await world.event('T', 1);
    await dies.upTo('function welcome');
    await (await world.event('P', 2)).finish();
    world.nowS = 1_000;
    await (await world.event('T', 1)).finish();
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'bought' });
  });

  // Fails with: clock read after the Query (lib/engine/look.ts).
  test('16: an event that is recorded after the read began is not overlooked in favour of the deadline', async () => {
    const world = new ScriptedWorld(journey(cart(4)));
    await (await world.event('T', 1)).finish();
    // Somebody looks a little before the deadline of 5 and gets the answer long after it.
    const looking = await world.event('U', 4);
    await looking.upTo('look');
    await looking.next('ok', 9);
    const purchase = await world.event('P', 5);
    await purchase.through('note');
    await looking.finish();
    await purchase.finish();
    expect(world.step('T1', 'P')).toBe('matched P5');
  });

  // Fails with: C1 with status = active only (lib/memory/records.ts).
  test('18: a cancellation that was decided while a run was held is decided anew once its holder has let go', async () => {
    const world = new ScriptedWorld(journey(welcome(50)));
    const holder = await world.event('T', 1);
    await holder.upTo('function welcome');
    const canceller = await world.event('X', 3);
    await canceller.upTo('cancel');
    await (await world.event('P', 2)).through('note');
    await holder.through('commit');
    await canceller.through('cancel');
    expect(world.run('T1').status).toBe('active');
    await canceller.finish();
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'bought' });
  });
});

describe('no timer is left behind', () => {
  // Fails with: clean-up on fencing (lib/engine/drive.ts).
  test('9: an executor that lost the run does not delete the timers of the one that has it', async () => {
    const world = new ScriptedWorld(journey(welcome(50)));
    const zombie = await world.event('T', 1);
    await zombie.upTo('function welcome');
    world.nowS = 200;
    const heir = await world.event('T', 1);
    await heir.through('function welcome');
    await heir.finish();
    expect(world.timersOf()).toEqual(['P']);
    // The zombie's function ends in the same millisecond, so it computes the very same timer.
    await zombie.finish();
    expect(world.timersOf()).toEqual(['P']);
  });

  // Fails with: a duplicate trigger leaves the timers it made (lib/engine/record.ts).
  test('11: a duplicate of a trigger deletes the timer that it made for a run that is over', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    await (await world.event('P', 2)).finish();
    expect(world.timersOf()).toEqual([]);
    const again = await world.event('T', 1);
    await again.through('set');
    expect(world.timersOf()).toEqual(['P']);
    await again.finish();
    expect(world.timersOf()).toEqual([]);
  });

  // Fails with: a retry cleans up nothing (lib/engine/settle.ts).
  test('12: the retry of an executor that died before deleting a matched timer deletes it', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const dies = await world.event('P', 2);
    await dies.through('commit');
    expect(world.timersOf()).toEqual(['P']);
    await (await world.event('P', 2)).finish();
    expect(world.timersOf()).toEqual([]);
  });

  // Fails with: matched waits keep their timers at the end (lib/engine/ends/cleanup.ts).
  test('13: a wait whose match was written while its deleter died leaves no timer when the run ends', async () => {
    const world = new ScriptedWorld(journey(twoBranches));
    await (await world.event('T', 1)).finish();
    const dies = await world.event('A', 2);
    await dies.through('commit');
    expect(dies.at).toBe('drop');
    await (await world.event('B', 3)).finish();
    expect(world.timersOf()).toEqual(['A', 'B']);
    world.nowS = 1_000;
    await (await world.event('A', 2)).finish();
    expect(world.run('T1').output).toBe('both');
    expect(world.timersOf()).toEqual([]);
  });

  // Fails with: cleanup without what the code opens next (lib/engine/ends/cleanup.ts).
  test('a cancelled run loses the timers of waits that its code was about to open', async () => {
    const world = new ScriptedWorld(journey(welcome(50)));
    const fails = await world.event('T', 1);
    await fails.through('set');
    // The write that shows the wait fails; what the step has done is kept.
    await fails.next('fails');
    await fails.finish();
    expect([world.step('T1', 'welcome'), world.step('T1', 'P')]).toEqual(['done', 'none']);
    expect(world.timersOf()).toEqual(['P']);
    await (await world.event('X', 2)).finish();
    expect(world.run('T1').status).toBe('cancelled');
    expect(world.timersOf()).toEqual([]);
  });

  // Fails with: a timer of an ended run is not reported (lib/engine/handle.ts).
  test('a timer that a dead executor made for a wait it never showed fires once and finds nothing', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        await step.waitForEvent('A', { event: 'A', timeout: '100s' });
        await step.waitForEvent('B', { event: 'B', timeout: '100s' });
      }),
    );
    await (await world.event('T', 1)).finish();
    const dies = await world.event('A', 3);
    await dies.through('set');
    await (await world.event('X', 2)).finish();
    expect(world.run('T1').status).toBe('cancelled');
    expect(world.timersOf()).toEqual(['B']);
    expect(await (await world.fire('B')).finish()).toBe('acknowledged');
    expect(world.facts.at(-1)).toMatchObject({ kind: 'timerOfNoRun', status: 'over' });
  });
});
