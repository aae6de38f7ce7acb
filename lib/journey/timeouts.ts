/**
 * `timeouts` of a journey: when a run that begins too late, or takes too long, is cancelled.
 *
 * Owns: their checks. Not to be taken for the `timeouts` of a deployed Journey, which override single waits and sleeps.
 */
import { type Duration, durationMs } from './duration.js';
import { JourneyError } from './errors.js';

/** When a run is cancelled because of time alone. */
export interface JourneyTimeouts {
  /** A run whose code would begin later than this after its trigger's time is cancelled instead; none of its code runs. */
  readonly start?: Duration;
  /** A run that is not over at this time after its trigger's time is cancelled then. It costs one more schedule a run. */
  readonly finish?: Duration;
}

/** The same as JSON. */
export interface TimeoutsMs {
  /** In milliseconds after the trigger's time. */
  readonly startMs?: number;
  /** In milliseconds after the trigger's time. */
  readonly finishMs?: number;
}

/**
 * @returns undefined where there are none.
 * @throws JourneyError InvalidTimeouts, InvalidDuration
 */
export function timeoutsOf(id: string, timeouts: unknown, maxDurationMs: number): TimeoutsMs | undefined {
  if (timeouts === undefined) return undefined;
  const names = typeof timeouts === 'object' && timeouts !== null ? Object.keys(timeouts) : undefined;
  if (!names?.every((name) => name === 'start' || name === 'finish')) {
    throw invalid(id, timeouts, "{ start: '10m', finish: '2d' }, or one of them");
  }
  const { start, finish } = timeouts as JourneyTimeouts;
  const startMs = start === undefined ? undefined : durationMs(start, `timeouts.start of journey '${id}'`);
  const finishMs = finish === undefined ? undefined : durationMs(finish, `timeouts.finish of journey '${id}'`);
  if (finishMs !== undefined && finishMs > maxDurationMs) {
    throw invalid(id, `finish: ${finishMs} ms`, `at most maxDuration, ${maxDurationMs} ms`);
  }
  if (startMs === undefined && finishMs === undefined) return undefined;
  return { ...(startMs !== undefined && { startMs }), ...(finishMs !== undefined && { finishMs }) };
}

function invalid(id: string, got: unknown, expected: string): JourneyError {
  return new JourneyError('InvalidTimeouts', {
    what: `The timeouts of journey '${id}' cannot be used.`,
    got,
    expected,
    fix: "write timeouts: { finish: '2d' }; the timeout of a single wait stands in step.waitForEvent",
  });
}
