/** What a cart run costs (DESIGN 4.7 and 7): calls and units as the sandbox counts them at its door. */
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { appAssembly, beforehand } from './assembly.js';
import { itemBytes } from './item-bytes.js';
import { control, dayMs, expectNothingLeft, hourMs, type Stand, start, startMs } from './stand.js';

beforehand(appAssembly);

const journey = 'abandoned-cart';
/** As long as a shop's are: a UUID, a long address, a product with its attributes. */
const cart = '0f8fad5b-d9cb-469f-a165-70867728950e';
const added = {
  name: 'cart/product.added',
  data: {
    cart_id: cart,
    product: { id: 'sku-48-1129', name: 'Teapot, porcelain, blue', price: 39.9, quantity: 1 },
    user: { id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', email: 'maximiliana.mustermann@example.com' },
  },
};
const purchased = { name: 'cart/purchased', data: { cart_id: cart, order_id: 'o-20270104-118', total: 39.9 } };

async function startApp(): Promise<Stand> {
  return start(await appAssembly());
}

/** Reads the table as any client can. */
async function items({ sandbox, clients }: Stand): Promise<Record<string, AttributeValue>[]> {
  const scan = new ScanCommand({ TableName: sandbox.environment.tableNames[0], ConsistentRead: true });
  return (await clients.dynamodb.send(scan)).Items ?? [];
}

async function bytesOf(app: Stand, what: string): Promise<void> {
  for (const item of await items(app)) {
    const bytes = itemBytes(item);
    process.stdout.write(`      ${what}: ${String(item.sk?.S).split('#').at(-1)} of ${bytes} bytes\n`);
    expect(bytes).toBeLessThanOrEqual(1_024);
  }
}

test('a cart that is bought costs 3 write and 2 read units, one timer made and one deleted, two invocations', async () => {
  const app = await startApp();
  await app.send(added);
  await bytesOf(app, 'a cart waits');
  await app.advance(3 * hourMs);
  await app.send(purchased);
  expect(app.cost(journey, cart)).toEqual({
    journey,
    key: `${journey}|key|s:${cart}`,
    invocations: 2,
    writeUnits: 3,
    readUnits: 2,
    calls: {
      'events:Delivery': 2,
      'dynamodb:PutItem': 3,
      'dynamodb:Query': 2,
      'scheduler:CreateSchedule': 1,
      'scheduler:DeleteSchedule': 1,
    },
  });
  await bytesOf(app, 'a cart was bought');
  expectNothingLeft(app);
});

test('a forgotten cart costs 3 write and 2 read units, one timer made and none deleted, one mail', async () => {
  const app = await startApp();
  await app.send(added);
  await app.advance(dayMs + hourMs);
  expect(app.cost(journey, cart)).toEqual({
    journey,
    key: `${journey}|key|s:${cart}`,
    invocations: 2,
    writeUnits: 3,
    readUnits: 2,
    calls: {
      'events:Delivery': 1,
      'scheduler:Delivery': 1,
      'dynamodb:PutItem': 3,
      'dynamodb:Query': 2,
      'scheduler:CreateSchedule': 1,
      'ses:SendEmail': 1,
    },
  });
  await bytesOf(app, 'a cart was forgotten');
  expectNothingLeft(app);
});

test('a purchase that comes first costs the cart no more', async () => {
  const app = await startApp();
  await app.send(purchased);
  await app.send({ ...added, timeMs: startMs - 1_000 });
  expect(app.cost(journey, cart)).toMatchObject({ invocations: 2, writeUnits: 3, readUnits: 2 });
  expectNothingLeft(app);
});

test('an awaited event that nobody waits for costs 1 write and 1 read unit', async () => {
  const app = await startApp();
  await app.send(purchased);
  expect(app.cost(journey, cart)).toMatchObject({
    invocations: 1,
    writeUnits: 1,
    readUnits: 1,
    calls: { 'events:Delivery': 1, 'dynamodb:PutItem': 1, 'dynamodb:Query': 1 },
  });
});

test('the control API tells the same over HTTP, and the sum of all carts', async () => {
  const app = await startApp();
  await app.send(added);
  await app.send(purchased);
  const { body } = await control(app.sandbox.url, `/calls?journey=${journey}&key=${cart}`);
  expect(body.byKey).toEqual(app.sandbox.calls({ journey, key: cart }));
  expect(body.total).toMatchObject({ invocations: 2, writeUnits: 3, readUnits: 2 });
});
