/** What the mutants of lib/engine showed unsaid, fourth part: where looks begin and stop, versions of the code, and lost writes. */

import type { Timer } from '../../lib/engine/ports.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { callsOf } from './calls.js';
import { Deployments } from './deployments.js';
import { cart, journey, latestWins } from './journeys.js';
import { ScriptedWorld, tenMs, userFunction } from './scripted.js';

type Tools = JourneyContext<string, string>['step'];

const dayS = 24 * 3_600;

const delivered = (timer: Timer, more: Partial<Timer & { atMs: number }> = {}) =>
  ({ kind: 'timer', ...timer, atMs: tenMs, requestId: 'again', ...more }) as const;

/** A run that somebody holds, with an earlier match on record and a newer trigger. */
async function overtakenAndHeld(): Promise<ScriptedWorld> {
  const world = new ScriptedWorld(
    latestWins(async ({ step }) => {
      await Promise.all([
        step.waitForEvent('A', { event: 'A', timeout: '50s' }),
        step.waitForEvent('B', { event: 'B', timeout: '20s' }).then(() => step.run('one', userFunction('one'))),
      ]);
    }),
  );
  await callsOf(await world.event('T', 1));
  await (await world.fire('B')).upTo('function one');
  await callsOf(await world.event('A', 30));
  await (await world.event('T', 40)).through('begin');
  return world;
}

describe('a look', () => {
  test('by a timer reads back 51 days from its deadline and no further, though its run is old', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => step.waitForEvent('P', { event: 'P', timeout: '34d' }), { cancelOn: [] }),
    );
    await callsOf(await world.event('T', 0));
    const from: string[] = [];
    const look = world.records.look.bind(world.records);
    world.records.look = (pk, page) => {
      from.push(page.from);
      return look(pk, page);
    };
    await callsOf(await world.fire('P', { atS: 34 * dayS + 2 }));
    expect(from).toEqual(['2026-11-05T10:00:00Z']);
  });

  test('by the timer of a run that was handed over reaches it, however old it is', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await callsOf(await world.event('T', 0));
    await callsOf(await world.fire('P', { atS: 60 * dayS, timeoutS: 20 }));
    expect(world.timersOf()).toEqual(['go']);
    await callsOf(await world.fire('go'));
    expect(world.run('T0').output).toBe('reminded');
  });

  test('by the slow clock of a timer takes the deadline of its own run, not of another one', async () => {
    const world = new ScriptedWorld(journey(cart(50), { cancelOn: [] }));
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('T', 5));
    const [, second] = [...world.timers.values()];
    world.nowS = 40;
    await callsOf(await world.deliver(delivered(second!)));
    expect(world.run('T5').output).toBe('reminded');
  });

  test('by a timer that is overtaken by a newer trigger leaves its run to its holder, and is acknowledged', async () => {
    const world = await overtakenAndHeld();
    expect(await (await world.fire('A')).finish()).toBe('acknowledged');
    expect(world.run('T1')).toMatchObject({ status: 'active', lease: expect.anything() });
  });
});

describe('a trigger of a retired journey', () => {
  const retired = (world: ScriptedWorld): void => {
    const engine = world.engine();
    world.engine = () => ({ ...engine, retired: true });
  };

  test.each([
    [
      'cancels is recorded as an event if it is not there: code that awaits it may have kept its data',
      {},
      [true, true],
    ],
    [
      'is awaited is recorded as an event: one from outside without a condition, a sent one only if it is not there',
      { waitsFor: ['P', 'T'] },
      [false, true],
    ],
  ])('that %s', async (_how, options, firstWins) => {
    const world = new ScriptedWorld(journey(cart(50), options));
    retired(world);
    const seen: boolean[] = [];
    const note = world.records.note.bind(world.records);
    world.records.note = (record, options) => {
      seen.push(options.firstWins);
      return note(record, options);
    };
    for (const hops of [0, 1]) await callsOf(await world.event('T', 1, { hops }));
    expect(seen).toEqual(firstWins);
  });

  test('that was recorded in time by an attempt that died is not refused when it comes back too late', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    retired(world);
    world.nowS = 16 * dayS; // acceptLate
    const first = await world.event('T', 1);
    await first.through('note');
    world.nowS += 180;
    expect(await (await world.deliver(first.delivery)).finish()).toBe('acknowledged');
  });

  test('that neither cancels nor is awaited is told, and not recorded', async () => {
    const world = new ScriptedWorld(journey(cart(50), { cancelOn: [{ event: 'X' }] }));
    retired(world);
    expect(await callsOf(await world.event('T', 1))).toEqual(['look']);
    expect(world.facts).toEqual([{ kind: 'notOurs', event: 'T', eventId: 'T1' }]);
  });

  test('comes back for its run while another one holds that, where a newer trigger is on record', async () => {
    const world = await overtakenAndHeld();
    retired(world);
    expect(await (await world.event('T', 1)).finish()).toBe('threw Busy');
  });
});

describe('where ends are told on the bus, a look trusts a floor', () => {
  /** Ten older events below a run that ended 12 s after ten, and set a floor. */
  const worldWithFloor = async (): Promise<{ world: ScriptedWorld; pages: (number | undefined)[] }> => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    const engine = world.engine();
    world.engine = () => ({ ...engine, lifecycleEvents: ['completed'] });
    for (let s = 1; s <= 10; s += 1) await callsOf(await world.event('A', s));
    await callsOf(await world.event('T', 11));
    await callsOf(await world.event('P', 12));
    expect(world.run('T11')).toMatchObject({ floor: true, endedAtMs: tenMs + 12_000 });
    const pages: (number | undefined)[] = [];
    const look = world.records.look.bind(world.records);
    world.records.look = (pk, page) => {
      pages.push(page.limit);
      return look(pk, page);
    };
    return { world, pages };
  };

  test.each([
    ['that is older than its event by more than five minutes and what clocks may differ by', 318, [8]],
    ['not one of that to the very second', 317, [8, 32]],
  ])('%s', async (_what, s, read) => {
    const { world, pages } = await worldWithFloor();
    await callsOf(await world.event('A', s));
    expect(pages).toEqual(read);
  });

  test('that is more than five minutes older than the deadline of its timer, however old its run', async () => {
    const { world, pages } = await worldWithFloor();
    await callsOf(await world.event('T', 100));
    pages.length = 0;
    await (await world.fire('P')).through('look');
    expect(pages).toEqual([8]);
  });
});

describe('a timer', () => {
  test('that comes back to the run that it has ended is not told as one of no run', async () => {
    const world = new ScriptedWorld(journey(async ({ step }) => step.sleep('nap', '10s')));
    await callsOf(await world.event('T', 1));
    const [timer] = [...world.timers.values()];
    await (await world.fire('nap')).through('commit');
    expect(world.run('T1').status).toBe('completed');
    const before = world.facts.length;
    await callsOf(await world.deliver(delivered(timer!)));
    expect(world.facts.slice(before)).toEqual([]);
  });
});

describe('what a match leaves behind', () => {
  const threeWaits = journey(async ({ step }) => {
    for (const name of ['P', 'A', 'B']) await step.waitForEvent(name, { event: name, timeout: '500s' });
  });

  test('is deleted by who matched it: the match of the next wait deletes its own timer only', async () => {
    const world = new ScriptedWorld(threeWaits);
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('P', 2));
    expect(await callsOf(await world.event('A', 3))).toEqual(['note', 'look', 'set', 'commit', 'drop', 'look']);
  });

  test('is deleted by the retry of its event although that goes on with a step first', async () => {
    const world = new ScriptedWorld(
      journey(
        async ({ step }) => {
          await step.waitForEvent('P', { event: 'P', timeout: '500s' });
          await step.run('one', userFunction('one'));
          await step.waitForEvent('A', { event: 'A', timeout: '500s' });
        },
        { cancelOn: [] },
      ),
    );
    await callsOf(await world.event('T', 1));
    await (await world.event('P', 2)).through('commit');
    expect(world.timersOf()).toEqual(['P']);
    world.nowS = 200;
    await callsOf(await world.event('P', 2));
    expect(world.step('T1', 'one')).toBe('done');
    expect(world.timersOf()).toEqual(['A']);
  });

  test('of plain code that got further is deleted once, not by every event after', async () => {
    const world = new ScriptedWorld(
      journey(
        async ({ step }) => {
          const bought = step.waitForEvent('P', { event: 'P', timeout: '500s' });
          await step.waitForEvent('A', { event: 'A', timeout: '500s' });
          if (world.nowS < 30) throw new Error('not yet');
          await bought;
          for (const id of ['one', 'two']) await step.waitForEvent(id, { event: 'B', timeout: '500s' });
        },
        { retries: 1, cancelOn: [] },
      ),
    );
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('A', 2));
    expect((await callsOf(await world.event('P', 40))).filter((call) => call === 'drop')).toHaveLength(2);
    expect((await callsOf(await world.event('B', 50))).filter((call) => call === 'drop')).toHaveLength(1);
  });
});

test('plain code is played no more often than it has come further: once by the look, once by the match, once by the result', async () => {
  let plays = 0;
  const world = new ScriptedWorld(
    journey(async ({ step }) => {
      plays += 1;
      await step.waitForEvent('P', { event: 'P', timeout: '50s' });
      await step.run('one', userFunction('one'));
    }),
  );
  await callsOf(await world.event('T', 1));
  plays = 0;
  await callsOf(await world.event('P', 2));
  expect(plays).toBe(3);
});

describe('a cancellation that comes too late', () => {
  test('deletes nothing of a run that another attempt at the same cause has brought further', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        await step.waitForEvent('P', { event: 'P', timeout: '500s' });
        await step.waitForEvent('A', { event: 'A', timeout: '500s' });
      }),
    );
    await callsOf(await world.event('T', 1));
    const first = await (await world.event('P', 3)).upTo('commit');
    await (await world.event('X', 2)).through('note');
    const second = await (await world.event('P', 3)).upTo('cancel');
    await first.next();
    expect(world.timersOf()).toEqual(['P', 'A']);
    await second.next();
    expect(second.at).toBe('look');
    await callsOf(second);
    expect(world.run('T1').status).toBe('cancelled');
  });
});

describe('a run that was deleted from outside while an invocation looks at it', () => {
  const vanish = (world: ScriptedWorld): void => {
    const absent = async () => ({ outcome: 'absent' }) as const;
    Object.assign(world.records, { commit: absent, cancel: absent, look: async () => ({ runs: [], events: [] }) });
  };

  test.each([
    ['cancels it', 'X', 'cancel', cart(50)],
    ['goes on with it', 'P', 'commit', cart(50)],
    [
      'takes its lease',
      'P',
      'commit',
      async ({ step }) => {
        await step.waitForEvent('P', { event: 'P', timeout: '50s' });
        await step.run('one', userFunction('one'));
      },
    ],
  ] as [string, string, string, ReturnType<typeof cart>][])(
    'is let go by one that %s',
    async (_what, event, write, body) => {
      const world = new ScriptedWorld(journey(body));
      await callsOf(await world.event('T', 1));
      const invocation = await (await world.event(event, 2)).upTo(write);
      vanish(world);
      expect(await callsOf(invocation)).toEqual([write, 'look']);
      expect(invocation.at).toBe('acknowledged');
    },
  );
});

describe('a document has room', () => {
  const large = (chars: number) => ({ data: { cart: '42', text: 'x'.repeat(chars) } });

  /** Waits for P, then goes on; the trigger alone has 200,000 bytes. */
  const worldWith = async (goOn: (step: Tools) => Promise<unknown>): Promise<ScriptedWorld> => {
    const world = new ScriptedWorld(
      journey(
        async ({ step }) => {
          await step.waitForEvent('P', { event: 'P', timeout: '500s' });
          await goOn(step);
        },
        { cancelOn: [] },
      ),
    );
    await callsOf(await world.event('T', 1, large(200_000)));
    return world;
  };

  test.each([
    ['for the waits that are about to be opened, to the byte', 179_527, 'active'],
    ['or the run fails', 179_528, 'failed'],
  ])('%s', async (_what, chars, status) => {
    const world = await worldWith((step) => step.waitForEvent('A', { event: 'A', timeout: '500s' }));
    await callsOf(await world.event('P', 2, large(chars)));
    expect(world.run('T1').status).toBe(status);
  });

  test.each([
    ['for what came in, to the byte, and a step begins', 179_630, 1],
    ['or no step begins', 179_631, 0],
  ])('%s', async (_what, chars, begun) => {
    const world = await worldWith((step) => step.run('one', userFunction('one')));
    const calls = await callsOf(await world.event('P', 2, large(chars)));
    expect(calls.filter((call) => call === 'function one')).toHaveLength(begun);
  });
});

describe('versions of the code', () => {
  const waits = journey(async ({ step }) => step.waitForEvent('P', { event: 'P', timeout: '100s' }), { cancelOn: [] });
  let world: Deployments;
  beforeEach(() => {
    world = new Deployments();
  });

  const withVersion = (run: RunDocument, codeVersion: string | undefined): RunDocument => {
    const { codeVersion: _other, ...rest } = run;
    return codeVersion === undefined ? rest : { ...rest, codeVersion };
  };

  test('a run of no version is everybody’s, and stays so', async () => {
    world.deploy(waits);
    await world.event('T', 0);
    const run = withVersion(world.run('T0'), undefined);
    await world.records.commit({ ...run, rev: 2 }, { rev: 1 });
    world.deploy(waits);
    await world.event('P', 5);
    expect(world.run('T0').status).toBe('completed');
    expect(world.run('T0')).not.toHaveProperty('codeVersion');
    expect(world.calls).not.toContain('forward');
  });

  test('a timer tells the version of its own run only', async () => {
    world.deploy(
      journey(async ({ step }) => step.waitForEvent('older', { event: 'P', timeout: '200s' }), { cancelOn: [] }),
    );
    await world.event('T', 0);
    world.deploy(waits);
    await world.event('T', 1);
    world.forwards.length = 0;
    await world.fire('P');
    expect(world.run('T1').status).toBe('completed');
    expect(world.forwards).toEqual([]);
  });

  test('an event tells no version of a run that is over by something else', async () => {
    world.deploy(waits);
    await world.event('T', 0);
    await world.event('P', 1);
    world.deploy(waits);
    await world.event('P', 5);
    expect(world.calls).not.toContain('forward');
  });

  test('which ones were told is a fact', async () => {
    world.deploy(waits);
    await world.event('T', 0);
    world.deploy(waits);
    await world.event('P', 5);
    expect(world.facts.at(-1)).toEqual({ kind: 'forwarded', version: '1' });
  });

  test('fails where the code knows no versions, but a run has one', async () => {
    const scripted = new ScriptedWorld(waits);
    await callsOf(await scripted.event('T', 1));
    await scripted.records.commit({ ...withVersion(scripted.run('T1'), '7'), rev: 2 }, { rev: 1 });
    const buys = await scripted.event('P', 2);
    expect(await buys.finish()).toBe('threw UnreachableVersion');
    expect(scripted.run('T1').status).toBe('active');
  });
});
