/**
 * A queue of dead letters, read by the AWS CLI: who expects a letter takes it, and what nobody expects is left to be seen.
 *
 * Owns: receiving and deleting. Invariant: a letter that was received is kept here until it is taken.
 */
import type { Account } from './account.js';
import { pause } from './pause.js';

export interface Letter {
  readonly body: unknown;
  readonly sentMs: number;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Message {
  readonly Body: string;
  readonly ReceiptHandle: string;
  readonly Attributes: { readonly SentTimestamp: string };
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
}

export class LetterBox {
  private readonly letters: Letter[] = [];

  constructor(
    private readonly account: Account,
    readonly url: string,
  ) {}

  /** Waits for a letter and takes it. @returns undefined when none came in time. */
  async take(fits: (letter: Letter) => boolean, mostMs: number): Promise<Letter | undefined> {
    const untilMs = Date.now() + mostMs;
    while (true) {
      await this.receive();
      const at = this.letters.findIndex(fits);
      if (at >= 0) return this.letters.splice(at, 1)[0];
      if (Date.now() > untilMs) return undefined;
      this.account.place.stopped?.throwIfAborted();
      await pause(500);
    }
  }

  async put(body: string): Promise<void> {
    await this.account.cli('sqs', 'send-message', '--queue-url', this.url, '--message-body', body);
  }

  /** What nobody took. */
  async rest(): Promise<readonly Letter[]> {
    for (let before = -1; before < this.letters.length; ) {
      before = this.letters.length;
      await this.receive();
    }
    return this.letters;
  }

  private async receive(): Promise<void> {
    const all = ['--attribute-names', 'All', '--message-attribute-names', 'All'];
    const page = ['--queue-url', this.url, '--max-number-of-messages', '10', '--wait-time-seconds', '2', ...all];
    const answer = await this.account.cli<{ Messages?: Message[] } | undefined>('sqs', 'receive-message', ...page);
    for (const { Body, ReceiptHandle, Attributes, MessageAttributes = {} } of answer?.Messages ?? []) {
      const attributes = Object.entries(MessageAttributes).map(([name, value]) => [name, value.StringValue ?? '']);
      this.letters.push({
        body: parsed(Body),
        sentMs: Number(Attributes.SentTimestamp),
        attributes: Object.fromEntries(attributes),
      });
      await this.account.cli('sqs', 'delete-message', '--queue-url', this.url, '--receipt-handle', ReceiptHandle);
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
