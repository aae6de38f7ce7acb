/**
 * Why a run is where it is, as sentences: what started it, what it waited for, what came, how it ended, and what came and was
 * not taken. For `sojourn show` and `sojourn explain`.
 *
 * Owns: the words and their order. Pure; the facts come from the documents, the reasons from judgement.ts.
 * Invariant: no event's data, only names, ids, times and the values by which events find runs (a view has the data, for whoever
 * asks for it).
 */

import { isRevocationOf } from '../engine/calls/call-identity.js';
import { cancelledByNoEvent } from '../engine/decision/timeouts.js';
import type { CodeStep, EventRecord, RunDocument, SleepStep, Step } from '../engine/stored/document.js';
import { isoSecond } from '../engine/stored/event.js';
import { endedRunOf, runIdOf } from '../engine/stored/key.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { isMadeByHand } from './by-hand.js';
import { callStory, isCall, shownSteps } from './calls.js';
import { tracesElsewhere, wordsOfPlace } from './elsewhere.js';
import { judge, type Trace } from './judgement.js';
import { type EventView, eventView, keyOfPartition, type RunView, runView } from './view.js';
import { waitStory } from './wait-story.js';

export interface Records {
  readonly runs: readonly RunDocument[];
  readonly events: readonly EventRecord[];
  /** Records in the other partitions where its runs listen (elsewhere.ts); left out where they were not read. */
  readonly elsewhere?: readonly EventRecord[];
}

/** An event on record, as one run sees it. */
export interface EventInView {
  readonly event: Omit<EventView, 'data'>;
  /** Where it was recorded, where that is not the run's home: the partition, and what that stands for. */
  readonly place?: string;
  readonly by?: string;
  readonly taken: boolean;
  /** "was not taken: ..." */
  readonly as: string;
}

export interface RunExplained extends RunView {
  /** What happened, in order. */
  readonly story: readonly string[];
  /** Everything on record under its key and where else it listens, oldest first; of a skipped trigger only itself. */
  readonly events: readonly EventInView[];
}

/** @param records all that is on record under the run's key. */
export function explainRun(run: RunDocument, records: Records, definition?: JourneyDefinition): RunExplained {
  const judged = [...tracesOf(records), ...tracesElsewhere(run, records.elsewhere)]
    .sort(byPosition)
    .map((trace) => ({ trace, judgement: judge(run, trace, definition) }));
  // Recorded in two partitions, it is told once where it was taken, and each time where it was not.
  const taken = new Set(judged.flatMap(({ trace, judgement }) => (judgement.taken ? [trace.event.id] : [])));
  // A trigger that was skipped has no run: what the holder took says nothing of it.
  const events = judged
    .filter(({ trace, judgement }) => judgement.taken || (run.status !== 'skipped' && !taken.has(trace.event.id)))
    .map(({ trace: { event, place }, judgement }) => ({
      event: eventView({ ...event, data: undefined }),
      ...(place !== undefined && { place, by: wordsOfPlace(place) }),
      ...judgement,
    }));
  return { ...runView(run), story: storyOf(run, definition), events };
}

function byPosition(one: Trace, other: Trace): number {
  return one.position < other.position ? -1 : 1;
}

export interface KeyExplained {
  readonly journey: string;
  readonly key: string;
  /** Oldest first. */
  readonly runs: readonly RunExplained[];
  /** Recorded, though no run is there that could have taken them. */
  readonly events: readonly Omit<EventView, 'data'>[];
  /** What is to be said of all of it: that nothing was ever recorded, and what would start a run. */
  readonly notes: readonly string[];
}

export function explainKey(
  journey: string,
  key: string,
  records: Records,
  definition?: JourneyDefinition,
  /** What follows the ends of those runs. */
  following: readonly RunDocument[] = [],
): KeyExplained {
  const followers = following.map((run) => explainRun(run, { ...records, runs: [run], events: [] }, definition));
  const runs = records.runs.flatMap((run) => [
    explainRun(run, records, definition),
    ...followers.filter(({ follows }) => follows === runIdOf(run)),
  ]);
  const events = runs.length > 0 ? [] : records.events.map(({ event }) => eventView({ ...event, data: undefined }));
  return { journey, key, runs, events, notes: notesOf(journey, key, records, definition) };
}

function notesOf(journey: string, key: string, { runs, events }: Records, definition?: JourneyDefinition): string[] {
  const notes: string[] = [];
  const types = new Set([...runs, ...events].map(({ pk }) => typeof keyOfPartition(pk)));
  if (types.size > 1) {
    notes.push(`Under ${key} there are a text and a number: to a journey they are two keys, and never meet.`);
  }
  if (runs.length > 0) return notes;
  const was = events.length > 0 ? 'Events were recorded, but no run' : 'Nothing';
  notes.push(`${was} of ${journey} is on record under the key ${key}.`);
  if (definition) {
    const starts = definition.triggers.map(({ event, if: text }) => {
      const path = definition.keyPaths?.[event];
      const asked = text === undefined ? '' : ` if ${text}`;
      return path === undefined ? `${event}${asked}` : `${event} with ${key} as ${path}${asked}`;
    });
    notes.push(`A run is started by ${starts.join(', or ')}.`);
  }
  notes.push(
    'If such an event was sent: it was not put on this bus, its key is spelled otherwise (42 and "42 " are two keys), it has expired here, or it is among the dead letters (--dead-letters).',
  );
  return notes;
}

function tracesOf({ runs, events }: Records): Trace[] {
  const started = runs.map((run) => ({
    pk: run.pk,
    position: run.position,
    event: run.trigger,
    ...(run.skipped ? { skipped: run.skipped } : { startedRun: runIdOf(run) }),
  }));
  return [...started, ...events];
}

function beginningOf({ pk, trigger }: RunDocument): string {
  const ended = endedRunOf(pk);
  const at = isoSecond(trigger.timeMs);
  if (trigger.caller !== undefined) return `The run ${trigger.caller} called it at ${at} (${trigger.id}).`;
  if (!ended) return `${trigger.name} (${trigger.id}) started it at ${at}.`;
  const [handler, how] = trigger.name.endsWith('.failed') ? ['onFailure', 'failed'] : ['onCancel', 'was cancelled'];
  return `It is ${handler} of the run ${runIdOf(ended)}, which ${how} at ${at}.`;
}

function storyOf(run: RunDocument, definition: JourneyDefinition | undefined): string[] {
  const { trigger } = run;
  if (run.status === 'skipped')
    return [`${trigger.name} (${trigger.id}) of ${isoSecond(trigger.timeMs)} was skipped: ${skippedStory(run)}.`];
  const steps = shownSteps(run).map((shown) =>
    isCall(shown) ? callStory(run, shown, definition?.invokes) : stepStory(run, shown.id, shown.step),
  );
  return [beginningOf(run), ...steps, ...endStory(run)];
}

function stepStory(run: RunDocument, id: string, step: Step): string {
  switch (step.kind) {
    case 'wait':
      return waitStory(run, id, step);
    case 'sleep':
      return sleepStory(run, id, step);
    case 'run':
    case 'send':
      return codeStory(run, id, step);
  }
}

function sleepStory(run: RunDocument, id: string, step: SleepStep): string {
  const until = isoSecond(step.deadlineMs);
  if (step.state === 'timedOut') return `'${id}': it slept until ${until}.`;
  return run.status === 'active' ? `'${id}': it sleeps until ${until}.` : `'${id}': it was to sleep until ${until}.`;
}

function codeStory(run: RunDocument, id: string, step: CodeStep): string {
  const failures = step.attempt === 1 ? 'once' : `${step.attempt} times`;
  const error = step.error ? ` (${step.error.name}: ${step.error.message})` : '';
  if (step.state === 'failed') return `'${id}' failed for good, ${failures}${error}.`;
  if (step.state === 'done') {
    const at = step.doneAtMs === undefined ? '' : ` at ${isoSecond(step.doneAtMs)}`;
    return `'${id}' was done${at}${step.attempt > 0 ? `, after it had failed ${failures}` : ''}.`;
  }
  if (run.status !== 'active') return `'${id}' has failed ${failures}${error}.`;
  const next = step.deadlineMs === undefined ? 'now' : `at ${isoSecond(step.deadlineMs)}`;
  return `'${id}' has failed ${failures}${error}; it is tried again ${next}.`;
}

/** Whose the place was. */
function skippedStory({ skipped }: RunDocument): string {
  if (!skipped) return 'its place was held';
  const holder = `run ${runIdOf(skipped.holder)}, begun by the trigger of ${skipped.holder.position.slice(0, 20)},`;
  if (skipped.by === 'singleton') return `${holder} was active (singleton)`;
  return `${holder} has the same value within the period (idempotency), so the two are one event`;
}

function endStory(run: RunDocument): string[] {
  const at = run.endedAtMs === undefined ? '' : ` at ${isoSecond(run.endedAtMs)}`;
  switch (run.status) {
    case 'active':
      return run.lease ? [`Its code is being run by invocation ${run.lease.requestId}.`] : [];
    case 'completed':
      return [`It completed${at}.`];
    case 'failed':
      return [`It failed${at}: ${run.error?.name}: ${run.error?.message}.`];
    case 'skipped':
      return [];
    case 'cancelled': {
      const { cancelledBy } = run;
      if (!cancelledBy) return [`It was cancelled${at}.`];
      if (isMadeByHand(cancelledBy)) return [`It was cancelled by hand${at}.`];
      if (cancelledBy.name === cancelledByNoEvent.start)
        return [`It was cancelled${at}: it would have begun later than timeouts.start allows.`];
      if (cancelledBy.name === cancelledByNoEvent.finish)
        return [`It was cancelled${at}: it had taken longer than timeouts.finish allows.`];
      if (isRevocationOf(cancelledBy, run.trigger))
        return [`It was cancelled${at}: the run that called it does not wait for it any more.`];
      return [`It was cancelled by ${cancelledBy.name} of ${isoSecond(cancelledBy.timeMs)} (${cancelledBy.id}).`];
    }
  }
}
