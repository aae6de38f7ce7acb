/**
 * SQS: the queues of the template, dead-letter queues above all.
 *
 * Owns: messages, their visibility and retention by the virtual clock, the API operations.
 * Must not know: who sends. Standard queues only; a long poll answers at once.
 */

import { createHash } from 'node:crypto';
import type { Report } from './activity.js';
import { AwsError } from './aws-error.js';
import type { SeededRandom } from './random.js';
import type { QueueResource } from './resources.js';
import type { Timeline } from './timeline.js';

interface Attribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receiptHandle: string | undefined;
  receiveCount: number;
  firstReceivedAtMs: number | undefined;
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

interface Queue {
  readonly resource: QueueResource;
  messages: Message[];
}

type Input = Readonly<Record<string, unknown>>;

export class QueueService {
  private readonly queues: readonly Queue[];
  /** Names of queues that something of the template, or the sandbox itself, uses for dead letters. */
  private readonly deadLetterQueues: Set<string>;

  constructor(
    resources: readonly QueueResource[],
    deadLetterArns: readonly string[],
    private readonly timeline: Timeline,
    private readonly random: SeededRandom,
    private readonly report: Report,
  ) {
    this.queues = resources.map((resource) => ({ resource, messages: [] }));
    this.deadLetterQueues = new Set(deadLetterArns.flatMap((arn) => this.byArn(arn)?.resource.name ?? []));
  }

  /** False when there is no such queue. */
  send(queueArn: string, body: string, attributes: Readonly<Record<string, string>>): boolean {
    const queue = this.byArn(queueArn);
    if (queue === undefined) return false;
    const typed = Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]);
    this.put(queue, body, Object.fromEntries(typed), 0);
    return true;
  }

  sendDeadLetter(queueArn: string, body: string, attributes: Readonly<Record<string, string>>, reason: string): void {
    const queueName = this.byArn(queueArn)?.resource.name;
    if (queueName !== undefined) this.deadLetterQueues.add(queueName);
    this.send(queueArn, body, attributes);
    this.report({ kind: 'dead-letter', queueName, reason, body });
  }

  deadLetters(): readonly DeadLetter[] {
    return this.queues
      .filter(({ resource }) => this.deadLetterQueues.has(resource.name))
      .flatMap((queue) =>
        this.kept(queue).map((message) => ({
          queueName: queue.resource.name,
          messageId: message.messageId,
          sentAtMs: message.sentAtMs,
          body: parseIfJson(message.body),
          attributes: Object.fromEntries(
            Object.entries(message.attributes).map(([name, { StringValue, BinaryValue }]) => [
              name,
              StringValue ?? BinaryValue ?? '',
            ]),
          ),
        })),
      );
  }

  /** The queue that a request is about, for permissions. */
  arnOf(input: Input): string {
    return this.queues.find(({ resource }) => resource.url === input.QueueUrl)?.resource.arn ?? '*';
  }

  answer(operation: string, input: Input): unknown {
    switch (operation) {
      case 'SendMessage':
        return this.sendMessage(input);
      case 'ReceiveMessage':
        return this.receiveMessage(input);
      case 'DeleteMessage':
        return this.deleteMessage(input);
      case 'PurgeQueue':
        this.byUrl(input).messages = [];
        return {};
      case 'GetQueueUrl':
        return { QueueUrl: this.byName(input.QueueName).resource.url };
      case 'GetQueueAttributes':
        return { Attributes: this.queueAttributes(this.byUrl(input), input) };
      case 'ListQueues': {
        const prefix = typeof input.QueueNamePrefix === 'string' ? input.QueueNamePrefix : '';
        const urls = this.queues
          .filter(({ resource }) => resource.name.startsWith(prefix))
          .map(({ resource }) => resource.url);
        return urls.length === 0 ? {} : { QueueUrls: urls };
      }
      default:
        throw new AwsError('UnsupportedOperation', `the sandbox does not know sqs:${operation}`);
    }
  }

  private sendMessage(input: Input): unknown {
    const body = input.MessageBody;
    if (typeof body !== 'string' || body === '') throw missing('MessageBody');
    const queue = this.byUrl(input);
    const delayS = typeof input.DelaySeconds === 'number' ? input.DelaySeconds : queue.resource.delayS;
    const attributes = (input.MessageAttributes ?? {}) as Record<string, Attribute>;
    const message = this.put(queue, body, attributes, delayS);
    return { MessageId: message.messageId, MD5OfMessageBody: md5(body) };
  }

  private receiveMessage(input: Input): unknown {
    const queue = this.byUrl(input);
    const nowMs = this.timeline.nowMs();
    const visibilityS =
      typeof input.VisibilityTimeout === 'number' ? input.VisibilityTimeout : queue.resource.visibilityTimeoutS;
    const most = typeof input.MaxNumberOfMessages === 'number' ? input.MaxNumberOfMessages : 1;
    const received = this.kept(queue)
      .filter((message) => message.visibleAtMs <= nowMs)
      .slice(0, most);
    for (const message of received) {
      message.visibleAtMs = nowMs + visibilityS * 1000;
      message.receiptHandle = this.random.uuid('receipt');
      message.receiveCount += 1;
      message.firstReceivedAtMs ??= nowMs;
    }
    return received.length === 0 ? {} : { Messages: received.map(toApi) };
  }

  private deleteMessage(input: Input): unknown {
    const queue = this.byUrl(input);
    queue.messages = queue.messages.filter((message) => message.receiptHandle !== input.ReceiptHandle);
    return {};
  }

  private put(queue: Queue, body: string, attributes: Readonly<Record<string, Attribute>>, delayS: number): Message {
    const sentAtMs = this.timeline.nowMs();
    const message: Message = {
      messageId: this.random.uuid('message'),
      body,
      attributes,
      sentAtMs,
      visibleAtMs: sentAtMs + delayS * 1000,
      receiptHandle: undefined,
      receiveCount: 0,
      firstReceivedAtMs: undefined,
    };
    queue.messages.push(message);
    return message;
  }

  /** Messages older than the queue's retention are gone. */
  private kept(queue: Queue): Message[] {
    const oldestMs = this.timeline.nowMs() - queue.resource.retentionS * 1000;
    queue.messages = queue.messages.filter((message) => message.sentAtMs >= oldestMs);
    return queue.messages;
  }

  private queueAttributes(queue: Queue, input: Input): Record<string, string> {
    const messages = this.kept(queue);
    const nowMs = this.timeline.nowMs();
    const visible = messages.filter((message) => message.visibleAtMs <= nowMs).length;
    const all: Record<string, string> = {
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(messages.length - visible),
      ApproximateNumberOfMessagesDelayed: '0',
      QueueArn: queue.resource.arn,
      VisibilityTimeout: String(queue.resource.visibilityTimeoutS),
      MessageRetentionPeriod: String(queue.resource.retentionS),
    };
    const wanted = (input.AttributeNames ?? []) as readonly string[];
    return wanted.includes('All')
      ? all
      : Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name)));
  }

  private byArn(arn: string): Queue | undefined {
    return this.queues.find(({ resource }) => resource.arn === arn);
  }

  /** The address part of a queue URL may be written in other ways; the account and the name decide. */
  private byUrl(input: Input): Queue {
    if (typeof input.QueueUrl !== 'string') throw missing('QueueUrl');
    return this.byName(input.QueueUrl.split('/').pop());
  }

  private byName(name: unknown): Queue {
    const queue = this.queues.find(({ resource }) => resource.name === name);
    if (queue === undefined) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }
}

function missing(parameter: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${parameter}.`);
}

function toApi(message: Message): unknown {
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    Attributes: {
      SentTimestamp: String(message.sentAtMs),
      ApproximateReceiveCount: String(message.receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    },
    ...(Object.keys(message.attributes).length > 0 ? { MessageAttributes: message.attributes } : {}),
  };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function parseIfJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
