/**
 * The record of an asynchronous invocation that failed for good, in Lambda's own shape.
 *
 * Owns: that shape. Must not know: where it is sent.
 */
import { unpublished } from '../template/function-properties.js';
import type { FunctionResource } from '../template/resources.js';
import type { FunctionError } from './worker/execution-environment.js';

export interface FailedJob {
  readonly fn: FunctionResource;
  readonly requestId: string;
  readonly payload: string;
  readonly attempt: number;
}

export type FailureCondition = 'RetriesExhausted' | 'EventAgeExceeded';

export function failureRecord(
  { fn, requestId, payload, attempt }: FailedJob,
  error: FunctionError,
  condition: FailureCondition,
  nowMs: number,
): string {
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    requestContext: {
      requestId,
      functionArn: fn.invokedArn === fn.arn ? `${fn.arn}:${unpublished}` : fn.invokedArn,
      condition,
      approximateInvokeCount: attempt,
    },
    requestPayload: JSON.parse(payload) as unknown,
    responseContext: { statusCode: 200, executedVersion: fn.version, functionError: 'Unhandled' },
    responsePayload: error,
  });
}
