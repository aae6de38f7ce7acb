/**
 * The timers port in memory: a collection that a virtual clock empties.
 *
 * Invariants: one timer a name, the first one stays; a timer is not due before its deadline.
 */

import type { Timer, Timers } from '../engine/ports.js';
import type { EngineEvent } from '../engine/stored/event.js';

export type MemoryTimer =
  | { readonly kind: 'timer'; readonly name: string; readonly atMs: number; readonly timer: Timer }
  | { readonly kind: 'event'; readonly name: string; readonly atMs: number; readonly event: EngineEvent };

export interface MemoryTimersOptions {
  /** How long after its deadline a timer fires. Default 0; Scheduler's adapter has 2 s. */
  readonly marginMs?: number;
}

export class MemoryTimers implements Timers {
  private readonly byName = new Map<string, MemoryTimer>();
  private readonly marginMs: number;

  constructor(options: MemoryTimersOptions = {}) {
    this.marginMs = options.marginMs ?? 0;
  }

  async set(timer: Timer): Promise<void> {
    this.add({
      kind: 'timer',
      name: timer.name,
      atMs: timer.deadlineMs + this.marginMs,
      timer: Object.freeze({ ...timer }),
    });
  }

  async drop(name: string): Promise<void> {
    this.byName.delete(name);
  }

  async bringBack(name: string, event: EngineEvent): Promise<void> {
    const data = event.data === undefined ? undefined : JSON.parse(JSON.stringify(event.data));
    this.add({ kind: 'event', name, atMs: event.timeMs + this.marginMs, event: { ...event, data } });
  }

  /** All that are set, the next one first. */
  pending(): MemoryTimer[] {
    return [...this.byName.values()].sort(byTime);
  }

  /** When the next one is due. */
  nextMs(): number | undefined {
    let next: number | undefined;
    for (const { atMs } of this.byName.values()) if (next === undefined || atMs < next) next = atMs;
    return next;
  }

  /** Takes out what is due, the earliest first; it fires once and is gone, like a schedule that deletes itself. */
  takeDue(nowMs: number): MemoryTimer[] {
    const due = this.pending().filter((timer) => timer.atMs <= nowMs);
    for (const { name } of due) this.byName.delete(name);
    return due;
  }

  private add(timer: MemoryTimer): void {
    if (!this.byName.has(timer.name)) this.byName.set(timer.name, timer);
  }
}

/** Names break ties, so that a history does not depend on the order of creation. */
function byTime(one: MemoryTimer, other: MemoryTimer): number {
  return one.atMs - other.atMs || (one.name < other.name ? -1 : 1);
}
