/**
 * The hub's redriver: the Lambda function that its dead-letter queues invoke. Bundled by the hub, not part of a journey.
 *
 * Owns: the calls that carry out a move (redrive.ts decides it). A journey's function is invoked with what it failed at, as
 * it got it, and its answer awaited: a dead letter is deleted only when it succeeded.
 * Invariants: whatever goes wrong here leaves the message in its queue, where it comes back; it tells no event's data.
 */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  InvokeCommand,
  type InvokeCommandOutput,
  LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import {
  ChangeMessageVisibilityCommand,
  type MessageAttributeValue,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type RedriveMark, redriveAttribute, redriverEnv, redriverProbeKey, table } from '../contract.js';
import { limits } from '../limits.js';
import { patience } from './clients.js';
import { type DeadLetter, markOf, unwrapDeadLetter } from './dead-letter.js';
import { type Move, moveAfterFailure, nextMove, type Seen, triesOf } from './redrive.js';
import { liveArnOf, versionIn } from './versions.js';

/** What is used of an SQS record that Lambda hands over. */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
  readonly messageAttributes: Readonly<Record<string, { readonly dataType: string; readonly stringValue?: string }>>;
  readonly eventSourceARN: string;
}

export interface QueueEvent {
  readonly Records: readonly QueueRecord[];
}

/** Messages that stay in the queue. */
export interface QueueAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

interface Clients {
  readonly dynamo: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly sqs: SQSClient;
}

let clients: Clients | undefined;

export async function handler({ Records }: QueueEvent): Promise<QueueAnswer> {
  clients ??= createClients();
  const redriver = new Redriver(
    clients,
    process.env[redriverEnv.deadLetterQueueUrl]!,
    await tableAnswers(clients.dynamo),
  );
  const stays = await Promise.all(Records.map((record) => redriver.take(record)));
  const failures = Records.filter((_, index) => stays[index]).map(({ messageId }) => ({ itemIdentifier: messageId }));
  return { batchItemFailures: failures };
}

class Redriver {
  constructor(
    private readonly clients: Clients,
    private readonly deadLetterQueueUrl: string,
    private readonly tableAnswers: boolean,
  ) {}

  /** @returns whether the message stays in its queue. */
  async take(record: QueueRecord): Promise<boolean> {
    const attributes = textsOf(record);
    const letter = unwrapDeadLetter(record.body, attributes);
    const { messageId } = record;
    const receiveCount = Number(record.attributes.ApproximateReceiveCount);
    const seen = { letter, mark: markOf(attributes), receiveCount, tableAnswers: this.tableAnswers, messageId };
    try {
      return await this.carryOut(nextMove(seen), record, seen);
    } catch (error) {
      // It is hidden for the queue's own visibility timeout, and comes again.
      this.tell(seen, 'error', { error: nameOf(error) });
      return true;
    }
  }

  private async carryOut(move: Move, record: QueueRecord, seen: Seen): Promise<boolean> {
    switch (move.kind) {
      case 'invoke':
        return this.invoke(record, seen);
      case 'wait':
        await this.hide(record, move.forMs);
        this.tell(seen, 'wait', { forMs: move.forMs });
        return true;
      case 'giveUp':
        await this.hide(record, 0);
        this.tell(seen, 'giveUp');
        return true;
      case 'settle':
        await this.send(this.urlOf(record), record, {
          tries: triesOf(seen),
          answersSinceMs: Date.now(),
        });
        this.tell(seen, 'settle');
        return false;
      case 'keep':
        await this.send(this.deadLetterQueueUrl, record, { tries: triesOf(seen), reason: move.reason });
        this.tell(seen, 'keep', { reason: move.reason });
        return false;
    }
  }

  private async invoke(record: QueueRecord, seen: Seen): Promise<boolean> {
    const { functionArn, payload } = seen.letter as DeadLetter;
    const Payload = Buffer.from(JSON.stringify(payload));
    try {
      const { FunctionError, Payload: answer } = await this.invokeThere(functionArn, Payload);
      if (FunctionError === undefined) {
        this.tell(seen, 'redriven');
        return false;
      }
      return await this.carryOut(moveAfterFailure(seen, errorTypeOf(answer)), record, seen);
    } catch (error) {
      return this.carryOut(moveAfterFailure(seen, nameOf(error)), record, seen);
    }
  }

  /** A version of the function that is gone has no active runs any more, or none that it should have: the live one takes over. */
  private async invokeThere(functionArn: string, Payload: Uint8Array): Promise<InvokeCommandOutput> {
    try {
      return await this.clients.lambda.send(new InvokeCommand({ FunctionName: functionArn, Payload }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException) || versionIn(functionArn) === undefined) throw error;
      return this.clients.lambda.send(new InvokeCommand({ FunctionName: liveArnOf(functionArn), Payload }));
    }
  }

  private async hide({ receiptHandle, ...record }: QueueRecord, forMs: number): Promise<void> {
    const VisibilityTimeout = Math.ceil(forMs / 1_000);
    const QueueUrl = this.urlOf({ receiptHandle, ...record });
    await this.clients.sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout }),
    );
  }

  private async send(QueueUrl: string, record: QueueRecord, mark: RedriveMark): Promise<void> {
    const own = { [redriveAttribute]: { DataType: 'String', StringValue: JSON.stringify(mark) } };
    const DelaySeconds = mark.answersSinceMs === undefined ? 0 : limits.redriveTimerWaitMs / 1_000;
    await this.clients.sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: record.body,
        MessageAttributes: { ...attributesOf(record), ...own },
        DelaySeconds,
      }),
    );
  }

  /** All queues of the hub are of one account and region: their addresses differ in the name alone. */
  private urlOf({ eventSourceARN }: QueueRecord): string {
    const name = eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1);
    return `${this.deadLetterQueueUrl.slice(0, this.deadLetterQueueUrl.lastIndexOf('/'))}/${name}`;
  }

  private tell(seen: Seen, outcome: string, more: object = {}): void {
    const { letter, messageId } = seen;
    const functionName = letter?.functionArn.split(':')[6];
    const level = ['keep', 'giveUp', 'error'].includes(outcome) ? 'error' : 'info';
    const payload = (letter?.kind === 'event' ? letter.payload : {}) as {
      readonly id?: string;
      readonly cause?: string;
    };
    const event = payload.id ?? payload.cause;
    const line = { level, deadLetter: outcome, origin: letter?.origin, functionName, event };
    process.stdout.write(`${JSON.stringify({ ...line, tries: triesOf(seen), messageId, ...more })}\n`);
  }
}

function createClients(): Clients {
  return {
    dynamo: new DynamoDBClient({ requestHandler: patience }),
    // A journey's function answers when it is done. One attempt: what fails is tried again by the queue.
    lambda: new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: limits.redriverTimeoutMs } }),
    sqs: new SQSClient({ requestHandler: patience }),
  };
}

/** While the table does not answer nobody is invoked. */
async function tableAnswers(dynamo: DynamoDBClient): Promise<boolean> {
  const Key = { [table.partitionKey]: { S: redriverProbeKey }, [table.sortKey]: { S: redriverProbeKey } };
  const TableName = process.env[redriverEnv.tableName];
  try {
    await dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    return true;
  } catch {
    return false;
  }
}

function textsOf({ messageAttributes }: QueueRecord): Record<string, string> {
  const entries = Object.entries(messageAttributes);
  return Object.fromEntries(entries.map(([name, { stringValue }]) => [name, stringValue ?? '']));
}

function attributesOf({ messageAttributes }: QueueRecord): Record<string, MessageAttributeValue> {
  const texts = Object.entries(messageAttributes).filter(([, { stringValue }]) => stringValue !== undefined);
  return Object.fromEntries(
    texts.map(([name, { dataType, stringValue }]) => [name, { DataType: dataType, StringValue: stringValue }]),
  );
}

function errorTypeOf(payload: Uint8Array | undefined): string | undefined {
  try {
    const error: unknown = JSON.parse(Buffer.from(payload ?? []).toString('utf8'));
    return (error as { errorType?: string } | null)?.errorType;
  } catch {
    return undefined;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
