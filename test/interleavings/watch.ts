/**
 * Holds what is written in an interleaving against the promise: one outcome, decisions in event order, no step beside itself or
 * without a write of its own before it, and what must be so whenever nothing is under way.
 *
 * It reads documents and records only, and has its own idea of what fits and what cancels: it shares no decision with the engine.
 */
import type { Channel, EventRecord, RunDocument, Step, WaitStep } from '../../lib/engine/stored/document.js';
import type { JourneyDefinition } from '../../lib/journey/definition.js';
import { type SetTimer, tenMs } from '../engine/scripted.js';

/** A broken promise. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** What an invocation saw when it last looked. */
export interface Looked {
  /** So many effects had happened before its first page. */
  readonly order: number;
  readonly clockMs: number;
}

/** What is known of timers beyond what they say; by name. */
export interface TimerEnds {
  /** Their creator ended before it could show them. */
  readonly orphans: ReadonlySet<string>;
  /** They were created when their wait was resolved already. */
  readonly late: ReadonlySet<string>;
  /** Causes of which an attempt died or threw. */
  readonly cutShort: ReadonlySet<string>;
}

interface Recorded {
  readonly id: string;
  readonly name: string;
  readonly timeMs: number;
  readonly position: string;
  readonly order: number;
}

function channelsOf(wait: WaitStep): readonly Channel[] {
  return [wait, ...(wait.others ?? [])];
}

function idsOf({ matched, matchedOthers = [] }: WaitStep): readonly string[] {
  return [...(matched ? [matched] : []), ...matchedOthers].map(({ id }) => id);
}

function lastOf(events: readonly Recorded[]): Recorded {
  return events.reduce((a, b) => (b.position > a.position ? b : a));
}

/** Place of a deadline in event order: after every event of its second. */
function placeOfDeadline(deadlineMs: number): string {
  return `${new Date(deadlineMs).toISOString().slice(0, 19)}Z#2`;
}

export class Watch {
  readonly recorded: Recorded[] = [];
  /** Runs that were cancelled between two of their steps: an executor held them, or had let go with code still to run. */
  readonly cancelledHeld = new Set<string>();
  /** `<run> <invocation>`: may start one function. */
  readonly mayStart = new Set<string>();

  constructor(private readonly definition: JourneyDefinition) {}

  record(item: RunDocument | EventRecord, order: number): void {
    const event = 'event' in item ? item.event : item.trigger;
    if (this.recorded.some(({ position }) => position === item.position)) return;
    const { id, name, timeMs } = event;
    this.recorded.push({ id, name, timeMs, position: item.position, order });
  }

  /** A write of a run took effect. */
  wrote(before: RunDocument, after: RunDocument, looked: Looked | undefined): void {
    const who = `run ${before.trigger.id}`;
    if (before.status !== 'active') throw new Violation(`${who} is written after it was over`);
    let decided = 0;
    for (const [id, was] of before.steps) {
      const is = after.steps.get(id);
      if (was.seq !== undefined) this.assertSame(`${who}, step ${id}`, was, is);
      if (was.state !== 'waiting' || is?.state === 'waiting' || (was.kind !== 'wait' && was.kind !== 'sleep')) continue;
      decided += 1;
      if (!is || !looked) throw new Violation(`${who}: ${id} is decided without a look`);
      this.assertDecision(before, was, is, looked);
    }
    if (decided > 1) throw new Violation(`${who}: ${decided} decisions in one write`);
  }

  cancelled(before: RunDocument, by: string, looked: Looked | undefined): void {
    const who = `run ${before.trigger.id}`;
    const event = this.recorded.find(({ id }) => id === by);
    if (!event || !looked || !this.cancels(before, event))
      throw new Violation(`${who} is cancelled by ${by}, which may not`);
    this.assertFirst(before, event.position, looked, `its cancellation by ${by}`);
    const waits = [...before.steps.values()].some(({ state }) => state === 'waiting');
    if (before.lease || !waits) this.cancelledHeld.add(before.trigger.id);
  }

  /** A user function starts. */
  starts(run: RunDocument, step: string, by: string, beside: readonly string[]): void {
    const where = `${by} starts ${step} of run ${run.trigger.id}`;
    if (!this.mayStart.delete(`${run.trigger.id} ${by}`))
      throw new Violation(`${where} without a write of its own before`);
    if (beside.length > 0) throw new Violation(`${where} beside ${beside.join(', ')}`);
    if (run.steps.get(step)?.seq !== undefined) throw new Violation(`${where}, which is committed`);
  }

  /** L1 and G1, while nothing is under way. */
  atRest(runs: readonly RunDocument[], timers: readonly SetTimer[], ends: TimerEnds, nowMs: number): void {
    for (const run of runs) {
      const own = timers.filter(
        (timer) => Buffer.from(timer.run, 'base64url').toString() === `${run.position}\n${run.pk}`,
      );
      if (run.status === 'active') this.assertWaits(run, own);
      // One whose time has come fires by itself, finds nothing and is gone.
      else
        this.assertNoTimers(
          run,
          own.filter(({ deadlineMs }) => deadlineMs > nowMs),
          ends,
          runs,
        );
    }
  }

  private assertWaits(run: RunDocument, timers: readonly SetTimer[]): void {
    const who = `run ${run.trigger.id} at rest`;
    if (run.lease) throw new Violation(`${who} is held`);
    if (timers.some(({ step, attempt }) => step === 'go' && attempt === run.rev)) return;
    const waiting = [...run.steps].filter(([, step]) => step.state === 'waiting');
    if (waiting.length === 0) throw new Violation(`${who} waits for nothing`);
    for (const [id, step] of waiting) {
      if (!timers.some((timer) => timer.step === id && timer.deadlineMs === step.deadlineMs))
        throw new Violation(`${who} has no timer of ${id}`);
      const missed = step.kind === 'wait' && this.resolving(run, step, this.recorded);
      if (missed) throw new Violation(`${who} has missed ${missed.id}`);
    }
    const canceller = this.recorded.find((event) => this.cancels(run, event));
    if (canceller) throw new Violation(`${who} has missed ${canceller.id}, which cancels it`);
  }

  private assertNoTimers(
    run: RunDocument,
    timers: readonly SetTimer[],
    { orphans, late, cutShort }: TimerEnds,
    runs: readonly RunDocument[],
  ): void {
    for (const timer of timers) {
      const step = run.steps.get(timer.step);
      const inDocument = step?.deadlineMs === timer.deadlineMs && step.state !== 'timedOut';
      // Made by an attempt that ended before it could show it: nothing names it any more.
      if (!inDocument && (orphans.has(timer.name) || timer.step === 'go')) continue;
      // Made again, after it was deleted, by an executor that did not know and ended before its write was refused and cleaned up after.
      if (late.has(timer.name) && orphans.has(timer.name)) continue;
      // Its ender failed, and comes back: but its look stops at a floor that was set meanwhile.
      if (cutShort.has(run.by) && runs.some((other) => other.floor && other.position > run.position)) continue;
      throw new Violation(`run ${run.trigger.id} is ${run.status} and has left a timer of ${timer.step}`);
    }
  }

  private assertSame(what: string, was: Step, is: Step | undefined): void {
    const told = (step: Step | undefined): string =>
      JSON.stringify([step?.kind, step?.state, step?.seq, step?.kind === 'wait' ? idsOf(step) : undefined]);
    if (told(was) !== told(is)) throw new Violation(`${what} was ${told(was)} and became ${told(is)}`);
  }

  private assertDecision(run: RunDocument, was: Step, is: Step, looked: Looked): void {
    if (is.kind === 'wait' && is.state === 'matched' && was.kind === 'wait') {
      const last = this.assertFits(run, was, is, looked);
      this.assertFirst(run, last.position, looked, `its match with ${idsOf(is)}`);
      return;
    }
    if (was.deadlineMs! > looked.clockMs) throw new Violation(`run ${run.trigger.id} timed out before its time`);
    this.assertFirst(run, placeOfDeadline(was.deadlineMs!), looked, 'its timeout');
  }

  /** @returns the last of the events that a wait has taken: one, or where it needs all, the first of each. */
  private assertFits(run: RunDocument, was: WaitStep, is: WaitStep, looked: Looked): Recorded {
    const who = `run ${run.trigger.id} has matched ${idsOf(is)}`;
    const taken = idsOf(is).map((id) => this.recorded.find((event) => event.id === id));
    const channels = channelsOf(was);
    if (taken.length !== (was.takes === 'all' ? channels.length : 1))
      throw new Violation(`${who}: too few or too many`);
    for (const [i, event] of taken.entries()) {
      const own = was.takes === 'all' ? [channels[i]!] : channels;
      if (!event || !this.fits(run, was, event, own)) throw new Violation(`${who}, which does not fit`);
      const first = this.firstOf(
        run,
        was,
        own,
        this.recorded.filter(({ order }) => order < looked.order),
      );
      if (first && first.position < event.position) throw new Violation(`${who}, although ${first.id} comes before it`);
    }
    return lastOf(taken.map((event) => event!));
  }

  /** Nothing that was on record when its decider looked comes before what was decided. */
  private assertFirst(run: RunDocument, position: string, looked: Looked, what: string): void {
    const early = this.recorded.filter((event) => event.order < looked.order && event.position < position);
    const waits = [...run.steps.values()].filter((step) => step.state === 'waiting');
    const before =
      early.find((event) => this.cancels(run, event)) ??
      waits
        .map((wait) => (wait.kind === 'wait' ? this.resolving(run, wait, early) : undefined))
        .find((event) => event !== undefined);
    if (before) throw new Violation(`run ${run.trigger.id}: ${what}, although ${before.id} comes before it`);
    for (const { deadlineMs } of waits)
      if (deadlineMs !== undefined && deadlineMs <= looked.clockMs && placeOfDeadline(deadlineMs) < position)
        throw new Violation(
          `run ${run.trigger.id}: ${what}, although second ${(deadlineMs - tenMs) / 1_000} was up before it`,
        );
  }

  /** The event with which so many resolve a wait: the first that fits, or the last of the first of each that it needs. */
  private resolving(run: RunDocument, wait: WaitStep, events: readonly Recorded[]): Recorded | undefined {
    const channels = channelsOf(wait);
    if (wait.takes !== 'all') return this.firstOf(run, wait, channels, events);
    const firsts = channels.map((channel) => this.firstOf(run, wait, [channel], events));
    return firsts.some((event) => event === undefined) ? undefined : lastOf(firsts.map((event) => event!));
  }

  private firstOf(
    run: RunDocument,
    wait: WaitStep,
    channels: readonly Channel[],
    events: readonly Recorded[],
  ): Recorded | undefined {
    const fitting = events.filter((event) => this.fits(run, wait, event, channels));
    return fitting.sort((a, b) => (a.position < b.position ? -1 : 1))[0];
  }

  private fits(run: RunDocument, wait: WaitStep, event: Recorded, channels: readonly Channel[]): boolean {
    if (event.position <= run.position || event.timeMs > wait.deadlineMs) return false;
    return channels.some(
      ({ event: name, sinceMs, after }) =>
        name === event.name &&
        event.timeMs >= Math.floor(sinceMs / 1_000) * 1_000 &&
        !(after && event.position <= after),
    );
  }

  private cancels(run: RunDocument, event: Recorded): boolean {
    return (
      event.position > run.position &&
      this.definition.cancelOn.some(
        ({ event: name, timeoutMs }) =>
          name === event.name && (timeoutMs === undefined || event.timeMs - run.trigger.timeMs <= timeoutMs),
      )
    );
  }
}
