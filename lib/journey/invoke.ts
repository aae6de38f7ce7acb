/**
 * Journeys that call journeys: `invoke()` makes one callable, `invokes` declares what a journey calls, `step.invoke` calls.
 *
 * Owns: the names of the three events of a call (the caller's `invoked` and `revoked`, the called run's `returned`), each with
 * the journey that it is for, so that a rule tells them apart by name; the types of a call. Knows no bus and no run.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AnyJourney, Journey, JourneyDefinition, Trigger } from './definition.js';
import type { Duration } from './duration.js';
import { JourneyError } from './errors.js';
import { type DataOf, type EventRef, type EventType, eventType, type UntypedData } from './event.js';
import type { Jsonify } from './step.js';

/** The name of the event that began a called run, as its own code sees it (and names it in `key`). */
export const invokedEvent = 'sojourn/run.invoked';

/** Kinds of the events of a call. */
const kinds = ['invoked', 'returned', 'revoked'] as const;
type Kind = (typeof kinds)[number];
const callEventName = new RegExp(`^sojourn/(${kinds.join('|')})\\.`);

/** @param journey the one that the event is for: the called one (invoked, revoked), or the caller (returned). */
export function callEvent(kind: Kind, journey: string): string {
  return `sojourn/${kind}.${journey}`;
}

/** @returns what an event is to a call, or undefined for any other event. */
export function callEventKind(name: string): Kind | undefined {
  return callEventName.exec(name)?.[1] as Kind | undefined;
}

/** Whether a journey calls others, or is called. */
export function isInCalls({ invokes, triggers }: JourneyDefinition): boolean {
  return invokes !== undefined || triggers.some(({ event }) => callEventKind(event) !== undefined);
}

/** An event's name as the author knows it. */
export function authorsName(name: string): string {
  return callEventKind(name) === 'invoked' ? invokedEvent : name;
}

/**
 * A trigger: other journeys may call this one with `step.invoke`. A journey with no other trigger is begun by calls only.
 * @param schema any Standard Schema of the data that callers give, which is checked; or name its type:
 * `invoke<{ order_id: string }>()`.
 */
export function invoke<Schema extends StandardSchemaV1>(
  schema: Schema,
): Trigger<EventType<'sojourn/run.invoked', StandardSchemaV1.InferInput<Schema>>>;
export function invoke<Data extends object = UntypedData>(): Trigger<EventType<'sojourn/run.invoked', Data>>;
export function invoke(schema?: StandardSchemaV1): Trigger<EventType<'sojourn/run.invoked'>> {
  return { event: eventType(invokedEvent, schema ? { schema } : {}) };
}

/** A journey of another entry, by its id; only its type comes along, none of its code. */
export interface JourneyReference<Called extends AnyJourney = AnyJourney> {
  /** The id that it was given. */
  readonly definition: Pick<JourneyDefinition, 'id'>;
  /** Never there: it keeps the type. */
  readonly type?: Called;
}

/** What `invokes` and `step.invoke` take. */
export type CallableJourney = AnyJourney | JourneyReference;

/**
 * A journey that is deployed from another entry: `referenceJourney<typeof chargeCard>('charge-card')`, where `chargeCard`
 * is imported as a type.
 * @param id of the journey.
 */
export function referenceJourney<Called extends AnyJourney>(id: string): JourneyReference<Called> {
  return Object.freeze({ definition: Object.freeze({ id }) });
}

/** What the called journey's `invoke()` says that callers give; `never` where it has none. */
export type InvokeData<Target> =
  // biome-ignore lint/suspicious/noExplicitAny: only the triggers matter here.
  Target extends Journey<infer Triggers extends EventRef, any, any>
    ? DataOf<Extract<Triggers, { readonly name: 'sojourn/run.invoked' }>>
    : Target extends JourneyReference<infer Called>
      ? InvokeData<Called>
      : never;

/** What a call comes back with: the output of the called run, as JSON keeps it. */
export type InvokeOutput<Target> =
  // biome-ignore lint/suspicious/noExplicitAny: whatever it takes and awaits.
  Target extends Journey<any, any, infer Output>
    ? Jsonify<Awaited<Output>>
    : Target extends JourneyReference<infer Called>
      ? InvokeOutput<Called>
      : never;

/** What `step.invoke` is given: the journey, its data where it takes some, and how long to wait for its end. */
export type InvokeOptions<Target> = {
  /** The journey to call, or a reference to it. It has an `invoke()` trigger and stands in `invokes`. */
  readonly journey: Target;
  /** How long to wait for its end, counted from when the code got here. Default: as long as this run may live. */
  readonly timeout?: Duration;
  // Where the called journey says nothing of its data, anything may be given, or nothing.
} & (0 extends 1 & InvokeData<Target>
  ? {
      /** What the called run begins with: an object of JSON, at most 192 KB. Default: {}. */
      readonly data?: Readonly<Record<string, unknown>>;
    }
  : {
      /** What the called run begins with, as its `invoke()` says: an object of JSON, at most 192 KB. */
      readonly data: InvokeData<Target>;
    });

interface Calls {
  readonly invokes: string[];
  readonly returned: string[];
  readonly revoked: string[];
  /** With the path of the event that revokes, which has the data of the call. */
  readonly keyPaths: Readonly<Record<string, string>> | undefined;
}

/**
 * What calls mean for a definition: whom it calls, and the events by which it is returned to (who calls) and revoked (who may be called).
 * @param starting events that start it.
 * @throws JourneyError InvalidInvokes
 */
export function callsOf(
  id: string,
  starting: readonly string[],
  invokes: readonly CallableJourney[] | undefined,
  ofKey: Readonly<Record<string, string>> | undefined,
): Calls {
  const called = invokedIds(id, invokes);
  const [invoked, revoked] = [callEvent('invoked', id), callEvent('revoked', id)];
  const isCalled = starting.includes(invoked);
  const path = isCalled ? ofKey?.[invoked] : undefined;
  return {
    keyPaths: path === undefined ? ofKey : { ...ofKey, [revoked]: path },
    invokes: called,
    returned: called.length > 0 ? [callEvent('returned', id)] : [],
    revoked: isCalled ? [revoked] : [],
  };
}

/** The events of calls are the engine's to make, and go to whom they name. @throws JourneyError InvalidEventName */
export function assertNoCallEvents(id: string, names: readonly string[]): void {
  const isCall = (name: string): boolean => name === invokedEvent || callEventKind(name) !== undefined;
  const name = names.find((one) => isCall(one) && one !== callEvent('invoked', id));
  if (name === undefined) return;
  throw new JourneyError('InvalidEventName', {
    what: `Journey '${id}' names an event of step.invoke.`,
    got: name,
    expected: 'events of your own, and invoke() among the triggers',
    fix: 'call the journey with step.invoke, and let waitsFor and cancelOn name events that you send',
  });
}

function invokedIds(id: string, invokes: readonly CallableJourney[] | undefined): string[] {
  const list: unknown = invokes ?? [];
  if (!Array.isArray(list)) throw invalid(id, list, 'a list of journeys');
  return [...new Set(list.map((target) => invokedId(id, target)))];
}

function invokedId(id: string, target: Partial<AnyJourney> | undefined): string {
  const { id: called, triggers } = target?.definition ?? {};
  if (typeof called !== 'string' || called === '') throw invalid(id, target, 'journeys, or referenceJourney(...)');
  // A reference has no triggers: whether it can be called is only known where it is deployed.
  if (triggers && !triggers.some(({ event }) => callEventKind(event) === 'invoked')) {
    throw new JourneyError('InvalidInvokes', {
      what: `Journey '${id}' calls a journey that cannot be called.`,
      got: called,
      expected: 'a journey with invoke() among its triggers',
      fix: `add invoke() to the triggers of '${called}'`,
    });
  }
  return called;
}

function invalid(id: string, got: unknown, expected: string): JourneyError {
  return new JourneyError('InvalidInvokes', {
    what: `The invokes of journey '${id}' cannot be used.`,
    got,
    expected,
    fix: 'write invokes: [chargeCard]',
  });
}
