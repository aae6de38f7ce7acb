/**
 * Hand-offs: a rule or a schedule gives its payload to a target, tries again, or gives up to a dead-letter queue.
 *
 * Owns: the target kinds (function, queue), retries, the dead letter's attributes.
 * Must not know: patterns, schedules' names, what a function does with it: to hand over is all (what fails afterwards
 * is Lambda's business).
 * Invariant: a missing permission or target is never retried; everything else is, until the policy is exhausted.
 */

import { keyOfDueSchedule } from '../iam/encryption.js';
import type { QueueService } from '../queues/queues.js';
import type { Authorize, Caller, Faults } from '../seams.js';
import type { RetryPolicy } from '../template/resources.js';
import type { Trigger } from '../time/activity.js';
import type { SeededRandom } from '../time/random.js';
import type { Timeline } from '../time/timeline.js';
import type { FunctionService } from './functions.js';

export interface HandOff {
  readonly kind: 'rule' | 'schedule';
  /** ARN of the rule or schedule. */
  readonly sourceArn: string;
  /** The role that a schedule's hand-off assumes; a rule needs the function's permission instead. */
  readonly roleArn: string | undefined;
  /** The key that encrypts a schedule's payload. */
  readonly keyArn?: string | undefined;
  readonly targetArn: string;
  readonly payload: string;
  readonly trigger: Trigger;
  readonly retry: RetryPolicy;
  readonly deadLetterArn: string | undefined;
  /** Attributes of the dead letter, beside those of the error. */
  readonly deadLetterAttributes: Readonly<Record<string, string>>;
  /** Called once, when it is over: handed over or given up. */
  readonly onOver: () => void;
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

export interface HandOffOptions {
  readonly functions: FunctionService;
  readonly queues: QueueService;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly authorize: Authorize;
  readonly faults: Faults;
}

/** Longest pause between two tries. AWS says exponential with jitter; the numbers are ours. */
const longestBackOffMs = 15 * 60_000;

export class HandOffService {
  constructor(private readonly options: HandOffOptions) {}

  handOver(handOff: HandOff): void {
    this.attempt(handOff, 1, this.options.timeline.nowMs());
  }

  private attempt(handOff: HandOff, attempt: number, firstAtMs: number): void {
    const { kind, sourceArn, targetArn, payload } = handOff;
    const plan = this.options.faults.delivery({ kind, sourceArn, targetArn, payload, attempt });
    if ('failure' in plan) {
      this.afterFailure(handOff, attempt, firstAtMs, { ...plan.failure, retryable: true });
      return;
    }
    const failure = this.refusal(handOff);
    if (failure !== undefined) {
      this.afterFailure(handOff, attempt, firstAtMs, failure);
      return;
    }
    for (const { delayMs, onDelivered } of plan.copies) {
      const deliver = () => {
        this.deliver(handOff);
        onDelivered?.();
      };
      if (delayMs <= 0) deliver();
      else this.later('delayed-delivery', delayMs, handOff, deliver);
    }
    handOff.onOver();
  }

  /** Why this hand-off cannot be, or undefined. */
  private refusal({ targetArn, ...handOff }: HandOff): Failure | undefined {
    const isFunction = targetArn.includes(':lambda:');
    if (isFunction && this.options.functions.find(targetArn) === undefined) {
      return { code: 'NO_RESOURCE', message: `Function not found: ${targetArn}`, retryable: false };
    }
    const action = isFunction ? 'lambda:InvokeFunction' : 'sqs:SendMessage';
    const { keyArn, sourceArn } = handOff;
    const questions = [
      ...(keyArn === undefined ? [] : [keyOfDueSchedule(keyArn, sourceArn)]),
      { action, resource: targetArn },
    ];
    for (const question of questions) {
      const decision = this.options.authorize({ caller: callerOf(handOff), ...question });
      if (!decision.allowed) return { code: 'NO_PERMISSIONS', message: decision.message, retryable: false };
    }
    return undefined;
  }

  private deliver({ targetArn, payload, trigger, sourceArn }: HandOff): void {
    const fn = targetArn.includes(':lambda:') ? this.options.functions.find(targetArn) : undefined;
    if (fn !== undefined) this.options.functions.invokeAsync(fn, payload, trigger);
    else if (!this.options.queues.send(targetArn, payload, {})) {
      this.options.queues.sendDeadLetter(
        '',
        payload,
        {},
        `${sourceArn}: the sandbox does not know target ${targetArn}`,
      );
    }
  }

  private afterFailure(handOff: HandOff, attempt: number, firstAtMs: number, failure: Failure): void {
    const { timeline, random } = this.options;
    const backOffMs = Math.min(longestBackOffMs, 1000 * 2 ** Math.min(attempt - 1, 20));
    const jitterMs = random.numberFor(`back-off:${handOff.sourceArn}:${handOff.payload}:${attempt}`, 1000);
    const nextAtMs = timeline.nowMs() + backOffMs + jitterMs;
    const attemptsLeft = attempt <= handOff.retry.maximumRetryAttempts;
    const tooOld = nextAtMs - firstAtMs > handOff.retry.maximumEventAgeS * 1000;
    if (failure.retryable && attemptsLeft && !tooOld) {
      this.later('target-retry', nextAtMs - timeline.nowMs(), handOff, () =>
        this.attempt(handOff, attempt + 1, firstAtMs),
      );
      return;
    }
    const exhausted = failure.retryable
      ? { EXHAUSTED_RETRY_CONDITION: attemptsLeft ? 'MaximumEventAgeInSeconds' : 'MaximumRetryAttempts' }
      : {};
    const attributes = {
      ...handOff.deadLetterAttributes,
      TARGET_ARN: handOff.targetArn,
      ERROR_CODE: failure.code,
      ERROR_MESSAGE: failure.message,
      ...exhausted,
      RETRY_ATTEMPTS: String(attempt - 1),
    };
    const reason = `${handOff.sourceArn}: ${failure.code}: ${failure.message}`;
    this.options.queues.sendDeadLetter(this.mayLeave(handOff), handOff.payload, attributes, reason);
    handOff.onOver();
  }

  /** The queue of its dead letters, if it has one and may send there; what may not be left anywhere is lost. */
  private mayLeave(handOff: HandOff): string {
    const { deadLetterArn: resource } = handOff;
    if (resource === undefined) return '';
    const call = { caller: callerOf(handOff), action: 'sqs:SendMessage', resource };
    return this.options.authorize(call).allowed ? resource : '';
  }

  private later(kind: 'target-retry' | 'delayed-delivery', inMs: number, handOff: HandOff, start: () => void): void {
    const { timeline } = this.options;
    timeline.add({ kind, dueMs: timeline.nowMs() + inMs, what: `${handOff.sourceArn} to ${handOff.targetArn}` }, start);
  }
}

function callerOf({ kind, sourceArn, roleArn }: Pick<HandOff, 'kind' | 'sourceArn' | 'roleArn'>): Caller {
  const service = kind === 'rule' ? 'events' : 'scheduler';
  return { kind: 'service', service, sourceArn, ...(roleArn !== undefined && { roleArn }) };
}
