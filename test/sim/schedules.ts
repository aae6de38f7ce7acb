/**
 * The Scheduler service as it may behave: one-shot schedules that fire once, late or early, twice, or after their deletion.
 *
 * Invariants: one schedule a name, the first one stays; it asks for whole seconds, never before its deadline and the margin.
 */

import type { Timer } from '../../lib/engine/ports.js';
import type { EngineEvent } from '../../lib/engine/stored/event.js';
import { limits } from '../../lib/limits.js';
import type { Faults } from './faults.js';
import type { Timeline } from './timeline.js';

export interface Schedule {
  readonly name: string;
  readonly label: string;
  /** The journey that it invokes. */
  readonly journey: string;
  readonly atMs: number;
  readonly timer?: Timer;
  /** Of the code that it invokes, where code has versions. */
  readonly codeVersion?: string | undefined;
  readonly event?: EngineEvent;
  /** Its creator died or was fenced before it could show or delete it: it may stay behind an ended run. */
  orphaned: boolean;
  /** In the order of effects. */
  readonly createdOrder: number;
}

export class Schedules {
  private readonly byName = new Map<string, Schedule>();
  private readonly firedNames = new Set<string>();

  constructor(
    private readonly timeline: Timeline,
    private readonly faults: Faults,
    private readonly fire: (schedule: Schedule, copy: number) => void | Promise<void>,
    /** Longer than anything is kept. */
    private readonly longMs: number,
  ) {}

  /** @returns the schedule if this call created it. */
  create(
    wanted: Pick<Schedule, 'name' | 'label' | 'journey' | 'timer' | 'event' | 'codeVersion'>,
    { dueMs, clockMs, order }: { readonly dueMs: number; readonly clockMs: number; readonly order: number },
  ): Schedule | undefined {
    const { name, label } = wanted;
    if (this.byName.has(name)) return undefined;
    if (this.firedNames.has(name) && this.faults.strikes('name still taken', label)) {
      this.faults.struck('name still taken');
      return undefined;
    }
    const atMs = upToSecondMs(Math.max(upToSecondMs(dueMs) + limits.timerMarginMs, clockMs + limits.timerMinLeadMs));
    const schedule: Schedule = { ...wanted, atMs, orphaned: false, createdOrder: order };
    this.byName.set(name, schedule);
    this.timeline.plan(this.firesMs(schedule), () => this.due(schedule));
    return schedule;
  }

  delete(name: string): void {
    const schedule = this.byName.get(name);
    if (!schedule) return;
    this.byName.delete(name);
    if (this.faults.strikes('timer after deletion', schedule.label)) {
      this.timeline.plan(this.firesMs(schedule), () => {
        this.faults.struck('timer after deletion');
        return this.fire(schedule, 1);
      });
    }
  }

  all(): Iterable<Schedule> {
    return this.byName.values();
  }

  private due(schedule: Schedule): void | Promise<void> {
    if (this.byName.get(schedule.name) !== schedule) return;
    this.byName.delete(schedule.name);
    this.firedNames.add(schedule.name);
    if (this.faults.strikes('timer long after', schedule.label)) {
      const laterMs = this.faults.chance(`long after@${schedule.label}`) * this.longMs;
      this.timeline.plan(this.timeline.nowMs + laterMs, () => {
        this.faults.struck('timer long after');
        return this.fire(schedule, 2);
      });
    }
    if (this.faults.strikes('timer twice', schedule.label)) {
      const laterMs = this.faults.chance(`again@${schedule.label}`) ** 3 * 120_000;
      this.timeline.plan(this.timeline.nowMs + laterMs, () => {
        this.faults.struck('timer twice');
        return this.fire(schedule, 1);
      });
    }
    return this.fire(schedule, 0);
  }

  /** Within a minute after its time, as Scheduler promises; by a fault up to ten minutes late or one early. */
  private firesMs({ label, atMs }: Schedule): number {
    const share = this.faults.chance(`fires@${label}`);
    if (this.faults.strikes('timer early', label)) return atMs - share ** 2 * 60_000;
    if (this.faults.strikes('timer late', label)) {
      this.faults.struck('timer late');
      return atMs + share * 600_000;
    }
    return atMs + share ** 2 * 59_000;
  }
}

function upToSecondMs(timeMs: number): number {
  return Math.ceil(timeMs / 1_000) * 1_000;
}
