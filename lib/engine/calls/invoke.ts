/**
 * step.invoke: what a call, its return and its revocation are as events, and what a return means to the caller's code.
 *
 * Owns: their identities, times and contents (docs/decisions/038). Pure: no port, no clock; who publishes them is revoke.ts,
 * announce.ts and the step that calls. Invariants: everything follows from the documents of caller and called run, so that a
 * repeated publish is one event; a return is no older than its call.
 */

import type { JourneyDefinition } from '../../journey/definition.js';
import { JourneyError } from '../../journey/errors.js';
import { type CallableJourney, callEvent, callEventKind, invokedEvent } from '../../journey/invoke.js';
import { assertOptions } from '../../journey/known-options.js';
import type { Schema } from '../../journey/schema/schema.js';
import { limits } from '../../limits.js';
import { assertWithinLife, codeMs, lengthMs, type Opening } from '../code/opening.js';
import type { SentEvent } from '../ports.js';
import type { RunDocument, Step, StoredError, WaitStep } from '../stored/document.js';
import type { CallRef, EngineEvent } from '../stored/event.js';
import { callersHome, runIdOf, runRefOf } from '../stored/key.js';
import { callId, returnId, revocationId } from './call-identity.js';

/** The event that begins the called run. */
export interface CallEvent extends SentEvent {
  readonly call: CallRef;
}

/** What the author's code asks for. */
export interface Asked {
  readonly journey: CallableJourney;
  readonly data?: unknown;
  readonly timeout?: string | number;
}

/**
 * @param step its id with its counter.
 * @param place how many calls the code has made before this one, and what of the step is on record.
 */
export function callOf(
  at: Opening,
  step: string,
  asked: Asked,
  { before, recorded }: { readonly before: number; readonly recorded: Step | undefined },
): CallEvent {
  const { definition } = at.settings.journey;
  // Not of what is on record: that call was made as it was.
  if (!at.run.steps.has(step)) assertOptions(asked, ['journey', 'data', 'timeout'], `invoke '${step}'`);
  const called = asked?.journey?.definition?.id;
  if (typeof called !== 'string' || !definition.invokes?.includes(called)) throw undeclared(step, called, definition);
  const caller = runIdOf(at.run);
  const id = publishedId(recorded) ?? callId(caller, step, before);
  return {
    id,
    hops: at.point.hops + 1,
    name: callEvent('invoked', called),
    data: checkedData(step, asked.data ?? {}),
    source: sourceOf(definition.id),
    // The called run begins when the code got here. What was done until then is on record before a step sends.
    timeMs: codeMs(at.point),
    call: { id, caller },
  };
}

function undeclared(step: string, called: unknown, { id, invokes = [] }: JourneyDefinition): JourneyError {
  const isNone = typeof called !== 'string';
  return new JourneyError('UndeclaredInvoke', {
    what: isNone
      ? `Step '${step}' does not say which journey it calls.`
      : `Step '${step}' calls a journey that journey '${id}' does not declare.`,
    got: called,
    expected:
      invokes.length > 0
        ? `one of invokes: ${invokes.join(', ')}`
        : 'a journey that stands in invokes, which is not there',
    fix: isNone
      ? `write step.invoke('${step}', { journey: chargeCard }), what createJourney or referenceJourney has given`
      : `add it, invokes: [${[...invokes, called].map((one) => `referenceJourney('${one}')`).join(', ')}], or the journey itself`,
  });
}

/**
 * The wait for the return.
 * @param id of the author's step, without its counter.
 */
export function openReturn(at: Opening, id: string, call: CallEvent, asked: Asked): WaitStep {
  const { definition } = at.settings.journey;
  const endOfLifeMs = at.run.trigger.timeMs + definition.maxDurationMs;
  const lengthOfMs = (timeout: string | number): number => lengthMs(at, id, timeout, `timeout of step '${id}'`);
  const deadlineMs = asked.timeout === undefined ? endOfLifeMs : codeMs(at.point) + lengthOfMs(asked.timeout);
  assertWithinLife(at, id, deadlineMs);
  return {
    kind: 'wait',
    event: callEvent('returned', definition.id),
    call: call.id,
    sinceMs: call.timeMs,
    deadlineMs,
    state: 'waiting',
  };
}

/** A call that was made keeps its id, though newer code makes it in another place among its calls. */
function publishedId(recorded: Step | undefined): string | undefined {
  const { ids } = (recorded?.kind === 'send' && (recorded.result as { readonly ids?: readonly string[] })) || {};
  return ids?.[0];
}

/** What the called journey says that callers give; a reference says nothing. */
export function schemaOfCall({ journey }: Asked): Schema | undefined {
  return 'schemas' in journey ? journey.schemas?.get(invokedEvent) : undefined;
}

function checkedData(step: string, data: unknown): unknown {
  const mistaken = (got: unknown, expected: string, fix: string): JourneyError =>
    new JourneyError('InvalidEvent', {
      what: `Step '${step}' calls with data that cannot be sent.`,
      got,
      expected,
      fix,
    });
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw mistaken(data, 'an object of JSON', "write data: { order_id: '42' }");
  let bytes: number;
  try {
    bytes = Buffer.byteLength(JSON.stringify(data));
  } catch (error) {
    throw mistaken(error instanceof Error ? error.message : error, 'an object of JSON', 'give it plain data');
  }
  if (bytes > limits.announcedOutputBytes) {
    const expected = `at most ${limits.announcedOutputBytes} bytes`;
    throw mistaken(`${bytes} bytes`, expected, 'store it elsewhere (S3) and give its name');
  }
  return data;
}

/** Cancels the called run, and no other. It means the same whenever it is said, so its time may be the clock's. */
export function revocationOf({ id, name, data, source, hops, timeMs, call }: CallEvent, nowMs: number): SentEvent {
  const called = name.slice(name.indexOf('.') + 1);
  return {
    id: revocationId(id),
    hops,
    name: callEvent('revoked', called),
    // The same, so that it finds the same partition.
    data,
    source,
    timeMs: Math.max(nowMs, timeMs),
    call,
  };
}

/** Tells the caller how a called run has ended. Undefined where nobody called, or who called does not want to know any more. */
export function returnEvent(journey: string, run: RunDocument): SentEvent | undefined {
  const { trigger, endedAtMs = trigger.timeMs, cancelledBy, status } = run;
  const { caller } = trigger;
  if (caller === undefined || cancelledBy?.id === revocationId(trigger.id)) return undefined;
  return {
    id: returnId(trigger.id),
    // Deep down it is still to be taken.
    hops: Math.min(trigger.hops + 1, limits.maxHops),
    name: callEvent('returned', journeyOf(caller) ?? ''),
    data: { journey, run: runIdOf(run), status, ...contents(run) },
    source: sourceOf(journey),
    // My clock may be slow, or the call was dated ahead: it is never older than the call.
    timeMs: Math.max(endedAtMs, trigger.timeMs),
    call: { id: trigger.id, caller },
  };
}

function contents({ output, error, cancelledBy }: RunDocument): object {
  if (error) return { error };
  if (cancelledBy) return { cancelledBy: cancelledBy.name };
  if (output === undefined) return {};
  return Buffer.byteLength(JSON.stringify(output)) > limits.announcedOutputBytes ? { outputOmitted: true } : { output };
}

/** Names of the errors of a call that are no called run's own. */
export type CallErrorCode =
  | 'InvokeTimeout'
  | 'InvokeCancelled'
  | 'InvokeSkipped'
  | 'InvokeOutputTooLarge'
  | 'InvokeRefused';

/** What a passed return gives the caller's code. */
export type CallOutcome = { readonly output: unknown } | { readonly error: StoredError };

export function outcomeOf({ matched }: WaitStep): CallOutcome {
  if (!matched) return failedAs('InvokeTimeout', 'The called run has not ended in time.');
  const { journey, status, output, error, cancelledBy, outputOmitted } = (matched.data ?? {}) as Record<
    string,
    unknown
  >;
  if (status === 'failed' && isStoredError(error)) return { error };
  if (status === 'cancelled') {
    return failedAs('InvokeCancelled', `The called run of '${journey}' was cancelled by '${cancelledBy}'.`);
  }
  if (status === 'skipped') {
    return failedAs('InvokeSkipped', `The call of '${journey}' was skipped: another run holds its place.`);
  }
  if (outputOmitted === true) {
    const message = `The output of the called run of '${journey}' has more than ${limits.announcedOutputBytes} bytes. Fix: return the address of what is large`;
    return failedAs('InvokeOutputTooLarge', message);
  }
  return { output };
}

export function failedAs(name: CallErrorCode, message: string): { readonly error: StoredError } {
  return { error: { name, message } };
}

function isStoredError(value: unknown): value is StoredError {
  const { name, message } = (value ?? {}) as Partial<StoredError>;
  return typeof name === 'string' && typeof message === 'string';
}

/** @returns why an event of a call cannot be taken: it names no run that could have called, or that has called this journey. */
export function addressFault(journey: string, { name, call }: EngineEvent): string | undefined {
  switch (callEventKind(name)) {
    case 'invoked':
      // Without a caller: somebody begins it by hand, and nobody waits for its end.
      return call && journeyOf(call.caller) === undefined ? 'it is a call by what is no run' : undefined;
    case 'returned':
      return callersHome(journey, call) === undefined ? 'it returns to no run of this journey' : undefined;
    case 'revoked':
      return call === undefined ? 'it revokes no call' : undefined;
    case undefined:
      return undefined;
  }
}

/** @returns the journey whose run has called. */
export function callerOf({ caller }: CallRef): string | undefined {
  return journeyOf(caller);
}

function journeyOf(caller: string): string | undefined {
  return /^([a-z][a-z0-9-]*)\|/.exec(runRefOf(caller)?.pk ?? '')?.[1];
}

export function sourceOf(journey: string): string {
  return `sojourn.${journey}`;
}
