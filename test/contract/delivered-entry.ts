/** An entry of PutEvents as EventBridge delivers it (whole seconds, an id of its own), read by the journey's handler. */
import { deliveryOf } from '../../lib/aws/delivery.js';
import type { EngineEvent } from '../../lib/engine/stored/event.js';

/** @param index of the entry: it makes the bus's id. */
export function deliveredEntry(entry: Readonly<Record<string, unknown>>, index: number): EngineEvent {
  const envelope = {
    id: `bus-${index}`,
    'detail-type': entry.DetailType,
    source: entry.Source,
    time: new Date(Number(entry.Time) * 1_000).toISOString().replace(/\.\d+Z$/, 'Z'),
    resources: entry.Resources,
    detail: JSON.parse(entry.Detail as string),
  };
  const delivery = deliveryOf(envelope, 'r');
  if (delivery.kind !== 'event') throw new Error('not an event');
  return delivery.event;
}
