/**
 * What follows the ends of runs: found from the runs, because its partition is named after the run that has ended.
 *
 * Owns: which runs something can follow, and how it is read. Knows no definition: a run may have ended under code that had a
 * handler which today's has not. So each run that failed or was cancelled with its trigger's data kept costs one read.
 */
import type { RunDocument } from '../engine/stored/document.js';
import { afterPartitionOf, endedRunOf } from '../engine/stored/key.js';

/** So many reads at a time. */
const atOnce = 20;

/** @returns the runs of onFailure and onCancel that follow these, in their order. */
export async function followersOf(
  runs: readonly RunDocument[],
  runsOf: (pk: string) => Promise<readonly RunDocument[]>,
): Promise<RunDocument[]> {
  const ended = runs.filter(canBeFollowed);
  const found: RunDocument[] = [];
  for (let at = 0; at < ended.length; at += atOnce) {
    const pages = await Promise.all(ended.slice(at, at + atOnce).map((run) => runsOf(afterPartitionOf(run))));
    found.push(...pages.flat());
  }
  return found;
}

function canBeFollowed({ pk, status, trigger }: RunDocument): boolean {
  return (status === 'failed' || status === 'cancelled') && trigger.data !== undefined && !endedRunOf(pk);
}
