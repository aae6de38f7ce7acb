/**
 * The cron triggers of a test's journeys, fired by its clock.
 *
 * Knows no engine: it says what is due. Invariant: each time of a schedule comes once, in the order of times.
 */
import { nextCronTime } from '../cron-times.js';
import type { EngineEvent } from '../engine/stored/event.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { type CronSchedule, cronSchedules } from '../journey/trigger/cron.js';
import { scheduledEvent } from '../journey/trigger/trigger-cron.js';

interface CronTimes {
  readonly journey: string;
  readonly cron: CronSchedule;
  nextMs: number | undefined;
}

export interface DueTime {
  readonly journey: string;
  readonly event: EngineEvent;
}

export class CronTriggers {
  private readonly all: readonly CronTimes[];

  /** @param fromMs times after that come. */
  constructor(definitions: readonly JourneyDefinition[], fromMs: number) {
    this.all = definitions.flatMap((definition) =>
      cronSchedules(definition).map((cron) => ({ journey: definition.id, cron, nextMs: nextTimeMs(cron, fromMs) })),
    );
  }

  nextMs(): number | undefined {
    const times = this.all.flatMap(({ nextMs }) => nextMs ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  takeDue(nowMs: number): DueTime[] {
    const due: DueTime[] = [];
    for (const times of this.all) {
      const { journey, cron, nextMs } = times;
      if (nextMs === undefined || nextMs > nowMs) continue;
      times.nextMs = nextTimeMs(cron, nextMs);
      const time = `${new Date(nextMs).toISOString().slice(0, 19)}Z`;
      const { id, name, source, data } = scheduledEvent(journey, cron, time);
      due.push({ journey, event: { id, name, source, data, timeMs: nextMs, hops: 0 } });
    }
    return due;
  }
}

function nextTimeMs({ schedule, timezone }: CronSchedule, afterMs: number): number | undefined {
  return nextCronTime(schedule, timezone, afterMs);
}
