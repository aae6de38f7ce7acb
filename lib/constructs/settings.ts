/**
 * The settings of a Journey, checked: what cannot work, or would only fail once it is deployed, fails the synth.
 *
 * Owns: defaults and bounds of the props. Knows neither the bundle nor the resources.
 * Invariant: a duration that is not known at synth (a token) is refused, because no bound could be checked on it.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { env } from '../contract.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { limits } from '../limits.js';
import { JourneyConstructError, sentence } from './mistake.js';

const secondMs = 1_000;

export interface FunctionTimes {
  readonly timeout: Duration;
  /** Only where the author set one: the default is the engine's. */
  readonly stepTimeoutMs?: number;
}

/** @returns the entry as an absolute path. @throws JourneyConstructError when there is no such file. */
export function checkedEntry(scope: IConstruct, entry: string): string {
  const absolute = path.resolve(entry);
  if (!existsSync(absolute)) {
    throw new JourneyConstructError(scope, {
      what: `The entry ${entry} is not there.`,
      got: absolute,
      expected: `a TypeScript or JavaScript file, from the directory of the CDK app (${process.cwd()})`,
      fix: "correct entry, for example 'lambda/abandoned-cart.ts'",
    });
  }
  return absolute;
}

/** @throws JourneyConstructError */
export function checkedTimes(
  scope: IConstruct,
  props: { readonly timeout?: Duration; readonly stepTimeout?: Duration },
): FunctionTimes {
  const timeout = props.timeout ?? Duration.millis(limits.defaultFunctionTimeoutMs);
  const timeoutMs = knownMs(scope, timeout, 'timeout');
  if (timeoutMs > limits.maxFunctionTimeoutMs) {
    throw new JourneyConstructError(scope, {
      what: 'The timeout of the function is too long: its second retry would find its lease still held.',
      got: `${timeoutMs / secondMs} s`,
      expected: `at most ${limits.maxFunctionTimeoutMs / secondMs} s`,
      fix: 'shorten it; start longer work in a step and await its event',
    });
  }
  const stepTimeoutMs = knownMs(
    scope,
    props.stepTimeout ?? Duration.millis(limits.defaultStepTimeoutMs),
    'stepTimeout',
  );
  const mostMs = Math.min(limits.maxStepTimeoutMs, timeoutMs - limits.lookAllowanceMs);
  if (stepTimeoutMs > mostMs) {
    throw new JourneyConstructError(scope, {
      what: 'A step would never start: stepTimeout is the least that must be left of an invocation for it.',
      got: `stepTimeout ${stepTimeoutMs / secondMs} s, timeout ${timeoutMs / secondMs} s`,
      expected: `stepTimeout at most ${limits.maxStepTimeoutMs / secondMs} s, and ${limits.lookAllowanceMs / secondMs} s shorter than timeout`,
      fix: 'shorten stepTimeout, or lengthen timeout',
    });
  }
  return { timeout, ...(props.stepTimeout && { stepTimeoutMs }) };
}

/** @returns the JSON of { [step id]: milliseconds } for the function. @throws JourneyConstructError */
export function checkedTimeouts(
  scope: IConstruct,
  timeouts: Readonly<Record<string, Duration>>,
  definition: JourneyDefinition,
): string {
  const entries = Object.entries(timeouts).map(([step, duration]) => {
    const ms = knownMs(scope, duration, `timeouts['${step}']`);
    if (step.length === 0 || ms > definition.maxDurationMs) {
      throw new JourneyConstructError(scope, {
        what: `timeouts['${step}'] cannot be used.`,
        got: `${ms} ms`,
        expected: `the id of a wait or a sleep, and at most the maxDuration of journey '${definition.id}' (${definition.maxDurationMs} ms)`,
        fix: 'shorten it, or lengthen maxDuration in createJourney',
      });
    }
    return [step, ms];
  });
  return JSON.stringify(Object.fromEntries(entries));
}

/** @throws JourneyConstructError */
export function knownMs(
  scope: IConstruct,
  duration: Duration,
  prop: string,
  expected = 'a Duration above 0 that is known at synth',
): number {
  const known = duration instanceof Duration && !duration.isUnresolved();
  const ms = known ? duration.toMilliseconds({ integral: false }) : undefined;
  if (ms === undefined || !Number.isSafeInteger(ms) || ms < 1) {
    throw new JourneyConstructError(scope, {
      what: `${prop} is not a time that can be used.`,
      got: ms ?? (duration instanceof Duration ? 'a token, known only after deployment' : duration),
      expected,
      fix: 'write for example Duration.minutes(5)',
    });
  }
  return ms;
}

const ours: ReadonlySet<string> = new Set(Object.values(env));

/** @throws JourneyConstructError when a variable is one that the construct itself sets. */
export function checkedEnvironment(
  scope: IConstruct,
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const taken = Object.keys(environment).find((name) => ours.has(name));
  if (taken !== undefined) {
    throw new JourneyConstructError(scope, {
      what: 'A variable of environment is one that the construct sets itself.',
      got: taken,
      expected: `other names than ${[...ours].join(', ')}`,
      fix: 'remove it, or rename it',
    });
  }
  return environment;
}

/** The least bytes that the value of a token will have: a name or an ARN. Low, so that nothing that fits is refused. */
const leastTokenBytes = 16;

/** @param variables as they stand in the template. @returns a sentence for each mistake. */
export function environmentMistakes(variables: Readonly<Record<string, unknown>>): string[] {
  const bytes = Object.entries(variables).reduce(
    (sum, [name, value]) =>
      sum + Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : leastTokenBytes),
    0,
  );
  if (bytes <= limits.environmentBytes) return [];
  return [
    sentence({
      what: 'The environment of the function is too large.',
      got: `at least ${bytes} bytes`,
      expected: `at most ${limits.environmentBytes} bytes in all, names and values, Sojourn's own included`,
      fix: 'put the longest values into a parameter or a secret, and read them in a step',
    }),
  ];
}

/** Whether a value is known at synth. */
export function isKnown(value: string): boolean {
  return !Token.isUnresolved(value);
}
