/**
 * What Lambda hands to a journey's function, told apart: an event of the bus, a timer of our own, or a cause that another
 * version of the function has forwarded.
 *
 * Owns: the shape of EventBridge's envelope, both ways. Judges no event's data: that is the engine's intake.
 * Invariant: anything else fails with a code, so that it ends with the dead letters and is seen there.
 */
import type { ForwardedPayload, TimerPayload } from '../contract.js';
import type { Delivery } from '../engine/ports.js';
import type { Cause } from '../engine/stored/document.js';
import {
  callOfResources,
  callUrn,
  type EngineEvent,
  isoSecond,
  type Position,
  sentEventIdentity,
  sentEventUrn,
  wholeSecondMs,
} from '../engine/stored/event.js';
import { isObject } from './attributes.js';
import { AdapterError } from './errors.js';

/** What EventBridge delivers to a target. */
export interface Envelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** @throws AdapterError UnknownDelivery */
export function deliveryOf(input: unknown, requestId: string): Delivery {
  if (isTimer(input)) {
    const { run, step, attempt, deadlineMs, atMs } = input;
    return { kind: 'timer', run, step, attempt, deadlineMs, atMs, requestId };
  }
  if (isForwarded(input)) {
    const { version, cause, pk, role, deadline } = input;
    const own = { pk, position: input.position as Position, role, ...(deadline && { deadline }) };
    return { kind: 'forwarded', version, cause: cause as Cause, own, requestId };
  }
  if (isObject(input) && 'detail-type' in input) return { kind: 'event', event: eventOf(input), requestId };
  throw unknownDelivery(isObject(input) ? `an object with ${Object.keys(input).slice(0, 8).join(', ')}` : typeof input);
}

/** An event as EventBridge would deliver it again, with the identity that a run gave it. */
export function envelopeOf(event: EngineEvent): Envelope {
  return {
    version: '0',
    id: event.id,
    'detail-type': event.name,
    source: event.source,
    account: '',
    time: isoSecond(event.timeMs),
    region: '',
    resources: event.hops > 0 ? resourcesOf(event) : [],
    detail: event.data,
  };
}

function resourcesOf({ id, hops, call }: EngineEvent): string[] {
  return [sentEventUrn(id, hops), ...(call ? [callUrn(call)] : [])];
}

function eventOf(envelope: Record<string, unknown>): EngineEvent {
  const { id, source, time, resources, detail } = envelope;
  const name = envelope['detail-type'];
  const timeMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  // DynamoDB takes no half of a surrogate pair, and an event's id becomes the cause of writes.
  const named = typeof id === 'string' && id !== '' && id.isWellFormed();
  if (!named || typeof name !== 'string' || typeof source !== 'string') {
    throw unknownDelivery('an event without id, detail-type or source');
  }
  if (Number.isNaN(timeMs)) throw unknownDelivery(`the event ${id} without a time`);
  const sent = Array.isArray(resources) ? sentEventIdentity(resources) : undefined;
  const call = Array.isArray(resources) ? callOfResources(resources) : undefined;
  return {
    id: sent?.id ?? id,
    name,
    data: detail,
    source,
    timeMs: wholeSecondMs(timeMs),
    hops: sent?.hops ?? 0,
    ...(call && { call }),
  };
}

function isTimer(input: unknown): input is TimerPayload {
  return (
    isObject(input) &&
    input.sojourn === 'timer' &&
    typeof input.run === 'string' &&
    typeof input.step === 'string' &&
    [input.attempt, input.deadlineMs, input.atMs].every((value) => Number.isFinite(value))
  );
}

function isForwarded(input: unknown): input is ForwardedPayload {
  return (
    isObject(input) &&
    input.sojourn === 'forwarded' &&
    [input.version, input.cause, input.pk, input.position].every((text) => typeof text === 'string') &&
    (input.role === 'trigger' || input.role === 'event' || input.role === 'timer') &&
    (input.deadline === undefined || isDeadline(input.deadline))
  );
}

function isDeadline(value: unknown): boolean {
  return isObject(value) && typeof value.step === 'string' && Number.isFinite(value.deadlineMs);
}

function unknownDelivery(got: string): AdapterError {
  return new AdapterError('UnknownDelivery', {
    what: 'The function was invoked with something that is neither an event nor a timer.',
    got,
    expected: 'an EventBridge event (whole, without an input transformer) or the payload of one of our schedules',
    fix: 'invoke a journey’s function by its rule and its schedules only',
  });
}
