/**
 * Reads a queue of dead letters for people, and takes letters out of it.
 *
 * Owns: the calls. SQS has no way to look without taking: what is read is hidden from others for a while, so everything that
 * is not kept is put back at once. Knows nothing of what a letter is worth; dead-letter.ts unwraps it.
 * Invariant: a message leaves a queue by `remove` only.
 */
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { RedriveMark, TimerPayload } from '../contract.js';
import type { EngineEvent } from '../engine/stored/event.js';
import { type DeadLetter, markOf, unwrapDeadLetter } from './dead-letter.js';
import { deliveryOf } from './delivery.js';

/** One message of a queue, unwrapped. */
export interface TakenLetter {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly queueUrl: string;
  readonly sentAtMs: number;
  readonly mark: RedriveMark;
  /** Undefined for what has none of the three shapes. */
  readonly letter?: DeadLetter | undefined;
  readonly event?: EngineEvent | undefined;
  readonly timer?: TimerPayload | undefined;
}

export interface QueueCounts {
  readonly visible: number;
  /** Hidden at this moment: being tried, or waiting for its next try. */
  readonly hidden: number;
}

/** While they are listed. A listing that takes longer may meet a message twice, and counts it once. */
const heldS = 60;
/** SQS asks a part of its servers at a time: empty once is not empty. */
const emptyAnswers = 2;

export class DeadLetterQueue {
  constructor(
    private readonly client: SQSClient,
    readonly url: string,
  ) {}

  async counts(): Promise<QueueCounts> {
    const { Attributes } = await this.client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.url,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    const count = (name: string): number => Number((Attributes as Record<string, string> | undefined)?.[name] ?? 0);
    return {
      visible: count('ApproximateNumberOfMessages'),
      hidden: count('ApproximateNumberOfMessagesNotVisible'),
    };
  }

  /** Takes all that can be seen, oldest first, of those of one second the older event; it stays hidden for a minute, or until `putBack`. */
  async take(onLetters: (count: number) => void = () => {}): Promise<TakenLetter[]> {
    const taken = new Map<string, TakenLetter>();
    for (let empty = 0; empty < emptyAnswers; ) {
      const { Messages = [] } = await this.client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.url,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: heldS,
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['SentTimestamp'],
          MessageAttributeNames: ['All'],
        }),
      );
      const before = taken.size;
      for (const message of Messages) taken.set(message.MessageId ?? '', takenLetter(this.url, message));
      empty = taken.size === before ? empty + 1 : 0;
      onLetters(taken.size);
    }
    return [...taken.values()].sort((a, b) => secondOf(a) - secondOf(b) || eventMsOf(a) - eventMsOf(b));
  }

  async putBack(letters: readonly TakenLetter[]): Promise<void> {
    for (let at = 0; at < letters.length; at += 10) {
      const Entries = letters
        .slice(at, at + 10)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }));
      // One that is visible again already is refused: that is what is wanted.
      await this.client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.url, Entries }));
    }
  }

  /** Keeps others from it while it is worked on. */
  async hold({ receiptHandle }: TakenLetter, forS: number): Promise<void> {
    await this.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: this.url, ReceiptHandle: receiptHandle, VisibilityTimeout: forS }),
    );
  }

  async remove({ receiptHandle }: TakenLetter): Promise<void> {
    await this.client.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle: receiptHandle }));
  }
}

function takenLetter(queueUrl: string, message: Message): TakenLetter {
  const { MessageId = '', ReceiptHandle = '', Body = '', Attributes, MessageAttributes = {} } = message;
  const texts = Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue ?? '']),
  );
  const letter = unwrapDeadLetter(Body, texts);
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    queueUrl,
    sentAtMs: Number(Attributes?.SentTimestamp ?? 0),
    mark: markOf(texts),
    letter,
    ...(letter?.kind === 'event' && { event: eventOf(letter) }),
    ...(letter?.kind === 'timer' && { timer: letter.payload as TimerPayload }),
  };
}

/** One that no journey could read is a letter without an event. */
function eventOf(letter: DeadLetter): EngineEvent | undefined {
  try {
    const delivery = deliveryOf(letter.payload, '');
    return delivery.kind === 'event' ? delivery.event : undefined;
  } catch {
    return undefined;
  }
}

function secondOf({ sentAtMs }: TakenLetter): number {
  return Math.floor(sentAtMs / 1_000);
}

function eventMsOf({ event }: TakenLetter): number {
  return event?.timeMs ?? Number.MAX_SAFE_INTEGER;
}
