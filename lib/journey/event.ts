/**
 * Events as an author sees them, and event types whose data has a schema.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { limits } from '../limits.js';
import { JourneyError } from './errors.js';

// Data of an event that no schema describes: whatever JSON its producer put there.
// biome-ignore lint/suspicious/noExplicitAny: the author asked for no schema, so there is nothing to check against.
export type UntypedData = any;

/** An EventBridge event: `name` is its detail-type, `data` its detail. */
export interface JourneyEvent<Name extends string = string, Data = UntypedData> {
  readonly id: string;
  readonly name: Name;
  readonly data: Data;
  readonly source: string;
  /** ISO 8601, whole seconds (EventBridge delivers no finer), for example '2026-11-22T10:00:00Z'. */
  readonly time: string;
}

/** A named event whose data has a type. */
export interface EventType<Name extends string = string, Data = UntypedData> {
  readonly name: Name;
  readonly schema?: StandardSchemaV1<unknown, Data> | undefined;
}

/** An event named by its name or by its type. */
export type EventRef<Name extends string = string> = Name | EventType<Name>;

export type NameOf<Ref> = Ref extends string
  ? Ref
  : Ref extends { readonly name: infer Name extends string }
    ? Name
    : never;
export type DataOf<Ref> = Ref extends { readonly schema?: StandardSchemaV1<unknown, infer Data> | undefined }
  ? Data
  : UntypedData;
/** The event that a reference stands for. */
export type EventOf<Ref> = Ref extends unknown ? JourneyEvent<NameOf<Ref>, DataOf<Ref>> : never;

/** What `step.sendEvent` takes: `source` and `time` are set by Sojourn. */
export interface OutgoingEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Names an event and, with any Standard Schema (zod, valibot, arktype ...), types its data.
 * @throws JourneyError InvalidEventName
 */
export function eventType<
  const Name extends string,
  Schema extends StandardSchemaV1 = StandardSchemaV1<unknown, UntypedData>,
>(name: Name, options: { readonly schema?: Schema } = {}): EventType<Name, StandardSchemaV1.InferOutput<Schema>> {
  assertEventName(name, 'name of the event type');
  return {
    name,
    schema: options.schema as StandardSchemaV1<unknown, StandardSchemaV1.InferOutput<Schema>> | undefined,
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
}
