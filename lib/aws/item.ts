/**
 * A run's document and an event's record as items of the hub's table, and back.
 *
 * Owns: attribute names. Only what a condition addresses is a native attribute (status, rev, lease.nonce); whatever an
 * author or a producer wrote is a JSON string, because native maps stop at 32 levels and JSON keeps hostile names
 * (`__proto__`) as they are. Knows no conditions and makes no calls.
 * Invariants: decoding an encoded value gives it back, steps in their order; an item that this file did not write is
 * refused, never guessed at. An item costs a write unit per KB at every write, so what can be derived is left out.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { table } from '../contract.js';
import type {
  Cause,
  EventRecord,
  Lease,
  RunDocument,
  RunStatus,
  Step,
  Steps,
  StoredEvent,
} from '../engine/stored/document.js';
import type { Position } from '../engine/stored/event.js';
import { type RunRef, runIdOf } from '../engine/stored/key.js';
import { Attributes, isObject } from './attributes.js';
import { isClaims, isSkipped } from './claim-item.js';
import { AdapterError } from './errors.js';

export type Item = Record<string, AttributeValue>;

/** Names that expressions use; the others are read and written in this file only. */
export const names = {
  pk: table.partitionKey,
  sk: table.sortKey,
  status: 'status',
  rev: 'rev',
  by: 'by',
  lease: 'lease',
  nonce: 'nonce',
  floor: 'floor',
  codeVersion: 'code',
  cancelledBy: 'cancelledBy',
  endedAtMs: 'endedAtMs',
  expiresAtS: table.expiresAtS,
} as const;

const suffixes = { run: '#run', event: '#evt' } as const;
/** Above every sort key that begins with a time, below every other (`ptr#...`). */
export const aboveEveryPosition = ':';

export function keyOf(ref: RunRef, kind: keyof typeof suffixes): Item {
  return { [names.pk]: { S: ref.pk }, [names.sk]: { S: `${ref.position}${suffixes[kind]}` } };
}

/** @returns the place of an item in event order. @throws AdapterError ForeignItem */
export function positionOf(item: Item): Position {
  const attributes = new Attributes(item);
  const sk = attributes.text(names.sk);
  const place = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ#[01]#\d\d#[^#]+)#(?:run|evt)$/.exec(sk);
  if (!place) throw attributes.foreign(names.sk, 'a sort key <second>#<class>#<hops>#<event id> with #run or #evt');
  return place[1] as Position;
}

export function isRunItem(item: Item): boolean {
  return item[names.sk]?.S?.endsWith(suffixes.run) === true;
}

// ---- runs ----

export function runItem(run: RunDocument): Item {
  return {
    ...keyOf(run, 'run'),
    [names.status]: { S: run.status },
    [names.rev]: numeric(run.rev),
    [names.by]: causeValue(run.by, run),
    trigger: json(run.trigger),
    steps: json([...run.steps]),
    nseq: numeric(run.nseq),
    ...(run.listens && { listens: json(run.listens) }),
    ...(run.codeVersion !== undefined && { [names.codeVersion]: { S: run.codeVersion } }),
    ...(run.lease && { [names.lease]: { M: leaseMap(run.lease, run) } }),
    ...(run.floor && { [names.floor]: { BOOL: true } }),
    ...(run.output !== undefined && { output: json(run.output) }),
    ...(run.error && { error: json(run.error) }),
    ...(run.cancelledBy && { [names.cancelledBy]: json(run.cancelledBy) }),
    ...(run.claims && { claims: json(run.claims) }),
    ...(run.skipped && { skipped: json(run.skipped) }),
    ...(run.endedAtMs !== undefined && { [names.endedAtMs]: numeric(run.endedAtMs) }),
    ...(run.expiresAtS !== undefined && { [names.expiresAtS]: numeric(run.expiresAtS) }),
  };
}

/** @throws AdapterError ForeignItem */
export function decodeRun(item: Item): RunDocument {
  const from = new Attributes(item);
  if (!isRunItem(item)) throw from.foreign(names.sk, 'the sort key of a run (#run)');
  const ref: RunRef = { pk: from.text(names.pk), position: positionOf(item) };
  const lease = from.optional(names.lease, () => decodeLease(from.map(names.lease), ref));
  const listens = from.optional('listens', () => from.json('listens', isChannels));
  const codeVersion = from.optional(names.codeVersion, () => from.text(names.codeVersion));
  const output = from.optional('output', () => ({ output: from.json('output') }));
  const error = from.optional('error', () => from.json('error', isStoredError));
  const cancelledBy = from.optional(names.cancelledBy, () => from.json(names.cancelledBy, isStoredEvent));
  const claims = from.optional('claims', () => from.json('claims', isClaims));
  const skipped = from.optional('skipped', () => from.json('skipped', isSkipped));
  const endedAtMs = from.optional(names.endedAtMs, () => from.number(names.endedAtMs));
  const expiresAtS = from.optional(names.expiresAtS, () => from.number(names.expiresAtS));
  return {
    ...ref,
    status: from.oneOf<RunStatus>(names.status, statuses, codeVersion === undefined ? undefined : newStatus),
    rev: from.number(names.rev),
    by: decodeCause(from.text(names.by), ref),
    trigger: from.json('trigger', isStoredEvent),
    steps: new Map(from.json('steps', codeVersion === undefined ? isStepEntries : isNewerStepEntries)) as Steps,
    nseq: from.number('nseq'),
    ...(listens && { listens }),
    ...(codeVersion !== undefined && { codeVersion }),
    ...(lease && { lease }),
    ...(item[names.floor]?.BOOL === true && { floor: true }),
    ...output,
    ...(error && { error }),
    ...(cancelledBy && { cancelledBy }),
    ...(claims && { claims }),
    ...(skipped && { skipped }),
    ...(endedAtMs !== undefined && { endedAtMs }),
    ...(expiresAtS !== undefined && { expiresAtS }),
  };
}

function leaseMap(lease: Lease, run: RunRef): Item {
  return {
    cause: causeValue(lease.cause, run),
    requestId: { S: lease.requestId },
    [names.nonce]: { S: lease.nonce },
    untilMs: numeric(lease.untilMs),
  };
}

function decodeLease(map: Attributes, run: RunRef): Lease {
  return {
    cause: decodeCause(map.text('cause'), run),
    requestId: map.text('requestId'),
    nonce: map.text(names.nonce),
    untilMs: map.number('untilMs'),
  };
}

// ---- events ----

export function eventItem(record: EventRecord): Item {
  return {
    ...keyOf(record, 'event'),
    event: json(record.event),
    [names.expiresAtS]: numeric(record.expiresAtS),
  };
}

/** @throws AdapterError ForeignItem */
export function decodeEvent(item: Item): EventRecord {
  const from = new Attributes(item);
  return {
    pk: from.text(names.pk),
    position: positionOf(item),
    event: from.json('event', isStoredEvent),
    expiresAtS: from.number(names.expiresAtS),
  };
}

// ---- values ----

export function numeric(value: number): AttributeValue {
  return { N: String(value) };
}

export function json(value: unknown): AttributeValue {
  return { S: JSON.stringify(value) };
}

/** A timer's cause names its run in full, which the key of the item does already: `timer:<this run>:` is written `~:`. */
export function causeValue(cause: Cause, run: RunRef): AttributeValue {
  const own = ownTimer(run);
  if (cause.startsWith(own)) return { S: `~:${cause.slice(own.length)}` };
  return { S: cause.startsWith('~') ? `~${cause}` : cause };
}

function decodeCause(text: string, run: RunRef): Cause {
  if (text.startsWith('~:')) return `${ownTimer(run)}${text.slice(2)}` as Cause;
  return (text.startsWith('~') ? text.slice(1) : text) as Cause;
}

function ownTimer(run: RunRef): string {
  return `timer:${runIdOf(run)}:`;
}

/** Bytes of an item as DynamoDB counts them for a write: names and values; a number two digits to the byte, and one. */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/^-|\./g, '').length / 2) + 1;
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}

// ---- shapes ----

function isStoredEvent(value: unknown): value is StoredEvent {
  return (
    isObject(value) &&
    ['id', 'name', 'source'].every((name) => typeof value[name] === 'string') &&
    ['timeMs', 'hops'].every((name) => typeof value[name] === 'number')
  );
}

function isChannels(value: unknown): value is NonNullable<RunDocument['listens']> {
  const isChannel = (one: unknown): boolean =>
    isObject(one) && typeof one.event === 'string' && typeof one.place === 'string';
  return Array.isArray(value) && value.every(isChannel);
}

function isStoredError(value: unknown): value is { name: string; message: string } {
  return isObject(value) && typeof value.name === 'string' && typeof value.message === 'string';
}

const statuses: readonly RunStatus[] = ['active', 'completed', 'failed', 'cancelled', 'skipped'];

/**
 * What a newer version of this code may have added, and an older one that shares the partition has to read past: a status
 * (always one of an end) and kinds of steps. It settles only runs of its own version, which have none of them; replay would fail
 * such a run as one whose code was changed.
 */
const newStatus = /^[a-z][a-zA-Z]{0,30}$/;

function isNewerStepEntries(value: unknown): value is [string, Step][] {
  return Array.isArray(value) && value.every((entry) => Array.isArray(entry) && isNewerStepEntry(entry));
}

function isNewerStepEntry(entry: readonly unknown[]): boolean {
  const [id, step] = entry;
  if (isStepEntry(entry)) return true;
  return typeof id === 'string' && isObject(step) && typeof step.kind === 'string' && !Object.hasOwn(states, step.kind);
}

const states: Readonly<Record<string, readonly string[]>> = {
  wait: ['waiting', 'matched', 'timedOut'],
  sleep: ['waiting', 'timedOut'],
  run: ['waiting', 'due', 'done', 'failed'],
  send: ['waiting', 'due', 'done', 'failed'],
};

function isStepEntries(value: unknown): value is [string, Step][] {
  return Array.isArray(value) && value.every((entry) => Array.isArray(entry) && isStepEntry(entry));
}

function isStepEntry([id, step]: readonly unknown[]): boolean {
  if (typeof id !== 'string' || !isObject(step) || typeof step.kind !== 'string') return false;
  return Object.hasOwn(states, step.kind) && states[step.kind]!.includes(String(step.state));
}

/** @throws AdapterError DocumentTooLarge: DynamoDB would refuse it with a message that names nothing. */
export function assertFits(item: Item, mostBytes: number): void {
  const bytes = itemBytes(item);
  if (bytes <= mostBytes) return;
  throw new AdapterError('DocumentTooLarge', {
    what: `The item ${item[names.pk]?.S} ${item[names.sk]?.S} is too large for the table.`,
    got: `${bytes} bytes`,
    expected: `at most ${mostBytes} bytes`,
    fix: 'store large results and event data elsewhere and keep their address',
  });
}
