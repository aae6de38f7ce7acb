/** A thousand carts, delivered in random order and some of them twice: every outcome right, one mail per forgotten cart. */
import type { DeliveryPlan, PlannedDelivery } from '../../lib/sandbox/index.js';
import { appAssembly, beforehand } from './assembly.js';
import { Chance, drawCarts } from './carts.js';
import { dayMs, expectNothingLeft, hourMs, minuteMs, ofKind, outcomeOf, type Run, start, startMs } from './stand.js';

beforehand(appAssembly);

const journey = 'abandoned-cart';
const seed = 20_270_104;

/** Every tenth delivery of the bus comes twice: at once, or again within the hour. */
function sometimesTwice(chance: Chance) {
  return ({ kind }: PlannedDelivery): DeliveryPlan => {
    if (kind === 'schedule' || chance.below(10) > 0) return { copies: [{ delayMs: 0 }] };
    return { copies: [{ delayMs: 0 }, { delayMs: chance.below(2) * chance.below(60) * minuteMs }] };
  };
}

test('a thousand carts in random order end as their customers decided, with one mail per forgotten cart', async () => {
  const chance = new Chance(seed);
  const faults = { delivery: sometimesTwice(chance), call: () => ({ kind: 'pass' }) as const };
  const app = await start(await appAssembly(), { seed, faults });
  const carts = drawCarts(1_000, startMs - 6 * hourMs, chance);
  const events = carts.flatMap((cart) => cart.events);

  const startedAt = performance.now();
  await app.put(...chance.shuffled(events));
  await app.sandbox.settle();
  const deliveredMs = performance.now() - startedAt;
  await app.advance(dayMs + hourMs);
  const allMs = performance.now() - startedAt;

  const outcomes = new Map<Run['key'], string[]>();
  for (const run of await app.runs({ journey })) {
    outcomes.set(run.key, [...(outcomes.get(run.key) ?? []), outcomeOf(run)]);
  }
  const wrong = carts.filter(({ id, outcomes: right }) => !right.includes(outcomes.get(id)?.join(', ') ?? 'no run'));
  expect(wrong.map(({ id, fate }) => ({ id, fate, got: outcomes.get(id) }))).toEqual([]);
  const forgotten = carts.filter(({ mails }) => mails === 1).map(({ id }) => `${id}@example.com`);
  expect(app.recipients().sort()).toEqual(forgotten.sort());
  expectNothingLeft(app);

  const invocations = ofKind(app.activities, 'invoked').length;
  expect(invocations).toBeGreaterThan(events.length + forgotten.length);
  const { writeUnits, readUnits } = total(app.sandbox.calls({ journey }));
  process.stdout.write(
    `      1,000 carts: ${events.length} events, ${invocations} invocations, ${writeUnits} write and ${readUnits} read units; ` +
      `delivered in ${seconds(deliveredMs)}, all over after ${seconds(allMs)}\n`,
  );
}, 170_000);

function total(tallies: readonly { readonly writeUnits: number; readonly readUnits: number }[]) {
  const sum = { writeUnits: 0, readUnits: 0 };
  for (const { writeUnits, readUnits } of tallies) {
    sum.writeUnits += writeUnits;
    sum.readUnits += readUnits;
  }
  return sum;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
