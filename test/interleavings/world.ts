/**
 * A scripted world in which several invocations are under way at once and every next step is a choice: whose call goes on, who
 * dies, whose answer is lost, which timer or retry begins. Whoever explores it makes the choices.
 *
 * Invariant: the same choices give the same world; `key()` tells everything that its future depends on.
 */
import { createHash } from 'node:crypto';
import type { EventRecord, RunDocument } from '../../lib/engine/document.js';
import { runIdOf } from '../../lib/engine/key.js';
import type { Cancellation, Delivery, SentEvent, Timer, Written } from '../../lib/engine/ports.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { type Fate, type Invocation, runningInvocation, ScriptedWorld, tenMs } from '../engine/scripted.js';
import { type Looked, Violation, Watch } from './watch.js';

/** Something that will be delivered. */
export interface Due {
  readonly label: string;
  /** Undefined: there is nothing to deliver any more (the timer was deleted). */
  readonly delivery: (world: ExploredWorld) => Delivery | undefined;
  /** It begins at this second or later: its beginning is a choice. Without it, it is under way from the start. */
  readonly notBeforeS?: (world: ExploredWorld) => number;
  readonly timeoutS?: number;
  readonly skewMs?: number;
  /** How often it was tried before. */
  readonly tries?: number;
  /** All others have ended by then (Lambda's second retry comes after the longest invocation). */
  readonly alone?: boolean;
}

export interface Faults {
  /** Invocations that may die. */
  readonly crashes: number;
  /** Calls that may lose their answer, be made twice, or fail. */
  readonly calls: number;
}

interface Actor {
  readonly due: Due;
  readonly invocation: Invocation;
  state: 'alive' | 'dead' | 'ended';
  /** Everything that it was told, as a hash: with its delivery, this is what it does next. */
  told: string;
  looked: Looked | undefined;
  /** When it came to the call that it is at. */
  parkedAtS: number;
  /** The step whose function it runs, and of which run. */
  running: { readonly run: string; readonly step: string } | undefined;
  /** Timers that it created and no write of its has shown. */
  readonly unshown: Set<string>;
}

/** One step of the world. */
export type Choice =
  | { readonly do: 'call'; readonly who: string; readonly what: string; readonly fate: Fate }
  | { readonly do: 'dies'; readonly who: string; readonly what: string }
  | { readonly do: 'begins'; readonly who: string };

const mostTries = 8;
const writes = new Set(['begin', 'note', 'cancel', 'commit', 'set', 'drop', 'publish']);

class WatchedRecords extends MemoryRecords {
  world!: ExploredWorld;

  override async begin(run: RunDocument): ReturnType<MemoryRecords['begin']> {
    const outcome = await super.begin(run);
    if (outcome.outcome === 'done') this.world.begun(run);
    return outcome;
  }

  override async note(record: EventRecord, options: { readonly firstWins: boolean }): Promise<void> {
    await super.note(record, options);
    this.world.noted(record);
  }

  override async commit(run: RunDocument, seen: { readonly rev: number }): Promise<Written> {
    const before = this.of(run);
    const written = await super.commit(run, seen);
    if (written.outcome === 'done') this.world.committed(before!, run);
    return written;
  }

  override async cancel(
    run: RunDocument,
    cancellation: Cancellation,
    seen: { readonly nonce: string } | { readonly rev: number },
  ): Promise<Written> {
    const before = this.of(run);
    const written = await super.cancel(run, cancellation, seen);
    if (written.outcome === 'done') this.world.cancelled(before!, cancellation);
    return written;
  }

  override look(...asked: Parameters<MemoryRecords['look']>): ReturnType<MemoryRecords['look']> {
    if (asked[1].before === undefined) this.world.looks();
    return super.look(...asked);
  }

  private of({ pk, position }: RunDocument): RunDocument | undefined {
    return this.runs().find((run) => run.pk === pk && run.position === position);
  }
}

export class ExploredWorld extends ScriptedWorld {
  readonly watch: Watch;
  readonly actors: Actor[] = [];
  waiting: Due[] = [];
  /** Timers whose creator ended before it could show them. */
  readonly orphans = new Set<string>();
  /** Numbers that user functions and sent events are given: another one each time. */
  counter = 0;
  private current: Actor | undefined;
  private label = '';
  private order = 0;
  /** What was broken; the engine must not catch it. */
  private violation: Violation | undefined;

  constructor(
    readonly journeyOf: AnyJourney,
    readonly faults: { crashes: number; calls: number },
    options: { readonly pageEntries?: number } = {},
  ) {
    const records = new WatchedRecords(options);
    super(journeyOf, { records });
    records.world = this;
    this.watch = new Watch(journeyOf.definition);
  }

  /** Puts something under way, or where its beginning is a choice. */
  async add(due: Due): Promise<void> {
    if (due.notBeforeS) this.waiting.push(due);
    else await this.begin(due);
  }

  /** What can happen next; nothing when all is at rest. */
  choices(): Choice[] {
    const alive = this.actors.filter(({ state }) => state === 'alive');
    const going = alive.flatMap(({ due: { label: who }, invocation: { at: what } }): Choice[] => [
      { do: 'call', who, what, fate: 'ok' },
      ...(this.faults.crashes > 0 ? [{ do: 'dies', who, what } as const] : []),
      ...(this.faults.calls > 0 && writes.has(what)
        ? (['unanswered', 'twice', 'fails'] as const).map((fate) => ({ do: 'call', who, what, fate }) as const)
        : []),
    ]);
    this.waiting = this.waiting.filter((due) => due.delivery(this) !== undefined);
    const beginning = this.waiting.filter(({ alone }) => !alone || alive.length === 0);
    return [...going, ...beginning.map(({ label: who }) => ({ do: 'begins', who }) as const)];
  }

  async make(choice: Choice): Promise<void> {
    if (choice.do === 'begins') {
      const due = this.waiting.find(({ label }) => label === choice.who)!;
      this.waiting.splice(this.waiting.indexOf(due), 1);
      await this.begin(due);
    } else {
      const actor = this.actors.find(({ due, state }) => due.label === choice.who && state === 'alive')!;
      if (choice.do === 'dies') {
        this.faults.crashes -= 1;
        this.dies(actor);
      } else {
        if (choice.fate !== 'ok') this.faults.calls -= 1;
        this.current = actor;
        await actor.invocation.next(choice.fate);
        this.parked(actor);
      }
    }
    // Lambda ends whoever is beyond its time.
    for (const actor of this.actors)
      if (actor.state === 'alive' && actor.invocation.endS <= this.nowS) this.dies(actor);
    if (this.violation) throw this.violation;
  }

  /** All that the future depends on. */
  key(): string {
    const { records, timers, waiting, watch, nowS, faults, counter, sent } = this;
    const documents = [...records.runs(), ...records.events()].map((item) =>
      'steps' in item ? { ...item, steps: [...item.steps] } : item,
    );
    const actors = this.actors
      .filter(({ state }) => state === 'alive')
      .map(({ due, told, invocation: { endS, at }, looked, running, unshown }) => [
        due.label,
        told,
        endS,
        at,
        looked && [watch.recorded.filter(({ order }) => order < looked.order).length, looked.clockMs],
        running,
        [...unshown],
      ]);
    return hash([
      nowS,
      faults,
      counter,
      sent,
      documents,
      [...timers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      waiting.map((due) => [due.label, due.notBeforeS?.(this), due.alone]),
      watch.recorded.map(({ id }) => id),
      [...watch.cancelledHeld].sort(),
      [...watch.mayStart].sort(),
      [...this.orphans].sort(),
      actors.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    ]);
  }

  /** What a journey of these scenarios gives to `step.run`: it begins and returns at two different moments. */
  stepFunction(run: string, step: string, takesS = 0): () => Promise<string> {
    return async () => {
      const by = runningInvocation();
      const actor = this.actors.find(({ invocation }) => invocation === by) ?? this.current!;
      await by.call(`function ${step}`, async () => this.functionStarts(actor, run, step));
      await by.call(`return of ${step}`, async () => {
        actor.running = undefined;
        this.nowS += takesS;
      });
      return `${step} done`;
    };
  }

  /** L1 and G1; nothing may be under way. */
  assertAtRest(): void {
    this.watch.atRest(this.records.runs(), [...this.timers.values()], this.orphans, tenMs + this.nowS * 1_000);
  }

  begun(run: RunDocument): void {
    this.watch.record(run, this.order);
    this.order += 1;
    this.wroteRun(run, run.lease !== undefined);
  }

  noted(record: EventRecord): void {
    this.watch.record(record, this.order);
    this.order += 1;
  }

  committed(before: RunDocument, after: RunDocument): void {
    this.check(() => this.watch.wrote(before, after, this.current!.looked));
    this.wroteRun(after, after.lease !== undefined);
  }

  cancelled(before: RunDocument, { cancelledBy }: Cancellation): void {
    this.check(() => this.watch.cancelled(before, cancelledBy.id, this.current!.looked));
  }

  looks(): void {
    const { parkedAtS, invocation } = this.current!;
    this.current!.looked = { order: this.order, clockMs: tenMs + parkedAtS * 1_000 + invocation.skewMs };
  }

  override answered(what: string, fate: Fate, answer: unknown): void {
    const actor = this.current;
    if (actor) actor.told = hash([actor.told, what, fate, this.nowS, fate === 'unanswered' ? '' : answer]);
  }

  protected override set(timer: Timer): void {
    const there = this.timers.has(timer.name);
    super.set(timer);
    if (!there) this.current?.unshown.add(timer.name);
  }

  protected override publish(events: readonly SentEvent[]): void {
    super.publish(events);
    for (const { id, name, data, source, timeMs, hops } of events) {
      const event = { id, name, data, source, timeMs, hops };
      const label = `sent ${this.sent.length}`;
      this.waiting.push({
        label,
        delivery: () => ({ kind: 'event', event, requestId: label }),
        notBeforeS: () => this.nowS,
      });
    }
  }

  protected override nonce(): string {
    return `nonce of ${this.current?.due.label ?? this.label}`;
  }

  private async begin(due: Due): Promise<void> {
    const delivery = due.delivery(this)!;
    this.nowS = Math.max(this.nowS, due.notBeforeS?.(this) ?? this.nowS);
    if (delivery.kind === 'timer')
      for (const { name, run, step, deadlineMs } of this.timers.values())
        if (run === delivery.run && step === delivery.step && deadlineMs === delivery.deadlineMs)
          this.timers.delete(name);
    this.label = due.label;
    const told = hash([due.label, this.nowS]);
    this.current = undefined;
    const invocation = await this.deliver(delivery, due);
    const actor: Actor = {
      due,
      invocation,
      state: 'alive',
      told,
      looked: undefined,
      parkedAtS: this.nowS,
      running: undefined,
      unshown: new Set(),
    };
    this.actors.push(actor);
    this.parked(actor);
  }

  private parked(actor: Actor): void {
    actor.parkedAtS = this.nowS;
    if (actor.invocation.ended) this.ends(actor);
  }

  private ends(actor: Actor): void {
    actor.state = 'ended';
    if (actor.invocation.at === 'acknowledged') return;
    if (actor.invocation.error instanceof Violation) throw actor.invocation.error;
    this.comesBack(actor);
  }

  private dies(actor: Actor): void {
    actor.state = 'dead';
    actor.running = undefined;
    this.comesBack(actor);
  }

  /** Lambda's first retry comes a minute later, the second one two minutes after that; then redrives. */
  private comesBack(actor: Actor): void {
    for (const name of actor.unshown) this.orphans.add(name);
    for (const permit of this.watch.mayStart)
      if (permit.endsWith(` ${actor.due.label}`)) this.watch.mayStart.delete(permit);
    const tries = (actor.due.tries ?? 0) + 1;
    if (tries > mostTries) throw new Violation(`${actor.due.label} is not acknowledged after ${tries} tries`);
    const atS = this.nowS + (tries === 1 ? 60 : 120);
    const base = actor.due.label.replace(/ try \d+$/, '');
    const { delivery } = actor.invocation;
    this.waiting.push({
      ...actor.due,
      label: `${base} try ${tries + 1}`,
      delivery: () => delivery,
      notBeforeS: () => atS,
      tries,
      alone: tries > 1,
    });
  }

  private functionStarts(actor: Actor, runId: string, step: string): void {
    this.counter += 1;
    const run = this.records.runs().find((candidate) => runIdOf(candidate) === runId)!;
    const beside = this.actors.filter((other) => other.state === 'alive' && other.running?.run === runId);
    this.check(() =>
      this.watch.starts(
        run,
        step,
        actor.due.label,
        beside.map(({ due }) => due.label),
      ),
    );
    actor.running = { run: runId, step };
  }

  private wroteRun(run: RunDocument, leased: boolean): void {
    const actor = this.current;
    if (!actor) return;
    if (leased) this.watch.mayStart.add(`${run.trigger.id} ${actor.due.label}`);
    actor.unshown.clear();
  }

  /** The engine retries or swallows what its ports throw; a violation must come out. */
  check(judge: () => void): void {
    try {
      judge();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.violation ??= error;
    }
  }
}

function hash(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner) => (inner instanceof Map ? [...inner] : inner));
  return createHash('md5').update(text).digest('base64');
}
