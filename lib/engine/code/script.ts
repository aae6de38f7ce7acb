/**
 * One replay in progress: the step tools that the author's code calls, and the calls it has made so far.
 *
 * Owns: ids of repeated steps, and the point that the code has reached. Knows no port. Invariant: calls are settled one at a time by `seq`, and everything computed for a new wait follows from
 * what was settled before it was called.
 */
import { StepError } from '../../journey/errors.js';
import type { EventRef, OutgoingEvent } from '../../journey/event.js';
import type { Logger, StepRunContext, StepTools, WaitOptions } from '../../journey/step.js';
import { type Asked, type CallEvent, callOf, openReturn, outcomeOf, schemaOfCall } from '../calls/invoke.js';
import { consumedBy, takenBy } from '../decision/channel.js';
import { FiltersNotLoaded } from '../decision/filter.js';
import { channelKey } from '../elsewhere/correlation.js';
import type { LogLine } from '../ports.js';
import type { RunDocument, SleepStep, Step, WaitStep } from '../stored/document.js';
import type { Position } from '../stored/event.js';
import { runIdOf } from '../stored/key.js';
import { authorEvent, codeOf, copied } from './handler-code.js';
import { type Opening, openSleep, openSleepUntil, openWait, outgoing, type Point } from './opening.js';
import { type CodeCall, nonDeterminism, type Plan, plainCode, type ReplaySettings } from './plan.js';
import { nestedStep } from './running.js';
import { schemasOfSent } from './sent-data.js';
import { labelOf, labelOfCall, openSeveral, type WaitTool } from './several.js';
import { assertCallId, assertStepId, ofReturn } from './step-id.js';

type Unlogged<P> = P extends unknown ? Omit<P, 'lines' | 'calls'> : never;
type Outcome = Unlogged<Plan>;

interface Call {
  readonly id: string;
  readonly kind: Step['kind'];
  readonly recorded: Step | undefined;
  readonly opens?: WaitStep | SleepStep;
  readonly work?: CodeCall['work'];
  settled: boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export class Script implements Point {
  eventMs: number;
  doneAtMs = 0;
  hops: number;
  readonly returned = { timeMs: 0, hops: 0 };
  readonly consumed = new Map<string, Position>();
  /** Calls of other journeys, by the step that called, as far as they have not returned or timed out. */
  private readonly invoked = new Map<string, CallEvent>();
  private invokedCount = 0;
  private readonly calls = new Map<string, Call>();
  private readonly bySeq: (string | undefined)[] = [];
  private readonly repeats = new Map<string, number>();
  private readonly lines: LogLine[] = [];
  private settledSeq = 0;
  private outcome: Outcome | undefined;
  private mismatch: string | undefined;
  private closed = false;
  /** A wait has an `if`, and what checks it is not loaded: once it is, the code is replayed from its beginning. */
  needsFilters = false;

  constructor(
    private readonly settings: ReplaySettings,
    private readonly run: RunDocument,
  ) {
    this.eventMs = run.trigger.timeMs;
    this.hops = run.trigger.hops;
    for (const [id, step] of run.steps) if (step.seq !== undefined) this.bySeq[step.seq] = id;
  }

  start(): void {
    const context = {
      event: authorEvent(this.run.trigger),
      step: this.tools(),
      runId: runIdOf(this.run),
      logger: this.logger(),
    };
    const body = async (): Promise<unknown> => codeOf(this.settings.journey, this.run)(context);
    body().then(
      (output) => this.end({ next: 'finished', output }),
      (error: unknown) => this.end({ next: 'threw', error }),
    );
  }

  /** @returns what the code came to, if it did. */
  ended(): Outcome | undefined {
    if (this.mismatch !== undefined) return { next: 'threw', error: nonDeterminism(this.mismatch) };
    if (this.outcome?.next !== 'finished') return this.outcome;
    const unknown = this.uncalled();
    return unknown === undefined
      ? this.outcome
      : { next: 'threw', error: nonDeterminism(`step '${unknown}' is on record, but the code ended without it`) };
  }

  /** Settles the next recorded result. @returns whether there was one that the code has called. */
  settleNext(): boolean {
    const id = this.bySeq[this.settledSeq + 1];
    const call = id === undefined ? undefined : this.calls.get(id);
    if (!call?.recorded) return false;
    this.settledSeq += 1;
    call.settled = true;
    const { recorded } = call;
    if (recorded.kind === 'wait' && recorded.call !== undefined) this.passReturn(call, recorded);
    else this.pass(call, recorded);
    return true;
  }

  /** @returns a step that is on record although the code has not called it (yet): it may still await something else. */
  expectsRecorded(): string | undefined {
    return this.bySeq[this.settledSeq + 1] ?? this.uncalled();
  }

  /** What comes next; undefined while a step on record is uncalled, and where no step is pending. */
  pending(): Outcome | undefined {
    const pending = [...this.calls.values()].filter((call) => !call.settled);
    if (pending.length === 0 || this.expectsRecorded() !== undefined) return undefined;
    for (const { id, recorded, work } of pending) {
      if (!work || (recorded && recorded.state !== 'due')) continue;
      const attempt = recorded && 'attempt' in recorded ? recorded.attempt : 0;
      return { next: 'code', call: { id, kind: work.kind, attempt, work } };
    }
    const opened = pending.flatMap(({ id, recorded, opens }) => (recorded || !opens ? [] : [[id, opens] as const]));
    return { next: 'blocked', opened: new Map(opened) };
  }

  /** Ends this replay: whatever its code still calls gets no answer. */
  close(outcome: Outcome): Plan {
    this.closed = true;
    return { ...outcome, lines: this.lines, calls: this.callsUnderWay(outcome) } as Plan;
  }

  /** A call is published under a lease, by the step that comes next, and is on record from the next write on. */
  private callsUnderWay(outcome: Outcome): CallEvent[] {
    const next = outcome.next === 'code' && this.run.lease ? outcome.call.id : undefined;
    // One that is back on record is not, though code that does not fit the record may end before it is told.
    const back = new Set(
      [...this.run.steps.values()].map((step) => 'call' in step && step.state !== 'waiting' && step.call),
    );
    return [...this.invoked].flatMap(([step, call]) =>
      !back.has(call.id) && (this.run.steps.has(step) || step === next) ? [call] : [],
    );
  }

  private end(outcome: Outcome): void {
    this.outcome ??= outcome;
  }

  private uncalled(): string | undefined {
    for (const id of this.run.steps.keys()) if (id !== plainCode && !this.calls.has(id)) return id;
    return undefined;
  }

  /** The code passes a recorded result. */
  private pass(call: Call, step: Step): void {
    if (step.kind === 'wait' && step.matched) {
      this.consume(step);
      call.resolve(step.takes === 'all' ? takenBy(step).map(authorEvent) : authorEvent(step.matched));
    } else if (step.kind === 'wait' || step.kind === 'sleep') {
      this.eventMs = Math.max(this.eventMs, step.deadlineMs);
      call.resolve(step.kind === 'wait' ? null : undefined);
    } else {
      this.doneAtMs = Math.max(this.doneAtMs, step.doneAtMs ?? 0);
      if (step.state === 'failed')
        call.reject(new StepError(call.id, step.error ?? { name: 'Error', message: 'unknown' }));
      else call.resolve(copied(step.result));
    }
  }

  private consume(wait: WaitStep): void {
    for (const { channel, event } of consumedBy(wait)) {
      this.eventMs = Math.max(this.eventMs, event.timeMs);
      this.hops = Math.max(this.hops, event.hops);
      const name = channelKey(channel.event, channel.place);
      const before = this.consumed.get(name);
      if (before === undefined || event.position > before) this.consumed.set(name, event.position);
    }
  }

  /** Like the end of a step's function: what happened meanwhile is still to be seen, so event time stays. */
  private passReturn({ resolve, reject }: Call, step: WaitStep): void {
    const { timeMs, hops } = step.matched ?? { timeMs: step.deadlineMs, hops: 0 };
    this.doneAtMs = Math.max(this.doneAtMs, timeMs);
    this.returned.timeMs = Math.max(this.returned.timeMs, timeMs);
    this.returned.hops = Math.max(this.returned.hops, hops);
    const [caller = ''] = [...this.invoked].find(([, { id }]) => id === step.call) ?? [];
    this.invoked.delete(caller);
    const outcome = outcomeOf(step);
    if ('error' in outcome) reject(new StepError(caller, outcome.error));
    else resolve(copied(outcome.output));
  }

  /** A step that sends, and one that waits. */
  private invoke(id: string, asked: Asked): Promise<unknown> {
    const at: Opening = { settings: this.settings, run: this.run, point: this };
    let call: CallEvent | undefined;
    const called = this.call(id, 'send', (unique) => {
      assertCallId(id);
      call = callOf(at, unique, asked, { before: this.invokedCount, recorded: this.run.steps.get(unique) });
      this.invokedCount += 1;
      this.invoked.set(unique, call);
      return { work: { kind: 'send', events: [call], schemas: [schemaOfCall(asked)] } };
    });
    const promise = called.then(() =>
      this.call(`${id}${ofReturn}`, 'wait', () => ({ opens: openReturn(at, id, call!, asked) })),
    );
    promise.catch(() => {}); // The author may leave the loser of a race alone.
    return promise;
  }

  private tools(): StepTools {
    const at = (): Opening => ({ settings: this.settings, run: this.run, point: this });
    const several = (tool: WaitTool) => (id: string, options: unknown) =>
      this.call(
        id,
        'wait',
        () => ({ opens: openSeveral(at(), id, tool, options) }),
        () => labelOfCall(tool, options),
      );
    const tools = {
      run: (id: string, fn: (context: StepRunContext) => unknown) =>
        this.call(id, 'run', () => ({ work: { kind: 'run', fn } })),
      sendEvent: (id: string, events: OutgoingEvent | readonly OutgoingEvent[]) =>
        this.call(id, 'send', (unique) => ({
          work: { kind: 'send', events: outgoing(at(), unique, events), schemas: schemasOfSent(events) },
        })),
      sleep: (id: string, duration: string | number) =>
        this.call(id, 'sleep', () => ({ opens: openSleep(at(), id, duration) })),
      sleepUntil: (id: string, date: Date | string | number) =>
        this.call(id, 'sleep', () => ({ opens: openSleepUntil(at(), id, date) })),
      invoke: (id: string, asked: Asked) => this.invoke(id, asked),
      waitForEvent: (id: string, options: WaitOptions<EventRef>) =>
        this.call(id, 'wait', () => ({ opens: openWait(at(), id, options) })),
      waitForAny: several('waitForAny'),
      waitForAll: several('waitForAll'),
      expectNone: several('expectNone'),
    };
    return tools as unknown as StepTools;
  }

  private call(
    id: string,
    kind: Step['kind'],
    describe: (unique: string) => Pick<Call, 'opens' | 'work'>,
    label: () => string = () => kind,
  ): Promise<unknown> {
    const nested = nestedStep(id);
    if (nested) return Promise.reject(nested);
    if (this.closed) return new Promise(() => {});
    const promise = new Promise<unknown>((resolve, reject) => {
      assertStepId(id);
      const unique = this.unique(id);
      const recorded = this.run.steps.get(unique);
      if (recorded && labelOf(recorded) !== label()) {
        this.mismatch ??= `step '${unique}' is on record as ${labelOf(recorded)}, the code calls ${label()}`;
        return;
      }
      const described: Pick<Call, 'opens' | 'work'> =
        recorded && (kind === 'wait' || kind === 'sleep') ? {} : describe(unique);
      this.calls.set(unique, { id: unique, kind, recorded, ...described, settled: false, resolve, reject });
    });
    // The author may leave the loser of a race alone.
    promise.catch((error: unknown) => {
      this.needsFilters ||= error instanceof FiltersNotLoaded;
    });
    return promise;
  }

  /** A repeated id (a loop) gets a counter. */
  private unique(id: string): string {
    if (!this.calls.has(id)) return id;
    let n = this.repeats.get(id) ?? 1;
    while (this.calls.has(`${id}:${n}`)) n += 1;
    this.repeats.set(id, n + 1);
    return `${id}:${n}`;
  }

  private logger(): Logger {
    const at =
      (level: LogLine['level']) =>
      (message: string, fields?: object): void => {
        // Silent while recorded results are still to come: those lines were told when they were new.
        if (!this.closed && this.settledSeq >= this.run.nseq)
          this.lines.push({ level, message, ...(fields && { fields }) });
      };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }
}
