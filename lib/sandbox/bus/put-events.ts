/**
 * PutEvents: what EventBridge accepts, and what it says of what it does not.
 *
 * Owns: the limits of a call and of an entry, the errors in the service's own words, the envelope of an event.
 * Must not know: rules and targets.
 * Invariants: what breaks the service's model fails the whole call (models/requests.ts, before it comes here), and so do
 * entries that are too large together; every other mistake fails its entry alone, and the answer keeps the order of the
 * request. Time is cut to whole seconds.
 */

import { limits } from '../../limits.js';
import { AwsError } from '../http/aws-error.js';
import type { DeliveredEvent } from '../time/activity.js';

/** An entry as the wire has it: of the model's types, and anything may be missing. */
export type PutEventsEntry = Readonly<Record<string, unknown>>;

export interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Adds up as AWS documents it: 14 bytes for a time, then the UTF-8 bytes of everything else. */
const timeBytes = 14;
/** Deeper JSON is refused (bc PutEvents). */
const nestingLevels = 1_000;

/** Of a request that fits the model: how many entries and how long their members are is checked before (models/). */
export function checkSize(entries: readonly PutEventsEntry[]): void {
  if (entries.reduce((sum, entry) => sum + entryBytes(entry), 0) > limits.putEventsBytes) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
}

function entryBytes(entry: PutEventsEntry): number {
  const resources = Array.isArray(entry.Resources) ? (entry.Resources as unknown[]) : [];
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...resources].filter((text) => typeof text === 'string');
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), entry.Time === undefined ? 0 : timeBytes);
}

/** The event of an entry, or what is wrong with it. */
export function readEntry(
  entry: PutEventsEntry,
  where: { readonly account: string; readonly region: string; readonly nowMs: number; newId(): string },
): DeliveredEvent | EntryError {
  for (const field of ['Source', 'DetailType', 'Detail']) {
    if (typeof entry[field] !== 'string' || entry[field] === '') return required(field);
  }
  const [source, name, text] = [entry.Source as string, entry.DetailType as string, entry.Detail as string];
  if (source.startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  if (name.length > limits.eventNameChars) {
    return invalid('DetailType', `DetailType must be at most ${limits.eventNameChars} characters long.`);
  }
  const detail = parseObject(text);
  if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const timeMs = timeOf(entry.Time, where.nowMs);
  if (timeMs === undefined) return invalid('Time', 'Time is not a timestamp.');
  return {
    version: '0',
    id: where.newId(),
    'detail-type': name,
    source,
    account: where.account,
    time: `${new Date(Math.floor(timeMs / 1000) * 1000).toISOString().slice(0, 19)}Z`,
    region: where.region,
    resources: Array.isArray(entry.Resources) ? (entry.Resources as string[]) : [],
    detail,
  };
}

function required(field: string): EntryError {
  return invalid(field, `${field} is a required argument.`);
}

function invalid(field: string, reason: string): EntryError {
  return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${field} is not valid. Reason: ${reason}` };
}

/** On the wire a time is a number of seconds; some clients send text. */
function timeOf(time: unknown, nowMs: number): number | undefined {
  if (time === undefined || time === null) return nowMs;
  const timeMs = typeof time === 'number' ? time * 1000 : Date.parse(String(time));
  return Number.isFinite(timeMs) && Math.abs(timeMs) <= 8.64e15 ? timeMs : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return isDeeperThan(value, nestingLevels) ? undefined : (value as Record<string, unknown>);
  } catch {
    return undefined;
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}
