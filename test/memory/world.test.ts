import { createJourney, NonRetriableError, RetryAfterError } from 'sojourn';
import { createTestWorld } from 'sojourn/testing';

const cart = createJourney(
  {
    id: 'abandoned-cart',
    triggers: [{ event: 'cart/product.added' }],
    key: 'data.cart_id',
    waitsFor: ['cart/purchased'],
    cancelOn: [{ event: 'cart/product.added', match: 'data.cart_id', timeout: '24h' }],
  },
  async ({ event, step }) => {
    const purchased = await step.waitForEvent('wait-for-purchase', {
      event: 'cart/purchased',
      timeout: '24h',
      match: 'data.cart_id',
    });
    if (purchased !== null) return { outcome: 'purchased' };
    await step.run('send-reminder', () => mails.push(event.data.user.email));
    return { outcome: 'reminded' };
  },
);

let mails: string[] = [];
beforeEach(() => {
  mails = [];
});

const added = (cartId: unknown, more: object = {}) => ({
  name: 'cart/product.added',
  data: { cart_id: cartId, user: { email: `${cartId}@example.com` } },
  ...more,
});
const purchased = (cartId: unknown, more: object = {}) => ({
  name: 'cart/purchased',
  data: { cart_id: cartId },
  ...more,
});

describe('the cart in the test world', () => {
  test('a forgotten cart gets one reminder after 24 hours', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send(added('42'));
    expect(world.timers()).toHaveLength(1);
    await world.advance('23h');
    expect(mails).toEqual([]);
    await world.advance('1h');
    expect(world.runs('abandoned-cart')).toMatchObject([{ status: 'completed', output: { outcome: 'reminded' } }]);
    expect(mails).toEqual(['42@example.com']);
    expect(world.timers()).toEqual([]);
  });

  test('a purchase ends the run without a reminder, and its timer is gone at once', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send(added('42'));
    await world.advance('3h');
    await world.send(purchased('42'));
    expect(world.runs()).toMatchObject([{ status: 'completed', output: { outcome: 'purchased' } }]);
    expect(world.timers()).toEqual([]);
    await world.advance('30h');
    expect(mails).toEqual([]);
  });

  test('a newer product cancels the older run and starts the clock again', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send(added('42'));
    await world.advance('5h');
    await world.send(added('42'));
    expect(world.runs()).toMatchObject([{ status: 'cancelled' }, { status: 'active' }]);
    expect(world.timers()).toHaveLength(1);
    await world.advance('23h');
    expect(mails).toEqual([]);
    await world.advance('1h');
    expect(mails).toEqual(['42@example.com']);
  });

  test('a purchase that is delivered before its trigger ends the run without a reminder', async () => {
    const world = createTestWorld({ journeys: [cart] });
    const trigger = world.hold(added('42'));
    await world.advance('1m');
    await world.send(purchased('42'));
    await trigger.deliver();
    expect(world.runs()).toMatchObject([{ status: 'completed', output: { outcome: 'purchased' } }]);
    expect(world.timers()).toEqual([]);
  });

  test('two triggers of one second leave exactly one run, in whichever order they come', async () => {
    for (const ids of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const world = createTestWorld({ journeys: [cart] });
      for (const id of ids) await world.send(added('42', { id }));
      expect(world.runs().map((run) => run.status)).toEqual(['cancelled', 'active']);
    }
  });

  test('a trigger that is delivered twice starts one run', async () => {
    const world = createTestWorld({ journeys: [cart] });
    const trigger = world.hold(added('42'));
    await trigger.deliver();
    await trigger.deliver();
    await world.advance('25h');
    await trigger.deliver();
    expect(world.runs()).toHaveLength(1);
    expect(mails).toHaveLength(1);
    expect(world.timers()).toEqual([]);
  });

  test('carts do not touch each other, and 42 is not "42"', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send(added('42'), added(42), purchased(42));
    expect(
      world
        .runs()
        .map((run) => run.status)
        .sort(),
    ).toEqual(['active', 'completed']);
  });

  test('fails a trigger without its key: it is kept in the dead letters; a purchase without it matches nothing', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send(added(null), added('42'), purchased(null), purchased(undefined));
    expect(world.deadLetters().map((letter) => letter.error.name)).toEqual(['MissingKey']);
    expect(world.runs()).toMatchObject([{ status: 'active' }]);
  });
});

describe('steps in the test world', () => {
  const journeyOf = (body: Parameters<typeof createJourney>[1], more: object = {}) =>
    createJourney({ id: 'j', triggers: [{ event: 't' }], key: 'data.k', waitsFor: ['a', 'b'], ...more }, body as never);
  const t = { name: 't', data: { k: 1 } };

  test('a step that throws is tried again after about 1, 2, 5 and 10 minutes, then the run fails with its error', async () => {
    let attempts = 0;
    const world = createTestWorld({
      journeys: [
        journeyOf(async ({ step }) => {
          await step.run('flaky', () => {
            attempts += 1;
            throw new TypeError('no luck');
          });
        }),
      ],
    });
    await world.send(t);
    expect(attempts).toBe(1);
    await world.advance('80s');
    expect(attempts).toBe(2);
    await world.advance('25m');
    expect(attempts).toBe(5);
    expect(world.runs()).toMatchObject([{ status: 'failed', error: { name: 'TypeError', message: 'no luck' } }]);
    expect(world.timers()).toEqual([]);
  });

  test('a NonRetriableError fails at once; a RetryAfterError chooses the time', async () => {
    const seen: number[] = [];
    const world = createTestWorld({
      journeys: [
        journeyOf(async ({ step }) => {
          await step.run('later', ({ attempt }) => {
            seen.push(attempt);
            if (attempt === 0) throw new RetryAfterError('busy', '3h');
            throw new NonRetriableError('never');
          });
        }),
      ],
    });
    await world.send(t);
    await world.advance('179m');
    expect(seen).toEqual([0]);
    await world.advance('1m');
    expect(seen).toEqual([0, 1]);
    expect(world.runs()).toMatchObject([{ status: 'failed', error: { message: 'never' } }]);
  });

  test('a failed step can be caught', async () => {
    const world = createTestWorld({
      journeys: [
        journeyOf(async ({ step }) => {
          try {
            await step.run('x', () => {
              throw new NonRetriableError('never');
            });
          } catch (error) {
            return { caught: (error as Error).message };
          }
          return {};
        }),
      ],
    });
    await world.send(t);
    expect(world.runs()).toMatchObject([{ status: 'completed', output: { caught: 'never' } }]);
  });

  test('Promise.race: the event that comes first wins, for ever, and the loser does not keep the run open', async () => {
    const world = createTestWorld({
      journeys: [
        journeyOf(async ({ step }) => {
          const winner = await Promise.race([
            step.waitForEvent('a', { event: 'a', timeout: '1d' }),
            step.waitForEvent('b', { event: 'b', timeout: '2d' }),
          ]);
          await step.sleep('rest', '1h');
          return { winner: (winner as { name: string } | null)?.name };
        }),
      ],
    });
    await world.send(t);
    await world.advance('1m');
    await world.send({ name: 'b', data: { k: 1 } }, { name: 'a', data: { k: 1 } });
    await world.advance('1h');
    expect(world.runs()).toMatchObject([{ status: 'completed', output: { winner: 'b' } }]);
    expect(world.timers()).toEqual([]);
  });

  test('Promise.all over waits and steps, and a loop with repeated ids', async () => {
    const ran: string[] = [];
    const world = createTestWorld({
      journeys: [
        journeyOf(async ({ step }) => {
          const [a, n] = await Promise.all([
            step.waitForEvent('a', { event: 'a', timeout: '1d' }),
            step.run('count', () => 7),
          ]);
          for (let i = 0; i < 3; i += 1) {
            await step.run('loop', () => ran.push(`loop ${i}`));
            await step.sleep('pause', '1h');
          }
          return { a: (a as unknown as { data: unknown }).data, n };
        }),
      ],
    });
    await world.send(t, { name: 'a', data: { k: 1, x: 2 } });
    await world.advance('3h');
    expect(world.runs()).toMatchObject([{ status: 'completed', output: { a: { k: 1, x: 2 }, n: 7 } }]);
    expect(ran).toEqual(['loop 0', 'loop 1', 'loop 2']);
    expect(Object.keys(world.runs()[0]!.steps)).toEqual([
      'count',
      'a',
      'loop',
      'pause',
      'loop:1',
      'pause:1',
      'loop:2',
      'pause:2',
    ]);
  });

  test('what a run sends starts other journeys, once', async () => {
    const sender = journeyOf(async ({ step }) => {
      await step.sendEvent('tell', [{ name: 'child', data: { k: 1 } }]);
    });
    const child = createJourney({ id: 'child', triggers: [{ event: 'child' }] }, ({ event }) => ({
      from: event.source,
    }));
    const world = createTestWorld({ journeys: [sender, child] });
    await world.send(t);
    expect(world.runs('child')).toMatchObject([{ status: 'completed', output: { from: 'sojourn.j' } }]);
  });

  test('plain code that throws is tried again as the step (journey), then the run fails', async () => {
    let calls = 0;
    const world = createTestWorld({
      journeys: [
        journeyOf(async () => {
          calls += 1;
          throw new Error('broken');
        }),
      ],
    });
    await world.send(t);
    await world.advance('30m');
    expect(world.runs()).toMatchObject([{ status: 'failed', error: { message: 'broken' } }]);
    expect(calls).toBeGreaterThanOrEqual(5);
    expect(world.timers()).toEqual([]);
  });

  test('fails a wait beyond maxDuration, and a result that cannot be stored, naming the step', async () => {
    for (const [body, code] of [
      [
        ({ step }: never) => (step as never as { sleep(id: string, d: string): Promise<void> }).sleep('long', '36d'),
        'BeyondMaxDuration',
      ],
      [
        ({ step }: never) =>
          (step as never as { run(id: string, f: () => unknown): unknown }).run('fn', () => ({ f: () => 1 })),
        'UnstorableResult',
      ],
    ] as const) {
      const world = createTestWorld({ journeys: [journeyOf(body as never)] });
      await world.send(t);
      expect(world.runs()).toMatchObject([{ status: 'failed', error: { name: code } }]);
    }
  });

  test('fails a run whose output cannot be stored, instead of trying for ever', async () => {
    const world = createTestWorld({ journeys: [journeyOf(async () => ({ n: 1n }))] });
    await world.send(t);
    expect(world.runs()).toMatchObject([{ status: 'failed', error: { name: 'UnstorableResult' } }]);
  });

  test("fails a run that is sent more than its document can hold, and tells the author's log lines once", async () => {
    const world = createTestWorld({
      journeys: [
        journeyOf(async ({ step, logger }) => {
          logger.info('begun');
          await step.waitForEvent('a', { event: 'a', timeout: '1d' });
          logger.info('between');
          await step.waitForEvent('b', { event: 'b', timeout: '1d' });
          await step.sleep('rest', '1h');
        }),
      ],
    });
    const text = 'x'.repeat(200_000);
    await world.send(t, { name: 'a', data: { k: 1, text } });
    expect(world.runs()).toMatchObject([{ status: 'active' }]);
    await world.send({ name: 'b', data: { k: 1, text } });
    expect(world.runs()).toMatchObject([{ status: 'failed', error: { name: 'ResultTooLarge' } }]);
    expect(world.timers()).toEqual([]);
    expect(world.logs().map((line) => line.message)).toEqual(['begun', 'between']);
  });

  test('an event dated in the future comes back at its time', async () => {
    const world = createTestWorld({ journeys: [cart] });
    await world.send(added('42', { time: new Date(world.now.getTime() + 3_600_000) }));
    expect(world.runs()).toEqual([]);
    await world.advance('1h');
    expect(world.runs()).toMatchObject([{ status: 'active' }]);
  });

  test('a day passes in well under a second for a hundred carts', async () => {
    const world = createTestWorld({ journeys: [cart] });
    for (let i = 0; i < 100; i += 1) await world.send(added(i));
    for (let i = 0; i < 50; i += 1) await world.send(purchased(i));
    await world.advance('24h');
    expect(mails).toHaveLength(50);
  });

  test('fails a step that calls AWS without a stub, with a hint how to stub it', async () => {
    const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
    const client = new EventBridgeClient({});
    const journey = journeyOf(
      async ({ step }) => {
        await step.run('mail', () => client.send(new PutEventsCommand({ Entries: [{}] })));
      },
      { retries: 0 },
    );
    const world = createTestWorld({ journeys: [journey] });
    await world.send(t);
    expect(world.runs()[0]!.error?.message).toMatch(/Stub it: createTestWorld/);
    const stubbed = createTestWorld({ journeys: [journey], steps: { 'j/mail': () => 'sent' } });
    await stubbed.send(t);
    expect(stubbed.runs()).toMatchObject([{ status: 'completed' }]);
  });
});
