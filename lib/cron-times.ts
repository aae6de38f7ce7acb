/**
 * The times that a cron expression of EventBridge Scheduler means, in its time zone.
 *
 * For worlds that fire schedules themselves: the sandbox and the test kit. No handler imports it. Knows no journey. Invariant:
 * Scheduler's rules where clocks are changed: a time that a day does not have is skipped, one that it has twice comes once.
 */
import { Cron } from 'croner';

/** Longest that clocks are put back, in minutes. */
const mostBackMin = 180;
/** A schedule that has no time within so many tries has none. */
const mostTries = 1_000;

/**
 * @param expression `cron(minutes hours day-of-month month day-of-week year)`.
 * @returns the first time after `afterMs`; undefined where there is none.
 * @throws TypeError, RangeError for what is no expression, or no time zone.
 */
export function nextCronTime(expression: string, timezone: string, afterMs: number): number | undefined {
  const [, text = ''] = /^cron\((.+)\)$/.exec(expression) ?? [];
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) throw new TypeError(`${expression} does not have the six fields of Scheduler`);
  const pattern = ['0', ...fields.map((field) => (field === '?' ? '*' : field))].join(' ');
  const times = new Cron(pattern, { timezone, paused: true, alternativeWeekdays: true });
  let time = times.nextRun(new Date(afterMs));
  for (let tries = 0; time && tries < mostTries; tries += 1) {
    if (times.match(time) && !cameBefore(time.getTime(), timezone)) return time.getTime();
    time = times.nextRun(time);
  }
  return undefined;
}

/** Whether the clock has shown this time of the day already: it was put back since. */
function cameBefore(timeMs: number, timezone: string): boolean {
  const back = offsetMin(timeMs - mostBackMin * 60_000, timezone) - offsetMin(timeMs, timezone);
  return back > 0 && offsetMin(timeMs - back * 60_000, timezone) !== offsetMin(timeMs, timezone);
}

function offsetMin(timeMs: number, timezone: string): number {
  const options = { timeZone: timezone, timeZoneName: 'longOffset' } as const;
  const name = new Intl.DateTimeFormat('en', options).formatToParts(timeMs).find(({ type }) => type === 'timeZoneName');
  const [, sign, hours = 0, minutes = 0] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name?.value ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
