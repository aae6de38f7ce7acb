/** Durations as a person writes them to the control API: `24h`, `90s`, or a number of milliseconds. */

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** @returns undefined for what is no duration. */
export function readDurationMs(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(String(value)) ?? [];
  return amount === undefined || unit === undefined ? undefined : Number(amount) * unitsMs[unit]!;
}
