/**
 * A run as a person reads it: plain JSON, times as ISO text.
 *
 * Owns: the names and the order of what is shown. Pure; knows neither tables nor endpoints.
 */
import { channelsOf } from '../engine/decision/channel.js';
import type {
  Channel,
  ClaimKind,
  EventRecord,
  RunDocument,
  Step,
  StoredError,
  StoredEvent,
  WaitStep,
} from '../engine/stored/document.js';
import { isoSecond } from '../engine/stored/event.js';
import { endedRunOf, keyValueOf as keyOfPartition, runIdOf } from '../engine/stored/key.js';

import { type Call, isCall, type ShownStep, shownSteps } from './calls.js';

export { keyOfPartition };

export interface EventView {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly time: string;
  readonly data?: unknown;
}

/** One of several awaited events. */
export interface AwaitedView {
  readonly event: string;
  /** Partition in which it is recorded, where that is not the run's home. */
  readonly place?: string;
  readonly since: string;
  readonly if?: string;
}

export interface StepView {
  readonly id: string;
  /** call: a step.invoke, which is on record as a step that sends and one that waits. */
  readonly kind: Step['kind'] | 'call';
  readonly state: Step['state'];
  /** Of a call: the step that waits for its return, as its timer names it; whom it called, and its run, once that is known. */
  readonly waitsAs?: string;
  readonly called?: { readonly journey?: string; readonly run?: string; readonly outcome?: string };
  /** Name of the awaited event. */
  readonly event?: string;
  /** The awaited events, where there are several. */
  readonly events?: readonly AwaitedView[];
  /** What a wait for several events takes of them; 'none': it is expected that none comes. */
  readonly takes?: 'any' | 'all' | 'none';
  /** Partition in which the awaited event is recorded, where that is not the run's home. */
  readonly place?: string;
  /** From when on an event counts. */
  readonly since?: string;
  /** What an event must pass beside the key. */
  readonly if?: string;
  /** When a wait times out, a sleep ends or a failed step is tried again. */
  readonly deadline?: string;
  readonly matched?: EventView;
  /** The events that came beside it, of a wait that takes all. */
  readonly matchedOthers?: readonly EventView[];
  /** Attempts that have failed. */
  readonly failedAttempts?: number;
  /** When its function was done, or its call sent. */
  readonly doneAt?: string;
  readonly result?: unknown;
  readonly error?: StoredError;
}

/** What a list shows of a run. */
export interface RunSummary {
  readonly runId: string;
  readonly journey: string;
  /** The value of the key; null for a journey without one, and for a value that is stored as its hash. */
  readonly key: string | number | boolean | null;
  readonly status: RunDocument['status'];
  /** Of a run of `onFailure` or `onCancel`: the run whose end it follows. */
  readonly follows?: string;
  /** Of a called run: the run that has called it. */
  readonly calledBy?: string;
  /** Event time of the trigger. */
  readonly startedAt: string;
  readonly endedAt?: string;
  /** When the next wait, sleep or retry is over. */
  readonly nextDeadline?: string;
  readonly output?: unknown;
  readonly error?: StoredError;
  readonly cancelledBy?: EventView;
  /** Of a trigger that started no run: why, and the run that held its place. */
  readonly skipped?: { readonly by: ClaimKind; readonly holder: string };
}

export interface RunView extends RunSummary {
  /** Value of the table's partition key. */
  readonly partition: string;
  readonly trigger: EventView;
  readonly steps: readonly StepView[];
  /** Who runs its code at this moment, and until when it may. */
  readonly lease?: { readonly requestId: string; readonly until: string };
  /** How often it was written. */
  readonly revision: number;
  readonly expiresAt?: string;
}

export function runSummary(run: RunDocument): RunSummary {
  const { status, output, error, cancelledBy, skipped, endedAtMs } = run;
  const next = status === 'active' ? nextDeadlineMs(run) : undefined;
  const ended = endedRunOf(run.pk);
  return {
    runId: runIdOf(run),
    journey: run.pk.slice(0, run.pk.indexOf('|')),
    key: keyOfPartition(run.pk),
    status,
    ...(ended && { follows: runIdOf(ended) }),
    ...(run.trigger.caller !== undefined && { calledBy: run.trigger.caller }),
    startedAt: isoSecond(run.trigger.timeMs),
    ...(endedAtMs !== undefined && { endedAt: iso(endedAtMs) }),
    ...(next !== undefined && { nextDeadline: iso(next) }),
    ...(output !== undefined && { output }),
    ...(error && { error }),
    ...(cancelledBy && { cancelledBy: eventView(cancelledBy) }),
    ...(skipped && { skipped: { by: skipped.by, holder: runIdOf(skipped.holder) } }),
  };
}

export function runView(run: RunDocument): RunView {
  return {
    ...runSummary(run),
    partition: run.pk,
    trigger: eventView(run.trigger),
    steps: shownSteps(run).map((shown) => (isCall(shown) ? callView(shown) : stepView(shown.id, shown.step))),
    ...(run.lease && { lease: { requestId: run.lease.requestId, until: iso(run.lease.untilMs) } }),
    revision: run.rev,
    ...(run.expiresAtS !== undefined && { expiresAt: isoSecond(run.expiresAtS * 1_000) }),
  };
}

function stepView(id: string, step: Step): StepView {
  const place = { id, kind: step.kind, state: step.state };
  const deadline = step.deadlineMs === undefined ? {} : { deadline: iso(step.deadlineMs) };
  if (step.kind === 'sleep') return { ...place, ...deadline };
  if (step.kind === 'wait') return { ...place, ...awaitsView(step), ...deadline, ...matchedView(step) };
  const { attempt, doneAtMs, result, error } = step;
  return {
    ...place,
    ...deadline,
    failedAttempts: attempt,
    ...(doneAtMs !== undefined && { doneAt: iso(doneAtMs) }),
    ...(result !== undefined && { result }),
    ...(error && { error }),
  };
}

function callView({ id, step, call }: ShownStep & { readonly call: Call }): StepView {
  const { journey, run, outcome, sent, waitsAs } = call;
  const { event: _event, ...view } = stepView(id, step);
  const called = {
    ...(journey !== undefined && { journey }),
    ...(run !== undefined && { run }),
    ...(outcome !== undefined && { outcome }),
  };
  const doneAt = sent?.doneAtMs === undefined ? {} : { doneAt: iso(sent.doneAtMs) };
  return { ...view, kind: 'call', waitsAs, called, ...doneAt };
}

function awaitsView(wait: WaitStep): Pick<StepView, 'event' | 'events' | 'place' | 'takes' | 'since' | 'if'> {
  const takes = wait.takes ?? (wait.others && 'any');
  return {
    ...(wait.others ? { events: channelsOf(wait).map(awaitedView) } : awaitedView(wait)),
    ...(takes && { takes }),
  };
}

function awaitedView({ event, place, sinceMs, if: condition }: Channel): AwaitedView {
  const elsewhere = place === undefined ? {} : { place };
  return { event, ...elsewhere, since: iso(sinceMs), ...(condition !== undefined && { if: condition }) };
}

function matchedView({ matched, matchedOthers }: WaitStep): Pick<StepView, 'matched' | 'matchedOthers'> {
  return {
    ...(matched && { matched: eventView(matched) }),
    ...(matchedOthers && { matchedOthers: matchedOthers.map(eventView) }),
  };
}

export function eventView(event: StoredEvent | EventRecord['event']): EventView {
  const { id, name, source, timeMs, data } = event;
  return { id, name, source, time: isoSecond(timeMs), ...(data !== undefined && { data }) };
}

function nextDeadlineMs(run: RunDocument): number | undefined {
  const open = [...run.steps.values()].flatMap((step) =>
    step.state === 'waiting' && step.deadlineMs !== undefined ? [step.deadlineMs] : [],
  );
  return open.length === 0 ? undefined : Math.min(...open);
}

export function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
