/**
 * The deployments of one journey in a history: which version of its code is live when, which were removed, and that a run is
 * only ever driven by the version that it began with (V1).
 *
 * Owns: the versions. Knows no engine. Without deployments there is one version, and nothing here decides anything.
 */
import { isOver } from '../../lib/engine/document.js';
import { Choices } from './chance.js';
import { dawnMs, type History } from './history.js';
import type { Invocation } from './invocation.js';
import { type RunTrack, Violation } from './run-track.js';

/** The same history, in which the journeys' code is deployed again up to four times while its runs wait. */
export function deployedAgain(history: History): History {
  const choices = new Choices(history.seed, 'deployments');
  const lastS = Math.max(...history.events.map(({ s }) => s)) + 2 * history.delayS;
  const deploymentsS = Array.from({ length: choices.between(1, 4) }, () => choices.below(1_000) * (lastS / 1_000));
  return { ...history, deploymentsS: deploymentsS.sort((one, other) => one - other), prunes: choices.yes(0.5) };
}

export class Deployments {
  private readonly removed = new Set<string>();

  constructor(private readonly history: History) {}

  /** Undefined where code has no versions. */
  live(nowMs: number): string | undefined {
    const { deploymentsS } = this.history;
    return deploymentsS && String(1 + deploymentsS.filter((s) => dawnMs + s * 1_000 <= nowMs).length);
  }

  /** When something changes. */
  instantsMs(): readonly number[] {
    return (this.history.deploymentsS ?? []).map((s) => dawnMs + s * 1_000);
  }

  isGone(version: string): boolean {
    return this.removed.has(version);
  }

  /** A version that is not live goes when none of its runs is active any more; half of the histories keep them all. */
  prune(nowMs: number, runs: Iterable<RunTrack>): string[] {
    if (!this.history.prunes) return [];
    const needed = new Set([...runs].flatMap(({ doc }) => (isOver(doc) ? [] : (doc.codeVersion ?? []))));
    const older = Array.from({ length: Number(this.live(nowMs)) - 1 }, (_, index) => String(index + 1));
    const spare = older.filter((version) => !needed.has(version) && !this.removed.has(version));
    for (const version of spare) this.removed.add(version);
    return spare;
  }

  /** What a timer invokes: the version that set it, or the live one where that is gone (the redriver). */
  target(version: string | undefined, nowMs: number): string | undefined {
    return version === undefined || this.removed.has(version) ? this.live(nowMs) : version;
  }
}

/** @throws Violation when the code of a run is run by another version than its own. */
export function assertOwnVersion(by: Invocation, track: RunTrack | undefined, what: string): void {
  if (track === undefined || track.doc.codeVersion === by.codeVersion) return;
  throw new Violation(
    'V1',
    `${by.label}, of version ${by.codeVersion}, ${what} of ${track.label}, which began with version ${track.doc.codeVersion}`,
  );
}
