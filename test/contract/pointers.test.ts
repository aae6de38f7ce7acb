/** The contract of the pointers port, on every implementation. */

import type { Pointer, Pointers } from '../../lib/engine/ports.js';
import type { Position } from '../../lib/engine/stored/event.js';
import { type RecordsWorld, recordsWorlds } from './records-worlds.js';

describe.each(recordsWorlds)('pointers on %s', (_name, open) => {
  let world: RecordsWorld;
  let pointers: Pointers;
  let places = 0;
  /** A partition of its own for every test. */
  const partition = () => `order|data.payment_id|s:${++places}`;

  beforeAll(async () => {
    world = await open();
    pointers = world.pointers;
  });
  afterAll(() => world.close());

  function pointer(place: string, trigger: string, event = 'payment/settled'): Pointer {
    const position = `2026-11-22T10:00:00Z#0#00#${trigger}` as Position;
    return { place, event, run: { pk: 'order|key|s:1', position }, expiresAtS: 1_799_748_000 };
  }

  const triggersOf = (found: readonly Pointer[]) => found.map(({ run }) => run.position.split('#')[3]).sort();

  test('a pointer is seen as it was put', async () => {
    const put = pointer(partition(), 'a');
    await pointers.put(put);
    expect(await pointers.look(put.place, put.event, {})).toEqual({ pointers: [put] });
  });

  test('putting it again leaves one', async () => {
    const put = pointer(partition(), 'a');
    await pointers.put(put);
    await pointers.put(put);
    expect((await pointers.look(put.place, put.event, {})).pointers).toEqual([put]);
  });

  test('finds nothing where nothing is', async () => {
    expect(await pointers.look(partition(), 'payment/settled', {})).toEqual({ pointers: [] });
  });

  test('reads those of one event in one partition only', async () => {
    const place = partition();
    await pointers.put(pointer(place, 'a'));
    await pointers.put(pointer(place, 'b', 'payment/failed'));
    await pointers.put(pointer(partition(), 'c'));
    expect(triggersOf((await pointers.look(place, 'payment/settled', {})).pointers)).toEqual(['a']);
  });

  test('is no record and no run to a look at the partition', async () => {
    const put = pointer(partition(), 'a');
    await pointers.put(put);
    expect(await world.records.look(put.place, { from: '0' as Position })).toEqual({ runs: [], events: [] });
  });

  test('deletes that one only, and a second time too', async () => {
    const place = partition();
    for (const trigger of ['a', 'b']) await pointers.put(pointer(place, trigger));
    await pointers.drop(pointer(place, 'a'));
    await pointers.drop(pointer(place, 'a'));
    expect(triggersOf((await pointers.look(place, 'payment/settled', {})).pointers)).toEqual(['b']);
  });

  test.each([1, 2, 3, 7])('in pages of %i sees everything once, in one order', async (limit) => {
    const place = partition();
    const triggers = ['a', 'b', 'c', 'd', 'e'];
    for (const trigger of triggers) await pointers.put(pointer(place, trigger));
    const whole = (await pointers.look(place, 'payment/settled', {})).pointers;
    const all: Pointer[] = [];
    let after: string | undefined;
    do {
      const page = await pointers.look(place, 'payment/settled', { limit, ...(after !== undefined && { after }) });
      expect(page.pointers.length).toBeLessThanOrEqual(limit);
      all.push(...page.pointers);
      after = page.after;
    } while (after !== undefined);
    expect(all).toEqual(whole);
    expect(triggersOf(all)).toEqual(triggers);
  });

  test('goes on after a name although that one is gone', async () => {
    const place = partition();
    for (const trigger of ['a', 'b', 'c']) await pointers.put(pointer(place, trigger));
    const first = await pointers.look(place, 'payment/settled', { limit: 1 });
    await pointers.drop(first.pointers[0]!);
    const rest = await pointers.look(place, 'payment/settled', { after: first.after! });
    expect([...first.pointers, ...rest.pointers]).toHaveLength(3);
  });

  test.each([
    ['a long value', `order|data.x|s:${'x'.repeat(510)}`, 'payment/settled'],
    ['half a surrogate pair’s hash', `order|data.x|u:${'0'.repeat(64)}`, 'é😀'],
    ['an event of 128 characters', 'order|*|x', 'e'.repeat(128)],
  ])('takes %s', async (_what, place, event) => {
    const run = { pk: `order|key|s:${'k'.repeat(500)}`, position: pointer(place, 'a').run.position };
    const put = { place, event, run, expiresAtS: 1 };
    await pointers.put(put);
    expect((await pointers.look(place, event, {})).pointers).toEqual([put]);
    await pointers.drop(put);
  });
});
