/**
 * The bus port on EventBridge's PutEvents.
 *
 * Owns: how events become entries and calls. Knows no run.
 * Invariant: it returns only when the service has accepted every entry. A repeated publish carries the same identity in
 * Resources, so an entry that was accepted before a failure is one event downstream.
 */
import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Bus, Clock, SentEvent } from '../engine/ports.js';
import { callUrn, sentEventUrn, wholeSecondMs } from '../engine/stored/event.js';
import { JourneyError } from '../journey/errors.js';
import { limits } from '../limits.js';
import { withBackoff } from './backoff.js';
import { AdapterError } from './errors.js';

/** bc PutEventsResultEntry: the codes that another attempt may mend. */
const retryableCodes: readonly string[] = ['InternalFailure', 'InternalException', 'ThrottlingException'];
/** What an entry's Time counts (EventBridge user guide, entry size). */
const timeBytes = 14;

export class EventBridgeBus implements Bus {
  constructor(
    private readonly client: EventBridgeClient,
    private readonly eventBusName: string,
    private readonly clock: Clock,
  ) {}

  async publish(events: readonly SentEvent[]): Promise<void> {
    const entries = events.map((event) => this.entry(event));
    for (const chunk of chunks(entries)) await this.put(chunk);
  }

  private entry(event: SentEvent): PutEventsRequestEntry {
    return {
      EventBusName: this.eventBusName,
      Source: event.source,
      DetailType: event.name,
      Detail: JSON.stringify(event.data),
      Time: new Date(wholeSecondMs(event.timeMs)),
      Resources: [sentEventUrn(event.id, event.hops), ...(event.call ? [callUrn(event.call)] : [])],
    };
  }

  private async put(entries: readonly PutEventsRequestEntry[]): Promise<void> {
    let open = [...entries];
    let refusals: string[] = [];
    const done = await withBackoff(this.clock, async () => {
      const { Entries = [] } = await this.client.send(new PutEventsCommand({ Entries: open }));
      // An answer with fewer entries than were sent accepts none of the missing ones.
      const codes = open.map((_, index) => {
        const result = Entries[index];
        return result ? result.ErrorCode : 'NoAnswer';
      });
      open = open.filter((_, index) => codes[index] !== undefined);
      refusals = codes.filter((code) => code !== undefined);
      const final = refusals.filter((code) => !retryableCodes.includes(code));
      if (final.length > 0) throw refused(final);
      return open.length === 0;
    });
    if (!done) throw refused(refusals);
  }
}

function refused(codes: readonly string[]): AdapterError {
  return new AdapterError('PublishFailed', {
    what: `EventBridge refused ${codes.length} of the events that a step sends.`,
    got: [...new Set(codes)].join(', '),
    expected: 'every entry accepted',
    fix: 'see what the code says of the entry; the step is tried again',
  });
}

/** Calls of at most so many entries and so many bytes. @throws JourneyError InvalidEvent for one that fits into no call. */
function chunks(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const calls: PutEventsRequestEntry[][] = [];
  let roomBytes = 0;
  for (const entry of entries) {
    const bytes = entryBytes(entry);
    if (bytes >= limits.putEventsBytes) throw tooLarge(entry, bytes);
    const call = calls.at(-1);
    if (call && call.length < limits.putEventsEntries && bytes < roomBytes) {
      call.push(entry);
      roomBytes -= bytes;
    } else {
      calls.push([entry]);
      roomBytes = limits.putEventsBytes - bytes;
    }
  }
  return calls;
}

function entryBytes(entry: PutEventsRequestEntry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), timeBytes);
}

function tooLarge(entry: PutEventsRequestEntry, bytes: number): JourneyError {
  return new JourneyError('InvalidEvent', {
    what: `The event '${entry.DetailType}' that a step sends is too large for EventBridge.`,
    got: `${bytes} bytes`,
    expected: `less than ${limits.putEventsBytes} bytes`,
    fix: 'send the address of the data in place of the data',
  });
}
