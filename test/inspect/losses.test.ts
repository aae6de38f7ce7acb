/** What is a loss, in sentences; the counts and fates are given. The command itself is tried in test/e2e/losses.slow.test.ts. */
import { timerNamePrefix } from '../../lib/engine/stored/key.js';
import { type JourneyLoss, type LossFacts, lossesOf, RunTally, TimerTally } from '../../lib/inspect/losses.js';

const nothing: JourneyLoss = {
  journey: 'cart',
  isDeployed: true,
  activeRuns: 0,
  timers: 0,
  endedRuns: 0,
  runsFate: 'stays',
  timersFate: 'stays',
};
const told = (journey: Partial<JourneyLoss>, more: Partial<LossFacts> = {}) =>
  lossesOf({
    journeys: [{ ...nothing, ...journey }],
    letters: { people: 0, automatic: 0, fate: 'stays' },
    otherTimers: 0,
    keysThatGo: [],
    ...more,
  }).sentences;

test('nothing is lost where nothing waits, whatever goes with the stack', () => {
  expect(told({ runsFate: 'goes', timersFate: 'goes' }, { keysThatGo: ['k'] })).toEqual([]);
  expect(told({ endedRuns: 5 })).toEqual([]);
});

test.each<[string, Partial<JourneyLoss>, Partial<LossFacts>, RegExp]>([
  [
    'runs at work, without a timer',
    { activeRuns: 2 },
    {},
    /^2 runs of cart wait: their function goes with the stack, so/,
  ],
  ['one timer', { activeRuns: 1, timers: 1 }, {}, /its timer stays but fires at nothing, so it will never go on/],
  ['timers without runs', { timers: 2 }, {}, /^2 timers of cart are set without an active run/],
  ['timers of nobody', {}, { otherTimers: 1 }, /^1 timer of no journey here is in their group/],
  ['a template that cannot be read', { activeRuns: 1, runsFate: 'unknown' }, {}, /cannot be told/],
  ['ended runs where it cannot be read', { endedRuns: 1, runsFate: 'unknown' }, {}, /^1 ended run of cart may be gone/],
  ['the key of what stays', { endedRuns: 1 }, { keysThatGo: ['k-1'] }, /^With the stack goes the key k-1/],
  ['dead letters', {}, { letters: { people: 1, automatic: 2, fate: 'goes' } }, /^3 dead letters are kept .* queues go/],
])('a loss: %s', (_, journey, more, sentence) => {
  expect(told(journey, more)).toEqual([expect.stringMatching(sentence)]);
});

test('runs are counted with the latest deadline that is open, timers by the names of their journeys', () => {
  const runs = new RunTally();
  const step = (state: 'waiting' | 'timedOut', deadlineMs: number) =>
    ({ kind: 'sleep', state, sinceMs: 0, deadlineMs }) as never;
  const steps = (...all: never[]) => new Map(all.map((one, at) => [String(at), one]));
  runs.add({
    status: 'active',
    steps: steps(step('waiting', 7_000), step('waiting', 9_000), step('timedOut', 20_000)),
  });
  runs.add({ status: 'active', steps: steps(step('waiting', 3_000)) });
  runs.add({ status: 'completed', steps: steps() });
  expect(runs.counts).toEqual({ activeRuns: 2, endedRuns: 1, lastDeadline: '1970-01-01T00:00:09.000Z' });
  const timers = new TimerTally();
  for (const name of [`${timerNamePrefix('cart')}-1`, `${timerNamePrefix('cart')}-2`, 'mine', 'ffffffff-1'])
    timers.add(name);
  expect([timers.of('cart'), timers.of('lead'), timers.others(['cart', 'lead'])]).toEqual([2, 0, 2]);
});
