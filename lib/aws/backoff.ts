/**
 * Waiting between attempts of a call that AWS answers with a transient refusal which the SDK does not retry.
 */
import type { Clock } from '../engine/ports.js';

/** Pauses before the second and each later attempt: under a second in all, an invocation has better uses for its time. */
export const pausesMs = [50, 150, 400] as const;

/**
 * Calls `attempt` with its number until it says that it is done or the pauses are used up.
 * @returns whether it was done.
 */
export async function withBackoff(clock: Clock, attempt: () => Promise<boolean>): Promise<boolean> {
  for (const pauseMs of pausesMs) {
    if (await attempt()) return true;
    await clock.sleepMs(pauseMs);
  }
  return attempt();
}
