/** Filters in journeys: what starts, resolves and cancels a run, whatever the order, and wherever a process dies. */
import { createJourney, type Journey, type JourneyEvent } from 'sojourn';
import { createTestWorld } from 'sojourn/testing';

const placed = 'order/placed';
const paid = 'order/paid';
const admin = 'admin/acted';

const order = createJourney(
  {
    id: 'order',
    triggers: [{ event: placed, if: 'event.data.amount > 100' }],
    key: 'data.user',
    waitsFor: [paid],
    cancelOn: [{ event: admin, if: 'event.data.user == async.data.user && async.data.role == "admin"' }],
  },
  async ({ step, event }) => {
    const payment = await step.waitForEvent('payment', {
      event: paid,
      timeout: '1h',
      if: 'event.data.order == async.data.order && event.data.user == async.data.user && async.data.amount >= event.data.amount',
    });
    return payment === null ? 'unpaid' : `${event.data.order} paid ${payment.data.amount}`;
  },
);

const world = (...journeys: Journey[]) => createTestWorld({ journeys: journeys.length > 0 ? journeys : [order] });
const user = 'ann';

describe('a trigger', () => {
  test('starts a run for an event that passes, and for no other', async () => {
    const w = world();
    await w.send({ name: placed, data: { user, amount: 100 } });
    await w.send({ name: placed, data: { user, amount: '500' } });
    await w.send({ name: placed, data: { user } });
    expect(w.runs()).toEqual([]);
    await w.send({ name: placed, data: { user, amount: 100.5 } });
    expect(w.runs()).toMatchObject([{ status: 'active' }]);
  });

  test('that lets an event not pass does not ask for its key either', async () => {
    const w = world();
    await w.send({ name: placed, data: { amount: 5 } });
    expect(w.deadLetters()).toEqual([]);
    await w.send({ name: placed, data: { amount: 500 } });
    expect(w.deadLetters()).toMatchObject([{ error: expect.objectContaining({ code: 'MissingKey' }) }]);
  });

  test('named twice starts one run for an event that passes both', async () => {
    const journey = createJourney(
      {
        id: 'twice',
        triggers: [
          { event: 'a', if: 'event.data.x > 1' },
          { event: 'a', if: 'event.data.y > 1' },
        ],
      },
      async ({ event }) => event.data,
    );
    const w = world(journey);
    await w.send({ name: 'a', data: { x: 2, y: 2 } });
    await w.send({ name: 'a', data: { y: 2 } });
    await w.send({ name: 'a', data: { x: 1, y: 1 } });
    expect(w.runs().map(({ output }) => output)).toEqual([{ x: 2, y: 2 }, { y: 2 }]);
  });

  test('whose event does not pass may still cancel, and be awaited', async () => {
    const journey = createJourney(
      {
        id: 'roles',
        triggers: [{ event: 'a', if: 'event.data.starts' }],
        key: 'data.k',
        waitsFor: ['a'],
        cancelOn: [{ event: 'a', if: 'has(async.data.cancels)' }],
      },
      async ({ step }) =>
        (await step.waitForEvent('w', { event: 'a', timeout: '1h', if: 'has(async.data.goes)' }))?.data,
    );
    const w = world(journey);
    await w.send({ name: 'a', data: { k: 1, starts: true } });
    await w.send({ name: 'a', data: { k: 1, starts: false } });
    await w.send({ name: 'a', data: { k: 1, starts: false, goes: 1 } });
    expect(w.runs()).toMatchObject([{ status: 'completed', output: { goes: 1 } }]);
    await w.send({ name: 'a', data: { k: 2, starts: true } });
    await w.send({ name: 'a', data: { k: 2, starts: false, cancels: 1 } });
    expect(w.runs()).toMatchObject([{ status: 'completed' }, { status: 'cancelled' }]);
    // A run that has ended stays the record of its trigger, with the data that a filter asks.
    await w.send({ name: 'a', data: { k: 3, starts: true, goes: 1, cancels: 1 } });
    await w.send({ name: 'a', data: { k: 3, starts: true, goes: 1 } });
    expect(w.runs().slice(2)).toMatchObject([{ status: 'completed' }, { status: 'active' }]);
  });
});

describe('a wait', () => {
  test('takes the first event that passes, beside the key', async () => {
    const w = world();
    await w.send({ name: placed, data: { user, order: 1, amount: 200 } });
    await w.send({ name: paid, data: { user, order: 1, amount: 199 } });
    await w.send({ name: paid, data: { user, order: 2, amount: 300 } });
    await w.send({ name: paid, data: { user, order: 1 } });
    await w.send({ name: paid, data: { user, order: 1, amount: 'much' } });
    expect(w.runs()).toMatchObject([{ status: 'active' }]);
    await w.send({ name: paid, data: { user, order: 1, amount: 200 } });
    expect(w.runs()).toMatchObject([{ status: 'completed', output: '1 paid 200' }]);
  });

  test('whose every event is refused times out', async () => {
    const w = world();
    await w.send({ name: placed, data: { user, order: 1, amount: 200 } });
    await w.send({ name: paid, data: { user, order: 1, amount: 1 } });
    await w.advance('1h');
    expect(w.runs()).toMatchObject([{ status: 'completed', output: 'unpaid' }]);
  });

  test('sees what came before it was opened, as far as that passes', async () => {
    const journey = createJourney(
      { id: 'back', triggers: [{ event: 't' }], key: 'data.k', waitsFor: ['p'] },
      async ({ step }) => {
        await step.waitForEvent('first', { event: 'p', timeout: '10m', if: 'async.data.n == 2' });
        return (
          await step.waitForEvent('second', { event: 'p', timeout: '1h', since: 'trigger', if: 'async.data.n < 10' })
        )?.data.n;
      },
    );
    const w = world(journey);
    await w.send({ name: 't', data: { k: 1 } });
    for (const n of [1, 2])
      await w.send({
        name: 'p',
        data: { k: 1, n },
        time: new Date(w.now.getTime() + n * 1_000).toISOString(),
      } as never);
    // The first wait consumed 2, so 1, which is older, counts no more.
    expect(w.runs()).toMatchObject([{ status: 'active' }]);
    await w.advance('5s');
    await w.send({ name: 'p', data: { k: 1, n: 30 } });
    await w.send({ name: 'p', data: { k: 1, n: 3 } });
    expect(w.runs()).toMatchObject([{ output: 3 }]);
  });

  test.each([
    ['cannot be honoured', 'async.data.x.matches("a")', 'InvalidFilter'],
    ['correlates on another path', 'event.data.other == async.data.other', 'UnsupportedMatch'],
  ])('fails at the step with an `if` that %s', async (_what, text, name) => {
    const journey = createJourney(
      { id: 'bad', triggers: [{ event: 't' }], key: 'data.k', waitsFor: ['p'] },
      async ({ step }) => step.waitForEvent('w', { event: 'p', timeout: '1h', if: text }),
    );
    const w = world(journey);
    await w.send({ name: 't', data: { k: 1 } });
    expect(w.runs()).toMatchObject([{ status: 'failed', error: { name } }]);
  });

  describe('whose equality is on another path than the key', () => {
    const journey = (waitsFor: unknown, options: object) =>
      createJourney(
        { id: 'paths', triggers: [{ event: 't' }], key: 'data.k', waitsFor: waitsFor as never },
        async ({ step }) => {
          const come = await step.waitForEvent('w', { event: 'p', timeout: '1h', ...options } as never);
          return (come as JourneyEvent | null)?.data.n ?? null;
        },
      );
    const outcome = async (waitsFor: unknown, options: object, ...events: object[]) => {
      const w = world(journey(waitsFor, options));
      await w.send({ name: 't', data: { k: 1, u: 'ann', v: 'x' } });
      for (const data of events) await w.send({ name: 'p', data });
      return w.runs()[0]!;
    };
    const byPath = [{ event: 'p', match: 'data.u' }];
    const both = ['p', ...byPath];

    test.each([
      ['is found by it where that is declared', byPath, { if: 'event.data.u == async.data.u' }],
      ['is found by it where the key is declared, too', both, { if: 'async.data["u"] == event.data.u' }],
      ['is asked for the rest', byPath, { if: 'event.data.u == async.data.u && async.data.n == 3' }],
      ['may have its match said beside it', both, { match: 'data.u', if: 'async.data.n == 3' }],
      ['may have a value', byPath, { match: { 'data.u': 'ann' }, if: 'event.data.v == "x" && async.data.n == 3' }],
    ])('%s', async (_what, waitsFor, options) => {
      const run = await outcome(waitsFor, options, { k: 1, u: 'bob', n: 1 }, { k: 1, n: 2 }, { k: 2, u: 'ann', n: 3 });
      expect(run).toMatchObject({ status: 'completed', output: 3 });
    });

    test('is asked of what the key has found, where both stand there', async () => {
      const text = 'event.data.u == async.data.u && event.data.k == async.data.k';
      const run = await outcome(
        both,
        { if: text },
        { k: 2, u: 'ann', n: 1 },
        { k: 1, u: 'bob', n: 2 },
        { k: 1, u: 'ann', n: 3 },
      );
      expect(run).toMatchObject({ output: 3 });
      const said = await outcome(
        both,
        { match: 'data.k', if: 'event.data.u == async.data.u' },
        { k: 2, u: 'ann', n: 1 },
        { k: 1, u: 'ann', n: 3 },
      );
      expect(said).toMatchObject({ output: 3 });
    });

    test('is asked of every event where the declared way is every run', async () => {
      const everyone = [{ event: 'p', match: null }];
      const run = await outcome(
        everyone,
        { if: 'event.data.u == async.data.u' },
        { u: 'bob', n: 1 },
        { u: 'ann', n: 2 },
      );
      expect(run).toMatchObject({ output: 2 });
    });

    test.each([
      [
        'not declared',
        ['p'],
        'event.data.u == async.data.u',
        "declare it, waitsFor: [{ event: 'p', match: 'data.u' }]",
      ],
      [
        'of two paths',
        ['p'],
        'event.data.u == async.data.x',
        "match: 'data.x' }], and write match: { 'data.x': event.data.u }",
      ],
      [
        'not the one that is declared',
        byPath,
        'event.data.v == async.data.v',
        'event.data.u == async.data.u && event.data.v',
      ],
    ])('fails at the step where it is %s, with the declaration to add', async (_what, waitsFor, text, fix) => {
      const run = await outcome(waitsFor, { if: text });
      expect(run).toMatchObject({ status: 'failed', error: { name: 'UnsupportedMatch' } });
      expect(run.error?.message).toContain(fix);
    });

    test('fails at the step where the trigger has no value there', async () => {
      expect(await outcome([{ event: 'p', match: 'data.z' }], { if: 'event.data.z == async.data.z' })).toMatchObject({
        status: 'failed',
        error: { name: 'MissingMatchValue' },
      });
    });

    test('cancels the runs that have the value, whatever their keys', async () => {
      const cancelled = createJourney(
        {
          id: 'left',
          triggers: [{ event: 't' }],
          key: 'data.k',
          cancelOn: [{ event: 'c', if: 'event.data.u == async.data.u && async.data.n > 1' }],
        },
        ({ step }) => step.sleep('s', '1h'),
      );
      const w = world(cancelled);
      for (const [k, u] of [
        [1, 'ann'],
        [2, 'ann'],
        [3, 'bob'],
      ])
        await w.send({ name: 't', data: { k, u } });
      await w.send({ name: 'c', data: { u: 'ann', n: 1 } });
      expect(w.runs().map(({ status }) => status)).toEqual(['active', 'active', 'active']);
      await w.send({ name: 'c', data: { u: 'ann', n: 2 } });
      expect(w.runs().map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'active']);
    });
  });

  test('that asks for nothing but the key keeps no text', async () => {
    const journey = createJourney(
      { id: 'key', triggers: [{ event: 't' }], key: { t: 'data.id', p: 'data.k' }, waitsFor: ['p'] },
      async ({ step }) =>
        (await step.waitForEvent('w', { event: 'p', timeout: '1h', if: 'async.data.k == event.data.id' }))?.data.n,
    );
    const w = world(journey);
    await w.send({ name: 't', data: { id: 1 } });
    expect(JSON.stringify(w.runs())).not.toContain('"if"');
    await w.send({ name: 'p', data: { k: 2, n: 2 } });
    await w.send({ name: 'p', data: { k: 1, n: 1 } });
    expect(w.runs()).toMatchObject([{ output: 1 }]);
  });
});

describe('a cancelOn', () => {
  test('cancels by an event that passes', async () => {
    const w = world();
    await w.send({ name: placed, data: { user, order: 1, amount: 200 } });
    await w.send({ name: admin, data: { user, role: 'clerk' } });
    await w.send({ name: admin, data: { user } });
    await w.send({ name: admin, data: { user: 'bob', role: 'admin' } });
    expect(w.runs()).toMatchObject([{ status: 'active' }]);
    await w.send({ name: admin, data: { user, role: 'admin' } });
    expect(w.runs()).toMatchObject([{ status: 'cancelled' }]);
  });

  test('of a trigger with an `if` makes the key no latest-wins one: all its runs are looked at', async () => {
    const journey = createJourney(
      {
        id: 'restart',
        triggers: [{ event: 't' }],
        key: 'data.k',
        waitsFor: ['p'],
        cancelOn: [{ event: 't', if: 'event.data.k == async.data.k && async.data.plan == event.data.plan' }],
      },
      async ({ step }) => step.waitForEvent('w', { event: 'p', timeout: '1h' }),
    );
    const w = world(journey);
    for (const plan of ['a', 'b', 'a', 'b', 'b']) {
      await w.send({ name: 't', data: { k: 1, plan } });
      await w.advance('1s');
    }
    expect(w.runs().map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'active', 'cancelled', 'active']);
  });
});
