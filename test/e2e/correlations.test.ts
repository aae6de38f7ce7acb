/** Waits and a cancel on other values than the key, on the synthesized app: what comes of them, what they cost, what stays. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { beforehand, correlationsAssembly } from './assembly.js';
import { type AppEvent, dayMs, expectNothingLeft, hourMs, type Stand, start } from './stand.js';

beforehand(correlationsAssembly);

const startApp = async (): Promise<Stand> => start(await correlationsAssembly());

const placed = (order_id: string, customer_id: string): AppEvent => ({
  name: 'order/placed',
  data: { order_id, customer_id },
});
const settled = (payment_id: string): AppEvent => ({ name: 'payment/settled', data: { payment_id } });
const left = (customer_id: string): AppEvent => ({ name: 'customer/left', data: { customer_id } });
const closed: AppEvent = { name: 'shop/closed', data: {} };

/** Where runs are pointed to from, sorted. */
async function pointers({ sandbox, clients }: Stand): Promise<string[]> {
  const scan = new ScanCommand({ TableName: sandbox.environment.tableNames[0], ConsistentRead: true });
  const { Items = [] } = await clients.dynamodb.send(scan);
  return Items.filter(({ sk }) => sk?.S?.startsWith('ptr#'))
    .map(({ pk }) => pk!.S!)
    .sort();
}

const counted = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:Query',
  'dynamodb:GetItem',
  'scheduler:CreateSchedule',
  'scheduler:DeleteSchedule',
];

/** What all invocations did together while something happened. */
async function costOf(app: Stand, happening: () => Promise<unknown>): Promise<Record<string, number>> {
  const sums = (): Record<string, number> => {
    const groups = app.sandbox.calls({ journey: 'order' });
    const sum = (pick: (group: (typeof groups)[number]) => number) => groups.reduce((all, one) => all + pick(one), 0);
    return {
      ...{ writeUnits: sum(({ writeUnits }) => writeUnits), readUnits: sum(({ readUnits }) => readUnits) },
      ...Object.fromEntries(counted.map((name) => [name, sum(({ calls }) => calls[name] ?? 0)])),
    };
  };
  const before = sums();
  await happening();
  return Object.fromEntries(
    Object.entries(sums()).flatMap(([name, after]) => (after === before[name] ? [] : [[name, after - before[name]!]])),
  );
}

test('a payment is awaited by the id that a step has made, and an order that is not paid times out', async () => {
  const app = await startApp();
  await app.send(placed('1', 'ann'), placed('2', 'ann'));
  expect(await pointers(app)).toEqual([
    'order|data.customer_id|s:ann',
    'order|data.customer_id|s:ann',
    'order|data.payment_id|s:pay-1',
    'order|data.payment_id|s:pay-2',
  ]);
  await app.send(settled('pay-3'), settled('pay-1'));
  await app.advance(13 * hourMs);
  expect(await app.outcomes('order', '1')).toEqual(['completed: sent']);
  expect(await app.outcomes('order', '2')).toEqual(['active']);
  await app.advance(2 * dayMs);
  expect(await app.outcomes('order', '2')).toEqual(['completed: unpaid']);
  expectNothingLeft(app);
  expect(await pointers(app)).toEqual([]);
});

test('a customer who leaves ends each of her orders, and nobody else’s', async () => {
  const app = await startApp();
  await app.send(placed('1', 'ann'), placed('2', 'ann'), placed('3', 'bob'));
  // Its record and its pointers; of each run its home and the two places where it listens, its end, two pointers and a timer.
  expect(await costOf(app, () => app.send(left('ann')))).toEqual({
    ...{ 'dynamodb:PutItem': 1, 'dynamodb:UpdateItem': 2, 'dynamodb:DeleteItem': 2 * 2, writeUnits: 1 + 2 * 3 },
    // Nothing is on record for their payments: the sandbox counts no unit for a Query that finds nothing.
    ...{ 'dynamodb:Query': 1 + 2 * 3, readUnits: 1 + 2 * 2 },
    'scheduler:DeleteSchedule': 2,
  });
  expect(await app.outcomes('order', '1')).toEqual(['cancelled']);
  expect(await app.outcomes('order', '2')).toEqual(['cancelled']);
  expect(await app.outcomes('order', '3')).toEqual(['active']);
  expect(await costOf(app, () => app.send(left('cid')))).toEqual({
    ...{ 'dynamodb:PutItem': 1, writeUnits: 1, 'dynamodb:Query': 1 },
  });
  await app.send(left('bob'));
  expectNothingLeft(app);
  expect(await pointers(app)).toEqual([]);
});

test('a closing shop reaches three orders of different keys, each once', async () => {
  const app = await startApp();
  const orders = ['1', '2', '3'];
  await app.send(...orders.map((order) => placed(order, `customer-${order}`)), placed('4', 'dan'));
  await app.send(...orders.map((order) => settled(`pay-${order}`)));
  expect(app.sandbox.schedules()).toHaveLength(4);
  // Its record and its pointers; of each run its home and the two places where it still listens, its end, which is a
  // document of more than 1 KB, and its three pointers.
  expect(await costOf(app, () => app.send(closed))).toEqual({
    ...{ 'dynamodb:PutItem': 1 + 3, 'dynamodb:DeleteItem': 3 * 3, writeUnits: 1 + 3 * (2 + 3) },
    ...{ 'dynamodb:Query': 1 + 3 * 3, readUnits: 1 + 3 * 2 },
    'scheduler:DeleteSchedule': 3 * 2,
  });
  for (const order of orders) expect(await app.outcomes('order', order)).toEqual(['completed: held over']);
  expect(await app.outcomes('order', '4')).toEqual(['active']);
  await app.advance(hourMs);
  await app.send(settled('pay-4'));
  await app.advance(dayMs);
  expect(await app.outcomes('order', '4')).toEqual(['completed: sent']);
  expectNothingLeft(app);
  expect(await pointers(app)).toEqual([]);
});
