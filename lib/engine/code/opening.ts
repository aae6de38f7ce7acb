/**
 * What a step call opens: a wait, a sleep, or events to send, computed from the point that the code has reached.
 *
 * Owns: `since` and `deadline` (DESIGN 4.1) and the checks of what an author asks of a step. Pure.
 * Invariant: everything follows from committed event time and `doneAtMs`, never from the clock.
 */
import { durationMs } from '../../journey/duration.js';
import { JourneyError } from '../../journey/errors.js';
import { type EventRef, eventName, type OutgoingEvent } from '../../journey/event.js';
import { assertOptions } from '../../journey/known-options.js';
import type { AwaitedEvent } from '../../journey/several.js';
import type { Since, WaitOptions } from '../../journey/step.js';
import { quietStep } from '../decision/timeouts.js';
import { channelKey } from '../elsewhere/correlation.js';
import { wayOfWait } from '../elsewhere/wait-way.js';
import type { SentEvent } from '../ports.js';
import type { Channel, RunDocument, SleepStep, WaitStep } from '../stored/document.js';
import type { Position } from '../stored/event.js';
import { endedRunOf, livesApart, sentEventId } from '../stored/key.js';
import type { ReplaySettings } from './plan.js';
import { sentTimeMs } from './sent-time.js';

/** Where the code of a run is, by the results it has passed. */
export interface Point {
  /** Event time: the latest of the trigger, the matched events and the deadlines that were passed. */
  readonly eventMs: number;
  /** When the latest step.run that was passed was done. */
  readonly doneAtMs: number;
  /** The most hops of the trigger and of what was consumed. */
  readonly hops: number;
  /** The latest end of a called run that was passed, and the most hops of those ends. */
  readonly returned: { readonly timeMs: number; readonly hops: number };
  /** Channel (correlation.ts) -> the last event that was consumed on that channel. */
  readonly consumed: ReadonlyMap<string, Position>;
}

export interface Opening {
  readonly settings: ReplaySettings;
  readonly run: RunDocument;
  readonly point: Point;
}

export function openWait(at: Opening, id: string, options: WaitOptions<EventRef>): WaitStep {
  assertOptions(options, ['event', 'timeout', 'match', 'if', 'since'], `waitForEvent '${id}'`);
  const { event, sinceMs, ...after } = openChannel(at, id, options);
  const deadlineMs = waitUntilMs(at, id, options.timeout, `timeout of wait '${id}'`);
  return { kind: 'wait', event, sinceMs, deadlineMs, ...after, state: 'waiting' };
}

/** What a wait listens to for one event. @throws JourneyError for an event or a condition that the journey does not declare. */
export function openChannel(at: Opening, id: string, options: AwaitedEvent): Channel {
  const event = eventName(options?.event);
  const { definition } = at.settings.journey;
  const { name, data: triggerData } = at.run.trigger;
  const { place, ...asked } = wayOfWait({ definition, triggerData, id, event }, name, options ?? {});
  if (place === undefined) assertHasKey(at, id, event);
  const after = at.point.consumed.get(channelKey(event, place));
  const sinceMs = sinceOf(at, id, options.since);
  const elsewhere = place !== undefined && { place };
  return { event, sinceMs, ...elsewhere, ...(after !== undefined && { after }), ...asked };
}

/** A run that was started by the clock has no key: no event could ever come to it, and it would wait in vain. */
function assertHasKey({ run, settings }: Opening, id: string, event: string): void {
  if (!settings.journey.definition.keyPaths || !livesApart(run)) return;
  throw new JourneyError('WaitWithoutKey', {
    what: `Wait '${id}' is in a run that was started by the clock, which has no key.`,
    got: event,
    expected: 'waits in runs that an event has started',
    fix: 'send an event that starts a run for each of those to wait for (step.sendEvent), or sleep and look',
  });
}

/** When a wait of that length ends. @param what the author calls the length. */
export function waitUntilMs(at: Opening, id: string, length: string | number, what: string): number {
  const deadlineMs = codeMs(at.point) + lengthMs(at, id, length, what);
  assertWithinLife(at, id, deadlineMs);
  return deadlineMs;
}

export function openSleep(at: Opening, id: string, duration: string | number): SleepStep {
  return sleepTo(at, id, codeMs(at.point) + lengthMs(at, id, duration, `duration of sleep '${id}'`));
}

export function openSleepUntil(at: Opening, id: string, date: Date | string | number): SleepStep {
  const ms = typeof date === 'number' ? date : typeof date === 'string' ? Date.parse(date) : date?.getTime?.();
  if (typeof ms !== 'number' || !Number.isSafeInteger(ms) || Math.abs(ms) > 8.64e15) {
    throw new JourneyError('InvalidDate', {
      what: `The date of sleepUntil '${id}' is none.`,
      got: date,
      expected: 'a Date, an ISO 8601 string or epoch milliseconds',
      fix: "write for example '2026-12-24T18:00:00Z'",
    });
  }
  return sleepTo(at, id, ms);
}

const givenBySojourn = {
  id: "leave 'id' out: it is made from the run and the step, the same at every attempt; what is to start one run only has `idempotency` in the journey that it starts",
  source: "leave 'source' out: it is sojourn.<journey>",
};

/** The events of a send, with identities and times that every attempt repeats. */
export function outgoing(at: Opening, step: string, events: OutgoingEvent | readonly OutgoingEvent[]): SentEvent[] {
  const list = Array.isArray(events) ? (events as readonly OutgoingEvent[]) : [events as OutgoingEvent];
  return list.map((event, index) => {
    const { name, data, ts } = event ?? {};
    // Not of what is on record: that was sent as it was.
    if (!at.run.steps.has(step))
      assertOptions(event, ['name', 'data', 'ts'], `An event of sendEvent '${step}'`, givenBySojourn);
    if (typeof name !== 'string' || name === '' || typeof data !== 'object' || data === null || Array.isArray(data)) {
      throw new JourneyError('InvalidEvent', {
        what: `sendEvent '${step}' has an event that cannot be sent.`,
        got: event,
        expected: '{ name: string, data: object }',
        fix: 'give it a name and an object as data',
      });
    }
    return {
      id: sentEventId(at.run, step, index),
      // After what called runs have sent, too.
      hops: Math.max(at.point.hops, at.point.returned.hops) + 1,
      name,
      data,
      source: `sojourn.${at.settings.journey.definition.id}`,
      timeMs: sentTimeMs(step, ts, Math.max(at.point.eventMs, at.point.returned.timeMs)),
    };
  });
}

/** Where a length of time begins to count: a slow or retried step never eats the time of the wait behind it. */
export function codeMs(point: Point): number {
  return Math.max(point.eventMs, point.doneAtMs);
}

export function lengthMs(at: Opening, id: string, duration: string | number, what: string): number {
  const { timeoutsMs } = at.settings;
  return (Object.hasOwn(timeoutsMs, id) ? timeoutsMs[id] : undefined) ?? durationMs(duration, what);
}

function sinceOf(at: Opening, id: string, since: Since = 'point'): number {
  if (since === 'point') return at.point.eventMs;
  if (since === 'trigger') return at.run.trigger.timeMs;
  if (since === 'last-step') return codeMs(at.point);
  throw new JourneyError('InvalidDuration', {
    what: `Wait '${id}' has an unknown 'since'.`,
    got: since,
    expected: "'point', 'trigger' or 'last-step'",
    fix: "leave it out for 'point'",
  });
}

function sleepTo(at: Opening, id: string, deadlineMs: number): SleepStep {
  if (id !== quietStep || !endedRunOf(at.run.pk)) assertWithinLife(at, id, deadlineMs);
  return { kind: 'sleep', deadlineMs, state: 'waiting' };
}

export function assertWithinLife(at: Opening, id: string, deadlineMs: number): void {
  const { maxDurationMs } = at.settings.journey.definition;
  const afterTriggerMs = deadlineMs - at.run.trigger.timeMs;
  if (afterTriggerMs > maxDurationMs) {
    throw new JourneyError('BeyondMaxDuration', {
      what: `Step '${id}' would end after the journey's longest life.`,
      got: `${afterTriggerMs} ms after the trigger`,
      expected: `at most maxDuration, ${maxDurationMs} ms`,
      fix: "shorten it, or set maxDuration ('90d') in createJourney",
    });
  }
}
