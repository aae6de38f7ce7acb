/**
 * A scripted world in which several invocations are under way at once and every next step is a choice: whose call goes on, who
 * dies, whose answer is lost, which timer or retry begins. Whoever explores it makes the choices.
 *
 * Invariant: the same choices give the same world; `key()` tells everything that its future depends on.
 */
import { eventCause, timerCause } from '../../lib/engine/attempt.js';
import type { Cancellation, Delivery, Ports, Records, SentEvent, Timer } from '../../lib/engine/ports.js';
import type { Cause, EventRecord, RunDocument } from '../../lib/engine/stored/document.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { type Fate, type Invocation, runningInvocation, ScriptedWorld, tenMs } from '../engine/scripted.js';
import type { Actor, Choice, Due } from './choice.js';
import { timerDue } from './deliveries.js';
import type { Scenario } from './scenario.js';
import { hash, stateKey } from './state.js';
import { Violation, Watch } from './watch.js';
import { WatchedRecords, type Witness } from './watched-records.js';

const mostTries = 8;
const writes = new Set([
  ...['begin', 'note', 'cancel', 'commit', 'claim', 'set', 'drop', 'put pointer', 'drop pointer', 'publish'],
]);

export class ExploredWorld extends ScriptedWorld implements Witness {
  readonly watch: Watch;
  readonly actors: Actor[] = [];
  waiting: Due[] = [];
  /** Timers whose creator ended before it could show them. */
  readonly orphans = new Set<string>();
  /** Timers that were created when their wait was resolved already: by an executor that did not know. */
  readonly late = new Set<string>();
  /** Causes of which an attempt died or threw. */
  readonly cutShort = new Set<string>();
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
    private readonly options: Pick<Scenario, 'pageEntries' | 'lateAnswers' | 'goTimersFire'> = {},
  ) {
    const records = new WatchedRecords(options);
    super(journeyOf, { records });
    records.witness = this;
    this.watch = new Watch(journeyOf.definition);
  }

  override portsOf(invocation: Invocation): Ports {
    const ports = super.portsOf(invocation);
    if (!this.options.lateAnswers) return ports;
    const { records } = ports;
    const look: Records['look'] = async (pk, page) => {
      const found = await records.look(pk, page);
      return invocation.call('answer of look', async () => found);
    };
    return { ...ports, records: { ...records, look } };
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

  key(): string {
    return stateKey(this);
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
    this.watch.atRest(this.records.runs(), [...this.timers.values()], this, tenMs + this.nowS * 1_000);
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
    if (this.timers.has(timer.name)) return;
    super.set(timer);
    this.current?.unshown.add(timer.name);
    this.orphans.delete(timer.name);
    if (this.options.goTimersFire && timer.step === 'go')
      this.waiting.push(timerDue(timer.name, `timer of go ${timer.attempt}`));
    const run = this.records.runs().find((candidate) => runIdOf(candidate) === timer.run);
    const state = run?.steps.get(timer.step)?.state;
    if (run?.status === 'active' ? state === undefined || state === 'waiting' : !run) this.late.delete(timer.name);
    else this.late.add(timer.name);
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
    this.cutShort.add(causeOf(actor.invocation.delivery));
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

function causeOf(delivery: Delivery): Cause {
  if (delivery.kind === 'event') return eventCause(delivery.event.id);
  if (delivery.kind === 'timer') return timerCause(delivery.run, delivery.step, delivery.attempt);
  return delivery.cause;
}
