/**
 * Which fault strikes where. Rates are drawn per history (swarm); each place has a name, so that one fault can be left out
 * without moving the others. After `mostFaults` of them the world behaves.
 */
import { chanceOf } from './chance.js';
import type { History } from './history.js';

/** At a call of a port. At most one of them strikes a call. */
export const callFaults = [
  'dies before the call',
  'dies while the call is under way',
  'dies after the call',
  'call fails',
  'acknowledgement lost',
  'call made twice',
  'call slow',
  'acknowledgement slow',
] as const;

/** Everything else. */
export const otherFaults = [
  'dies in a function',
  'outlives its end',
  'clock off',
  'event late',
  'event ahead',
  'events meet',
  'event at the last moment',
  'event twice',
  'event long after',
  'invoked twice',
  'timer late',
  'timer early',
  'timer twice',
  'timer after deletion',
  'timer long after',
  'name still taken',
  'redriven late',
  'forgotten late',
] as const;

export type CallFault = (typeof callFaults)[number];
export type FaultKind = CallFault | (typeof otherFaults)[number];
export const faultKinds: readonly FaultKind[] = [...callFaults, ...otherFaults];

/** Kinds that only move things in time; they are not counted against `mostFaults`. */
const free: ReadonlySet<FaultKind> = new Set([
  'clock off',
  'event late',
  'events meet',
  'event ahead',
  'event at the last moment',
  'timer late',
  'forgotten late',
]);

export type Tally = Record<FaultKind, { drawn: number; struck: number }>;

export function emptyTally(): Tally {
  return Object.fromEntries(faultKinds.map((kind) => [kind, { drawn: 0, struck: 0 }])) as Tally;
}

export class Faults {
  readonly tally = emptyTally();
  /** Names of all that were drawn, for shrinking. */
  readonly drawn: string[] = [];
  private left: number;
  private readonly calm: ReadonlySet<string>;

  constructor(private readonly history: History) {
    this.left = history.mostFaults;
    this.calm = new Set(history.calm);
  }

  /** Whether a fault of this kind strikes at this place. */
  strikes(kind: FaultKind, place: string): boolean {
    const rate = this.history.rates[kind];
    if (rate === undefined || (this.left <= 0 && !free.has(kind))) return false;
    return this.chance(`${kind}@${place}`) < rate && this.draw(kind, place);
  }

  /** Which fault strikes a call, if any. */
  atCall(place: string): CallFault | undefined {
    if (this.left <= 0) return undefined;
    let chance = this.chance(`call@${place}`);
    for (const kind of callFaults) {
      const rate = this.history.rates[kind];
      if (rate === undefined) continue;
      if (chance < rate) return this.draw(kind, place) ? kind : undefined;
      chance -= rate;
    }
    return undefined;
  }

  /** Chance that is no fault: latencies and the like. */
  chance(name: string): number {
    return chanceOf(this.history.seed, name);
  }

  struck(kind: FaultKind): void {
    this.tally[kind].struck += 1;
  }

  private draw(kind: FaultKind, place: string): boolean {
    const name = `${kind}@${place}`;
    if (this.calm.has(name)) return false;
    if (!free.has(kind)) this.left -= 1;
    this.drawn.push(name);
    this.tally[kind].drawn += 1;
    return true;
  }
}
