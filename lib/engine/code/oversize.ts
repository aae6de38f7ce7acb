/**
 * A match whose event has no room beside what its run has, while a call is open. docs/decisions/038, race 14.
 *
 * Owns: when a match is stored without its data, and what the run then comes to. Knows no port but `turn`.
 * Why: a run that ends with a call open first writes what leads to that end (D1), so that no other event can keep it from the
 * end for which its call is revoked. What does not fit cannot be written: without this the run would try for ever. The mark
 * is written in its place, and means that the run fails, whoever reads it, whatever else is on record.
 * Invariant: a marked match has no `seq`, so nothing passes it: the replay of such a run opens nothing and knows the calls that were open.
 */
import type { JourneyError } from '../../journey/errors.js';
import { limits } from '../../limits.js';
import type { Attempt } from '../attempt.js';
import { type RunDocument, withoutMatchedData, withStep } from '../stored/document.js';
import type { Plan } from './plan.js';
import { replay } from './replay.js';
import { bytesOfRun, tooMuch } from './result.js';

/**
 * A run with a match that was just decided, as it can be written.
 * @param before the plan before the match: where no call was open then, none is open now.
 */
export async function withRoom(attempt: Attempt, run: RunDocument, id: string, before: Plan): Promise<RunDocument> {
  const step = run.steps.get(id);
  if (before.calls.length === 0 || step?.kind !== 'wait' || step.state !== 'matched') return run;
  const bytes = bytesOfRun(run.trigger, run.steps);
  if (bytes <= limits.documentBytes) return run;
  const { calls } = await replay(attempt.engine, run, attempt.ports.turn);
  // It may have been the return of the last call.
  if (calls.length === 0) return run;
  const { seq: _passedByNone, ...marked } = withoutMatchedData(step);
  return withStep(run, id, { ...marked, oversizeBytes: bytes });
}

/** @returns what a run with a marked match fails with. */
export function oversizeOf({ steps }: Pick<RunDocument, 'steps'>): JourneyError | undefined {
  for (const step of steps.values()) {
    if (step.kind === 'wait' && step.oversizeBytes !== undefined) return tooMuch('what came in', step.oversizeBytes);
  }
  return undefined;
}
