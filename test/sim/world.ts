/**
 * Plays a history: the real engine over the memory world, under the history's faults, watched by the monitor.
 *
 * Invariants: one seed, one story; only one invocation runs between gates; after the faults stop everything that is pending
 * is delivered, and the world must come to rest within bounded steps.
 */

import { type EngineEvent, eventPosition } from '../../lib/engine/event.js';
import { type Engine, handle } from '../../lib/engine/handle.js';
import { Refused } from '../../lib/engine/intake.js';
import { partitionOf, runRefOf } from '../../lib/engine/key.js';
import type { SentEvent } from '../../lib/engine/ports.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { arrivalMs } from './arrivals.js';
import { journeyOf } from './author.js';
import { Faults, type Tally } from './faults.js';
import { dawnMs, type History, type SimEvent, secondsOf } from './history.js';
import type { Invocation, Stage } from './invocation.js';
import { Lambda } from './lambda.js';
import { Monitor, stepTimeoutMs } from './monitor.js';
import { portsOf, type Shared } from './ports.js';
import { Violation } from './run-track.js';
import { type Schedule, Schedules } from './schedules.js';
import { Timeline } from './timeline.js';

export interface Verdict {
  readonly violation?: { readonly check: string; readonly message: string };
  readonly faults: Tally;
  /** Names of the faults that were drawn. */
  readonly drawn: readonly string[];
  /** What the engine reported, and what the simulator saw, by kind. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A world that has not come to rest after so many steps never will. */
const mostSteps = 50_000;

export interface PlayOptions {
  /** Gets what happens, line by line. */
  readonly story?: (line: string) => void;
  /** Other records than the memory world's: the simulator's own tests break them on purpose. */
  readonly records?: () => MemoryRecords;
}

export async function play(history: History, options: PlayOptions = {}): Promise<Verdict> {
  return new World(history, options).play();
}

class World {
  private readonly timeline = new Timeline(dawnMs);
  private readonly faults: Faults;
  private readonly monitor: Monitor;
  private readonly schedules: Schedules;
  private readonly lambda: Lambda;
  private readonly engine: Engine;
  private readonly shared: Shared;
  private readonly counts: Record<string, number> = {};
  private readonly busy = new Map<string, number>();
  private running: Invocation | undefined;
  private readonly sends = { count: 0 };
  private parked: () => void = () => {};
  private violation: Verdict['violation'];

  constructor(
    private readonly history: History,
    private readonly options: PlayOptions,
  ) {
    this.faults = new Faults(history);
    this.monitor = new Monitor(history.journey);
    this.schedules = new Schedules(this.timeline, this.faults, (schedule, copy) => this.fires(schedule, copy));
    this.engine = {
      journey: journeyOf(history.journey, {
        perform: (...of) => this.perform(...of),
        stumbles: (...of) => this.monitor.stumbles(...of),
        count: () => {
          this.sends.count += 1;
          return this.sends.count;
        },
      }),
      timeoutsMs: {},
      stepTimeoutMs,
    };
    this.lambda = new Lambda(this.stage(), this.outcomes(), history.functionTimeoutS * 1_000);
    this.shared = this.lent();
  }

  async play(): Promise<Verdict> {
    for (const event of this.history.events) this.planEvent(event);
    let steps = 0;
    for (let act = this.timeline.next(); act && !this.violation; act = this.timeline.next()) {
      steps += 1;
      if (steps > mostSteps)
        this.watch(() => {
          throw new Violation('L1', 'the world does not come to rest');
        });
      await act();
    }
    if (!this.violation) this.watch(() => this.atTheEnd());
    const { faults, counts, violation } = this;
    counts.steps = steps;
    return { faults: faults.tally, drawn: faults.drawn, counts, ...(violation && { violation }) };
  }

  /** Each event is delivered, late by its chance; a fault delivers it twice. */
  private planEvent(event: SimEvent): void {
    const { faults, timeline, history } = this;
    const payload = payloadOf(event);
    this.deliver(payload, event.id, arrivalMs(history, faults, event, event.id));
    if (faults.strikes('event twice', event.id)) {
      const againMs = arrivalMs(history, faults, event, `${event.id} again`);
      timeline.plan(againMs, () => faults.struck('event twice'));
      this.deliver(payload, `${event.id} again`, againMs);
    }
  }

  private deliver(event: EngineEvent, label: string, atMs: number): void {
    const own = eventPosition(event, this.starts(event.name) ? 'trigger' : 'event');
    this.timeline.plan(atMs, () =>
      this.lambda.invoke({ label, pk: this.homeOf(event), own }, (requestId) => ({ kind: 'event', event, requestId })),
    );
  }

  /** Where an event belongs; one that is none of the journey's belongs nowhere. */
  private homeOf(event: EngineEvent): string {
    return partitionOf(this.engine.journey.definition, event) ?? 'nowhere';
  }

  private starts(name: string): boolean {
    return this.history.journey.triggers.some((trigger) => trigger === name);
  }

  private async fires({ label, atMs, timer, event }: Schedule, copy: number): Promise<void> {
    const name = copy === 0 ? label : `${label} again`;
    if (event) return this.deliver(event, name, this.timeline.nowMs);
    if (!timer) return;
    const { pk, position } = runRefOf(timer.run)!;
    const cause = { label: name, pk, own: position };
    const { run, step, attempt, deadlineMs } = timer;
    if (this.timeline.nowMs < atMs) this.faults.struck('timer early');
    await this.lambda.invoke(cause, (requestId) => ({
      kind: 'timer',
      run,
      step,
      attempt,
      deadlineMs,
      atMs,
      requestId,
    }));
  }

  /** What a run sends comes back to the journey as an event. */
  private publish(events: readonly SentEvent[]): void {
    for (const event of events) {
      const n = (this.counts.sent ?? 0) + 1;
      this.counts.sent = n;
      const lateMs = this.faults.chance(`bus@${event.id}/${n}`) ** 3 * 30_000;
      const sent = { ...event, timeMs: Math.floor(event.timeMs / 1_000) * 1_000 };
      this.deliver(sent, `sent ${event.id.slice(0, 4)}/${n}`, this.timeline.nowMs + lateMs);
    }
  }

  /** A user function: it takes its time, and may die. */
  private async perform(runId: string, step: string, attempt: number): Promise<void> {
    const by = this.running!;
    let ended = (): void => {};
    this.watch(() => {
      ended = this.monitor.functionStarts(by, runId, step, attempt);
    });
    const place = `${by.label}/${step}#${attempt}`;
    this.tell(by.label, `runs function ${step}, attempt ${attempt}`);
    this.count('functions');
    const ms = this.faults.chance(`takes@${place}`) ** 3 * this.history.functionS * 1_000;
    const dies = this.faults.strikes('dies in a function', place);
    if (dies) this.faults.struck('dies in a function');
    await by.pause(`function ${step}`, ms, dies);
    ended();
  }

  private stage(): Stage {
    const { timeline, faults, history } = this;
    return {
      timeline,
      faults,
      latencyMs: history.latencyMs,
      run: (invocation, go) => this.runs(invocation, go),
      parked: () => this.parked(),
      died: (invocation, how) => {
        this.tell(invocation.label, `dies ${how}`);
        this.lambda.died(invocation);
      },
      underWay: (pk, change) => this.underWay(pk, change),
      tell: (who, what) => this.tell(who, what),
    };
  }

  private async runs(invocation: Invocation, go: () => void): Promise<void> {
    this.running = invocation;
    await new Promise<void>((resolve) => {
      this.parked = resolve;
      go();
    });
    this.running = undefined;
  }

  private outcomes(): ConstructorParameters<typeof Lambda>[1] {
    return {
      handle: (invocation, delivery) => handle(this.engine, portsOf(invocation, this.shared), delivery),
      isRefused: (error) => error instanceof Refused,
      broken: (invocation, error) => {
        this.watch(() => assertExpected(error));
        this.monitor.broken(invocation);
      },
      settled: (invocation) => this.watch(() => this.monitor.acknowledged(invocation)),
    };
  }

  private lent(): Shared {
    const { schedules, monitor, options } = this;
    const { pageEntries } = this.history;
    return {
      records: options.records?.() ?? new MemoryRecords(pageEntries === undefined ? {} : { pageEntries }),
      schedules,
      monitor,
      nowMs: () => this.timeline.nowMs,
      publish: (events) => this.publish(events),
      fact: (kind) => this.count(kind),
      watch: (check) => this.watch(check),
      tell: (who, what) => this.tell(who, what),
      labelOfRun: (run) => run.position.split('#')[3] ?? '?',
    };
  }

  private underWay(pk: string, change: 1 | -1): void {
    const now = (this.busy.get(pk) ?? 0) + change;
    this.busy.set(pk, now);
    if (now > 0) return;
    this.count('rests');
    this.watch(() => this.monitor.atRest(pk, this.schedules, this.timeline.nowMs));
  }

  private atTheEnd(): void {
    this.monitor.atTheEnd(this.shared.records.runs());
    for (const event of this.history.events)
      if (!this.monitor.isKept(this.homeOf(payloadOf(event)), event.id, this.starts(event.name)))
        throw new Violation('L1', `event ${event.id} is lost`);
    for (const [pk, pending] of this.busy)
      if (pending > 0) throw new Violation('L1', `something of ${pk} stays in the dead letters for good`);
  }

  private watch(check: () => void): void {
    if (this.violation) return;
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.violation = { check: error.check, message: error.message };
      this.tell('VIOLATION', `${error.check}: ${error.message}`);
    }
  }

  private count(kind: string): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }

  private tell(who: string, what: string): void {
    this.options.story?.(`${secondsOf(this.timeline.nowMs).padStart(12)}  ${who}: ${what}`);
  }
}

function payloadOf({ id, name, customer, s }: SimEvent): EngineEvent {
  return { id, name, data: { key: customer, mark: id }, source: 'simulator', timeMs: dawnMs + s * 1_000, hops: 0 };
}

const expected = new Set(['ServiceFault', 'Busy', 'EarlyTimer']);

/** What the engine throws must be a fault of a port, or a reason to come back. */
function assertExpected(error: unknown): void {
  if (error instanceof AggregateError) {
    for (const inner of error.errors) assertExpected(inner);
  } else if (!(error instanceof Error) || !(expected.has(error.name) || error.message === 'died')) {
    throw new Violation('engine', `the engine threw ${error instanceof Error ? error.stack : String(error)}`);
  }
}
