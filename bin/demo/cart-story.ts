/**
 * The cart story: four carts, and what has to come of them.
 *
 * Owns: who does what at which time, and the expected outcomes. Sees the sandbox only as any client does.
 */
import type { Run, SandboxClient, ShopEvent } from './client.js';

export interface Chapter {
  /** How far the clock moves before it. */
  readonly after?: string;
  readonly text: string;
  readonly event: (nowMs: number) => ShopEvent;
}

/** Monday morning. */
export const beginsMs = Date.parse('2027-01-04T10:00:00Z');

const added = (cart: string, product: string, time?: Date): ShopEvent => ({
  name: 'cart/product.added',
  data: { cart_id: cart, product, user: { email: `${cart.toLowerCase()}@example.com` } },
  ...(time && { time }),
});
const purchased = (cart: string): ShopEvent => ({ name: 'cart/purchased', data: { cart_id: cart } });

export const chapters: readonly Chapter[] = [
  { text: 'cart A: a teapot is added', event: () => added('A', 'teapot') },
  { text: 'cart B: a lamp is added', event: () => added('B', 'lamp') },
  { text: 'cart C: a chair is added', event: () => added('C', 'chair') },
  { after: '3h', text: 'cart A: purchased', event: () => purchased('A') },
  { after: '2h', text: 'cart C: a second product, a cushion, is added', event: () => added('C', 'cushion') },
  {
    after: '1h',
    text: 'cart D: purchased; the event arrives BEFORE the one that added the product',
    event: () => purchased('D'),
  },
  {
    text: 'cart D: only now "a vase is added" arrives; it happened a minute before the purchase',
    event: (nowMs) => added('D', 'vase', new Date(nowMs - 60_000)),
  },
];

export interface Expected {
  readonly cart: string;
  readonly runs: readonly string[];
  readonly mails: number;
}

export const expected: readonly Expected[] = [
  { cart: 'A', runs: ['completed: purchased'], mails: 0 },
  { cart: 'B', runs: ['completed: reminded'], mails: 1 },
  { cart: 'C', runs: ['cancelled', 'completed: reminded'], mails: 1 },
  { cart: 'D', runs: ['completed: purchased'], mails: 0 },
];

export const journey = 'abandoned-cart';

export async function cartRuns(client: SandboxClient): Promise<Run[]> {
  const { runs } = await client.get<{ runs: Run[] }>(`/_sojourn/runs?journey=${journey}`);
  return runs.sort((a, b) => (a.key + a.startedAt < b.key + b.startedAt ? -1 : 1));
}

export function outcomeOf(run: Run): string {
  return run.status === 'completed' ? `completed: ${run.output?.outcome}` : run.status;
}

/** @returns a line for each outcome that is not the expected one. */
export function surprises(runs: readonly Run[], mailsTo: (cart: string) => number, openTimers: number): string[] {
  const lines = expected.flatMap(({ cart, runs: outcomes, mails }) => {
    const got = runs.filter((run) => run.key === cart).map(outcomeOf);
    return [
      ...(got.join() === outcomes.join()
        ? []
        : [`cart ${cart}: expected ${outcomes.join(', ')}; got ${got.join(', ')}`]),
      ...(mailsTo(cart) === mails ? [] : [`cart ${cart}: expected ${mails} mails; got ${mailsTo(cart)}`]),
    ];
  });
  return openTimers === 0 ? lines : [...lines, `expected no open timer; got ${openTimers}`];
}
