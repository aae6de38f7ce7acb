/**
 * The observer port: what an invocation did, told as lines of JSON and as metrics.
 *
 * Owns: what is told of an invocation, and how much. Never tells an event's data, nor a key's value unless asked to.
 * Invariant: the routine of one invocation is one line of at most `routineBytes` (each line costs money at every event):
 * metrics and facts together. Warnings, errors and the author's own lines are always told; what was left out is counted.
 */
import { finalErrorTypes, metrics } from '../contract.js';
import type { Delivery, Fact, LogLine, Observer } from '../engine/ports.js';
import type { RunId } from '../engine/stored/key.js';
import { type Level, LineLogger, type WriteLine } from './observer-lines.js';
import { type MetricSet, Metrics } from './observer-metrics.js';
import { type LogKeys, type Place, Places } from './observer-place.js';

/** DESIGN 7: logs of an invocation. */
export const routineBytes = 600;
/** A name may be an author's, and long. */
const errorChars = 200;
/** What the count of left-out facts takes. */
const countBytes = ',"more":100'.length;

export interface ObserverOptions {
  readonly journeyId: string;
  readonly requestId: string;
  readonly nowMs: () => number;
  readonly write: WriteLine;
  /** It lives as long as its environment. */
  readonly logger?: LineLogger;
  readonly logKeys?: LogKeys;
  readonly metrics?: MetricSet;
  readonly metricNamespace?: string;
}

export class LineObserver implements Observer {
  private readonly places: Places;
  private readonly metrics: Metrics;
  /** Made when a line is told: most invocations tell none but their metrics. */
  private made: LineLogger | undefined;
  /** Words by run ('' for those of none), in the order in which they came. */
  private readonly routine = new Map<string, string[]>();

  constructor(private readonly options: ObserverOptions) {
    const { journeyId, logKeys = 'hashed', nowMs, metricNamespace = metrics.namespace } = options;
    this.places = new Places(journeyId, logKeys);
    this.metrics = new Metrics(options.metrics ?? 'all', metricNamespace, nowMs);
  }

  /** What came in: every later line says so. @param pk the partition that it belongs to, where it has one. */
  begin(delivery: Delivery, pk?: string): void {
    this.places.begin(delivery, pk);
    this.metrics.begin(delivery);
  }

  fact(fact: Fact): void {
    this.metrics.fact(fact);
    const run = 'run' in fact ? fact.run : '';
    const level = levelOf(fact);
    if (level === 'info') this.routine.set(run, [...(this.routine.get(run) ?? []), wordsOf(fact)]);
    else this.tell(level, fact.kind, run, fieldsOf(fact));
  }

  line(run: RunId, { level, message, fields }: LogLine): void {
    const place = { ...this.places.of(run), requestId: this.options.requestId };
    this.logger.tell(level, message, place, fields);
  }

  /** The invocation throws: a refused event goes to the dead letters, anything else comes back. Its text may quote data. */
  failed(error: unknown): void {
    const name = (error instanceof Error ? error.name : typeof error).slice(0, errorChars);
    if (name === 'MissingKey') this.metrics.count(metrics.unmatchable);
    const refused = finalErrorTypes.includes(name);
    this.tell(refused ? 'error' : 'warn', refused ? 'refused' : 'comesBack', '', { error: name });
  }

  /** Once at the end of an invocation: its metrics, and its routine facts as far as they fit. */
  end(): void {
    const metric = this.metrics.take();
    const [run = '', words = []] = this.routine.entries().next().value ?? [];
    this.routine.delete(run);
    const place = this.places.of(run === '' ? undefined : run);
    if (metric) {
      // Not by the logger: a metric is told whatever the level is. What the metrics say needs no words.
      const did = words.filter((word) => !saidByMetric.has(word.split(' ', 1)[0]!)).join(', ');
      const record = { ...metric.head, ...place, ...metric.values, ...(did !== '' && { did }) };
      this.options.write(JSON.stringify(this.withOthers(record)));
    } else if (words.length > 0) {
      this.logger.tell('info', words.join(', '), this.withOthers(place));
    }
  }

  /** With what was done to other runs, as far as it fits. */
  private withOthers(record: object): object {
    const also: string[] = [];
    let more = 0;
    for (const [run, words] of this.routine) {
      const { run: tag } = this.places.of(run === '' ? undefined : run) as Place;
      also.push([tag, ...words].filter((word) => word !== undefined).join(' '));
      if (Buffer.byteLength(JSON.stringify({ ...record, also })) + countBytes + 1 <= routineBytes) continue;
      also.pop();
      more += 1;
    }
    this.routine.clear();
    return { ...record, ...(also.length > 0 && { also }), ...(more > 0 && { more }) };
  }

  private get logger(): LineLogger {
    this.made ??= this.options.logger ?? new LineLogger(this.options.write);
    return this.made;
  }

  private tell(level: Level, message: string, run: string, fields: object): void {
    const { requestId } = this.options;
    this.logger.tell(level, message, { ...this.places.of(run === '' ? undefined : run), ...fields, requestId });
  }
}

/** First words of what a metric of the same line says. */
const saidByMetric: ReadonlySet<string> = new Set(['started', 'matched', 'timedOut']);

function wordsOf(fact: Fact): string {
  switch (fact.kind) {
    case 'runStarted':
      return 'started';
    case 'runCompleted':
      return 'completed';
    case 'runCancelled':
      return 'cancelled';
    case 'waitMatched':
      return `matched ${fact.step}`;
    case 'waitTimedOut':
      return `timedOut ${fact.step}`;
    case 'broughtBack':
      return `comesAgain ${new Date(fact.atMs).toISOString()}`;
    case 'filtered':
      return fact.failure ? `filtered ${fact.failure.code}` : 'filtered';
    case 'filterFailed':
      return `filterFailed ${fact.step ?? 'cancelOn'} ${fact.failure.code}`;
    case 'forwarded':
      return `forwarded ${fact.version}`;
    case 'timerOfNoRun':
      return fact.status === 'over' ? 'timerOfRunThatIsOver' : 'timerOfNoRun';
    default:
      return fact.kind;
  }
}

/** What a warning says beside its place. */
function fieldsOf(fact: Fact): object {
  switch (fact.kind) {
    case 'runFailed':
      return { error: fact.error.slice(0, errorChars) };
    case 'stepFailed': {
      const { step, attempt, error, final } = fact;
      return { step, attempt, error: error.slice(0, errorChars), final };
    }
    case 'unmatchable':
      return { path: fact.path };
    case 'versionGone':
      return { version: fact.version };
    default:
      return {};
  }
}

function levelOf(fact: Fact): Level {
  if (fact.kind === 'runFailed') return 'error';
  if (fact.kind === 'stepFailed') return fact.final ? 'error' : 'warn';
  return fact.kind === 'unmatchable' || fact.kind === 'versionGone' ? 'warn' : 'info';
}
