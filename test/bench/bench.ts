/**
 * npm run bench: what the engine costs in CPU, in memory (DESIGN 7: at most 0.2 ms per event).
 *
 * Figures, not assertions: machines differ and are noisy. Each row is the median of several rounds in one process; the last
 * column relates it to the first row of the same process, which is what to compare between versions.
 */
import { createJourney } from 'sojourn';
import { createTestWorld, type TestWorld } from 'sojourn/testing';

const rounds = 9;

const cart = createJourney(
  {
    id: 'abandoned-cart',
    triggers: [{ event: 'cart/product.added' }],
    key: 'data.cart_id',
    waitsFor: ['cart/purchased'],
    cancelOn: [{ event: 'cart/product.added', timeout: '24h' }],
  },
  async ({ step }) => {
    const purchased = await step.waitForEvent('wait', { event: 'cart/purchased', timeout: '24h' });
    if (purchased === null) await step.run('remind', () => 'sent');
  },
);
const loop = createJourney({ id: 'loop', triggers: [{ event: 'go' }] }, async ({ step }) => {
  for (let n = 0; n < 100; n += 1) await step.run('tick', () => n);
});

const added = (id: number) => ({ name: 'cart/product.added', data: { cart_id: id } });
const bought = (id: number) => ({ name: 'cart/purchased', data: { cart_id: id } });

interface Case {
  readonly what: string;
  /** Events or steps of one round. */
  readonly of: number;
  prepare(): Promise<TestWorld>;
  play(world: TestWorld): Promise<void>;
}

const world = () => createTestWorld({ journeys: [cart, loop] });
const each = async (count: number, play: (n: number) => Promise<void>): Promise<void> => {
  for (let n = 0; n < count; n += 1) await play(n);
};

const cases: readonly Case[] = [
  { what: 'a trigger', of: 500, prepare: async () => world(), play: (w) => each(500, (n) => w.send(added(n))) },
  {
    what: 'a purchase that a run waits for',
    of: 500,
    prepare: async () => {
      const w = world();
      await each(500, (n) => w.send(added(n)));
      return w;
    },
    play: (w) => each(500, (n) => w.send(bought(n))),
  },
  {
    what: 'a purchase that nobody waits for',
    of: 500,
    prepare: async () => world(),
    play: (w) => each(500, (n) => w.send(bought(n))),
  },
  {
    what: 'a timer, its step and the end',
    of: 500,
    prepare: async () => {
      const w = world();
      await each(500, (n) => w.send(added(n)));
      return w;
    },
    play: (w) => w.advance('24h'),
  },
  {
    what: 'a trigger beside 10,000 waiting runs',
    of: 500,
    prepare: async () => {
      const w = world();
      await each(10_000, (n) => w.send(added(n)));
      return w;
    },
    play: (w) => each(500, (n) => w.send(added(20_000 + n))),
  },
  {
    what: 'one of 100 steps of a run',
    of: 100,
    prepare: async () => world(),
    play: (w) => w.send({ name: 'go', data: {} }),
  },
];

let first: number | undefined;
console.log('what                                      CPU ms (median of rounds)   of the first');
for (const { what, of, prepare, play } of cases) {
  const perUnitMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const prepared = await prepare();
    const before = process.cpuUsage();
    await play(prepared);
    const { user, system } = process.cpuUsage(before);
    perUnitMs.push((user + system) / 1_000 / of);
  }
  const median = perUnitMs.sort((a, b) => a - b)[Math.floor(rounds / 2)]!;
  first ??= median;
  console.log(`${what.padEnd(42)}${median.toFixed(4).padStart(10)}${(median / first).toFixed(2).padStart(30)}`);
}
