/** Typed events in the sandbox: what does not fit lies in the dead letters with its reason, and nobody else is concerned. */
import { sojournHere } from '../docs/play.js';
import { beforehand, typedAssembly } from './assembly.js';
import { dayMs, expectNothingLeft, hourMs, minuteMs, type Stand, start } from './stand.js';

beforehand(typedAssembly);
beforehand(() => typedAssembly({ mended: true }));

const startApp = async (): Promise<Stand> => start(await typedAssembly());
const added = (cart_id: string) => ({ name: 'cart/added', data: { cart_id, email: `${cart_id}@example.com` } });
const purchased = (cart_id: string, total: unknown) => ({ name: 'cart/purchased', data: { cart_id, total } });

// biome-ignore lint/suspicious/noExplicitAny: what a command answers is what the tests check.
async function json({ sandbox }: Stand, ...words: readonly string[]): Promise<any> {
  const { stdout } = await sojournHere(sandbox.url, [...words, '--json']);
  await sandbox.settle();
  return JSON.parse(stdout);
}

test('a bad purchase goes to the dead letters with the reason; the run waits on, and a corrected one matches', async () => {
  const app = await startApp();
  await app.send(added('c1'), added('c2'));
  await app.send(purchased('c1', -777_001), purchased('c2', 5));
  await app.advance(30 * minuteMs);
  expect(await app.outcomes('cart', 'c1')).toEqual(['active']);
  expect(await app.outcomes('cart', 'c2')).toEqual(['completed: purchased']);
  const { deadLetters } = await json(app, 'dead-letters');
  expect(deadLetters).toMatchObject([
    {
      journey: 'cart',
      key: 'c1',
      error: 'SchemaMismatch',
      event: { name: 'cart/purchased' },
      refusal: expect.stringMatching(/data\.total: Invalid value: Expected >=0 but received …\. \[SchemaMismatch\]$/),
    },
  ]);
  expect(JSON.stringify(deadLetters)).not.toContain('777001');
  const { stdout } = await sojournHere(app.sandbox.url, ['dead-letters']);
  expect(stdout).toContain(`${deadLetters[0].id}: Event 'cart/purchased'`);
  // Not tried again by itself: it would be refused again.
  await app.advance(hourMs);
  expect(app.logLines('cart').filter(({ message }) => message === 'refused')).toHaveLength(3);

  await app.send(purchased('c1', 7));
  expect(await app.runs({ journey: 'cart', key: 'c1' })).toMatchObject([
    { output: { outcome: 'purchased', total: 7 } },
  ]);
  expect(app.sandbox.schedules()).toEqual([]);
});

test('a redrive takes what was refused once the schema is mended, and refuses it before', async () => {
  const app = await startApp();
  await app.send(added('c1'));
  await app.send(purchased('c1', -5));
  await app.advance(30 * minuteMs);
  expect((await json(app, 'redrive', '--all')).redriven).toMatchObject([
    { outcome: 'failed', because: expect.stringContaining('[SchemaMismatch]') },
  ]);
  await app.sandbox.deploy(await typedAssembly({ mended: true }));
  expect((await json(app, 'redrive', '--all')).redriven).toMatchObject([{ outcome: 'taken' }]);
  expect(await app.runs({ journey: 'cart', key: 'c1' })).toMatchObject([
    { output: { outcome: 'purchased', total: -5 } },
  ]);
});

test('triggers and cancelling events that do not fit start and cancel nothing', async () => {
  const app = await startApp();
  await app.send({ name: 'cart/added', data: { cart_id: 'c1', email: 'nobody' } }, added('c2'));
  await app.send({ name: 'cart/emptied', data: { cart_id: 'c2', by: 'the-cat' } });
  await app.advance(30 * minuteMs);
  expect((await app.runs()).map(({ key, status }) => [key, status])).toEqual([['c2', 'active']]);
  const { deadLetters } = await json(app, 'dead-letters');
  // Letters of one second lie in no order.
  const reasons = deadLetters.map(({ refusal }: { refusal: string }) => refusal.replace(/^.* schema: /, '')).sort();
  expect(reasons).toEqual([
    'data.by: by must be "shop" or "user" (was "…"). [SchemaMismatch]',
    'data.email: Invalid email address. [SchemaMismatch]',
  ]);
  await app.send({ name: 'cart/emptied', data: { cart_id: 'c2', by: 'user' } });
  expect(await app.outcomes('cart', 'c2')).toEqual(['cancelled']);
});

test('an event that does not fit fails its step and is not sent; what fits is, and starts another journey', async () => {
  const app = await startApp();
  await app.send(added('c1'));
  await app.advance(dayMs + hourMs);
  expect(await app.runs({ journey: 'cart', key: 'c1' })).toMatchObject([
    { status: 'completed', output: { outcome: 'reminded', after: 'InvalidEvent' } },
  ]);
  const sent = app.sandbox.events().filter(({ by }) => by !== undefined);
  expect(sent.map(({ event }) => [event['detail-type'], (event.detail as { times?: number }).times])).toEqual([
    ['cart/reminded', 1],
    ['sojourn/run.completed', undefined],
  ]);
  expect(await app.runs({ journey: 'follow-up' })).toMatchObject([{ key: 'c1', status: 'active' }]);
  await app.advance(2 * dayMs);
  expectNothingLeft(app);
});

test('an event that fits costs no call more than one of a journey without schemas: 3 write and 2 read units', async () => {
  const app = await startApp();
  await app.send(added('c1'));
  await app.send(purchased('c1', 5));
  await app.advance(hourMs);
  expect(app.cost('cart', 'c1')).toMatchObject({ writeUnits: 3, readUnits: 2 });
});

test('an event that is refused costs a look of each of its three attempts, and no write', async () => {
  const app = await startApp();
  await app.send(purchased('c1', -5));
  await app.advance(hourMs);
  expect(app.cost('cart', 'c1')).toMatchObject({
    invocations: 3,
    writeUnits: 0,
    calls: { 'dynamodb:Query': 3, 'events:Delivery': 1 },
  });
  expect(Object.keys(app.cost('cart', 'c1').calls)).toHaveLength(2);
});
