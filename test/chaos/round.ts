/**
 * One round of chaos: the app in a sandbox, customers, faults for a month, then rest, then the judgement.
 *
 * Owns: the order of things, and the rates, drawn per round so that rounds differ in kind (swarm). Must not know: what is
 * checked. Invariant: seed and size decide customers, rates and draws; only the interleaving of real workers is their own.
 */
import type { FaultsView } from '../../lib/sandbox/index.js';
import { Chance } from '../e2e/carts.js';
import { type Customer, drawCustomers, lastEventMs, longestStoryMs } from './customers.js';
import { judge, judgeRest, type Put, type Verdict } from './judge.js';
import { dayMs, hourMs, ofKind, type Stage, startMs } from './stage.js';

export interface RoundOptions {
  readonly seed: number;
  readonly customers: number;
}

export interface Round extends Verdict {
  readonly seed: number;
  readonly rates: Readonly<Record<string, unknown>>;
  readonly counts: Readonly<Record<string, { readonly injected: number; readonly reached: number }>>;
  readonly invocations: number;
  readonly events: number;
  /** By type, of invocations that failed. */
  readonly errors: Readonly<Record<string, number>>;
  readonly redriven: number;
  /** At the rest in the middle. */
  readonly waiting: number;
  readonly orphans: number;
}

/** Longer than dead letters redrive themselves. */
const drainMs = 26 * hourMs;

export function drawRates(seed: number): Readonly<Record<string, unknown>> {
  const chance = new Chance(seed ^ 0x5eed);
  const share = (from: number, to: number) => from + (chance.below(1_001) / 1_000) * (to - from);
  const often = (from: number, to: number) => (chance.below(4) === 0 ? 0 : share(from, to));
  return {
    kill: share(0.15, 0.45),
    duplicate: often(0.05, 0.3),
    delay: often(0.02, 0.2),
    delayUpTo: ['2m', '10m', '1h'][chance.below(3)]!,
    reorder: often(0.05, 0.5),
    undelivered: often(0.02, 0.2),
    // A throttled SDK waits for seconds of real time.
    throttle: often(0.001, 0.006),
    fail: often(0.01, 0.08),
    loseAnswer: often(0.01, 0.06),
    lateAnswer: often(0.01, 0.06),
    // From the moment when faults begin: twice in a round.
    ...(chance.below(4) === 0 && { outage: { service: ['dynamodb', 'scheduler'][chance.below(2)]!, for: '1h' } }),
  };
}

export async function playRound(app: Stage, { seed, customers: count }: RoundOptions): Promise<Round> {
  const rates = drawRates(seed);
  const customers = drawCustomers(count, startMs, seed);
  app.sandbox.setFaults({ seed, ...rates });
  const puts = await putAll(app, customers);
  await app.until(startMs + lastEventMs);

  const first = app.sandbox.setFaults({});
  await app.until(app.sandbox.nowMs() + drainMs);
  const rest = await judgeRest(app);

  app.sandbox.setFaults({ seed: seed + 1_000_000, ...rates });
  await app.until(startMs + longestStoryMs);
  const second = app.sandbox.setFaults({});
  await app.until(app.sandbox.nowMs() + drainMs + 2 * dayMs);
  const verdict = await judge(app, customers, puts);
  return {
    ...verdict,
    violations: [...rest.violations, ...verdict.violations],
    waiting: rest.waiting,
    orphans: rest.orphans,
    seed,
    rates,
    counts: sum(first, second),
    ...seen(app),
    events: customers.flatMap(({ events }) => events).length,
  };
}

/** Events in order of their times; those of one instant are put together. */
async function putAll(app: Stage, customers: readonly Customer[]): Promise<Map<Customer, Put[]>> {
  const puts = new Map<Customer, Put[]>(customers.map((customer) => [customer, []]));
  const planned = customers.flatMap((customer) => customer.events.map((event) => ({ customer, event })));
  const instants = [...new Set(planned.map(({ event }) => event.timeMs))].sort((one, other) => one - other);
  for (const atMs of instants) {
    await app.until(atMs);
    const now = planned.filter(({ event }) => event.timeMs === atMs);
    const ids = await app.put(now.map(({ event }) => event));
    for (const [index, { customer }] of now.entries()) puts.get(customer)!.push({ id: ids[index]!, atMs });
  }
  return puts;
}

function seen({ activities }: Stage): Pick<Round, 'invocations' | 'errors' | 'redriven'> {
  const invoked = ofKind(activities, 'invoked');
  const errors: Record<string, number> = {};
  for (const { error } of invoked) if (error !== undefined) errors[error.type] = (errors[error.type] ?? 0) + 1;
  const redriven = ofKind(activities, 'log').filter(({ line }) => line.includes('"deadLetter":"redriven"')).length;
  return { invocations: invoked.length, errors, redriven };
}

function sum(...views: readonly FaultsView[]): Round['counts'] {
  const total: Record<string, { injected: number; reached: number }> = {};
  for (const { counts } of views) {
    for (const [kind, { injected, reached }] of Object.entries(counts)) {
      const before = total[kind] ?? { injected: 0, reached: 0 };
      total[kind] = { injected: before.injected + injected, reached: before.reached + reached };
    }
  }
  return total;
}
