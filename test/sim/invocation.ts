/**
 * One invocation of the journey's function: its gates, through which every call of a port passes, and its end.
 *
 * A call has two instants, its effect and its acknowledgement, each with a latency of its own. Between them anything may
 * happen to the world, and the invocation may die at any of them. Invariant: only one invocation runs between gates, so
 * what runs is known without asking.
 */
import type { Position } from '../../lib/engine/stored/event.js';
import type { CallFault, Faults } from './faults.js';
import type { Schedule } from './schedules.js';
import type { Timeline } from './timeline.js';

export interface Cause {
  /** Says in stories and in the names of faults what this is, for example `e2` or `timer of e1/w1`. */
  readonly label: string;
  /** Where it looks. */
  readonly pk: string;
  /** The item that it came for: its event's record, its run, or the run that its timer names. */
  readonly own: Position;
}

/** What the scheduler lends to every invocation. */
export interface Stage {
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly latencyMs: number;
  /** Lets an invocation run to its next gate. */
  run(invocation: Invocation, go: () => void): Promise<void>;
  /** The running invocation has come to a gate, or to its end. */
  parked(): void;
  /** A call is under way in this partition, or no longer. */
  underWay(pk: string, change: 1 | -1): void;
  tell(who: string, what: string): void;
}

/** When something was looked at: in the order of effects and in time. */
export interface Look {
  readonly order: number;
  readonly atMs: number;
}

export class ServiceFault extends Error {
  override readonly name = 'ServiceFault';
}

type Effect<Value> = () => Promise<Value>;

interface Gate<Value> {
  resolve(value: Value | Promise<Value>): void;
  reject(error: unknown): void;
}

export class Invocation {
  alive = true;
  /** Of the code that it runs, where code has versions. */
  codeVersion: string | undefined;
  /** The first page of its last look, in the order of effects and in time. */
  look: Look | undefined;
  /** Whom it found in the place of its trigger, and what that one was then: over, or itself the same as another event. */
  holderWas: { readonly run: string; readonly over: boolean; readonly joined: boolean } | undefined;
  /** The same of every home, and of what follows runs, by partition. */
  readonly looks = new Map<string, Look>();
  /** Whether it has written a decision since that look. */
  decidedSinceLook = false;
  /** Schedules that it created and that no write of its has shown yet, with their run. */
  readonly unshown: { readonly run: string; readonly schedule: Schedule }[] = [];
  /** Runs that it ended and may not have cleaned up after. */
  readonly ending: string[] = [];
  readonly endMs: number;
  private calls = 0;
  private outlives: boolean | undefined;

  constructor(
    private readonly stage: Stage,
    readonly cause: Cause,
    readonly label: string,
    private readonly bounds: { readonly skewMs: number; readonly timeoutMs: number },
    /** Its cause has to come back. */
    private readonly onDeath: () => void,
  ) {
    this.endMs = stage.timeline.nowMs + bounds.timeoutMs;
  }

  /** Its last look at a partition. */
  lookOf(pk: string): Look | undefined {
    return this.looks.get(pk);
  }

  get begunMs(): number {
    return this.endMs - this.bounds.timeoutMs;
  }

  clockMs(): number {
    return Math.floor(this.stage.timeline.nowMs) + this.bounds.skewMs;
  }

  remainingMs(): number {
    return this.endMs - this.stage.timeline.nowMs;
  }

  isBeyondItsEnd(): boolean {
    return this.stage.timeline.nowMs >= this.endMs;
  }

  /** A call of a port. */
  call<Value>(what: string, effect: Effect<Value>): Promise<Value> {
    const { faults, timeline, latencyMs } = this.stage;
    this.calls += 1;
    const place = `${this.label}/${this.calls}`;
    const fault = faults.atCall(place);
    const there = faults.chance(`there@${place}`) * latencyMs;
    const back = faults.chance(`back@${place}`) * latencyMs;
    const slow = faults.chance(`slow@${place}`) ** 3 * 120_000;
    const effectMs = timeline.nowMs + there + (fault === 'call slow' ? slow : 0);
    const ackMs = effectMs + back + (fault === 'acknowledgement slow' ? slow : 0);
    return new Promise<Value>((resolve, reject) => {
      this.strike(fault, what, { effectMs, ackMs }, effect, { resolve, reject });
      this.stage.parked();
    });
  }

  /** Time passes inside the invocation: a function of the author, a sleep. */
  pause(what: string, ms: number, dies: boolean): Promise<void> {
    return new Promise<void>((resolve) => {
      if (dies) this.dieAt(this.stage.timeline.nowMs + ms / 2, what);
      else this.resumeAt(this.stage.timeline.nowMs + ms, what, resolve);
      this.stage.parked();
    });
  }

  private strike<Value>(
    fault: CallFault | undefined,
    what: string,
    { effectMs, ackMs }: { readonly effectMs: number; readonly ackMs: number },
    effect: Effect<Value>,
    gate: Gate<Value>,
  ): void {
    const struck = (): void => {
      if (!fault) return;
      this.stage.faults.struck(fault);
      this.stage.tell(this.label, `${fault}: ${what}`);
    };
    const failing = (error: string) => (): void => {
      struck();
      gate.reject(new ServiceFault(error));
    };
    switch (fault) {
      case 'dies before the call':
        this.dieAt(effectMs, `before ${what}`, struck);
        break;
      case 'dies while the call is under way':
        this.dieAt(this.stage.timeline.nowMs, `during ${what}`, struck);
        this.effectAt(effectMs + this.afloatMs(), what, effect);
        break;
      case 'dies after the call':
        this.effectAt(effectMs, what, effect);
        this.dieAt(effectMs, `after ${what}`, struck);
        break;
      case 'call fails':
        this.resumeAt(effectMs, what, failing('throttled'));
        break;
      case 'acknowledgement lost':
        this.effectAt(effectMs, what, effect);
        this.resumeAt(ackMs, what, failing('no answer'));
        break;
      case 'call made twice':
        this.effectAt(effectMs, what, effect);
        this.answerAt(ackMs + (ackMs - effectMs), what, this.effectAt(ackMs, what, effect), gate, struck);
        break;
      default:
        this.answerAt(ackMs, what, this.effectAt(effectMs, what, effect), gate, struck);
    }
  }

  /** How long the call of a dead sender is still on its way. */
  private afloatMs(): number {
    return this.stage.faults.chance(`afloat@${this.label}/${this.calls}`) ** 2 * 20_000;
  }

  private answerAt<Value>(
    atMs: number,
    what: string,
    answer: () => Promise<Value>,
    gate: Gate<Value>,
    struck: () => void,
  ): void {
    this.resumeAt(atMs, what, () => {
      struck();
      gate.resolve(answer());
    });
  }

  /** Plans the effect of a call, which happens even if its caller has died. @returns what tells its answer. */
  private effectAt<Value>(atMs: number, what: string, effect: Effect<Value>): () => Promise<Value> {
    let answer: Promise<Value>;
    this.stage.underWay(this.cause.pk, 1);
    this.stage.timeline.plan(atMs, async () => {
      if (!this.alive) this.stage.tell(this.label, `is dead, but its ${what} arrives`);
      answer = effect();
      await answer;
      this.stage.underWay(this.cause.pk, -1);
    });
    return () => answer;
  }

  private resumeAt(atMs: number, what: string, go: () => void): void {
    if (atMs >= this.endMs && !this.mayOutlive()) {
      this.dieAt(this.endMs, `at its end, in ${what}`);
      return;
    }
    this.stage.timeline.plan(atMs, async () => {
      if (!this.alive) return;
      if (this.isBeyondItsEnd()) this.stage.faults.struck('outlives its end');
      await this.stage.run(this, go);
    });
  }

  private dieAt(atMs: number, where: string, then: () => void = () => {}): void {
    this.stage.timeline.plan(Math.min(atMs, Math.max(this.endMs, this.stage.timeline.nowMs)), () => {
      if (!this.alive) return;
      this.alive = false;
      then();
      this.stage.tell(this.label, `dies ${where}`);
      this.onDeath();
    });
  }

  private mayOutlive(): boolean {
    this.outlives ??= this.stage.faults.strikes('outlives its end', this.label);
    return this.outlives;
  }
}
