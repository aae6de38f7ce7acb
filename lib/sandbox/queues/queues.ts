/**
 * SQS: the queues of the template, dead-letter queues above all.
 *
 * Owns: messages, their visibility and retention by the virtual clock, the API operations.
 * Must not know: who sends. Standard queues only; a long poll answers at once.
 */

import { AwsError } from '../http/aws-error.js';
import type { QueueResource } from '../template/resources.js';
import type { Report } from '../time/activity.js';
import type { SeededRandom } from '../time/random.js';
import type { Timeline } from '../time/timeline.js';
import {
  type Attribute,
  type DeadLetter,
  type Message,
  md5,
  type ReceivedMessage,
  toApi,
  toDeadLetter,
  toRecord,
} from './queue-message.js';
import { checkRanges } from './queue-ranges.js';

interface Queue {
  readonly resource: QueueResource;
  messages: Message[];
  /** Called when a message has become visible. */
  onVisible: (() => void) | undefined;
}

type Input = Readonly<Record<string, unknown>>;

export class QueueService {
  private readonly queues: Queue[] = [];
  /** Names of queues that something of the template, or the sandbox itself, uses for dead letters. */
  private readonly deadLetterQueues = new Set<string>();

  constructor(
    resources: readonly QueueResource[],
    deadLetterArns: readonly string[],
    private readonly timeline: Timeline,
    private readonly random: SeededRandom,
    private readonly report: Report,
  ) {
    this.add(resources, deadLetterArns);
  }

  /** Those that are there already keep what they hold. */
  add(resources: readonly QueueResource[], deadLetterArns: readonly string[]): void {
    const added = resources.filter(({ arn }) => this.byArn(arn) === undefined);
    this.queues.push(...added.map((resource) => ({ resource, messages: [], onVisible: undefined })));
    for (const arn of deadLetterArns) {
      const queue = this.byArn(arn);
      if (queue !== undefined) this.deadLetterQueues.add(queue.resource.name);
    }
  }

  /** Calls back when messages of the queue have become visible. False when there is no such queue. */
  watch(queueArn: string, onVisible: () => void): boolean {
    const queue = this.byArn(queueArn);
    if (queue !== undefined) queue.onVisible = onVisible;
    return queue !== undefined;
  }

  /** Receives as Lambda's pollers do. */
  receive(queueArn: string, most: number): ReceivedMessage[] {
    const queue = this.byArn(queueArn);
    if (queue === undefined) return [];
    return this.receiveFrom(queue, most, queue.resource.visibilityTimeoutS).map((message) => ({
      messageId: message.messageId,
      receiptHandle: message.receiptHandle!,
      record: toRecord(message, queue.resource.arn),
    }));
  }

  delete(queueArn: string, receiptHandle: string): void {
    const queue = this.byArn(queueArn);
    if (queue !== undefined) this.take(queue, (message) => message.receiptHandle === receiptHandle);
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
      .flatMap((queue) => this.kept(queue).map((message) => toDeadLetter(message, queue.resource.name)));
  }

  answer(operation: string, input: Input): unknown {
    switch (operation) {
      case 'SendMessage':
        return this.sendMessage(input);
      case 'ReceiveMessage':
        return this.receiveMessage(input);
      case 'DeleteMessage':
        this.take(this.byUrl(input), (message) => message.receiptHandle === input.ReceiptHandle);
        return {};
      case 'ChangeMessageVisibility':
        return this.changeVisibility(input);
      case 'ChangeMessageVisibilityBatch':
        return this.changeVisibilities(input);
      case 'PurgeQueue':
        this.take(this.byUrl(input), () => true);
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
        throw new Error(`sqs:${operation} is in the model but not here`);
    }
  }

  private sendMessage(input: Input): unknown {
    checkRanges(input);
    const body = String(input.MessageBody);
    if (body === '') throw missing('MessageBody');
    const queue = this.byUrl(input);
    const delayS = typeof input.DelaySeconds === 'number' ? input.DelaySeconds : queue.resource.delayS;
    const attributes = (input.MessageAttributes ?? {}) as Record<string, Attribute>;
    const message = this.put(queue, body, attributes, delayS);
    return { MessageId: message.messageId, MD5OfMessageBody: md5(body) };
  }

  private receiveMessage(input: Input): unknown {
    checkRanges(input);
    const queue = this.byUrl(input);
    const visibilityS =
      typeof input.VisibilityTimeout === 'number' ? input.VisibilityTimeout : queue.resource.visibilityTimeoutS;
    const most = typeof input.MaxNumberOfMessages === 'number' ? input.MaxNumberOfMessages : 1;
    const received = this.receiveFrom(queue, most, visibilityS);
    return received.length === 0 ? {} : { Messages: received.map(toApi) };
  }

  private receiveFrom(queue: Queue, most: number, visibilityS: number): Message[] {
    const nowMs = this.timeline.nowMs();
    const received: Message[] = [];
    for (const message of this.kept(queue).filter(({ visibleAtMs }) => visibleAtMs <= nowMs)) {
      if (received.length === most) break;
      if (this.giveUp(queue, message)) continue;
      message.receiptHandle = this.random.uuid('receipt');
      message.receiveCount += 1;
      message.firstReceivedAtMs ??= nowMs;
      this.hide(queue, message, visibilityS);
      received.push(message);
    }
    return received;
  }

  /** Moves a message that was received too often to the queue's own dead-letter queue; its age goes on counting there. */
  private giveUp(queue: Queue, message: Message): boolean {
    const { redrive, name } = queue.resource;
    const target = redrive === undefined ? undefined : this.byArn(redrive.deadLetterArn);
    if (redrive === undefined || target === undefined || message.receiveCount < redrive.maxReceiveCount) return false;
    this.take(queue, (other) => other === message);
    message.receiveCount = 0;
    target.messages.push(message);
    this.hide(target, message, 0);
    const reason = `${name}: received ${redrive.maxReceiveCount} times`;
    this.report({ kind: 'dead-letter', queueName: target.resource.name, reason, body: message.body });
    return true;
  }

  private changeVisibility(input: Input): unknown {
    checkRanges(input);
    const queue = this.byUrl(input);
    const visibilityS = Number(input.VisibilityTimeout);
    const message = this.kept(queue).find(({ receiptHandle }) => receiptHandle === input.ReceiptHandle);
    if (message === undefined || message.visibleAtMs <= this.timeline.nowMs()) {
      throw new AwsError('MessageNotInflight', 'The specified message is not in flight.');
    }
    this.hide(queue, message, visibilityS);
    return {};
  }

  private changeVisibilities({ QueueUrl, Entries }: Input): unknown {
    const [Successful, Failed]: [object[], object[]] = [[], []];
    for (const entry of (Entries ?? []) as readonly Input[]) {
      try {
        this.changeVisibility({ ...entry, QueueUrl });
        Successful.push({ Id: entry.Id });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
      }
    }
    return { Successful, Failed };
  }

  /** Nobody receives it before so many seconds have passed. */
  private hide(queue: Queue, message: Message, forS: number): void {
    message.visibleAtMs = this.timeline.nowMs() + forS * 1000;
    message.unwatch();
    const { onVisible } = queue;
    if (onVisible === undefined) return;
    const due = { kind: 'queue-delivery', dueMs: message.visibleAtMs, what: queue.resource.name } as const;
    message.unwatch = this.timeline.add(due, onVisible);
  }

  private take(queue: Queue, which: (message: Message) => boolean): void {
    for (const message of queue.messages.filter(which)) message.unwatch();
    queue.messages = queue.messages.filter((message) => !which(message));
  }

  private put(queue: Queue, body: string, attributes: Readonly<Record<string, Attribute>>, delayS: number): Message {
    const sentAtMs = this.timeline.nowMs();
    const message: Message = {
      messageId: this.random.uuid('message'),
      body,
      attributes,
      sentAtMs,
      visibleAtMs: sentAtMs,
      receiptHandle: undefined,
      receiveCount: 0,
      firstReceivedAtMs: undefined,
      unwatch: () => undefined,
    };
    queue.messages.push(message);
    this.hide(queue, message, delayS);
    return message;
  }

  /** Messages older than the queue's retention are gone. */
  private kept(queue: Queue): Message[] {
    const oldestMs = this.timeline.nowMs() - queue.resource.retentionS * 1000;
    this.take(queue, (message) => message.sentAtMs < oldestMs);
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
    return this.byName(String(input.QueueUrl).split('/').pop());
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
