/**
 * A world in which the code of one journey is deployed again and again: each version stays until it is removed, events go
 * to the live one, timers to the version that set them, and what is forwarded waits until the test lets it go on.
 *
 * Times are seconds after 10:00:00; every event is of cart 42.
 */

import { handle } from '../../lib/engine/handle.js';
import type { Delivery, Fact, Own, Ports, Timer } from '../../lib/engine/ports.js';
import type { Cause, RunDocument } from '../../lib/engine/stored/document.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { MemoryPointers } from '../../lib/memory/pointers.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { nodeTurn } from '../../lib/turn.js';

const tenMs = Date.UTC(2026, 10, 22, 10);

interface Forward {
  readonly version: string;
  readonly cause: Cause;
  readonly own: Own;
}

export class Deployments {
  readonly records = new MemoryRecords();
  readonly pointers = new MemoryPointers();
  /** Each timer with the version that set it. */
  readonly timers = new Map<string, Timer & { readonly version: string }>();
  readonly forwards: Forward[] = [];
  readonly facts: Fact[] = [];
  /** What calls of any port were made, by its method. */
  readonly calls: string[] = [];
  nowS = 0;
  /** The next forwards fail so often. */
  failingForwards = 0;
  private readonly versions = new Map<string, AnyJourney>();
  private readonly retired = new Set<string>();
  private published = 0;
  private nonces = 0;

  /** @returns the number of the version. It is live now. */
  deploy(journey: AnyJourney, options: { readonly retired?: boolean } = {}): string {
    this.published += 1;
    this.versions.set(String(this.published), journey);
    if (options.retired) this.retired.add(String(this.published));
    return String(this.published);
  }

  remove(version: string): void {
    this.versions.delete(version);
  }

  /** Delivers an event to the live version, or to another one. */
  async event(name: string, s: number, options: { id?: string; at?: string } = {}): Promise<void> {
    this.nowS = Math.max(this.nowS, s);
    const event = { id: options.id ?? `${name}${s}`, name, source: 'test', hops: 0, timeMs: tenMs + s * 1_000 };
    const delivery = { kind: 'event', requestId: 'r', event: { ...event, data: { cart: '42' } } } as const;
    await this.deliver(options.at ?? String(this.published), delivery);
  }

  /** Lets everything that was forwarded arrive. */
  async arrive(): Promise<void> {
    for (const { version, cause, own } of this.forwards.splice(0)) {
      await this.deliver(version, { kind: 'forwarded', version, cause, own, requestId: 'r' });
    }
  }

  /** Fires the timer of a step, at the version that set it or at another one. */
  async fire(step: string, at?: string): Promise<void> {
    const timer = [...this.timers.values()].find((candidate) => candidate.step === step);
    if (!timer) throw new Error(`no timer of step ${step}`);
    this.timers.delete(timer.name);
    this.nowS = Math.max(this.nowS, (timer.deadlineMs - tenMs) / 1_000);
    const { run, attempt, deadlineMs, version } = timer;
    const delivery = { kind: 'timer', run, step, attempt, deadlineMs, atMs: deadlineMs, requestId: 'r' } as const;
    await this.deliver(at ?? version, delivery);
  }

  async deliver(version: string, delivery: Delivery): Promise<void> {
    const journey = this.versions.get(version);
    if (!journey) throw new Error(`version ${version} is not there`);
    const retired = this.retired.has(version);
    const engine = { journey, timeoutsMs: {}, stepTimeoutMs: 30_000, codeVersion: version, retired };
    await handle(engine, this.portsOf(version), delivery);
  }

  run(trigger: string): RunDocument {
    const found = this.records.runs().find((run) => run.trigger.id === trigger);
    if (!found) throw new Error(`no run of ${trigger}`);
    return found;
  }

  private portsOf(version: string): Ports {
    const { records } = this;
    const counted = <Result>(call: string, result: Result): Result => {
      this.calls.push(call);
      return result;
    };
    return {
      records: {
        begin: (run) => counted('begin', records.begin(run)),
        note: (record, options) => counted('note', records.note(record, options)),
        look: (pk, page) => counted('look', records.look(pk, page)),
        cancel: (run, cancellation, seen) => counted('cancel', records.cancel(run, cancellation, seen)),
        commit: (run, seen) => counted('commit', records.commit(run, seen)),
        claim: (claim, free) => counted('claim', records.claim(claim, free)),
        holder: (ref) => counted('holder', records.holder(ref)),
      },
      pointers: this.pointers,
      timers: {
        set: async (timer) => {
          if (!this.timers.has(timer.name)) this.timers.set(timer.name, { ...timer, version });
        },
        drop: async (name) => void this.timers.delete(name),
        bringBack: async () => {},
      },
      versions: {
        forward: async (to, cause, own) => {
          this.calls.push('forward');
          if (this.failingForwards-- > 0) throw new Error('the forward fails');
          if (!this.versions.has(to)) return 'gone';
          this.forwards.push({ version: to, cause, own });
          return 'accepted';
        },
      },
      bus: { publish: async () => {} },
      clock: { nowMs: () => tenMs + this.nowS * 1_000, sleepMs: async () => {}, remainingMs: () => 160_000 },
      turn: { macrotask: () => nodeTurn.macrotask(), moment: async () => {} },
      observer: { fact: (fact) => this.facts.push(fact), line: () => {} },
      nonce: () => `nonce ${++this.nonces}`,
    };
  }
}
