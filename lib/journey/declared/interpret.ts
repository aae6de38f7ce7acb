/**
 * A declared journey, run: makes it an ordinary journey whose function walks through the declared steps.
 *
 * Owns: what each step means in terms of `step.*`; the engine does the rest. Knows neither the engine nor AWS: invoking is a
 * function that it is given. Invariant: between steps it computes only from events, results and the declaration, so that every
 * replay takes the same way.
 */
import { type AnyJourney, createJourney } from '../definition.js';
import { NonRetriableError } from '../errors.js';
import type { JourneyEvent } from '../event.js';
import type { JourneyContext, Match } from '../step.js';
import { checkDeclaration } from './check.js';
import { holds } from './condition.js';
import {
  type DeclaredFail,
  type DeclaredInvoke,
  type DeclaredJourney,
  type DeclaredMatch,
  type DeclaredSleepUntil,
  type DeclaredStep,
  type DeclaredWait,
  waitsOf,
} from './form.js';
import { optionsOf } from './options.js';
import { fill, type Scope } from './reference.js';
import { msOf } from './time.js';
import { assertWaits } from './wait-checks.js';

/** True in what is deployed (definition.ts). */
declare const SOJOURN_DEPLOYED: true | undefined;

/** What a declared journey needs of where it runs. */
export interface Surroundings {
  /** Invokes a function and answers its result; throws what the function throws. */
  readonly invoke?: (fn: string, payload: unknown) => Promise<unknown>;
  /** What only the deployment knows, by the names under which the declaration refers to it. */
  readonly deployed?: Readonly<Record<string, unknown>>;
}

/**
 * Makes a journey of a declared one, to be played in a test world (or served).
 * @throws JourneyError when the declaration cannot work.
 */
export function interpret(declaration: DeclaredJourney, surroundings: Surroundings = {}): AnyJourney {
  checkDeclaration(declaration, Object.keys(surroundings.deployed ?? {}));
  const journey = createJourney(optionsOf(declaration), async (context: JourneyContext) => {
    const ended = await new Walk(context, surroundings).through(declaration.steps);
    return ended?.output;
  });
  if (typeof SOJOURN_DEPLOYED === 'undefined') assertWaits(journey.definition, waitsOf(declaration));
  return journey;
}

/** Where a run ended; undefined while there are steps to come. */
type Ended = { readonly output: unknown } | undefined;

class Walk {
  private readonly results: Record<string, unknown> = Object.create(null);
  private readonly scope: Scope;

  constructor(
    private readonly context: JourneyContext,
    private readonly surroundings: Surroundings,
  ) {
    const { event, runId } = context;
    this.scope = { trigger: event, steps: this.results, run: { id: runId }, deployed: surroundings.deployed ?? {} };
  }

  async through(steps: readonly DeclaredStep[]): Promise<Ended> {
    for (const step of steps) {
      const ended = await this.take(step);
      if (ended) return ended;
    }
    return undefined;
  }

  private async take(step: DeclaredStep): Promise<Ended> {
    switch (step.kind) {
      case 'wait':
        return this.wait(step);
      case 'sleep':
        await this.context.step.sleep(step.id, msOf(step.ms, this.scope, `step '${step.id}'`));
        return undefined;
      case 'sleepUntil':
        await this.context.step.sleepUntil(step.id, this.dateOf(step));
        return undefined;
      case 'choice': {
        const taken = step.when.find(({ condition }) => holds(condition, this.scope));
        return this.through(taken?.steps ?? step.otherwise ?? []);
      }
      case 'send': {
        const data = fill(step.data, this.scope, `Step '${step.id}'`) as Record<string, unknown>;
        await this.context.step.sendEvent(step.id, { name: step.event, data });
        return undefined;
      }
      case 'invoke':
        await this.invoke(step);
        return undefined;
      case 'end':
        return { output: step.output === undefined ? undefined : fill(step.output, this.scope, 'The output') };
      case 'fail':
        throw this.failure(step);
    }
  }

  private async wait({ id, event, match, if: text, ...wait }: DeclaredWait): Promise<Ended> {
    const { timeoutMs, onMatch = [], onTimeout = [] } = wait;
    const came: JourneyEvent | null = await this.context.step.waitForEvent(id, {
      event,
      timeout: msOf(timeoutMs, this.scope, `step '${id}'`),
      ...(match !== undefined && { match: this.matchOf(id, match) }),
      ...(text !== undefined && { if: text }),
    });
    if (came === null) return this.through(onTimeout);
    this.results[id] = came;
    return this.through(onMatch);
  }

  /** A path is one; only the value beside it may refer to something. */
  private matchOf(id: string, match: DeclaredMatch): Match {
    return typeof match === 'object' && match !== null ? (fill(match, this.scope, `Step '${id}'`) as Match) : match;
  }

  private async invoke({ id, fn, payload, retries }: DeclaredInvoke): Promise<void> {
    const { invoke } = this.surroundings;
    const where = `Step '${id}'`;
    const arn = String(fill(fn, this.scope, where));
    const filled = fill(payload, this.scope, where);
    const result = await this.context.step.run(id, async ({ attempt }) => {
      if (!invoke) throw new NonRetriableError(`${where} invokes ${arn}, and there is nothing here that can invoke`);
      try {
        return await invoke(arn, filled);
      } catch (error) {
        if (retries === undefined || attempt < retries) throw error;
        throw finalOf(error);
      }
    });
    this.results[id] = { result };
  }

  /** What is no date goes on as it is: sleepUntil says what is wrong with it. */
  private dateOf({ id, date, beforeMs: before }: DeclaredSleepUntil): string | number {
    const value = fill(date, this.scope, `Step '${id}'`);
    const beforeMs = before === undefined ? 0 : msOf(before, this.scope, `step '${id}'`);
    const ms = typeof value === 'string' ? Date.parse(value) : value;
    return typeof ms === 'number' && Number.isFinite(ms) ? ms - beforeMs : (value as string);
  }

  private failure({ name, message }: DeclaredFail): Error {
    const error = new NonRetriableError(String(fill(message, this.scope, 'The message')));
    error.name = name;
    return error;
  }
}

/** The same error, not to be tried again. */
function finalOf(error: unknown): Error {
  const final = new NonRetriableError(error instanceof Error ? error.message : String(error), { cause: error });
  if (error instanceof Error) final.name = error.name;
  return final;
}
