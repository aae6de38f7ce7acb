/**
 * The events of one call know each other by their ids: each follows from the id of the call.
 *
 * Owns: those ids. Knows no step and no wait. Invariant: nobody but caller and called run comes to them by accident, whatever
 * else is on record in a partition.
 */
import { callEventKind } from '../../journey/invoke.js';
import type { RunDocument, StoredEvent } from '../stored/document.js';
import { type EngineEvent, isoSecond, sha256 } from '../stored/event.js';

/** Calls of one run in one second are in the order of its code: they may have one key, and the newer may cancel the older. */
const countDigits = 4;
const idChars = 32;

/** @param before calls that the caller's code has made before this one. */
export function callId(caller: string, step: string, before: number): string {
  const count = before.toString(16).padStart(countDigits, '0').slice(-countDigits);
  return `${count}${sha256(`call\n${caller}\n${step}`)}`.slice(0, idChars);
}

/** Whether an event begins a run for another one, which waits for its end. */
export function isCall({ name, call }: Pick<EngineEvent, 'name' | 'call'>): boolean {
  return call !== undefined && callEventKind(name) === 'invoked';
}

export function returnId(call: string): string {
  return sha256(`return\n${call}`).slice(0, idChars);
}

export function revocationId(call: string): string {
  return sha256(`revoke\n${call}`).slice(0, idChars);
}

/** Whether a call is the one that a step of a run has made. */
export function isCallBy(call: string, caller: string, step: string): boolean {
  return call.slice(countDigits) === callId(caller, step, 0).slice(countDigits);
}

/** That a call is refused. It may be refused again, at another time: what has another time is another event. */
export function refusalId(call: string, timeMs: number): string {
  return sha256(`refuse\n${call}\n${isoSecond(timeMs)}`).slice(0, idChars);
}

/** Whether an event is the return that a wait is for, or says that there will be none. */
export function isReturnOf(event: Pick<StoredEvent, 'id' | 'timeMs'>, call: string): boolean {
  return event.id === returnId(call) || isRefusalOf(event, call);
}

export function isRefusalOf({ id, timeMs }: Pick<StoredEvent, 'id' | 'timeMs'>, call: string | undefined): boolean {
  return call !== undefined && id === refusalId(call, timeMs);
}

/** Whether an event revokes the call that has begun a run. */
export function isRevocationOf({ id }: Pick<StoredEvent, 'id'>, trigger: Pick<StoredEvent, 'id'>): boolean {
  return id === revocationId(trigger.id);
}

/** Whether an event, if it is a revocation at all, revokes another run than this one. */
export function revokesAnother(event: Pick<StoredEvent, 'id' | 'name'>, run: RunDocument): boolean {
  return callEventKind(event.name) === 'revoked' && !isRevocationOf(event, run.trigger);
}
