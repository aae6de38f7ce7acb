/**
 * Cron triggers: a journey that is started by the clock. docs/triggers.md, docs/decisions/037.
 *
 * Owns: what a definition keeps of them, and the event that such a trigger is. It is in every handler, so what checks and
 * converts expressions is not here (cron.ts). Invariant: the event's id and time follow from journey, expression and scheduled
 * time, so a time that is delivered twice is one run.
 */
import type { EventRef } from '../event.js';

/** A time that starts a run, again and again. */
export interface CronTrigger {
  /** Five fields of unix cron; `TZ=Europe/Paris 0 9 * * 1-5` names a time zone. */
  readonly cron: string;
  /** An IANA time zone, such as 'Europe/Paris'. Default 'UTC'. */
  readonly timezone?: string;
}

/** Name of the event that starts a run at a time. */
export const scheduledTimerName = 'sojourn/scheduled.timer';

/** A cron trigger as JSON: what the author wrote, unchecked but by `cron()`. */
export interface CronDefinition {
  /** Scheduler's six fields. */
  readonly cron: string;
  /** IANA name; 'UTC' unless said otherwise. */
  readonly timezone: string;
}

type WithEvents<Options> = Omit<Options, 'triggers'> & { readonly triggers: readonly { readonly event: EventRef }[] };

/** A journey's options, its cron triggers taken out of them. */
export function withoutCrons<Options extends { readonly triggers: readonly unknown[] }>(
  given: Options,
): { readonly options: WithEvents<Options>; readonly crons: readonly CronDefinition[] } {
  const options = given as unknown as WithEvents<Options>;
  if (!Array.isArray(given.triggers)) return { options, crons: [] };
  const crons = given.triggers.filter(isCron).map(cronOf);
  if (crons.length === 0) return { options, crons };
  return { options: { ...options, triggers: given.triggers.filter((trigger) => !isCron(trigger)) }, crons };
}

/** The event that starts a run at a time of the schedule; `time` in whatever writing (a placeholder of Scheduler's, say). */
export function scheduledEvent(journey: string, { cron: expression, timezone }: CronDefinition, time: string) {
  return {
    id: `cron:${journey}:${timezone}:${expression}:${time}`,
    name: scheduledTimerName,
    source: 'sojourn.schedule',
    time,
    data: { cron: expression, timezone, scheduledAt: time },
  };
}

/** Whether it is a time that started a run, of a journey that is started by the clock. */
export function isScheduled({ crons }: { readonly crons?: readonly CronDefinition[] }, eventName: string): boolean {
  return crons !== undefined && eventName === scheduledTimerName;
}

function isCron(trigger: unknown): trigger is CronTrigger {
  return typeof trigger === 'object' && trigger !== null && 'cron' in trigger;
}

/** A zone in the expression and one beside it are both kept: whoever checks it refuses that. */
function cronOf({
  cron,
  timezone,
  event: _typed,
  ...unknown
}: CronTrigger & { readonly event?: unknown }): CronDefinition {
  const [, inline, expression = ''] = /^(?:TZ=(\S+)\s+)?(.*)$/s.exec(String(cron).trim()) ?? [];
  const zone =
    inline !== undefined && timezone !== undefined && inline !== timezone ? `${inline} ${timezone}` : undefined;
  const five = expression.trim().replaceAll(/\s+/g, ' ');
  return { cron: five, timezone: zone ?? timezone ?? inline ?? 'UTC', ...unknown };
}
