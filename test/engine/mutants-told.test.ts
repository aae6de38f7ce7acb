/** What the mutants of lib/engine showed unsaid, second part: what is told, what is kept of an end, and the edges of a look. */
import { RetryAfterError } from '../../lib/journey/errors.js';
import type { StepTools } from '../../lib/journey/step.js';
import { callsOf } from './calls.js';
import { cart, journey, latestWins } from './journeys.js';
import { ScriptedWorld, tenMs, userFunction } from './scripted.js';

const dayMs = 24 * 3_600_000;

/** Waits for P, then for A. */
const twoWaits = journey(async ({ step }) => {
  await step.waitForEvent('P', { event: 'P', timeout: '500s' });
  await step.waitForEvent('A', { event: 'A', timeout: '500s' });
});

describe('what is told', () => {
  test('of a wait that is matched, and of the run that ends by it', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('P', 2));
    expect(world.facts).toEqual([
      { kind: 'runStarted', run: expect.any(String) },
      { kind: 'waitMatched', run: expect.any(String), step: 'P' },
      { kind: 'runCompleted', run: expect.any(String) },
    ]);
  });

  test('of a wait that timed out, not of a sleep that is over', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        await step.sleep('nap', '10s');
        await step.waitForEvent('P', { event: 'P', timeout: '50s' });
      }),
    );
    await callsOf(await world.event('T', 1));
    await callsOf(await world.fire('nap'));
    await callsOf(await world.fire('P'));
    expect(world.facts.map((fact) => [fact.kind, 'step' in fact && fact.step])).toEqual([
      ['runStarted', false],
      ['waitTimedOut', 'P'],
      ['runCompleted', false],
    ]);
  });

  test('of failures: which attempt, and whether it was the last', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => step.run('one', userFunction('one')), { retries: 1, cancelOn: [] }),
    );
    world.functions.one = () => {
      throw new TypeError('no');
    };
    await callsOf(await world.event('T', 1));
    await callsOf(await world.fire('one'));
    expect(world.facts.slice(1)).toEqual([
      { kind: 'stepFailed', run: expect.any(String), step: 'one', attempt: 1, error: 'TypeError', final: false },
      { kind: 'stepFailed', run: expect.any(String), step: 'one', attempt: 2, error: 'TypeError', final: true },
      // The plain code does not catch it.
      { kind: 'stepFailed', run: expect.any(String), step: '(journey)', attempt: 1, error: 'TypeError', final: true },
      { kind: 'runFailed', run: expect.any(String), error: 'TypeError' },
    ]);
  });

  test('of a cancellation: by which event; its data is not kept', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('X', 2));
    expect(world.facts.at(-1)).toEqual({ kind: 'runCancelled', run: expect.any(String), event: 'X' });
    expect(world.run('T1').cancelledBy).toEqual({
      id: 'X2',
      name: 'X',
      source: 'test',
      timeMs: tenMs + 2_000,
      hops: 0,
    });
  });

  test('fails to keep the data of the newer trigger that cancels', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('T', 2));
    expect(world.run('T1').cancelledBy).toMatchObject({ id: 'T2' });
    expect(world.run('T1').cancelledBy).not.toHaveProperty('data');
  });

  test('never of an end that was not written', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await callsOf(await world.event('T', 1));
    const reminds = await world.fire('P');
    await reminds.through('function remind');
    await callsOf(await world.event('X', 51));
    await callsOf(reminds);
    expect(world.facts.map(({ kind }) => kind)).toEqual(['runStarted', 'waitTimedOut', 'runCancelled', 'timerOfNoRun']);
  });
});

describe('the events of ends', () => {
  const worldOf = (output: unknown): ScriptedWorld => {
    const world = new ScriptedWorld(journey(async () => output, { cancelOn: [] }));
    const engine = world.engine();
    world.engine = () => ({ ...engine, lifecycleEvents: ['completed'] });
    return world;
  };

  test('of two runs are two events', async () => {
    const world = worldOf('done');
    for (const id of ['t1', 't2']) await callsOf(await world.event('T', 1, { id }));
    expect(new Set(world.sent.map(({ id }) => id)).size).toBe(2);
  });

  test('are sent where there is no output too', async () => {
    const world = worldOf(undefined);
    await callsOf(await world.event('T', 1));
    expect(world.sent).toHaveLength(1);
    expect(world.sent[0]!.data).not.toHaveProperty('output');
  });

  test.each([
    ['carry an output of 192 KiB', 0, 'output'],
    ['leave out a larger one, and say so', 1, 'outputOmitted'],
  ])('%s', async (_what, more, property) => {
    const world = worldOf('x'.repeat(192 * 1_024 - 2 + more));
    await callsOf(await world.event('T', 1));
    expect(world.sent[0]!.data).toHaveProperty(property);
  });
});

describe('what is kept of an end', () => {
  test('no output where the code returns none, and no floor where newer triggers do not cancel', async () => {
    const world = new ScriptedWorld(journey(async ({ step }) => void (await step.run('one', userFunction('one')))));
    await callsOf(await world.event('T', 1));
    const kept = Object.keys(world.run('T1'));
    expect(kept).toContain('expiresAtS');
    expect(kept).not.toContain('output');
    expect(kept).not.toContain('floor');
    expect(kept).not.toContain('codeVersion');
  });

  test('names and times of its steps, neither what came nor what they gave', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        await step.waitForEvent('P', { event: 'P', timeout: '50s' });
        await step.run('one', userFunction('one'));
        await step.sendEvent('tell', { name: 'B', data: {} });
        await step.sleep('nap', '10s');
      }),
    );
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('P', 2));
    expect(world.run('T1').steps.get('P')).toHaveProperty('matched.data');
    expect(world.run('T1').steps.get('one')).toHaveProperty('result');
    await callsOf(await world.fire('nap'));
    const { status, steps } = world.run('T1');
    expect(status).toBe('completed');
    expect(steps.get('P')).toMatchObject({ state: 'matched', matched: { id: 'P2', name: 'P' } });
    expect(steps.get('P')).not.toHaveProperty('matched.data');
    for (const id of ['one', 'tell']) {
      expect(steps.get(id)).toMatchObject({ state: 'done', doneAtMs: tenMs + 2_000 });
      expect(steps.get(id)).not.toHaveProperty('result');
    }
    expect(steps.get('nap')).toMatchObject({ state: 'timedOut', deadlineMs: tenMs + 12_000 });
  });

  test('a floor where every older run is over', async () => {
    const world = new ScriptedWorld(latestWins(cart(50)));
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('T', 2));
    await callsOf(await world.event('P', 3));
    expect(world.run('T2')).toMatchObject({ status: 'completed', floor: true });
  });
});

describe('a look', () => {
  const limitsOfLooks = (world: ScriptedWorld): (number | undefined)[] => {
    const seen: (number | undefined)[] = [];
    const look = world.records.look.bind(world.records);
    world.records.look = (pk, page) => {
      seen.push(page.limit);
      return look(pk, page);
    };
    return seen;
  };

  test('of a latest-wins journey reads 8, then 32, then all, while it finds no floor', async () => {
    const world = new ScriptedWorld(latestWins(cart(500)));
    for (let s = 1; s <= 50; s += 1) await callsOf(await world.event('A', s));
    const seen = limitsOfLooks(world);
    await callsOf(await world.event('A', 51));
    expect(seen).toEqual([8, 32, undefined]);
  });

  test('of any other journey reads all at once', async () => {
    const world = new ScriptedWorld(journey(cart(500), { cancelOn: [] }));
    for (let s = 1; s <= 50; s += 1) await callsOf(await world.event('A', s));
    const seen = limitsOfLooks(world);
    await callsOf(await world.event('A', 51));
    expect(seen).toEqual([undefined]);
  });

  test('by a timer reaches its run, however old that is', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await callsOf(await world.event('T', 1));
    const years = 3 * 365 * 24 * 3_600;
    await callsOf(await world.fire('P', { atS: years }));
    expect(world.run('T1').output).toBe('reminded');
  });

  test('by an event reaches the runs that an overdue timer may have left, 51 days back', async () => {
    const world = new ScriptedWorld(journey(cart(50), { cancelOn: [] }));
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('A', 51 * 24 * 3_600));
    expect(world.run('T1').output).toBe('reminded');
  });

  test.each([
    ['for a timer whose deadline is in the document, at that deadline at least', 50, 'completed'],
    ['for a stale timer at its own time', 60, 'active'],
  ])('by a slow clock is %s', async (_what, deadlineS, status) => {
    const world = new ScriptedWorld(journey(cart(49)));
    await callsOf(await world.event('T', 1));
    const [timer] = [...world.timers.values()];
    world.nowS = 47;
    const deadlineMs = tenMs + deadlineS * 1_000;
    const delivery = { kind: 'timer', ...timer!, deadlineMs, atMs: tenMs, requestId: 'r' } as const;
    await callsOf(await world.deliver(delivery));
    expect(world.run('T1').status).toBe(status);
  });

  test.each([
    ['is not begun again with 5 s of the invocation left', 95, 'threw AggregateError'],
    ['is begun again with a little more', 94.9, 'look'],
  ])('%s', async (_what, s, next) => {
    const world = new ScriptedWorld(twoWaits);
    await callsOf(await world.event('T', 1));
    const event = { id: 'P2', name: 'P', data: { cart: '42' }, source: 'test', timeMs: tenMs + 2_000, hops: 0 };
    world.nowS = 2;
    const buys = await world.deliver({ kind: 'event', event, requestId: 'r' }, { timeoutS: 98 });
    await buys.through('commit');
    await buys.next('ok', s);
    expect(buys.at).toBe(next);
  });

  test('that could not settle two runs throws both errors, one its very error', async () => {
    const run = async (): Promise<ScriptedWorld> => {
      const world = new ScriptedWorld(journey(cart(50), { cancelOn: [] }));
      await callsOf(await world.event('T', 1, { id: 't1' }));
      await callsOf(await world.event('T', 1, { id: 't2' }));
      return world;
    };
    const both = await (await run()).event('P', 2);
    await (await both.upTo('commit')).next('fails');
    await (await both.upTo('commit')).next('fails');
    expect((both.error as AggregateError).errors.map((error: Error) => error.message)).toEqual([
      'commit fails',
      'commit fails',
    ]);
    const one = await (await run()).event('P', 2);
    await (await one.upTo('commit')).next('fails');
    await callsOf(one);
    expect(one.error).toMatchObject({ name: 'Error', message: 'commit fails' });
  });
});

describe('what a match leaves behind', () => {
  test('its timer is deleted after its write, before the next look', async () => {
    const world = new ScriptedWorld(twoWaits);
    await callsOf(await world.event('T', 1));
    expect(await callsOf(await world.event('P', 2))).toEqual(['note', 'look', 'set', 'commit', 'drop', 'look']);
  });

  test('is deleted by the retry of its event, and by nobody else', async () => {
    const world = new ScriptedWorld(twoWaits);
    await callsOf(await world.event('T', 1));
    await (await world.event('P', 2)).through('commit');
    expect(world.timersOf()).toEqual(['P', 'A']);
    expect(await callsOf(await world.event('B', 3))).toEqual(['note', 'look']);
    expect(await callsOf(await world.event('P', 2))).toEqual(['note', 'look', 'drop']);
    expect(world.timersOf()).toEqual(['A']);
  });

  test('is not written without the timer of the wait behind it: what throws without the lease writes nothing', async () => {
    const world = new ScriptedWorld(twoWaits);
    await callsOf(await world.event('T', 1));
    const { rev } = world.run('T1');
    const buys = await world.event('P', 2);
    await (await buys.upTo('set')).next('fails');
    expect(buys.at).toBe('threw Error');
    expect(world.run('T1').rev).toBe(rev);
  });
});

describe('retries', () => {
  test('do not come at the same moment for two runs', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => step.run('one', userFunction('one')), { retries: 1, cancelOn: [] }),
    );
    world.functions.one = () => {
      throw new Error('no');
    };
    await callsOf(await world.event('T', 1, { id: 't1' }));
    await callsOf(await world.event('T', 1, { id: 't2' }));
    expect(new Set([...world.timers.values()].map(({ deadlineMs }) => deadlineMs)).size).toBe(2);
  });

  test.each([
    ['come up to the end of the longest life', 0, 'active'],
    ['do not come beyond it: the failure is the last', 1, 'failed'],
  ])('%s', async (_what, beyondMs, status) => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => step.run('one', userFunction('one')), { retries: 1, cancelOn: [] }),
    );
    world.functions.one = () => {
      throw new RetryAfterError('later', new Date(tenMs + 1_000 + 35 * dayMs + beyondMs));
    };
    await callsOf(await world.event('T', 1));
    expect(world.run('T1').status).toBe(status);
  });

  test('of a sending step send; an exception meanwhile leaves it to begin at once', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => step.sendEvent('tell', { name: 'B', data: {} }), { retries: 1, cancelOn: [] }),
    );
    const dies = await world.event('T', 1);
    await (await dies.upTo('publish')).next('fails');
    await (await dies.upTo('set')).next('fails');
    await callsOf(dies);
    expect(world.step('T1', 'tell')).toBe('due');
    await callsOf(await world.event('T', 1));
    expect(world.sent).toHaveLength(1);
    expect(world.run('T1').status).toBe('completed');
  });

  test('of a sending step come by their timer', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => step.sendEvent('tell', { name: 'B', data: {} }), { retries: 1, cancelOn: [] }),
    );
    const fails = await world.event('T', 1);
    await (await fails.upTo('publish')).next('fails');
    await callsOf(fails);
    await callsOf(await world.fire('tell'));
    expect(world.sent).toHaveLength(1);
    expect(world.run('T1').status).toBe('completed');
  });

  test('of plain code begin anew, and lose their timer, where an event brings it further before they are due', async () => {
    const world = new ScriptedWorld(
      journey(
        async ({ step }) => {
          const bought = step.waitForEvent('P', { event: 'P', timeout: '500s' });
          await step.waitForEvent('A', { event: 'A', timeout: '500s' });
          if (world.nowS < 30) throw new Error('not yet');
          await bought;
          await step.waitForEvent('B', { event: 'B', timeout: '500s' });
          if (world.nowS < 100) throw new Error('not yet');
        },
        { retries: 1, cancelOn: [] },
      ),
    );
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('A', 2));
    expect(world.timersOf()).toEqual(['P', '(journey)']);
    await callsOf(await world.event('P', 40));
    expect(world.timersOf()).toEqual(['B']);
    await callsOf(await world.event('B', 50));
    expect(world.run('T1').status).toBe('active');
    await callsOf(await world.fire('(journey)'));
    expect(world.run('T1').status).toBe('completed');
  });

  test('are not for plain code that throws because more came in than a run can hold', async () => {
    const world = new ScriptedWorld(
      journey(
        async ({ step }) => {
          await step.waitForEvent('P', { event: 'P', timeout: '500s' });
          throw new Error('no');
        },
        { retries: 4, cancelOn: [] },
      ),
    );
    const large = { cart: '42', text: 'x'.repeat(200_000) };
    for (const [name, s] of [
      ['T', 1],
      ['P', 2],
    ] as const) {
      const event = { id: name, name, data: large, source: 'test', timeMs: tenMs + s * 1_000, hops: 0 };
      world.nowS = s;
      await callsOf(await world.deliver({ kind: 'event', event, requestId: name }));
    }
    expect(world.run('T')).toMatchObject({ status: 'failed', error: { name: 'ResultTooLarge' } });
  });
});

describe('time for a function', () => {
  test.each([
    ['is enough to the very millisecond', 30, 'function one'],
    ['is not enough with less', 29.999, 'commit'],
  ])('%s', async (_what, timeoutS, next) => {
    const world = new ScriptedWorld(journey(async ({ step }) => step.run('one', userFunction('one'))));
    const invocation = await world.event('T', 1, { timeoutS });
    await invocation.through('look');
    expect(invocation.at).toBe(next);
  });
});

describe('what an author asks of a step', () => {
  const errorOf = async (ask: (step: StepTools) => Promise<unknown>): Promise<unknown> => {
    const world = new ScriptedWorld(journey(async ({ step }) => ask(step as never), { cancelOn: [] }));
    await callsOf(await world.event('T', 1));
    return world.run('T1').error?.name;
  };

  test.each([
    ['a wait without options', 'UndeclaredEvent', (step) => step.waitForEvent('w', undefined as never)],
    ['a date that is some object', 'InvalidDate', (step) => step.sleepUntil('s', {} as never)],
    ['the last date there is', 'BeyondMaxDuration', (step) => step.sleepUntil('s', new Date(8.64e15))],
    ['an event whose name is a number', 'InvalidEvent', (step) => step.sendEvent('e', { name: 5, data: {} } as never)],
    ['an event without data', 'InvalidEvent', (step) => step.sendEvent('e', { name: 'B', data: null } as never)],
  ] as [string, string, (step: StepTools) => Promise<unknown>][])(
    'fails with its code: %s',
    async (_what, code, ask) => {
      expect(await errorOf(ask)).toBe(code);
    },
  );

  test('a date is taken to its millisecond', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => step.sleepUntil('s', new Date(tenMs + 5_250)), { cancelOn: [] }),
    );
    await callsOf(await world.event('T', 1));
    expect(world.run('T1').steps.get('s')).toMatchObject({ deadlineMs: tenMs + 5_250 });
  });
});
