/**
 * The names under which runs live: partitions, run ids, timers.
 *
 * Invariants: two different key values never share a partition, whatever characters they have; everything a run owns
 * outside its document has a name that can be computed from the document (I8), so cleaning up needs no list.
 */
import { createHash } from 'node:crypto';
import type { JourneyDefinition } from '../../journey/definition.js';
import { callEventKind } from '../../journey/invoke.js';
import { type KeyValue, keyValueAt } from '../../journey/match.js';
import { isScheduled } from '../../journey/trigger/trigger-cron.js';
import { limits } from '../../limits.js';
import type { ClaimKind } from './document.js';
import { type CallRef, type EngineEvent, type Position, sha256, sortableId } from './event.js';

/** The home of a run. */
export interface RunRef {
  readonly pk: string;
  readonly position: Position;
}

/** Opaque and URL-safe; says where the run lives. */
export type RunId = string & { readonly brand: 'RunId' };

/** `s:<string>`, `n:<JSON number>`, `b:true`; long ones and ones that UTF-8 cannot hold as a hash. */
export function typedValue(value: KeyValue): string {
  if (typeof value === 'string' && !value.isWellFormed()) {
    return `u:${createHash('sha256').update(Buffer.from(value, 'utf16le')).digest('hex')}`;
  }
  const text =
    typeof value === 'string' ? `s:${value}` : typeof value === 'number' ? `n:${JSON.stringify(value)}` : `b:${value}`;
  return Buffer.byteLength(text) > limits.keyValueBytes ? `h:${sha256(text)}` : text;
}

/** @returns undefined for one that is stored as its hash. */
export function valueOfTyped(typed: string): KeyValue | undefined {
  const text = typed.slice(2);
  if (typed.startsWith('s:')) return text;
  if (typed.startsWith('n:')) return Number(text);
  return typed.startsWith('b:') ? text === 'true' : undefined;
}

/** @returns the partition of an event, or undefined where it has no key. */
export function partitionOf(definition: JourneyDefinition, event: EngineEvent): string | undefined {
  const kind = callEventKind(event.name);
  if (kind === 'returned') return callersHome(definition.id, event.call);
  const id = (kind === 'revoked' && event.call?.id) || event.id;
  if (!definition.keyPaths || isScheduled(definition, event.name)) return `${definition.id}|run|${sortableId(id)}`;
  const path = definition.keyPaths[event.name];
  const value = path === undefined ? undefined : keyValueAt(event.data, path);
  return value === undefined ? undefined : `${definition.id}|key|${typedValue(value)}`;
}

/** @returns the partition of the run that called another journey, where that is a run of this journey. */
export function callersHome(journeyId: string, call: CallRef | undefined): string | undefined {
  const pk = runRefOf(call?.caller ?? '')?.pk;
  return pk?.startsWith(`${journeyId}|key|`) || pk?.startsWith(`${journeyId}|run|`) ? pk : undefined;
}

/** @returns the partition of a key value that a person names (`--key 42`), with its type. */
export function partitionOfKey(journeyId: string, value: KeyValue): string {
  return `${journeyId}|key|${typedValue(value)}`;
}

/** @returns the partition of a place: `<journey>|claim|<kind>|<typed value>`; without a value, of the journey's only one. */
export function claimPartition(journeyId: string, kind: ClaimKind, value: KeyValue | undefined): string {
  return `${journeyId}|claim|${kind}|${value === undefined ? '*' : typedValue(value)}`;
}

/** Where what follows the end of a run lives: a partition for each, whose name says which run that is. */
export function afterPartitionOf(ended: RunRef): string {
  return `${ended.pk.slice(0, ended.pk.indexOf('|'))}${after}${runIdOf(ended)}`;
}

const after = '|after|';

/** @returns the run whose end is followed in this partition, or undefined for any other partition. */
export function endedRunOf(pk: string): RunRef | undefined {
  const kindAt = pk.indexOf('|');
  return kindAt >= 0 && pk.startsWith(after, kindAt) ? runRefOf(pk.slice(kindAt + after.length)) : undefined;
}

/** @returns the partition of the key that a run, or what follows it, belongs to. */
export function homePartitionOf(pk: string): string {
  return endedRunOf(pk)?.pk ?? pk;
}

/**
 * @returns the value of the key that a partition stands for, or null: no key, or one that is stored as its hash. What follows
 * a run has the key of that run.
 */
export function keyValueOf(partition: string): KeyValue | null {
  const pk = homePartitionOf(partition);
  const [, kind, typed] = /^[^|]*\|([^|]*)\|(.:.*)$/s.exec(pk) ?? [];
  return kind === 'key' && typed !== undefined ? (valueOfTyped(typed) ?? null) : null;
}

export function runIdOf(run: RunRef): RunId {
  return Buffer.from(`${run.position}\n${run.pk}`).toString('base64url') as RunId;
}

/** @returns undefined for what is no run id. */
export function runRefOf(runId: string): RunRef | undefined {
  const text = Buffer.from(runId, 'base64url').toString();
  const cut = text.indexOf('\n');
  return cut <= 0 ? undefined : { position: text.slice(0, cut) as Position, pk: text.slice(cut + 1) };
}

/** Whether a run lives apart, in a partition of its own, and so where no event is recorded that has a key. */
export function livesApart({ pk }: RunRef): boolean {
  return pk.slice(pk.indexOf('|')).startsWith('|run|');
}

/** Name of the pointer by which events of a name find a run from outside of its home: one a run and channel. */
export function pointerName(event: string, run: RunRef): string {
  return `${pointerPrefix(event)}${sha256(runIdOf(run)).slice(0, 40)}`;
}

/** What the names of all pointers for events of a name begin with. */
export function pointerPrefix(event: string): string {
  return `ptr#${sha256(event).slice(0, 8)}#`;
}

/** First part of the names of all schedules of a journey; its function may touch no others. */
export function timerNamePrefix(journeyId: string): string {
  return sha256(journeyId).slice(0, 8);
}

/** Deterministic, so that creating it again is harmless and deleting it needs no list. */
export function timerName(run: RunRef, step: string, attempt: number, deadlineMs: number): string {
  const journeyId = run.pk.slice(0, run.pk.indexOf('|'));
  const hash = sha256([runIdOf(run), step, attempt, deadlineMs].join('\n')).slice(0, 40);
  return `${timerNamePrefix(journeyId)}-${hash}`;
}

/** Name of the timer that brings an event from the future back at its time. */
export function returnTimerName(journeyId: string, event: EngineEvent): string {
  return `${timerNamePrefix(journeyId)}-${sha256(`return\n${event.id}\n${event.timeMs}`).slice(0, 40)}`;
}

/** Identity of the index-th event that a step sends: the same for every attempt. */
export function sentEventId(run: RunRef, step: string, index: number): string {
  return sha256(['send', runIdOf(run), step, index].join('\n')).slice(0, 32);
}
