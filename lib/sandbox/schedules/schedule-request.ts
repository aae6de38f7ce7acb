/**
 * What a CreateSchedule request may hold, checked as Scheduler checks it.
 *
 * Owns: names, the `at()` expression, the flexible window, the target, the retry policy.
 * Must not know: which schedules, groups and roles there are.
 * Invariant: only one-shot schedules in UTC are known; cron and rate are refused in plain words, never kept unfired.
 */

import { limits } from '../../limits.js';
import { AwsError, constraintError } from '../http/aws-error.js';
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
  readonly body: Readonly<Record<string, unknown>>;
}

const namePattern = /^[0-9a-zA-Z\-_.]+$/;

export function readScheduleRequest(
  name: string,
  groupName: string,
  body: Readonly<Record<string, unknown>>,
): ScheduleRequest {
  const target = recordOf(body.Target);
  const violations = [
    ...nameViolations(name, 'name'),
    ...nameViolations(groupName, 'groupName'),
    ...requiredViolations({
      scheduleExpression: body.ScheduleExpression,
      'target.arn': target.Arn,
      'target.roleArn': target.RoleArn,
    }),
    ...enumViolations(recordOf(body.FlexibleTimeWindow).Mode, 'flexibleTimeWindow.mode', ['OFF', 'FLEXIBLE'], true),
    ...enumViolations(body.ActionAfterCompletion, 'actionAfterCompletion', ['NONE', 'DELETE'], false),
    ...enumViolations(body.State, 'state', ['ENABLED', 'DISABLED'], false),
    ...retryViolations(recordOf(target.RetryPolicy)),
  ];
  if (violations.length > 0) throw constraintError(violations);
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

function nameViolations(value: string, member: string): string[] {
  const at = `Value '${value}' at '${member}' failed to satisfy constraint: Member must`;
  return [
    ...(value.length > limits.scheduleNameChars
      ? [`${at} have length less than or equal to ${limits.scheduleNameChars}`]
      : []),
    ...(namePattern.test(value) ? [] : [`${at} satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$`]),
  ];
}

function requiredViolations(members: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(members)
    .filter(([, value]) => typeof value !== 'string' || value === '')
    .map(([member]) => `Value null at '${member}' failed to satisfy constraint: Member must not be null`);
}

function enumViolations(value: unknown, member: string, allowed: readonly string[], needed: boolean): string[] {
  if (value === undefined && !needed) return [];
  if (value === undefined) return requiredViolations({ [member]: undefined });
  if (allowed.includes(String(value))) return [];
  return [
    `Value '${String(value)}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
  ];
}

function retryViolations(policy: Readonly<Record<string, unknown>>): string[] {
  const ranges = { maximumRetryAttempts: [0, 185], maximumEventAgeInSeconds: [60, 86_400] } as const;
  return Object.entries(ranges).flatMap(([member, [least, most]]) => {
    const value = policy[member[0]!.toUpperCase() + member.slice(1)];
    if (value === undefined) return [];
    const at = `Value '${String(value)}' at 'target.retryPolicy.${member}' failed to satisfy constraint: Member must have value`;
    if (numberOf(value, least - 1) < least) return [`${at} greater than or equal to ${least}`];
    return numberOf(value, most) > most ? [`${at} less than or equal to ${most}`] : [];
  });
}
