/**
 * The journeys of the scenarios, as an author would write them. T starts a run and cancels older ones, U only starts, X only
 * cancels; A, B and P are awaited. Their steps run functions of the explored world, which begin and return at two moments.
 */
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { Violation } from './watch.js';
import type { ExploredWorld } from './world.js';

type World = () => ExploredWorld;
type Body = (context: JourneyContext<string, string>, world: World) => Promise<unknown>;

export function journey(
  body: Body,
  {
    triggers = ['T', 'U'],
    cancelOn = ['T', 'X'],
  }: { triggers?: string[]; cancelOn?: (string | { event: string; timeout: number })[] } = {},
) {
  return (world: World): AnyJourney =>
    createJourney(
      {
        id: 'check',
        triggers: triggers.map((event) => ({ event })),
        key: 'data.cart',
        waitsFor: ['A', 'B', 'P'],
        cancelOn: cancelOn.map((cancel) => (typeof cancel === 'string' ? { event: cancel } : cancel)),
        retries: 0,
      },
      ((context: JourneyContext<string, string>) => body(context, world)) as never,
    );
}

export function latestWins(body: Body) {
  return journey(body, { triggers: ['T'], cancelOn: ['T'] });
}

/** Wait for P; at the timeout, remind. */
export function cart(timeoutS: number): Body {
  return async ({ step, runId }, world) => {
    const bought = await step.waitForEvent('P', { event: 'P', timeout: timeoutS * 1_000 });
    if (bought !== null) return 'bought';
    await step.run('remind', world().stepFunction(runId, 'remind'));
    return 'reminded';
  };
}

/** A step, then wait for P. */
export function welcome(timeoutS: number): Body {
  return async (context, world) => {
    await context.step.run('welcome', world().stepFunction(context.runId, 'welcome'));
    return cart(timeoutS)(context, world);
  };
}

/** Wait for P, then pack. */
export const order: Body = async ({ step, runId }, world) => {
  const paid = await step.waitForEvent('P', { event: 'P', timeout: '5000s' });
  await step.run('pack', world().stepFunction(runId, 'pack'));
  return paid === null ? 'unpaid' : 'packed';
};

export const race: Body = async ({ step, runId }, world) => {
  const winner = await Promise.race([
    step.waitForEvent('A', { event: 'A', timeout: '5000s' }).then(() => 'a'),
    step.waitForEvent('B', { event: 'B', timeout: '5000s' }).then(() => 'b'),
  ]);
  await step.run(winner, world().stepFunction(runId, winner));
  return winner;
};

/** A race after which the run goes on, so that its loser may be matched too. */
export const raceThenWait: Body = async (context, world) => {
  const winner = await race(context, world);
  await context.step.waitForEvent('P', { event: 'P', timeout: '6000s' });
  return winner;
};

export const both: Body = async ({ step, runId }, world) => {
  const branch = async (name: 'A' | 'B'): Promise<void> => {
    await step.waitForEvent(name, { event: name, timeout: '5000s' });
    await step.run(`after ${name}`, world().stepFunction(runId, `after ${name}`));
  };
  await Promise.all([branch('A'), branch('B')]);
  return 'both';
};

/** One wait that needs A and B; then a step, whether they came or not. */
export function ready(timeoutS: number): Body {
  return async ({ step, runId }, world) => {
    const both = await step.waitForAll('ready', { events: ['A', 'B'], timeout: timeoutS * 1_000 } as never);
    const name = both === null ? 'remind' : 'welcome';
    await step.run(name, world().stepFunction(runId, name));
    return name;
  };
}

/** One wait for the first of A and B, and one behind it that may take the other. */
export const answered: Body = async ({ step, runId }, world) => {
  const first: unknown = await step.waitForAny('first', { events: ['A', 'B'], timeout: '5000s' } as never);
  await step.run('note', world().stepFunction(runId, 'note'));
  const then: unknown = await step.waitForAny('then', { events: ['B', 'A'], timeout: '5000s' } as never);
  return [first, then].map((event) => (event as { readonly id: string } | null)?.id ?? null);
};

/** Two steps, one after the other. */
export const twoSteps: Body = async ({ step, runId }, world) => {
  await step.run('one', world().stepFunction(runId, 'one'));
  await step.run('two', world().stepFunction(runId, 'two'));
  return 'both';
};

/** Two steps, the first of which takes most of an invocation. */
export const slowSteps: Body = async ({ step, runId }, world) => {
  await step.run('one', world().stepFunction(runId, 'one', 140));
  await step.run('two', world().stepFunction(runId, 'two'));
  const paid = await step.waitForEvent('P', { event: 'P', timeout: '5000s' });
  return paid === null ? 'unpaid' : 'paid';
};

/** Sends an event that it then awaits; what it sends is different at each attempt. */
export const sender: Body = async ({ step, event }, world) => {
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
export const renewed: Body = async ({ step, event }) => {
  if (event.data.again === undefined) await step.sendEvent('again', { name: 'T', data: { cart: '42', again: 1 } });
  const paid = await step.waitForEvent('P', { event: 'P', timeout: '5000s' });
  return paid === null ? 'unpaid' : 'paid';
};
