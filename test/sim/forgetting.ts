/**
 * The table's TTL as it may behave: an item is gone any time after its expiresAtS, by a fault days after it.
 */
import type { RunRef } from '../../lib/engine/stored/key.js';
import type { Faults } from './faults.js';
import type { Timeline } from './timeline.js';

/** AWS: typically within a few days. */
const mostLateMs = 3 * 86_400_000;

export class Forgetting {
  private readonly late = new Map<string, number>();

  constructor(
    private readonly timeline: Timeline,
    private readonly faults: Faults,
    /** Forgets what is over its time and its lateness. */
    private readonly sweep: () => void,
  ) {}

  /** An item is written with its time; the last one counts. */
  expires(item: RunRef, atS: number): void {
    const name = nameOf(item);
    if (!this.late.has(name)) {
      const strikes = this.faults.strikes('forgotten late', name);
      const lateMs = Math.ceil(this.faults.chance(`forgotten@${name}`) * (strikes ? mostLateMs : 600_000));
      this.late.set(name, lateMs);
      if (strikes) this.timeline.plan(atS * 1_000 + lateMs, () => this.faults.struck('forgotten late'));
    }
    this.timeline.plan(atS * 1_000 + this.lateMs(item), this.sweep);
  }

  lateMs(item: RunRef): number {
    return this.late.get(nameOf(item)) ?? 0;
  }
}

function nameOf({ pk, position }: RunRef): string {
  return `${pk}/${position}`;
}
