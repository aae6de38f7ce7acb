/** Places that triggers of a retired journey hold, which begin no run (docs/decisions/025, 036). */
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { ScriptedWorld } from './scripted.js';

const dayS = 86_400;

function journeyOf(options: object = {}): AnyJourney {
  return createJourney(
    { id: 'check', triggers: [{ event: 'T' }], key: 'data.cart', idempotency: 'data.order', ...options } as never,
    async ({ step }: JourneyContext) => {
      const wait = { event: 'T', timeout: '3d' } as never;
      return [await step.waitForEvent('one', wait), await step.waitForEvent('two', wait)];
    },
  );
}
const awaiting = journeyOf({ waitsFor: ['T'] });

class Retiring extends ScriptedWorld {
  retired = false;
  readonly calls: string[] = [];

  override engine() {
    return { ...super.engine(), retired: this.retired };
  }

  override answered(what: string): void {
    this.calls.push(what);
  }
}

const trigger = async (world: Retiring, id: string, s: number, order: string) =>
  world.event('T', s, { id, data: { cart: '42', order } });

async function begunThenRetired(journey: AnyJourney): Promise<Retiring> {
  const world = new Retiring(journey);
  await (await trigger(world, 'run', 1, 'a')).finish();
  world.retired = true;
  world.calls.length = 0;
  return world;
}

const waits = (world: Retiring) => ['one', 'two'].map((step) => world.step('run', step));

test.each([
  ['at once', 10],
  ['after the time of the attempt', 1_200],
  ['at the end of the period', 10 + dayS],
])('the twin of a trigger that was recorded as an event is the same event, %s', async (_name, s) => {
  const world = await begunThenRetired(awaiting);
  expect(await (await trigger(world, 'noted', 10, 'b')).finish()).toBe('acknowledged');
  expect(await (await trigger(world, 'twin', s, 'b')).finish()).toBe('acknowledged');
  expect(waits(world)).toEqual(['matched noted', 'waiting']);
});

test('a twin from after the period is an event of its own', async () => {
  const world = await begunThenRetired(awaiting);
  await (await trigger(world, 'noted', 10, 'b')).finish();
  await (await trigger(world, 'other', 11 + dayS, 'b')).finish();
  expect(waits(world)).toEqual(['matched noted', 'matched other']);
});

test('a trigger that died before it was recorded is recorded when it comes back, and its twin never', async () => {
  const world = await begunThenRetired(awaiting);
  await (await trigger(world, 'noted', 10, 'b')).upTo('note');
  await (await trigger(world, 'twin', 2_000, 'b')).finish();
  expect(waits(world)).toEqual(['waiting', 'none']);
  expect(await (await trigger(world, 'noted', 10, 'b')).finish()).toBe('acknowledged');
  await (await trigger(world, 'twin', 2_000, 'b')).finish();
  expect(waits(world)).toEqual(['matched noted', 'waiting']);
});

test('a trigger that has held its place before the journey was retired, and begun no run, keeps it as an event', async () => {
  const world = new Retiring(awaiting);
  await (await trigger(world, 'run', 1, 'a')).finish();
  await (await trigger(world, 'noted', 10, 'b')).upTo('begin');
  world.retired = true;
  await (await trigger(world, 'noted', 10, 'b')).finish();
  await (await trigger(world, 'twin', 1_200, 'b')).finish();
  expect(waits(world)).toEqual(['matched noted', 'waiting']);
});

test('deployed without it again, the twin starts no run', async () => {
  const world = await begunThenRetired(awaiting);
  await (await trigger(world, 'noted', 10, 'b')).finish();
  world.retired = false;
  await (await trigger(world, 'twin', 1_200, 'b')).finish();
  expect(world.records.runs().map(({ trigger: { id }, status }) => [id, status])).toEqual([
    ['run', 'active'],
    ['twin', 'skipped'],
  ]);
  expect(waits(world)).toEqual(['matched noted', 'waiting']);
});

test('a trigger that is nothing else claims nothing, and one that is claims no singleton’s place', async () => {
  const nothingElse = await begunThenRetired(journeyOf({ waitsFor: ['P'] }));
  await (await trigger(nothingElse, 'noted', 10, 'b')).finish();
  expect(nothingElse.calls).not.toContain('claim');
  const single = await begunThenRetired(journeyOf({ waitsFor: ['T'], singleton: { mode: 'skip', key: 'data.order' } }));
  await (await trigger(single, 'noted', 10, 'b')).finish();
  const places = single.records.held().map(({ pk }) => pk);
  expect(places.filter((pk) => pk.includes('|singleton|'))).toEqual(['check|claim|singleton|s:a']);
  expect(places.filter((pk) => pk.includes('|idempotency|'))).toHaveLength(2);
});
