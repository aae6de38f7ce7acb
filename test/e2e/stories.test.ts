/** The five stories of the app: outcomes, mails, timers. Every one on the stack that `cdk deploy` would deploy. */
import { appAssembly, beforehand } from './assembly.js';
import { type AppEvent, dayMs, expectNothingLeft, hourMs, minuteMs, type Stand, start, startMs } from './stand.js';

beforehand(appAssembly);

async function startApp(): Promise<Stand> {
  return start(await appAssembly());
}

/** Timers fire up to a minute late: an hour is past every one. */
const late = hourMs;

describe('abandoned cart', () => {
  const journey = 'abandoned-cart';
  const added = (cart: string, product: string, timeMs?: number): AppEvent => ({
    name: 'cart/product.added',
    data: { cart_id: cart, product, user: { email: `${cart}@example.com` } },
    ...(timeMs !== undefined && { timeMs }),
  });
  const purchased = (cart: string): AppEvent => ({ name: 'cart/purchased', data: { cart_id: cart } });

  test('a cart that is bought gets no mail, and its timer is gone at once', async () => {
    const app = await startApp();
    await app.send(added('a', 'teapot'));
    expect(app.sandbox.schedules()).toMatchObject([{ fireAtMs: startMs + dayMs + 2_000 }]);
    await app.advance(3 * hourMs);
    await app.send(purchased('a'));
    expect(app.sandbox.schedules()).toEqual([]);
    await app.advance(2 * dayMs);
    expect(await app.outcomes(journey, 'a')).toEqual(['completed: purchased']);
    expect(app.recipients()).toEqual([]);
    expectNothingLeft(app);
  });

  test('a forgotten cart gets one mail, within a minute after its day', async () => {
    const app = await startApp();
    await app.send(added('b', 'lamp'));
    await app.advance(dayMs);
    expect(app.recipients()).toEqual([]);
    await app.advance(minuteMs + 2_000);
    expect(app.recipients()).toEqual(['b@example.com']);
    await app.advance(10 * dayMs);
    expect(await app.outcomes(journey, 'b')).toEqual(['completed: reminded']);
    expect(app.recipients()).toEqual(['b@example.com']);
    expect(app.sandbox.outbox()).toMatchObject([
      { from: 'shop@example.com', subject: 'You left something in your cart' },
    ]);
    expectNothingLeft(app);
  });

  test('a second product cancels the first run with its timer; one mail, a day after the second', async () => {
    const app = await startApp();
    await app.send(added('c', 'chair'));
    await app.advance(5 * hourMs);
    await app.send(added('c', 'cushion'));
    expect(app.sandbox.schedules()).toMatchObject([{ fireAtMs: startMs + 5 * hourMs + dayMs + 2_000 }]);
    expect(await app.outcomes(journey, 'c')).toEqual(['cancelled', 'active']);
    await app.advance(dayMs - minuteMs);
    expect(app.recipients()).toEqual([]);
    await app.advance(late);
    expect(await app.outcomes(journey, 'c')).toEqual(['cancelled', 'completed: reminded']);
    expect(app.recipients()).toEqual(['c@example.com']);
    expectNothingLeft(app);
  });

  test('a purchase that is delivered before its trigger is not missed', async () => {
    const app = await startApp();
    await app.send(purchased('d'));
    await app.send(added('d', 'vase', startMs - minuteMs));
    expect(await app.outcomes(journey, 'd')).toEqual(['completed: purchased']);
    expect(app.sandbox.schedules()).toEqual([]);
    await app.advance(2 * dayMs);
    expect(app.recipients()).toEqual([]);
    expectNothingLeft(app);
  });

  test('two products of one instant leave exactly one run, and one mail', async () => {
    const app = await startApp();
    await app.send(added('e', 'cup'), added('e', 'saucer'));
    expect((await app.outcomes(journey, 'e')).sort()).toEqual(['active', 'cancelled']);
    await app.advance(dayMs + late);
    expect((await app.outcomes(journey, 'e')).sort()).toEqual(['cancelled', 'completed: reminded']);
    expect(app.recipients()).toEqual(['e@example.com']);
    expectNothingLeft(app);
  });
});

describe('cart week', () => {
  const journey = 'cart-week';
  const added = (basket: string): AppEvent => ({
    name: 'basket/product.added',
    data: { basket_id: basket, user: { email: `${basket}@example.com` } },
  });
  const purchased = (basket: string): AppEvent => ({ name: 'basket/purchased', data: { basket_id: basket } });

  test('an abandoned basket gets a reminder after a day and a last one six days later', async () => {
    const app = await startApp();
    await app.send(added('a'));
    await app.advance(dayMs + late);
    expect(app.sandbox.outbox().map(({ subject }) => subject)).toEqual(['Still thinking it over?']);
    await app.advance(5 * dayMs + 12 * hourMs);
    expect(app.recipients()).toEqual(['a@example.com']);
    await app.advance(12 * hourMs + late);
    expect(app.sandbox.outbox().map(({ subject }) => subject)).toEqual([
      'Still thinking it over?',
      'Last call for your cart',
    ]);
    expect(app.recipients()).toEqual(['a@example.com', 'a@example.com']);
    expect(await app.runs({ journey, key: 'a' })).toMatchObject([{ output: { outcome: 'abandoned', reminders: 2 } }]);
    expectNothingLeft(app);
  });

  test('a basket that is bought in the week gets the first reminder only, and its timer is gone at once', async () => {
    const app = await startApp();
    await app.send(added('b'));
    await app.advance(4 * dayMs);
    expect(app.recipients()).toEqual(['b@example.com']);
    await app.send(purchased('b'));
    expect(app.sandbox.schedules()).toEqual([]);
    await app.advance(10 * dayMs);
    expect(await app.runs({ journey, key: 'b' })).toMatchObject([{ output: { outcome: 'purchased', reminders: 1 } }]);
    expect(app.recipients()).toEqual(['b@example.com']);
    expectNothingLeft(app);
  });

  test('a basket that is bought on its first day gets no mail', async () => {
    const app = await startApp();
    await app.send(added('c'));
    await app.advance(hourMs);
    await app.send(purchased('c'));
    await app.advance(10 * dayMs);
    expect(await app.runs({ journey, key: 'c' })).toMatchObject([{ output: { outcome: 'purchased', reminders: 0 } }]);
    expect(app.recipients()).toEqual([]);
    expectNothingLeft(app);
  });

  test('a newer product in the week starts the week again, and the old timer is gone at once', async () => {
    const app = await startApp();
    await app.send(added('d'));
    await app.advance(3 * dayMs);
    expect(app.recipients()).toHaveLength(1);
    await app.send(added('d'));
    expect(app.sandbox.schedules()).toMatchObject([{ fireAtMs: startMs + 4 * dayMs + 2_000 }]);
    expect(await app.outcomes(journey, 'd')).toEqual(['cancelled', 'active']);
    await app.advance(10 * dayMs);
    expect(await app.outcomes(journey, 'd')).toEqual(['cancelled', 'completed: abandoned']);
    expect(app.recipients()).toHaveLength(3);
    expectNothingLeft(app);
  });
});

describe('activation', () => {
  const signedUp: AppEvent = { name: 'user/signed.up', data: { user_id: 'u1', user: { email: 'u1@example.com' } } };

  test('who does the key action in time gets no mail', async () => {
    const app = await startApp();
    await app.send(signedUp);
    await app.advance(2 * dayMs);
    await app.send({ name: 'user/key.action', data: { user_id: 'u1' } });
    expect(app.sandbox.schedules()).toEqual([]);
    await app.advance(5 * dayMs);
    expect(await app.outcomes('activation', 'u1')).toEqual(['completed: activated']);
    expect(app.recipients()).toEqual([]);
    expectNothingLeft(app);
  });

  test('who has not done it after three days gets the first steps, once', async () => {
    const app = await startApp();
    await app.send(signedUp);
    await app.advance(3 * dayMs + late);
    await app.send({ name: 'user/key.action', data: { user_id: 'u1' } });
    await app.advance(5 * dayMs);
    expect(await app.outcomes('activation', 'u1')).toEqual(['completed: helped']);
    expect(app.recipients()).toEqual(['u1@example.com']);
    expectNothingLeft(app);
  });
});

describe('sales follow-up', () => {
  const entered: AppEvent = { name: 'lead/entered', data: { lead_id: 'l7' } };

  test('a lead that somebody reaches out to is no reason for a reminder', async () => {
    const app = await startApp();
    await app.send(entered);
    await app.advance(6 * dayMs);
    await app.send({ name: 'sales/outreach.logged', data: { lead_id: 'l7' } });
    expect(app.sandbox.schedules()).toEqual([]);
    await app.advance(5 * dayMs);
    expect(await app.outcomes('sales-follow-up', 'l7')).toEqual(['completed: contacted']);
    expect(app.recipients()).toEqual([]);
    expectNothingLeft(app);
  });

  test('a lead that waits for a week is told to the sales team, once', async () => {
    const app = await startApp();
    await app.send(entered);
    await app.advance(9 * dayMs);
    expect(await app.outcomes('sales-follow-up', 'l7')).toEqual(['completed: sales-reminded']);
    expect(app.recipients()).toEqual(['shop@example.com']);
    expect(app.sandbox.outbox()).toMatchObject([{ subject: 'Lead l7 has been waiting for a week' }]);
    expectNothingLeft(app);
  });
});

describe('win-back', () => {
  const active: AppEvent = { name: 'user/active', data: { user_id: 'u1', user: { email: 'u1@example.com' } } };

  test('three activities, then silence: one offer, 30 days after the last', async () => {
    const app = await startApp();
    await app.send(active);
    await app.advance(10 * dayMs);
    await app.send(active);
    await app.advance(29 * dayMs);
    await app.send(active);
    expect(await app.outcomes('win-back', 'u1')).toEqual(['cancelled', 'cancelled', 'active']);
    expect(app.sandbox.schedules()).toMatchObject([{ fireAtMs: startMs + 69 * dayMs + 2_000 }]);
    await app.advance(30 * dayMs - minuteMs);
    expect(app.recipients()).toEqual([]);
    await app.advance(late);
    expect(await app.outcomes('win-back', 'u1')).toEqual(['cancelled', 'cancelled', 'completed: offered']);
    expect(app.recipients()).toEqual(['u1@example.com']);
    await app.advance(60 * dayMs);
    expect(app.recipients()).toHaveLength(1);
    expectNothingLeft(app);
  });
});
