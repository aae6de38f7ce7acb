/** Scenarios of waits for several events: what one wait needs of two, its deadline, what lies between them, and what it leaves. */
import { event, played, timersOf } from './deliveries.js';
import { answered, journey, ready } from './journeys.js';
import type { Scenario } from './scenario.js';

const running = played(event('T', 1));
/** The first of its events has come, at this second. */
const begun = (s: number) => played(event('T', 1), event('A', s));

export const several: Scenario[] = [
  {
    name: 'two events that one wait needs',
    journey: journey(ready(5_000)),
    before: running,
    nowS: 3,
    dues: () => [event('A', 2), event('B', 3)],
  },
  {
    name: 'the last event that a wait needs against its timer',
    journey: journey(ready(10)),
    before: begun(2),
    nowS: 11,
    dues: (world) => [event('B', 10), ...timersOf(world, 'ready')],
  },
  {
    name: 'the last event that a wait needs against an earlier one of the first',
    journey: journey(ready(5_000)),
    before: begun(3),
    nowS: 4,
    dues: () => [event('B', 4), event('A', 2)],
  },
  {
    name: 'the last event that a wait needs against a cancellation between the two',
    journey: journey(ready(5_000)),
    before: begun(2),
    nowS: 4,
    dues: () => [event('B', 4), event('X', 3)],
  },
  {
    name: 'two events for a wait that takes either, and one behind it',
    journey: journey(answered),
    before: running,
    nowS: 3,
    dues: () => [event('A', 2), event('B', 3)],
  },
];
