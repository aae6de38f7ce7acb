/**
 * The versions of a journey's code: which one is live, how many runs each still has, and which may go. docs/decisions/020.
 *
 * Owns: the judgement. Asks no one. Invariant: a version with an active run, the live one, and one that was replaced a short
 * while ago stay.
 */
import type { RunDocument } from '../engine/stored/document.js';

export interface Published {
  readonly version: string;
  readonly publishedAtMs: number;
}

export interface VersionView {
  readonly version: string;
  readonly publishedAt: string;
  readonly isLive: boolean;
  readonly activeRuns: number;
  /** Nothing needs it any more. */
  readonly isSpare: boolean;
}

export interface VersionQuery {
  readonly published: readonly Published[];
  readonly live: string;
  /** Of the journey, read after `live`: a version that is not live begins no runs. */
  readonly activeRuns: Iterable<Pick<RunDocument, 'codeVersion'>>;
  readonly nowMs: number;
  /** What Lambda still has for a version when it is replaced takes this long at most. */
  readonly restMs: number;
}

/** Oldest first. */
export function versionViews({ published, live, activeRuns, nowMs, restMs }: VersionQuery): VersionView[] {
  const counts = new Map<string | undefined, number>();
  for (const { codeVersion } of activeRuns) counts.set(codeVersion, (counts.get(codeVersion) ?? 0) + 1);
  const inOrder = [...published].sort((one, other) => Number(one.version) - Number(other.version));
  return inOrder.map(({ version, publishedAtMs }, index) => {
    const replacedAtMs = inOrder[index + 1]?.publishedAtMs;
    const rested = replacedAtMs !== undefined && nowMs - replacedAtMs >= restMs;
    const runs = counts.get(version) ?? 0;
    return {
      version,
      publishedAt: new Date(publishedAtMs).toISOString(),
      isLive: version === live,
      activeRuns: runs,
      isSpare: rested && runs === 0 && version !== live,
    };
  });
}
