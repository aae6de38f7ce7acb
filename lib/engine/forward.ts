/**
 * forward: a run is settled by the version of the code that it began with, and by no other. docs/decisions/020.
 *
 * Owns: which runs of a partition are mine, and which other versions a cause is forwarded to. Knows no deployment.
 * Invariants: a cause is forwarded after it was recorded, once to each version and partition, and acknowledged only when every forward was
 * accepted; what was forwarded is not forwarded again; the runs of a version that is gone are settled by the rule for changed
 * code, never by an older version. Where every run is mine, nothing is called.
 */
import { type Attempt, concernsMe } from './attempt.js';
import type { Own } from './ports.js';
import { isOver, type RunDocument } from './stored/document.js';
import { type RunId, runIdOf } from './stored/key.js';

/** A run of no version is everybody's; so is a tombstone, which has no code, and may still owe its caller an answer. */
export function isMine(attempt: Attempt, run: RunDocument): boolean {
  const { codeVersion, status } = run;
  if (status === 'skipped') return true;
  return codeVersion === undefined || codeVersion === attempt.engine.codeVersion || attempt.gone.has(codeVersion);
}

/** A run that is mine because its version is gone: from its next write on it is of my version. */
export function adopted(attempt: Attempt, run: RunDocument): RunDocument {
  const { codeVersion, ...rest } = run;
  if (codeVersion === undefined) return run;
  const mine = attempt.engine.codeVersion;
  return mine === undefined ? rest : { ...rest, codeVersion: mine };
}

/** @param failed runs whose version could not be reached: the attempt that comes back for this cause tries again. */
export async function forward(
  attempt: Attempt,
  own: Own,
  runs: readonly RunDocument[],
  failed: Map<RunId, unknown>,
): Promise<void> {
  for (const run of runs) {
    if (!needsItsVersion(attempt, own, run) || failed.has(runIdOf(run))) continue;
    try {
      await forwardTo(attempt, own, run.codeVersion!);
    } catch (error) {
      failed.set(runIdOf(run), error);
    }
  }
}

/** A timer concerns its own run alone; an event may concern every run, and one that it ended before its attempt died. */
function needsItsVersion(attempt: Attempt, own: Own, run: RunDocument): boolean {
  if (isMine(attempt, run) || !attempt.forwarded) return false;
  if (attempt.forwarded.has(forwardName(run.codeVersion!, own))) return false;
  if (own.role === 'timer' && run.position !== own.position) return false;
  return !isOver(run) || concernsMe(attempt, run);
}

/** A cause may concern several partitions. */
function forwardName(version: string, { pk }: Own): string {
  return `${version} ${pk}`;
}

async function forwardTo(attempt: Attempt, own: Own, version: string): Promise<void> {
  const { versions, observer } = attempt.ports;
  const mine = attempt.engine.codeVersion;
  if (!versions) throw new UnreachableVersion(version, mine, 'this code knows no versions');
  const outcome = await versions.forward(version, attempt.cause, own);
  if (outcome === 'gone') {
    if (mine !== undefined && Number(version) > Number(mine)) {
      throw new UnreachableVersion(version, mine, 'it is newer, and an older one never takes over its runs');
    }
    attempt.gone.add(version);
  } else attempt.forwarded!.add(forwardName(version, own));
  observer.fact({ kind: outcome === 'gone' ? 'versionGone' : 'forwarded', version });
}

/** Thrown, so that the cause comes back. */
export class UnreachableVersion extends Error {
  override readonly name = 'UnreachableVersion';

  constructor(version: string, mine: string | undefined, why: string) {
    super(
      `A run began with version ${version} of the code, which cannot be reached from version ${mine ?? '(none)'}: ${why}. ` +
        'Expected: the version that the run began with, or a newer one. Fix: deploy again, then redrive the dead letters',
    );
  }
}
