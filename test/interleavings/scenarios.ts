/**
 * The scenarios: which invocations are under way at once, and which faults may strike. T starts a run and cancels older ones, U only
 * starts, X only cancels, A, B and P are awaited; digits are event times in seconds after ten.
 */
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { tenMs } from '../engine/scripted.js';
import { type Scenario, timerDue } from './explore.js';
import { Violation } from './watch.js';
import type { Due, ExploredWorld, Faults } from './world.js';

type World = () => ExploredWorld;
type Body = (context: JourneyContext<string, string>, world: World) => Promise<unknown>;

const none: Faults = { crashes: 0, calls: 0 };
const oneDeath: Faults = { crashes: 1, calls: 0 };
const oneCall: Faults = { crashes: 0, calls: 1 };
const faulty = [
  ['without faults', none],
  ['one death', oneDeath],
  ['one call that fails, is doubled or not answered', oneCall],
] as const;

function journey(
  body: Body,
  { triggers = ['T', 'U'], cancelOn = ['T', 'X'] }: { triggers?: string[]; cancelOn?: string[] } = {},
) {
  return (world: World): AnyJourney =>
    createJourney(
      {
        id: 'check',
        triggers: triggers.map((event) => ({ event })),
        key: 'data.cart',
        waitsFor: ['A', 'B', 'P'],
        cancelOn: cancelOn.map((event) => ({ event })),
        retries: 0,
      },
      ((context: JourneyContext<string, string>) => body(context, world)) as never,
    );
}

function latestWins(body: Body) {
  return journey(body, { triggers: ['T'], cancelOn: ['T'] });
}

/** Wait for P; at the timeout, remind. */
function cart(timeoutS: number): Body {
  return async ({ step, runId }, world) => {
    const bought = await step.waitForEvent('P', { event: 'P', timeout: timeoutS * 1_000 });
    if (bought !== null) return 'bought';
    await step.run('remind', world().stepFunction(runId, 'remind'));
    return 'reminded';
  };
}

/** A step, then wait for P. */
function welcome(timeoutS: number): Body {
  return async (context, world) => {
    await context.step.run('welcome', world().stepFunction(context.runId, 'welcome'));
    return cart(timeoutS)(context, world);
  };
}

/** Wait for P, then pack. */
const order: Body = async ({ step, runId }, world) => {
  const paid = await step.waitForEvent('P', { event: 'P', timeout: '5000s' });
  await step.run('pack', world().stepFunction(runId, 'pack'));
  return paid === null ? 'unpaid' : 'packed';
};

const race: Body = async ({ step, runId }, world) => {
  const winner = await Promise.race([
    step.waitForEvent('A', { event: 'A', timeout: '5000s' }).then(() => 'a'),
    step.waitForEvent('B', { event: 'B', timeout: '5000s' }).then(() => 'b'),
  ]);
  await step.run(winner, world().stepFunction(runId, winner));
  return winner;
};

const both: Body = async ({ step, runId }, world) => {
  const branch = async (name: 'A' | 'B'): Promise<void> => {
    await step.waitForEvent(name, { event: name, timeout: '5000s' });
    await step.run(`after ${name}`, world().stepFunction(runId, `after ${name}`));
  };
  await Promise.all([branch('A'), branch('B')]);
  return 'both';
};

/** Two steps, the first of which takes most of an invocation. */
const slowSteps: Body = async ({ step, runId }, world) => {
  await step.run('one', world().stepFunction(runId, 'one', 140));
  await step.run('two', world().stepFunction(runId, 'two'));
  const paid = await step.waitForEvent('P', { event: 'P', timeout: '5000s' });
  return paid === null ? 'unpaid' : 'paid';
};

/** Sends an event that it then awaits; what it sends is different at each attempt. */
const sender: Body = async ({ step, event }, world) => {
  world().counter += 1;
  await step.sendEvent('tell', { name: 'A', data: { cart: event.data.cart, mark: world().counter } });
  const awaited: unknown = await step.waitForEvent('A', { event: 'A', timeout: '5000s' });
  const told = awaited as { readonly id: string; readonly data: { readonly mark: number } } | null;
  if (told === null) return 'untold';
  world().check(() => {
    const record = world()
      .records.events()
      .find((noted) => noted.event.id === told.id);
    const first = (record?.event.data as { readonly mark: number } | undefined)?.mark;
    if (told.data.mark !== first) throw new Violation(`it was told ${told.data.mark}, the first content is ${first}`);
  });
  return 'told';
};

/** Sends its own trigger once. */
const renewed: Body = async ({ step, event }) => {
  if (event.data.again === undefined) await step.sendEvent('again', { name: 'T', data: { cart: '42', again: 1 } });
  const paid = await step.waitForEvent('P', { event: 'P', timeout: '5000s' });
  return paid === null ? 'unpaid' : 'paid';
};

function event(name: string, s: number, options: { id?: string; label?: string; timeoutS?: number } = {}): Due {
  const id = options.id ?? `${name}${s}`;
  const label = options.label ?? id;
  const { timeoutS } = options;
  const data = { cart: '42', mark: id };
  return {
    label,
    delivery: () => ({
      kind: 'event',
      event: { id, name, data, source: 'test', timeMs: tenMs + s * 1_000, hops: 0 },
      requestId: `request of ${id}`,
    }),
    ...(timeoutS !== undefined && { timeoutS }),
  };
}

/** One after another, before anything is under way at once. */
function played(...dues: readonly Due[]): (world: ExploredWorld) => Promise<void> {
  return async (world) => {
    for (const due of [...dues, undefined]) {
      if (due) await world.add(due);
      for (let [choice] = calm(world); choice; [choice] = calm(world)) await world.make(choice);
    }
  };
}

function calm(world: ExploredWorld) {
  return world.choices().filter((choice) => choice.do === 'begins' || (choice.do === 'call' && choice.fate === 'ok'));
}

/** The timers of a step, where the world has any. */
function timersOf(world: ExploredWorld, step: string, options: Parameters<typeof timerDue>[2] = {}): Due[] {
  return [...world.timers.values()]
    .filter((timer) => timer.step === step)
    .map(({ name }, i) => timerDue(name, `timer of ${step}${i === 0 ? '' : ` ${i + 1}`}`, options));
}

/** The same timer, fired once more whether it is still there or not. */
function firedTwice(world: ExploredWorld, step: string): Due[] {
  const [timer] = [...world.timers.values()].filter((candidate) => candidate.step === step);
  const delivery = { kind: 'timer', ...timer!, requestId: 'twice' } as const;
  const atS = (timer!.atMs - tenMs) / 1_000;
  return ['', ' again'].map((again) => ({
    label: `timer of ${step}${again}`,
    delivery: () => delivery,
    notBeforeS: () => atS,
  }));
}

function withFaults(scenario: Scenario, faults: readonly (readonly [string, Faults])[] = faulty): Scenario[] {
  return faults.map(([name, budget]) => ({ ...scenario, name: `${scenario.name}, ${name}`, faults: budget }));
}

const running = played(event('T', 1));

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
    name: 'two events for a race',
    journey: journey(race),
    before: running,
    nowS: 3,
    dues: () => [event('A', 2), event('B', 3)],
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

const before23 = played(event('T', 20), event('T', 30));
const floors: Scenario[] = [1, 2].flatMap((pageEntries): Scenario[] => [
  {
    name: `a late trigger below a floor against a purchase, pages of ${pageEntries}`,
    journey: latestWins(cart(5_000)),
    before: before23,
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 1), event('P', 40)],
  },
  {
    name: `a late trigger below a floor against a newer trigger, pages of ${pageEntries}`,
    journey: latestWins(cart(5_000)),
    before: before23,
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 1), event('T', 40)],
  },
  {
    name: `a late trigger with a step against a newer one, pages of ${pageEntries}`,
    journey: latestWins(welcome(5_000)),
    before: played(event('T', 20)),
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 1), event('T', 40)],
  },
  {
    name: `a repeated trigger against a newer one, pages of ${pageEntries}`,
    journey: latestWins(cart(5_000)),
    before: before23,
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 20, { label: 'T20 twin' }), event('T', 40)],
  },
  {
    name: `two late triggers, pages of ${pageEntries}`,
    journey: latestWins(cart(5_000)),
    before: before23,
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 1), event('T', 25)],
  },
  {
    name: `purchase against a late purchase, pages of ${pageEntries}`,
    journey: journey(order),
    before: running,
    nowS: 40,
    pageEntries,
    dues: () => [event('P', 20), event('P', 40)],
  },
]);

const handingOver: Scenario[] = [
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
    name: 'an invocation too short for a step against a purchase',
    journey: journey(welcome(5_000)),
    nowS: 2,
    dues: () => [event('T', 1, { timeoutS: 20 }), event('P', 2)],
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

/** Below a floor and with torn pages a fault multiplies what there is to explore: one death is enough for most of them. */
function budgeted(scenario: Scenario): Scenario[] {
  const many = scenario.name.includes('step against a newer one') || scenario.name.includes('for all');
  if (scenario.pageEntries === 2 || scenario.name.includes('awaits, delivered twice'))
    return withFaults(scenario, faulty.slice(0, 1));
  return withFaults(scenario, many ? faulty.slice(0, 2) : faulty);
}

export const scenarios: readonly Scenario[] = [
  ...[...basics, ...duplicates, ...timers, ...floors, ...handingOver, ...sentEvents, ...ties].flatMap(budgeted),
  ...three,
];
