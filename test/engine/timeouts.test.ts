/** `timeouts` of a journey: a run that begins too late or takes too long is cancelled, and nothing else ever is by them. */
import { endedRunOf } from '../../lib/engine/stored/key.js';
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyTimeouts } from '../../lib/journey/timeouts.js';
import { callsOf } from './calls.js';
import { ScriptedWorld, tenMs, userFunction } from './scripted.js';

/** A wait for P, a step, then a wait for Q. */
function limited(timeouts: JourneyTimeouts, waitS = 50): AnyJourney {
  return createJourney(
    {
      id: 'check',
      triggers: [{ event: 'T' }],
      key: 'data.cart',
      waitsFor: ['P', 'Q'],
      cancelOn: [{ event: 'X' }],
      retries: 0,
      timeouts,
      onCancel: ({ cause }) => cause,
    },
    async ({ step }) => {
      await step.waitForEvent('p', { event: 'P', timeout: waitS * 1_000 });
      await step.run('work', userFunction('work'));
      return (await step.waitForEvent('q', { event: 'Q', timeout: '500s' })) === null ? 'no Q' : 'Q';
    },
  );
}

const done = async (world: ScriptedWorld, name: string, s: number) => (await world.event(name, s)).finish();
const outputs = (world: ScriptedWorld) =>
  world.records.runs().flatMap(({ pk, output }) => (endedRunOf(pk) ? [output] : []));

describe('a run that takes longer than timeouts.finish', () => {
  test('is cancelled at that time after its trigger, by a timer of its own, and onCancel is told so', async () => {
    const world = new ScriptedWorld(limited({ finish: '100s' }));
    await done(world, 'T', 0);
    expect(world.timersOf()).toEqual(['(finish)', 'p']);
    await done(world, 'P', 10);
    await (await world.fire('(finish)')).finish();
    expect(world.run('T0')).toMatchObject({
      status: 'cancelled',
      cancelledBy: { name: 'sojourn/timeout.finish', source: 'sojourn.check', timeMs: tenMs + 100_000 },
    });
    expect(outputs(world)).toEqual([{ kind: 'timeout', timeout: 'finish' }]);
    expect(world.timersOf()).toEqual([]);
  });

  test('while its function runs is cancelled, and the step after it does not start', async () => {
    const world = new ScriptedWorld(limited({ finish: '100s' }));
    await done(world, 'T', 0);
    const working = await (await world.event('P', 40)).upTo('function work');
    await (await world.fire('(finish)')).finish();
    expect(await working.finish()).toBe('acknowledged');
    expect(world.run('T0').status).toBe('cancelled');
    expect(world.timersOf()).toEqual(['(lease)']);
  });

  test('is cancelled by whatever looks then, however late its own timer is', async () => {
    const world = new ScriptedWorld(limited({ finish: '100s' }));
    await done(world, 'T', 0);
    await done(world, 'P', 10);
    await done(world, 'Q', 101);
    expect(world.run('T0').status).toBe('cancelled');
    expect(world.timersOf()).toEqual([]);
  });

  test('is cancelled although the clock of its timer is a little slow', async () => {
    const world = new ScriptedWorld(limited({ finish: '100s' }));
    await done(world, 'T', 0);
    await done(world, 'P', 10);
    await (await world.fire('(finish)', { atS: 102, skewMs: -3_000 })).finish();
    expect(world.run('T0').status).toBe('cancelled');
  });

  test('fails to be cancelled when what ends it was recorded before that time', async () => {
    const world = new ScriptedWorld(limited({ finish: '100s' }));
    await done(world, 'T', 0);
    await done(world, 'P', 10);
    const late = await (await world.event('Q', 100)).upTo('look');
    await (await world.fire('(finish)')).finish();
    await late.finish();
    expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'Q' });
  });

  test('fails to be cancelled by what times out at that very instant', async () => {
    const world = new ScriptedWorld(
      createJourney({ id: 'check', triggers: [{ event: 'T' }], timeouts: { finish: '50s' } }, async ({ step }) => {
        await step.sleep('nap', '50s');
        return 'slept';
      }),
    );
    await done(world, 'T', 0);
    world.nowS = 60;
    await (await world.fire('(finish)')).finish();
    expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'slept' });
  });
});

test('what it costs: one more schedule of each run, and its deletion; nothing of a run that has none', async () => {
  const calls = async (timeouts: JourneyTimeouts): Promise<string[][]> => {
    const world = new ScriptedWorld(limited(timeouts));
    return [await callsOf(await world.event('T', 0)), await callsOf(await world.event('X', 10))];
  };
  const [trigger, cancel] = [
    ['set', 'begin', 'look'],
    ['note', 'look', 'cancel', 'drop', 'begin', 'look', 'commit'],
  ];
  expect(await calls({})).toEqual([trigger, cancel]);
  expect(await calls({ start: '1h' })).toEqual([trigger, cancel]);
  expect(await calls({ finish: '1h' })).toEqual([
    ['set', ...trigger!],
    [...cancel!.slice(0, 4), 'drop', ...cancel!.slice(4)],
  ]);
});

test('a run that is over in time leaves no timer behind', async () => {
  const world = new ScriptedWorld(limited({ finish: '100s' }));
  await done(world, 'T', 0);
  await done(world, 'P', 10);
  await done(world, 'Q', 20);
  expect([world.run('T0').status, world.timersOf()]).toEqual(['completed', []]);
});

test('the timer of timeouts.finish is there before the run is, wherever the trigger’s invocation dies', async () => {
  for (let at = 0; ; at += 1) {
    const world = new ScriptedWorld(limited({ finish: '100s' }));
    const invocation = await world.event('T', 0);
    for (let call = 0; call < at && !invocation.ended; call += 1) await invocation.next();
    if (world.records.runs().length > 0) expect(world.timersOf()).toContain('(finish)');
    if (invocation.ended) break;
    await done(world, 'T', 0);
    expect(world.timersOf()).toEqual(['(finish)', 'p']);
  }
});

describe('a run that would begin later than timeouts.start', () => {
  test('is cancelled as it is recorded: one write, no timer, none of its steps; and onCancel is told so', async () => {
    const world = new ScriptedWorld(limited({ start: '60s', finish: '1h' }));
    world.nowS = 61;
    expect((await callsOf(await world.event('T', 0))).slice(0, 2)).toEqual(['begin', 'look']);
    expect(world.run('T0')).toMatchObject({ status: 'cancelled', cancelledBy: { name: 'sojourn/timeout.start' } });
    expect(outputs(world)).toEqual([{ kind: 'timeout', timeout: 'start' }]);
    expect(world.timersOf()).toEqual([]);
  });

  test('and one that begins in time lives on, however often its trigger is repeated', async () => {
    const world = new ScriptedWorld(limited({ start: '60s' }, 500));
    world.nowS = 60;
    await done(world, 'T', 0);
    world.nowS = 90;
    await done(world, 'T', 0);
    expect(world.run('T0').status).toBe('active');
  });
});

test('what follows a run has no timeouts of its own', async () => {
  const world = new ScriptedWorld(
    createJourney(
      {
        id: 'check',
        triggers: [{ event: 'T' }],
        timeouts: { start: '1s', finish: '10s' },
        onCancel: async ({ step }) => {
          await step.sleep('nap', '100s');
          return 'slept';
        },
      },
      async ({ step }) => step.sleep('long', '1h'),
    ),
  );
  await done(world, 'T', 0);
  await (await world.fire('(finish)')).finish();
  await (await world.fire('nap')).finish();
  expect(outputs(world)).toEqual(['slept']);
});
