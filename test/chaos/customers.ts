/**
 * Customers of the journeys: what they do, when, and what has to come of it.
 *
 * Owns: the draw, by seed, and the expected outcomes, written from the stories of lambda/*.ts. Must not know: the sandbox,
 * the engine, faults. Invariants: the same seed gives the same customers; each trigger carries an address of its own, so
 * that every mail says which run sent it; events lie hours away from the deadlines that they could miss.
 */
import { Chance } from '../e2e/carts.js';
import type { AppEvent } from './stage.js';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Events of different customers fall into the same instants, so that they are worked on side by side. */
const slotMs = 20 * minuteMs;

export interface CustomerEvent extends AppEvent {
  readonly timeMs: number;
}

export interface Customer {
  readonly journey: string;
  readonly key: string;
  readonly story: string;
  /** In order of their times. */
  readonly events: readonly CustomerEvent[];
  /** How many of the events start runs, and which. */
  readonly triggers: readonly CustomerEvent[];
  /** Outcomes of the runs in order of their triggers, when the events were recorded in order and in time. */
  readonly expected: string;
  /** Whether outcomes are those of taking the same events in some other order, or too late. */
  readonly possible: (outcomes: readonly string[]) => boolean;
  /** Whether outcomes depend on the order in which events are recorded: where three compete for one run (DESIGN 4.4). */
  readonly orderMatters: boolean;
  /** By when the last event must have been recorded to count for sure. */
  readonly inTimeMs: number;
}

const added = 'cart/product.added';
const bought = 'cart/purchased';
const basket = 'basket/product.added';
const basketBought = 'basket/purchased';
const active = 'user/active';
/** Nothing has to be recorded by a certain time. */
const never = 24 * 400;

const triggerNames: ReadonlySet<string> = new Set([
  ...[added, basket, 'user/signed.up', 'lead/entered', active, 'parcel/ordered', 'offer/made'],
]);

/** What a run may end as, whatever the order; the last one of a key is cancelled by nobody. */
const ends: Readonly<Record<string, readonly string[]>> = {
  'abandoned-cart': ['cancelled', 'purchased', 'reminded'],
  'cart-week': ['cancelled', 'purchased after 0', 'purchased after 1', 'abandoned after 2'],
  activation: ['activated', 'helped'],
  'sales-follow-up': ['contacted', 'sales-reminded'],
  'win-back': ['cancelled', 'offered'],
  parcel: ['delivered', 'late'],
  offer: ['accepted', 'rejected', 'silent'],
};

type Events = readonly (readonly [name: string, fromHours: number, toHours: number])[];

const first = (name: string): Events[number] => [name, 0, 0];
/** So close that a delay or a death turns their order round. */
const soon = (name: string, seconds: number): Events[number] => [name, seconds / 3_600, seconds / 3_600];

/** Journey, story, events (between which hours after the first), outcomes, by which hour the last event has to be recorded. */
const plans: readonly (readonly [string, string, Events, string, number])[] = [
  ['abandoned-cart', 'forgotten', [first(added)], 'reminded', never],
  ['cart-week', 'abandoned', [first(basket)], 'abandoned after 2', never],
  ['activation', 'idle', [first('user/signed.up')], 'helped', never],
  ['win-back', 'silent', [first(active)], 'offered', never],
  ['abandoned-cart', 'bought', [first(added), [bought, 2, 12]], 'purchased', 24],
  ['cart-week', 'bought on day 1', [first(basket), [basketBought, 2, 12]], 'purchased after 0', 24],
  ['sales-follow-up', 'left alone', [first('lead/entered')], 'sales-reminded', never],
  [
    'win-back',
    'three visits',
    [first(active), [active, 10, 40], [active, 60, 90]],
    'cancelled, cancelled, offered',
    never,
  ],
  ['abandoned-cart', 'a second product', [first(added), [added, 3, 12]], 'cancelled, reminded', 24],
  ['cart-week', 'bought on day 3', [first(basket), [basketBought, 60, 70]], 'purchased after 1', 160],
  ['activation', 'active', [first('user/signed.up'), ['user/key.action', 10, 50]], 'activated', 72],
  [
    'abandoned-cart',
    'second product, bought',
    [first(added), [added, 3, 8], [bought, 12, 16]],
    'cancelled, purchased',
    24,
  ],
  [
    'win-back',
    'two in one instant',
    [first(active), first(active), [active, 10, 40]],
    'cancelled, cancelled, offered',
    never,
  ],
  ['cart-week', 'new product on day 3', [first(basket), [basket, 60, 70]], 'cancelled, abandoned after 2', 160],
  ['sales-follow-up', 'called', [first('lead/entered'), ['sales/outreach.logged', 20, 120]], 'contacted', 168],
  ['parcel', 'delivered', [first('parcel/ordered'), ['parcel/delivered', 6, 40]], 'delivered', 48],
  ['offer', 'accepted', [first('offer/made'), ['offer/accepted', 2, 40]], 'accepted', 48],
  ['parcel', 'late', [first('parcel/ordered')], 'late', never],
  ['offer', 'silent', [first('offer/made')], 'silent', never],
  ['parcel', 'delivered at once', [first('parcel/ordered'), soon('parcel/delivered', 4)], 'delivered', 48],
  ['offer', 'two answers', [first('offer/made'), soon('offer/rejected', 5), soon('offer/accepted', 9)], 'rejected', 48],
  ['abandoned-cart', 'bought at once', [first(added), soon(bought, 5)], 'purchased', 24],
  ['win-back', 'two within seconds', [first(active), soon(active, 5)], 'cancelled, offered', never],
  ['abandoned-cart', 'two products at once', [first(added), soon(added, 5)], 'cancelled, reminded', 24],
  [
    'abandoned-cart',
    'two products, bought at once',
    [first(added), soon(added, 5), soon(bought, 9)],
    'cancelled, purchased',
    24,
  ],
  ['activation', 'active at once', [first('user/signed.up'), soon('user/key.action', 3)], 'activated', 72],
  ['abandoned-cart', 'bought, new product', [first(added), [bought, 3, 8], [added, 12, 16]], 'purchased, reminded', 24],
];

const keyFields: Readonly<Record<string, string>> = {
  'abandoned-cart': 'cart_id',
  'cart-week': 'basket_id',
  activation: 'user_id',
  'sales-follow-up': 'lead_id',
  'win-back': 'user_id',
  parcel: 'parcel_id',
  offer: 'offer_id',
};
/** The n-th customer has the n-th story, so that a few customers have them all; when and how far apart is drawn. */
export function drawCustomers(count: number, fromMs: number, seed: number): Customer[] {
  const chance = new Chance(seed);
  const customers = Array.from({ length: count }, (_, index) =>
    customerOf(plans[index % plans.length]!, index, fromMs, chance),
  );
  return customers.flatMap((customer) =>
    customer.journey === 'parcel' ? [customer, carrierOf(customer)] : [customer],
  );
}

/** Each parcel makes a run of another journey begin, by an event that its own run sends. */
function carrierOf(parcel: Customer): Customer {
  const [{ data }] = parcel.triggers as [CustomerEvent];
  const user = { email: `handover.${(data as { user: { email: string } }).user.email}` };
  const expected = 'handed over';
  return {
    ...parcel,
    journey: 'handover',
    events: [],
    triggers: [{ name: 'parcel/confirmed', data: { user }, timeMs: 0 }],
    expected,
    possible: (outcomes) => outcomes.join() === expected,
  };
}

function customerOf(plan: (typeof plans)[number], index: number, fromMs: number, chance: Chance): Customer {
  const [journey, story, planned, expected, inTimeHours] = plan;
  const key = `${journey}-${String(index).padStart(4, '0')}`;
  const beginMs = fromMs + chance.below(36) * slotMs;
  const events = planned.map(([name, fromHours, toHours], position): CustomerEvent => {
    const slots = Math.floor(((toHours - fromHours) * hourMs) / slotMs);
    const timeMs = beginMs + fromHours * hourMs + (slots > 0 ? chance.below(slots) : 0) * slotMs;
    const data = { [keyFields[journey]!]: key, user: { email: `${key}.${position}@example.com` } };
    return { name, data, timeMs };
  });
  const triggers = events.filter(({ name }) => triggerNames.has(name));
  const isPossible = (outcome: string, at: number) =>
    ends[journey]!.includes(outcome) && (outcome !== 'cancelled' || at < triggers.length - 1);
  const possible = (outcomes: readonly string[]) => outcomes.length === triggers.length && outcomes.every(isPossible);
  const orderMatters = events.length > 2 && journey !== 'win-back';
  const inTimeMs = beginMs + inTimeHours * hourMs;
  return { journey, key, story, events, triggers, expected, possible, orderMatters, inTimeMs };
}

/** After this nothing of a customer is left to happen, faults aside. */
export const longestStoryMs = 90 * hourMs + 12 * hourMs + 31 * dayMs;
/** After this every event has been put. */
export const lastEventMs = 120 * hourMs + 12 * hourMs;
