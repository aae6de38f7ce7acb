/**
 * Waits for several events, on the real engine: what is taken, in whatever order it is delivered, and that one timer serves
 * them all. The comment above a test names the change that it fails with.
 */
import type { WaitStep } from '../../lib/engine/stored/document.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { journey as anyJourney } from './journeys.js';
import { ScriptedWorld, tenMs, userFunction } from './scripted.js';

type Body = (context: JourneyContext<'T' | 'U', 'A' | 'B' | 'P'>) => Promise<unknown>;

const journey = (body: Body) => anyJourney(body as never);

const onboarding = journey(async ({ step }) => {
  const both = await step.waitForAll('both', { events: ['A', 'B'], timeout: '100s' });
  if (both === null) {
    await step.run('remind', userFunction('remind'));
    return 'reminded';
  }
  const [a, b] = both;
  await step.run('welcome', userFunction('welcome'));
  return `${a.name} ${a.id}, ${b.name} ${b.id}`;
});

const firstOf = journey(async ({ step }) => {
  const first = await step.waitForAny('first', { events: ['A', 'B', 'P'], timeout: '100s' });
  const then = await step.waitForAny('then', { events: ['A', 'B'], timeout: '50s' });
  return [first?.id ?? null, then?.id ?? null];
});

const quiet = journey(async ({ step }) => {
  const broken = await step.expectNone('quiet', { events: ['A', 'P'], within: '100s' });
  return broken === null ? 'quiet' : `broken by ${broken.id}`;
});

const play = async (
  world: ScriptedWorld,
  ...events: readonly (readonly [string, number])[]
): Promise<ScriptedWorld> => {
  for (const [name, s] of events) await (await world.event(name, s)).finish();
  return world;
};

const waitOf = (world: ScriptedWorld, trigger: string, step: string): WaitStep =>
  world.run(trigger).steps.get(step) as WaitStep;

describe('waitForAll', () => {
  test('gives the events in the order of the list, whichever came first', async () => {
    for (const events of [
      [['A', 2] as const, ['B', 3] as const],
      [['B', 3] as const, ['A', 2] as const],
      [['B', 2] as const, ['A', 3] as const],
    ]) {
      const world = await play(new ScriptedWorld(onboarding), ['T', 1], ...events);
      const [a, b] = ['A', 'B'].map((name) => events.find((event) => event[0] === name)!.join(''));
      expect(world.run('T1').output).toBe(`A ${a}, B ${b}`);
      expect(world.timers.size).toBe(0);
    }
  });

  test('is one step with one timer, and is not written while an event is missing', async () => {
    const world = await play(new ScriptedWorld(onboarding), ['T', 1], ['A', 2]);
    expect(world.timersOf()).toEqual(['both']);
    expect(world.run('T1')).toMatchObject({ rev: 1, nseq: 0 });
    expect(waitOf(world, 'T1', 'both')).toEqual({
      kind: 'wait',
      event: 'A',
      sinceMs: tenMs + 1_000,
      deadlineMs: tenMs + 101_000,
      state: 'waiting',
      others: [{ event: 'B', sinceMs: tenMs + 1_000 }],
      takes: 'all',
    });
  });

  // Fails with: the last of each event (lib/engine/decision/channel.ts).
  test('takes the first of each event, though more have come and a later one was delivered before', async () => {
    const world = await play(new ScriptedWorld(onboarding), ['T', 1], ['A', 5], ['A', 4], ['A', 6], ['B', 7]);
    expect(world.run('T1').output).toBe('A A4, B B7');
  });

  // Fails with: a wait for all is up at its first event (lib/engine/decision/channel.ts).
  test('is cancelled by what comes before the last event that it needs, not by what comes after it', async () => {
    const before = await play(new ScriptedWorld(onboarding), ['T', 1], ['A', 2]);
    const [cancel, last] = [await before.event('X', 3), await before.event('B', 4)];
    await last.through('note');
    await cancel.through('note');
    await last.finish();
    await cancel.finish();
    expect(before.run('T1')).toMatchObject({ status: 'cancelled', cancelledBy: { id: 'X3' } });

    const after = new ScriptedWorld(onboarding);
    await play(after, ['T', 1], ['A', 2]);
    const [late, needed] = [await after.event('X', 5), await after.event('B', 4)];
    await needed.through('note');
    await late.through('note');
    await late.upTo('function welcome');
    expect(after.step('T1', 'both')).toBe('matched A2');
    await late.finish();
    await needed.finish();
  });

  test('times out though one event came, and an event of the second of its deadline is in time', async () => {
    const late = await play(new ScriptedWorld(onboarding), ['T', 1], ['A', 2]);
    await (await late.fire('both')).finish();
    expect(late.run('T1').output).toBe('reminded');
    const inTime = await play(new ScriptedWorld(onboarding), ['T', 1], ['A', 2]);
    const [timer, last] = [await inTime.fire('both'), await inTime.event('B', 101)];
    await last.through('note');
    await timer.finish();
    await last.finish();
    expect(inTime.run('T1').output).toBe('A A2, B B101');
  });

  test('that has timed out stays so, though the last event turns up afterwards', async () => {
    const world = await play(new ScriptedWorld(onboarding), ['T', 1], ['A', 2]);
    await (await (await world.fire('both')).through('commit')).upTo('function remind');
    await play(world, ['B', 3]);
    expect(world.step('T1', 'both')).toBe('timedOut');
  });

  // Fails with: only the first event of a wait counts as consumed (lib/engine/code/script.ts).
  test('leaves none of its events to a wait behind it', async () => {
    const twice = journey(async ({ step }) => {
      const one = await step.waitForAll('one', { events: ['A', 'B'], timeout: '100s' });
      const two = await step.waitForAll('two', { events: ['B', 'A'], timeout: '100s', since: 'trigger' });
      return [...(one ?? []), ...(two ?? [])].map(({ id }) => id);
    });
    const world = await play(new ScriptedWorld(twice), ['T', 1], ['A', 2], ['B', 2]);
    expect(world.step('T1', 'two')).toBe('waiting');
    await play(world, ['B', 3], ['A', 4]);
    expect(world.run('T1').output).toEqual(['A2', 'B2', 'B3', 'A4']);
  });

  test('a retry whose process died after the match gives the code the same events', async () => {
    const world = await play(new ScriptedWorld(onboarding), ['T', 1], ['A', 4]);
    const dies = await world.event('B', 5);
    await dies.upTo('function welcome'); // It dies here; A3 is older than what was taken.
    world.nowS += 200;
    await play(world, ['A', 3]);
    await (await world.event('B', 5)).finish();
    expect(world.run('T1').output).toBe('A A4, B B5');
  });

  test('keeps no data of its events once the run is over', async () => {
    const world = await play(new ScriptedWorld(onboarding), ['T', 1], ['A', 2], ['B', 3]);
    const { matched, matchedOthers } = waitOf(world, 'T1', 'both');
    expect([matched, ...(matchedOthers ?? [])].map((event) => [event?.id, event?.data])).toEqual([
      ['A2', undefined],
      ['B3', undefined],
    ]);
  });

  test('has a window of its own for an event that asks for one', async () => {
    const windows = journey(async ({ step }) => {
      await step.run('one', userFunction('one'));
      const events = ['A', { event: 'B', since: 'last-step' }] as const;
      return (await step.waitForAll('both', { events, timeout: '100s' }))?.map(({ id }) => id) ?? null;
    });
    const world = new ScriptedWorld(windows);
    const run = await world.event('T', 1);
    await run.upTo('function one');
    await play(world, ['A', 2], ['B', 2]);
    world.nowS = 5;
    await run.finish();
    expect(world.step('T1', 'both')).toBe('waiting');
    await play(world, ['B', 6]);
    expect(world.run('T1').output).toEqual(['A2', 'B6']);
  });
});

describe('waitForAny', () => {
  // Fails with: only the first event of a wait is looked for (lib/engine/decision/channel.ts).
  test('takes the first in event order, not in order of arrival, and releases the others', async () => {
    const world = await play(new ScriptedWorld(firstOf), ['P', 4], ['B', 3], ['T', 1]);
    expect(world.step('T1', 'first')).toBe('matched B3');
    expect(world.timersOf()).toEqual(['then']);
    await play(world, ['A', 5]);
    expect(world.run('T1').output).toEqual(['B3', 'A5']);
    expect(world.timers.size).toBe(0);
  });

  test('leaves what it did not take to a wait behind it, and what it took to none', async () => {
    const world = await play(new ScriptedWorld(firstOf), ['T', 1], ['B', 3], ['B', 3], ['A', 3]);
    expect(world.run('T1').output).toEqual(['B3', 'A3']);
  });

  test('is null when the time is up', async () => {
    const world = await play(new ScriptedWorld(firstOf), ['T', 1]);
    await (await world.fire('first')).finish();
    await (await world.fire('then')).finish();
    expect(world.run('T1').output).toEqual([null, null]);
  });

  test('for one event is stored as waitForEvent is', async () => {
    const stored = async (code: Body) =>
      JSON.stringify([...(await play(new ScriptedWorld(journey(code)), ['T', 1])).run('T1').steps]);
    expect(await stored(async ({ step }) => step.waitForAny('w', { events: [{ event: 'A' }], timeout: '9s' }))).toBe(
      await stored(async ({ step }) => step.waitForEvent('w', { event: 'A', timeout: '9s' })),
    );
  });
});

describe('two events of one name, told apart by their filters', () => {
  const filtered = journey(async ({ step }) => {
    const events = [
      { event: 'A', if: 'async.data.amount >= 10' },
      { event: 'A', if: 'async.data.amount <= 10' },
    ] as const;
    const both = await step.waitForAll('both', { events, timeout: '100s' });
    const then = await step.waitForAny('then', { events, timeout: '100s' });
    return [...(both ?? []), then].map((event) => event?.id ?? null);
  });
  const pay = async (world: ScriptedWorld, ...paid: readonly (readonly [number, number])[]) => {
    for (const [s, amount] of paid) await (await world.event('A', s, { data: { cart: '42', amount } })).finish();
    return world.run('T1').output;
  };

  test('are both needed, and a wait behind takes neither again', async () => {
    const world = await play(new ScriptedWorld(filtered), ['T', 1]);
    expect(await pay(world, [2, 5], [3, 4])).toBeUndefined();
    expect(world.step('T1', 'both')).toBe('waiting');
    expect(await pay(world, [4, 20])).toBeUndefined();
    expect(waitOf(world, 'T1', 'both').matchedOthers?.map(({ id, channel }) => [id, channel])).toEqual([['A2', 1]]);
    expect(await pay(world, [5, 3])).toEqual(['A4', 'A2', 'A5']);
  });

  test('may be one event, which passes both', async () => {
    const world = await play(new ScriptedWorld(filtered), ['T', 1]);
    expect(await pay(world, [2, 10], [3, 10])).toEqual(['A2', 'A2', 'A3']);
  });
});

describe('expectNone', () => {
  test('is null when nothing came within the time', async () => {
    const world = await play(new ScriptedWorld(quiet), ['T', 1], ['B', 50]);
    await (await world.fire('quiet')).finish();
    expect(world.run('T1').output).toBe('quiet');
  });

  test('gives the event that broke it, at once', async () => {
    const world = await play(new ScriptedWorld(quiet), ['T', 1], ['P', 50]);
    expect(world.run('T1').output).toBe('broken by P50');
    expect(world.timers.size).toBe(0);
  });

  test('takes one event as well as a list', async () => {
    const one = journey(async ({ step }) => step.expectNone('quiet', { event: 'B', within: '100s', since: 'trigger' }));
    const world = await play(new ScriptedWorld(one), ['T', 1], ['A', 2]);
    expect(waitOf(world, 'T1', 'quiet')).toMatchObject({ event: 'B', takes: 'none', sinceMs: tenMs + 1_000 });
    expect(waitOf(world, 'T1', 'quiet').others).toBeUndefined();
  });
});

describe('a call that cannot be made fails the run:', () => {
  const failure = async (code: Body): Promise<string> => {
    const world = await play(new ScriptedWorld(journey(code)), ['T', 1]);
    return `${world.run('T1').status}: ${world.run('T1').error?.message}`;
  };

  test.each<[string, Body, string]>([
    [
      'no list',
      async ({ step }) => step.waitForAll('w', { timeout: '1h' } as never),
      "waitForAll 'w' has no list of events. Got: undefined. Expected: at least one event.",
    ],
    ['an empty list', async ({ step }) => step.waitForAny('w', { events: [], timeout: '1h' }), 'Got: [].'],
    [
      'an event twice',
      async ({ step }) => step.waitForAny('w', { events: ['A', { event: 'A', since: 'trigger' }], timeout: '1h' }),
      'waitForAny \'w\' names an event twice. Got: "A".',
    ],
    [
      'an undeclared event',
      async ({ step }) => step.expectNone('w', { events: ['A', 'Z'], within: '1h' } as never),
      "Wait 'w' awaits an event that journey 'check' does not declare. Got: \"Z\".",
    ],
    [
      'another path than the key',
      async ({ step }) => step.waitForAll('w', { events: [{ event: 'A', match: 'data.other' }], timeout: '1h' }),
      '[UnsupportedMatch]',
    ],
    ['no time', async ({ step }) => step.expectNone('w', { event: 'A' } as never), '[InvalidDuration]'],
    [
      'an unknown window of one event',
      async ({ step }) => step.waitForAll('w', { events: [{ event: 'A', since: 'ever' as never }], timeout: '1h' }),
      "has an unknown 'since'",
    ],
    ['no options', async ({ step }) => step.waitForAny('w', undefined as never), '[InvalidEvents]'],
  ])('%s', async (_what, code, said) => {
    expect(await failure(code)).toContain(said);
    expect(await failure(code)).toMatch(/^failed: /);
  });
});

describe('changed code under a wait on record', () => {
  const changed = async (first: Body, then: Body) => {
    const world = await play(new ScriptedWorld(journey(first)), ['T', 1]);
    return play(new ScriptedWorld(journey(then), { records: world.records }), ['A', 2], ['B', 3]);
  };
  const all =
    (...events: ('A' | 'B' | 'P')[]): Body =>
    async ({ step }) =>
      (await step.waitForAll('w', { events, timeout: '100s' }))?.map(({ id }) => id);

  // Fails with: a wait for all is any wait (lib/engine/code/several.ts).
  test('fails where the code awaits another list than is on record, or an event instead of a list', async () => {
    expect((await changed(all('A', 'B'), all('A', 'P'))).run('T1').error?.message).toContain(
      "step 'w' is on record as wait for all of A, B, the code calls wait for all of A, P",
    );
    const any: Body = async ({ step }) => (await step.waitForAny('w', { events: ['A', 'B'], timeout: '100s' }))?.id;
    expect((await changed(all('A', 'B'), any)).run('T1').error?.name).toBe('NonDeterminism');
    expect((await changed(any, all('A', 'B'))).run('T1').error?.name).toBe('NonDeterminism');
  });

  test('goes on where an event is what both come to', async () => {
    const one: Body = async ({ step }) => (await step.waitForEvent('w', { event: 'A', timeout: '100s' }))?.id;
    const none: Body = async ({ step }) => (await step.expectNone('w', { events: ['A', 'B'], within: '5s' }))?.id;
    expect((await changed(one, none)).run('T1')).toMatchObject({ status: 'completed', output: 'A2' });
    expect((await changed(all('A', 'B'), all('A', 'B'))).run('T1').output).toEqual(['A2', 'B3']);
  });
});
