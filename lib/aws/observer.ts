/**
 * The observer port: facts and the author's lines as JSON, one a line; and the metric of unmatchable events.
 *
 * Owns: what is told of an invocation, and how much. Writes whole lines past Lambda's console, whose prefix would keep
 * CloudWatch from reading a metric out of a line. Never tells an event's data.
 * Invariant: routine facts of one invocation take at most `routineBytes` (each line costs money at every event); warnings,
 * errors and the author's own lines are always told, and what was left out is counted.
 */
import { metrics } from '../contract.js';
import type { RunId } from '../engine/key.js';
import type { Fact, LogLine, Observer } from '../engine/ports.js';

/** DESIGN 7: logs of an invocation. */
export const routineBytes = 600;
/** An error's text may be long, and it may quote data: its head is enough here, the whole is in the run. */
const errorChars = 200;
/** What the count of left-out facts takes. */
const countBytes = 80;

export interface ObserverOptions {
  readonly journeyId: string;
  readonly requestId: string;
  readonly nowMs: () => number;
  readonly write: (line: string) => void;
}

export class LineObserver implements Observer {
  /** Routine facts by run ('' for those of none): a run's id is long, so its facts share one line, told at the end. */
  private readonly routine = new Map<string, object[]>();

  constructor(private readonly options: ObserverOptions) {}

  fact(fact: Fact): void {
    const level = levelOf(fact);
    const { run, ...rest } = { run: '', ...told(fact) };
    if (level === 'info') {
      this.routine.set(run, [...(this.routine.get(run) ?? []), rest]);
      return;
    }
    const { requestId } = this.options;
    this.options.write(
      JSON.stringify({ level, ...this.metricOf(fact), ...rest, ...(run !== '' && { run }), requestId }),
    );
  }

  line(run: RunId, { level, message, fields }: LogLine): void {
    const place = { level, message, run, requestId: this.options.requestId };
    const text =
      jsonOf(() => ({ ...fields, ...place })) ??
      jsonOf(() => ({ ...place, message: String(message), fields: 'not JSON' })) ??
      JSON.stringify({ ...place, message: 'not text', fields: 'not JSON' });
    this.options.write(text);
  }

  /** Once at the end of an invocation: its routine facts, as many as fit. */
  end(): void {
    const { requestId, write } = this.options;
    let leftBytes = routineBytes - countBytes;
    let leftOut = 0;
    for (const [run, facts] of this.routine) {
      const fitting: object[] = [];
      const text = () => JSON.stringify({ level: 'info', facts: fitting, ...(run !== '' && { run }), requestId });
      for (const fact of facts) {
        fitting.push(fact);
        if (Buffer.byteLength(text()) + 1 > leftBytes) {
          fitting.pop();
          leftOut += 1;
        }
      }
      if (fitting.length === 0) continue;
      write(text());
      leftBytes -= Buffer.byteLength(text()) + 1;
    }
    this.routine.clear();
    if (leftOut > 0) write(JSON.stringify({ level: 'info', moreFacts: leftOut, requestId }));
  }

  /** CloudWatch's embedded metric format: a line that is a metric as well. */
  private metricOf(fact: Fact): object {
    if (fact.kind !== 'unmatchable') return {};
    const definition = {
      Namespace: metrics.namespace,
      Dimensions: [['journey']],
      Metrics: [{ Name: metrics.unmatchable, Unit: 'Count' }],
    };
    return {
      _aws: { Timestamp: this.options.nowMs(), CloudWatchMetrics: [definition] },
      journey: this.options.journeyId,
      [metrics.unmatchable]: 1,
    };
  }
}

/** A log line never breaks a run: fields may hold a cycle, a bigint or a getter that throws; a message may be no text. */
function jsonOf(value: () => object): string | undefined {
  try {
    return JSON.stringify(value());
  } catch {
    return undefined;
  }
}

function told(fact: Fact): object {
  const { kind, ...rest } = fact;
  const short = 'error' in rest ? { ...rest, error: rest.error.slice(0, errorChars) } : rest;
  return { fact: kind, ...short };
}

function levelOf(fact: Fact): 'info' | 'warn' | 'error' {
  if (fact.kind === 'runFailed') return 'error';
  if (fact.kind === 'stepFailed') return fact.final ? 'error' : 'warn';
  return fact.kind === 'unmatchable' ? 'warn' : 'info';
}
