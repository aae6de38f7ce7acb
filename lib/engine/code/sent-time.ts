/**
 * When an event that a run sends happens: at the place that the code has reached, or at the `ts` that its author gives it.
 *
 * Owns: the bounds of `ts`. Pure. Invariants: without `ts` it follows from committed event time alone; no event is older than the
 * place in the code that sends it, so that what a run causes stands behind what caused it.
 */
import { JourneyError } from '../../journey/errors.js';
import { limits } from '../../limits.js';

/** @param pointMs event time of the place in the code. @throws JourneyError InvalidEvent */
export function sentTimeMs(step: string, ts: unknown, pointMs: number): number {
  if (ts === undefined) return pointMs;
  const ms = ts instanceof Date ? ts.getTime() : ts;
  if (typeof ms !== 'number' || !Number.isSafeInteger(ms)) {
    throw new JourneyError('InvalidEvent', {
      what: `sendEvent '${step}' has an event whose ts is no time.`,
      got: ts,
      expected: 'a Date or epoch milliseconds, the same at every replay',
      fix: 'compute it from event.time, from data or from the result of a step',
    });
  }
  if (ms - pointMs > limits.maxMaxDurationMs) {
    throw new JourneyError('InvalidEvent', {
      what: `sendEvent '${step}' has an event whose ts lies too far ahead.`,
      got: new Date(Math.min(ms, 8.64e15)).toISOString(),
      expected: `at most ${limits.maxMaxDurationMs} ms after the place in the code that sends it`,
      fix: 'send it later: sleep before it',
    });
  }
  return Math.max(pointMs, ms);
}
