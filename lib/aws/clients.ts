/**
 * The AWS clients that every journey's function needs, created once per execution environment; EventBridge's: bus-on-demand.ts.
 *
 * Owns: how long a call may hang. Region, endpoint and credentials come from the SDK's standard environment variables.
 * The SDK retries throttled and broken calls by itself; every call made here may be repeated, because each is conditional
 * or named.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SchedulerClient } from '@aws-sdk/client-scheduler';

/** The SDK's own default is to wait for ever, which would spend an invocation on one lost packet. Ours. */
export const patience = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;

export interface Clients {
  readonly dynamo: DynamoDBClient;
  readonly scheduler: SchedulerClient;
}

export function createClients(): Clients {
  return {
    dynamo: new DynamoDBClient({ requestHandler: patience }),
    scheduler: new SchedulerClient({ requestHandler: patience }),
  };
}
