/**
 * Cleaning up after a run: its timers are deleted at once when it is over.
 *
 * Invariant (I8): every name follows from document and code. Only a run that is over is cleaned up after; a fenced executor
 * of a living run deletes nothing, because the timers may be the new executor's (protocol check 9).
 */
import { type Attempt, holdsLease, stepTimerName } from '../attempt.js';
import { revoke } from '../calls/revoke.js';
import type { Plan } from '../code/plan.js';
import { replay } from '../code/replay.js';
import { finishTimer } from '../decision/timeouts.js';
import { type RunDocument, withoutLease } from '../stored/document.js';
import { runIdOf } from '../stored/key.js';

/** K1: the timers of all its waits that did not time out, and of those that its code would open next. */
export async function cleanUp(attempt: Attempt, run: RunDocument): Promise<void> {
  const names = new Set<string>();
  for (const [id, step] of run.steps) {
    const name = step.state === 'timedOut' ? undefined : stepTimerName(run, id, step);
    if (name !== undefined) names.add(name);
  }
  const finish = finishTimer(attempt.engine.journey.definition, run);
  if (finish) names.add(finish.name);
  // Only a run that was cancelled from outside can have died between creating a timer and showing its wait.
  const plan =
    run.status === 'cancelled' ? await replay(attempt.engine, asLeft(attempt, run), attempt.ports.turn) : undefined;
  for (const name of nextTimerNames(run, plan)) names.add(name);
  await dropTimers(attempt, [...names]);
  // Any other end has done so before it was written.
  if (plan) await revoke(attempt, plan.calls);
  attempt.cleaned.add(runIdOf(run));
}

/** A call that another's lease was taken for may be published; one that mine was for is not: I came no further. */
function asLeft(attempt: Attempt, run: RunDocument): RunDocument {
  return holdsLease(attempt, run) ? withoutLease(run) : run;
}

function nextTimerNames(run: RunDocument, plan: Plan | undefined): string[] {
  if (plan?.next !== 'blocked') return [];
  return [...plan.opened].flatMap(([id, step]) => stepTimerName(run, id, step) ?? []);
}

/** D2, D6: the timers of waits that were just matched. */
export async function dropTimers(attempt: Attempt, names: string[]): Promise<void> {
  while (names.length > 0) {
    const name = names[0]!;
    if (!attempt.dropped.has(name)) await attempt.ports.timers.drop(name);
    attempt.dropped.add(name);
    names.shift();
  }
}
