/**
 * What a wait listens to, and what of the records it takes. A wait for several events is one step with several channels and
 * one deadline, so whatever it takes is taken in one write, with its one timer, and whatever it leaves is released by it.
 *
 * Owns: which event fits which channel, and how matches are kept in the step. Pure; knows no clock and no port.
 * Invariant: a wait for all is matched at the position of the last event that it needed, never before; on each channel it
 * takes the first that fits, so the same records give the same events whoever looks and however often.
 */
import { isReturnOf } from '../calls/call-identity.js';
import type { Channel, MatchedEvent, RunDocument, StoredEvent, WaitStep } from '../stored/document.js';
import { type Position, wholeSecondMs } from '../stored/event.js';
import { passes } from './filter.js';

/** The stored trace of an event: a record of its own, or the run that it started. */
export interface Trace {
  readonly position: Position;
  readonly event: StoredEvent;
  /** The partition in which it was recorded, where that is not the run's home. */
  readonly place?: string;
}

/** What a wait could take. */
export interface Match {
  /** Of the last event that it needs. */
  readonly position: Position;
  readonly event: StoredEvent;
  readonly taken: readonly Taken[];
}

interface Taken extends Trace {
  /** Which of the wait's channels it fits. */
  readonly channel: number;
}

/** A wait's channels, in the order in which the author named them. */
export function channelsOf(wait: WaitStep): readonly Channel[] {
  return wait.others ? [wait, ...wait.others] : [wait];
}

/** The events that a wait has taken, in the order of their channels. */
export function takenBy({ matched, matchedOthers }: WaitStep): readonly MatchedEvent[] {
  return matched ? [matched, ...(matchedOthers ?? [])] : [];
}

/** The channels on which events were taken, each with its event. */
export function consumedBy(wait: WaitStep): { readonly channel: Channel; readonly event: MatchedEvent }[] {
  const channels = channelsOf(wait);
  return takenBy(wait).map((event) => ({ channel: channels[event.channel ?? 0]!, event }));
}

/** Everything that could resolve a wait. */
export function* matchesOf(run: RunDocument, wait: WaitStep, traces: readonly Trace[]): Iterable<Match> {
  const channels = channelsOf(wait);
  if (wait.takes === 'all') {
    const all = allOf(run, wait, channels, traces);
    if (all) yield all;
    return;
  }
  for (const [index, channel] of channels.entries())
    for (const trace of traces) {
      const { position, event } = trace;
      if (fits(run, wait, channel, trace)) yield { position, event, taken: [{ position, event, channel: index }] };
    }
}

/** The first event of each channel, once every channel has one. */
function allOf(
  run: RunDocument,
  wait: WaitStep,
  channels: readonly Channel[],
  traces: readonly Trace[],
): Match | undefined {
  const taken: Taken[] = [];
  for (const [index, channel] of channels.entries()) {
    const first = firstOf(traces.filter((trace) => fits(run, wait, channel, trace)));
    if (!first) return undefined;
    taken.push({ position: first.position, event: first.event, channel: index });
  }
  const last = taken.reduce((a, b) => (b.position > a.position ? b : a));
  return { position: last.position, event: last.event, taken };
}

function firstOf(traces: readonly Trace[]): Trace | undefined {
  return traces.reduce<Trace | undefined>((a, b) => (a && a.position < b.position ? a : b), undefined);
}

/** An event inside the wait's window that comes after the trigger and was not consumed before the wait was opened. */
function fits(run: RunDocument, wait: WaitStep, channel: Channel, { position, event, place }: Trace): boolean {
  return (
    event.name === channel.event &&
    place === channel.place &&
    (channel.call === undefined || isReturnOf(event, channel.call)) &&
    position > run.position &&
    !isOwnTrigger(run, event) &&
    event.timeMs >= wholeSecondMs(channel.sinceMs) &&
    event.timeMs <= wait.deadlineMs &&
    (channel.after === undefined || position > channel.after) &&
    (channel.if === undefined || passes(channel.if, run.trigger, event).passes)
  );
}

/**
 * Whether an event is the one that has started the run: recorded once more, as no trigger, by code that begins no run with it
 * any more, it stands after itself.
 */
export function isOwnTrigger({ trigger }: RunDocument, { id, name, timeMs }: StoredEvent): boolean {
  // Another event may have its id and its second: a producer chose them.
  return id === trigger.id && name === trigger.name && wholeSecondMs(timeMs) === wholeSecondMs(trigger.timeMs);
}

/** The wait with what it takes. */
export function matchedBy(wait: WaitStep, { taken }: Match): WaitStep {
  const [matched, ...others] = taken.map(
    ({ position, event, channel }): MatchedEvent => ({ ...event, position, ...(channel > 0 && { channel }) }),
  );
  return {
    ...wait,
    state: 'matched',
    ...(matched && { matched }),
    ...(others.length > 0 && { matchedOthers: others }),
  };
}
