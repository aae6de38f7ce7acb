/**
 * Events as the engine sees them, and their order.
 *
 * Owns: the position of an event or a deadline in event order (DESIGN 4.1), and the identity of events that runs send.
 * Invariant: positions are ASCII strings that compare the same in JavaScript and as DynamoDB sort keys, and are compared whole.
 */
import { createHash } from 'node:crypto';

/** An event after intake: whole seconds, as EventBridge delivers them. */
export interface EngineEvent {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  readonly source: string;
  readonly timeMs: number;
  /** 0 from outside; one more than its sender's trigger for what a run sends. */
  readonly hops: number;
  /** Of the events of a call (step.invoke). */
  readonly call?: CallRef;
}

/** A call of one journey by a run of another. */
export interface CallRef {
  /** Of the event that began the called run. */
  readonly id: string;
  /** Run id of the caller. */
  readonly caller: string;
}

/** Where something stands in event order: `<ISO second>#<class>#<hops>#<event id>`. */
export type Position = string & { readonly brand: 'Position' };

/** Within a second: triggers, then other events, then deadlines. */
const classes = { trigger: 0, event: 1, deadline: 2 } as const;

export function wholeSecondMs(timeMs: number): number {
  return Math.floor(timeMs / 1_000) * 1_000;
}

/** `2026-11-22T10:00:00Z` */
export function isoSecond(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

export function eventPosition(event: EngineEvent, role: 'trigger' | 'event'): Position {
  const hops = String(event.hops).padStart(2, '0');
  return `${isoSecond(event.timeMs)}#${classes[role]}#${hops}#${sortableId(event.id)}` as Position;
}

/** The place of a deadline: after every event of its second. */
export function deadlinePosition(deadlineMs: number): Position {
  const second = wholeSecondMs(deadlineMs);
  return `${isoSecond(second)}#${classes.deadline}#${String(deadlineMs - second).padStart(3, '0')}` as Position;
}

/** The lowest position of a second: where a look begins. */
export function positionFloor(timeMs: number): Position {
  return isoSecond(timeMs) as Position;
}

/** The second that something stands in. */
export function timeOfPosition(position: Position): number {
  return Date.parse(position.slice(0, 20));
}

/** EventBridge's ids and ours go into keys as they are; anything else (a test's, a foreign sender's) as its hash. */
export function sortableId(id: string): string {
  return /^[A-Za-z0-9-]{1,64}$/.test(id) ? id : `~${sha256(id)}`;
}

/** Different texts have different hashes: half a surrogate pair has no UTF-8, so such a text is hashed as UTF-16, marked. */
export function sha256(text: string): string {
  const bytes = text.isWellFormed() ? text : Buffer.concat([Buffer.of(0xff), Buffer.from(text, 'utf16le')]);
  return createHash('sha256').update(bytes).digest('hex');
}

/** One digit more than hops may have: what is sent beyond the limit must be known for it, or the chain would begin anew. */
const sentUrn = /^urn:sojourn:([0-9a-f]{32}):(\d{1,3})$/;

/** What a sent event carries in Resources, so that a repeated send is one event downstream. */
export function sentEventUrn(id: string, hops: number): string {
  return `urn:sojourn:${id}:${hops}`;
}

/** @returns identity and hops of an event that a run sent, or undefined for any other event. */
export function sentEventIdentity(
  resources: readonly unknown[],
): { readonly id: string; readonly hops: number } | undefined {
  for (const resource of resources) {
    const parts = typeof resource === 'string' ? sentUrn.exec(resource) : null;
    if (parts) return { id: parts[1]!, hops: Number(parts[2]) };
  }
  return undefined;
}

const callUrnShape = /^urn:sojourn:call:([0-9a-f]{32}):([\w-]+)$/;

/** What the events of a call carry in Resources as well. */
export function callUrn({ id, caller }: CallRef): string {
  return `urn:sojourn:call:${id}:${caller}`;
}

export function callOfResources(resources: readonly unknown[]): CallRef | undefined {
  for (const resource of resources) {
    const parts = typeof resource === 'string' ? callUrnShape.exec(resource) : null;
    if (parts) return { id: parts[1]!, caller: parts[2]! };
  }
  return undefined;
}
