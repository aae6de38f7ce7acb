/**
 * What a journey's function is told by its construct: the environment variables of contract.ts, checked.
 *
 * Owns: reading them. Invariant: a missing or broken variable is named, with the construct as the fix.
 */
import { env, logKeys, metricSets, metrics, type RunEnd, runEnds } from '../contract.js';
import { limits } from '../limits.js';
import { isObject } from './attributes.js';
import { AdapterError } from './errors.js';

export interface Settings {
  readonly tableName: string;
  readonly eventBusName: string;
  readonly scheduleGroupName: string;
  readonly schedulerRoleArn: string;
  readonly timerDeadLetterArn: string;
  readonly scheduleKeyArn: string | undefined;
  readonly timeoutsMs: Readonly<Record<string, number>>;
  readonly stepTimeoutMs: number;
  readonly logKeys: (typeof logKeys)[number];
  readonly metrics: (typeof metricSets)[number];
  readonly metricNamespace: string;
  /** No run begins any more. */
  readonly retired: boolean;
  /** Ends of runs that are told on the bus. */
  readonly lifecycleEvents: readonly RunEnd[];
}

type Variables = Readonly<Record<string, string | undefined>>;

/** @throws AdapterError MissingVariable, InvalidVariable */
export function settingsFrom(variables: Variables, journeyId: string): Settings {
  const named = required(variables, env.journeyId);
  if (named !== journeyId) {
    throw invalid(env.journeyId, named, `'${journeyId}', the id of the journey that this function serves`);
  }
  return {
    tableName: required(variables, env.tableName),
    eventBusName: required(variables, env.eventBusName),
    scheduleGroupName: required(variables, env.scheduleGroupName),
    schedulerRoleArn: required(variables, env.schedulerRoleArn),
    timerDeadLetterArn: required(variables, env.timerDeadLetterArn),
    scheduleKeyArn: variables[env.scheduleKeyArn] || undefined,
    timeoutsMs: timeouts(variables[env.timeouts]),
    stepTimeoutMs: stepTimeout(variables[env.stepTimeoutMs]),
    logKeys: oneOf(logKeys, env.logKeys, variables[env.logKeys] || 'hashed'),
    metrics: oneOf(metricSets, env.metrics, variables[env.metrics] || 'all'),
    metricNamespace: variables[env.metricNamespace] || metrics.namespace,
    retired: oneOf(['true', 'false'], env.retired, variables[env.retired] || 'false') === 'true',
    lifecycleEvents:
      (variables[env.lifecycleEvents] || undefined)
        ?.split(',')
        .map((end) => oneOf(runEnds, env.lifecycleEvents, end)) ?? [],
  };
}

function required(variables: Variables, name: string): string {
  const value = variables[name];
  if (value) return value;
  throw new AdapterError('MissingVariable', {
    what: `The environment variable ${name} is not set.`,
    expected: 'the variables that the Journey construct gives its function',
    fix: 'deploy the function with new Journey(...), or set the variable',
  });
}

function timeouts(text: string | undefined): Record<string, number> {
  if (!text) return {};
  const value = parsed(text);
  if (isObject(value) && Object.values(value).every(isDurationMs)) return value as Record<string, number>;
  throw invalid(env.timeouts, text, 'JSON: { "<step id>": <milliseconds above 0> }');
}

function stepTimeout(text: string | undefined): number {
  if (!text) return limits.defaultStepTimeoutMs;
  const value = Number(text);
  if (isDurationMs(value) && value <= limits.maxStepTimeoutMs) return value;
  throw invalid(env.stepTimeoutMs, text, `milliseconds from 1 to ${limits.maxStepTimeoutMs}`);
}

/** @throws AdapterError InvalidVariable */
function oneOf<Value extends string>(values: readonly Value[], name: string, got: string): Value {
  const value = values.find((one) => one === got);
  if (value === undefined) throw invalid(name, got, `one of ${values.join(', ')}`);
  return value;
}

function isDurationMs(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(name: string, got: string, expected: string): AdapterError {
  return new AdapterError('InvalidVariable', {
    what: `The environment variable ${name} cannot be used.`,
    got: got.slice(0, 120),
    expected,
    fix: 'let the Journey construct set it',
  });
}
