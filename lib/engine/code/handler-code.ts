/**
 * The code of a run: its journey's function or, for what follows a run's end, one of the journey's handlers.
 *
 * Owns: which of them it is, and what a handler is given. Which one follows from the partition and from what the engine put
 * into the synthetic trigger: no event of an author's can select it.
 * Invariant: no code of `onCancel` begins while a function of the cancelled run may be running.
 */
import type { AnyJourney } from '../../journey/definition.js';
import { cancelledByNoEvent } from '../../journey/definition-checks.js';
import { JourneyError, StepError } from '../../journey/errors.js';
import type { JourneyEvent } from '../../journey/event.js';
import type { CancelCause, FailureContext, HandlerSteps } from '../../journey/handlers.js';
import { authorsName } from '../../journey/invoke.js';
import type { JourneyContext } from '../../journey/step.js';
import { quietStep } from '../decision/timeouts.js';
import type { AfterData } from '../ends/after.js';
import type { RunDocument, StoredError, StoredEvent } from '../stored/document.js';
import { isoSecond } from '../stored/event.js';
import { endedRunOf, runIdOf } from '../stored/key.js';
import { nonDeterminism } from './plan.js';

type Code = (context: JourneyContext) => unknown;

const handlerSteps: readonly string[] = ['run', 'sleep', 'sleepUntil', 'sendEvent'] satisfies (keyof HandlerSteps)[];

export function codeOf(journey: AnyJourney, run: RunDocument): Code {
  const ended = endedRunOf(run.pk);
  if (!ended) return (context) => journey.body(context);
  return async ({ step, logger }) => {
    const { event, error, cancelledBy, quietAtMs } = run.trigger.data as AfterData;
    if (quietAtMs !== undefined) await step.sleepUntil(quietStep, quietAtMs);
    const context = { event: authorEvent(event), step: withoutWaits(step), runId: runIdOf(ended), logger };
    const { onFailure, onCancel } = journey.handlers ?? {};
    if (error && onFailure) return onFailure({ ...context, error: errorOf(error) });
    if (cancelledBy && onCancel) return onCancel({ ...context, cause: causeOf(cancelledBy) });
    throw nonDeterminism(`a run of ${error ? 'onFailure' : 'onCancel'}, which the journey no longer has`);
  };
}

/** Nothing would ever resolve a wait there: it says so, instead of timing out. */
function withoutWaits(steps: object): HandlerSteps {
  const refused = Object.entries(steps).map(([name, call]) => [
    name,
    handlerSteps.includes(name) ? call : async () => Promise.reject(notInHandler(name)),
  ]);
  return Object.fromEntries(refused) as HandlerSteps;
}

function notInHandler(name: string): JourneyError {
  return new JourneyError('NotInHandler', {
    what: `A handler calls step.${name}.`,
    expected: `step.${handlerSteps.join(', step.')}: the run is over, and no event of its key reaches what follows it`,
    fix: 'send an event from the handler, and await what comes of it in a journey that this event starts',
  });
}

/** Of no class but ours: name, message and cause are what is on record. */
function errorOf({ name, message, cause, step }: StoredError): FailureContext['error'] {
  if (step !== undefined) return new StepError(step, { name, message, ...(cause && { cause }) });
  const error = Object.assign(new Error(message), { name });
  if (cause) error.cause = Object.assign(new Error(cause.message), { name: cause.name });
  return error;
}

function causeOf(by: Omit<StoredEvent, 'data'>): CancelCause {
  if (by.name === cancelledByNoEvent.start) return { kind: 'timeout', timeout: 'start' };
  if (by.name === cancelledByNoEvent.finish) return { kind: 'timeout', timeout: 'finish' };
  if (by.name === cancelledByNoEvent.hand) return { kind: 'by-hand' };
  const { id, name, source, timeMs } = by;
  return { kind: 'event', event: { id, name, source, time: isoSecond(timeMs) } };
}

export function authorEvent(event: StoredEvent): JourneyEvent {
  return {
    id: event.id,
    name: authorsName(event.name),
    data: copied(event.data),
    source: event.source,
    time: isoSecond(event.timeMs),
  };
}

/** The author's code may change what it is given: the record must not change with it. */
export function copied<Value>(value: Value): Value {
  return typeof value === 'object' ? JSON.parse(JSON.stringify(value)) : value;
}
