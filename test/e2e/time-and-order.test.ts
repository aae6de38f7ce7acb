/** Deadlines, events out of their time, and deliveries that race: what the promise says, on the app's own stack. */
import type { Faults } from '../../lib/sandbox/index.js';
import { appAssembly, beforehand } from './assembly.js';
import {
  type AppEvent,
  control,
  dayMs,
  expectNothingLeft,
  hourMs,
  minuteMs,
  ofKind,
  type Stand,
  secondMs,
  start,
  startMs,
} from './stand.js';

beforehand(appAssembly);

const journey = 'abandoned-cart';
const added = (cart: string, timeMs?: number): AppEvent => ({
  name: 'cart/product.added',
  data: { cart_id: cart, user: { email: `${cart}@example.com` } },
  ...(timeMs !== undefined && { timeMs }),
});
const purchased = (cart: string, timeMs?: number): AppEvent => ({
  name: 'cart/purchased',
  data: { cart_id: cart },
  ...(timeMs !== undefined && { timeMs }),
});

async function startApp(): Promise<Stand> {
  return start(await appAssembly());
}

describe('a purchase near the deadline', () => {
  test('counts in the very second of the deadline', async () => {
    const app = await startApp();
    await app.send(added('a'));
    await app.advance(dayMs);
    await app.send(purchased('a'));
    await app.advance(hourMs);
    expect(await app.outcomes(journey, 'a')).toEqual(['completed: purchased']);
    expect(app.recipients()).toEqual([]);
    expectNothingLeft(app);
  });

  test('is too late a second after it, although the timer has not fired: it brings the reminder at once', async () => {
    const app = await startApp();
    await app.send(added('a'));
    await app.advance(dayMs + secondMs);
    await app.send(purchased('a'));
    expect(await app.outcomes(journey, 'a')).toEqual(['completed: reminded']);
    expect(app.recipients()).toEqual(['a@example.com']);
    await app.advance(hourMs);
    expect(app.recipients()).toEqual(['a@example.com']);
    expectNothingLeft(app);
  });

  test('counts by the time when it happened, when it arrives after the deadline and before the timer', async () => {
    const app = await startApp();
    await app.send(added('a'));
    await app.advance(dayMs + secondMs);
    await app.send(purchased('a', startMs + 23 * hourMs));
    expect(await app.outcomes(journey, 'a')).toEqual(['completed: purchased']);
    await app.advance(hourMs);
    expect(app.recipients()).toEqual([]);
    expectNothingLeft(app);
  });
});

describe('an event out of its time', () => {
  test('waits for its time when it is dated ahead, by more than clocks may differ', async () => {
    const app = await startApp();
    await app.send(added('a', startMs + hourMs));
    expect(await app.runs()).toEqual([]);
    expect(app.sandbox.schedules()).toMatchObject([{ fireAtMs: startMs + hourMs + 2 * secondMs }]);
    await app.advance(2 * hourMs);
    expect(await app.runs({ journey })).toMatchObject([{ status: 'active', startedAt: '2027-01-04T11:00:00Z' }]);
    await app.advance(dayMs);
    expect(app.recipients()).toEqual(['a@example.com']);
    expectNothingLeft(app);
  });

  test('that is dated ahead costs a schedule which fires and an invocation, and no unit', async () => {
    const costOf = async (aheadMs: number) => {
      const app = await startApp();
      await app.send(added('a', startMs + aheadMs));
      await app.advance(2 * hourMs);
      expect(await app.outcomes(journey, 'a')).toEqual(['active']);
      const groups = app.sandbox.calls({ journey });
      const sum = (of: (group: (typeof groups)[number]) => number) => groups.reduce((all, group) => all + of(group), 0);
      return {
        writeUnits: sum(({ writeUnits }) => writeUnits),
        readUnits: sum(({ readUnits }) => readUnits),
        schedules: sum(({ calls }) => calls['scheduler:CreateSchedule'] ?? 0),
        invocations: ofKind(app.activities, 'invoked').length,
      };
    };
    expect(await costOf(0)).toEqual({ writeUnits: 1, readUnits: 1, schedules: 1, invocations: 1 });
    expect(await costOf(hourMs)).toEqual({ writeUnits: 1, readUnits: 1, schedules: 2, invocations: 2 });
  });

  test('starts its run late when it is old, and reminds at once when its day is over', async () => {
    const app = await startApp();
    await app.send(added('a', startMs - 3 * dayMs));
    await app.advance(5 * minuteMs);
    expect(await app.outcomes(journey, 'a')).toEqual(['completed: reminded']);
    expect(app.recipients()).toEqual(['a@example.com']);
    expectNothingLeft(app);
  });

  test('ends with the dead letters as TooLate when it is older than 16 days', async () => {
    const app = await startApp();
    await app.send(added('a', startMs - 17 * dayMs));
    await app.advance(5 * minuteMs);
    expect(await app.runs()).toEqual([]);
    expect(app.sandbox.deadLetters()).toMatchObject([{ body: { responsePayload: { errorType: 'TooLate' } } }]);
  });
});

test('events of one cart that arrive at the same time are taken one at a time, whichever is first', async () => {
  const app = await startApp();
  const carts = Array.from({ length: 30 }, (_, index) => `c${index}`);
  const orders = [
    (cart: string) => [added(cart), purchased(cart)],
    (cart: string) => [purchased(cart), added(cart)],
    (cart: string) => [added(cart), added(cart), purchased(cart)],
  ];
  // No settling in between: up to four environments of the function work on a cart at once.
  for (const [index, cart] of carts.entries()) await app.put(...orders[index % orders.length]!(cart));
  await app.sandbox.settle();
  await app.advance(10 * minuteMs);
  for (const [index, cart] of carts.entries()) {
    const outcomes = await app.outcomes(journey, cart);
    expect(outcomes).toHaveLength(index % orders.length === 2 ? 2 : 1);
    expect(outcomes).toContain('completed: purchased');
    expect(outcomes.filter((outcome) => outcome !== 'completed: purchased' && outcome !== 'cancelled')).toEqual([]);
  }
  expect(app.recipients()).toEqual([]);
  expect(app.sandbox.schedules()).toEqual([]);
  expect(app.sandbox.deadLetters()).toEqual([]);
});

test('deliveries are held and released in any order by the control API, and no event is lost', async () => {
  const app = await startApp();
  const { url } = app.sandbox;
  await control(url, '/deliveries', { body: { hold: { 'detail-type': ['cart/product.added'] } } });
  const [first, second] = await app.put(added('a'), added('a', startMs + minuteMs));
  await app.send(purchased('a', startMs + 2 * minuteMs));
  expect(await app.runs()).toEqual([]);
  const held = await control(url, '/deliveries');
  expect(held.body.held.map((one: { event: { id: string } }) => one.event.id)).toEqual([first, second]);
  await control(url, '/deliveries', { body: { release: [second] } });
  expect(await app.outcomes(journey, 'a')).toEqual(['completed: purchased']);
  await control(url, '/deliveries', { body: { hold: false, release: 'all' } });
  // The older one comes last, and finds the newer one on record: it starts nothing.
  expect(await app.outcomes(journey, 'a')).toEqual(['cancelled', 'completed: purchased']);
  expectNothingLeft(app);
});

test('what came during an outage of the table is redriven by itself, and taken up as if nothing had been', async () => {
  let outage = true;
  const faults: Faults = {
    delivery: () => ({ copies: [{ delayMs: 0 }] }),
    call: ({ caller, service }) =>
      outage && caller.kind === 'function' && service === 'dynamodb'
        ? { kind: 'refuse', status: 400, code: 'AccessDeniedException', message: 'not now' }
        : { kind: 'pass' },
  };
  const app = await start(await appAssembly(), { faults });
  await app.send(added('a'), added('b'), purchased('b'));
  await app.advance(hourMs);
  expect(await app.runs()).toEqual([]);
  expect(app.sandbox.deadLetters()).toHaveLength(3);

  outage = false;
  await app.advance(hourMs);
  expect(app.sandbox.deadLetters()).toEqual([]);
  expect(await app.runs({ journey, key: 'a' })).toMatchObject([
    { status: 'active', startedAt: '2027-01-04T10:00:00Z' },
  ]);
  expect(await app.outcomes(journey, 'b')).toEqual(['completed: purchased']);
  await app.advance(dayMs);
  expect(app.recipients()).toEqual(['a@example.com']);
  expect(app.sandbox.schedules()).toEqual([]);
  expect(app.sandbox.deadLetters()).toEqual([]);
});
