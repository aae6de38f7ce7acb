/**
 * The step tools that a journey's function gets, as types. The engine's replay implements them.
 */
import type { Duration } from './duration.js';
import type { EventOf, EventRef, NameOf, OutgoingEvent } from './event.js';
import type { CallableJourney, InvokeOptions, InvokeOutput } from './invoke.js';
import type { KeyValue } from './match.js';
import type {
  AbsenceOfSeveralOptions,
  AbsenceOptions,
  AllOf,
  AnyOf,
  ByName,
  EventEntry,
  SeveralOptions,
} from './several.js';

/** What a value is after it was stored as JSON: a Date comes back a string, undefined and functions are dropped. */
export type Jsonify<T> = T extends string | number | boolean | null
  ? T
  : T extends { toJSON(): infer J }
    ? Jsonify<J>
    : // biome-ignore lint/suspicious/noConfusingVoidType: a step's function may return nothing, and its type says void.
      T extends undefined | void
      ? undefined
      : T extends ((...args: never[]) => unknown) | symbol | bigint
        ? never
        : T extends readonly unknown[]
          ? { [I in keyof T]: Jsonify<T[I]> }
          : T extends object
            ? { [K in keyof T]: Jsonify<T[K]> }
            : T;

/** What a step's function gets. */
export interface StepRunContext {
  /** The same for every attempt of this step of this run: give it to services that know idempotency keys. */
  readonly idempotencyKey: string;
  /** 0 for the first attempt. */
  readonly attempt: number;
}

/** Where a wait's window begins; its deadline is not moved by it. */
export type Since =
  /** The event time of this point in the code (default): what happens while a step runs is seen, an earlier sleep is not. */
  | 'point'
  /** Everything since the run began. */
  | 'trigger'
  /** Only what happens after the last step was committed (a reply to a mail). */
  | 'last-step';

/** A path that is equal in both; the event's path with a value made in the run; or null: every waiting run. */
export type Match = string | Readonly<Record<string, KeyValue>> | null;

/** How a single event is awaited. */
export interface WaitOptions<Event> {
  /** The event, by its name or its `eventType`: one of the journey's `waitsFor`. */
  readonly event: Event;
  /** How long to wait, counted from when the code got here. */
  readonly timeout: Duration;
  /**
   * What finds this run: a path that must be equal in the trigger and the event (default: the journey's key); the event's path
   * with a value that was made in the run, `{ 'data.payment_id': id }`; or null for an event that reaches every waiting run.
   * Any other than the key is declared in waitsFor.
   */
  readonly match?: Match;
  /**
   * CEL over `event`, the trigger, and `async`, the event that came: the wait takes the first event that passes. The key goes
   * without saying; an event that the `if` cannot be evaluated for does not pass. docs/filters.md.
   */
  readonly if?: string;
  /** Where the window begins. Default 'point'. */
  readonly since?: Since;
}

/** An awaited event, named by its name or by its type, out of those that the journey declares. */
export type Declared<Waits extends EventRef> = Waits | NameOf<Waits>;

/**
 * The steps of a run. Each has an id that is unique in the run (a repeated one gets a counter), and its result is
 * kept: a replay does not run it again. All of them throw JourneyError InvalidStepId for an id that is no text of 1 to 100 characters,
 * and NestedStep inside of a step's function.
 */
export interface StepTools<Waits extends EventRef = EventRef> {
  /**
   * Runs a function once its turn has come and keeps its result, as JSON; at least once if the process dies before the commit.
   * One that throws is tried again (`retries`); it has 150 s at most.
   * @throws StepError once its attempts are used up, with the name and the message of the last error; at once for a result that
   * cannot be kept (`UnstorableResult`, `ResultTooLarge`: 256 KB)
   */
  run<R>(id: string, fn: (context: StepRunContext) => R): Promise<Jsonify<Awaited<R>>>;
  /**
   * Waits for an event with the journey's key, or until the time is up.
   * @returns the event, or null when the time is up.
   * @throws JourneyError UndeclaredEvent, BeyondMaxDuration, and others that name the option
   */
  waitForEvent<const Event extends Declared<Waits>>(
    id: string,
    options: WaitOptions<Event>,
  ): Promise<EventOf<ByName<Waits, Event>> | null>;
  /**
   * Waits for the first of several events, in event order; one wait, one timer. What comes of the others is nothing to it.
   * @returns the event (its `name` says which one it is), or null when the time is up.
   * @throws JourneyError as waitForEvent does, for any of them
   */
  waitForAny<const Events extends readonly EventEntry<Declared<Waits>>[]>(
    id: string,
    options: SeveralOptions<Events>,
  ): Promise<AnyOf<Waits, Events> | null>;
  /**
   * Waits until each of several events has come, in whatever order; one wait, one timer. Of each it takes the first.
   * @returns the events in the order of the list, or null when the time is up and one of them has not come.
   * @throws JourneyError as waitForEvent does, for any of them
   */
  waitForAll<const Events extends readonly EventEntry<Declared<Waits>>[]>(
    id: string,
    options: SeveralOptions<Events>,
  ): Promise<AllOf<Waits, Events> | null>;
  /**
   * Expects that no such event comes for a time: a wait read from its other side.
   * @returns null when none came, which is what was expected; or the first that came, at once.
   * @throws JourneyError as waitForEvent does
   */
  expectNone<const Event extends Declared<Waits>>(
    id: string,
    options: AbsenceOptions<Event>,
  ): Promise<EventOf<ByName<Waits, Event>> | null>;
  /** The same for several events: null when none of them came, or the first that did. */
  expectNone<const Events extends readonly EventEntry<Declared<Waits>>[]>(
    id: string,
    options: AbsenceOfSeveralOptions<Events>,
  ): Promise<AnyOf<Waits, Events> | null>;
  /**
   * Sleeps for so long, counted from when the code got here: a duration ('3d') or milliseconds above 0.
   * @throws JourneyError InvalidDuration, BeyondMaxDuration
   */
  sleep(id: string, duration: Duration): Promise<void>;
  /**
   * Sleeps until a date, an ISO 8601 string or epoch milliseconds; one in the past is over at once.
   * @throws JourneyError InvalidDate, BeyondMaxDuration
   */
  sleepUntil(id: string, date: Date | string | number): Promise<void>;
  /**
   * Puts events on the bus, one or several, each less than 1 MB with its names; a repeated send is the same event for other journeys.
   * @returns their ids, in their order
   * @throws JourneyError InvalidEvent for what is none; StepError where data does not fit its schema (`InvalidEvent`), and once its
   * attempts are used up
   */
  sendEvent(id: string, events: OutgoingEvent | readonly OutgoingEvent[]): Promise<{ readonly ids: string[] }>;
  /**
   * Calls another journey, which this one names in `invokes` and which has an `invoke()` trigger, and waits for its run to end.
   * A run whose call times out, or whose caller is over, is cancelled.
   * @returns its output, as JSON.
   * @throws StepError when it failed (with its error's name and message), was cancelled (`InvokeCancelled`), did not begin
   * (`InvokeRefused`, `InvokeSkipped`), did not end in time (`InvokeTimeout`) or has a large output (`InvokeOutputTooLarge`);
   * JourneyError UndeclaredInvoke, InvalidEvent for data that cannot be sent, BeyondMaxDuration
   */
  invoke<const Target extends CallableJourney>(
    id: string,
    options: InvokeOptions<Target>,
  ): Promise<InvokeOutput<Target>>;
}

/**
 * Lines in the log of the function, with journey, key and run; `fields` are whatever JSON holds. Silent while the
 * code is replayed.
 */
export interface Logger {
  /** Told only where the log level says so. */
  debug(message: string, fields?: object): void;
  /** The least that is told by default. */
  info(message: string, fields?: object): void;
  /** Something that somebody should look at. */
  warn(message: string, fields?: object): void;
  /** Something that went wrong. */
  error(message: string, fields?: object): void;
}

/** What a journey's function is given. */
export interface JourneyContext<Triggers extends EventRef = EventRef, Waits extends EventRef = EventRef> {
  /** The trigger. */
  readonly event: EventOf<Triggers>;
  /** The steps. */
  readonly step: StepTools<Waits>;
  /** Of this run; opaque, safe in URLs. It says where the run lives. */
  readonly runId: string;
  /** Silent while the code is replayed. */
  readonly logger: Logger;
}
