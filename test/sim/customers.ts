/**
 * Whose event is whose, as the simulator knows it and the engine must find out by the key: every customer of a journey has one
 * partition, and nobody else is in it.
 */
import { Violation } from './run-track.js';

/** Key values that are easily taken for one another, and one that is missing. Any other customer's key is its name. */
const keys: Readonly<Record<string, unknown>> = {
  n1: 1,
  t1: '1',
  yes: true,
  tyes: 'true',
  long: 'l'.repeat(600),
  half: 'half \ud800',
  none: undefined,
};

export function keyOf(customer: string): unknown {
  return customer in keys ? keys[customer] : customer;
}

/** Accounts of events, some easily taken for one another; undefined: the event has none. */
export const accounts = ['a1', 'a1', 'a2', 1, '1', undefined] as const;
export type Account = (typeof accounts)[number];

/** The account that a run makes of what it has come to so far. */
export function madeAccount(passed: readonly string[]): string {
  return passed.length % 2 === 0 ? 'a1' : 'a2';
}

/** Whose key is missing. */
export const nobodysCustomer = 'none';

export class Customers {
  private readonly accountByEvent = new Map<string, Account>();
  private readonly byEvent = new Map<string, string>();
  private readonly byHome = new Map<string, string>();
  private readonly homes = new Map<string, string>();
  private readonly times = new Set<string>();

  /** A time of the clock is nobody's: its run lives apart. */
  learnTime(event: string): void {
    this.times.add(event);
  }

  isTime(event: string): boolean {
    return this.times.has(event);
  }

  learn(event: string, customer: string, account?: Account): void {
    this.byEvent.set(event, customer);
    this.accountByEvent.set(event, account);
  }

  /** An event that the engine makes of another one. */
  learnAs(event: string, other: string): void {
    this.learn(event, this.of(other), this.accountOf(other));
  }

  accountOf(event: string): Account {
    return this.accountByEvent.get(event);
  }

  knows(event: string): boolean {
    return this.byEvent.has(event);
  }

  of(event: string): string {
    return this.byEvent.get(event) ?? 'nobody';
  }

  /** @param journey whose partition it is; without key its runs live apart. */
  assertHome(journey: string, options: { readonly keyless: boolean }, pk: string, event: string): void {
    const owner = `${journey} ${options.keyless ? event : this.of(event)}`;
    const [home, of] = [this.homes.get(owner) ?? pk, this.byHome.get(pk) ?? owner];
    this.homes.set(owner, home);
    this.byHome.set(pk, of);
    if (home !== pk || of !== owner || this.of(event) === 'nobody')
      throw new Violation('X1', `${event} of ${owner} is taken to the partition of ${of}`);
  }

  /** @param pk where an event was recorded for runs that live elsewhere. */
  assertPlace(journey: string, { pk, event, name }: { pk: string; event: string; name: string }): void {
    const [account, places] = [this.accountOf(event), [`${journey}|*|${name}`]];
    if (account !== undefined)
      places.push(`${journey}|data.account|${typeof account === 'number' ? 'n' : 's'}:${account}`);
    if (!places.includes(pk))
      throw new Violation('X1', `${event}, of account ${String(account)}, is recorded in ${pk}`);
  }

  /** What a run is given, or sends, is its own customer's. */
  assertKey(event: string, key: unknown, what: string): void {
    if (key !== keyOf(this.of(event)))
      throw new Violation('X1', `${what} of ${event} has the key ${String(key)}, not that of ${this.of(event)}`);
  }
}
