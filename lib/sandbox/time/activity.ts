/**
 * What happens in a sandbox, as it happens: for those who tell its story.
 *
 * Owns: the kinds of activity. Must not know: who listens.
 * `atMs` is virtual time.
 */

/** An event as EventBridge delivers it. */
export interface DeliveredEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** Whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What an invocation was made for. */
export type Trigger =
  | { readonly kind: 'rule'; readonly ruleArn: string; readonly eventId: string; readonly eventName: string }
  | { readonly kind: 'schedule'; readonly scheduleName: string }
  | { readonly kind: 'queue'; readonly queueName: string }
  | { readonly kind: 'direct' };

/** Whose doing it is, where a function did it. */
export interface Author {
  readonly functionName: string;
  readonly requestId: string;
  /** 1 for the first try: Lambda's retries keep the request id. */
  readonly attempt: number;
  readonly journey: string | undefined;
}

export type Activity = { readonly atMs: number } & (
  | {
      readonly kind: 'event-put';
      readonly busName: string;
      readonly event: DeliveredEvent;
      readonly by: Author | undefined;
    }
  | {
      readonly kind: 'event-dropped';
      readonly busName: string;
      readonly event: DeliveredEvent;
      readonly reason: 'no such bus';
    }
  | { readonly kind: 'event-held'; readonly event: DeliveredEvent }
  | {
      readonly kind: 'event-delivered';
      readonly event: DeliveredEvent;
      readonly ruleName: string;
      readonly targetArn: string;
    }
  | {
      readonly kind: 'invoked';
      readonly functionName: string;
      readonly journey: string | undefined;
      readonly requestId: string;
      /** 1 for the first try. */
      readonly attempt: number;
      readonly trigger: Trigger;
      /** Real time. */
      readonly durationMs: number;
      readonly outcome: 'ok' | 'error';
      readonly error: { readonly type: string; readonly message: string } | undefined;
    }
  | {
      readonly kind: 'log';
      readonly functionName: string;
      readonly requestId: string | undefined;
      readonly line: string;
    }
  | {
      readonly kind: 'schedule-created' | 'schedule-deleted' | 'schedule-fired';
      readonly scheduleName: string;
      readonly groupName: string;
      /** What its `at()` says. */
      readonly fireAtMs: number;
      readonly input: string | undefined;
      readonly by: Author | undefined;
    }
  | { readonly kind: 'mail-sent'; readonly mail: OutboxMail }
  | {
      readonly kind: 'access-denied';
      /** The function, or the service and for which resource it acts. */
      readonly who: string;
      readonly action: string;
      readonly resource: string;
      /** As the service words it. */
      readonly message: string;
      /** What would allow it. */
      readonly remedy: string | undefined;
    }
  | {
      readonly kind: 'dead-letter';
      readonly queueName: string | undefined;
      readonly reason: string;
      readonly body: string;
    }
);

/** A mail that a handler sent through SES. */
export interface OutboxMail {
  readonly messageId: string;
  readonly atMs: number;
  readonly from: string | undefined;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string | undefined;
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly by: Author | undefined;
  /** The request as it came. */
  readonly request: Readonly<Record<string, unknown>>;
}

type WithoutTime<A> = A extends unknown ? Omit<A, 'atMs'> : never;
export type Report = (activity: WithoutTime<Activity>) => void;
