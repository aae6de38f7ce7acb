/**
 * The metrics of one invocation, in CloudWatch's embedded metric format: a line of the log that is metrics as well.
 *
 * Owns: what is counted, and which of it is told. Knows no line but its own fields.
 * Invariants: one dimension, the journey, because each combination is a metric that costs money every month; with
 * `problems` nothing is told while all is well; what is counted is told once, at the end of the invocation.
 */
import { metrics } from '../contract.js';
import type { Delivery, Fact } from '../engine/ports.js';
import { limits } from '../limits.js';

export type MetricSet = 'all' | 'problems';

const counted: Partial<Record<Fact['kind'], string>> = {
  runStarted: metrics.started,
  waitMatched: metrics.matched,
  waitTimedOut: metrics.timedOut,
  runCancelled: metrics.cancelled,
  runFailed: metrics.failed,
  unmatchable: metrics.unmatchable,
  filterFailed: metrics.filterFailures,
};

const problems: readonly string[] = [metrics.failed, metrics.unmatchable, metrics.filterFailures];

export class Metrics {
  private readonly values = new Map<string, number>();
  private eventTimeMs: number | undefined;

  constructor(
    private readonly set: MetricSet,
    private readonly namespace: string,
    private readonly nowMs: () => number,
  ) {}

  /** A timer's lateness is that of the first look at it. Events that runs sent are dated by their run's event time. */
  begin(delivery: Delivery): void {
    if (delivery.kind === 'event' && delivery.event.hops === 0) this.eventTimeMs = delivery.event.timeMs;
    // A person's cancellation comes as a timer without a time (docs/decisions/021): nothing of it is late.
    if (delivery.kind !== 'timer' || delivery.deadlineMs === 0) return;
    const lateMs = this.nowMs() - delivery.deadlineMs;
    if (lateMs > (this.set === 'all' ? 0 : limits.timerAlarmMs)) this.values.set(metrics.latenessMs, lateMs);
  }

  fact(fact: Fact): void {
    const { kind } = fact;
    const name = counted[kind];
    if (name !== undefined) this.count(name);
    if (kind === 'filtered' && fact.failure) this.count(metrics.filterFailures);
    if (kind === 'runStarted' || kind === 'waitMatched') this.reachedCode();
  }

  count(name: string): void {
    if (this.set === 'all' || problems.includes(name)) this.values.set(name, (this.values.get(name) ?? 0) + 1);
  }

  /** @returns what makes a line a metric, and its values; nothing where there is nothing to tell. */
  take(): { readonly head: object; readonly values: Readonly<Record<string, number>> } | undefined {
    if (this.values.size === 0) return undefined;
    const names = [...this.values.keys()];
    const definition = {
      Namespace: this.namespace,
      Dimensions: [[metrics.dimension]],
      // Without units: they would be a tenth of the line, and the names say them.
      Metrics: names.map((Name) => ({ Name })),
    };
    const values = Object.fromEntries(this.values);
    this.values.clear();
    return { head: { _aws: { Timestamp: this.nowMs(), CloudWatchMetrics: [definition] } }, values };
  }

  private reachedCode(): void {
    if (this.set === 'problems' || this.eventTimeMs === undefined || this.values.has(metrics.latencyMs)) return;
    this.values.set(metrics.latencyMs, Math.max(0, this.nowMs() - this.eventTimeMs));
  }
}
