/**
 * Scenarios of runs that are let go with code still to run: handed over to a timer when time is short, or written away after an
 * exception, so that whoever comes next goes on.
 */
import { event } from './deliveries.js';
import { journey, slowSteps, welcome } from './journeys.js';
import type { Scenario } from './scenario.js';
import type { ExploredWorld } from './world.js';

/** T1 has run its step; the call that sets its wait's timer has just failed, and it is about to write its lease away. */
async function thrown(world: ExploredWorld): Promise<void> {
  await world.add(event('T', 1));
  for (let [choice] = world.choices(); ; [choice] = world.choices()) {
    if (choice?.do !== 'call') throw new Error('T1 did not come to the call that sets the timer of its wait');
    if (choice.what === 'set') break;
    await world.make(choice);
  }
  world.faults.calls += 1;
  await world.make({ do: 'call', who: 'T1', what: 'set', fate: 'fails' });
}

const afterAnException = {
  journey: journey(welcome(5_000)),
  before: thrown,
  nowS: 2,
};

export const lettingGo: Scenario[] = [
  {
    name: 'handing over against a purchase',
    journey: journey(slowSteps),
    nowS: 2,
    dues: () => [event('T', 1), event('P', 2)],
  },
  {
    name: 'handing over against a cancellation',
    journey: journey(slowSteps),
    nowS: 2,
    dues: () => [event('T', 1), event('X', 2)],
  },
  {
    name: 'handing over beside the timer that goes on',
    journey: journey(slowSteps),
    nowS: 2,
    goTimersFire: true,
    dues: () => [event('T', 1)],
  },
  {
    name: 'an invocation too short for a step against a purchase',
    journey: journey(welcome(5_000)),
    nowS: 2,
    dues: () => [event('T', 1, { timeoutS: 20 }), event('P', 2)],
  },
  {
    ...afterAnException,
    name: 'a run written away after an exception against a purchase',
    dues: () => [event('P', 2)],
  },
  {
    ...afterAnException,
    name: 'a run written away after an exception against a cancellation',
    dues: () => [event('X', 2)],
  },
  {
    ...afterAnException,
    name: 'a run written away after an exception against a newer trigger',
    dues: () => [event('T', 2)],
  },
  {
    ...afterAnException,
    name: 'a run written away after an exception against an event that nobody awaits',
    dues: () => [event('A', 2)],
  },
];
