/**
 * `createJourney`: checks what an author declares and makes it a plain, JSON-able definition beside the function.
 * Invariant: a definition that cannot work fails here, naming what, got, expected and fix; what can be known now is not left
 * to run time.
 */
import { limits } from '../limits.js';
import {
  type DeclaredWait,
  declaredWaits,
  hasOtherPaths,
  type OtherPath,
  type RefOfWait,
  splitWaits,
} from './correlation.js';
import {
  assertAtMost,
  assertId,
  assertNoRepeat,
  assertNotReserved,
  assertShape,
  checkedRetries,
  optionalMs,
} from './definition-checks.js';
import { type Duration, durationMs } from './duration.js';
import { JourneyError } from './errors.js';
import { assertEventName, type EventRef, eventName } from './event.js';
import { eventFilter, filterText } from './filter/filter.js';
import { type Cancel, storedCancels } from './filter/filter-key.js';
import { handlersOf, type JourneyHandlers } from './handlers.js';
import { assertNoCallEvents, type CallableJourney, callEvent, callsOf, invokedEvent } from './invoke.js';
import type { JourneyDefinition } from './journey-definition.js';
import { cancelsByWay, impliedKey, keyPathsOf } from './key-paths.js';
import { schemasOf } from './schema/event-schemas.js';
import type { Schemas } from './schema/schema.js';
import type { JourneyContext } from './step.js';
import { type JourneyTimeouts, timeoutsOf } from './timeouts.js';
import {
  type IdempotencyOptions,
  idempotencyOf,
  type SingletonOptions,
  singletonOf,
  withSingleton,
} from './trigger/trigger-claims.js';
import { type CronTrigger, withoutCrons } from './trigger/trigger-cron.js';
import { assertHonoured } from './written-checks.js';

/** True in what is deployed, and not there anywhere else (lib/constructs/bundle.ts). */
declare const SOJOURN_DEPLOYED: true | undefined;

/** An event that starts a run. */
export interface Trigger<Ref extends EventRef = EventRef> {
  /** The event: its name, or its `eventType`. */
  readonly event: Ref;
  /** CEL over `event`, the one that came: only an event that passes starts a run. docs/filters.md. */
  readonly if?: string;
}

/** An event that ends a run as cancelled. */
export interface CancelOn {
  /** The event: its name, or its `eventType`. */
  readonly event: EventRef;
  /**
   * The path that must be equal in the trigger and this event. Default: the journey's key. `null`: this event cancels every
   * run.
   */
  readonly match?: OtherPath;
  /** CEL over `event`, the trigger, and `async`, the event that came: only one that passes cancels. docs/filters.md. */
  readonly if?: string;
  /** An event cancels only within this time of the trigger. Default: as long as the run lives. */
  readonly timeout?: Duration;
}

/** What an author declares of a journey. */
export interface JourneyOptions<Triggers extends EventRef, Waits extends EventRef> extends JourneyHandlers<Triggers> {
  /** [a-z][a-z0-9-]{0,39}; it names partitions and timers, so it must not change while runs live. */
  readonly id: string;
  /** Events that start a run, and times that do. */
  readonly triggers: readonly (Trigger<Triggers> | CronTrigger)[];
  /** Where the correlation value is: one path, or one per event name. Default: cancelOn's `match`; none where nothing is awaited. */
  readonly key?: string | Readonly<Record<string, string>>;
  /**
   * Every event that the function awaits. Awaiting another one is a type error. One that finds its runs by another path than
   * the key says so: `{ event: 'payment/settled', match: 'data.payment_id' }`; `match: null` reaches every waiting run.
   */
  readonly waitsFor?: readonly DeclaredWait<Waits>[];
  /** Events that end a run as cancelled: from then on no step of it starts. Default: none. */
  readonly cancelOn?: readonly CancelOn[];
  /** Events that the function sends, where it says so: for `sojourn events`, and to have their data checked by their schemas. */
  readonly sends?: readonly EventRef[];
  /**
   * Triggers whose values at this path are equal, and whose times lie at most the period apart (default '24h'), are one: the
   * first that is recorded starts the run, the others are skipped. It also joins an event that was published twice.
   */
  readonly idempotency?: string | IdempotencyOptions;
  /** One run at a time, of the key or of another value: a further trigger is skipped, or cancels the run that lives. */
  readonly singleton?: SingletonOptions;
  /** The journeys that the function calls with `step.invoke`. Calling another one fails at the step. */
  readonly invokes?: readonly CallableJourney[];
  /** Attempts after the first one of a step that throws. Default 4; 0 to 20. */
  readonly retries?: number;
  /** The longest life of a run, from its trigger. Default '35d'. */
  readonly maxDuration?: Duration;
  /** How old an event may be when it arrives; an older one goes to the dead letters. Default '16d'. */
  readonly acceptLate?: Duration;
  /** Whether events of an archive's replay count. Default false. */
  readonly replays?: boolean;
  /** When a run that begins too late, or takes too long, is cancelled. Default: never. */
  readonly timeouts?: JourneyTimeouts;
}

/** The options by the lists of triggers and waits, not by their unions: only so several event types are inferred, each with its data. */
export type OptionsOfTriggers<Triggers extends readonly EventRef[], Waits extends readonly DeclaredWait[]> = Omit<
  JourneyOptions<EventRef, EventRef>,
  'triggers' | 'waitsFor' | keyof JourneyHandlers
> & {
  readonly triggers: { readonly [I in keyof Triggers]: Trigger<Triggers[I]> | CronTrigger };
  /** Every event that the function awaits, as in JourneyOptions. */
  readonly waitsFor?: Waits;
} & JourneyHandlers<Triggers[number]>;

export type { JourneyDefinition };

/** What `createJourney` makes: a definition as JSON beside the function. */
export interface Journey<Triggers extends EventRef = EventRef, Waits extends EventRef = EventRef, Output = unknown> {
  /** What was declared, as JSON with its defaults. */
  readonly definition: JourneyDefinition;
  /** Of the events that it names by an `eventType` with a schema: event name -> schema. */
  readonly schemas?: Schemas | undefined;
  /** The author's function. A method, so that a journey of particular events can be handed where any journey is taken. */
  body(context: JourneyContext<Triggers, Waits>): Promise<Output> | Output;
  /** `onFailure` and `onCancel`, where there are any. */
  readonly handlers?: JourneyHandlers<Triggers>;
}

/** A journey of whatever events: what serves, runs and draws journeys takes. */
// biome-ignore lint/suspicious/noExplicitAny: a function of particular events is not assignable to one of all events.
export type AnyJourney = Journey<any, any, any>;

/** Makes a journey of what starts, awaits and cancels its runs. @throws JourneyError when the definition cannot work. */
export function createJourney<
  const Triggers extends readonly EventRef[],
  const Waits extends readonly DeclaredWait[] = readonly [],
  Output = unknown,
>(
  given: OptionsOfTriggers<Triggers, Waits>,
  body: (context: JourneyContext<Triggers[number], RefOfWait<Waits[number]>>) => Promise<Output> | Output,
): Journey<Triggers[number], RefOfWait<Waits[number]>, Output> {
  assertShape(given, body);
  assertId(given.id);
  const { options, crons } = withoutCrons(given);
  const triggers = triggersOf(options, crons.length);
  const starting = triggers.map(({ event }) => event);
  const written = cancels(options);
  const keyed = { id: options.id, key: options.key ?? impliedKey(options, starting, written) };
  const waits = splitWaits(declaredWaits(keyed, options.waitsFor));
  const cancelOn = withSingleton(options, starting, cancelsByWay(keyed, starting, written));
  const ofKey = keyPathsOf(keyed, starting, { ...waits, cancelOn });
  const { invokes, returned, revoked, keyPaths } = callsOf(options.id, starting, options.invokes, ofKey);
  assertNoCallEvents(options.id, [...starting, ...waits.waitsFor, ...cancelOn.map((cancel) => cancel.event)]);
  const idempotency = idempotencyOf(options, starting);
  const singleton = singletonOf(options, starting, { keyPaths, cancelOn });
  const maxDurationMs = optionalMs(options.maxDuration, limits.defaultMaxDurationMs, 'maxDuration', options.id);
  assertAtMost(maxDurationMs, limits.maxMaxDurationMs, `maxDuration of journey '${options.id}'`);
  const after = handlersOf<Triggers[number]>(options.id, options);
  const timeouts = timeoutsOf(options.id, options.timeouts, maxDurationMs);
  const definition: JourneyDefinition = {
    id: options.id,
    triggers,
    ...(crons.length > 0 && { crons }),
    ...(keyPaths && { keyPaths }),
    ...waits,
    waitsFor: [...waits.waitsFor, ...returned],
    cancelOn: [...storedCancels(options.id, cancelOn, starting, keyPaths), ...revoked.map((event) => ({ event }))],
    ...(idempotency && { idempotency }),
    ...(singleton && { singleton }),
    ...(invokes.length > 0 && { invokes }),
    retries: checkedRetries(options),
    maxDurationMs,
    acceptLateMs: optionalMs(options.acceptLate, limits.defaultAcceptLateMs, 'acceptLate', options.id),
    replays: options.replays ?? false,
    ...(options.sends && { sends: sentNames(options) }),
    ...(after && { handles: after.handles }),
    ...(timeouts && { timeouts }),
  };
  assertWritten(definition);
  const schemas = schemasOf(options.id, [
    ...options.triggers,
    ...(options.waitsFor ?? []),
    ...(options.cancelOn ?? []),
    ...(options.sends ?? []),
  ]);
  return Object.freeze({
    definition: Object.freeze(definition),
    body,
    ...(schemas && { schemas }),
    ...(after && { handlers: after.handlers }),
  });
}

/** The condition stands in this module: one of another is unknown where esbuild drops dead code (docs/decisions/034). */
function assertWritten(definition: JourneyDefinition): void {
  if (typeof SOJOURN_DEPLOYED === 'undefined') assertHonoured(definition);
}

/**
 * Latest-wins: every trigger cancels the runs before it, on the key, without a window and without `if` (win-back). Not where
 * events come from other partitions: floors were never explored together with those (docs/decisions/033).
 */
export function isLatestWins(definition: JourneyDefinition): boolean {
  // Times have no key: none of them is followed by another.
  if (definition.triggers.length === 0 || hasOtherPaths(definition)) return false;
  return definition.triggers.every(
    ({ event, if: text }) =>
      text === undefined &&
      definition.cancelOn.some(
        (cancel) => cancel.event === event && cancel.timeoutMs === undefined && cancel.if === undefined,
      ),
  );
}

/** Every event name that the journey must be handed. */
export function eventNames(definition: JourneyDefinition): string[] {
  const { triggers, waitsFor, waitsElsewhere = [], cancelOn } = definition;
  const named = (list: readonly { readonly event: string }[]): string[] => list.map(({ event }) => event);
  return [...new Set([...named(triggers), ...waitsFor, ...named(waitsElsewhere), ...named(cancelOn)])];
}

function triggersOf(
  options: { readonly id: string; readonly triggers: readonly Trigger[] },
  times: number,
): { event: string; if?: string }[] {
  if (!Array.isArray(options.triggers) || options.triggers.length + times === 0) {
    throw new JourneyError('InvalidTriggers', {
      what: `Journey '${options.id}' has nothing that starts it.`,
      got: options.triggers,
      expected: 'at least one trigger',
      fix: "add triggers: [{ event: 'cart/product.added' }]",
    });
  }
  const triggers = options.triggers.map((trigger: Trigger) => {
    const name = eventName(trigger?.event);
    assertEventName(name, `event of a trigger of journey '${options.id}'`);
    const event = name === invokedEvent ? callEvent('invoked', options.id) : name;
    if (trigger.if === undefined) return { event };
    return { event, if: filterText(trigger.if, `trigger '${name}' of journey '${options.id}'`) };
  });
  assertNoRepeat(triggers, 'InvalidTriggers', `triggers of journey '${options.id}'`);
  return triggers;
}

function cancels(options: JourneyOptions<EventRef, EventRef>): Cancel[] {
  const list = (options.cancelOn ?? []).map((cancel): Cancel => {
    const event = eventName(cancel?.event);
    assertEventName(event, `event in cancelOn of journey '${options.id}'`);
    return {
      event,
      ...(cancel.match !== undefined && { match: cancel.match }),
      ...(cancel.timeout !== undefined && {
        timeoutMs: durationMs(cancel.timeout, `timeout of cancelOn '${event}' in journey '${options.id}'`),
      }),
      ...(cancel.if !== undefined && {
        if: cancel.if,
        filter: eventFilter(cancel.if, `cancelOn '${event}' of journey '${options.id}'`),
      }),
    };
  });
  assertNotReserved(
    options.id,
    list.map((cancel) => cancel.event),
  );
  return list;
}

function sentNames(options: JourneyOptions<EventRef, EventRef>): string[] {
  const names = (options.sends ?? []).map(eventName);
  for (const name of names) assertEventName(name, `event in sends of journey '${options.id}'`);
  return [...new Set(names)];
}
