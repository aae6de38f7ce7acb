/** The small journeys of the protocol check, as an author would write them. Waits of P time out after the seconds given. */
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { userFunction } from './scripted.js';

type Body = (context: JourneyContext<string, string>) => Promise<unknown>;

/** T starts and cancels, U starts, X cancels; A, B and P are awaited. */
export function journey(
  body: Body,
  options: { cancelOn?: { event: string; timeout?: number }[]; retries?: number; waitsFor?: string[] } = {},
): AnyJourney {
  return createJourney(
    {
      id: 'check',
      triggers: [{ event: 'T' }, { event: 'U' }],
      key: 'data.cart',
      waitsFor: options.waitsFor ?? ['A', 'B', 'P'],
      cancelOn: options.cancelOn ?? [{ event: 'T' }, { event: 'X' }],
      retries: options.retries ?? 0,
    },
    body as never,
  );
}

/** Every trigger cancels the run before it: looks stop at floors. */
export function latestWins(body: Body): AnyJourney {
  return createJourney(
    {
      id: 'check',
      triggers: [{ event: 'T' }],
      key: 'data.cart',
      waitsFor: ['A', 'B', 'P'],
      cancelOn: [{ event: 'T' }],
      retries: 0,
    },
    body as never,
  );
}

/** Wait for P; at the timeout, remind. */
export function cart(timeoutS: number): Body {
  return async ({ step }) => {
    const bought = await step.waitForEvent('P', { event: 'P', timeout: timeoutS * 1_000 });
    if (bought !== null) return 'bought';
    await step.run('remind', userFunction('remind'));
    return 'reminded';
  };
}

/** A step, then wait for P; at the timeout, remind. */
export function welcome(timeoutS: number): Body {
  return async (context) => {
    await context.step.run('welcome', userFunction('welcome'));
    return cart(timeoutS)(context);
  };
}

/** Whichever of A and B comes first decides which step runs. */
export const firstOfTwo: Body = async ({ step }) => {
  const winner = await Promise.race([
    step.waitForEvent('A', { event: 'A', timeout: '100s' }).then(() => 'a'),
    step.waitForEvent('B', { event: 'B', timeout: '100s' }).then(() => 'b'),
  ]);
  await step.run(winner, userFunction(winner));
  await step.run('after', userFunction('after'));
  return winner;
};

/** A and B each have a step of their own. */
export const twoBranches: Body = async ({ step }) => {
  const branch = async (name: 'A' | 'B'): Promise<void> => {
    await step.waitForEvent(name, { event: name, timeout: '100s' });
    await step.run(`after ${name}`, userFunction(`after ${name}`));
  };
  await Promise.all([branch('A'), branch('B')]);
  return 'both';
};

/** Two steps beside a wait: the second one starts late in the invocation. */
export const twoSteps = journey(async ({ step }) => {
  await step.run('one', userFunction('one'));
  await step.run('two', userFunction('two'));
  await step.waitForEvent('P', { event: 'P', timeout: '500s' });
  return 'done';
});
