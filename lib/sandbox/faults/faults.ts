/**
 * Faults by seed and rates: what becomes of each hand-off, call and invocation.
 *
 * Owns: the draws, and how often each kind was injected and reached (took effect on something).
 * Must not know: how a fault is brought about, nor what a handler does.
 * Invariants: a draw belongs to what it is about (an event's content, a schedule's name, the n-th call of an attempt) and
 * never to the order in which parallel work happens to ask; callers from outside are never hit.
 */

import { createHash } from 'node:crypto';
import type {
  CallPlan,
  DeliveryPlan,
  Faults,
  InvocationPlan,
  PlannedCall,
  PlannedDelivery,
  PlannedInvocation,
} from '../seams.js';
import { SeededRandom } from '../time/random.js';
import type { FaultKind, FaultRequest } from './fault-rates.js';

/** `injected`: it was decided. `reached`: it hit something; a kill that is planned for a fourth call may find only three. */
export interface FaultCount {
  readonly injected: number;
  readonly reached: number;
}

interface OpenInvocation {
  readonly identity: string;
  calls: number;
  readonly killAt: { readonly call: number; readonly when: 'before' | 'after' } | undefined;
  /** Refusals that go on, by `service:Operation`. */
  readonly refusing: Map<string, { readonly kind: 'throttle' | 'fail'; left: number }>;
}

const secondMs = 1_000;
/** Others overtake what comes this much later. */
const reorderUpToMs = 59 * secondMs;
/** A journey's invocation makes three to six calls. */
const callsToDieAt = 6;
/** Real time: a warm invocation takes some 20 ms, one that starts an environment some 200. */
const dieWithinMs = [30, 300] as const;
/** SDKs try three or four times: sometimes a refusal outlasts them. */
const refusalsRunning = 6;
/** Real time, below every SDK's patience. */
const lateUpToMs = 150;

const passes: CallPlan = { kind: 'pass' };

export class SeededFaults implements Faults {
  private readonly random: SeededRandom;
  private readonly tallies = new Map<FaultKind, { injected: number; reached: number }>();
  private readonly occurrences = new Map<string, number>();
  private readonly invocations = new Map<string, OpenInvocation>();
  private readonly handedOver = new Map<string, number>();

  constructor(private readonly request: FaultRequest) {
    this.random = new SeededRandom(request.seed);
  }

  count(kind: FaultKind): FaultCount {
    return this.tallies.get(kind) ?? { injected: 0, reached: 0 };
  }

  delivery(delivery: PlannedDelivery): DeliveryPlan {
    const { kind, sourceArn, targetArn, payload, attempt } = delivery;
    const name = this.occurrence(`${kind} ${sourceArn} ${targetArn} ${digest(payload)} ${attempt}`);
    if (this.hits('undelivered', name)) {
      this.reach('undelivered');
      return { failure: { code: 'INTERNAL_ERROR', message: 'a fault of the sandbox: the target did not answer' } };
    }
    const seen = this.handOver(targetArn);
    const first = this.firstCopy(name, targetArn, seen);
    if (!this.hits('duplicate', name)) return { copies: [first] };
    const apart = this.share('how long apart', name);
    // Half of the doubles come at once, as Lambda's own do; the others when the first one is long done.
    const delayMs = first.delayMs + (apart < 0.5 ? 0 : this.wholeSecondsMs(2 * apart - 1, this.request.delayUpToMs));
    return { copies: [first, { delayMs, onDelivered: () => this.reach('duplicate') }] };
  }

  call({ caller, service, operation }: PlannedCall): CallPlan {
    if (caller.kind !== 'function' || caller.requestId === undefined) return passes;
    const open = this.invocations.get(caller.requestId);
    if (open === undefined) return passes;
    open.calls += 1;
    if (open.killAt?.call === open.calls) return { kind: 'kill', when: open.killAt.when };
    if (!this.request.services.includes(service)) return passes;
    return this.refusal(open, service, operation) ?? this.lateness(`${open.identity} ${open.calls}`);
  }

  invocation({ functionName, requestId, attempt, payload }: PlannedInvocation): InvocationPlan {
    const identity = this.occurrence(`${functionName} ${digest(payload)} ${attempt}`);
    const dies = this.hits('kill', identity);
    const moment = this.share('the moment of death', identity);
    const byTime = this.share('how it dies', identity) < 1 / 3;
    const killAt = {
      call: 1 + Math.floor(moment * callsToDieAt),
      when: this.share('which side of the call', identity) < 0.5 ? 'before' : 'after',
    } as const;
    const open = { identity, calls: 0, killAt: dies && !byTime ? killAt : undefined, refusing: new Map() };
    this.invocations.set(requestId, open);
    return {
      killAfterMs: dies && byTime ? dieWithinMs[moment < 0.5 ? 0 : 1] * ((2 * moment) % 1) : undefined,
      onOver: (killed) => {
        if (killed && dies) this.reach('kill');
        if (this.invocations.get(requestId) === open) this.invocations.delete(requestId);
      },
    };
  }

  private firstCopy(name: string, targetArn: string, seen: number): { delayMs: number; onDelivered?: () => void } {
    if (this.hits('delay', name)) {
      const delayMs = this.wholeSecondsMs(this.share('how late', name), this.request.delayUpToMs);
      return { delayMs, onDelivered: () => this.reach('delay') };
    }
    if (!this.hits('reorder', name)) return { delayMs: 0 };
    const delayMs = this.wholeSecondsMs(this.share('how much later', name), reorderUpToMs);
    const overtaken = () => (this.handedOver.get(targetArn) ?? 0) > seen;
    return { delayMs, onDelivered: () => (overtaken() ? this.reach('reorder') : undefined) };
  }

  private refusal(open: OpenInvocation, service: string, operation: string): CallPlan | undefined {
    const call = `${service}:${operation}`;
    const name = `${open.identity} ${open.calls}`;
    let going = open.refusing.get(call);
    if (going === undefined || going.left === 0) {
      const kind = (['throttle', 'fail'] as const).find((candidate) => this.hits(candidate, name));
      if (kind === undefined) return undefined;
      going = { kind, left: 1 + Math.floor(this.share('how often running', name) * refusalsRunning) };
      open.refusing.set(call, going);
    }
    going.left -= 1;
    this.reach(going.kind);
    return refusalOf(service, going.kind);
  }

  private lateness(name: string): CallPlan {
    if (this.hits('loseAnswer', name)) return { kind: 'lose-answer', onEffect: () => this.reach('loseAnswer') };
    if (!this.hits('lateAnswer', name)) return passes;
    const byMs = this.share('how late an answer', name) * lateUpToMs;
    return { kind: 'late-answer', byMs, onEffect: () => this.reach('lateAnswer') };
  }

  /** Whether a fault of this kind hits what has this name; counted as injected if it does. */
  private hits(kind: FaultKind, name: string): boolean {
    const hit = this.share(kind, name) < this.request.rates[kind];
    if (hit) this.tally(kind).injected += 1;
    return hit;
  }

  private reach(kind: FaultKind): void {
    this.tally(kind).reached += 1;
  }

  private tally(kind: FaultKind): { injected: number; reached: number } {
    const tally = this.tallies.get(kind) ?? { injected: 0, reached: 0 };
    this.tallies.set(kind, tally);
    return tally;
  }

  private share(question: string, name: string): number {
    return this.random.shareFor(`${question}: ${name}`);
  }

  /** Names the n-th of equal things apart. */
  private occurrence(what: string): string {
    const count = (this.occurrences.get(what) ?? 0) + 1;
    this.occurrences.set(what, count);
    return `${what} #${count}`;
  }

  private handOver(targetArn: string): number {
    const count = (this.handedOver.get(targetArn) ?? 0) + 1;
    this.handedOver.set(targetArn, count);
    return count;
  }

  private wholeSecondsMs(share: number, upToMs: number): number {
    return Math.ceil((share * upToMs) / secondMs) * secondMs;
  }
}

function digest(payload: string): string {
  return createHash('sha256').update(payload).digest('hex').slice(0, 16);
}

const throttled: Readonly<Record<string, readonly [status: number, code: string]>> = {
  dynamodb: [400, 'ThrottlingException'],
  events: [400, 'ThrottlingException'],
  lambda: [429, 'TooManyRequestsException'],
  scheduler: [429, 'ThrottlingException'],
  ses: [429, 'TooManyRequestsException'],
  sqs: [403, 'RequestThrottled'],
};

const failed: Readonly<Record<string, string>> = {
  dynamodb: 'InternalServerError',
  events: 'InternalException',
  lambda: 'ServiceException',
  scheduler: 'InternalServerException',
  ses: 'InternalServiceErrorException',
  sqs: 'InternalError',
};

/** What a service answers that is throttled or broken. */
export function refusalOf(service: string, kind: 'throttle' | 'fail'): CallPlan {
  const [status, code] = kind === 'throttle' ? throttled[service]! : ([500, failed[service]!] as const);
  return { kind: 'refuse', status, code, message: `a fault of the sandbox: ${service} does not take the call` };
}
