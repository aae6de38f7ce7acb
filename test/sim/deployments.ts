/**
 * The deployments of one journey in a history: which version of its code is live when, which were removed, and that a run is
 * only ever driven by the version that it began with (V1).
 *
 * Owns: the versions. Knows no engine. Without deployments there is one version, and nothing here decides anything.
 */
import { isOver } from '../../lib/engine/stored/document.js';
import { Choices, chanceOf } from './chance.js';
import { laterPrograms, withoutStumbles } from './changes.js';
import { dawnMs, type History } from './history.js';
import type { Invocation } from './invocation.js';
import type { JourneySpec } from './program.js';
import { type RunTrack, Violation } from './run-track.js';

/** The same history, in which the journeys' code is deployed again up to four times while its runs wait. */
export function deployedAgain(history: History): History {
  const choices = new Choices(history.seed, 'deployments');
  const lastS = Math.max(...history.events.map(({ s }) => s)) + 2 * history.delayS;
  const deploymentsS = Array.from({ length: choices.between(1, 4) }, () => choices.below(1_000) * (lastS / 1_000));
  return { ...history, deploymentsS: deploymentsS.sort((one, other) => one - other), prunes: choices.yes(0.5) };
}

/** The same, and the code changes from one deployment to the next; versions are removed although they have active runs. */
export function deployedChanged(history: History): History {
  const deployed = deployedAgain(history);
  const specs = [history.journey, ...(history.others ?? [])];
  const [journey, ...others] = specs.map((spec, at): JourneySpec => {
    const choices = new Choices(history.seed, `changes ${at}`);
    const first = { ...spec, program: withoutStumbles(spec.program) };
    const count = deployed.deploymentsS!.length;
    return { ...first, later: laterPrograms(choices, first, count) };
  });
  return { ...deployed, journey: journey!, others, removesInUse: 0.4 };
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

  /** A version that is not live goes when none of its runs is active any more; half of the histories keep them all. By force others go too. */
  prune(nowMs: number, runs: Iterable<RunTrack>): string[] {
    const needed = new Set([...runs].flatMap(({ doc }) => (isOver(doc) ? [] : (doc.codeVersion ?? []))));
    const older = Array.from({ length: Number(this.live(nowMs)) - 1 }, (_, index) => String(index + 1));
    const goes = (version: string): boolean =>
      needed.has(version) ? this.isRemovedInUse(version, nowMs) : this.history.prunes === true;
    const spare = older.filter((version) => !this.removed.has(version) && goes(version));
    for (const version of spare) this.removed.add(version);
    return spare;
  }

  private isRemovedInUse(version: string, nowMs: number): boolean {
    const { seed, removesInUse } = this.history;
    return removesInUse !== undefined && chanceOf(seed, `removes ${version} at ${nowMs}`) < removesInUse;
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
