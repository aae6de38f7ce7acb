/**
 * Events as an author sees them, and event types whose data has a schema.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { limits } from '../limits.js';
import { JourneyError } from './errors.js';
import { assertOptions } from './known-options.js';
import { assertSchema, isUnchecked, withSchema } from './schema/schema.js';

/** Data of an event that no schema describes: whatever JSON its producer put there. */
// biome-ignore lint/suspicious/noExplicitAny: the author asked for no schema, so there is nothing to check against.
export type UntypedData = any;

/** An EventBridge event: `name` is its detail-type, `data` its detail. */
export interface JourneyEvent<Name extends string = string, Data = UntypedData> {
  /** EventBridge's id; of what a run has sent, its identity. */
  readonly id: string;
  /** The detail-type. */
  readonly name: Name;
  /** The detail. */
  readonly data: Data;
  /** Who sent it: `sojourn.<journey>` for what a run has sent. */
  readonly source: string;
  /** ISO 8601, whole seconds (EventBridge delivers no finer), for example '2026-11-22T10:00:00Z'. */
  readonly time: string;
}

/** A named event whose data has a type: the schema's input, because a schema checks data and never changes it. */
export interface EventType<Name extends string = string, Data = UntypedData> {
  /** The detail-type. */
  readonly name: Name;
  /** Any Standard Schema: what data is checked against, on arrival and on sending. */
  readonly schema?: StandardSchemaV1<Data, unknown> | undefined;
  /** An event of this type, for `step.sendEvent`, which checks its data against the schema. */
  create(data: Data): OutgoingEvent & { readonly name: Name; readonly data: Data };
}

/** An event named by its name or by its type. */
export type EventRef<Name extends string = string> = Name | EventType<Name>;

/** The name of an event that is named by its name or by its type. */
export type NameOf<Ref> = Ref extends string
  ? Ref
  : Ref extends { readonly name: infer Name extends string }
    ? Name
    : never;
/** What an event's data is: what its type's schema takes, or anything. */
export type DataOf<Ref> = Ref extends { readonly schema?: StandardSchemaV1<infer Data, unknown> | undefined }
  ? Data
  : UntypedData;
/** The event that a reference stands for. */
export type EventOf<Ref> = Ref extends unknown ? JourneyEvent<NameOf<Ref>, DataOf<Ref>> : never;

/** What `step.sendEvent` takes: `source` is set by Sojourn. */
export interface OutgoingEvent {
  /** The detail-type. */
  readonly name: string;
  /** The detail: an object. */
  readonly data: Readonly<Record<string, unknown>>;
  /**
   * When it happens: a Date or epoch milliseconds, at most 366 days ahead; it starts and matches runs then. One in the past is
   * sent at once. It must be the same at every replay (from `event.time`, data or a step's result, never from the clock). Default:
   * the event time of this place in the code.
   */
  readonly ts?: Date | number;
}

/**
 * Names an event and, with any Standard Schema (zod, valibot, arktype ...), types its data and has it checked wherever a
 * journey that names this type is handed such an event, or sends it.
 *
 * The schema checks and never changes: the code is given what came, so its type is the schema's input (a default or a
 * transformation is not applied). It must answer at once, not with a promise.
 * @throws JourneyError InvalidEventName, InvalidSchema
 */
export function eventType<
  const Name extends string,
  Schema extends StandardSchemaV1 = StandardSchemaV1<UntypedData, unknown>,
>(name: Name, options: { readonly schema?: Schema } = {}): EventType<Name, StandardSchemaV1.InferInput<Schema>> {
  type Data = StandardSchemaV1.InferInput<Schema>;
  assertEventName(name, 'name of the event type');
  assertOptions(options, ['schema'], `The event type '${name}'`);
  const schema = isUnchecked(options.schema) ? undefined : options.schema;
  if (schema !== undefined) assertSchema(schema, name);
  return {
    name,
    schema: schema as StandardSchemaV1<Data, unknown> | undefined,
    create: (data) => withSchema({ name, data: data as Data & OutgoingEvent['data'] }, schema),
  };
}

export function eventName(ref: EventRef): string {
  return typeof ref === 'string' ? ref : ref?.name;
}

/** @throws JourneyError InvalidEventName */
export function assertEventName(name: unknown, what: string): asserts name is string {
  if (typeof name !== 'string' || name.length === 0 || name.length > limits.eventNameChars) {
    throw new JourneyError('InvalidEventName', {
      what: `The ${what} is not an event name.`,
      got: name,
      expected: `1 to ${limits.eventNameChars} characters (EventBridge's detail-type)`,
      fix: "write for example 'cart/purchased'",
    });
  }
  // Taken as it stands it would be the name of no event, and nothing would ever come: so it is a mistake, not a name.
  if (/(^|[/.])\*$/.test(name)) {
    throw new JourneyError('InvalidEventName', {
      what: `The ${what} is a wildcard, and stands for no event.`,
      got: name,
      expected: 'the whole name of an event',
      fix: "name the events, each by itself: [{ event: 'cart/added' }, { event: 'cart/removed' }]",
    });
  }
}
