/** A journey without code on the synthesized app: what starts, finds, asks and ends its runs. */
import { beforehand, declaredAssembly } from './assembly.js';
import { type AppEvent, dayMs, expectNothingLeft, type Stand, start } from './stand.js';

beforehand(declaredAssembly);

const journey = 'order';
const startApp = async (): Promise<Stand> => start(await declaredAssembly());

const placed = (order_id: string, user_id: string, amount: number): AppEvent => ({
  name: 'order/placed',
  data: { order_id, user_id, amount },
});
const settled = (payment_id: string, amount: number): AppEvent => ({
  name: 'payment/settled',
  data: { payment_id, amount, by: 'card' },
});
const left = (user_id: string, why: string): AppEvent => ({ name: 'customer/left', data: { user_id, why } });

test('a large order is paid by an event that has its payment’s id, and enough', async () => {
  const app = await startApp();
  await app.send(placed('1', 'ann', 40));
  expect(await app.outcomes(journey, '1')).toEqual([]);
  await app.send(placed('1', 'ann', 140), placed('1', 'ann', 140), placed('2', 'bob', 140));
  expect((await app.outcomes(journey, '1')).sort()).toEqual(['active', 'skipped']);
  await app.send(settled('pay-1', 20), settled('pay-3', 200), settled('pay-1', 140));
  expect((await app.outcomes(journey, '1')).sort()).toEqual(['completed: paid', 'skipped']);
  expect(await app.outcomes(journey, '2')).toEqual(['active']);
  await app.send(left('bob', 'moved'));
  expectNothingLeft(app);
});

test('a customer who leaves for good ends her orders, and a run that takes too long ends by itself', async () => {
  const app = await startApp();
  await app.send(placed('1', 'ann', 140), placed('2', 'ann', 140));
  await app.send({ name: 'order/imported', data: { order_id: '3', user_id: 'bob' } });
  await app.send(left('ann', 'holiday'));
  expect(await app.outcomes(journey, '1')).toEqual(['active']);
  await app.send(left('ann', 'moved'));
  expect(await app.outcomes(journey, '1')).toEqual(['cancelled']);
  expect(await app.outcomes(journey, '2')).toEqual(['cancelled']);
  expect(await app.outcomes(journey, '3')).toEqual(['active']);
  await app.advance(4 * dayMs);
  expect(await app.outcomes(journey, '3')).toEqual(['cancelled']);
  expectNothingLeft(app);
});
