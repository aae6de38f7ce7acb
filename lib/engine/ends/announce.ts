/**
 * announce: tells a run's end on the bus, where the journey's deployment asks for it, and to the run that called it.
 *
 * Invariants: never before the end is written, which may yet be lost to another one; told by the cause that wrote it, which
 * is acknowledged only once the bus has it, so that after a death its retry tells it again, as the same event (its id and
 * time follow from the document). At least once, as whatever a run sends (docs/decisions/024).
 */
import { limits } from '../../limits.js';
import type { Attempt } from '../attempt.js';
import { returnEvent } from '../calls/invoke.js';
import type { SentEvent } from '../ports.js';
import { type RunDocument, type RunEnd, runEndOf } from '../stored/document.js';
import { sha256 } from '../stored/event.js';
import { keyValueOf, runIdOf } from '../stored/key.js';

export async function announceEnd(attempt: Attempt, run: RunDocument): Promise<void> {
  if (run.by !== attempt.cause || attempt.announced.has(runIdOf(run))) return;
  const { journey, lifecycleEvents } = attempt.engine;
  const { id } = journey.definition;
  // A trigger that was skipped is no run, and has no end; who called is told all the same.
  const end = runEndOf(run);
  const told = end && lifecycleEvents?.includes(end) ? [endEvent(id, run, end)] : [];
  const returned = returnEvent(id, run);
  if (returned) told.push(returned);
  if (told.length === 0) return;
  await attempt.ports.bus.publish(told);
  attempt.announced.add(runIdOf(run));
}

function endEvent(journey: string, run: RunDocument, end: RunEnd): SentEvent {
  const { trigger, endedAtMs = trigger.timeMs } = run;
  return {
    id: sha256(`end\n${runIdOf(run)}`).slice(0, 32),
    hops: trigger.hops + 1,
    name: `sojourn/run.${end}`,
    source: `sojourn.${journey}`,
    timeMs: endedAtMs,
    data: {
      journey,
      run: runIdOf(run),
      key: keyValueOf(run.pk),
      status: end,
      trigger: { id: trigger.id, name: trigger.name },
      startedAt: iso(trigger.timeMs),
      endedAt: iso(endedAtMs),
      ...outcomeOf(run),
    },
  };
}

function outcomeOf({ output, error, cancelledBy }: RunDocument): object {
  if (error) return { error };
  if (cancelledBy) return { cancelledBy: { id: cancelledBy.id, name: cancelledBy.name } };
  if (output === undefined) return {};
  // Some targets take no more than this; the run has it all.
  return Buffer.byteLength(JSON.stringify(output)) > limits.announcedOutputBytes ? { outputOmitted: true } : { output };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
