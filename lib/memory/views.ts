/** What a test sees of a run: a document as plain values. */
import type { RunDocument, RunStatus, Step, StoredError } from '../engine/stored/document.js';
import { isoSecond } from '../engine/stored/event.js';
import { endedRunOf, runIdOf } from '../engine/stored/key.js';
import { authorsName } from '../journey/invoke.js';

/** A step on record. */
export interface StepView {
  /** What was called: `step.waitForEvent`, `sleep` (or `sleepUntil`), `run`, `sendEvent`. */
  readonly kind: 'wait' | 'sleep' | 'run' | 'send';
  /** 'due': the next attempt of a step that failed may begin. */
  readonly state: 'waiting' | 'matched' | 'timedOut' | 'due' | 'done' | 'failed';
  /** Of a wait, a sleep or a step that is to be retried: ISO 8601, milliseconds. */
  readonly deadline?: string;
  /** Attempts that have failed. */
  readonly attempt?: number;
  /** What the last attempt failed at. */
  readonly error?: StoredError;
}

/** An event, without its data. */
export interface EventView {
  /** Its id. */
  readonly id: string;
  /** As the journey's code knows it: its detail-type, or 'sojourn/run.invoked' for a call. */
  readonly name: string;
  /** ISO 8601, whole seconds. */
  readonly time: string;
}

/** A run as it is on record. */
export interface RunView {
  /** Opaque; as the run's own code knows it. */
  readonly runId: string;
  /** The journey's id. */
  readonly journey: string;
  /** 'active' until it is over; 'skipped': its trigger started no run. */
  readonly status: RunStatus;
  /** Of a run of `onFailure` or `onCancel`: the id of the run whose end it follows. */
  readonly follows?: string;
  /** What began it. */
  readonly trigger: EventView;
  /** What the function returned, as JSON; of a completed run. */
  readonly output?: unknown;
  /** Of a failed run. */
  readonly error?: StoredError;
  /** What ended a cancelled run. */
  readonly cancelledBy?: EventView;
  /** Of a trigger that started no run: why, and the run that held its place. */
  readonly skipped?: { readonly by: 'idempotency' | 'singleton'; readonly holder: string };
  /** By their ids, in the order in which they came up; a repeated id has a counter. */
  readonly steps: Readonly<Record<string, StepView>>;
}

/** A timer that is still to fire. */
export interface TimerView {
  /** The run that it is for. */
  readonly runId: string;
  /** The id of the wait, the sleep or the step to be retried. */
  readonly step: string;
  /** ISO 8601. */
  readonly at: string;
}

export function runView(run: RunDocument): RunView {
  const { status, trigger, output, error, cancelledBy, skipped } = run;
  const ended = endedRunOf(run.pk);
  return {
    runId: runIdOf(run),
    journey: run.pk.slice(0, run.pk.indexOf('|')),
    status,
    ...(ended && { follows: runIdOf(ended) }),
    trigger: eventView(trigger),
    ...(output !== undefined && { output }),
    ...(error && { error }),
    ...(cancelledBy && { cancelledBy: eventView(cancelledBy) }),
    ...(skipped && { skipped: { by: skipped.by, holder: runIdOf(skipped.holder) } }),
    steps: Object.fromEntries([...run.steps].map(([id, step]) => [id, stepView(step)])),
  };
}

function eventView(event: { readonly id: string; readonly name: string; readonly timeMs: number }): EventView {
  return { id: event.id, name: authorsName(event.name), time: isoSecond(event.timeMs) };
}

function stepView(step: Step): StepView {
  return {
    kind: step.kind,
    state: step.state,
    ...(step.deadlineMs !== undefined && { deadline: new Date(step.deadlineMs).toISOString() }),
    ...('attempt' in step && { attempt: step.attempt }),
    ...('error' in step && step.error && { error: step.error }),
  };
}
