/**
 * The steps of a journey without code, as an author of a CDK app writes them.
 *
 * Owns: their names, options and defaults. What they mean is journey/declared's; what is wrong with them is said by its checks,
 * once the whole journey is known. Invariant: a step is a value: it makes no resource, and may stand in several journeys.
 */
import type { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { OtherPath } from '../../journey/correlation.js';
import type { DeclaredCondition, DeclaredStep } from '../../journey/declared/form.js';
import type { EventRef } from '../../journey/event.js';
import { JourneyConstructError } from '../mistake.js';
import { JourneyCondition } from './condition.js';
import type { Rendering } from './rendering.js';

/** Options of `JourneyStep.waitForEvent`. */
export interface WaitForEventStepOptions {
  /** The awaited event, by its name or its `eventType`. It must have the journey's key, or the path of `match`. */
  readonly event: EventRef;

  /**
   * What finds the event: a path that is equal in the trigger and the event; the event's path with a value, which may be a
   * reference, `{ 'data.payment_id': '$.steps.pay.result.id' }`; or `null` for an event that reaches every waiting run.
   *
   * @default - an equality of the two in `if`, or the journey's key
   */
  readonly match?: OtherPath | Readonly<Record<string, unknown>>;

  /**
   * CEL over `event`, the trigger, and `async`, the event that came: the wait takes the first one that passes.
   *
   * @default - the first one
   */
  readonly if?: string;

  /** How long to wait. */
  readonly timeout: Duration;

  /**
   * What to do when the event came; they can refer to it as `$.steps.<id>.data.<field>`.
   *
   * @default - go on behind the wait
   */
  readonly onMatch?: readonly JourneyStep[];

  /**
   * What to do when the time is up.
   *
   * @default - go on behind the wait
   */
  readonly onTimeout?: readonly JourneyStep[];
}

/** Options of `JourneyStep.sleepUntil`. */
export interface SleepUntilStepOptions {
  /** A reference to a date in an event's data ('$.trigger.data.starts_at'), ISO 8601 or epoch milliseconds; or a date. */
  readonly date: string;

  /**
   * How long before that date the sleep ends. One that is over already ends at once.
   *
   * @default - at the date
   */
  readonly before?: Duration;
}

/** One way of a choice. */
export interface ChoiceBranch {
  /** When it is taken. */
  readonly condition: JourneyCondition;

  /** What to do then. */
  readonly steps: readonly JourneyStep[];
}

/** Options of `JourneyStep.choice`. */
export interface ChoiceStepOptions {
  /** The first branch whose condition holds is taken. */
  readonly when: readonly ChoiceBranch[];

  /**
   * What to do when none holds.
   *
   * @default - go on behind the choice
   */
  readonly otherwise?: readonly JourneyStep[];
}

/** Options of `JourneyStep.sendEvent`. */
export interface SendEventStepOptions {
  /** The event, by its name or its `eventType`. */
  readonly event: EventRef;

  /** The data of the event; its texts may be references, or hold some. */
  readonly data: object;
}

/** Options of `JourneyStep.invoke`. */
export interface InvokeStepOptions {
  /** The function; the journey may invoke exactly this one, and this alias or version of it where it is one. */
  readonly fn: lambda.IFunction;

  /**
   * What the function is handed; its texts may be references, or hold some. A run that dies invokes again: `$.run.id` tells a
   * repetition.
   *
   * @default - the trigger, with its id, name, data, source and time
   */
  readonly payload?: unknown;

  /**
   * Attempts after the first one; at most the journey's own `retries`.
   *
   * @default - the journey's
   */
  readonly retries?: number;
}

/** Options of `JourneyStep.fail`. */
export interface FailStepOptions {
  /**
   * The name of the error.
   *
   * @default 'JourneyFailed'
   */
  readonly name?: string;

  /** What went wrong; it may hold references. */
  readonly message: string;
}

/** One step of a journey that is declared without code. */
export class JourneyStep {
  /** Waits for an event, or until the time is up. Steps refer to the event as `$.steps.<id>`. */
  static waitForEvent(id: string, options: WaitForEventStepOptions): JourneyStep {
    return new JourneyStep((rendering) => ({
      kind: 'wait',
      id,
      event: rendering.event(options.event),
      ...(options.match !== undefined && { match: matchOf(options.match, id, rendering) }),
      ...rendering.condition(options, `step '${id}'`),
      timeoutMs: rendering.time(options.timeout, `timeout of step '${id}'`),
      ...(options.onMatch && { onMatch: declare(options.onMatch, rendering) }),
      ...(options.onTimeout && { onTimeout: declare(options.onTimeout, rendering) }),
    }));
  }

  /** Sleeps for so long. */
  static sleep(id: string, duration: Duration): JourneyStep {
    return new JourneyStep((rendering) => ({
      kind: 'sleep',
      id,
      ms: rendering.time(duration, `duration of step '${id}'`),
    }));
  }

  /** Sleeps until a date that an event or a result tells. */
  static sleepUntil(id: string, { date, before }: SleepUntilStepOptions): JourneyStep {
    return new JourneyStep((rendering) => ({
      kind: 'sleepUntil',
      id,
      date: String(rendering.value(date, `date of step '${id}'`)),
      ...(before && { beforeMs: rendering.time(before, `before of step '${id}'`) }),
    }));
  }

  /** Takes one of several ways. */
  static choice(id: string, { when, otherwise }: ChoiceStepOptions): JourneyStep {
    return new JourneyStep((rendering) => ({
      kind: 'choice',
      id,
      when: when.map(({ condition, steps }) => ({
        condition: rendering.value(
          declaredCondition(condition, id, rendering),
          `condition of step '${id}'`,
        ) as DeclaredCondition,
        steps: declare(steps, rendering),
      })),
      ...(otherwise && { otherwise: declare(otherwise, rendering) }),
    }));
  }

  /** Puts an event on the hub's bus. */
  static sendEvent(id: string, { event, data }: SendEventStepOptions): JourneyStep {
    return new JourneyStep((rendering) => ({
      kind: 'send',
      id,
      event: rendering.event(event),
      data: rendering.object(data, `data of step '${id}'`),
    }));
  }

  /** Invokes a Lambda function and waits for its answer, which steps refer to as `$.steps.<id>.result`. */
  static invoke(id: string, { fn, payload = '$.trigger', retries }: InvokeStepOptions): JourneyStep {
    return new JourneyStep((rendering) => ({
      kind: 'invoke',
      id,
      fn: rendering.fn(id, fn),
      payload: rendering.value(payload, `payload of step '${id}'`),
      ...(retries !== undefined && { retries }),
    }));
  }

  /** Ends the run as completed; with an output, which may be or hold references. */
  static end(output?: unknown): JourneyStep {
    return new JourneyStep((rendering) => ({
      kind: 'end',
      ...(output !== undefined && { output: rendering.value(output, 'output of an end') }),
    }));
  }

  /** Ends the run as failed, without retry. */
  static fail({ name = 'JourneyFailed', message }: FailStepOptions): JourneyStep {
    return new JourneyStep((rendering) => ({
      kind: 'fail',
      name,
      message: String(rendering.value(message, 'message of a fail')),
    }));
  }

  private constructor(private readonly declaredBy: (rendering: Rendering) => DeclaredStep) {}

  /**
   * The steps as the interpreter reads them.
   * @internal
   */
  static declared(steps: readonly JourneyStep[], rendering: Rendering): DeclaredStep[] {
    return steps.map((step) => step.declaredBy(rendering));
  }
}

function matchOf(match: NonNullable<WaitForEventStepOptions['match']> | null, id: string, rendering: Rendering) {
  const what = `match of step '${id}'`;
  if (typeof match !== 'object' || match === null) return rendering.known(match, what);
  rendering.known(Object.keys(match), what);
  return rendering.object(match, what);
}

function declaredCondition(condition: unknown, id: string, { scope }: Rendering): DeclaredCondition {
  if (condition instanceof JourneyCondition) return condition.declaration;
  throw new JourneyConstructError(scope, {
    what: `A condition of step '${id}' is none.`,
    got: condition,
    expected: 'a JourneyCondition',
    fix: "write for example JourneyCondition.equals('$.trigger.data.plan', 'pro')",
  });
}

export function declare(steps: readonly JourneyStep[], rendering: Rendering): DeclaredStep[] {
  return JourneyStep.declared(steps, rendering);
}
