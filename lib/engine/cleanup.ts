/**
 * Cleaning up after a run: its timers are deleted at once when it is over.
 *
 * Invariant (I8): every name follows from document and code. Only a run that is over is cleaned up after; a fenced executor
 * of a living run deletes nothing, because the timers may be the new executor's (protocol check 9).
 */
import { type Attempt, stepTimerName } from './attempt.js';
import type { RunDocument } from './document.js';
import { replay } from './replay.js';
import { finishTimer } from './timeouts.js';

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
  if (run.status === 'cancelled') for (const name of await nextTimerNames(attempt, run)) names.add(name);
  await dropTimers(attempt, [...names]);
  attempt.cleaned.add(run.position);
}

async function nextTimerNames(attempt: Attempt, run: RunDocument): Promise<string[]> {
  const plan = await replay(attempt.engine, run, attempt.ports.turn);
  if (plan.next !== 'blocked') return [];
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
