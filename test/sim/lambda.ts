/**
 * The Lambda service as it may behave: an invocation that throws or dies is tried again after one and two minutes with the
 * same request id; then its cause lies in the dead letters, and is redriven later with another one.
 */
import type { Delivery } from '../../lib/engine/ports.js';
import { limits } from '../../lib/limits.js';
import { type Cause, Invocation, type Stage } from './invocation.js';

/** What an attempt is made with; the request id is Lambda's. */
export type Payload = (requestId: string) => Delivery;

export interface Outcomes {
  /** Runs the handler. It must not throw anything but what the handler throws. */
  handle(invocation: Invocation, delivery: Delivery): Promise<void>;
  /** Thrown for good: it would be refused again. */
  isRefused(invocation: Invocation, delivery: Delivery, error: unknown): boolean;
  /** An attempt ended without an acknowledgement. */
  broken(invocation: Invocation, error: unknown): void;
  /** The handler returned: nothing will come back for this cause. */
  settled(invocation: Invocation): void;
}

/** After so many redrives of one cause there is something that no redrive drains. */
const mostRedrives = 12;

interface Message {
  readonly cause: Cause;
  readonly payload: Payload;
  readonly requestId: string;
  readonly attempt: number;
  readonly redrives: number;
}

export class Lambda {
  private readonly labels = new Map<string, number>();
  private readonly messages = new Map<Invocation, Message>();

  constructor(
    private readonly stage: Stage,
    private readonly outcomes: Outcomes,
    private readonly bounds: {
      readonly timeoutMs: number;
      /** A dead letter is redriven this much later at most. */
      readonly lateMs: number;
    },
  ) {}

  /** Hands something to the function's queue; a fault hands it over twice, as one request. */
  async invoke(asked: Cause, payload: Payload): Promise<void> {
    const cause = { ...asked, label: this.unique(asked.label) };
    const message = { cause, payload, requestId: cause.label, attempt: 1, redrives: 0 };
    const { faults, timeline } = this.stage;
    if (faults.strikes('invoked twice', cause.label)) {
      const twin = { ...message, cause: { ...cause, label: `${cause.label} twin` } };
      this.stage.underWay(cause.pk, 1);
      timeline.plan(timeline.nowMs + faults.chance(`twin@${cause.label}`) ** 2 * 5_000, () => {
        faults.struck('invoked twice');
        return this.attempt(twin);
      });
    }
    this.stage.underWay(cause.pk, 1);
    await this.attempt(message);
  }

  /** Labels name invocations, nonces and faults. */
  private unique(label: string): string {
    const times = (this.labels.get(label) ?? 0) + 1;
    this.labels.set(label, times);
    return times === 1 ? label : `${label} (${times})`;
  }

  private async attempt(message: Message): Promise<void> {
    const { faults } = this.stage;
    const { cause, payload, requestId } = message;
    const label =
      message.attempt === 1 && message.redrives === 0 ? cause.label : `${cause.label} (${numberOf(message)})`;
    const skewMs = faults.strikes('clock off', label) ? Math.round(faults.chance(`skew@${label}`) * 3_998) - 1_999 : 0;
    if (skewMs !== 0) faults.struck('clock off');
    const died = (): void => this.failed(invocation, new Error('died'));
    const bounds = { skewMs, timeoutMs: this.bounds.timeoutMs };
    const invocation: Invocation = new Invocation(this.stage, cause, label, bounds, died);
    this.messages.set(invocation, message);
    this.stage.tell(label, `starts${skewMs === 0 ? '' : `, its clock ${skewMs} ms off`}`);
    const delivery = payload(requestId);
    await this.stage.run(invocation, () => {
      this.outcomes.handle(invocation, delivery).then(
        () => this.acknowledged(invocation),
        (error: unknown) => this.threw(invocation, delivery, error),
      );
    });
  }

  private acknowledged(invocation: Invocation): void {
    invocation.alive = false;
    this.stage.tell(invocation.label, 'acknowledges');
    this.outcomes.settled(invocation);
    this.end(this.messages.get(invocation)!);
    this.stage.parked();
  }

  private threw(invocation: Invocation, delivery: Delivery, error: unknown): void {
    invocation.alive = false;
    this.stage.tell(invocation.label, `throws ${String(error)}`);
    if (this.outcomes.isRefused(invocation, delivery, error)) this.end(this.messages.get(invocation)!);
    else this.failed(invocation, error);
    this.stage.parked();
  }

  private end({ cause }: Message): void {
    this.stage.underWay(cause.pk, -1);
  }

  private failed(invocation: Invocation, error: unknown): void {
    this.outcomes.broken(invocation, error);
    const message = this.messages.get(invocation)!;
    const { faults, timeline } = this.stage;
    const { attempt, redrives } = message;
    if (attempt < 3) {
      const delayMs = attempt === 1 ? limits.lambdaFirstRetryMs : limits.lambdaSecondRetryMs;
      timeline.plan(timeline.nowMs + delayMs, () => this.attempt({ ...message, attempt: attempt + 1 }));
      return;
    }
    this.stage.tell(invocation.label, 'is a dead letter');
    if (redrives >= mostRedrives) return;
    let delayMs = 60_000 + faults.chance(`redrive@${invocation.label}`) * 1_200_000;
    if (redrives === 0 && faults.strikes('redriven late', invocation.label)) {
      faults.struck('redriven late');
      delayMs += faults.chance(`late@${invocation.label}`) * this.bounds.lateMs;
    }
    const requestId = `${message.cause.label} redrive ${redrives + 1}`;
    timeline.plan(timeline.nowMs + delayMs, () =>
      this.attempt({ ...message, requestId, attempt: 1, redrives: redrives + 1 }),
    );
  }
}

function numberOf({ attempt, redrives }: Message): string {
  return redrives === 0 ? `try ${attempt}` : `redrive ${redrives}, try ${attempt}`;
}
