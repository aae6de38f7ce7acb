/**
 * A thousand carts: what their customers do, in which order it is delivered, and what has to come of it.
 *
 * Owns: the draw, by seed. Must not know: the sandbox and the engine; the expected outcomes are written from the story.
 * Invariant: the same seed gives the same carts in the same order.
 */
import type { AppEvent } from './stand.js';

/** What a cart's customer does. */
export type Fate =
  | 'bought'
  | 'forgotten'
  | 'bought-then-a-second-product'
  | 'second-product-then-bought'
  | 'second-product-then-forgotten';

export interface Cart {
  readonly id: string;
  readonly fate: Fate;
  /** In order of their times. */
  readonly events: readonly AppEvent[];
  readonly mails: 0 | 1;
  /** The outcomes of its runs that may be, in order of their triggers; more than one where delivery decides (DESIGN 4.4). */
  readonly outcomes: readonly string[];
}

const secondMs = 1_000;
const hourMs = 3_600 * secondMs;
/** Out of ten carts. */
const fates: readonly Fate[] = [
  ...Array<Fate>(4).fill('bought'),
  ...Array<Fate>(3).fill('forgotten'),
  'bought-then-a-second-product',
  'second-product-then-bought',
  'second-product-then-forgotten',
];

const expected: Readonly<Record<Fate, Pick<Cart, 'mails' | 'outcomes'>>> = {
  bought: { mails: 0, outcomes: ['completed: purchased'] },
  forgotten: { mails: 1, outcomes: ['completed: reminded'] },
  // The second product and the purchase compete for the first run: whichever is delivered first takes it.
  'bought-then-a-second-product': {
    mails: 1,
    outcomes: ['completed: purchased, completed: reminded', 'cancelled, completed: reminded'],
  },
  'second-product-then-bought': {
    mails: 0,
    outcomes: ['cancelled, completed: purchased', 'completed: purchased, completed: purchased'],
  },
  'second-product-then-forgotten': { mails: 1, outcomes: ['cancelled, completed: reminded'] },
};

export class Chance {
  constructor(private state: number) {}

  /** A whole number from 0 to `below` - 1 (mulberry32). */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let last = order.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    return order;
  }
}

export function drawCarts(count: number, fromMs: number, chance: Chance): Cart[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `cart-${String(index).padStart(4, '0')}`;
    const fate = fates[index % fates.length]!;
    const atMs = fromMs + chance.below(hourMs / secondMs) * secondMs;
    // At least a second apart: within one second the class of the event decides, not its time.
    const nextMs = () => (1 + chance.below(3_600)) * secondMs;
    const [secondAtMs, thirdAtMs] = [atMs + nextMs(), atMs + hourMs + nextMs()];
    return { id, fate, ...expected[fate], events: eventsOf(id, fate, [atMs, secondAtMs, thirdAtMs]) };
  });
}

function eventsOf(id: string, fate: Fate, [atMs, secondAtMs, thirdAtMs]: [number, number, number]): AppEvent[] {
  const added = (timeMs: number): AppEvent => ({
    name: 'cart/product.added',
    data: { cart_id: id, user: { email: `${id}@example.com` } },
    timeMs,
  });
  const purchased = (timeMs: number): AppEvent => ({ name: 'cart/purchased', data: { cart_id: id }, timeMs });
  switch (fate) {
    case 'bought':
      return [added(atMs), purchased(secondAtMs)];
    case 'forgotten':
      return [added(atMs)];
    case 'bought-then-a-second-product':
      return [added(atMs), purchased(secondAtMs), added(thirdAtMs)];
    case 'second-product-then-bought':
      return [added(atMs), added(secondAtMs), purchased(thirdAtMs)];
    case 'second-product-then-forgotten':
      return [added(atMs), added(secondAtMs)];
  }
}
