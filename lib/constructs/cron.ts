/**
 * The schedules of a journey's cron triggers: what starts its runs by the clock.
 *
 * Owns: their names, expressions and inputs. Invariants: a schedule hands the live version an event whose id follows from
 * journey, expression and scheduled time; it lies in the hub's group, under the names of the journey's timers, so that the
 * role that fires those fires it; what it could not hand over ends where theirs does.
 */
import { createHash } from 'node:crypto';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { JourneyDefinition } from '../journey/definition.js';
import { type CronSchedule, cronSchedules } from '../journey/trigger/cron.js';
import { scheduledEvent } from '../journey/trigger/trigger-cron.js';
import { limits } from '../limits.js';
import type { JourneyHub } from './hub.js';
import { scheduleNameHash } from './permissions.js';

/** What Scheduler puts in its place: `2026-11-22T09:00:00Z`. */
const scheduledTime = '<aws.scheduler.scheduled-time>';
/** The most that Scheduler tries (CreateSchedule, RetryPolicy). */
const mostRetries = 185;

export interface CronProps {
  readonly hub: JourneyHub;
  readonly live: lambda.Alias;
  readonly schedulerRole: iam.IRole;
  readonly definition: JourneyDefinition;
  readonly retired: boolean;
}

/** @returns a schedule for each cron trigger; none of a retired journey, which begins no runs. */
export function createCronSchedules(scope: Construct, props: CronProps): scheduler.CfnSchedule[] {
  const crons = cronSchedules(props.definition);
  return props.retired ? [] : crons.map((cron) => createSchedule(scope, cron, props));
}

function createSchedule(
  scope: Construct,
  cron: CronSchedule,
  { hub, live, schedulerRole, definition }: CronProps,
): scheduler.CfnSchedule {
  const hash = createHash('sha256').update(`${cron.timezone}\n${cron.schedule}`).digest('hex').slice(0, 16);
  return new scheduler.CfnSchedule(scope, `Cron${hash}`, {
    // The name says the time, so that another time is another schedule; and it begins as those of timers do.
    name: `${scheduleNameHash(definition.id)}-cron-${hash}`,
    groupName: hub.scheduleGroup.ref,
    description: `Starts the journey ${definition.id}: ${cron.cron} ${cron.timezone}`,
    scheduleExpression: cron.schedule,
    scheduleExpressionTimezone: cron.timezone,
    flexibleTimeWindow: { mode: 'OFF' },
    ...(hub.encryptionKey && { kmsKeyArn: hub.encryptionKey.keyArn }),
    target: {
      arn: live.functionArn,
      roleArn: schedulerRole.roleArn,
      input: JSON.stringify(envelope(definition.id, cron)),
      deadLetterConfig: { arn: hub.undeliveredTimers.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: limits.busRetryMs / 1_000, maximumRetryAttempts: mostRetries },
    },
  });
}

/** The event in the form in which EventBridge delivers one, so that the function takes it as any other. */
function envelope(journeyId: string, cron: CronSchedule): object {
  const { id, name, source, time, data } = scheduledEvent(journeyId, cron, scheduledTime);
  return { version: '0', id, 'detail-type': name, source, account: '', time, region: '', resources: [], detail: data };
}
