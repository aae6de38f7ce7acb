/**
 * Lambda: asynchronous invocation with its retries, its maximum age and its on-failure destination.
 *
 * Owns: which invocation runs in which environment, at most four environments per function, one invocation each; what
 * happens after a failure; what functions print.
 * Must not know: who invokes (a rule, a schedule, a client), nor what a handler does.
 * Invariants: an accepted invocation ends in success, in a retry on the agenda, or in a dead letter; it counts as in
 * flight until then. Retries keep the request id.
 */

import { env } from '../../contract.js';
import { limits } from '../../limits.js';
import type { Invocation, Ledger } from '../ledger.js';
import type { QueueService } from '../queues/queues.js';
import { type Faults, killedErrorType } from '../seams.js';
import { functionNameOf } from '../template/function-properties.js';
import type { FunctionResource } from '../template/resources.js';
import type { Report, Trigger } from '../time/activity.js';
import type { SeededRandom } from '../time/random.js';
import type { Timeline } from '../time/timeline.js';
import { ExecutionEnvironment, type FunctionError, type Outcome } from './worker/execution-environment.js';

/** What one function may run at once. */
const environmentsPerFunction = 4;
const logLines = 1_000;
const retryDelaysMs = [limits.lambdaFirstRetryMs, limits.lambdaSecondRetryMs] as const;

export interface FunctionServiceOptions {
  readonly functions: readonly FunctionResource[];
  readonly endpoint: string;
  readonly timeline: Timeline;
  readonly ledger: Ledger;
  readonly queues: QueueService;
  readonly random: SeededRandom;
  readonly report: Report;
  readonly faults: Faults;
}

interface Job {
  readonly fn: FunctionResource;
  readonly requestId: string;
  readonly payload: string;
  readonly trigger: Trigger;
  readonly receivedAtMs: number;
  readonly attempt: number;
}

export interface LogLine {
  readonly atMs: number;
  readonly requestId: string | undefined;
  readonly line: string;
}

interface Slot {
  readonly environment: ExecutionEnvironment;
  current: Invocation | undefined;
}

interface Pool {
  readonly fn: FunctionResource;
  slots: Slot[];
  readonly idle: Slot[];
  readonly waiting: ((slot: Slot) => void)[];
  readonly logs: LogLine[];
}

/** A function that may not run at all (reserved concurrency 0) still runs here, one at a time: nothing would tell why not. */
function mostEnvironments({ reservedConcurrency }: FunctionResource): number {
  return Math.max(1, Math.min(environmentsPerFunction, reservedConcurrency ?? environmentsPerFunction));
}

export class FunctionService {
  private readonly pools: ReadonlyMap<string, Pool>;
  private readonly slotsByAccessKey = new Map<string, { readonly fn: FunctionResource; readonly slot: Slot }>();
  private closed = false;

  constructor(private readonly options: FunctionServiceOptions) {
    const pools = options.functions.map((fn): [string, Pool] => [
      fn.name,
      { fn, slots: [], idle: [], waiting: [], logs: [] },
    ]);
    this.pools = new Map(pools);
  }

  find(nameOrArn: string): FunctionResource | undefined {
    return this.pools.get(functionNameOf(nameOrArn))?.fn;
  }

  logs(functionName: string): readonly LogLine[] {
    return this.pools.get(functionName)?.logs ?? [];
  }

  /** Accepts an event; the answer is its request id. */
  invokeAsync(fn: FunctionResource, payload: string, trigger: Trigger): string {
    const requestId = this.options.random.uuid('request');
    const job = { fn, requestId, payload, trigger, receivedAtMs: this.options.timeline.nowMs(), attempt: 1 };
    this.options.timeline.track(this.run(job));
    return requestId;
  }

  /** Invokes and waits for the answer; no retries. */
  async invokeNow(fn: FunctionResource, payload: string, trigger: Trigger = { kind: 'direct' }): Promise<Outcome> {
    const requestId = this.options.random.uuid('request');
    const receivedAtMs = this.options.timeline.nowMs();
    const outcome = this.execute({ fn, requestId, payload, trigger, receivedAtMs, attempt: 1 });
    this.options.timeline.track(outcome.then(() => undefined));
    return outcome;
  }

  /** Whose credentials these are: the function, and what it is doing. */
  callerOf(
    accessKeyId: string,
  ): { readonly fn: FunctionResource; readonly invocation: Invocation | undefined } | undefined {
    const found = this.slotsByAccessKey.get(accessKeyId);
    return found === undefined ? undefined : { fn: found.fn, invocation: found.slot.current };
  }

  /** The environment with these credentials dies; what it was doing fails. */
  kill(accessKeyId: string, error: FunctionError): void {
    this.slotsByAccessKey.get(accessKeyId)?.slot.environment.kill(error);
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.pools.values()].flatMap((pool) => pool.slots.map((slot) => slot.environment.close())));
  }

  private async run(job: Job): Promise<void> {
    const outcome = await this.execute(job);
    if (outcome.ok || this.closed) return;
    const { asyncInvoke } = job.fn;
    const delayMs = retryDelaysMs[Math.min(job.attempt, retryDelaysMs.length) - 1]!;
    const retryAtMs = this.options.timeline.nowMs() + delayMs;
    if (job.attempt > asyncInvoke.maximumRetryAttempts) return this.giveUp(job, outcome.error, 'RetriesExhausted');
    if (retryAtMs - job.receivedAtMs > asyncInvoke.maximumEventAgeS * 1000) {
      return this.giveUp(job, outcome.error, 'EventAgeExceeded');
    }
    const due = {
      kind: 'function-retry',
      dueMs: retryAtMs,
      what: `${job.fn.name}, attempt ${job.attempt + 1}`,
    } as const;
    this.options.timeline.add(due, () => this.options.timeline.track(this.run({ ...job, attempt: job.attempt + 1 })));
  }

  private async execute(job: Job): Promise<Outcome> {
    const { ledger, timeline, report } = this.options;
    const pool = this.pools.get(job.fn.name)!;
    const slot = await this.acquire(pool);
    const { requestId, attempt, trigger } = job;
    const functionName = job.fn.name;
    const journey = job.fn.environment[env.journeyId];
    const invocation = ledger.begin({ requestId, functionName, journey, attempt, trigger, atMs: timeline.nowMs() });
    slot.current = invocation;
    const startedAt = performance.now();
    const outcome = await this.invokeIn(slot, job);
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    const error = outcome.ok ? undefined : { type: outcome.error.errorType, message: outcome.error.errorMessage };
    ledger.end(invocation, durationMs, error);
    // A dead environment keeps what it was doing: a request that it had sent may arrive after its death.
    if (!slot.environment.isDead) slot.current = undefined;
    this.release(pool, slot);
    const result = outcome.ok ? 'ok' : 'error';
    report({ kind: 'invoked', functionName, journey, requestId, attempt, trigger, durationMs, outcome: result, error });
    return outcome;
  }

  private async invokeIn({ environment }: Slot, job: Job): Promise<Outcome> {
    const { requestId, attempt, trigger, payload } = job;
    const planned = { functionName: job.fn.name, requestId, attempt, trigger, payload };
    const plan = this.options.faults.invocation?.(planned) ?? {};
    const error = { errorType: killedErrorType, errorMessage: 'killed at some moment' };
    const death =
      plan.killAfterMs === undefined ? undefined : setTimeout(() => environment.kill(error), plan.killAfterMs);
    const outcome = await environment.invoke(requestId, payload);
    clearTimeout(death);
    plan.onOver?.(!outcome.ok && outcome.error.errorType === killedErrorType);
    return outcome;
  }

  private acquire(pool: Pool): Slot | Promise<Slot> {
    const idle = pool.idle.pop();
    if (idle !== undefined) return idle;
    if (pool.slots.length < mostEnvironments(pool.fn)) return this.startEnvironment(pool);
    return new Promise((resolve) => pool.waiting.push(resolve));
  }

  private release(pool: Pool, slot: Slot): void {
    let free = slot;
    if (slot.environment.isDead) {
      pool.slots = pool.slots.filter((other) => other !== slot);
      if (pool.waiting.length === 0 || this.closed) return;
      free = this.startEnvironment(pool);
    }
    const next = pool.waiting.shift();
    if (next === undefined) pool.idle.push(free);
    else next(free);
  }

  private startEnvironment(pool: Pool): Slot {
    const accessKeyId = `ASIASANDBOX${String(this.environments++).padStart(9, '0')}`;
    const environment = new ExecutionEnvironment({
      fn: pool.fn,
      accessKeyId,
      endpoint: this.options.endpoint,
      clock: this.options.timeline.clock.shared,
      onLog: (line) => this.log(pool, slot, line),
    });
    const slot: Slot = { environment, current: undefined };
    pool.slots.push(slot);
    this.slotsByAccessKey.set(accessKeyId, { fn: pool.fn, slot });
    return slot;
  }

  private environments = 0;

  private log(pool: Pool, slot: Slot, line: string): void {
    const requestId = slot.current?.requestId;
    pool.logs.push({ atMs: this.options.timeline.nowMs(), requestId, line });
    if (pool.logs.length > logLines) pool.logs.shift();
    this.options.report({ kind: 'log', functionName: pool.fn.name, requestId, line });
  }

  /** Sends the record of a failed event to its destination, in Lambda's own shape. */
  private giveUp(job: Job, error: FunctionError, condition: 'RetriesExhausted' | 'EventAgeExceeded'): void {
    const { onFailureArn, deadLetterArn } = job.fn.asyncInvoke;
    const { queues, timeline, report } = this.options;
    if (deadLetterArn !== undefined) {
      const attributes = {
        RequestID: job.requestId,
        ErrorCode: '200',
        ErrorMessage: error.errorMessage.slice(0, 1024),
      };
      queues.sendDeadLetter(deadLetterArn, job.payload, attributes, `${job.fn.name}: ${condition}`);
    }
    const record = JSON.stringify({
      version: '1.0',
      timestamp: new Date(timeline.nowMs()).toISOString(),
      requestContext: {
        requestId: job.requestId,
        functionArn: `${job.fn.arn}:$LATEST`,
        condition,
        approximateInvokeCount: job.attempt,
      },
      requestPayload: JSON.parse(job.payload) as unknown,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: error,
    });
    if (onFailureArn !== undefined) queues.sendDeadLetter(onFailureArn, record, {}, `${job.fn.name}: ${condition}`);
    else if (deadLetterArn === undefined) {
      report({
        kind: 'dead-letter',
        queueName: undefined,
        reason: `${job.fn.name}: ${condition}, and no queue`,
        body: record,
      });
    }
  }
}
