/**
 * Cron triggers: a journey that is started by the clock. docs/triggers.md, docs/decisions/037.
 *
 * Owns: what an author writes (`{ cron }`, `cron()`), what the definition keeps, and the event that such a trigger is. Invariant:
 * the event's id and time follow from journey, expression and scheduled time, so a time that is delivered twice is one run.
 */
import { schedulerExpression } from './cron-expression.js';
import { JourneyError } from './errors.js';
import { type EventRef, type EventType, eventType } from './event.js';

/** A time that starts a run, again and again. */
export interface CronTrigger {
  /** Five fields of unix cron; `TZ=Europe/Paris 0 9 * * 1-5` names a time zone. */
  readonly cron: string;
  /** An IANA time zone, such as 'Europe/Paris'. Default 'UTC'. */
  readonly timezone?: string;
}

/** Data of a run's trigger where that is a time. */
export interface ScheduledData {
  readonly cron: string;
  readonly timezone: string;
  /** ISO 8601: the time of the schedule, whenever it was delivered. */
  readonly scheduledAt: string;
}

/** The event of a run that a time has started. */
export type ScheduledTimer = EventType<'sojourn/scheduled.timer', ScheduledData>;

/** The trigger of a run that was started by the clock. */
export const scheduledTimer = eventType('sojourn/scheduled.timer') as ScheduledTimer;

/** As JSON. */
export interface CronDefinition {
  readonly cron: string;
  readonly timezone: string;
  /** The same for EventBridge Scheduler. */
  readonly schedule: string;
}

/** A cron trigger whose runs' `event` has a type: `triggers: [cron('0 9 * * 1-5', { timezone: 'Europe/Paris' })]`. */
export function cron(
  expression: string,
  options: { readonly timezone?: string } = {},
): CronTrigger & { readonly event: ScheduledTimer } {
  return { event: scheduledTimer, cron: expression, ...options };
}

type WithEvents<Options> = Omit<Options, 'triggers'> & { readonly triggers: readonly { readonly event: EventRef }[] };

/** A journey's options, its cron triggers taken out of them. @throws JourneyError InvalidCron */
export function withoutCrons<Options extends { readonly id: string; readonly triggers: readonly unknown[] }>(
  given: Options,
): { readonly options: WithEvents<Options>; readonly crons: readonly CronDefinition[] } {
  const options = given as unknown as WithEvents<Options>;
  if (!Array.isArray(given.triggers)) return { options, crons: [] };
  const timed = given.triggers.filter(isCron);
  if (timed.length === 0) return { options, crons: [] };
  const crons = timed.map((trigger) => cronOf(trigger, given.id));
  const same = crons.find((one, i) =>
    crons.some((other, j) => j < i && other.schedule === one.schedule && other.timezone === one.timezone),
  );
  if (same) throw invalid(given.id, 'names a time twice', same.cron, 'each time once', 'remove one of them');
  return { options: { ...options, triggers: given.triggers.filter((trigger) => !isCron(trigger)) }, crons };
}

/** The event that starts a run at a time of the schedule; `time` in whatever writing (a placeholder of Scheduler's, say). */
export function scheduledEvent(journey: string, { cron: expression, timezone }: CronDefinition, time: string) {
  return {
    id: `cron:${journey}:${timezone}:${expression}:${time}`,
    name: scheduledTimer.name,
    source: 'sojourn.schedule',
    time,
    data: { cron: expression, timezone, scheduledAt: time },
  };
}

/** Whether it is a time that started a run, of a journey that is started by the clock. */
export function isScheduled({ crons }: { readonly crons?: readonly CronDefinition[] }, eventName: string): boolean {
  return crons !== undefined && eventName === scheduledTimer.name;
}

function isCron(trigger: unknown): trigger is CronTrigger {
  return typeof trigger === 'object' && trigger !== null && 'cron' in trigger;
}

function cronOf(trigger: CronTrigger, id: string): CronDefinition {
  const unknown = Object.keys(trigger).find((name) => !['cron', 'timezone', 'event'].includes(name));
  if (
    unknown !== undefined ||
    (trigger as { event?: unknown }).event !== (('event' in trigger && scheduledTimer) || undefined)
  )
    throw invalid(id, 'has more than a time', trigger, '{ cron, timezone? }', `leave '${unknown ?? 'event'}' out`);
  if (typeof trigger.cron !== 'string') throw invalid(id, 'is no text', trigger.cron, "'0 9 * * 1-5'", 'write one');
  const [, inline, expression = ''] = /^(?:TZ=(\S+)\s+)?(.*)$/s.exec(trigger.cron.trim()) ?? [];
  if (inline !== undefined && trigger.timezone !== undefined && inline !== trigger.timezone) {
    throw invalid(id, 'has two time zones', [inline, trigger.timezone], 'one', "leave TZ= out, or 'timezone'");
  }
  const timezone = trigger.timezone ?? inline ?? 'UTC';
  if (!isTimezone(timezone)) {
    throw invalid(id, 'has a time zone that is none', timezone, "an IANA name such as 'Europe/Paris'", 'mend it');
  }
  const five = expression.trim().replaceAll(/\s+/g, ' ');
  return { cron: five, timezone, schedule: schedulerExpression(five, id) };
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

function invalid(id: string, what: string, got: unknown, expected: string, fix: string): JourneyError {
  return new JourneyError('InvalidCron', { what: `A cron trigger of journey '${id}' ${what}.`, got, expected, fix });
}
