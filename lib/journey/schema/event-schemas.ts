/**
 * The schemas of a journey's events, gathered from the event types that its options name.
 *
 * Knows no event and no data. Invariant: one schema for one event name, because an event arrives once, whatever it is to the journey.
 */
import { JourneyError } from '../errors.js';
import { type EventRef, eventName } from '../event.js';
import { assertSchema, type Schema, type Schemas } from './schema.js';

/** A reference, or an entry of the options that holds one as its `event`. */
type Naming = EventRef | { readonly event: EventRef } | null | undefined;

/**
 * @param named whatever names an event: triggers, awaited, cancelling and sent events.
 * @returns undefined where no event has a schema.
 * @throws JourneyError InvalidSchema
 */
export function schemasOf(id: string, named: readonly Naming[]): Schemas | undefined {
  const schemas = new Map<string, Schema>();
  for (const naming of named) {
    const ref = refOf(naming);
    const schema: unknown = typeof ref === 'object' ? ref.schema : undefined;
    if (ref === undefined || schema === undefined) continue;
    const name = eventName(ref);
    const before = schemas.get(name);
    if (before === schema) continue;
    if (before !== undefined) throw twoSchemas(id, name);
    assertSchema(schema, name);
    schemas.set(name, schema);
  }
  return schemas.size === 0 ? undefined : schemas;
}

function refOf(naming: Naming): EventRef | undefined {
  if (typeof naming !== 'object' || naming === null) return naming ?? undefined;
  return 'event' in naming ? naming.event : naming;
}

function twoSchemas(id: string, name: string): JourneyError {
  return new JourneyError('InvalidSchema', {
    what: `Journey '${id}' has two schemas for one event.`,
    got: name,
    expected: 'one eventType for one event',
    fix: 'keep the eventType in a file of its own and import it wherever the event is named',
  });
}
