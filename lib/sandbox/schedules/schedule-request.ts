/**
 * What a CreateSchedule request may hold beyond what the service's model says (models/), checked as Scheduler checks it.
 *
 * Owns: the `at()` expression, the form of the target's ARN and input, the defaults.
 * Must not know: which schedules, groups and roles there are.
 * Invariant: only one-shot schedules in UTC are known; cron and rate are refused in plain words, never kept unfired.
 */

import { AwsError } from '../http/aws-error.js';
import { numberOf, recordOf, textOf } from '../template/properties.js';
import type { RetryPolicy } from '../template/resources.js';

export interface ScheduleRequest {
  readonly fireAtMs: number;
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
    fireAtMs: fireAt(String(body.ScheduleExpression), textOf(body.ScheduleExpressionTimezone) ?? 'UTC'),
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

/** `at(yyyy-mm-ddThh:mm:ss)`: whole seconds, no zone. */
function fireAt(expression: string, timezone: string): number {
  const invalid = new AwsError('ValidationException', `Invalid Schedule Expression ${expression}.`);
  if (/^(cron|rate)\(.+\)$/.test(expression)) {
    throw new AwsError('ValidationException', `the sandbox fires one-shot schedules only: at(...), not ${expression}`);
  }
  if (timezone !== 'UTC') {
    throw new AwsError('ValidationException', `the sandbox knows schedules in UTC only, not in ${timezone}`);
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
