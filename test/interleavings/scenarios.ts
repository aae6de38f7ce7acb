/**
 * The scenarios: which invocations are under way at once, and which faults may strike. What T, U, X, A, B and P do is said with
 * the journeys; digits are event times in seconds after ten.
 */
import { event, firedTwice, played, timersOf } from './deliveries.js';
import { floors } from './floors.js';
import {
  both,
  cart,
  journey,
  latestWins,
  order,
  race,
  raceThenWait,
  renewed,
  sender,
  twoSteps,
  welcome,
} from './journeys.js';
import { lettingGo } from './letting-go.js';
import { partitions } from './partitions.js';
import { type Scenario, withFaults } from './scenario.js';
import { several } from './several.js';
import { Violation } from './watch.js';
import type { ExploredWorld } from './world.js';

const running = played(event('T', 1));

function oneWinner(world: ExploredWorld): void {
  for (const { trigger, steps, status } of world.records.runs())
    if (status === 'failed' || (steps.has('a') && steps.has('b')))
      throw new Violation(`the race of run ${trigger.id} has flipped`);
}

const basics: Scenario[] = [
  {
    name: 'trigger against purchase',
    journey: journey(cart(5_000)),
    nowS: 2,
    dues: () => [event('T', 1), event('P', 2)],
  },
  {
    name: 'trigger with a step against purchase',
    journey: journey(welcome(5_000)),
    nowS: 2,
    dues: () => [event('T', 1), event('P', 2)],
  },
  {
    name: 'trigger against a newer trigger',
    journey: journey(cart(5_000)),
    nowS: 2,
    dues: () => [event('T', 1), event('T', 2)],
  },
  {
    name: 'trigger with a step against a newer trigger',
    journey: journey(welcome(5_000)),
    nowS: 2,
    dues: () => [event('T', 1), event('T', 2)],
  },
  {
    name: 'purchase against timer',
    journey: journey(cart(10)),
    before: running,
    nowS: 11,
    dues: (world) => [event('P', 10), ...timersOf(world, 'P')],
  },
  {
    name: 'purchase against a later cancellation',
    journey: journey(order),
    before: running,
    nowS: 3,
    dues: () => [event('P', 2), event('X', 3)],
  },
  {
    name: 'purchase against an earlier cancellation',
    journey: journey(order),
    before: running,
    nowS: 3,
    dues: () => [event('P', 3), event('X', 2)],
  },
  {
    name: 'two purchases',
    journey: journey(order),
    before: running,
    nowS: 3,
    dues: () => [event('P', 2), event('P', 3)],
  },
  {
    name: 'a run whose step is executing against its cancellation',
    journey: journey(welcome(5_000)),
    nowS: 2,
    dues: () => [event('T', 1), event('X', 2)],
  },
  {
    name: 'a run of two steps against its cancellation',
    journey: journey(twoSteps),
    nowS: 2,
    dues: () => [event('T', 1), event('X', 2)],
  },
  {
    name: 'two events for a race',
    journey: journey(race),
    before: running,
    nowS: 3,
    dues: () => [event('A', 2), event('B', 3)],
  },
  {
    name: 'two events for a race whose run goes on',
    journey: journey(raceThenWait),
    before: running,
    nowS: 3,
    dues: () => [event('A', 2), event('B', 3)],
    finally: oneWinner,
  },
  {
    name: 'two events for all',
    journey: journey(both),
    before: running,
    nowS: 3,
    dues: () => [event('A', 2), event('B', 3)],
  },
];

const duplicates: Scenario[] = [
  {
    name: 'a trigger delivered twice',
    journey: journey(welcome(5_000)),
    nowS: 2,
    dues: () => [event('T', 1), event('T', 1, { label: 'T1 twin' })],
  },
  {
    name: 'a trigger delivered again when its run is over',
    journey: journey(cart(5_000)),
    before: running,
    nowS: 3,
    dues: () => [event('P', 2), event('T', 1, { label: 'T1 twin' })],
  },
  {
    name: 'a purchase delivered twice',
    journey: journey(order),
    before: running,
    nowS: 3,
    dues: () => [event('P', 2), event('P', 2, { label: 'P2 twin' })],
  },
  {
    name: 'a cancellation delivered twice',
    journey: journey(order),
    before: running,
    nowS: 3,
    dues: () => [event('X', 2), event('X', 2, { label: 'X2 twin' })],
  },
];

const timers: Scenario[] = [
  {
    name: 'a timer that fires twice',
    journey: journey(cart(10)),
    before: running,
    nowS: 12,
    dues: (world) => firedTwice(world, 'P'),
  },
  {
    name: 'a timer 3 s early against a purchase',
    journey: journey(cart(20)),
    before: running,
    nowS: 10,
    dues: (world) => [event('P', 10), ...timersOf(world, 'P', { atS: 20 })],
  },
  {
    name: 'a timer 10 s early against a purchase',
    journey: journey(cart(20)),
    before: running,
    nowS: 10,
    dues: (world) => [event('P', 10), ...timersOf(world, 'P', { atS: 13 })],
  },
  {
    name: 'a look whose answer comes after the deadline against the timer',
    journey: journey(cart(10)),
    before: running,
    nowS: 10,
    lateAnswers: true,
    dues: (world) => [event('A', 9), ...timersOf(world, 'P')],
  },
  {
    name: 'a purchase beside a look whose answer comes after the deadline',
    journey: journey(cart(10)),
    before: running,
    nowS: 10,
    lateAnswers: true,
    dues: (world) => [event('A', 9), event('P', 10), ...timersOf(world, 'P')],
  },
  {
    name: 'the orphan timer of a dead attempt against a purchase',
    journey: journey(welcome(100)),
    before: async (world) => {
      await world.add(event('T', 1));
      for (let [choice] = world.choices(); ; [choice] = world.choices()) {
        if (choice?.do !== 'call') throw new Error('T1 did not come to the write that shows its wait');
        if (choice.what === 'commit') break;
        await world.make(choice);
      }
      world.faults.crashes += 1;
      await world.make({ do: 'dies', who: 'T1', what: 'commit' });
      await played()(world);
    },
    nowS: 200,
    dues: (world) => [event('P', 200), ...timersOf(world, 'P').slice(0, 1)],
  },
];

const sentOnce = (world: ExploredWorld): void => {
  if (new Set(world.sent.map(({ id, timeMs, hops }) => `${id} ${timeMs} ${hops}`)).size > 1)
    throw new Violation('a repeated send is another event');
};
const sentEvents: Scenario[] = [
  {
    name: 'a run that sends what it awaits against a cancellation',
    journey: journey(sender),
    nowS: 2,
    dues: () => [event('T', 1), event('X', 2)],
    finally: sentOnce,
  },
  {
    name: 'a run that sends what it awaits, delivered twice',
    journey: journey(sender),
    nowS: 2,
    dues: () => [event('T', 1), event('T', 1, { label: 'T1 twin' })],
    finally: sentOnce,
  },
  {
    name: 'a run that sends its own trigger, in the same second',
    journey: latestWins(renewed),
    nowS: 2,
    dues: () => [event('T', 1, { id: 'zzz' }), event('P', 2)],
  },
];

const ties: Scenario[] = [
  {
    name: 'two triggers of one second',
    journey: journey(welcome(5_000)),
    nowS: 2,
    dues: () => [event('T', 1, { id: 'b' }), event('T', 1, { id: 'a' })],
  },
  {
    name: 'purchase and newer trigger of one second',
    journey: journey(cart(5_000)),
    before: running,
    nowS: 3,
    dues: () => [event('P', 3, { id: 'a' }), event('T', 3, { id: 'z' })],
  },
  {
    name: 'purchase and cancellation of one second',
    journey: journey(order),
    before: running,
    nowS: 3,
    dues: () => [event('P', 3), event('X', 3)],
  },
  {
    name: 'trigger and cancellation of one second',
    journey: journey(welcome(5_000)),
    nowS: 3,
    dues: () => [event('T', 3), event('X', 3)],
  },
  {
    name: 'purchase of the second of a deadline against its timer',
    journey: journey(cart(10)),
    before: running,
    nowS: 11,
    dues: (world) => [event('P', 11), ...timersOf(world, 'P')],
  },
];

/** Three at once, without faults. */
const three: Scenario[] = [
  {
    name: 'trigger, newer trigger and purchase',
    journey: journey(cart(5_000)),
    nowS: 3,
    dues: () => [event('T', 1), event('T', 2), event('P', 3)],
  },
  {
    name: 'three triggers of a latest-wins journey',
    journey: latestWins(cart(5_000)),
    nowS: 3,
    dues: () => [event('T', 1), event('T', 2), event('T', 3)],
  },
];

/** Runs that send have states by the hundred thousand under faults. */
const mostStates = 20_000;

/** Below a floor and with torn pages a fault multiplies what there is to explore: one death is enough for most of them. */
function budgeted(scenario: Scenario): Scenario[] {
  const { name, pageEntries, lateAnswers } = scenario;
  if (pageEntries === 2 || lateAnswers || name.includes('awaits, delivered twice')) return withFaults(scenario, 1);
  const many = name.includes('step against a newer one') || name.includes('for all') || name.includes('takes either');
  const [faultless, ...faulty] = withFaults(scenario, many ? 2 : 3);
  return [faultless!, ...faulty.map((each) => (name.includes('sends') ? { ...each, mostStates } : each))];
}

export const scenarios: readonly Scenario[] = [
  ...[
    ...basics,
    ...several,
    ...duplicates,
    ...timers,
    ...floors,
    ...lettingGo,
    ...sentEvents,
    ...ties,
    ...partitions,
  ].flatMap(budgeted),
  ...three,
];
