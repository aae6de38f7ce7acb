/**
 * Unix cron expressions of five fields, checked, and said again as EventBridge Scheduler says them.
 *
 * Knows no journey and no clock. Invariants: what Scheduler cannot do is refused, never bent (unix takes day of month OR day
 * of week where both are given, Scheduler takes one of them); a list of values says the same in both, so steps, ranges
 * and names become lists.
 */
import { limits } from '../../limits.js';
import { JourneyError } from '../errors.js';

type FiveFields = readonly [Values, Values, Values, Values, Values];
type Values = readonly number[];

interface Field {
  readonly what: string;
  readonly first: number;
  readonly last: number;
  readonly names?: readonly string[];
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const fields: readonly Field[] = [
  { what: 'minute', first: 0, last: 59 },
  { what: 'hour', first: 0, last: 23 },
  { what: 'day of month', first: 1, last: 31 },
  { what: 'month', first: 1, last: 12, names: months },
  // 7 is Sunday, too.
  { what: 'day of week', first: 0, last: 7, names: weekdays },
];
const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * @param journey its id; undefined where it is not known yet.
 * @returns Scheduler's expression of the same times, `cron(0 9 ? * 2,3,4,5,6 *)`. @throws JourneyError InvalidCron
 */
export function schedulerExpression(cron: string, journey: string | undefined): string {
  const refuse = (what: string, expected: string, fix: string): JourneyError =>
    new JourneyError('InvalidCron', {
      what: `A cron trigger${journey === undefined ? '' : ` of journey '${journey}'`} ${what}.`,
      got: cron,
      expected,
      fix,
    });
  const parts = cron.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    const expected = 'five fields: minute, hour, day of month, month, day of week';
    throw refuse('cannot be read', expected, "write for example '0 9 * * 1-5'");
  }
  const [minutes, hours, days, inMonths, onDays] = fields.map((field, i): readonly number[] => {
    const values = valuesOf(parts[i]!, field);
    if (values !== undefined) return values;
    const range = `${field.first} to ${field.last}${field.names ? ` or ${field.names.join(', ')}` : ''}`;
    const expected = `${range}, with *, ranges (1-5), lists (1,15) and steps (*/15)`;
    throw refuse(
      `has a ${field.what} that cannot be read ('${parts[i]}')`,
      expected,
      "write for example '0 9 * * 1-5': at nine o'clock, Monday to Friday",
    );
  }) as unknown as FiveFields;
  const anyDay = days.length === 31;
  const weekly = new Set(onDays.map((day) => day % 7));
  const anyWeekday = weekly.size === 7;
  if (!anyDay && !anyWeekday) {
    const fix = 'make two cron triggers of it, or keep one of the two and look at the date in the code';
    throw refuse('says both a day of month and a day of week', 'one of them *: Scheduler has no "or"', fix);
  }
  if (!inMonths.some((month) => days.some((day) => day <= daysOfMonth[month - 1]!))) {
    throw refuse(
      'names a day that never comes',
      'a day that its months have',
      "write for example '0 9 28 2 *': the 28th of February",
    );
  }
  const weekdaysThere = [...weekly].sort((a, b) => a - b).map((day) => day + 1);
  const days6 = anyWeekday ? [listOf(days, 31), '?'] : ['?', weekdaysThere.join(',')];
  const expression = `cron(${[listOf(minutes, 60), listOf(hours, 24), days6[0], listOf(inMonths, 12), days6[1], '*'].join(' ')})`;
  if (expression.length > limits.scheduleExpressionChars) {
    const expected = `at most ${limits.scheduleExpressionChars} characters as Scheduler's list of values`;
    throw refuse('is too long', expected, 'make two cron triggers of it');
  }
  return expression;
}

function listOf(values: readonly number[], all: number): string {
  return values.length === all ? '*' : values.join(',');
}

/** @returns the values that a field means, in order; undefined where it cannot be read. */
function valuesOf(text: string, field: Field): number[] | undefined {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [, range = '', step] = /^([^/]+)(?:\/([1-9]\d?))?$/.exec(part) ?? [];
    const bounds = boundsOf(range, field, step !== undefined);
    if (!bounds) return undefined;
    for (let value = bounds[0]; value <= bounds[1]; value += Number(step ?? 1)) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

function boundsOf(range: string, field: Field, stepped: boolean): readonly [number, number] | undefined {
  const { first, last, names } = field;
  // Sunday once, as 0.
  if (range === '*') return [first, names === weekdays ? 6 : last];
  const [from, to, ...more] = range.split('-').map((text) => fieldValue(text, field));
  if (from === undefined || more.length > 0) return undefined;
  if (!range.includes('-')) return [from, stepped ? last : from];
  return to === undefined || to < from ? undefined : [from, to];
}

function fieldValue(text: string, { first, last, names }: Field): number | undefined {
  const named = names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + first;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= first && value <= last ? value : undefined;
}
