/**
 * A message of SQS and its three faces: as the API answers it, as Lambda hands it to a function, as a dead letter is shown.
 *
 * Owns: these shapes. Must not know: queues, visibility, who sends.
 */

import { createHash } from 'node:crypto';

export interface Attribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receiptHandle: string | undefined;
  receiveCount: number;
  firstReceivedAtMs: number | undefined;
  /** Takes the moment when it becomes visible off the agenda: in a queue that somebody watches. */
  unwatch: () => void;
}

/** A message that waits in a queue which is somebody's dead-letter queue. */
export interface DeadLetter {
  readonly queueName: string;
  readonly messageId: string;
  readonly sentAtMs: number;
  /** Parsed where it is JSON. */
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A message as Lambda hands it to a function. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly record: Readonly<Record<string, unknown>>;
}

export function toDeadLetter(message: Message, queueName: string): DeadLetter {
  const { messageId, sentAtMs, body, attributes } = message;
  const texts = Object.entries(attributes).map(([name, { StringValue, BinaryValue }]) => [
    name,
    StringValue ?? BinaryValue ?? '',
  ]);
  return { queueName, messageId, sentAtMs, body: parseIfJson(body), attributes: Object.fromEntries(texts) };
}

export function toApi(message: Message): unknown {
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    Attributes: systemAttributes(message),
    ...(Object.keys(message.attributes).length > 0 ? { MessageAttributes: message.attributes } : {}),
  };
}

export function toRecord(message: Message, queueArn: string): Readonly<Record<string, unknown>> {
  const attributes = Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    {
      dataType: DataType,
      stringValue: StringValue,
      binaryValue: BinaryValue,
      stringListValues: [],
      binaryListValues: [],
    },
  ]);
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: { ...systemAttributes(message), SenderId: 'sandbox' },
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: md5(message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3],
  };
}

function systemAttributes(message: Message): Readonly<Record<string, string>> {
  return {
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
  };
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function parseIfJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
