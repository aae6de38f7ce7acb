/**
 * Where a line of the log belongs: journey, key, event, cause and run, in few bytes and without the events' data.
 *
 * Owns: how each of them is written. A run is named by the head of its trigger's event id: a run id holds the key's value.
 * Invariant: with `hashed` keys nothing of an event but its name and id is told (docs/decisions/023).
 */

import type { Delivery } from '../engine/ports.js';
import { sha256 } from '../engine/stored/event.js';
import { homePartitionOf, partitionOf, runRefOf } from '../engine/stored/key.js';
import type { JourneyDefinition } from '../journey/definition.js';

export interface Place {
  readonly journey: string;
  /** The value of the key, hashed or plain; absent where there is none. */
  readonly key?: string;
  /** Name of the event that the function was invoked with; `(timer)` for a timer. */
  readonly event?: string;
  /** The event's id, or `timer:<step>:<attempt>`. */
  readonly cause?: string;
  readonly run?: string;
}

export type LogKeys = 'hashed' | 'plain';

/** Twelve hexadecimal digits tell some million customers apart, and as many characters of an id its runs. */
const hashChars = 12;
const runChars = 13;
/** Ids and names of foreign senders may be long. */
const textChars = 80;
const longKeyChars = 64;

export class Places {
  private arrived: Omit<Place, 'journey'> = {};

  constructor(
    private readonly journey: string,
    private readonly logKeys: LogKeys,
  ) {}

  /** What came in. @param pk the partition that it belongs to, where it has one. */
  begin(delivery: Delivery, pk: string | undefined): void {
    this.arrived = { ...(pk !== undefined && this.key(pk)), ...arrivalOf(delivery) };
  }

  /** @param run id of the run that a line is about. */
  of(run?: string): Place {
    const { journey, arrived } = this;
    const ref = run === undefined ? undefined : runRefOf(run);
    if (!ref) return { journey, ...arrived };
    const { event, cause } = arrived;
    const tag = tagOf(ref.position);
    // A timer's cause says whose it is only where that is another run than the line's.
    const whose =
      cause?.startsWith('timer:') && arrived.run !== tag ? { cause: `${cause} of ${arrived.run}` } : { cause };
    return { journey, ...this.key(ref.pk), ...(event !== undefined && { event, ...(whose as Place) }), run: tag };
  }

  private key(pk: string): { readonly key?: string } {
    const typed = /^[^|]*\|key\|(.*)$/s.exec(homePartitionOf(pk))?.[1];
    if (typed === undefined) return {};
    if (this.logKeys === 'hashed') return { key: sha256(typed).slice(0, hashChars) };
    return { key: typed.slice('s:'.length).slice(0, longKeyChars) };
  }
}

/** @returns the partition that a delivery is about, where it has one. */
export function partitionOfDelivery(definition: JourneyDefinition, delivery: Delivery): string | undefined {
  switch (delivery.kind) {
    case 'event':
      return partitionOf(definition, delivery.event);
    case 'timer':
      return runRefOf(delivery.run)?.pk;
    case 'forwarded':
      return delivery.own.pk;
  }
}

function arrivalOf(delivery: Delivery): Omit<Place, 'journey' | 'key'> {
  switch (delivery.kind) {
    case 'event': {
      const { name, id } = delivery.event;
      return { event: name.slice(0, textChars), cause: id.slice(0, textChars) };
    }
    case 'timer': {
      const ref = runRefOf(delivery.run);
      const cause = `timer:${delivery.step.slice(0, textChars)}:${delivery.attempt}`;
      return { event: '(timer)', cause, ...(ref && { run: tagOf(ref.position) }) };
    }
    case 'forwarded':
      return { event: '(forwarded)', ...forwardedCause(delivery.cause) };
  }
}

/** `timer:<run id>:<step>:<attempt>` without the run's id, which holds the key. */
function forwardedCause(cause: string): { readonly cause: string; readonly run?: string } {
  const [, run, step] = /^timer:([^:]*):(.*)$/s.exec(cause) ?? [];
  if (run === undefined) return { cause: cause.slice(0, textChars) };
  const ref = runRefOf(run);
  return { cause: `timer:${step?.slice(0, textChars)}`, ...(ref && { run: tagOf(ref.position) }) };
}

/** `<ISO second>#<class>#<hops>#<event id>` -> the head of the event's id. */
function tagOf(position: string): string {
  return (position.split('#')[3] ?? position).slice(0, runChars);
}
