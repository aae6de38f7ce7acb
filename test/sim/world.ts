/**
 * Plays a history: the real engine over the memory world, under the history's faults, watched by a monitor for each journey.
 *
 * Invariants: one seed, one story; only one invocation runs between gates; after the faults stop everything that is pending
 * is delivered, and the world must come to rest within bounded steps.
 */

import { loadFilters } from '../../lib/engine/decision/filter.js';
import type { SentEvent } from '../../lib/engine/ports.js';
import type { EngineEvent } from '../../lib/engine/stored/event.js';
import type { RunRef } from '../../lib/engine/stored/key.js';
import { MemoryPointers } from '../../lib/memory/pointers.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { Calls } from './calls.js';
import { clock } from './clock.js';
import { Customers, keyOf } from './customers.js';
import { Deployed, type Hub } from './deployed.js';
import { Faults, type Tally } from './faults.js';
import { Forgetting } from './forgetting.js';
import { dawnMs, type History, type SimEvent, secondsOf } from './history.js';
import type { Invocation, Stage } from './invocation.js';
import type { Monitor } from './monitor.js';
import type { Shared } from './ports.js';
import { journeyIdAt } from './program.js';
import { Violation } from './run-track.js';
import { Schedules } from './schedules.js';
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
  /** The table never forgets. */
  readonly keepsAll?: true;
}

export async function play(history: History, options: PlayOptions = {}): Promise<Verdict> {
  return new World(history, options).play();
}

class World {
  private readonly timeline = new Timeline(dawnMs);
  private readonly faults: Faults;
  private readonly customers = new Customers();
  private readonly journeys: readonly Deployed[];
  private readonly schedules: Schedules;
  private readonly records: MemoryRecords;
  private readonly pointers: MemoryPointers;
  private readonly forgetting: Forgetting;
  private readonly counts: Record<string, number> = {};
  private readonly busy = new Map<string, number>();
  /** All that was on the bus, as first sent. */
  private readonly published = new Map<string, Pick<EngineEvent, 'id' | 'name' | 'data'>>();
  private running: Invocation | undefined;
  private numbered = 0;
  private parked: () => void = () => {};
  private violation: Verdict['violation'];

  constructor(
    private readonly history: History,
    private readonly options: PlayOptions,
  ) {
    const { pageEntries } = history;
    this.faults = new Faults(history);
    this.records = options.records?.() ?? new MemoryRecords(pageEntries === undefined ? {} : { pageEntries });
    this.pointers = new MemoryPointers(pageEntries === undefined ? {} : { pageEntries });
    this.forgetting = new Forgetting(this.timeline, this.faults, () => this.forget());
    const hub = this.hub();
    const specs = [history.journey, ...(history.others ?? [])];
    this.journeys = specs.map((spec, i) => new Deployed(hub, journeyIdAt(i), spec));
    const longMs = 2 * Math.max(...this.journeys.map(({ keptMs }) => keptMs));
    this.schedules = new Schedules(
      this.timeline,
      this.faults,
      (...of) => this.journeyOf(of[0].journey).fires(...of),
      longMs,
    );
  }

  async play(): Promise<Verdict> {
    // Loaded at once, so that it takes no turn of an invocation.
    await loadFilters();
    for (const event of this.history.events) this.expect(event);
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

  private expect(event: SimEvent): void {
    const { id, name, customer, account, s, order, odd, n } = event;
    this.customers.learn(id, customer, account);
    if (name === clock) this.customers.learnTime(id);
    const more = {
      ...(order !== undefined && { order }),
      ...(account !== undefined && { account }),
      ...(odd && { odd }),
      ...(n !== undefined && { n }),
    };
    const data = { key: keyOf(customer), mark: id, ...more };
    const payload = { id, name, data, source: 'simulator', timeMs: dawnMs + s * 1_000, hops: 0 };
    this.published.set(id, payload);
    for (const journey of this.listeners(name)) journey.expect(event, payload, this.labelAt(journey, id));
  }

  /** What a run sends comes back to the journeys as an event. */
  private publish(events: readonly SentEvent[]): void {
    for (const event of events) {
      const n = (this.counts.sent ?? 0) + 1;
      this.counts.sent = n;
      const sent = { ...event, timeMs: Math.floor(event.timeMs / 1_000) * 1_000 };
      if (!this.published.has(event.id)) this.published.set(event.id, sent);
      for (const journey of this.listeners(event.name)) {
        const label = this.labelAt(journey, `sent ${event.id.slice(0, 4)}/${n}`);
        const lateMs = this.faults.chance(`bus@${this.labelAt(journey, event.id)}/${n}`) ** 3 * 30_000;
        journey.deliver(sent, label, this.timeline.nowMs + lateMs);
      }
    }
  }

  /** Those whose event it is; the first journey hears of all, and ignores what is none of its. */
  private listeners(name: string): Deployed[] {
    return this.journeys.filter((journey, i) => i === 0 || journey.takes(name));
  }

  private labelAt({ id }: Deployed, label: string): string {
    return id === 'sim' ? label : `${label} at ${id}`;
  }

  private journeyOf(id: string): Deployed {
    return this.journeys.find((journey) => journey.id === id)!;
  }

  private hub(): Hub {
    const { history, timeline, faults, customers } = this;
    return {
      history,
      timeline,
      faults,
      customers,
      orderOf: (event) => (this.published.get(event)?.data as { order?: unknown } | undefined)?.order,
      calls: new Calls(),
      stage: this.stage(),
      running: () => this.running!,
      shared: (journey, monitor) => this.lent(journey, monitor),
      number: () => {
        this.numbered += 1;
        return this.numbered;
      },
      count: (kind) => this.count(kind),
      watch: (check) => this.watch(check),
      tell: (who, what) => this.tell(who, what),
    };
  }

  private stage(): Stage {
    const { timeline, faults, history } = this;
    return {
      timeline,
      faults,
      latencyMs: history.latencyMs,
      run: (invocation, go) => this.runs(invocation, go),
      parked: () => this.parked(),
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

  private lent(journey: string, monitor: Monitor): Shared {
    const { schedules, records, pointers } = this;
    return {
      journey,
      records,
      pointers,
      schedules,
      monitor,
      nowMs: () => this.timeline.nowMs,
      publish: (events) => this.publish(events),
      fact: (kind) => this.count(kind),
      watch: (check) => this.watch(check),
      tell: (who, what) => this.tell(who, what),
      labelOfRun: (run) => this.labelAt(this.journeyOf(journey), run.position.split('#')[3] ?? '?'),
      forward: (...of) => this.journeyOf(journey).forward(...of),
      expires: (item: RunRef, atS) => {
        if (!this.options.keepsAll) this.forgetting.expires(item, atS);
      },
    };
  }

  private underWay(pk: string, change: 1 | -1): void {
    const now = (this.busy.get(pk) ?? 0) + change;
    this.busy.set(pk, now);
    if (now > 0) return;
    this.count('rests');
    for (const { monitor } of this.journeys)
      this.watch(() => monitor.atRest(pk, this.schedules, this.pointers, this.timeline.nowMs));
  }

  private forget(): void {
    // Checked before anything is gone; what is written after that is checked at the end.
    if (this.counts.forgotten === undefined) this.watch(() => this.assertStored());
    const gone = this.records.forget(this.timeline.nowMs, (item) => this.forgetting.lateMs(item));
    this.counts.forgotten = (this.counts.forgotten ?? 0) + gone + this.pointers.forget(this.timeline.nowMs);
  }

  private assertStored(): void {
    const stored = this.records.runs();
    for (const { id, monitor } of this.journeys)
      monitor.assertStored(
        stored.filter(({ pk }) => pk.startsWith(`${id}|`)),
        this.timeline.nowMs,
      );
  }

  private atTheEnd(): void {
    this.assertStored();
    for (const journey of this.journeys) {
      journey.monitor.atTheEnd();
      for (const event of this.published.values()) journey.assertKept(event);
    }
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
