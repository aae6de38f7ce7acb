/**
 * What a journey does after a run that did not complete: `onFailure` and `onCancel`, as an author writes them.
 *
 * Owns: what such a handler is given, and the check of what an author declares. Knows nothing of how it is begun; that is
 * the engine's (docs/decisions/032).
 */
import { JourneyError } from './errors.js';
import type { EventOf, EventRef, JourneyEvent } from './event.js';
import type { Logger, StepTools } from './step.js';

/** Steps of a handler. It awaits no events: the run whose key they would have is over. */
export type HandlerSteps = Pick<StepTools, 'run' | 'sleep' | 'sleepUntil' | 'sendEvent'>;

/** What both handlers are given. */
export interface HandlerContext<Triggers extends EventRef> {
  /** The event that had started the run. */
  readonly event: EventOf<Triggers>;
  /** Steps of the handler's own run: all but waits and calls. */
  readonly step: HandlerSteps;
  /** Id of the run that has ended, as its own code knew it. */
  readonly runId: string;
  /** Silent while the code is replayed. */
  readonly logger: Logger;
}

export interface FailureContext<Triggers extends EventRef = EventRef> extends HandlerContext<Triggers> {
  /** What the run failed with: name and message; `stepId` where it was a step's error that nothing had caught. */
  readonly error: Error & {
    /** The step whose error it is. */
    readonly stepId?: string;
  };
}

/** What has cancelled a run. */
export type CancelCause =
  /** An event of `cancelOn`. Its data is not kept. */
  | { readonly kind: 'event'; readonly event: Omit<JourneyEvent, 'data'> }
  /** `timeouts`: it began too late, or took too long. */
  | { readonly kind: 'timeout'; readonly timeout: 'start' | 'finish' }
  /** A person: `sojourn cancel`. */
  | { readonly kind: 'by-hand' };

export interface CancelContext<Triggers extends EventRef = EventRef> extends HandlerContext<Triggers> {
  /** What has cancelled the run; of an event its names and time, not its data. */
  readonly cause: CancelCause;
}

/** Methods, so that a journey of particular events can be handed where any journey is taken. */
export interface JourneyHandlers<Triggers extends EventRef = EventRef> {
  /** Runs after a run that has failed: a run of its own, with the journey's retries. A run whose failure is handled stays failed. */
  onFailure?(context: FailureContext<Triggers>): unknown;
  /** Runs after a run that was cancelled, by whatever cancels it: a run of its own, with the journey's retries. */
  onCancel?(context: CancelContext<Triggers>): unknown;
}

/** Ends that a handler can be for. */
export type HandledEnd = 'failed' | 'cancelled';

/**
 * @returns the handlers that there are, and the ends they are for; undefined where there are none.
 * @throws JourneyError InvalidDefinition
 */
export function handlersOf<Triggers extends EventRef>(
  id: string,
  { onFailure, onCancel }: JourneyHandlers<Triggers>,
): { readonly handlers: JourneyHandlers<Triggers>; readonly handles: readonly HandledEnd[] } | undefined {
  for (const [name, handler] of Object.entries({ onFailure, onCancel })) {
    if (handler === undefined || typeof handler === 'function') continue;
    throw new JourneyError('InvalidDefinition', {
      what: `The ${name} of journey '${id}' is no function.`,
      got: handler,
      expected: 'a function, or nothing',
      fix: `write ${name}: async ({ event, step }) => { ... }`,
    });
  }
  const handles = [...(onFailure ? (['failed'] as const) : []), ...(onCancel ? (['cancelled'] as const) : [])];
  if (handles.length === 0) return undefined;
  return { handlers: { ...(onFailure && { onFailure }), ...(onCancel && { onCancel }) }, handles };
}
