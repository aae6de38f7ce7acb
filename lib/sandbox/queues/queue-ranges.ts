/**
 * The ranges of SQS's numbers, which its public model does not have.
 *
 * Owns: the ranges and the service's words for what is outside. Must not know: queues and messages.
 */

import { limits } from '../../limits.js';
import { AwsError } from '../http/aws-error.js';

/** Least, most (both SQS API reference). */
const ranges: Readonly<Record<string, readonly [least: number, most: number]>> = {
  DelaySeconds: [0, limits.queueDelayMs / 1_000],
  MaxNumberOfMessages: [1, 10],
  VisibilityTimeout: [0, limits.queueVisibilityMs / 1_000],
  WaitTimeSeconds: [0, 20],
};

/** @throws AwsError for a number outside of its range. */
export function checkRanges(input: Readonly<Record<string, unknown>>): void {
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = input[name];
    if (typeof value !== 'number' || (value >= least && value <= most)) continue;
    const reason = `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}, if provided.`;
    throw new AwsError('InvalidParameterValue', reason);
  }
}
