/**
 * Whether what a run is about to send fits the schemas of its events.
 *
 * Owns: that question, asked when the step is performed and never at a replay: a schema that was changed, or that asks for the date,
 * can not turn a step that is on record. Invariant: either all events of a step are published or none is.
 */
import { JourneyError } from '../../journey/errors.js';
import type { OutgoingEvent } from '../../journey/event.js';
import { callEventKind } from '../../journey/invoke.js';
import { carriedSchema, misfit, type Schema, type Schemas } from '../../journey/schema/schema.js';
import type { SentEvent } from '../ports.js';

/** The schemas that events of a step bring along from the type that made them, in the order of the events. */
export function schemasOfSent(events: OutgoingEvent | readonly OutgoingEvent[]): (Schema | undefined)[] {
  return (Array.isArray(events) ? events : [events]).map(carriedSchema);
}

/**
 * @param carried schemas that the events bring along.
 * @param declared schemas of the events that the journey names.
 * @throws JourneyError InvalidEvent, which fails the step without retry.
 */
export function assertSendable(
  step: string,
  events: readonly SentEvent[],
  carried: readonly (Schema | undefined)[],
  declared: Schemas | undefined,
): void {
  for (const [index, { name, data }] of events.entries()) {
    const schema = carried[index] ?? declared?.get(name);
    const issues = schema && misfit(schema, data);
    if (issues === undefined) continue;
    throw new JourneyError('InvalidEvent', {
      what: `${dataOf(step, name)} does not fit its schema: ${issues}.`,
      expected: 'data as the schema has it, once it is JSON (a Date is a text there); nothing of this step was sent',
      fix: 'correct the data, or the schema',
    });
  }
}

/** In the author's words: the event of a call is Sojourn's own. */
function dataOf(step: string, name: string): string {
  if (callEventKind(name) !== 'invoked') return `sendEvent '${step}' has an event '${name}' whose data`;
  return `invoke '${step}' calls '${name.slice(name.indexOf('.') + 1)}' with data that`;
}
