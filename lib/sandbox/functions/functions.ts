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
import { type Authorize, type AuthorizedCall, type Faults, killedErrorType } from '../seams.js';
import { unpublished } from '../template/function-properties.js';
import type { FunctionResource } from '../template/resources.js';
import type { Report, Trigger } from '../time/activity.js';
import type { SeededRandom } from '../time/random.js';
import type { Timeline } from '../time/timeline.js';
import { type DeployedFunctions, FunctionCatalogue } from './catalogue.js';
import { type FailureCondition, failureRecord } from './failure-record.js';
import { askForLog } from './log-rights.js';
import { ExecutionEnvironment, type FunctionError, type Outcome } from './worker/execution-environment.js';

/** What one function may run at once. */
const environmentsPerFunction = 4;
const logLines = 1_000;
const retryDelaysMs = [limits.lambdaFirstRetryMs, limits.lambdaSecondRetryMs] as const;

export interface FunctionServiceOptions {
  readonly endpoint: string;
  readonly timeline: Timeline;
  readonly ledger: Ledger;
  readonly queues: QueueService;
  readonly random: SeededRandom;
  readonly report: Report;
  readonly faults: Faults;
  readonly authorize: Authorize;
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

/** The environments of one version of a function: its code never changes. */
interface Pool {
  readonly fn: FunctionResource;
  /** No longer deployed: what runs ends, nothing begins. */
  retired: boolean;
  slots: Slot[];
  readonly idle: Slot[];
  readonly waiting: ((slot: Slot) => void)[];
}

/** A function that may not run at all (reserved concurrency 0) still runs here, one at a time: nothing would tell why not. */
function mostEnvironments({ reservedConcurrency }: FunctionResource): number {
  return Math.max(1, Math.min(environmentsPerFunction, reservedConcurrency ?? environmentsPerFunction));
}

export class FunctionService {
  readonly catalogue = new FunctionCatalogue();
  private readonly pools = new Map<string, Pool>();
  private readonly linesOf = new Map<string, LogLine[]>();
  private readonly slotsByAccessKey = new Map<string, { readonly fn: FunctionResource; readonly slot: Slot }>();
  private closed = false;

  constructor(private readonly options: FunctionServiceOptions) {}

  /** At the start, and again: versions stay, what is unpublished runs the new code from now on. */
  deploy(functions: DeployedFunctions): void {
    this.catalogue.deploy(functions, this.options.timeline.nowMs());
    for (const pool of [...this.pools.values()]) {
      if (pool.fn.version === unpublished || this.find(pool.fn.invokedArn) === undefined) this.retire(pool);
    }
  }

  /** @throws AwsError */
  removeVersion(functionName: string, version: string | undefined): void {
    const removed = this.catalogue.remove(functionName, version);
    const pool = this.pools.get(keyOf(removed));
    if (pool !== undefined) this.retire(pool);
  }

  find(nameOrArn: string, qualifier?: string): FunctionResource | undefined {
    return this.catalogue.find(nameOrArn, qualifier);
  }

  logs(functionName: string): readonly LogLine[] {
    return this.linesOf.get(functionName) ?? [];
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
    // An alias may point at another version by then.
    const again = () => this.run({ ...job, fn: this.find(job.fn.invokedArn) ?? job.fn, attempt: job.attempt + 1 });
    this.options.timeline.add(due, () => this.options.timeline.track(again()));
  }

  private async execute(job: Job): Promise<Outcome> {
    const { ledger, timeline, report } = this.options;
    const pool = this.poolOf(job.fn);
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
    const outcome = await environment.invoke(requestId, payload, job.fn.invokedArn);
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
    if (next !== undefined) next(free);
    else if (pool.retired) void free.environment.close();
    else pool.idle.push(free);
  }

  private poolOf(fn: FunctionResource): Pool {
    const found = this.pools.get(keyOf(fn));
    if (found !== undefined) return found;
    const pool: Pool = { fn, retired: false, slots: [], idle: [], waiting: [] };
    this.pools.set(keyOf(fn), pool);
    return pool;
  }

  private retire(pool: Pool): void {
    pool.retired = true;
    this.pools.delete(keyOf(pool.fn));
    for (const { environment } of pool.idle.splice(0)) void environment.close();
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
    askForLog(this.options.authorize, pool.fn, accessKeyId);
    return slot;
  }

  private environments = 0;

  private log(pool: Pool, slot: Slot, line: string): void {
    const requestId = slot.current?.requestId;
    const lines = this.linesOf.get(pool.fn.name) ?? [];
    this.linesOf.set(pool.fn.name, lines);
    lines.push({ atMs: this.options.timeline.nowMs(), requestId, line });
    if (lines.length > logLines) lines.shift();
    this.options.report({ kind: 'log', functionName: pool.fn.name, requestId, line });
  }

  /** Sends the record of a failed event to its destination, in Lambda's own shape. */
  private giveUp(job: Job, error: FunctionError, condition: FailureCondition): void {
    const { onFailureArn, deadLetterArn } = job.fn.asyncInvoke;
    const { queues, timeline, report } = this.options;
    const reason = `${job.fn.name}: ${condition}`;
    if (deadLetterArn !== undefined) {
      const attributes = {
        RequestID: job.requestId,
        ErrorCode: '200',
        ErrorMessage: error.errorMessage.slice(0, 1024),
      };
      queues.sendDeadLetter(this.mayLeave(job.fn, deadLetterArn), job.payload, attributes, reason);
    }
    const record = failureRecord(job, error, condition, timeline.nowMs());
    if (onFailureArn !== undefined) {
      queues.sendDeadLetter(this.mayLeave(job.fn, onFailureArn), record, {}, reason);
    } else if (deadLetterArn === undefined) {
      report({
        kind: 'dead-letter',
        queueName: undefined,
        reason: `${reason}, and no queue`,
        body: record,
      });
    }
  }

  /** Lambda sends there as the function's role; what it may not send is lost. */
  private mayLeave(fn: FunctionResource, queueArn: string): string {
    return this.options.authorize(asRoleOf(fn, 'sqs:SendMessage', queueArn)).allowed ? queueArn : '';
  }
}

/** What Lambda itself does in the name of a function's role. */
function asRoleOf({ name, roleArn }: FunctionResource, action: string, resource: string): AuthorizedCall {
  return { caller: { kind: 'function', functionName: name, roleArn, requestId: undefined }, action, resource };
}

function keyOf({ name, version }: FunctionResource): string {
  return `${name}:${version}`;
}
