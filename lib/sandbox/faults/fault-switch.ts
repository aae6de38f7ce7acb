/**
 * The switch in front of the faults: POST /_sojourn/faults begins and ends them while the sandbox runs.
 *
 * Owns: which faults are on, the outage of a service, what GET tells. Must not know: how a fault is drawn.
 * Invariants: a request replaces what was on before; when faults end, those that the sandbox was started with are back;
 * the counts of the last request stay readable after its end.
 */

import type {
  CallPlan,
  DeliveryPlan,
  Faults,
  InvocationPlan,
  PlannedCall,
  PlannedDelivery,
  PlannedInvocation,
} from '../seams.js';
import type { Timeline } from '../time/timeline.js';
import { type FaultKind, type FaultRequest, faultKinds } from './fault-rates.js';
import { type FaultCount, refusalOf, SeededFaults } from './faults.js';

/** What GET /_sojourn/faults answers. */
export interface FaultsView {
  readonly on: boolean;
  readonly seed?: number;
  readonly rates?: Readonly<Record<FaultKind, number>>;
  readonly services?: readonly string[];
  readonly delayUpToMs?: number;
  /** Of the last request, also after its end. */
  readonly counts: Readonly<Record<string, FaultCount>>;
  readonly outage?: { readonly service: string; readonly untilMs: number; readonly over: boolean };
}

interface Outage {
  readonly service: string;
  readonly untilMs: number;
  refused: number;
}

export class FaultSwitch implements Faults {
  private request: FaultRequest | undefined;
  /** Of the last request; still there, for its counts, after its end. */
  private seeded: SeededFaults | undefined;
  private outage: Outage | undefined;

  constructor(
    private readonly always: Faults,
    private readonly timeline: Timeline,
  ) {}

  begin(request: FaultRequest): void {
    this.request = request;
    this.seeded = new SeededFaults(request);
    const { outage } = request;
    this.outage = outage && { service: outage.service, untilMs: this.timeline.nowMs() + outage.forMs, refused: 0 };
  }

  end(): void {
    this.request = undefined;
    if (this.isOut()) this.outage = { ...this.outage!, untilMs: this.timeline.nowMs() };
  }

  view(): FaultsView {
    const { request, seeded, outage } = this;
    const counted = Object.keys(faultKinds).map((kind) => [
      kind,
      seeded?.count(kind as FaultKind) ?? { injected: 0, reached: 0 },
    ]);
    const refused = outage?.refused ?? 0;
    return {
      on: request !== undefined,
      ...(request !== undefined && {
        seed: request.seed,
        rates: request.rates,
        services: request.services,
        delayUpToMs: request.delayUpToMs,
      }),
      counts: { ...Object.fromEntries(counted), outage: { injected: refused, reached: refused } },
      ...(outage !== undefined && {
        outage: { service: outage.service, untilMs: outage.untilMs, over: !this.isOut() },
      }),
    };
  }

  delivery(delivery: PlannedDelivery): DeliveryPlan {
    return this.current().delivery(delivery);
  }

  call(call: PlannedCall): CallPlan {
    const plan = this.current().call(call);
    if (plan.kind === 'kill' || !this.isOut(call.service)) return plan;
    this.outage!.refused += 1;
    return refusalOf(call.service, 'fail');
  }

  invocation(invocation: PlannedInvocation): InvocationPlan {
    return this.current().invocation?.(invocation) ?? {};
  }

  private current(): Faults {
    return this.request === undefined ? this.always : this.seeded!;
  }

  private isOut(service?: string): boolean {
    const { outage } = this;
    if (outage === undefined || this.timeline.nowMs() >= outage.untilMs) return false;
    return service === undefined || service === outage.service;
  }
}
