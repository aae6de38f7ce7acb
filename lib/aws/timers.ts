/**
 * The timers port on EventBridge Scheduler: one-shot schedules that invoke the journey's own function.
 *
 * Owns: the instant a schedule asks for, its target and its payload. Knows no run and takes no decision.
 * Invariants: a schedule never asks for an instant before its deadline and the margin; it deletes itself once it has
 * fired; its name alone makes it idempotent (Scheduler's client token does not).
 */
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { TimerPayload } from '../contract.js';
import type { Clock, Timer, Timers } from '../engine/ports.js';
import { type EngineEvent, isoSecond } from '../engine/stored/event.js';
import { limits } from '../limits.js';
import { withBackoff } from './backoff.js';
import { envelopeOf } from './delivery.js';

export interface SchedulerSettings {
  readonly groupName: string;
  readonly roleArn: string;
  readonly deadLetterArn: string;
  /** Encrypts what they carry; undefined: a key that AWS owns. */
  readonly keyArn?: string | undefined;
  /** What a run's timers invoke: this version of the function, where it has versions. */
  readonly functionArn: string;
  /** What an event is brought back to: the function of whatever version is live then. */
  readonly liveArn: string;
}

/** Scheduler's longest persistence (bc CreateSchedule RetryPolicy: 60 - 86,400 s, 0 - 185 attempts). */
const retryPolicy = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

export class SchedulerTimers implements Timers {
  constructor(
    private readonly client: SchedulerClient,
    private readonly settings: SchedulerSettings,
    private readonly clock: Clock,
  ) {}

  async set(timer: Timer): Promise<void> {
    const { name, run, step, attempt, deadlineMs } = timer;
    const atMs = this.atMs(deadlineMs);
    const payload: TimerPayload = { sojourn: 'timer', run, step, attempt, deadlineMs, atMs };
    await this.create(name, atMs, payload, this.settings.functionArn);
  }

  async bringBack(name: string, event: EngineEvent): Promise<void> {
    await this.create(name, this.atMs(event.timeMs), envelopeOf(event), this.settings.liveArn);
  }

  /** A conflict means that the schedule was created an instant ago and is not settled yet: it passes. */
  async drop(name: string): Promise<void> {
    let conflict: ConflictException | undefined;
    const dropped = await withBackoff(this.clock, async () => {
      try {
        await this.client.send(new DeleteScheduleCommand({ Name: name, GroupName: this.settings.groupName }));
        return true;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return true;
        if (!(error instanceof ConflictException)) throw error;
        conflict = error;
        return false;
      }
    });
    if (!dropped) throw conflict;
  }

  /** Whole seconds, since Scheduler takes no others, and never so close that it is past when it arrives. */
  private atMs(deadlineMs: number): number {
    const afterDeadlineMs = wholeSecondAtOrAfterMs(deadlineMs) + limits.timerMarginMs;
    return wholeSecondAtOrAfterMs(Math.max(afterDeadlineMs, this.clock.nowMs() + limits.timerMinLeadMs));
  }

  private async create(name: string, atMs: number, input: object, targetArn: string): Promise<void> {
    const { groupName, roleArn, deadLetterArn, keyArn } = this.settings;
    const create = new CreateScheduleCommand({
      Name: name,
      GroupName: groupName,
      ScheduleExpression: `at(${isoSecond(atMs).slice(0, -1)})`,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      ...(keyArn !== undefined && { KmsKeyArn: keyArn }),
      Target: {
        Arn: targetArn,
        RoleArn: roleArn,
        Input: literal(input),
        DeadLetterConfig: { Arn: deadLetterArn },
        RetryPolicy: retryPolicy,
      },
    });
    try {
      await this.client.send(create);
    } catch (error) {
      // The name says run, step, attempt and deadline: whoever created it meant the same.
      if (!(error instanceof ConflictException)) throw error;
    }
  }
}

/** Scheduler replaces `<aws.scheduler.…>` in an Input wherever it stands; somebody's data may say that, and has to stay. */
function literal(input: object): string {
  return JSON.stringify(input).replaceAll('<', '\\u003c');
}

function wholeSecondAtOrAfterMs(timeMs: number): number {
  return Math.ceil(timeMs / 1_000) * 1_000;
}
