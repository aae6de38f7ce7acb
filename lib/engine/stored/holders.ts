/**
 * Who holds a place: its newest holder, and the earlier ones whose twins may still come. docs/decisions/036.
 *
 * Owns: how a claim changes when somebody takes a place or leaves it. Pure: whether a holder still counts, claim.ts asks.
 * Invariants: the newest holder stands where code that knows no list looks for it; every change is one rev, so that it is
 * written only over what was seen; nobody is dropped before the last twin of it would be refused as too late, but for the
 * oldest where there are too many.
 */
import { limits } from '../../limits.js';
import type { Claim, Held } from './document.js';
import type { RunRef } from './key.js';

/** Newest first. */
export function holdersOf({ holder, timeMs, untilMs, earlier = [] }: Claim): readonly Held[] {
  return [{ holder, timeMs, untilMs }, ...earlier];
}

/**
 * A place after a run has taken it, beside those holders that stay.
 * @param mine as it would be alone.
 * @param fromMs event time of the oldest holder whose twins can still be accepted.
 * @returns undefined: it holds so many already that are newer, that it would be forgotten at once.
 */
export function claimWith(
  seen: Claim,
  mine: Claim,
  { staying, fromMs }: { readonly staying: readonly Held[]; readonly fromMs: number },
): Claim | undefined {
  const { holder, timeMs, untilMs } = mine;
  const others = staying.filter((one) => !isSame(one.holder, holder) && one.timeMs >= fromMs);
  const all = [{ holder, timeMs, untilMs }, ...others].sort((one, other) => other.timeMs - one.timeMs);
  const kept = all.slice(0, 1 + limits.earlierHolders);
  if (!kept.some((one) => isSame(one.holder, holder))) return undefined;
  return changed(seen, kept, Math.max(seen.expiresAtS, mine.expiresAtS));
}

/** A place without a run; undefined where nobody else holds it. */
export function claimWithout(seen: Claim, run: RunRef): Claim | undefined {
  const kept = holdersOf(seen).filter(({ holder }) => !isSame(holder, run));
  return kept.length === 0 ? undefined : changed(seen, kept, seen.expiresAtS);
}

export function isSame(one: RunRef, other: RunRef): boolean {
  return one.pk === other.pk && one.position === other.position;
}

function changed({ pk, rev = 0 }: Claim, kept: readonly Held[], expiresAtS: number): Claim {
  const [newest, ...earlier] = kept;
  return { pk, ...newest!, expiresAtS, rev: rev + 1, ...(earlier.length > 0 && { earlier }) };
}
