/** The model of docs/scale.md: its sums, and that the page says what it says. `UPDATE_PAGES=1` writes the page's tables. */
import { breaksFirst, cartRun, herdLateS, hotKey, load, lookUnits, waiting } from '../../lib/inspect/scale.js';
import { scaleTables } from '../../lib/inspect/scale-page.js';
import { printedBlocks, updatePage } from './generated.js';

const of = (eventsPerS: number, what: string) => load(eventsPerS).find((use) => use.what === what);

test('a load follows from events per second: two thirds start a run, which writes three units', () => {
  expect(of(1_500, 'write units per second')).toMatchObject({ used: 3_000, quota: 40_000, share: 0.075 });
  expect(of(1_500, 'CreateSchedule per second')).toMatchObject({ used: 1_000, quota: 5_000 });
  expect(of(1_500, 'timers that fire per second')).toMatchObject({ used: 500, quota: 1_000 });
  expect(of(1_500, 'concurrent invocations')?.used).toBeCloseTo(160);
});

test('schedules that wait are runs per second times how long they wait', () => {
  expect(of(15, 'schedules that wait')).toMatchObject({ used: 10 * 18 * 3_600, quota: 10_000_000 });
});

test('at ten events per second nothing is near its quota; at a thousand the number of schedules is the first to break', () => {
  expect(breaksFirst(load(10))[0]!.share).toBeLessThan(0.05);
  expect(breaksFirst(load(10))).toHaveLength(1);
  expect(breaksFirst(load(1_000)).map(({ what }) => what)).toEqual(['schedules that wait']);
});

test('at a hundred thousand everything but PutEvents is over its quota, the worst first', () => {
  const over = breaksFirst(load(100_000));
  expect(over).toHaveLength(8);
  expect(over.map(({ share }) => share)).toEqual(over.map(({ share }) => share).sort((a, b) => b - a));
  expect(of(100_000, 'PutEvents requests per second')!.share).toBe(1);
});

test('a hundred million waiting runs are ten times the schedules that are granted, and cost only their storage', () => {
  const { schedulesShare, tableGb, usdPerMonth, firesPerS } = waiting(1e8);
  expect(schedulesShare).toBe(10);
  expect(tableGb).toBe(80);
  expect(usdPerMonth).toBeCloseTo(36);
  expect(firesPerS(86_400)).toBeCloseTo(578.7, 1);
});

test('a million timers of one minute are late by up to 17 minutes', () => {
  expect(herdLateS(1e6)).toBe(1_000);
});

test('one key takes 500 triggers per second, and its past is read whole in journeys that are not latest-wins', () => {
  expect(hotKey().latestWinsPerS).toBe(500);
  expect(lookUnits(0)).toBe(1);
  expect(lookUnits(100)).toBe(15);
});

test('docs/scale.md has the tables that the model prints', () => {
  updatePage('docs/scale.md', scaleTables());
  expect(printedBlocks('docs/scale.md')).toEqual(scaleTables());
});

test('docs/scale.md names the load that it is about', () => {
  expect(cartRun).toMatchObject({ events: 1.5, invocations: 2, openS: 64_800 });
});
