/**
 * revoke: cancels the runs that a run has called and does not wait for any more (docs/decisions/038).
 *
 * Owns: when revocations are published. Invariants: before the write that times a call out or ends its caller with it open, so
 * that whoever dies in between is followed by one who publishes again; after a cancellation, by whoever cleans up. A called
 * run that is over takes no notice.
 */
import type { Attempt } from '../attempt.js';
import { type CallEvent, revocationOf } from './invoke.js';

export async function revoke(attempt: Attempt, calls: readonly CallEvent[]): Promise<void> {
  const { bus, clock } = attempt.ports;
  if (calls.length === 0) return;
  const nowMs = clock.nowMs();
  await bus.publish(calls.map((call) => revocationOf(call, nowMs)));
}

/** The call that a wait is for, if it is one for a return. */
export function callOfWait(calls: readonly CallEvent[], wait: { readonly call?: string }): readonly CallEvent[] {
  return wait.call === undefined ? [] : calls.filter(({ id }) => id === wait.call);
}
