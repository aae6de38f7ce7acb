/** The stories of the five example journeys, told in memory: what a user does, and which mails come of it. */
import { createTestWorld, type TestWorld } from 'sojourn/testing';
import { journey as abandonedCart } from '../../lambda/abandoned-cart.js';
import { journey as activation } from '../../lambda/activation.js';
import { journey as cartWeek } from '../../lambda/cart-week.js';
import { journey as salesFollowUp } from '../../lambda/sales-follow-up.js';
import { journey as winBack } from '../../lambda/win-back.js';

const user = { email: 'ada@example.com' };
let mails: string[];

/** A world whose steps note their names instead of sending a mail. */
function worldOf(journey: Parameters<typeof createTestWorld>[0]['journeys'][number], steps: readonly string[]) {
  mails = [];
  return createTestWorld({
    journeys: [journey],
    steps: Object.fromEntries(steps.map((step) => [`${journey.definition.id}/${step}`, () => void mails.push(step)])),
  });
}

function ends(world: TestWorld): unknown[] {
  return world.runs().map(({ status, ...run }) => ('output' in run ? run.output : status));
}

const added = { name: 'cart/product.added', data: { cart_id: '42', user } };
const purchased = { name: 'cart/purchased', data: { cart_id: '42' } };

describe('abandoned cart', () => {
  const world = () => worldOf(abandonedCart, ['send-reminder']);

  test('a forgotten cart gets one reminder after a day', async () => {
    const shop = world();
    await shop.send(added);
    await shop.advance('23h');
    expect(mails).toEqual([]);
    await shop.advance('1h');
    expect(mails).toEqual(['send-reminder']);
    expect(ends(shop)).toEqual([{ outcome: 'reminded' }]);
    expect(shop.timers()).toEqual([]);
  });

  test('a bought cart gets none', async () => {
    const shop = world();
    await shop.send(added);
    await shop.advance('3h');
    await shop.send(purchased);
    await shop.advance('3d');
    expect(mails).toEqual([]);
    expect(ends(shop)).toEqual([{ outcome: 'purchased' }]);
  });

  test('a newer product begins the day again', async () => {
    const shop = world();
    await shop.send(added);
    await shop.advance('5h');
    await shop.send(added);
    expect(shop.timers()).toHaveLength(1);
    await shop.advance('23h');
    expect(mails).toEqual([]);
    await shop.advance('1h');
    expect(mails).toEqual(['send-reminder']);
    expect(ends(shop)).toEqual(['cancelled', { outcome: 'reminded' }]);
  });
});

describe('cart week', () => {
  const added = { name: 'basket/product.added', data: { basket_id: '42', user } };
  const purchased = { name: 'basket/purchased', data: { basket_id: '42' } };
  const world = () => worldOf(cartWeek, ['remind', 'remind-last']);

  test('a forgotten cart gets a reminder after a day and a last one six days later', async () => {
    const shop = world();
    await shop.send(added);
    await shop.advance('24h');
    expect(mails).toEqual(['remind']);
    await shop.advance('6d');
    expect(mails).toEqual(['remind', 'remind-last']);
    expect(ends(shop)).toEqual([{ outcome: 'abandoned', reminders: 2 }]);
  });

  test('a cart that is bought after the first reminder gets no second one', async () => {
    const shop = world();
    await shop.send(added);
    await shop.advance('3d');
    await shop.send(purchased);
    await shop.advance('10d');
    expect(mails).toEqual(['remind']);
    expect(ends(shop)).toEqual([{ outcome: 'purchased', reminders: 1 }]);
  });

  test('a product on the fifth day begins the week again', async () => {
    const shop = world();
    await shop.send(added);
    await shop.advance('5d');
    await shop.send(added);
    await shop.advance('2d');
    expect(mails).toEqual(['remind', 'remind']);
    expect(ends(shop)[0]).toBe('cancelled');
  });
});

describe('activation', () => {
  const world = () => worldOf(activation, ['send-first-steps']);
  const signedUp = { name: 'user/signed.up', data: { user_id: 'ada', user } };

  test('who has done nothing for three days is helped', async () => {
    const product = world();
    await product.send(signedUp);
    await product.advance('3d');
    expect(mails).toEqual(['send-first-steps']);
  });

  test('who has done the key action is left alone', async () => {
    const product = world();
    await product.send(signedUp);
    await product.advance('2d');
    await product.send({ name: 'user/key.action', data: { user_id: 'ada' } });
    await product.advance('3d');
    expect(mails).toEqual([]);
    expect(ends(product)).toEqual([{ outcome: 'activated' }]);
  });
});

describe('sales follow-up', () => {
  const world = () => worldOf(salesFollowUp, ['remind-sales']);
  const entered = { name: 'lead/entered', data: { lead_id: 7 } };

  test('a lead that nobody reaches out to for a week is brought to mind', async () => {
    const pipeline = world();
    await pipeline.send(entered);
    await pipeline.advance('7d');
    expect(mails).toEqual(['remind-sales']);
  });

  test('outreach to another lead does not count', async () => {
    const pipeline = world();
    await pipeline.send(entered, { name: 'sales/outreach.logged', data: { lead_id: 8 } });
    await pipeline.advance('7d');
    expect(mails).toEqual(['remind-sales']);
    await pipeline.send({ name: 'lead/entered', data: { lead_id: 9 } });
    await pipeline.send({ name: 'sales/outreach.logged', data: { lead_id: 9 } });
    await pipeline.advance('7d');
    expect(mails).toEqual(['remind-sales']);
  });
});

describe('win-back', () => {
  const world = () => worldOf(winBack, ['send-offer']);
  const active = { name: 'user/active', data: { user_id: 'ada', user } };

  test('thirty silent days after the last activity bring one offer', async () => {
    const product = world();
    await product.send(active);
    await product.advance('29d');
    await product.send(active);
    await product.advance('29d');
    expect(mails).toEqual([]);
    await product.advance('1d');
    expect(mails).toEqual(['send-offer']);
    expect(ends(product)).toEqual(['cancelled', { outcome: 'offered' }]);
    expect(product.timers()).toEqual([]);
  });
});
