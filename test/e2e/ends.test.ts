/** Errors and ends on the synthesized app: a saga that is undone, and what follows a run that failed or was cancelled. */
import { beforehand, endsAssembly } from './assembly.js';
import { type AppEvent, dayMs, expectNothingLeft, hourMs, type Stand, start } from './stand.js';

beforehand(endsAssembly);

const order = (name: string, data: object = {}): AppEvent => ({ name, data: { order_id: 'o-4711', ...data } });
const placed = order('order/placed', { weight: { kg: 31 } });

/** What the journey has put on the bus, in order. */
function told(app: Stand): string[] {
  return app.sandbox.events().flatMap(({ event, by }) => (by === undefined ? [] : [event['detail-type']]));
}

/** The runs of the order, and the one that follows: status, outcome, and whether it follows the other. */
async function ends(app: Stand): Promise<unknown[]> {
  const runs = (await app.runs({ journey: 'order', key: 'o-4711' })) as readonly (Awaited<
    ReturnType<Stand['runs']>
  >[number] & { readonly follows?: string })[];
  return runs.map(({ status, output, follows }) => [status, output?.outcome, follows === runs[0]?.runId]);
}

test('a step that fails for good is caught, and what was done before it is undone in reverse order', async () => {
  const app = await start(await endsAssembly());
  await app.send(placed);
  await app.send(order('order/paid'));
  expect(told(app)).toEqual(['stock/reserved', 'card/charged', 'card/refunded', 'stock/released']);
  expect(await ends(app)).toEqual([['completed', 'undone', false]]);
  expectNothingLeft(app);
});

test('a run that is cancelled is followed by onCancel, which is listed under its key', async () => {
  const app = await start(await endsAssembly());
  await app.send(placed);
  await app.advance(hourMs);
  await app.send(order('order/withdrawn'));
  await app.advance(hourMs);
  expect(told(app)).toEqual(['stock/reserved', 'stock/released']);
  expect(app.sandbox.events().at(-1)?.event.detail).toEqual({ order_id: 'o-4711', because: 'event' });
  expect(await ends(app)).toEqual([
    ['cancelled', undefined, false],
    ['completed', 'released', true],
  ]);
  expectNothingLeft(app);
});

test('a run that takes too long is cancelled by its own time, and onCancel is told so', async () => {
  const app = await start(await endsAssembly());
  await app.send(placed);
  expect(app.sandbox.schedules()).toHaveLength(2);
  await app.advance(3 * dayMs + hourMs);
  expect(app.sandbox.events().at(-1)?.event.detail).toEqual({ order_id: 'o-4711', because: 'timeout' });
  expect(await ends(app)).toEqual([
    ['cancelled', undefined, false],
    ['completed', 'released', true],
  ]);
  expectNothingLeft(app);
});

test('a run that fails is followed by onFailure', async () => {
  const app = await start(await endsAssembly());
  await app.send(order('order/placed'));
  await app.send(order('order/paid'));
  expect(told(app)).toEqual(['stock/reserved', 'card/charged', 'order/lost']);
  expect(await ends(app)).toEqual([
    ['failed', undefined, false],
    ['completed', 'told', true],
  ]);
  expectNothingLeft(app);
});
