/**
 * What an event on record was to a run, and if nothing: why not. Pure.
 *
 * Owns: the reasons, as sentences. It decides nothing: it says of what was decided which rule of lib/engine/decision/decide.ts it
 * follows from. Invariant: an event that the run took is told by the run's own document, never guessed from times.
 */
import { isReturnOf, revokesAnother } from '../engine/calls/call-identity.js';
import { channelsOf, consumedBy } from '../engine/decision/channel.js';
import { isPlaceOfPath } from '../engine/elsewhere/correlation.js';
import type { Channel, RunDocument, Skipped, StoredEvent, WaitStep } from '../engine/stored/document.js';
import { isoSecond, type Position, wholeSecondMs } from '../engine/stored/event.js';
import { runIdOf } from '../engine/stored/key.js';
import type { OtherPath } from '../journey/correlation.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { callStepOf } from './calls.js';
import { awaitedBy } from './elsewhere.js';
import { refusalOf } from './filter-reasons.js';
import { keyOfPartition } from './view.js';

/** The stored trace of an event: a record, or the run that it started. */
export interface Trace {
  readonly pk: string;
  readonly position: Position;
  readonly event: StoredEvent;
  /** The partition, where that is not the run's home. */
  readonly place?: string;
  readonly startedRun?: string;
  /** It started none. */
  readonly skipped?: Skipped;
}

export interface Judgement {
  readonly taken: boolean;
  /** Goes on a sentence that begins with the event: "started this run". */
  readonly as: string;
}

export function judge(run: RunDocument, trace: Trace, definition: JourneyDefinition | undefined): Judgement {
  const taken = takenAs(run, trace);
  if (taken !== undefined) return { taken: true, as: taken };
  const why = [
    run.status === 'skipped' ? 'this trigger was skipped, so it has no run' : undefined,
    joinedTo(run, trace),
    trace.place !== undefined || trace.pk === run.pk
      ? undefined
      : `its key is ${keyText(trace.pk)}, this run’s is ${keyText(run.pk)}: they are two keys`,
    trace.position < run.position ? 'it is older than the event that started this run' : undefined,
  ].find((reason) => reason !== undefined);
  if (why !== undefined) return { taken: false, as: `was not taken: ${why}` };
  const reasons = [...missedBy(run, trace), ...uncancelled(run, trace, definition)];
  if (reasons.length === 0) reasons.push(unawaited(run, trace, definition));
  return { taken: false, as: `was not taken: ${reasons.join('; ')}` };
}

/** Why a trigger started no run: another of the same value held its place. */
function joinedTo(run: RunDocument, { skipped }: Trace): string | undefined {
  if (!skipped) return undefined;
  const isHolder = runIdOf(skipped.holder) === runIdOf(run);
  if (skipped.by === 'singleton') {
    return `it was skipped, because ${isHolder ? 'this run' : `run ${runIdOf(skipped.holder)}`} was active (singleton)`;
  }
  return isHolder
    ? 'it is the same event as the one that started this run (idempotency)'
    : 'it is the same event as one that started another run (idempotency)';
}

function takenAs(run: RunDocument, { event, position, place }: Trace): string | undefined {
  if (position === run.position && place === undefined)
    return run.status === 'skipped' ? 'is this trigger' : 'started this run';
  for (const [id, step] of run.steps) {
    if (step.kind !== 'wait') continue;
    const isTaken = consumedBy(step).some((one) => one.event.position === position && one.channel.place === place);
    if (isTaken) return `was taken by ${nameOf(run, id, step)}`;
  }
  return run.cancelledBy?.id === event.id ? 'cancelled this run' : undefined;
}

function nameOf(run: RunDocument, id: string, wait: WaitStep): string {
  return wait.call === undefined ? `the wait '${id}'` : `the call '${callStepOf(run, id, wait)}'`;
}

/** A place where a wait listens to an event. */
interface Place {
  readonly id: string;
  readonly wait: WaitStep;
  readonly channel: Channel;
}

function waitsFor(run: RunDocument, { event, place }: Trace): Place[] {
  return placesFor(run, event).filter(({ channel }) => channel.place === place);
}

/** Those that listen to it elsewhere, too. */
function placesFor(run: RunDocument, event: StoredEvent): Place[] {
  const places = [...run.steps].flatMap(([id, wait]) =>
    wait.kind === 'wait' ? channelsOf(wait).map((channel) => ({ id, wait, channel })) : [],
  );
  return places.filter(
    ({ channel }) => channel.event === event.name && (channel.call === undefined || isReturnOf(event, channel.call)),
  );
}

/** Of a wait that awaits the event more than once, with other conditions: what it fits, and else all that it does not. */
function missedBy(run: RunDocument, trace: Trace): string[] {
  const judged = waitsFor(run, trace).map((place) => ({ ...place, refused: refused(run, place, trace) }));
  return judged
    .filter((one) => one.refused === undefined || judged.every(({ wait, refused }) => wait !== one.wait || refused))
    .map((one) => one.refused ?? untaken(run, one, trace));
}

/** Which condition of a wait for this event's name it does not fulfil. */
function refused(run: RunDocument, { id, wait, channel }: Place, { event, position }: Trace): string | undefined {
  const wanted = nameOf(run, id, wait);
  if (event.timeMs < wholeSecondMs(channel.sinceMs)) {
    return `${wanted} counts events from ${isoSecond(channel.sinceMs)} on, and it is older`;
  }
  if (event.timeMs > wait.deadlineMs) return `${wanted} ended at ${isoSecond(wait.deadlineMs)}, and it is later`;
  if (channel.after !== undefined && position <= channel.after) {
    return `${wanted} was opened when a wait before it had taken this event or a later one`;
  }
  const asked = channel.if === undefined ? undefined : refusalOf(channel.if, run, event);
  return asked === undefined ? undefined : `${wanted} asks for ${asked}`;
}

/** Why a wait did not take an event that fits. */
function untaken(run: RunDocument, { id, wait, channel }: Place, { position }: Trace): string {
  const wanted = nameOf(run, id, wait);
  const matched = consumedBy(wait).find((consumed) => consumed.channel === channel)?.event ?? wait.matched;
  if (matched) {
    const order = matched.position < position ? 'which came first' : 'which was recorded before this one was';
    return `${wanted} had taken ${matched.name} of ${isoSecond(matched.timeMs)} (${matched.id}), ${order}`;
  }
  if (wait.state === 'timedOut' && wait.takes === 'all') {
    return `it lies within the window of ${wanted}, but when the time was up there was not one of each: ${namesOf(wait)}`;
  }
  if (wait.state === 'timedOut') {
    return `it lies within the window of ${wanted}, but was recorded only after the time was up and had been acted on`;
  }
  if (run.status !== 'active') return `${wanted} was still open when the run was ${ended(run)}`;
  if (wait.takes === 'all') return `it fits ${wanted}, which takes none until there is one of each: ${namesOf(wait)}`;
  return `it fits ${wanted}, which has not taken it yet: an invocation is on its way`;
}

function namesOf(wait: WaitStep): string {
  return channelsOf(wait)
    .map(({ event }) => event)
    .join(', ');
}

/** Why an event that could cancel did not. */
function uncancelled(run: RunDocument, trace: Trace, definition: JourneyDefinition | undefined): string[] {
  const { event } = trace;
  return (definition?.cancelOn ?? [])
    .filter((cancel) => cancel.event === event.name && !revokesAnother(event, run))
    .filter(({ path }) => cameBy(run, trace, path))
    .map(({ timeoutMs, if: text }) => {
      const untilMs = timeoutMs === undefined ? undefined : run.trigger.timeMs + timeoutMs;
      if (untilMs !== undefined && event.timeMs > untilMs) {
        return `it cancels only until ${isoSecond(untilMs)}, and it is later`;
      }
      const asked = text === undefined ? undefined : refusalOf(text, run, event);
      if (asked !== undefined) return `it cancels only if ${asked}`;
      if (run.status === 'active')
        return 'it cancels this run, which has not been acted on yet: an invocation is on its way';
      return `the run was ${ended(run)} before it could be cancelled`;
    });
}

/** As the engine has it, but that the data of an ended run's trigger is not needed. */
function cameBy({ pk, listens = [] }: RunDocument, { event, place }: Trace, path: OtherPath | undefined): boolean {
  if (path === undefined || place === undefined) return path === undefined && place === undefined;
  const journey = pk.slice(0, pk.indexOf('|'));
  const isHeard = listens.some((one) => one.event === event.name && one.place === place);
  return isHeard && isPlaceOfPath(place, journey, event.name, path);
}

function unawaited(run: RunDocument, { event, place }: Trace, definition: JourneyDefinition | undefined): string {
  const [other] = placesFor(run, event).filter(({ channel }) => channel.place !== place);
  if (other) return `the wait '${other.id}' awaits ${awaitedBy(other.channel)}, and it did not come that way`;
  if (definition?.waitsFor.includes(event.name)) {
    return run.status === 'active'
      ? `the run has come to no wait for ${event.name} yet`
      : `the run was ${ended(run)} without a wait for ${event.name}`;
  }
  return `this run awaited no ${event.name}`;
}

function keyText(pk: string): string {
  const key = keyOfPartition(pk);
  return `the ${typeof key === 'string' ? 'text' : typeof key} ${JSON.stringify(key)}`;
}

export function ended(run: RunDocument): string {
  const at = run.endedAtMs === undefined ? '' : ` at ${isoSecond(run.endedAtMs)}`;
  return `${run.status}${at}`;
}
