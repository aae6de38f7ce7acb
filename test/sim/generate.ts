/**
 * Makes a history from a seed: journeys, events and fault rates. Times are few and round, so that ties and near misses are common.
 */
import { withCalls, withRefusals } from './call-maker.js';
import { Choices } from './chance.js';
import { withClock } from './clock.js';
import { correlated } from './correlate.js';
import { withDates } from './dates.js';
import { callFaults, type FaultKind, otherFaults } from './faults.js';
import { withFilters } from './filters.js';
import type { History, SimEvent } from './history.js';
import { JourneyMaker } from './journey-maker.js';
import { awaitedBy, type EventName, type JourneySpec, type Node, nodesOf, type Program } from './program.js';
import { withSchemas } from './schemas.js';

export function historyOf(seed: number): History {
  const choices = new Choices(seed, 'history');
  const unitS = choices.of([1, 5, 30, 60, 300, 3_600]);
  const plain = journeysOf(seed, unitS);
  const typed = withSchemas(new Choices(seed, 'schemas'), {
    journeys: plain,
    events: eventsOf(new Choices(seed, 'events'), plain, unitS),
    unitS,
  });
  const { journeys: asking, events: asked } = withFilters(new Choices(seed, 'filters'), typed);
  const refusing = withRefusals(new Choices(seed, 'refusals'), asking, unitS);
  const dated = withDates(new Choices(seed, 'dates'), refusing, unitS);
  const { journeys, events } = withClock(new Choices(seed, 'clock'), { journeys: dated, events: asked });
  const [journey, ...others] = journeys;
  const functionTimeoutS = choices.weighted([
    [165, 65],
    [60, 15],
    [40, 20],
  ]);
  // An invocation must be able to look, page by page, and still have the time that a step needs; or it hands over for ever.
  const quick = functionTimeoutS < 60 || isChain(journeys);
  const pageEntries = !quick && choices.yes(0.15) ? choices.between(1, 3) : undefined;
  return correlated({
    seed,
    journey: journey!,
    ...(others.length > 0 && { others }),
    events,
    ...ratesOf(new Choices(seed, 'faults')),
    functionTimeoutS,
    functionS: choices.of(functionTimeoutS < 60 ? [2, 20, 30] : [0.2, 2, 20, 60]),
    latencyMs: choices.of(quick ? [5, 50] : pageEntries === undefined ? [5, 50, 50, 500, 3_000] : [5, 50, 200]),
    ...(pageEntries !== undefined && { pageEntries }),
    delayS: unitS * choices.of([1, 3, 10]),
  });
}

function journeysOf(seed: number, unitS: number): JourneySpec[] {
  const choices = new Choices(seed, 'journeys');
  if (choices.yes(0.005)) return pingPong();
  const count = choices.weighted([
    [1, 6],
    [2, 3],
    [3, 1],
  ]);
  const triggers = triggersOf(choices, count);
  const journeys = triggers.map((_, at) => {
    const spec = new JourneyMaker(new Choices(seed, `journey ${at}`), { unitS, triggers, at }).make();
    const claims = claiming(new Choices(seed, `claims ${at}`), spec, unitS);
    const sendable = (['A', 'B', 'P', 'X'] as const).filter((name) => !triggers.flat().includes(name));
    return ending(new Choices(seed, `ends ${at}`), claims, { unitS, sendable });
  });
  const calls = new Choices(seed, 'calls');
  return calls.yes(0.2) && !isChain(journeys) ? withCalls(calls, journeys, unitS) : journeys;
}

/** Now and then of some triggers one only starts a run. */
function claiming(choices: Choices, spec: JourneySpec, unitS: number): JourneySpec {
  const periodS = choices.of([1, 2, 3, 5, 10, 100]) * unitS;
  const idempotent = choices.yes(0.12) ? { ...spec, idempotencyS: periodS } : spec;
  if (!choices.yes(0.12)) return idempotent;
  // What it skips cannot cancel as well.
  const cancelOn = spec.cancelOn.filter(({ event }) => !spec.triggers.includes(event));
  return { ...idempotent, cancelOn, singleton: choices.of(['key', 'key', 'order'] as const) };
}

interface Ending {
  readonly unitS: number;
  /** Events that start no run. */
  readonly sendable: readonly EventName[];
}

/** Now and then something follows the ends of runs, they are told, or a run has a time of its own. */
function ending(choices: Choices, spec: JourneySpec, world: Ending): JourneySpec {
  const { unitS } = world;
  const tells = (['completed', 'failed', 'cancelled'] as const).filter(() => choices.yes(0.5));
  return {
    ...spec,
    ...(choices.yes(0.15) && { onFailure: handlerOf(choices, 'f', world) }),
    ...(choices.yes(0.2) && { onCancel: handlerOf(choices, 'c', world) }),
    ...(choices.yes(0.1) && tells.length > 0 && { tells }),
    ...(choices.yes(0.12) && { finishS: Math.min(choices.between(1, 12) * unitS, spec.lifeS ?? 86_400) }),
    ...(choices.yes(0.06) && { startS: choices.of([10, 60, 2 * unitS, 10 * unitS]) }),
  };
}

/** Some steps after one another, and maybe none: the first may fail, once or for good. */
function handlerOf(choices: Choices, prefix: string, { unitS, sendable }: Ending): Program {
  const steps = Array.from({ length: choices.between(0, 3) }, (_, i): Node => {
    const id = `${prefix}${i}`;
    if (choices.yes(0.2)) return { do: 'sleep', id, s: choices.between(1, 4) * unitS };
    if (choices.yes(0.15) && sendable.length > 0) return { do: 'send', id, event: choices.of(sendable) };
    const how = choices.of(['error', 'later', 'final', 'undefined', 'circular'] as const);
    const fails = choices.yes(0.3)
      ? { fails: choices.between(1, 3), how, ...(choices.yes(0.6) && { caught: true as const }) }
      : {};
    return { do: 'run', id, ...fails };
  });
  return steps;
}

/** What starts each of so many journeys. */
function triggersOf(choices: Choices, count: number): (readonly EventName[])[] {
  return Array.from({ length: count }, (_, i) =>
    choices.weighted<readonly EventName[]>(
      i === 0
        ? [
            [['T'], 6],
            [['T', 'U'], 3],
            [['U'], 1],
          ]
        : [
            [['P'], 3],
            [['A'], 3],
            [['U'], 3],
            [['T'], 2],
            [['X'], 1],
            [['B', 'U'], 1],
          ],
    ),
  );
}

/** Two journeys that start each other until the hops are used up. */
function pingPong(): [JourneySpec, JourneySpec] {
  const one = (trigger: EventName, event: EventName): JourneySpec => ({
    triggers: [trigger],
    cancelOn: [],
    retries: 4,
    program: [{ do: 'send', id: 'e1', event }],
    keyless: true,
  });
  return [one('T', 'U'), one('U', 'T')];
}

/** Whether runs start each other until the hops are used up. */
function isChain(journeys: readonly JourneySpec[]): boolean {
  const sends = ({ program }: JourneySpec, name: EventName): boolean =>
    [...nodesOf(program)].some((node) => node.do === 'send' && node.event === name);
  return journeys.some(({ triggers }, i) =>
    triggers.some((name) => journeys.slice(i).some((sender) => sends(sender, name))),
  );
}

/** Swarm: each kind of fault is in half of the histories, at a rate of its own. */
function ratesOf(choices: Choices): Pick<History, 'rates' | 'mostFaults'> {
  const rates: Partial<Record<FaultKind, number>> = {};
  for (const kind of callFaults) if (choices.yes(0.5)) rates[kind] = choices.of([0.01, 0.03, 0.1]);
  for (const kind of otherFaults) if (choices.yes(0.5)) rates[kind] = choices.of([0.05, 0.2, 0.5]);
  if (!choices.yes(0.15)) delete rates['event ahead'];
  if (!choices.yes(0.15)) delete rates['event at the last moment'];
  const mostFaults = choices.weighted([
    [0, 1],
    [1, 3],
    [2, 4],
    [3, 4],
    [6, 5],
    [15, 3],
  ]);
  return { rates, mostFaults };
}

function eventsOf(choices: Choices, journeys: readonly JourneySpec[], unitS: number): SimEvent[] {
  const customers = choices.yes(0.2) ? choices.of(pairs) : ['c1'];
  const most = isChain(journeys) ? 2 : customers.length === 1 ? 7 : 4;
  const events: SimEvent[] = [];
  for (const customer of customers)
    for (const { name, s } of ofOneCustomer(choices, journeys, { unitS, most }))
      events.push({ id: `e${events.length + 1}`, name, customer, s });
  const claims = journeys.some(({ idempotencyS, singleton }) => idempotencyS !== undefined || singleton);
  return shuffledIds(choices, claims ? withOrders(choices, events) : events);
}

/** Customers of one history; the keys of some are easily taken for one another (customers.ts). */
const pairs = [
  ['c1', 'c2'],
  ['c1', 'c2'],
  ['n1', 't1'],
  ['yes', 'tyes'],
  ['long', 'half'],
  ['c1', 'none'],
] as const;

/** Mostly a trigger first, then whatever the journeys know, at round times. */
function ofOneCustomer(
  choices: Choices,
  journeys: readonly JourneySpec[],
  { unitS, most }: { readonly unitS: number; readonly most: number },
): Pick<SimEvent, 'name' | 's'>[] {
  const names = journeys.flatMap(({ program, triggers, cancelOn }): (readonly [EventName, number])[] => {
    const awaited = awaitedBy(program);
    return [
      ...triggers.map((name) => [name, 3] as const),
      ...awaited.map((name) => [name, 6 / awaited.length] as const),
      ...cancelOn.map(({ event }) => [event, 2 / cancelOn.length] as const),
    ];
  });
  const startsAtOnce = choices.yes(0.8);
  return Array.from({ length: choices.between(1, most) }, (_, i) => {
    if (i === 0 && startsAtOnce) return { name: journeys[0]!.triggers[0]!, s: 0 };
    const jitterS = choices.yes(0.3) ? choices.between(0, 2) : 0;
    return { name: choices.weighted(names), s: choices.between(0, 9) * unitS + jitterS };
  });
}

function withOrders(choices: Choices, events: readonly SimEvent[]): SimEvent[] {
  return events.map((event) => {
    const order = choices.of(['o1', 'o1', 'o1', 'o2', undefined]);
    return order === undefined ? event : { ...event, order };
  });
}

/** Ids order events of one second, so they must not follow the order of anything else. */
function shuffledIds(choices: Choices, events: readonly SimEvent[]): SimEvent[] {
  const ids = events.map(({ id }) => id);
  return events.map((event) => ({ ...event, id: ids.splice(choices.below(ids.length), 1)[0]! }));
}
