/**
 * A scenario: a journey, what has happened, the invocations that are then under way at once, and the faults that may strike.
 * Owns the budgets of faults and how scenarios of different budgets are told apart; explores nothing.
 */
import type { AnyJourney } from '../../lib/journey/definition.js';
import type { Due, Faults } from './choice.js';
import type { ExploredWorld } from './world.js';

export interface Scenario {
  readonly name: string;
  readonly journey: (world: () => ExploredWorld) => AnyJourney;
  /** What has happened before anything is under way at once. */
  readonly before?: (world: ExploredWorld) => Promise<void>;
  /** Seconds after ten at which the invocations are under way. */
  readonly nowS: number;
  readonly dues: (world: ExploredWorld) => readonly Due[];
  readonly faults?: Faults;
  readonly pageEntries?: number;
  /** The answer of a look comes at a moment of its own: the clock may move before it does. */
  readonly lateAnswers?: boolean;
  /** A timer that goes on with a run that was handed over may fire as soon as it is due, beside whoever is under way. */
  readonly goTimersFire?: boolean;
  /** No more states than these are explored. Default: all. */
  readonly mostStates?: number;
  /** More that must hold in the end. */
  readonly finally?: (world: ExploredWorld) => void;
}

export const faultless: Faults = { crashes: 0, calls: 0 };

/** In the order in which they multiply what there is to explore. */
const budgets = [
  ['without faults', faultless],
  ['one death', { crashes: 1, calls: 0 }],
  ['one call that fails, is doubled or not answered', { crashes: 0, calls: 1 }],
] as const;

/** The scenario under each of the first budgets. */
export function withFaults(scenario: Scenario, count: number = budgets.length): Scenario[] {
  return budgets
    .slice(0, count)
    .map(([name, faults]) => ({ ...scenario, name: `${scenario.name}, ${name}`, faults: { ...faults } }));
}
