/**
 * Edges that only the first simulator of the real code has found: each was a history that broke the promise. The comment above a
 * test names the change that it fails with.
 */
import { runIdOf } from '../../lib/engine/stored/key.js';
import { NonRetriableError, RetryAfterError } from '../../lib/journey/errors.js';
import { cart, journey, latestWins, twoSteps } from './journeys.js';
import { ScriptedWorld, userFunction } from './scripted.js';

describe('found by the simulator', () => {
  // Fails with: a cancelled run taken for one's own write (lib/engine/attempt.ts).
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

  // Fails with: armed timers not cleaned after a lost D1 (lib/engine/drive.ts).
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

  // Fails with: what could not be settled is not thrown (lib/engine/look.ts).
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

  // Fails with: an own lost cancellation is not cleaned up after (lib/engine/settle.ts).
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

  // Fails with: a run that could not be settled is settled again by the same attempt (lib/engine/look.ts).
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

  // Fails with: plain code that got further is forgotten before its timer (lib/engine/drive.ts).
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

  // Fails with: final failure of plain code as a result (lib/engine/drive.ts).
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
