/**
 * A wait for several events: what an author writes for it, as types, and the list of events once it is read.
 *
 * Owns: the options of waitForAny, waitForAll and expectNone, and what is wrong with a list of events. Knows nothing of how
 * such a wait is stored or decided. Invariant: events keep the author's order, because the results of waitForAll come in it.
 */
import type { Duration } from './duration.js';
import { JourneyError } from './errors.js';
import { type EventOf, type EventRef, eventName, type NameOf } from './event.js';
import { assertOptions } from './known-options.js';
import type { Match, Since } from './step.js';

/** One awaited event of several, with what is asked of this one alone. */
export interface AwaitedEvent<Event = EventRef> {
  /** The event: its name, or its `eventType`. It stands in `waitsFor`. */
  readonly event: Event;
  /** What finds this run: see `WaitOptions`. Default: the journey's key. */
  readonly match?: Match;
  /** CEL over `event`, the trigger, and `async`, the event that came: only an event that passes counts. docs/filters.md. */
  readonly if?: string;
  /** Where its window begins. Default: where that of the wait does. */
  readonly since?: Since;
}

/** An event by its name or type alone, or with what is asked of it. */
export type EventEntry<Event> = Event | AwaitedEvent<Event>;

/** An entry is inferred as it is written, which would let options through that there are not. */
export type OnlyKnown<Entry> = Entry extends { readonly event: unknown }
  ? Entry & { readonly [Option in Exclude<keyof Entry, keyof AwaitedEvent>]: never }
  : Entry;

/** The options of waitForAny and waitForAll. */
export interface SeveralOptions<Events extends readonly unknown[]> {
  /** At least one; none twice, but where `match` or `if` tell two of one name apart. */
  readonly events: Events & { readonly [I in keyof Events]: OnlyKnown<Events[I]> };
  /** How long to wait, counted from when the code got here. */
  readonly timeout: Duration;
  /** Where the window begins of every event that says nothing else. */
  readonly since?: Since;
}

/** The options of expectNone for one event. */
export interface AbsenceOptions<Event> extends AwaitedEvent<Event> {
  /** For how long none may come, counted from when the code got here. */
  readonly within: Duration;
}

/** The options of expectNone for several events. */
export type AbsenceOfSeveralOptions<Events extends readonly unknown[]> = Omit<SeveralOptions<Events>, 'timeout'> &
  Pick<AbsenceOptions<EventRef>, 'within'>;

/** The event that an entry of the list names. */
export type RefOf<Entry> = Entry extends { readonly event: infer Event } ? Event : Entry;
/** The declared reference that has one of these names, so that its type flows. */
export type ByName<Waits, Event> = Waits extends unknown
  ? NameOf<Waits> extends NameOf<Event>
    ? Waits
    : never
  : never;
/** The event that has come, of several: a union, told apart by its `name`. */
export type AnyOf<Waits, Events extends readonly unknown[]> = EventOf<ByName<Waits, RefOf<Events[number]>>>;
/** All events, each in its place of the list. */
export type AllOf<Waits, Events extends readonly unknown[]> = {
  readonly [I in keyof Events]: EventOf<ByName<Waits, RefOf<Events[I]>>>;
};

/** What is asked of one awaited event, whatever awaits it. */
const ofOneEvent = ['event', 'match', 'if', 'since'] as const;

/**
 * The awaited events of a step, each as an object.
 * @param step 'waitForAny', 'waitForAll' or 'expectNone'.
 * @throws JourneyError InvalidEvents, UnknownOption
 */
export function awaitedEvents(step: string, id: string, options: unknown): readonly AwaitedEvent[] {
  const { events, event } = (options ?? {}) as { readonly events?: unknown; readonly event?: unknown };
  const what = `${step} '${id}'`;
  const length = step === 'expectNone' ? 'within' : 'timeout';
  if (step === 'expectNone' && events === undefined && event !== undefined) {
    assertOptions(options, [...ofOneEvent, length], what);
    return [options as AwaitedEvent];
  }
  const each = 'write it in the list of events: { event, match?, if?, since? }';
  assertOptions(options, ['events', length, 'since'], what, { match: each, if: each });
  if (!Array.isArray(events) || events.length === 0) {
    throw new JourneyError('InvalidEvents', {
      what: `${step} '${id}' has no list of events.`,
      got: events,
      expected: 'at least one event',
      fix: `write step.${step}('${id}', { events: ['profile/completed', 'payment/added'], ... })`,
    });
  }
  const awaited = (events as EventEntry<EventRef>[]).map(awaitedEvent);
  for (const one of awaited) assertOptions(one, ofOneEvent, `An event of ${what}`);
  // What is asked of it tells two events of one name apart; a window does not.
  const asked = awaited.map(({ event, match, if: condition }) => JSON.stringify([eventName(event), match, condition]));
  const repeated = awaited.find((_one, index) => asked.indexOf(asked[index]!) !== index);
  if (repeated !== undefined) {
    throw new JourneyError('InvalidEvents', {
      what: `${step} '${id}' names an event twice.`,
      got: eventName(repeated.event),
      expected: 'each event once, or with another match or if',
      fix: 'remove one of them; to await two of the same, wait twice, one after the other',
    });
  }
  return awaited;
}

/** An entry of such a list as an object. */
export function awaitedEvent(entry: EventEntry<EventRef>): AwaitedEvent {
  return typeof entry === 'object' && entry !== null && 'event' in entry ? entry : { event: entry as EventRef };
}
