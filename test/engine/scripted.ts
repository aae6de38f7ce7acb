/**
 * A tiny world in which the test is the scheduler: invocations stop before every call of a port, and the test says whose
 * call goes next, which of them die, and which calls fail or lose their acknowledgement.
 *
 * Times are seconds after 10:00:00. Every event is of one cart unless it says otherwise.
 */

import { type Engine, handle } from '../../lib/engine/handle.js';
import type { Delivery, Fact, Ports, SentEvent, Timer } from '../../lib/engine/ports.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { limits } from '../../lib/limits.js';
import { MemoryPointers } from '../../lib/memory/pointers.js';
import { MemoryRecords } from '../../lib/memory/records.js';

export const tenMs = Date.UTC(2026, 10, 22, 10);

/** How a call goes: as it should, without any effect, or with its effect but no answer; twice is what an SDK's retry does. */
export type Fate = 'ok' | 'fails' | 'unanswered' | 'twice';

export interface DeliveryOptions {
  /** How far the clock of the invocation is off. */
  readonly skewMs?: number;
  readonly timeoutS?: number;
}

export interface SetTimer extends Timer {
  readonly atMs: number;
}

export class ScriptedWorld {
  readonly records: MemoryRecords;
  readonly pointers: MemoryPointers;
  readonly timers = new Map<string, SetTimer>();
  readonly facts: Fact[] = [];
  readonly sent: SentEvent[] = [];
  /** What is run in place of a user function: name of the step -> function. */
  readonly functions: Record<string, (attempt: number) => unknown> = {};
  /** The world's clock, in seconds after ten. */
  nowS = 0;
  private nonces = 0;

  constructor(
    private readonly journey: AnyJourney,
    options: { readonly pageEntries?: number; readonly records?: MemoryRecords } = {},
  ) {
    this.records = options.records ?? new MemoryRecords(options);
    this.pointers = new MemoryPointers(options);
  }

  /** Delivers an event; the clock has at least come to its time. Ids order events of one second. */
  async event(
    name: string,
    s: number,
    options: DeliveryOptions & { id?: string; requestId?: string; cart?: string; data?: unknown; hops?: number } = {},
  ): Promise<Invocation> {
    const { id = `${name}${s}`, cart = '42', data = { cart, mark: id }, hops = 0 } = options;
    this.nowS = Math.max(this.nowS, s);
    const event = { id, name, data, source: 'test', timeMs: tenMs + s * 1_000, hops };
    return this.deliver({ kind: 'event', event, requestId: options.requestId ?? `request of ${id}` }, options);
  }

  deliver(delivery: Delivery, options: DeliveryOptions = {}): Promise<Invocation> {
    return Invocation.begin(this, delivery, options);
  }

  /** Takes the timer of a step and fires it at its time, or at another second. */
  async fire(step: string, options: DeliveryOptions & { atS?: number } = {}): Promise<Invocation> {
    const found = [...this.timers.values()].find((timer) => timer.step === step);
    if (!found) throw new Error(`no timer of step ${step}; there are: ${this.timersOf().join(', ')}`);
    this.timers.delete(found.name);
    const { run, attempt, deadlineMs, atMs } = found;
    this.nowS = options.atS ?? Math.max(this.nowS, (atMs - tenMs) / 1_000);
    return this.deliver(
      { kind: 'timer', run, step, attempt, deadlineMs, atMs, requestId: `request of ${found.name}` },
      options,
    );
  }

  /** Steps that have a timer. */
  timersOf(): string[] {
    return [...this.timers.values()].map(({ step }) => step);
  }

  /** The run of the trigger with this id. */
  run(trigger: string): RunDocument {
    const found = this.records.runs().find((run) => run.trigger.id === trigger);
    if (!found) throw new Error(`no run of ${trigger}`);
    return found;
  }

  /** The state of a step of a run, and the event that it matched. */
  step(trigger: string, step: string): string {
    const found = this.run(trigger).steps.get(step);
    if (!found) return 'none';
    return found.kind === 'wait' && found.matched ? `matched ${found.matched.id}` : found.state;
  }

  portsOf(invocation: Invocation): Ports {
    const { records } = this;
    const call = invocation.call.bind(invocation);
    return {
      records: {
        begin: (run) => call('begin', () => records.begin(run)),
        note: (record, options) => call('note', () => records.note(record, options)),
        look: (pk, page) => call('look', () => records.look(pk, page)),
        cancel: (run, cancellation, seen) => call('cancel', () => records.cancel(run, cancellation, seen)),
        commit: (run, seen) => call('commit', () => records.commit(run, seen)),
        claim: (claim, free) => call('claim', () => records.claim(claim, free)),
        holder: (ref) => call('holder', () => records.holder(ref)),
      },
      pointers: {
        put: (pointer) => call('put pointer', () => this.pointers.put(pointer)),
        look: (...of) => call('look at pointers', () => this.pointers.look(...of)),
        drop: (pointer) => call('drop pointer', () => this.pointers.drop(pointer)),
      },
      timers: {
        set: (timer) => call('set', async () => this.set(timer)),
        drop: (name) =>
          call('drop', async () => {
            this.timers.delete(name);
          }),
        bringBack: () => call('bringBack', async () => {}),
      },
      bus: {
        publish: (events) =>
          call('publish', async () => {
            this.publish(events);
          }),
      },
      clock: {
        nowMs: () => tenMs + this.nowS * 1_000 + invocation.skewMs,
        sleepMs: (ms) =>
          call('sleep', async () => {
            this.nowS += ms / 1_000;
          }),
        remainingMs: () => (invocation.endS - this.nowS) * 1_000,
      },
      turn: {
        macrotask: () => new Promise((resolve) => process.nextTick(resolve)),
        moment: () => new Promise((resolve) => process.nextTick(resolve)),
      },
      observer: { fact: (fact) => void this.facts.push(fact), line: () => {} },
      nonce: () => this.nonce(),
    };
  }

  /** A call has had its effect; this is its answer, whether it arrives or not. */
  answered(_what: string, _fate: Fate, _answer: unknown): void {}

  protected nonce(): string {
    this.nonces += 1;
    return `nonce ${this.nonces}`;
  }

  protected publish(events: readonly SentEvent[]): void {
    this.sent.push(...events);
  }

  engine(): Engine {
    return { journey: this.journey, timeoutsMs: {}, stepTimeoutMs: 30_000 };
  }

  protected set(timer: Timer): void {
    if (this.timers.has(timer.name)) return;
    // As the Scheduler's adapter does: whole seconds, 2 s after the deadline, never within 10 s.
    const atMs = Math.max(
      Math.ceil(timer.deadlineMs / 1_000) * 1_000 + limits.timerMarginMs,
      tenMs + this.nowS * 1_000 + limits.timerMinLeadMs,
    );
    this.timers.set(timer.name, { ...timer, atMs });
  }
}

/** The world whose invocation is running: user functions find it here. */
let running: Invocation | undefined;

/** The invocation that is running now. */
export function runningInvocation(): Invocation {
  return running!;
}

/** What a journey of these tests gives to `step.run`: it stops like a call, and does what the world says. */
export function userFunction(step: string): (context: { attempt: number }) => Promise<unknown> {
  return ({ attempt }) => {
    const by = running!;
    return by.call(`function ${step}`, async () => by.world.functions[step]?.(attempt) ?? `${step} done`);
  };
}

export class Invocation {
  /** The call that it is about to make, or how it ended. */
  at = 'its start';
  error: unknown;
  readonly endS: number;
  readonly skewMs: number;
  private proceed: ((fate: Fate, answeredS: number | undefined) => Promise<void>) | undefined;
  private stopped: () => void = () => {};
  private parked: Promise<void>;

  private constructor(
    readonly world: ScriptedWorld,
    readonly delivery: Delivery,
    { skewMs = 0, timeoutS = 165 }: DeliveryOptions,
  ) {
    this.skewMs = skewMs;
    this.endS = world.nowS + timeoutS;
    running = this;
    this.parked = this.untilParked();
    handle(world.engine(), world.portsOf(this), delivery).then(
      () => this.end('acknowledged'),
      (error: unknown) => {
        this.error = error;
        this.end(`threw ${(error as Error).name}`);
      },
    );
  }

  /** Acknowledged, or thrown. */
  get ended(): boolean {
    return this.proceed === undefined;
  }

  static async begin(world: ScriptedWorld, delivery: Delivery, options: DeliveryOptions): Promise<Invocation> {
    const invocation = new Invocation(world, delivery, options);
    await invocation.parked;
    return invocation;
  }

  /**
   * Makes the call that it is at. @returns what that was.
   * @param answeredS the time at which its answer comes: the clock moves between effect and answer.
   */
  async next(fate: Fate = 'ok', answeredS?: number): Promise<string> {
    const was = this.at;
    if (!this.proceed) throw new Error(`it has ${this.at}`);
    running = this;
    this.parked = this.untilParked();
    await this.proceed(fate, answeredS);
    await this.parked;
    return was;
  }

  /** Goes on until it is about to make this call. */
  async upTo(call: string): Promise<this> {
    while (this.at !== call) await this.next();
    return this;
  }

  /** Goes on until it has made this call. */
  async through(call: string, fate: Fate = 'ok'): Promise<this> {
    await this.upTo(call);
    await this.next(fate);
    return this;
  }

  /** Goes on to its end. @returns how it ended. */
  async finish(): Promise<string> {
    while (this.proceed) await this.next();
    return this.at;
  }

  call<Value>(what: string, effect: () => Promise<Value>): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.at = what;
      this.proceed = async (fate, answeredS) => {
        this.proceed = undefined;
        if (fate === 'fails') return reject(new Error(`${what} fails`));
        try {
          const first = await effect();
          this.world.nowS = answeredS ?? this.world.nowS;
          this.world.answered(what, fate, first);
          if (fate === 'unanswered') reject(new Error(`${what} is not answered`));
          else resolve(fate === 'twice' ? await effect() : first);
        } catch (error) {
          reject(error);
        }
      };
      this.stopped();
    });
  }

  private end(how: string): void {
    this.at = how;
    this.stopped();
  }

  private untilParked(): Promise<void> {
    return new Promise((resolve) => {
      this.stopped = resolve;
    });
  }
}
