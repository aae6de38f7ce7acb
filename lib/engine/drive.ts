/**
 * drive: pushes one run as far as its records allow. DESIGN 4.2, steps D1 to D6.
 *
 * Invariants: every write is IF rev = seen; a user function starts only after a write that made the lease mine (I4); a
 * waiting step's timer is created before the step becomes visible (I1); after letting a lease go it looks again (I5).
 */

import { type Attempt, expiresAtS, holdsLease, isMyLease, myLease, setStepTimer, stepTimerName } from './attempt.js';
import { revoke } from './calls/revoke.js';
import { type CodeOutcome, runCode } from './code/code.js';
import { type CodeCall, type Plan, plainCode } from './code/plan.js';
import { replay } from './code/replay.js';
import { nextAttemptMs, storedError } from './code/result.js';
import { dropPointersLast, dropPointersOfLost, pointSteps } from './elsewhere/pointer.js';
import { conclude } from './ends/after.js';
import { cleanUp, dropTimers } from './ends/cleanup.js';
import { asDue, handOver, letGo } from './handover.js';
import type { Fact, Written } from './ports.js';
import {
  isOver,
  type RunDocument,
  type Steps,
  withoutLease,
  withoutStep,
  withResult,
  withStep,
} from './stored/document.js';
import { type End, endOf, slimmed } from './stored/ended.js';
import { runIdOf } from './stored/key.js';

/** again: look once more. ended: the run is over. handedOver: a timer goes on with it. */
export type Driven = 'again' | 'ended' | 'handedOver';

/** What the look knows that a write needs. */
export interface DriveOptions {
  /** Whether every older run of the key is over (and the journey is latest-wins), so that ending this one sets a floor. */
  readonly floor: boolean;
}

export class Driver {
  /** Timers of waits that were just matched: deleted once the match is written. */
  private readonly matchedTimers: string[] = [];
  /** Retries that are not written yet and have no timer yet. */
  private readonly unarmed = new Set<string>();
  /** Told once they are written. */
  private readonly facts: Fact[] = [];
  private seenRev: number;
  private dirty = false;

  constructor(
    private readonly attempt: Attempt,
    private run: RunDocument,
    private readonly options: DriveOptions,
  ) {
    this.seenRev = run.rev;
  }

  /** Puts a decision into the in-memory copy; the next write carries it. */
  apply(decided: RunDocument, fact: Fact | undefined, matchedTimer: string | undefined): void {
    this.run = decided;
    this.dirty = true;
    if (fact) this.facts.push(fact);
    if (matchedTimer !== undefined) this.matchedTimers.push(matchedTimer);
  }

  async drive(first?: Plan): Promise<Driven> {
    try {
      return await this.loop(first);
    } catch (error) {
      // Whoever comes next (the retry, or anyone who looks) goes on at once instead of waiting for the lease to expire.
      if (holdsLease(this.attempt, this.run))
        await letGo(this.attempt, asDue(this.run, this.unarmed), this.seenRev).catch(() => {});
      throw error;
    }
  }

  private async loop(first?: Plan): Promise<Driven> {
    let plan = first ?? (await this.plan());
    while (true) {
      const driven = await this.step(plan);
      if (driven) return driven;
      plan = await this.plan();
    }
  }

  private plan(): Promise<Plan> {
    return replay(this.attempt.engine, this.run, this.attempt.ports.turn);
  }

  /** @returns what it came to, or nothing when the code may go on. */
  private async step(plan: Plan): Promise<Driven | undefined> {
    if (plan.next === 'threw') return this.threw(plan);
    this.forgetPlainCode();
    this.tellLines(plan);
    const end = endOf(plan, this.run, this.attempt.engine.journey.definition);
    if (end) return this.finish(end, plan);
    return plan.next === 'code'
      ? this.code(plan.call)
      : this.suspend(plan.next === 'blocked' ? plan.opened : new Map());
  }

  /** D1, D2: the lease, then the user function; its result travels with the next write. */
  private async code(call: CodeCall): Promise<Driven | undefined> {
    if (!this.hasTimeForCode()) return this.handOver();
    const lost = await this.ensureLease();
    if (lost) return lost;
    await dropTimers(this.attempt, this.matchedTimers);
    // The calls above may have been slow: after the end of this invocation the lease is another's to take.
    if (!this.hasTimeForCode()) return this.handOver();
    this.applyOutcome(call, await runCode(this.attempt, this.run, call));
    return undefined;
  }

  private hasTimeForCode(): boolean {
    return this.attempt.ports.clock.remainingMs() >= this.attempt.engine.stepTimeoutMs;
  }

  private async handOver(): Promise<Driven> {
    await this.arm();
    const written = await handOver(this.attempt, this.run, this.seenRev);
    if (written.outcome !== 'done') return this.lost(written);
    this.tellFacts();
    return 'handedOver';
  }

  /** @returns nothing when the lease is mine, and all that I know is written. */
  private async ensureLease(): Promise<Driven | undefined> {
    if (!this.dirty && holdsLease(this.attempt, this.run)) return undefined;
    await this.arm();
    const next = this.next(this.run);
    const leased = { ...next, lease: myLease(this.attempt, next) };
    const written = await this.attempt.ports.records.commit(leased, { rev: this.seenRev });
    const mine = written.outcome === 'done' || (written.outcome === 'lost' && isMyLease(leased, written.stored));
    if (!mine) return this.lost(written);
    this.written(leased);
    return undefined;
  }

  private applyOutcome(call: CodeCall, outcome: CodeOutcome): void {
    const { kind, attempt } = call;
    const { doneAtMs } = outcome;
    this.dirty = true;
    if (outcome.ok) {
      const done = {
        kind,
        state: 'done',
        attempt,
        doneAtMs,
        ...(outcome.result !== undefined && { result: outcome.result }),
      } as const;
      this.run = withResult(this.run, call.id, done);
    } else {
      this.failed(call.id, kind, attempt + 1, outcome.error, doneAtMs);
    }
  }

  /** @returns whether it will be tried again. */
  private failed(id: string, kind: 'run' | 'send', attempt: number, cause: unknown, doneAtMs: number): boolean {
    const error = storedError(cause);
    const { definition } = this.attempt.engine.journey;
    const seed = `${runIdOf(this.run)}\n${id}\n${attempt}`;
    const deadlineMs = nextAttemptMs(cause, attempt, definition.retries, doneAtMs, seed);
    const withinLife = deadlineMs !== undefined && deadlineMs - this.run.trigger.timeMs <= definition.maxDurationMs;
    this.facts.push({
      kind: 'stepFailed',
      run: runIdOf(this.run),
      step: id,
      attempt,
      error: error.name,
      final: !withinLife,
    });
    if (withinLife) {
      this.run = withStep(this.run, id, { kind, state: 'waiting', attempt, deadlineMs, error });
      this.unarmed.add(id);
    } else if (id !== plainCode) {
      this.run = withResult(this.run, id, { kind, state: 'failed', attempt, doneAtMs, error });
    }
    return withinLife;
  }

  /**
   * Plain code that throws is retried as the step `(journey)`; what can not be retried fails the run, and is noted nowhere
   * else: as a result in a document that is still active, no replay could settle it.
   */
  private async threw(plan: Extract<Plan, { next: 'threw' }>): Promise<Driven | undefined> {
    const plain = this.run.steps.get(plainCode);
    if (plain?.state === 'waiting') return this.suspend(new Map());
    // What it told before it threw says why.
    this.tellLines(plan);
    const attempts = plain?.kind === 'run' && plain.state !== 'done' ? plain.attempt : 0;
    const tooLarge = endOf(plan, this.run, this.attempt.engine.journey.definition);
    if (tooLarge) return this.finish(tooLarge, plan);
    const again = this.failed(plainCode, 'run', attempts + 1, plan.error, this.attempt.ports.clock.nowMs());
    this.dirty = true;
    return again ? undefined : this.finish({ error: storedError(plan.error) }, plan);
  }

  /** The plain code got further: its retries begin anew. It stays on record as long as its timer may still be set (I8). */
  private forgetPlainCode(): void {
    const plain = this.run.steps.get(plainCode);
    if (plain?.state === 'due') this.run = withoutStep(this.run, plainCode);
    if (plain?.kind !== 'run' || plain.state !== 'waiting') return;
    const timer = stepTimerName(this.run, plainCode, plain);
    this.run = withStep(this.run, plainCode, { ...plain, state: 'done' });
    this.unarmed.delete(plainCode);
    if (timer !== undefined) this.matchedTimers.push(timer);
  }

  /** D3 */
  private async finish(end: End, { calls }: Plan): Promise<Driven> {
    // First what leads to the end is written (D1): the run can take no other way any more, on which it awaits a call.
    const lost = calls.length > 0 && (await this.ensureLease());
    if (lost) return lost;
    await revoke(this.attempt, calls);
    const endedAtMs = this.attempt.ports.clock.nowMs();
    const { error: _unused, ...rest } = withoutLease(this.run);
    const ended = this.next({
      ...rest,
      ...('error' in end
        ? { status: 'failed', error: end.error }
        : { status: 'completed', ...(end.output !== undefined && { output: end.output }) }),
      endedAtMs,
      expiresAtS: expiresAtS(this.attempt.engine, endedAtMs),
      ...(this.options.floor && { floor: true }),
    });
    const written = await this.attempt.ports.records.commit(slimmed(ended, this.attempt.engine.journey.definition), {
      rev: this.seenRev,
    });
    if (written.outcome !== 'done') return this.lost(written, ended);
    const run = runIdOf(ended);
    this.facts.push('error' in end ? { kind: 'runFailed', run, error: end.error.name } : { kind: 'runCompleted', run });
    this.written(ended);
    await cleanUp(this.attempt, ended);
    await conclude(this.attempt, ended);
    dropPointersLast(this.attempt, ended);
    return 'ended';
  }

  /** D4, D4b, D5, D6. */
  private async suspend(opened: Steps): Promise<Driven> {
    const { records } = this.attempt.ports;
    await pointSteps(this.attempt, this.run, opened);
    for (const [id, step] of opened) await setStepTimer(this.attempt, this.run, id, step);
    await this.arm();
    const steps = new Map([...this.run.steps, ...opened]);
    const suspended = this.next({ ...withoutLease(this.run), steps });
    const written = await records.commit(suspended, { rev: this.seenRev });
    if (written.outcome === 'done') {
      this.written(suspended);
      const matched = this.matchedTimers.length > 0;
      await dropTimers(this.attempt, this.matchedTimers);
      if (matched) this.attempt.tidied.add(runIdOf(this.run));
      return 'again';
    }
    return this.lost(written, suspended);
  }

  /**
   * My write came too late. A run that is over needs none of the timers that I created for it; those of a run that goes on
   * may be its new executor's, so they stay (protocol check 9).
   */
  private async lost(written: Written, mine: RunDocument = this.run): Promise<Driven> {
    if (written.outcome === 'lost' && isOver(written.stored)) {
      await cleanUp(this.attempt, { ...mine, status: written.stored.status });
      await dropPointersOfLost(this.attempt, mine, written.stored);
    }
    return 'again';
  }

  /** Creates the timers of retries that the next write shows. */
  private async arm(): Promise<void> {
    for (const id of this.unarmed) {
      const step = this.run.steps.get(id);
      if (step) await setStepTimer(this.attempt, this.run, id, step);
    }
  }

  private next(run: RunDocument): RunDocument {
    return { ...run, by: this.attempt.cause, rev: this.seenRev + 1 };
  }

  private written(run: RunDocument): void {
    this.run = run;
    this.seenRev = run.rev;
    this.dirty = false;
    this.unarmed.clear();
    this.tellFacts();
  }

  private tellLines({ lines }: Plan): void {
    for (const line of lines) this.attempt.ports.observer.line(runIdOf(this.run), line);
  }

  private tellFacts(): void {
    for (const fact of this.facts.splice(0)) this.attempt.ports.observer.fact(fact);
  }
}
