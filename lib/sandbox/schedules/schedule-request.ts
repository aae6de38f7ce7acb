/**
 * What a CreateSchedule request may hold beyond what the service's model says (models/), checked as Scheduler checks it.
 *
 * Owns: the expressions, the form of the target's ARN and input, the defaults.
 * Must not know: which schedules, groups and roles there are.
 * Invariant: what is not known here (rate, one-shot schedules in other zones than UTC) is refused in plain words, never kept
 * unfired.
 */

import { nextCronTime } from '../../cron-times.js';
import { AwsError } from '../http/aws-error.js';
import { numberOf, recordOf, textOf } from '../template/properties.js';
import type { RetryPolicy } from '../template/resources.js';

export interface ScheduleRequest {
  /** When it fires first after a time; a one-shot schedule whatever that time is, and then never again. */
  readonly nextMs: (afterMs: number) => number | undefined;
  readonly recurring: boolean;
  readonly enabled: boolean;
  readonly deleteAfterCompletion: boolean;
  readonly targetArn: string;
  readonly roleArn: string;
  readonly input: string | undefined;
  readonly retry: RetryPolicy;
  readonly deadLetterArn: string | undefined;
  readonly keyArn: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export function readScheduleRequest(body: Readonly<Record<string, unknown>>): ScheduleRequest {
  const target = recordOf(body.Target);
  const targetArn = String(target.Arn);
  if (!targetArn.startsWith('arn:'))
    throw new AwsError('ValidationException', `Provided Arn is not in correct format.`);
  return {
    ...timesOf(String(body.ScheduleExpression), textOf(body.ScheduleExpressionTimezone) ?? 'UTC'),
    enabled: body.State !== 'DISABLED',
    deleteAfterCompletion: body.ActionAfterCompletion === 'DELETE',
    targetArn,
    roleArn: String(target.RoleArn),
    input: inputOf(target.Input, targetArn),
    retry: {
      maximumRetryAttempts: numberOf(recordOf(target.RetryPolicy).MaximumRetryAttempts, 185),
      maximumEventAgeS: numberOf(recordOf(target.RetryPolicy).MaximumEventAgeInSeconds, 86_400),
    },
    deadLetterArn: textOf(recordOf(target.DeadLetterConfig).Arn),
    keyArn: textOf(body.KmsKeyArn),
    body,
  };
}

function timesOf(expression: string, timezone: string): Pick<ScheduleRequest, 'nextMs' | 'recurring'> {
  if (!/^cron\(.+\)$/.test(expression)) {
    const fireAtMs = fireAt(expression, timezone);
    return { nextMs: () => fireAtMs, recurring: false };
  }
  const nextMs = (afterMs: number): number | undefined => nextCronTime(expression, timezone, afterMs);
  try {
    nextMs(0);
  } catch {
    throw new AwsError('ValidationException', `Invalid Schedule Expression ${expression}.`);
  }
  return { nextMs, recurring: true };
}

/** `at(yyyy-mm-ddThh:mm:ss)`: whole seconds, no zone. */
function fireAt(expression: string, timezone: string): number {
  const invalid = new AwsError('ValidationException', `Invalid Schedule Expression ${expression}.`);
  if (/^rate\(.+\)$/.test(expression)) {
    throw new AwsError(
      'ValidationException',
      `the sandbox fires schedules of at(...) and cron(...), not ${expression}`,
    );
  }
  if (timezone !== 'UTC') {
    throw new AwsError('ValidationException', `the sandbox knows one-shot schedules in UTC only, not in ${timezone}`);
  }
  const [, text] = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(expression) ?? [];
  if (text === undefined) throw invalid;
  const fireAtMs = Date.parse(`${text}Z`);
  if (Number.isNaN(fireAtMs) || !new Date(fireAtMs).toISOString().startsWith(text)) throw invalid;
  return fireAtMs;
}

/** A function takes JSON only. */
function inputOf(input: unknown, targetArn: string): string | undefined {
  if (input === undefined) return undefined;
  const text = String(input);
  if (!targetArn.includes(':lambda:')) return text;
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw new AwsError('ValidationException', 'Invalid Input: the input of an AWS Lambda target must be valid JSON.');
  }
}
