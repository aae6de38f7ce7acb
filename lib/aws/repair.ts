/**
 * What a person may do to a hub beside reading it: cancel a run, hand a journey an event or a timer, erase.
 *
 * Owns: the calls, each once and none of them blind: a run is changed by the engine's own conditional write, and erased only
 * when it is over. Takes no decision (lib/inspect does). Not part of a handler's bundle.
 */
import { ConditionalCheckFailedException, DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { TimerPayload } from '../contract.js';
import type { Pointer, Records } from '../engine/ports.js';
import type { EventRecord, RunDocument } from '../engine/stored/document.js';
import type { EngineEvent } from '../engine/stored/event.js';
import type { RunRef } from '../engine/stored/key.js';
import { isObject } from './attributes.js';
import { eraseClaim } from './claim-erase.js';
import { envelopeOf } from './delivery.js';
import { keyOf, names } from './item.js';
import { DynamoPointers } from './pointers.js';
import { DynamoRecords } from './records.js';

/** A journey's place. */
export interface RepairPlace {
  readonly tableName: string;
  readonly scheduleGroupName: string;
  readonly functionArn: string;
}

export interface RepairClients {
  readonly dynamo: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly scheduler: SchedulerClient;
}

export type Invoked =
  | { readonly ok: true }
  | { readonly ok: false; readonly errorType: string; readonly message: string };

export class Repair {
  private readonly records: DynamoRecords;

  constructor(
    private readonly clients: RepairClients,
    private readonly place: RepairPlace,
  ) {
    this.records = new DynamoRecords(clients.dynamo, place.tableName);
  }

  /** C1, by the engine's own conditional write. */
  cancel(...args: Parameters<Records['cancel']>): ReturnType<Records['cancel']> {
    return this.records.cancel(...args);
  }

  /** Hands the journey's function an event or a timer as the bus and Scheduler do: accepted, with retries and dead letters. */
  async handOver(delivery: EngineEvent | TimerPayload): Promise<void> {
    await this.clients.lambda.send(
      new InvokeCommand({
        FunctionName: this.place.functionArn,
        InvocationType: 'Event',
        Payload: payloadOf(delivery),
      }),
    );
  }

  /**
   * The same, and waits for the end of it.
   * @param codeVersion of the run that it is about: asked for directly, because another one would only pass it on.
   */
  async handOverAndWait(delivery: EngineEvent | TimerPayload, codeVersion?: string): Promise<Invoked> {
    const { functionArn } = this.place;
    const payload = payloadOf(delivery);
    if (codeVersion !== undefined) {
      const version = `${functionArn.split(':').slice(0, 7).join(':')}:${codeVersion}`;
      const invoked = await invokeAndWait(this.clients.lambda, version, payload);
      if (invoked.ok || invoked.errorType !== 'ResourceNotFoundException') return invoked;
    }
    return invokeAndWait(this.clients.lambda, functionArn, payload);
  }

  async timerExists(name: string): Promise<boolean> {
    return this.unlessGone(new GetScheduleCommand({ Name: name, GroupName: this.place.scheduleGroupName }));
  }

  /** @returns whether it was there. */
  async deleteTimer(name: string): Promise<boolean> {
    return this.unlessGone(new DeleteScheduleCommand({ Name: name, GroupName: this.place.scheduleGroupName }));
  }

  //   eraser ── Delete IF over ─▶ erased
  //   a run that was begun anew meanwhile ── Delete IF over ─▶ refused: it lives
  /** @returns false for a run that is active. */
  async eraseRun(run: Pick<RunDocument, 'pk' | 'position'>): Promise<boolean> {
    try {
      await this.clients.dynamo.send(
        new DeleteItemCommand({
          TableName: this.place.tableName,
          Key: keyOf(run, 'run'),
          ConditionExpression: '#status <> :active',
          ExpressionAttributeNames: { '#status': names.status },
          ExpressionAttributeValues: { ':active': { S: 'active' } },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async eraseEvent(record: Pick<EventRecord, 'pk' | 'position'>): Promise<void> {
    await this.clients.dynamo.send(
      new DeleteItemCommand({ TableName: this.place.tableName, Key: keyOf(record, 'event') }),
    );
  }

  /** None being there is fine. */
  async erasePointer(pointer: Omit<Pointer, 'expiresAtS'>): Promise<void> {
    await new DynamoPointers(this.clients.dynamo, this.place.tableName).drop({ ...pointer, expiresAtS: 0 });
  }

  async eraseClaim(pk: string, holder: RunRef): Promise<void> {
    await eraseClaim({ client: this.clients.dynamo, tableName: this.place.tableName }, pk, holder);
  }

  private async unlessGone(command: GetScheduleCommand | DeleteScheduleCommand): Promise<boolean> {
    try {
      // Two overloads of one method: the client takes either.
      await this.clients.scheduler.send(command as GetScheduleCommand);
      return true;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return false;
      throw error;
    }
  }
}

/** Invokes a function with what it failed at, and waits for the end of it. */
export async function invokeAndWait(lambda: LambdaClient, functionArn: string, payload: Uint8Array): Promise<Invoked> {
  try {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: functionArn, Payload: payload }),
    );
    return FunctionError === undefined ? { ok: true } : failureOf(Payload);
  } catch (error) {
    const { name, message } = error as Error;
    return { ok: false, errorType: name, message };
  }
}

function payloadOf(delivery: EngineEvent | TimerPayload): Uint8Array {
  return Buffer.from(JSON.stringify('sojourn' in delivery ? delivery : envelopeOf(delivery)));
}

function failureOf(payload: Uint8Array | undefined): Invoked {
  const unknown = { ok: false, errorType: 'Error', message: 'the function failed and did not say how' } as const;
  try {
    const error: unknown = JSON.parse(Buffer.from(payload ?? []).toString('utf8'));
    if (!isObject(error)) return unknown;
    return { ok: false, errorType: String(error.errorType), message: String(error.errorMessage) };
  } catch {
    return unknown;
  }
}
