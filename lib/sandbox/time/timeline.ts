/**
 * What falls due when, and whether anything is under way: the order in which a sandbox lives.
 *
 * Owns: the agenda of due things, the count of deliveries in flight, settling and advancing.
 * Must not know: what a due thing does.
 * Invariants: an advance goes due by due: set the clock, start what is due at that instant, wait until nothing is in
 * flight, next. The clock never jumps while something is in flight. Things that become due on the way count.
 */

import type { VirtualClock } from './clock.js';

export type DueKind = 'schedule' | 'function-retry' | 'target-retry' | 'delayed-delivery' | 'queue-delivery';

/** Something that falls due. */
export interface Due {
  readonly kind: DueKind;
  readonly dueMs: number;
  /** What it is, for people. */
  readonly what: string;
}

interface AgendaItem extends Due {
  readonly order: number;
  readonly start: () => void;
}

export interface Advance {
  readonly nowMs: number;
  readonly fired: readonly Due[];
}

/** The longest delay that setTimeout takes. */
const longestTimerMs = 2 ** 31 - 1;

export class Timeline {
  private agenda: AgendaItem[] = [];
  private order = 0;
  private inFlight = 0;
  private readonly idleWaiters: (() => void)[] = [];
  private advancing: Promise<unknown> | undefined;
  private alarm: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(readonly clock: VirtualClock) {}

  nowMs(): number {
    return this.clock.nowMs();
  }

  /** Puts something on the agenda; the answer takes it off again. */
  add(due: Due, start: () => void): () => void {
    const item: AgendaItem = { ...due, start, order: this.order++ };
    const at = this.agenda.findIndex((other) => other.dueMs > item.dueMs);
    this.agenda.splice(at < 0 ? this.agenda.length : at, 0, item);
    this.arm();
    return () => {
      this.agenda = this.agenda.filter((other) => other !== item);
    };
  }

  /** Due things, soonest first. */
  due(): readonly Due[] {
    return this.agenda.map(({ kind, dueMs, what }) => ({ kind, dueMs, what }));
  }

  /** Counts a piece of work as in flight until it ends. A failure of it is a bug of the sandbox and stays visible. */
  track(work: Promise<void>): void {
    this.inFlight += 1;
    void work.finally(() => {
      this.inFlight -= 1;
      if (this.inFlight > 0) return;
      for (const resume of this.idleWaiters.splice(0)) resume();
    });
  }

  /** Answers when no delivery is in flight and nothing is due. */
  async settle(): Promise<void> {
    do {
      while (this.advancing !== undefined) await this.advancing;
      this.startDue(this.nowMs());
      await this.idle();
    } while (!this.closed && (this.agenda[0]?.dueMs ?? Number.POSITIVE_INFINITY) <= this.nowMs());
  }

  /** Lets time pass. Two advances at once come one after the other. */
  async advance(by: { readonly ms: number } | 'next-timer'): Promise<Advance> {
    while (this.advancing !== undefined) await this.advancing;
    const advance = this.advanceNow(by);
    this.advancing = advance.catch(() => undefined);
    try {
      return await advance;
    } finally {
      this.advancing = undefined;
      this.arm();
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.alarm);
    for (const resume of this.idleWaiters.splice(0)) resume();
  }

  private async idle(): Promise<void> {
    while (this.inFlight > 0 && !this.closed) await new Promise<void>((resume) => this.idleWaiters.push(resume));
  }

  private async advanceNow(by: { readonly ms: number } | 'next-timer'): Promise<Advance> {
    await this.idle();
    const untilMs = by === 'next-timer' ? Number.POSITIVE_INFINITY : this.nowMs() + by.ms;
    const stopsAt: DueKind | undefined = this.agenda.some((item) => item.kind === 'schedule') ? 'schedule' : undefined;
    const fired: Due[] = [];
    while (!this.closed) {
      const next = this.agenda[0];
      if (next === undefined || next.dueMs > untilMs) break;
      this.clock.setMs(next.dueMs);
      const batch = this.startDue(next.dueMs);
      fired.push(...batch);
      await this.idle();
      if (by === 'next-timer' && (stopsAt === undefined || batch.some((due) => due.kind === stopsAt))) break;
    }
    if (by !== 'next-timer') this.clock.setMs(untilMs);
    return { nowMs: this.nowMs(), fired };
  }

  /** Starts everything that is due at `nowMs`, in order. */
  private startDue(nowMs: number): Due[] {
    const batch = this.agenda.filter((item) => item.dueMs <= nowMs);
    this.agenda = this.agenda.slice(batch.length);
    for (const item of batch) item.start();
    return batch.map(({ kind, dueMs, what }) => ({ kind, dueMs, what }));
  }

  /** Wakes when the soonest thing falls due: at once if it is, by a real timer on a running clock. */
  private arm(): void {
    clearTimeout(this.alarm);
    const next = this.agenda[0];
    if (this.closed || this.advancing !== undefined || next === undefined) return;
    const inMs = next.dueMs - this.nowMs();
    if (inMs > 0 && this.clock.mode === 'frozen') return;
    this.alarm = setTimeout(() => this.wake(), Math.min(Math.max(inMs, 0), longestTimerMs));
  }

  private wake(): void {
    if (this.closed || this.advancing !== undefined) return;
    this.startDue(this.nowMs());
    this.arm();
  }
}
