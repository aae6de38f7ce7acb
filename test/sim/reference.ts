/**
 * The reference model: what a run of a program is, told as simply as it can be.
 *
 * A run is a trigger, a place in its program, and the steps that are open there. It takes one thing at a time: a result of
 * a step, an event, a deadline. No storage, no leases, no replay, no clock. It knows nothing of lib/engine.
 */
import { clock } from './clock.js';
import { madeAccount } from './customers.js';
import { passes } from './filters.js';
import {
  type Ask,
  type EventName,
  isFinal,
  type JourneySpec,
  type Node,
  type Program,
  type Via,
  viaOf,
} from './program.js';

/** An event as the reference sees it: whole seconds, and its place among those of its second. */
export interface Happening {
  readonly id: string;
  readonly name: EventName;
  readonly timeMs: number;
  /** 0 for one that starts a run, 1 for any other. */
  readonly rank: 0 | 1;
  readonly hops: number;
  readonly mark: string;
  /** What filters ask. */
  readonly n: unknown;
  /** How it finds runs where it is on record, and the value by which: the customer, the account, or none. */
  readonly via: Via;
  readonly value: unknown;
  /** The account that it carries. */
  readonly account: unknown;
  /** The call that it returns from, as `<trigger of the caller>/<step>`. */
  readonly answers?: string;
  /** The trigger of the run that it revokes. */
  readonly revokes?: string;
}

/** Where plain code that throws keeps its retries. */
export const plainCode = '(journey)';

export interface OpenStep {
  readonly id: string;
  readonly kind: 'run' | 'send' | 'sleep' | 'wait';
  readonly node: Exclude<Extract<Node, { id: string }>, { do: 'mistake' }>;
  /** What a wait awaits; one window for each. */
  readonly windows: readonly Window[];
  /** Whether the wait needs an event in every window. */
  readonly needsAll: boolean;
  /** Of what is sent here: its time. */
  readonly pointMs: number;
  readonly deadlineMs: number;
  /** Of what is sent here. */
  readonly hops: number;
  /** Failed attempts so far, and when the next may begin (undefined: at once). */
  attempts: number;
  retryMs?: number | undefined;
  readonly resume: (outcome: string) => void;
  readonly fail: () => void;
}

export interface Window {
  readonly event: EventName;
  /** How its event finds the run. */
  readonly via: Via;
  readonly value: unknown;
  readonly sinceMs: number;
  readonly after?: Happening | undefined;
  readonly ask?: Ask | undefined;
  /** The call that it awaits the return of. */
  readonly call?: string;
}

export type Outcome = 'done' | 'failed' | 'again';

/** Retries wait with jitter. */
export interface Again {
  readonly earliestMs: number;
  readonly latestMs: number;
}

export function isBefore(a: Happening, b: Happening): boolean {
  if (a.timeMs !== b.timeMs) return a.timeMs < b.timeMs;
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.hops !== b.hops) return a.hops < b.hops;
  return a.id < b.id;
}

/** A deadline stands after every event of its second. */
export function isBeforeDeadline(event: Happening, deadlineMs: number): boolean {
  return event.timeMs <= deadlineMs;
}

function channelOf({ name, via, value }: Pick<Happening, 'name' | 'via' | 'value'>): string {
  return JSON.stringify([name, via, typeof value, value]);
}

function isUnfindable({ via, value }: Window): boolean {
  return via !== 'every' && value === undefined;
}

export class Reference {
  status: 'active' | 'completed' | 'failed' = 'active';
  /** Open steps in the order in which the code called them. */
  readonly open = new Map<string, OpenStep>();
  /** What the code was given, in order. */
  readonly passed: string[] = [];
  private eventMs: number;
  private doneAtMs = 0;
  private hops: number;
  /** The latest end of a called run. */
  private returnedMs = 0;
  private returnedHops = 0;
  /** By channel: the event's name, and how it finds runs. */
  private readonly consumed = new Map<string, Happening>();
  private readonly called = new Map<string, number>();

  constructor(
    private readonly spec: JourneySpec,
    readonly trigger: Happening,
    /** Steps that older code has opened: their end is fixed already. */
    private readonly opened: ReadonlySet<string> = new Set(),
  ) {
    this.eventMs = trigger.timeMs;
    this.hops = trigger.hops;
    this.sequence(
      spec.program,
      0,
      () => this.end('completed'),
      () => this.end('failed'),
    );
  }

  /** The user function whose turn it is. While there is one, nothing else happens to the run. */
  code(): OpenStep | undefined {
    if (this.status !== 'active') return undefined;
    for (const step of this.open.values())
      if ((step.kind === 'run' || step.kind === 'send') && step.retryMs === undefined) return step;
    return undefined;
  }

  /** @param windows of a wait; by default any of its own will do. */
  fits(step: OpenStep, event: Happening, windows: readonly Window[] = step.windows): boolean {
    if (!isBefore(this.trigger, event) || event.timeMs > step.deadlineMs) return false;
    return windows.some(
      ({ event: name, via, value, sinceMs, after, ask, call }) =>
        (call === undefined
          ? name === event.name && via === event.via && value === event.value
          : call === event.answers) &&
        passes(ask, this.trigger.n, event.n) &&
        event.timeMs >= Math.floor(sinceMs / 1_000) * 1_000 &&
        (after === undefined || isBefore(after, event)),
    );
  }

  /** What of so many events a wait would take: the first that fits, or the first of each; nothing while one is missing. */
  takes(step: OpenStep, events: readonly Happening[]): readonly Happening[] | undefined {
    const firsts = step.windows.map((window) => first(events.filter((event) => this.fits(step, event, [window]))));
    const there = firsts.filter((event) => event !== undefined);
    if (step.needsAll) return there.length === firsts.length ? there : undefined;
    const one = first(there);
    return one && [one];
  }

  cancels(event: Happening): boolean {
    if (event.revokes !== undefined) return event.revokes === this.trigger.id && isBefore(this.trigger, event);
    return (
      isBefore(this.trigger, event) &&
      this.spec.cancelOn.some(
        ({ event: name, windowS, on, ask }) =>
          name === event.name &&
          viaOf(on) === event.via &&
          this.valueOf(viaOf(on)) === event.value &&
          passes(ask, this.trigger.n, event.n) &&
          (windowS === undefined || event.timeMs <= this.trigger.timeMs + windowS * 1_000),
      )
    );
  }

  /** When the run is cancelled if it is not over. */
  get finishMs(): number | undefined {
    const { finishS } = this.spec;
    return finishS === undefined ? undefined : this.trigger.timeMs + finishS * 1_000;
  }

  match(step: OpenStep, ...events: readonly Happening[]): void {
    if (step.node.do === 'invoke') {
      this.returns(step, events[0]!, events[0]!.mark);
      return;
    }
    for (const event of events) {
      this.eventMs = Math.max(this.eventMs, event.timeMs);
      this.hops = Math.max(this.hops, event.hops);
      const before = this.consumed.get(channelOf(event));
      if (!before || isBefore(before, event)) this.consumed.set(channelOf(event), event);
    }
    this.close(step, `matched ${events.map(({ mark }) => mark).join(' and ')}`);
  }

  timeOut(step: OpenStep): void {
    if (step.kind === 'wait' && step.node.do === 'invoke') {
      this.returns(step, { timeMs: step.deadlineMs, hops: 0 }, 'InvokeTimeout');
      return;
    }
    this.eventMs = Math.max(this.eventMs, step.deadlineMs);
    this.close(step, step.kind === 'wait' ? 'timed out' : 'slept');
  }

  /**
   * What the next attempt of a step comes to; whether sending works is up to the bus.
   * @param again when the next one could begin, at the earliest and at the latest, if this one fails.
   */
  outcomesOf(step: OpenStep, bus: { readonly published: boolean }, again: Again): Outcome[] {
    const { node } = step;
    // Its data does not fit: nothing is sent, and no other attempt would be better.
    if (node.do === 'send' && node.odd) return ['failed'];
    const works = 'fails' in node || node.do === 'run' ? step.attempts >= (node.fails ?? 0) : bus.published;
    if (works) return ['done'];
    const final = 'how' in node && isFinal(node.how);
    if (final || step.attempts >= this.spec.retries) return ['failed'];
    const endMs = this.endOfLifeMs();
    if (again.earliestMs > endMs) return ['failed'];
    return again.latestMs > endMs ? ['again', 'failed'] : ['again'];
  }

  /** Nothing of the run begins after that. */
  private endOfLifeMs(): number {
    const { lifeS } = this.spec;
    return lifeS === undefined ? Number.POSITIVE_INFINITY : this.trigger.timeMs + lifeS * 1_000;
  }

  done(step: OpenStep, doneAtMs: number): void {
    this.doneAtMs = Math.max(this.doneAtMs, doneAtMs);
    const { node } = step;
    if (node.do === 'invoke') {
      this.open.delete(step.id);
      step.resume('');
      return;
    }
    const nothing = node.do === 'run' && node.gives === 'nothing';
    this.close(step, step.kind === 'send' ? 'sent' : nothing ? 'nothing' : `result of attempt ${step.attempts}`);
  }

  /** Plain code goes on, or fails for good: neither is a result that the code is given. */
  plain(step: OpenStep, how: 'done' | 'failed'): void {
    this.open.delete(step.id);
    if (how === 'done') step.resume('');
    else step.fail();
  }

  failed(step: OpenStep, doneAtMs: number): void {
    this.doneAtMs = Math.max(this.doneAtMs, doneAtMs);
    this.open.delete(step.id);
    this.passed.push(`${step.id}: failed`);
    step.fail();
  }

  private close(step: OpenStep, outcome: string): void {
    this.open.delete(step.id);
    const isOurs = step.node.do === 'sleep' && step.node.atMs !== undefined;
    if (!isOurs) this.passed.push(`${step.id}: ${outcome}`);
    step.resume(outcome);
  }

  private end(status: 'completed' | 'failed'): void {
    if (this.status === 'active') this.status = status;
  }

  private sequence(program: Program, at: number, done: () => void, fail: () => void): void {
    const node = program[at];
    if (node) this.node(node, () => this.sequence(program, at + 1, done, fail), fail);
    else done();
  }

  private node(node: Node, next: () => void, fail: () => void): void {
    switch (node.do) {
      case 'run':
        this.call(node, next, node.caught ? next : fail);
        break;
      case 'send':
      case 'sleep':
      case 'stumble':
        this.call(node, next, fail);
        break;
      case 'invoke':
        this.invoke(node, next, node.caught ? next : fail);
        break;
      case 'wait': {
        const goOn = (outcome: string): void =>
          this.sequence(outcome === 'timed out' ? node.timedOut : node.matched, 0, next, fail);
        this.call(node, goOn, fail);
        break;
      }
      case 'loop': {
        const bodies = Array.from({ length: node.times }, () => node.body).flat();
        this.sequence(bodies, 0, next, fail);
        break;
      }
      case 'mistake':
        fail();
        break;
      case 'later':
        this.later(node, next, fail);
        break;
      default:
        this.fork(node.do, node.branches, next, fail);
    }
  }

  /** The first thing that settles a fork counts; its other branches go on on their own. */
  private fork(kind: 'all' | 'race' | 'any', branches: readonly Program[], next: () => void, fail: () => void): void {
    let settled = false;
    let left = branches.length;
    const settle = (how: () => void) => () => {
      if (settled) return;
      left -= 1;
      const last = left === 0;
      const decides = kind === 'race' || (kind === 'all') === (how === fail) || last;
      if (!decides) return;
      settled = true;
      how();
    };
    for (const branch of branches) this.sequence(branch, 0, settle(next), settle(fail));
  }

  /** Both go on beside each other; it is over when the body is and then the first is; a failure of the first shows only then. */
  private later(node: Extract<Node, { do: 'later' }>, next: () => void, fail: () => void): void {
    let first: (() => void) | undefined;
    let bodyIsDone = false;
    const settle = (how: () => void) => () => {
      first = how;
      if (bodyIsDone) how();
    };
    this.node(node.first, settle(next), settle(fail));
    const bodyDone = (): void => {
      bodyIsDone = true;
      first?.();
    };
    this.sequence(node.body, 0, bodyDone, fail);
  }

  /** What an event must have that finds this run. */
  private valueOf(via: Via): unknown {
    // A run of the clock has no key.
    if (via === 'key') return this.trigger.name === clock ? undefined : this.trigger.value;
    return via === 'account' ? this.trigger.account : 'every run';
  }

  private unique(id: string): string {
    const before = this.called.get(id) ?? 0;
    this.called.set(id, before + 1);
    return before === 0 ? id : `${id}:${before}`;
  }

  private call(node: OpenStep['node'], resume: (outcome: string) => void, fail: () => void, named?: string): void {
    if (this.status !== 'active') return;
    const id = node.do === 'stumble' ? plainCode : (named ?? this.unique(node.id));
    const { deadlineMs, isTooLong } = this.timeOf(node);
    const windows = node.do === 'wait' ? this.windowsOf(node) : [];
    // It would end after the run's longest life, or waits for what the trigger does not have.
    if (!this.opened.has(id) && (isTooLong || windows.some(isUnfindable))) {
      fail();
      return;
    }
    this.open.set(id, {
      id,
      kind: kindOf(node),
      ...this.sending(node),
      node,
      windows,
      needsAll: node.do === 'wait' && node.takes === 'all',
      deadlineMs,
      attempts: 0,
      resume,
      fail,
    });
  }

  /** Until when it waits, and whether that is after the run's longest life. */
  private timeOf(node: OpenStep['node']): { readonly deadlineMs: number; readonly isTooLong: boolean } {
    if (node.do !== 'wait' && node.do !== 'sleep') return { deadlineMs: 0, isTooLong: false };
    if (node.do === 'sleep' && node.atMs !== undefined) return { deadlineMs: node.atMs, isTooLong: false };
    const pointMs = Math.max(this.eventMs, this.doneAtMs);
    const fromMs = node.do === 'sleep' && node.until ? this.trigger.timeMs : pointMs;
    const deadlineMs = fromMs + (this.spec.timeoutsS?.[node.id] ?? node.s) * 1_000;
    return { deadlineMs, isTooLong: deadlineMs > this.endOfLifeMs() };
  }

  /** What is sent comes after what called runs have sent; a call begins now, and is one deeper than its caller. */
  private sending(node: OpenStep['node']): Pick<OpenStep, 'hops' | 'pointMs'> {
    if (node.do === 'invoke') return { hops: this.hops + 1, pointMs: Math.max(this.eventMs, this.doneAtMs) };
    const datedMs = node.do === 'send' && node.tsS !== undefined ? this.trigger.timeMs + node.tsS * 1_000 : 0;
    const pointMs = Math.max(this.eventMs, this.returnedMs, datedMs);
    return { hops: Math.max(this.hops, this.returnedHops) + 1, pointMs };
  }

  private windowsOf(node: Extract<Node, { do: 'wait' }>): Window[] {
    const begins = {
      point: this.eventMs,
      trigger: this.trigger.timeMs,
      'last-step': Math.max(this.eventMs, this.doneAtMs),
    };
    return [node, ...(node.others ?? [])].map(({ event, on, ask, since = node.since ?? 'point' }) => {
      const via = viaOf(on);
      const value = on === 'made' ? madeAccount(this.passed) : this.valueOf(via);
      const after = this.consumed.get(channelOf({ name: event, via, value }));
      return { event, via, value, ask, sinceMs: begins[since], after };
    });
  }

  /** A step that sends the call, then a wait for its end, which fails where the called run did. */
  private invoke(node: Extract<Node, { do: 'invoke' }>, next: () => void, failed: () => void): void {
    const id = this.unique(node.id);
    const sent = (sinceMs: number) => () => this.awaitReturn(node, { id, sinceMs }, next, failed);
    const pointMs = Math.max(this.eventMs, this.doneAtMs);
    this.call(node, sent(pointMs), failed, id);
  }

  private awaitReturn(
    node: Extract<Node, { do: 'invoke' }>,
    call: { readonly id: string; readonly sinceMs: number },
    next: () => void,
    failed: () => void,
  ): void {
    if (this.status !== 'active') return;
    const pass = (outcome: string): void => {
      this.passed.push(`${call.id}: ${outcome}`);
      (outcome.startsWith('returned') ? next : failed)();
    };
    const id = this.unique(`${node.id} (return)`);
    const endMs = this.trigger.timeMs + (this.spec.lifeS ?? 30 * 86_400) * 1_000;
    const deadlineMs = node.untimed ? endMs : Math.max(this.eventMs, this.doneAtMs) + node.s * 1_000;
    if (deadlineMs > this.endOfLifeMs() && !this.opened.has(id)) {
      pass('failed');
      return;
    }
    this.open.set(id, {
      id,
      kind: 'wait',
      node,
      windows: [this.windowOfReturn(call)],
      needsAll: false,
      pointMs: 0,
      deadlineMs,
      hops: 0,
      attempts: 0,
      resume: pass,
      fail: () => pass('failed'),
    });
  }

  private windowOfReturn(call: { readonly id: string; readonly sinceMs: number }): Window {
    const event = 'returned' as EventName;
    return { event, via: 'key', value: undefined, sinceMs: call.sinceMs, call: `${this.trigger.id}/${call.id}` };
  }

  /** As when a step is done: event time does not move. */
  private returns(
    step: OpenStep,
    { timeMs, hops }: { readonly timeMs: number; readonly hops: number },
    how: string,
  ): void {
    this.doneAtMs = Math.max(this.doneAtMs, timeMs);
    this.returnedMs = Math.max(this.returnedMs, timeMs);
    this.returnedHops = Math.max(this.returnedHops, hops);
    this.open.delete(step.id);
    step.resume(how);
  }
}

function kindOf(node: OpenStep['node']): OpenStep['kind'] {
  if (node.do === 'stumble') return 'run';
  return node.do === 'invoke' ? 'send' : node.do;
}

export function first(events: readonly Happening[]): Happening | undefined {
  return [...events].sort((a, b) => (isBefore(a, b) ? -1 : 1))[0];
}
