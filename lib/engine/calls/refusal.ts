/**
 * A called journey that does not take a call says so at once: its caller fails with `InvokeRefused` instead of waiting for its time.
 *
 * Owns: what a refusal is as an event, and what counts as one. Knows no intake: who refuses says why. Loaded by journeys
 * that refuse a call, and by no others. docs/decisions/038.
 * Invariants: only what is not on record is refused; a reason holds nothing of the call's data. The run that takes a refusal
 * revokes the call before it writes that down, so a delivery of the same call that is taken elsewhere or later begins nothing.
 */
import { callEvent } from '../../journey/invoke.js';
import { limits } from '../../limits.js';
import type { Ports, SentEvent } from '../ports.js';
import { type EngineEvent, wholeSecondMs } from '../stored/event.js';
import { refusalId } from './call-identity.js';
import { callerOf, failedAs, sourceOf } from './invoke.js';

/** @param event any; what is no call by a run is answered by nothing. */
export async function refuseCall(ports: Ports, journey: string, event: EngineEvent, reason: string): Promise<void> {
  const refusal = refusalOf(journey, event, reason, ports.clock.nowMs());
  if (refusal) await ports.bus.publish([refusal]);
}

function refusalOf(journey: string, event: EngineEvent, reason: string, nowMs: number): SentEvent | undefined {
  const { call, hops, name } = event;
  const caller = call && callerOf(call);
  // No run has made a call that has no time.
  const isCall = name === callEvent('invoked', journey) && isTime(event.timeMs);
  if (!isCall || caller === undefined) return undefined;
  // By the clock, so that it does not eat the time of what the caller awaits next. Each instant is an event of its own.
  const timeMs = wholeSecondMs(Math.max(nowMs, event.timeMs));
  const message = `Journey '${journey}' refuses the call: ${reason}.`;
  return {
    id: refusalId(event.id, timeMs),
    hops: Math.min(hops + 1, limits.maxHops),
    name: callEvent('returned', caller),
    data: { journey, status: 'failed', ...failedAs('InvokeRefused', message) },
    source: sourceOf(journey),
    timeMs,
    ...(call && { call }),
  };
}

function isTime(timeMs: number): boolean {
  return timeMs >= 0 && timeMs < Date.UTC(10_000, 0);
}
