/** What a test sees of a run: a document as plain values. */
import type { RunDocument, Step, StoredError } from '../engine/document.js';
import { isoSecond } from '../engine/event.js';
import { runIdOf } from '../engine/key.js';

export interface StepView {
  readonly kind: Step['kind'];
  readonly state: Step['state'];
  /** Of a wait, a sleep or a step that is to be retried. */
  readonly deadline?: string;
  readonly attempt?: number;
  readonly error?: StoredError;
}

export interface RunView {
  readonly runId: string;
  readonly journey: string;
  readonly status: RunDocument['status'];
  readonly trigger: { readonly id: string; readonly name: string; readonly time: string };
  readonly output?: unknown;
  readonly error?: StoredError;
  readonly cancelledBy?: { readonly id: string; readonly name: string; readonly time: string };
  readonly steps: Readonly<Record<string, StepView>>;
}

export interface TimerView {
  readonly runId: string;
  readonly step: string;
  readonly at: string;
}

export function runView(run: RunDocument): RunView {
  const { status, trigger, output, error, cancelledBy } = run;
  return {
    runId: runIdOf(run),
    journey: run.pk.slice(0, run.pk.indexOf('|')),
    status,
    trigger: eventView(trigger),
    ...(output !== undefined && { output }),
    ...(error && { error }),
    ...(cancelledBy && { cancelledBy: eventView(cancelledBy) }),
    steps: Object.fromEntries([...run.steps].map(([id, step]) => [id, stepView(step)])),
  };
}

function eventView(event: { readonly id: string; readonly name: string; readonly timeMs: number }): RunView['trigger'] {
  return { id: event.id, name: event.name, time: isoSecond(event.timeMs) };
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
