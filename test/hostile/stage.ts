/**
 * A stage for hostile input: whatever Lambda could be handed comes in as JSON text, passes the adapter's parsing and the
 * real engine, and is stored in the records that the stage is given. What fails comes back twice, then is a dead letter.
 *
 * Invariants: the clock moves only in `until`; a delivery is parsed anew at every attempt, as a new invocation would; what
 * is told passes the adapter's observer, whose lines are kept.
 */
import { deliveryOf, envelopeOf } from '../../lib/aws/delivery.js';
import { LineObserver } from '../../lib/aws/observer.js';
import { partitionOfDelivery } from '../../lib/aws/observer-place.js';
import { Refused } from '../../lib/engine/arrival/intake.js';
import { type Engine, handle } from '../../lib/engine/handle.js';
import type { Page, Ports, Records, SentEvent } from '../../lib/engine/ports.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import type { Position } from '../../lib/engine/stored/event.js';
import { runRefOf, timerNamePrefix } from '../../lib/engine/stored/key.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { limits } from '../../lib/limits.js';
import { MemoryBus } from '../../lib/memory/bus.js';
import { MemoryPointers } from '../../lib/memory/pointers.js';
import { type MemoryTimer, MemoryTimers } from '../../lib/memory/timers.js';

export interface Letter {
  readonly journey: string;
  /** The delivery, as it came. */
  readonly text: string;
  readonly error: Error;
}

interface Due {
  readonly atMs: number;
  readonly journey: string;
  readonly text: string;
  readonly attempt: number;
}

const retriesMs = [limits.lambdaFirstRetryMs, limits.lambdaSecondRetryMs];
/** Below every position. */
const beginning = '0' as Position;

export class Stage {
  readonly letters: Letter[] = [];
  readonly lines: string[] = [];
  private readonly engines = new Map<string, Engine>();
  private readonly timers = new MemoryTimers();
  private readonly outgoing: SentEvent[] = [];
  private readonly bus = new MemoryBus((event) => this.outgoing.push(event));
  private readonly partitions = new Map<string, Set<string>>();
  private due: Due[] = [];
  private count = 0;

  constructor(
    private readonly records: Records,
    public nowMs: number,
  ) {}

  add(journey: AnyJourney): void {
    this.engines.set(journey.definition.id, { journey, timeoutsMs: {}, stepTimeoutMs: limits.defaultStepTimeoutMs });
  }

  /** Hands a function what Lambda would hand it. */
  async deliver(journey: string, text: string): Promise<void> {
    await this.attempt({ atMs: this.nowMs, journey, text, attempt: 0 });
  }

  /** Moves the clock, stopping at everything that falls due. */
  async until(endMs: number): Promise<void> {
    while (true) {
      const dueMs = Math.min(...this.due.map(({ atMs }) => atMs), this.timers.nextMs() ?? Number.POSITIVE_INFINITY);
      if (dueMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      for (const timer of this.timers.takeDue(this.nowMs)) await this.attempt(this.fired(timer));
      const due = this.due.filter(({ atMs }) => atMs <= this.nowMs);
      this.due = this.due.filter(({ atMs }) => atMs > this.nowMs);
      for (const one of due) await this.attempt(one);
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  /** All runs of a journey as they are stored, oldest first in each partition. */
  async runs(journey: string): Promise<RunDocument[]> {
    const runs: RunDocument[] = [];
    for (const pk of this.partitions.get(journey) ?? []) runs.push(...(await this.runsIn(pk)));
    return runs;
  }

  /** Timers of a journey's runs that are still to fire. */
  timersOf(journey: string): readonly MemoryTimer[] {
    return this.timers
      .pending()
      .filter((timer) => timer.kind === 'timer' && runRefOf(timer.timer.run)?.pk.startsWith(`${journey}|`));
  }

  private async runsIn(pk: string): Promise<RunDocument[]> {
    const runs: RunDocument[] = [];
    let before: Position | undefined;
    do {
      const page: Page = await this.records.look(pk, { from: beginning, ...(before !== undefined && { before }) });
      runs.unshift(...[...page.runs].reverse());
      before = page.before;
    } while (before !== undefined);
    return runs;
  }

  private async attempt(due: Due): Promise<void> {
    const engine = this.engines.get(due.journey);
    if (!engine) throw new Error(`no journey ${due.journey}`);
    const requestId = this.unique('request');
    const observer = new LineObserver({
      journeyId: due.journey,
      requestId,
      nowMs: () => this.nowMs,
      write: (line) => this.lines.push(line),
    });
    try {
      const delivery = deliveryOf(JSON.parse(due.text), requestId);
      observer.begin(delivery, partitionOfDelivery(engine.journey.definition, delivery));
      await handle(engine, this.ports(due.journey, observer), delivery);
    } catch (error) {
      observer.failed(error);
      this.failed(due, error);
    } finally {
      observer.end();
    }
    for (const event of this.outgoing.splice(0)) {
      for (const journey of this.engines.keys()) await this.deliver(journey, this.sent(event));
    }
  }

  private failed(due: Due, error: unknown): void {
    const delayMs = retriesMs[due.attempt];
    if (delayMs === undefined || error instanceof Refused) {
      this.letters.push({ ...due, error: error instanceof Error ? error : new Error(`no error: ${String(error)}`) });
    } else {
      this.due.push({ ...due, atMs: this.nowMs + delayMs, attempt: due.attempt + 1 });
    }
  }

  private fired(timer: MemoryTimer): Due {
    const { atMs } = timer;
    if (timer.kind === 'event') {
      const journey = [...this.engines.keys()].find((id) => timer.name.startsWith(timerNamePrefix(id)))!;
      return { atMs, attempt: 0, journey, text: JSON.stringify(envelopeOf(timer.event)) };
    }
    const { run, step, attempt, deadlineMs } = timer.timer;
    const { pk } = runRefOf(run)!;
    const text = JSON.stringify({ sojourn: 'timer', run, step, attempt, deadlineMs, atMs });
    return { atMs, attempt: 0, journey: pk.slice(0, pk.indexOf('|')), text };
  }

  /** As the bus delivers it: with an id of its own. */
  private sent(event: SentEvent): string {
    return JSON.stringify({ ...envelopeOf(event), id: this.unique('bus') });
  }

  private ports(journey: string, observer: LineObserver): Ports {
    const { records } = this;
    const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    return {
      records: {
        begin: (run) => {
          this.partitions.set(journey, (this.partitions.get(journey) ?? new Set()).add(run.pk));
          return records.begin(run);
        },
        note: (...args) => records.note(...args),
        look: (...args) => records.look(...args),
        cancel: (...args) => records.cancel(...args),
        commit: (...args) => records.commit(...args),
        claim: (...args) => records.claim(...args),
        holder: (...args) => records.holder(...args),
      },
      pointers: new MemoryPointers(),
      timers: this.timers,
      bus: this.bus,
      clock: {
        nowMs: () => this.nowMs,
        sleepMs: async () => {},
        remainingMs: () => limits.defaultFunctionTimeoutMs,
      },
      turn: { macrotask: soon, moment: soon },
      observer,
      nonce: () => this.unique('nonce'),
    };
  }

  private unique(what: string): string {
    this.count += 1;
    return `${what}-${this.count}`;
  }
}
