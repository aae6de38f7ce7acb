/**
 * Steps in a test: real unless stubbed, and kept from AWS.
 *
 * Invariant: a step that calls AWS without a stub fails with a hint, and never reaches an account: the SDK's own standard
 * variables point it at a host that cannot exist.
 */
import type { AnyJourney } from '../journey/definition.js';
import type { CancelContext, FailureContext } from '../journey/handlers.js';
import type { JourneyContext, StepRunContext } from '../journey/step.js';

/** '<journey id>/<step id>' -> what runs in place of the step's function. */
export type StepStubs = Readonly<Record<string, (context: StepRunContext) => unknown>>;

const nowhere = 'sojourn-test-world.invalid';

export function withStubs(journey: AnyJourney, stubs: StepStubs): AnyJourney {
  keepFromAws();
  const stubbed = <Context extends { readonly step: Pick<JourneyContext['step'], 'run'> }>(
    context: Context,
  ): Context => {
    const run = (id: string, fn: (context: StepRunContext) => unknown): Promise<unknown> => {
      const name = `${journey.definition.id}/${id}`;
      const stub = Object.hasOwn(stubs, name) ? stubs[name] : undefined;
      return context.step.run(id, stub ?? hinting(name, fn));
    };
    const invoke = (id: string, options: never): Promise<unknown> => {
      const name = `${journey.definition.id}/${id}`;
      const steps = context.step as JourneyContext['step'];
      return Object.hasOwn(stubs, name) ? context.step.run(id, stubs[name]!) : steps.invoke(id, options);
    };
    return { ...context, step: { ...context.step, run, invoke } as typeof context.step };
  };
  const { onFailure, onCancel } = journey.handlers ?? {};
  return {
    ...journey,
    body: (context: JourneyContext) => journey.body(stubbed(context)),
    handlers: {
      ...(onFailure && { onFailure: (context: FailureContext) => onFailure(stubbed(context)) }),
      ...(onCancel && { onCancel: (context: CancelContext) => onCancel(stubbed(context)) }),
    },
  };
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
