/**
 * `cron()`, and the checks of cron triggers: when the author calls it, at synth, and where a test world is made.
 *
 * No handler has it that does not call it. Invariant: what passes here, EventBridge Scheduler takes.
 */

import { JourneyError } from '../errors.js';
import { type EventType, eventType } from '../event.js';
import { schedulerExpression } from './cron-expression.js';
import { type CronDefinition, type CronTrigger, scheduledTimerName, withoutCrons } from './trigger-cron.js';

/** Data of a run's trigger where that is a time. */
export interface ScheduledData {
  /** As it stands in the trigger: Scheduler's six fields, or five, which are made six. */
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
  /** ISO 8601: the time of the schedule, whenever it was delivered. */
  readonly scheduledAt: string;
}

/** The event of a run that a time has started. */
export type ScheduledTimer = EventType<'sojourn/scheduled.timer', ScheduledData>;

/** A cron trigger with Scheduler's expression of the same times. */
export interface CronSchedule extends CronDefinition {
  readonly schedule: string;
}

/**
 * A cron trigger whose runs' `event` has a type: `triggers: [cron('0 9 * * 1-5', { timezone: 'Europe/Paris' })]`.
 * @throws JourneyError InvalidCron
 */
export function cron(
  expression: string,
  options: { readonly timezone?: string } = {},
): CronTrigger & { readonly event: ScheduledTimer } {
  const trigger = { event: eventType(scheduledTimerName) as ScheduledTimer, cron: expression, ...options };
  cronSchedules({ crons: withoutCrons({ triggers: [trigger] }).crons });
  return trigger;
}

/** The schedules of a journey's cron triggers. @throws JourneyError InvalidCron */
export function cronSchedules({
  id,
  crons = [],
}: {
  /** Left out by `cron()`, which is called before there is a journey. */
  readonly id?: string;
  readonly crons?: readonly CronDefinition[];
}): CronSchedule[] {
  const schedules = crons.map((one) => checked(id, one));
  const times = schedules.map(({ schedule, timezone }) => `${schedule} ${timezone}`);
  const twice = schedules.find((_, i) => times.indexOf(times[i]!) !== i);
  if (twice) throw invalid(id, 'names a time twice', twice.cron, 'each time once', 'remove one of them');
  return schedules;
}

function checked(id: string | undefined, { cron: expression, timezone, ...unknown }: CronDefinition): CronSchedule {
  const [other] = Object.keys(unknown);
  if (other !== undefined)
    throw invalid(id, 'has more than a time', other, '{ cron, timezone? }', `leave '${other}' out`);
  if (!isTimezone(timezone)) {
    throw invalid(
      id,
      'has a time zone that is none',
      timezone,
      "one IANA name such as 'Europe/Paris'",
      "write for example timezone: 'Europe/Paris'",
    );
  }
  return { cron: expression, timezone, schedule: schedulerExpression(expression, id) };
}

function isTimezone(name: unknown): boolean {
  // Offsets ('+02:00') are none to Scheduler.
  if (typeof name !== 'string' || !/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function invalid(id: string | undefined, what: string, got: unknown, expected: string, fix: string): JourneyError {
  return new JourneyError('InvalidCron', {
    what: `A cron trigger${id === undefined ? '' : ` of journey '${id}'`} ${what}.`,
    got,
    expected,
    fix,
  });
}
