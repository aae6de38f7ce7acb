/**
 * The test kit, the package's entry `sojourn/testing`: journeys in memory, with a clock that the test moves.
 *
 * Owns: the virtual clock and the deliveries. The engine is the deployed one, over ports in memory; nothing is mocked.
 * Invariants: nothing happens but in `send`, `advance` and a held event's `deliver`; each returns when all is settled; the
 * same calls give the same runs.
 */

import { Refused } from '../engine/arrival/intake.js';
import { type Engine, handle } from '../engine/handle.js';
import type { Delivery, LogLine, Ports, SentEvent, Timer } from '../engine/ports.js';
import type { RunEnd } from '../engine/stored/document.js';
import { type EngineEvent, wholeSecondMs } from '../engine/stored/event.js';
import { runRefOf } from '../engine/stored/key.js';
import { type AnyJourney, eventNames } from '../journey/definition.js';
import { type Duration, durationMs } from '../journey/duration.js';
import { assertFilters } from '../journey/filter/filter-assert.js';
import { limits } from '../limits.js';
import { nodeTurn } from '../turn.js';
import { MemoryBus } from './bus.js';
import { CronTriggers } from './cron-triggers.js';
import { type DeadLetter, deadLetter } from './dead-letters.js';
import { assertDistinct } from './distinct.js';
import { type NotTaken, NotTakenEvents } from './not-taken.js';
import { MemoryPointers } from './pointers.js';
import { MemoryRecords } from './records.js';
import { type StepStubs, withStubs } from './stubs.js';
import { MemoryTimers } from './timers.js';
import { type RunView, runView, type TimerView } from './views.js';

/** What a test world is made of. */
export interface TestWorldOptions {
  /** What is deployed in it; they share one bus. */
  readonly journeys: readonly AnyJourney[];
  /** '<journey id>/<step id>' -> what runs in place of the step's function. */
  readonly steps?: StepStubs;
  /** Where the clock begins. Default 2026-01-01T00:00:00Z. */
  readonly start?: Date | string;
  /** How long after its deadline a timer fires. Default 0; EventBridge Scheduler: 2 to 62 seconds. */
  readonly timerLateness?: Duration;
  /** Journey id -> ends of its runs that are put on the bus, as `lifecycleEvents` of a deployed Journey does. Default: none. */
  readonly lifecycleEvents?: Readonly<Record<string, readonly RunEnd[]>>;
}

/** An event as a test writes it: what is left out is made up, the same way every time. */
export interface TestEvent {
  /** Its detail-type. */
  readonly name: string;
  /** Whatever JSON holds; it is kept as JSON. */
  readonly data: unknown;
  /** Default: event-000001 and so on. The same id twice is the same event, delivered twice. */
  readonly id?: string;
  /** Default: now. Truncated to whole seconds, as EventBridge does. */
  readonly time?: Date | string;
  /** Default: 'test'. */
  readonly source?: string;
}

/** An event that happened, but is delivered when the test says so: later, out of order, or more than once. */
export interface HeldEvent {
  /** Delivers it once more, and returns when all is settled. */
  deliver(): Promise<void>;
}

/** Journeys in memory, with a clock that only the test moves. */
export interface TestWorld {
  /** The virtual clock. */
  readonly now: Date;
  /** Puts events on the bus, one after another. */
  send(...events: readonly TestEvent[]): Promise<void>;
  /** Takes an event's time and id now; `deliver()` delivers it, as often as it is called. */
  hold(event: TestEvent): HeldEvent;
  /** Moves the clock, stopping at everything that falls due; 'next-timer' moves it to the next timer. */
  advance(by: Duration | 'next-timer'): Promise<void>;
  /** All runs, oldest first. */
  runs(journeyId?: string): RunView[];
  /** Timers that are still to fire. */
  timers(): TimerView[];
  /** What runs have sent with step.sendEvent. */
  sent(): readonly SentEvent[];
  /** What failed at every attempt, oldest first. */
  deadLetters(): readonly DeadLetter[];
  /** Events that came to nothing, and why: nobody names them, they have no key, an `if` could not be evaluated, no run is there. */
  notTaken(): readonly NotTaken[];
  /** Lines of the journeys' loggers. */
  logs(): readonly LogLine[];
}

/**
 * Runs journeys in memory, on the deployed engine.
 * @throws JourneyError DuplicateJourney, InvalidFilter
 */
export function createTestWorld(options: TestWorldOptions): TestWorld {
  for (const { definition } of options.journeys) assertFilters(definition);
  return new MemoryWorld(options);
}

interface Due {
  readonly atMs: number;
  readonly engine: Engine;
  readonly delivery: Delivery;
  readonly attempt: number;
}

class MemoryWorld implements TestWorld {
  private nowMs: number;
  private readonly engines: readonly Engine[];
  private readonly records = new MemoryRecords();
  private readonly pointers = new MemoryPointers();
  private readonly timersSet: MemoryTimers;
  /** What runs have sent and is not delivered yet. */
  private readonly outgoing: SentEvent[] = [];
  private readonly bus = new MemoryBus((event) => this.outgoing.push(event));
  private readonly crons: CronTriggers;
  private readonly retries: Due[] = [];
  private readonly letters: DeadLetter[] = [];
  private readonly lines: LogLine[] = [];
  private readonly missed: NotTakenEvents;
  private counter = 0;

  constructor(options: TestWorldOptions) {
    this.nowMs = new Date(options.start ?? '2026-01-01T00:00:00Z').getTime();
    const latenessMs = options.timerLateness === undefined ? 0 : durationMs(options.timerLateness, 'timerLateness');
    this.timersSet = new MemoryTimers({ marginMs: latenessMs });
    assertDistinct(options.journeys);
    const definitions = options.journeys.map(({ definition }) => definition);
    this.crons = new CronTriggers(definitions, this.nowMs);
    this.missed = new NotTakenEvents(definitions);
    this.engines = options.journeys.map((journey) => ({
      journey: withStubs(journey, options.steps ?? {}),
      timeoutsMs: {},
      stepTimeoutMs: limits.defaultStepTimeoutMs,
      lifecycleEvents: options.lifecycleEvents?.[journey.definition.id] ?? [],
    }));
  }

  get now(): Date {
    return new Date(this.nowMs);
  }

  async send(...events: readonly TestEvent[]): Promise<void> {
    for (const event of events) await this.publish(this.engineEvent(event));
  }

  hold(event: TestEvent): HeldEvent {
    const held = this.engineEvent(event);
    return { deliver: () => this.publish(held) };
  }

  async advance(by: Duration | 'next-timer'): Promise<void> {
    const untilMs = by === 'next-timer' ? (this.nextDueMs() ?? this.nowMs) : this.nowMs + durationMs(by, 'advance');
    while (true) {
      const dueMs = this.nextDueMs();
      if (dueMs === undefined || dueMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      await this.deliverDue();
    }
    this.nowMs = untilMs;
  }

  runs(journeyId?: string): RunView[] {
    const views = this.records.runs().map(runView);
    return journeyId === undefined ? views : views.filter((view) => view.journey === journeyId);
  }

  timers(): TimerView[] {
    return this.timersSet
      .pending()
      .flatMap((due) =>
        due.kind === 'timer'
          ? [{ step: due.timer.step, runId: due.timer.run, at: new Date(due.atMs).toISOString() }]
          : [],
      );
  }

  sent(): readonly SentEvent[] {
    return this.bus.sent();
  }

  deadLetters(): readonly DeadLetter[] {
    return this.letters;
  }

  notTaken(): readonly NotTaken[] {
    return this.missed.all(this.records.runs(), this.records.events());
  }

  logs(): readonly LogLine[] {
    return this.lines;
  }

  private engineEvent(event: TestEvent): EngineEvent {
    this.counter += 1;
    const timeMs = event.time === undefined ? this.nowMs : new Date(event.time).getTime();
    return {
      id: event.id ?? `event-${String(this.counter).padStart(6, '0')}`,
      name: event.name,
      data: event.data === undefined ? undefined : JSON.parse(JSON.stringify(event.data)),
      source: event.source ?? 'test',
      timeMs: wholeSecondMs(timeMs),
      hops: 0,
    };
  }

  private async publish(event: EngineEvent): Promise<void> {
    const takers = this.engines.filter(({ journey }) => eventNames(journey.definition).includes(event.name));
    if (takers.length === 0) this.missed.unnamed(event);
    for (const engine of takers) await this.handOver(engine, event);
  }

  private handOver(engine: Engine, event: EngineEvent): Promise<void> {
    const delivery = { kind: 'event', event, requestId: this.requestId() } as const;
    return this.deliver({ atMs: this.nowMs, engine, delivery, attempt: 0 });
  }

  private nextDueMs(): number | undefined {
    const times = [...this.retries.map((due) => due.atMs), this.timersSet.nextMs(), this.crons.nextMs()].filter(
      (ms) => ms !== undefined,
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  private async deliverDue(): Promise<void> {
    for (const { journey, event } of this.crons.takeDue(this.nowMs)) {
      // By Scheduler, to the one function: it was never on the bus.
      for (const engine of this.engines)
        if (engine.journey.definition.id === journey) await this.handOver(engine, event);
    }
    for (const fired of this.timersSet.takeDue(this.nowMs)) {
      if (fired.kind === 'event') await this.publish(fired.event);
      else await this.deliver(this.timerDue(fired.timer, fired.atMs));
    }
    const due = this.retries.filter((retry) => retry.atMs <= this.nowMs);
    for (const retry of due) {
      this.retries.splice(this.retries.indexOf(retry), 1);
      await this.deliver(retry);
    }
  }

  private timerDue({ run, step, attempt, deadlineMs }: Timer, atMs: number): Due {
    const engine = this.engines.find(({ journey }) => runRefOf(run)?.pk.startsWith(`${journey.definition.id}|`))!;
    return {
      atMs,
      engine,
      attempt: 0,
      delivery: { kind: 'timer', run, step, attempt, deadlineMs, atMs, requestId: this.requestId() },
    };
  }

  /** One invocation; what fails comes back as Lambda's asynchronous retries do, then goes to the dead letters. */
  private async deliver(due: Due): Promise<void> {
    try {
      await handle(due.engine, this.ports(due.engine), due.delivery);
    } catch (error) {
      const delayMs = [limits.lambdaFirstRetryMs, limits.lambdaSecondRetryMs][due.attempt];
      if (delayMs === undefined || error instanceof Refused) {
        const cause = error instanceof Error ? error : new Error(String(error));
        this.letters.push(deadLetter(due.engine.journey.definition.id, due.delivery, cause));
      } else {
        this.retries.push({ ...due, atMs: this.nowMs + delayMs, attempt: due.attempt + 1 });
      }
    }
    for (const event of this.outgoing.splice(0)) await this.publish(event);
  }

  private ports({ journey }: Engine): Ports {
    return {
      records: this.records,
      pointers: this.pointers,
      timers: this.timersSet,
      bus: this.bus,
      clock: {
        nowMs: () => this.nowMs,
        sleepMs: async () => {},
        remainingMs: () => limits.defaultFunctionTimeoutMs,
      },
      turn: nodeTurn,
      observer: {
        fact: (fact) => this.missed.fact(journey.definition.id, fact),
        line: (_run, line) => this.lines.push(line),
      },
      nonce: () => this.requestId(),
    };
  }

  private requestId(): string {
    this.counter += 1;
    return `request-${this.counter}`;
  }
}
