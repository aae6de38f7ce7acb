/** What a test world keeps of an event or a timer that failed at every attempt. */
import type { Delivery } from '../engine/ports.js';

/** An event or timer that failed at every attempt. */
export interface DeadLetter {
  /** The id of the journey that could not take it. */
  readonly journey: string;
  /** The event, where it was one. */
  readonly event?: { readonly id: string; readonly name: string; readonly data: unknown };
  /** The timer, where it was one. */
  readonly timer?: { readonly runId: string; readonly step: string };
  /** Why; its name is a code of docs/errors.md, or what the author's code threw. */
  readonly error: Error;
}

export function deadLetter(journey: string, delivery: Delivery, error: Error): DeadLetter {
  if (delivery.kind === 'timer') return { journey, timer: { runId: delivery.run, step: delivery.step }, error };
  if (delivery.kind !== 'event') return { journey, error };
  const { id, name, data } = delivery.event;
  return { journey, event: { id, name, data }, error };
}
