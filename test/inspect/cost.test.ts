/** Usage -> dollars: which calls are billed, what is assumed, and that nothing that was counted is lost. */
import { assumptions, billOf, idleBill, mix, type Tally, totalOf, usageOf } from '../../lib/inspect/cost.js';
import { alternatives } from '../../lib/inspect/cost-alternatives.js';
import { priceList, prices } from '../../lib/inspect/prices.js';

const matched: Tally = {
  calls: {
    'events:Delivery': 2,
    'dynamodb:PutItem': 3,
    'dynamodb:Query': 2,
    'scheduler:CreateSchedule': 1,
    'scheduler:DeleteSchedule': 1,
  },
  readUnits: 2,
  writeUnits: 3,
  invocations: 2,
};
const timedOut: Tally = {
  calls: {
    'events:Delivery': 1,
    'scheduler:Delivery': 1,
    'dynamodb:PutItem': 3,
    'dynamodb:Query': 2,
    'scheduler:CreateSchedule': 1,
    'ses:SendEmail': 1,
  },
  readUnits: 2,
  writeUnits: 3,
  invocations: 2,
};

const million = 1_000_000;
const carts = mix([
  { times: million / 2, usage: usageOf(matched) },
  { times: million / 2, usage: usageOf(timedOut) },
]);
const cents = (bill: ReturnType<typeof billOf>) =>
  Object.fromEntries([...bill.run, ...bill.kept].map(({ what, usd }) => [what, Number(usd.toFixed(3))]));

describe('a million carts, half of them bought', () => {
  test('cost what the arithmetic of the list prices says', () => {
    expect(cents(billOf({ ...carts, logBytes: 0 }, { ...assumptions, lambdaLogBytes: 0, coldShare: 0 }))).toEqual({
      events: 1.5,
      'timers that fire': 0.5,
      invocations: 0.4,
      compute: 0.533,
      'cold starts': 0,
      writes: 1.875,
      reads: 0.25,
      'logs taken in': 0,
      'the table': 0,
      'its backups': 0,
      'logs kept': 0,
    });
  });

  test('cost the same whether a run matches or times out, but for the mail', () => {
    const [one, other] = [billOf(usageOf(matched)), billOf(usageOf(timedOut))];
    expect(one.usd).toBeCloseTo(other.usd, 12);
    expect(one.steps).toEqual([]);
    expect(other.steps).toEqual([{ what: 'ses:SendEmail', item: 'mail', quantity: 1, usd: 0.0001 }]);
  });

  test('are cheaper than on Step Functions and on durable functions, by the lean variants of both', () => {
    const [stepFunctions, durable] = alternatives(million, 0.5);
    expect(totalOf(stepFunctions!.own)).toBeCloseTo(62.5);
    expect(durable!.own.map(({ usd }) => Number(usd.toFixed(2)))).toEqual([36, 1, 0.3]);
    expect(stepFunctions!.usd / billOf(carts).usd).toBeGreaterThan(8);
    expect(durable!.usd / billOf(carts).usd).toBeGreaterThan(5);
  });
});

describe('a bill', () => {
  test('takes one event for each delivery, and one for each that a step sends', () => {
    expect(usageOf({ ...matched, calls: { 'events:Delivery': 2, 'events:PutEvents': 1 } }).events).toBe(3);
  });

  test('counts what a step does beside the sum, priced where it has a price', () => {
    const calls = { 'ses:SendEmail': 2, 'sqs:SendMessage': 1, 's3:PutObject': 3 };
    const bill = billOf({ ...usageOf(matched), calls });
    expect(bill.steps.map(({ item, quantity }) => [item, quantity])).toEqual([
      ['mail', 2],
      ['queueRequest', 1],
    ]);
    expect(bill.unpriced).toEqual({ 's3:PutObject': 3 });
    expect(bill.usd).toBe(billOf(usageOf(matched)).usd);
  });

  test('takes measured bytes of log before assumed ones, and adds Lambda’s own', () => {
    const logs = (usage: Parameters<typeof billOf>[0]) =>
      billOf(usage).run.find(({ what }) => what === 'logs taken in')!.quantity * 1e9;
    expect(logs(usageOf(matched))).toBeCloseTo(2 * (assumptions.logBytes + assumptions.lambdaLogBytes));
    expect(logs({ ...usageOf(matched), logBytes: 100 })).toBeCloseTo(100 + 2 * assumptions.lambdaLogBytes);
  });

  test('has a line for backups only where there are any', () => {
    const kept = (backups: boolean) =>
      billOf({ ...carts, tableGbMonths: 1 }, { ...assumptions, backups }).kept.map(({ what }) => what);
    expect(kept(true)).toEqual(['the table', 'its backups', 'logs kept']);
    expect(kept(false)).toEqual(['the table', 'logs kept']);
  });
});

test('a hub in which nothing happens costs less than a dollar a month', () => {
  expect(totalOf(idleBill())).toBeCloseTo(0.79 + 0.1, 2);
});

test('every price has its page, its unit and where it is known from', () => {
  expect(priceList).toEqual({ region: 'us-east-1', asOf: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
  for (const { usd, per, page, knownFrom } of Object.values(prices)) {
    expect(usd).toBeGreaterThan(0);
    expect(page).toMatch(/^https:\/\/aws\.amazon\.com\/[\w-]+\/pricing\/$/);
    expect(per.length * knownFrom.length).toBeGreaterThan(0);
  }
});
