/** Durations as a person writes them to the control API: `24h`, `90s`, or a number of milliseconds. */

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Ten years: longer than any journey, and no clock comes near the end of time. */
const longestMs = 3_650 * 86_400_000;

/** @returns undefined for what is no duration, or one of more than ten years. */
export function readDurationMs(value: unknown): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(String(value)) ?? [];
  const ms = typeof value === 'number' ? value : amount === undefined ? Number.NaN : Number(amount) * unitsMs[unit!]!;
  return ms >= 0 && ms <= longestMs ? ms : undefined;
}
