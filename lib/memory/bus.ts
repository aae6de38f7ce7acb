/**
 * The bus port in memory: keeps what runs send and hands it on.
 *
 * Invariant: like the real bus it takes a repeated publish again; whoever delivers goes by the identity in the event.
 */

import type { Bus, SentEvent } from '../engine/ports.js';
import { wholeSecondMs } from '../engine/stored/event.js';

export class MemoryBus implements Bus {
  private readonly kept: SentEvent[] = [];

  /** @param onEvent gets each event after it was taken; it must not wait for a run, which may be the one that sends. */
  constructor(private readonly onEvent: (event: SentEvent) => void = () => {}) {}

  async publish(events: readonly SentEvent[]): Promise<void> {
    const taken = events.map((event) => ({ ...event, ...copied(event), timeMs: wholeSecondMs(event.timeMs) }));
    this.kept.push(...taken);
    for (const event of taken) this.onEvent(event);
  }

  /** All that was published, in order. */
  sent(): readonly SentEvent[] {
    return this.kept;
  }
}

function copied({ data }: SentEvent): Pick<SentEvent, 'data'> {
  return JSON.parse(JSON.stringify({ data }));
}
