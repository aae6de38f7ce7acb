/**
 * The five stories as they are played on a deployed stack: what is put, what is waited for, what has to come of it.
 *
 * Owns: the scenes, as data. Knows no account and no clock: every wait and sleep takes `waitS` of the deployment.
 * Invariant: each scene has a key of its own, so that all of them can be played at once.
 */
import type { DifferenceId } from './differences.js';

export interface ShopEvent {
  readonly name: string;
  readonly data: object;
  /** How long ago it happened. Default: now. */
  readonly agoS?: number;
}

export type Act =
  /** Events that go to the bus in one call, in this order. */
  | { readonly put: readonly ShopEvent[] }
  /** Goes on once the runs of the key are in these states, in order of their triggers. */
  | { readonly until: readonly string[] }
  /** Goes on once the last run of the key waits at this step. */
  | { readonly untilStep: string };

export interface Scene {
  readonly title: string;
  readonly journey: string;
  readonly key: string;
  readonly acts: readonly Act[];
  /** Of the key's runs, in order of their triggers. */
  readonly outcomes: readonly string[];
  readonly mailSubjects: readonly string[];
  /** Timers that fire. */
  readonly timers: number;
  /** Not played where an account differs from AWS in this. */
  readonly needs?: DifferenceId;
}

/** Takes mail without a mailbox behind it (SES mailbox simulator). */
export function mailbox(key: string): string {
  return `success+${key}@simulator.amazonses.com`;
}

export const salesTeam = mailbox('sales-team');

const user = (key: string) => ({ user: { email: mailbox(key) } });

const cartAdded = (key: string, agoS?: number): ShopEvent => ({
  name: 'cart/product.added',
  data: { cart_id: key, ...user(key) },
  ...(agoS !== undefined && { agoS }),
});
const cartPurchased = (key: string): ShopEvent => ({ name: 'cart/purchased', data: { cart_id: key } });
const cartMail = 'You left something in your cart';

const abandonedCart: readonly Scene[] = [
  {
    title: 'a cart that is bought gets no mail',
    journey: 'abandoned-cart',
    key: 'cart-bought',
    acts: [{ put: [cartAdded('cart-bought')] }, { until: ['active'] }, { put: [cartPurchased('cart-bought')] }],
    outcomes: ['completed: purchased'],
    mailSubjects: [],
    timers: 0,
  },
  {
    title: 'a forgotten cart gets one mail',
    journey: 'abandoned-cart',
    key: 'cart-forgotten',
    acts: [{ put: [cartAdded('cart-forgotten')] }],
    outcomes: ['completed: reminded'],
    mailSubjects: [cartMail],
    timers: 1,
  },
  {
    title: 'a second product cancels the first run; one mail for the second',
    journey: 'abandoned-cart',
    key: 'cart-second-product',
    acts: [
      { put: [cartAdded('cart-second-product')] },
      { until: ['active'] },
      { put: [cartAdded('cart-second-product')] },
    ],
    outcomes: ['cancelled', 'completed: reminded'],
    mailSubjects: [cartMail],
    timers: 1,
  },
  {
    title: 'a purchase that is put before its trigger is not missed',
    journey: 'abandoned-cart',
    key: 'cart-overtaken',
    acts: [{ put: [cartPurchased('cart-overtaken')] }, { put: [cartAdded('cart-overtaken', 10)] }],
    outcomes: ['completed: purchased'],
    mailSubjects: [],
    timers: 0,
    needs: 'event-time',
  },
];

const basketAdded = (key: string): ShopEvent => ({
  name: 'basket/product.added',
  data: { basket_id: key, ...user(key) },
});
const basketPurchased = (key: string): ShopEvent => ({ name: 'basket/purchased', data: { basket_id: key } });
const [firstReminder, lastReminder] = ['Still thinking it over?', 'Last call for your cart'];

const cartWeek: readonly Scene[] = [
  {
    title: 'an abandoned basket gets a reminder and a last one',
    journey: 'cart-week',
    key: 'basket-abandoned',
    acts: [{ put: [basketAdded('basket-abandoned')] }],
    outcomes: ['completed: abandoned'],
    mailSubjects: [firstReminder, lastReminder],
    timers: 2,
  },
  {
    title: 'a basket that is bought in the week gets the first reminder only',
    journey: 'cart-week',
    key: 'basket-bought',
    acts: [
      { put: [basketAdded('basket-bought')] },
      { untilStep: 'rest-of-the-week' },
      { put: [basketPurchased('basket-bought')] },
    ],
    outcomes: ['completed: purchased'],
    mailSubjects: [firstReminder],
    timers: 1,
  },
];

const signedUp = (key: string): ShopEvent => ({ name: 'user/signed.up', data: { user_id: key, ...user(key) } });

const activation: readonly Scene[] = [
  {
    title: 'who does the key action in time gets no mail',
    journey: 'activation',
    key: 'user-activated',
    acts: [
      { put: [signedUp('user-activated')] },
      { until: ['active'] },
      { put: [{ name: 'user/key.action', data: { user_id: 'user-activated' } }] },
    ],
    outcomes: ['completed: activated'],
    mailSubjects: [],
    timers: 0,
  },
  {
    title: 'who does not gets the first steps',
    journey: 'activation',
    key: 'user-lost',
    acts: [{ put: [signedUp('user-lost')] }],
    outcomes: ['completed: helped'],
    mailSubjects: ['Your first steps'],
    timers: 1,
  },
];

const leadEntered = (key: string): ShopEvent => ({ name: 'lead/entered', data: { lead_id: key } });

const salesFollowUp: readonly Scene[] = [
  {
    title: 'a lead that somebody reaches out to is no reason for a reminder',
    journey: 'sales-follow-up',
    key: 'lead-contacted',
    acts: [
      { put: [leadEntered('lead-contacted')] },
      { until: ['active'] },
      { put: [{ name: 'sales/outreach.logged', data: { lead_id: 'lead-contacted' } }] },
    ],
    outcomes: ['completed: contacted'],
    mailSubjects: [],
    timers: 0,
  },
  {
    title: 'a lead that waits is told to the sales team',
    journey: 'sales-follow-up',
    key: 'lead-waiting',
    acts: [{ put: [leadEntered('lead-waiting')] }],
    outcomes: ['completed: sales-reminded'],
    mailSubjects: ['Lead lead-waiting has been waiting for a week'],
    timers: 1,
  },
];

const userActive: ShopEvent = { name: 'user/active', data: { user_id: 'user-silent', ...user('user-silent') } };

const winBack: readonly Scene[] = [
  {
    title: 'three activities, then silence: one offer',
    journey: 'win-back',
    key: 'user-silent',
    acts: [
      { put: [userActive] },
      { until: ['active'] },
      { put: [userActive] },
      { until: ['cancelled', 'active'] },
      { put: [userActive] },
    ],
    outcomes: ['cancelled', 'cancelled', 'completed: offered'],
    mailSubjects: ['We have missed you'],
    timers: 1,
  },
];

/** By journey's construct: an event that it listens to and that nobody waits for. */
export const unawaited: Readonly<Record<string, ShopEvent>> = {
  AbandonedCart: cartPurchased('nobody'),
  CartWeek: basketPurchased('nobody'),
  Activation: { name: 'user/key.action', data: { user_id: 'nobody' } },
  SalesFollowUp: { name: 'sales/outreach.logged', data: { lead_id: 'nobody' } },
};

export const scenes: readonly Scene[] = [...abandonedCart, ...cartWeek, ...activation, ...salesFollowUp, ...winBack];
