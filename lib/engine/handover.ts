/**
 * Handing over: when no user function may start any more, the lease is written away first, and only then a timer is set
 * that goes on. Never the timer first: it would find the lease and leave (protocol check, second round, e).
 */
import type { Attempt } from './attempt.js';
import type { Written } from './ports.js';
import { type RunDocument, withoutLease, withStep } from './stored/document.js';
import { runIdOf, timerName } from './stored/key.js';

/** Writes the lease away (a dead one too) with the changes so far. */
export function letGo(attempt: Attempt, run: RunDocument, seenRev: number): Promise<Written> {
  const free = { ...withoutLease(run), by: attempt.cause, rev: seenRev + 1 };
  return attempt.ports.records.commit(free, { rev: seenRev });
}

export async function handOver(attempt: Attempt, run: RunDocument, seenRev: number): Promise<Written> {
  const written = await letGo(attempt, run, seenRev);
  if (written.outcome !== 'done') return written;
  const deadlineMs = attempt.ports.clock.nowMs();
  // A fixed name would meet the one that has just fired: rev makes it new each time.
  const rev = seenRev + 1;
  await attempt.ports.timers.set({
    name: timerName(run, 'go', rev, 0),
    run: runIdOf(run),
    step: 'go',
    attempt: rev,
    deadlineMs,
  });
  return written;
}

/** A run as far as it may be shown without the timers of these retries: they may begin at once. */
export function asDue(run: RunDocument, unarmed: Iterable<string>): RunDocument {
  let shown = run;
  for (const id of unarmed) {
    const step = run.steps.get(id);
    if (step?.kind === 'run' || step?.kind === 'send')
      shown = withStep(shown, id, { kind: step.kind, state: 'due', attempt: step.attempt });
  }
  return shown;
}
