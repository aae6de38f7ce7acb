/**
 * The bugs that recur in the field's products, each as a test of the real engine. The comment above a test names the change
 * that it fails with.
 */
import { runIdOf } from '../../lib/engine/stored/key.js';
import { createJourney } from '../../lib/journey/definition.js';
import { cart, firstOfTwo, journey, latestWins, welcome } from './journeys.js';
import { type Invocation, ScriptedWorld, tenMs, userFunction } from './scripted.js';

/** Plays a second invocation to its end after the first one has made 0, 1, 2, ... calls, each time in a new world. */
async function atEveryPoint(
  makeWorld: () => Promise<ScriptedWorld>,
  first: (world: ScriptedWorld) => Promise<Invocation>,
  second: (world: ScriptedWorld) => Promise<Invocation>,
  check: (world: ScriptedWorld, point: string) => void,
): Promise<number> {
  for (let calls = 0; ; calls += 1) {
    const world = await makeWorld();
    const invocation = await first(world);
    for (let i = 0; i < calls && !invocation.ended; i += 1) await invocation.next();
    const point = `before ${invocation.at} (call ${calls})`;
    const last = invocation.ended;
    await (await second(world)).finish();
    await invocation.finish();
    check(world, point);
    if (last) return calls + 1;
  }
}

describe('what the field gets wrong', () => {
  // Fails with: no look after D5 (lib/engine/drive.ts).
  test('an event that comes while its wait is being stored is never lost, at whatever point', async () => {
    const points = await atEveryPoint(
      async () => new ScriptedWorld(journey(welcome(500))),
      (world) => world.event('T', 1),
      (world) => world.event('P', 2),
      (world, point) => expect([point, world.run('T1').output]).toEqual([point, 'bought']),
    );
    expect(points).toBeGreaterThan(5);
  });

  // Fails with: a trigger does not look at what is there (lib/engine/look.ts).
  test('an event on record before its trigger is taken by the wait that the trigger opens', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('P', 2)).finish();
    await (await world.event('T', 1)).finish();
    expect(world.run('T1').output).toBe('bought');
  });

  // Fails with: a wait that has timed out can still be matched (lib/engine/decision/decide.ts).
  test('a replay after a timeout sees that timeout, though an event inside the window came meanwhile', async () => {
    const world = new ScriptedWorld(
      journey(async (context) => {
        const outcome = await cart(4)(context);
        await context.step.waitForEvent('A', { event: 'A', timeout: '500s' });
        return outcome;
      }),
    );
    await (await world.event('T', 1)).finish();
    await (await world.fire('P')).finish();
    await (await world.event('P', 3)).finish();
    expect(world.step('T1', 'P')).toBe('timedOut');
    await (await world.event('A', 20)).finish();
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'reminded' });
  });

  // Fails with: a timeout before anything else (lib/engine/decision/decide.ts).
  test('a timeout never beats an event that was recorded before its timer looked', async () => {
    const world = new ScriptedWorld(journey(cart(4)));
    await (await world.event('T', 1)).finish();
    await (await world.event('P', 3)).through('note');
    await (await world.fire('P')).finish();
    expect(world.run('T1').output).toBe('bought');
  });

  // Fails with: all customers share a partition (lib/engine/stored/key.ts).
  test('an event resolves the wait of its own customer and of nobody else', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    for (const name of ['42', '43', 42, '4', '42 '])
      await (await world.event('T', 1, { id: `t${typeof name}${name}`, data: { cart: name } })).finish();
    await (await world.event('P', 2, { cart: '42' })).finish();
    const outcomes = world.records.runs().map(({ trigger, status }) => [trigger.id, status]);
    expect(Object.fromEntries(outcomes)).toEqual({
      tstring42: 'completed',
      tstring43: 'active',
      tnumber42: 'active',
      tstring4: 'active',
      'tstring42 ': 'active',
    });
  });

  // Fails with: all customers share a partition (lib/engine/stored/key.ts).
  test('a newer trigger cancels the run of its own customer and of nobody else', async () => {
    const world = new ScriptedWorld(latestWins(cart(50)));
    await (await world.event('T', 1, { id: 'a', cart: '42' })).finish();
    await (await world.event('T', 1, { id: 'b', cart: '43' })).finish();
    await (await world.event('T', 2, { id: 'c', cart: '42' })).finish();
    const outcomes = world.records.runs().map(({ trigger, status }) => [trigger.id, status]);
    expect(Object.fromEntries(outcomes)).toEqual({ a: 'cancelled', b: 'active', c: 'active' });
  });

  // Fails with: a timer is taken whatever journey it is of (lib/engine/handle.ts).
  test('a timer of another journey is not taken, though the customer and the step are the same', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('T', 1)).finish();
    const own = [...world.timers.values()][0]!;
    const ref = world.run('T1');
    const foreign = runIdOf({ pk: ref.pk.replace('check|', 'other|'), position: ref.position });
    const taken = await world.deliver({ kind: 'timer', ...own, run: foreign, requestId: 'foreign', atMs: tenMs });
    // Not a single call is made for it.
    expect(taken.at).toBe('acknowledged');
    expect(world.facts.at(-1)).toMatchObject({ kind: 'timerOfNoRun', status: 'unknown' });
    expect(world.step('T1', 'P')).toBe('waiting');
  });

  // Fails with: every event is taken (lib/engine/arrival/intake.ts).
  test('an event of another journey with the same customer is not recorded', async () => {
    const world = new ScriptedWorld(journey(cart(50)));
    await (await world.event('order/placed', 2)).finish();
    expect(world.facts.at(-1)).toMatchObject({ kind: 'notOurs' });
    expect(world.records.events()).toEqual([]);
  });

  // Fails with: a run ends only when nothing is pending (lib/engine/code/script.ts).
  test('the losing wait of a race does not keep the run open, and its timer goes', async () => {
    const world = new ScriptedWorld(journey(firstOfTwo));
    await (await world.event('T', 1)).finish();
    expect(world.timersOf()).toEqual(['A', 'B']);
    await (await world.event('A', 2)).finish();
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'a' });
    expect(world.step('T1', 'B')).toBe('waiting');
    expect(world.timersOf()).toEqual([]);
  });

  // Fails with: timers after the Put, only if it was done (lib/engine/record.ts).
  test('no wait of a new run is ever visible without its timer, wherever its process dies', async () => {
    await diesEverywhere(() => new ScriptedWorld(journey(cart(50))));
  });

  // Fails with: timers after D5 (D5 before D4) (lib/engine/drive.ts).
  test('no wait behind a step is ever visible without its timer, wherever its process dies', async () => {
    await diesEverywhere(() => new ScriptedWorld(journey(welcome(50))));
  });

  // Fails with: a timeout does not move the point that the code has reached (lib/engine/code/script.ts).
  test('a second wait is alive after the first one has timed out', async () => {
    const world = new ScriptedWorld(
      journey(async ({ step }) => {
        const first = await step.waitForEvent('first', { event: 'P', timeout: '10s' });
        const second = await step.waitForEvent('second', { event: 'P', timeout: '10s' });
        return [first, second].map((event) => (event as { id: string } | null)?.id ?? null);
      }),
    );
    await (await world.event('T', 1)).finish();
    await (await world.fire('first')).finish();
    expect(world.timersOf()).toEqual(['second']);
    expect(world.run('T1').steps.get('second')).toMatchObject({ deadlineMs: tenMs + 21_000, sinceMs: tenMs + 11_000 });
    await (await world.event('P', 15)).finish();
    expect(world.run('T1').output).toEqual([null, 'P15']);
  });

  // Fails with: triggers of one second do not cancel each other (lib/engine/decision/decide.ts).
  test('two triggers of one second leave exactly one run, at whatever point the second one comes', async () => {
    for (const [first, second] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      await atEveryPoint(
        async () => new ScriptedWorld(journey(cart(50))),
        (world) => world.event('T', 1, { id: first }),
        (world) => world.event('T', 1, { id: second }),
        (world, point) => {
          const outcomes = [world.run('a').status, world.run('b').status];
          expect([point, ...outcomes, world.timersOf()]).toEqual([point, 'cancelled', 'active', ['P']]);
        },
      );
    }
  });

  // Fails with: null is a key like any other (lib/journey/match.ts).
  test('null does not equal null: a trigger and an event without the key never meet', async () => {
    for (const data of [{ cart: null }, {}, { cart: undefined }, { cart: [] }, { cart: Number.NaN }]) {
      const world = new ScriptedWorld(journey(cart(50)));
      expect(await (await world.event('T', 1, { data })).finish()).toBe('threw MissingKey');
      expect(await (await world.event('P', 2, { data })).finish()).toBe('acknowledged');
      expect(world.facts.at(-1)).toMatchObject({ kind: 'unmatchable', path: 'data.cart' });
      expect([world.records.runs(), world.records.events(), world.timersOf()]).toEqual([[], [], []]);
    }
  });

  // Fails with: null is a key like any other (lib/journey/match.ts).
  test('null does not equal null: a newer trigger without the key cancels nobody', async () => {
    const bySecond = createJourney(
      {
        id: 'check',
        triggers: [{ event: 'T' }],
        key: 'data.cart',
        waitsFor: ['P'],
        cancelOn: [{ event: 'X' }],
      },
      async ({ step }) => step.run('one', userFunction('one')),
    );
    const world = new ScriptedWorld(bySecond);
    const holder = await world.event('T', 1, { data: { cart: 'null' } });
    await holder.upTo('function one');
    await (await world.event('X', 2, { data: { cart: null } })).finish();
    await holder.finish();
    expect(world.run('T1').status).toBe('completed');
  });
});

/** The process dies after each of its calls in turn: what is visible then has its timers. */
async function diesEverywhere(makeWorld: () => ScriptedWorld): Promise<void> {
  let waits = 0;
  for (let calls = 0; ; calls += 1) {
    const world = makeWorld();
    const invocation = await world.event('T', 1);
    for (let i = 0; i < calls && !invocation.ended; i += 1) await invocation.next();
    for (const run of world.records.runs()) {
      for (const [id, step] of run.steps) {
        if (step.state !== 'waiting') continue;
        waits += 1;
        expect([invocation.at, [...world.timers.values()].map(({ step: of, deadlineMs }) => [of, deadlineMs])]).toEqual(
          [invocation.at, [[id, step.deadlineMs]]],
        );
      }
    }
    if (invocation.ended) break;
  }
  expect(waits).toBeGreaterThan(0);
}
