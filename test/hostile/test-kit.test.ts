/** Hostile input in an author's own tests: the test kit's world takes it as AWS would, or says why not. */
import { createJourney } from 'sojourn';
import { createTestWorld } from 'sojourn/testing';
import { changed, inherited } from './prototypes.js';
import { lonely, objects, texts } from './texts.js';

const before = inherited();
afterEach(() => expect(changed(before)).toEqual([]));

const cart = createJourney(
  { id: 'cart', triggers: [{ event: 'added' }], key: 'data.cart', waitsFor: ['bought'] },
  async ({ event, step }) => {
    const purchase = await step.waitForEvent('wait', { event: 'bought', timeout: '24h' });
    const note = purchase?.data.note ?? (await step.run('mail', () => event.data.note));
    return { outcome: purchase ? 'purchased' : 'reminded', note };
  },
);
const keys: readonly unknown[] = [
  ...Object.values(texts),
  ...Object.values(lonely),
  42,
  '',
  true,
  0.1,
  'x'.repeat(600),
];

test('all hostile keys at once are as many customers; each purchase ends one run', async () => {
  const world = createTestWorld({ journeys: [cart] });
  for (const [n, key] of keys.entries()) await world.send({ name: 'added', data: { cart: key, note: n } });
  await world.advance('1h');
  for (const [n, key] of keys.entries()) {
    if (n % 2 === 0) await world.send({ name: 'bought', data: { cart: key, note: n } });
    expect(world.runs().filter(({ status }) => status === 'completed')).toHaveLength(Math.floor(n / 2) + 1);
  }
  await world.advance('24h');
  expect(world.runs().map(({ output }) => output)).toEqual(
    keys.map((_, n) => ({ outcome: n % 2 === 0 ? 'purchased' : 'reminded', note: n })),
  );
  expect(world.timers()).toEqual([]);
  expect(world.deadLetters()).toEqual([]);
});

test('hostile ids of events and hostile data come through unchanged', async () => {
  const world = createTestWorld({ journeys: [cart] });
  const notes = Object.values(objects).map((text) => JSON.parse(text) as unknown);
  const ids = [...Object.values(texts), ...Object.values(lonely)];
  for (const [n, id] of ids.entries()) {
    await world.send({ id, name: 'added', data: { cart: n, note: notes[n % notes.length] } });
    await world.send({ id, name: 'added', data: { cart: n, note: 'another' } });
  }
  await world.advance('24h');
  const outputs = world.runs().map(({ output }) => JSON.stringify((output as { note: unknown }).note));
  expect(outputs).toEqual(ids.map((_, n) => JSON.stringify(notes[n % notes.length])));
  expect(world.runs().map(({ trigger }) => trigger.id)).toEqual(ids);
});

test.each([
  ['a key that is none', { data: { cart: null } }, 'MissingKey'],
  ['a key that JSON cannot hold', { data: { cart: 2 ** 53 } }, 'MissingKey'],
  ['data that is none', { data: undefined }, 'InvalidData'],
  ['a list as data', { data: ['cart'] }, 'InvalidData'],
  ['data too deep', { data: { cart: 1, note: JSON.parse(`${'['.repeat(1_000)}${']'.repeat(1_000)}`) } }, 'InvalidData'],
  ['data too large', { data: { cart: 1, note: 'x'.repeat(400_000) } }, 'EventTooLarge'],
  ['no time', { data: { cart: 1 }, time: 'soon' }, 'InvalidTime'],
  ['a time beyond all schedules', { data: { cart: 1 }, time: '+010000-01-01T00:00:00Z' }, 'InvalidTime'],
  ['a time long ago', { data: { cart: 1 }, time: '1970-01-01T00:00:00Z' }, 'TooLate'],
])('an event with %s is a dead letter with its reason, and others go on', async (_what, event, code) => {
  const world = createTestWorld({ journeys: [cart] });
  await world.send({ name: 'added', ...event }, { name: 'added', data: { cart: 'good', note: 1 } });
  await world.advance('24h');
  expect(world.deadLetters().map(({ error }) => error)).toMatchObject([
    { name: code, message: expect.stringContaining(`[${code}]`) },
  ]);
  expect(world.runs().map(({ output }) => output)).toEqual([{ outcome: 'reminded', note: 1 }]);
});
