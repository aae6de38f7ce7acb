/**
 * Durations as an author writes them: '30s', '15m', '24h', '3d', '1w', or milliseconds.
 */
import { JourneyError } from './errors.js';

/** Seconds, minutes, hours, days, weeks. */
export type Unit = 's' | 'm' | 'h' | 'd' | 'w';

const unitMs: Readonly<Record<Unit, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** '30s' '15m' '24h' '3d' '1w', or a whole number of milliseconds. */
export type Duration = `${number}${Unit}` | number;

/**
 * @param what names the place in messages, for example "timeout of wait 'paid'".
 * @returns milliseconds, a whole number of at least 1.
 * @throws JourneyError InvalidDuration
 */
export function durationMs(duration: Duration | string, what: string): number {
  const ms = typeof duration === 'number' ? duration : parse(duration);
  if (ms === undefined || !Number.isSafeInteger(ms) || ms < 1) {
    throw new JourneyError('InvalidDuration', {
      what: `The ${what} is not a duration.`,
      got: duration,
      expected: "a whole number with s, m, h, d or w ('30s', '24h', '3d'), or milliseconds above 0",
      fix: `write for example '24h'`,
    });
  }
  return ms;
}

function parse(text: string): number | undefined {
  const parts = typeof text === 'string' ? /^(\d{1,9})([smhdw])$/.exec(text) : null;
  return parts ? Number(parts[1]) * unitMs[parts[2] as Unit] : undefined;
}
