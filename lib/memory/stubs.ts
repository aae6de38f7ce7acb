/**
 * Steps in a test: real unless stubbed, and kept from AWS.
 *
 * Invariant: a step that calls AWS without a stub fails with a hint, and never reaches an account: the SDK's own standard
 * variables point it at a host that cannot exist.
 */
import type { AnyJourney } from '../journey/definition.js';
import type { JourneyContext, StepRunContext } from '../journey/step.js';

/** '<journey id>/<step id>' -> what runs in place of the step's function. */
export type StepStubs = Readonly<Record<string, (context: StepRunContext) => unknown>>;

const nowhere = 'sojourn-test-world.invalid';

export function withStubs(journey: AnyJourney, stubs: StepStubs): AnyJourney {
  keepFromAws();
  const body = (context: JourneyContext): unknown => {
    const run = (id: string, fn: (context: StepRunContext) => unknown): Promise<unknown> => {
      const name = `${journey.definition.id}/${id}`;
      const stub = Object.hasOwn(stubs, name) ? stubs[name] : undefined;
      return context.step.run(id, stub ?? hinting(name, fn));
    };
    return journey.body({ ...context, step: { ...context.step, run: run as typeof context.step.run } });
  };
  return { ...journey, body };
}

function hinting(
  name: string,
  fn: (context: StepRunContext) => unknown,
): (context: StepRunContext) => Promise<unknown> {
  return async (context) => {
    try {
      return await fn(context);
    } catch (error) {
      if (error instanceof Error && error.message.includes(nowhere)) {
        error.message = `Step '${name}' called AWS from a test. Stub it: createTestWorld({ journeys, steps: { '${name}': async () => ... } }). (${error.message})`;
      }
      throw error;
    }
  };
}

function keepFromAws(): void {
  process.env.AWS_ENDPOINT_URL = `http://${nowhere}`;
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  process.env.AWS_REGION ??= 'us-east-1';
  process.env.AWS_MAX_ATTEMPTS = '1';
}
