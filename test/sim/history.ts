/**
 * A history before it happens: a journey, events, and how the world misbehaves. Plain data; with its seed it says everything.
 */
import type { Account } from './customers.js';
import type { FaultKind } from './faults.js';
import type { EventName, JourneySpec } from './program.js';

/** The second at which every history begins: 2026-01-01T00:00:00Z. */
export const dawnMs = Date.UTC(2026, 0, 1);

export interface SimEvent {
  readonly id: string;
  readonly name: EventName;
  readonly customer: string;
  /** What filters ask. */
  readonly n?: number | string;
  /** What its data says as `order`; customers share orders. */
  readonly order?: string;
  /** Another value by which events find runs. */
  readonly account?: Account;
  /** Event time, in seconds after the dawn. */
  readonly s: number;
  /** Its data fits no schema. */
  readonly odd?: true;
}

export interface History {
  readonly seed: number;
  readonly journey: JourneySpec;
  /** More journeys on the same bus and table. */
  readonly others?: readonly JourneySpec[];
  readonly events: readonly SimEvent[];
  /** When the journeys' code is deployed again, in seconds after the dawn, and whether spare versions go then (deployments.ts). */
  readonly deploymentsS?: readonly number[];
  readonly prunes?: boolean;
  /** Each version that has active runs is removed with this chance at each deployment after its own. */
  readonly removesInUse?: number;
  /** How often each kind of fault strikes, drawn per history; a kind that is left out never does. */
  readonly rates: Readonly<Partial<Record<FaultKind, number>>>;
  /** After so many faults the world behaves. */
  readonly mostFaults: number;
  /** How long an invocation may take. */
  readonly functionTimeoutS: number;
  /** How long user functions of this history take at most, in seconds. */
  readonly functionS: number;
  /** A call of a port takes up to this. */
  readonly latencyMs: number;
  /** What one answer of a Query holds at most. */
  readonly pageEntries?: number;
  /** Events are late by up to this; some of them meet at one instant. */
  readonly delayS: number;
  /** Names of faults that are left out (shrinking). */
  readonly calm?: readonly string[];
}

/** An instant as stories tell it: seconds after the dawn. */
export function secondsOf(timeMs: number): string {
  return `${((timeMs - dawnMs) / 1_000).toFixed(3).replace(/\.?0+$/, '')}s`;
}
