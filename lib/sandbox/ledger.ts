/**
 * The books: every invocation and every AWS call, and whom they belong to.
 *
 * Owns: invocation records, tallies of calls and of consumed read and write units, their grouping by journey and key.
 * Must not know: how calls are made or functions run, nor what a key means: it is the partition-key value that an
 * invocation's latest DynamoDB call names, taken as it is.
 * Invariant: a call belongs to the invocation under way in the environment whose credentials signed it, also when the
 * key becomes known only by a later call.
 */

import type { Author, Trigger } from './time/activity.js';

export interface Tally {
  /** By `service:Operation`. */
  readonly calls: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface Invocation {
  readonly requestId: string;
  readonly functionName: string;
  readonly journey: string | undefined;
  readonly attempt: number;
  readonly trigger: Trigger;
  /** Virtual time. */
  readonly atMs: number;
  /** Real time; undefined while it runs. */
  readonly durationMs: number | undefined;
  readonly outcome: 'running' | 'ok' | 'error';
  readonly error: { readonly type: string; readonly message: string } | undefined;
  /** Partition-key value of its latest DynamoDB call: what else it asks about comes before. */
  readonly partition: string | undefined;
  readonly tally: Tally;
}

export interface CallsOfKey extends Tally {
  /** Undefined: calls from outside, or of functions that are no journey's. */
  readonly journey: string | undefined;
  readonly key: string | undefined;
  readonly invocations: number;
}

export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly readUnits?: number;
  readonly writeUnits?: number;
  readonly partition?: string | undefined;
}

type Open<T> = { -readonly [K in keyof T]: T[K] extends Tally ? OpenTally : T[K] };
interface OpenTally {
  readonly calls: Record<string, number>;
  readUnits: number;
  writeUnits: number;
}

/** So many invocations are remembered; a sandbox that runs for days forgets the oldest. */
const remembered = 100_000;

export class Ledger {
  private invocations: Open<Invocation>[] = [];
  private readonly outside = emptyTally();

  begin(
    started: Pick<Invocation, 'requestId' | 'functionName' | 'journey' | 'attempt' | 'trigger' | 'atMs'>,
  ): Invocation {
    const open = { durationMs: undefined, outcome: 'running' as const, error: undefined, partition: undefined };
    const invocation: Open<Invocation> = { ...started, ...open, tally: emptyTally() };
    if (started.attempt === 1 && started.trigger.kind === 'rule') count(invocation.tally, 'events:Delivery');
    if (started.attempt === 1 && started.trigger.kind === 'schedule') count(invocation.tally, 'scheduler:Delivery');
    this.invocations.push(invocation);
    if (this.invocations.length > remembered) this.invocations = this.invocations.slice(remembered / 10);
    return invocation;
  }

  end(invocation: Invocation, durationMs: number, error: Invocation['error']): void {
    const open = invocation as Open<Invocation>;
    open.durationMs = durationMs;
    open.outcome = error === undefined ? 'ok' : 'error';
    open.error = error;
  }

  /** Books a call; without an invocation it came from outside. */
  book(call: Call, invocation: Invocation | undefined): void {
    const open = invocation as Open<Invocation> | undefined;
    const tally = open?.tally ?? this.outside;
    count(tally, `${call.service}:${call.operation}`);
    tally.readUnits += call.readUnits ?? 0;
    tally.writeUnits += call.writeUnits ?? 0;
    if (open !== undefined) open.partition = call.partition ?? open.partition;
  }

  /** Invocations that worked on this partition, oldest first. */
  invocationsOf(partition: string): readonly Invocation[] {
    return this.invocations.filter((invocation) => invocation.partition === partition);
  }

  /** The tallies, grouped by journey and key; `key` also finds partitions that end in it as a whole word. */
  byKey(query: { readonly journey?: string | undefined; readonly key?: string | undefined }): readonly CallsOfKey[] {
    const groups = new Map<
      string,
      { journey: string | undefined; key: string | undefined; invocations: number } & OpenTally
    >();
    for (const { journey, partition, tally } of this.invocations) {
      if (query.journey !== undefined && query.journey !== journey) continue;
      if (query.key !== undefined && !isKey(partition, query.key)) continue;
      const id = JSON.stringify([journey, partition]);
      const group = groups.get(id) ?? { journey, key: partition, invocations: 0, ...emptyTally() };
      group.invocations += 1;
      addTo(group, tally);
      groups.set(id, group);
    }
    const unfiltered = query.journey === undefined && query.key === undefined;
    const outside = { journey: undefined, key: undefined, invocations: 0, ...this.outside };
    return [...groups.values(), ...(unfiltered && Object.keys(this.outside.calls).length > 0 ? [outside] : [])];
  }
}

/** Who an invocation is, for those who tell of what it did. */
export function authorOf(invocation: Invocation | undefined): Author | undefined {
  if (invocation === undefined) return undefined;
  const { functionName, requestId, attempt, journey } = invocation;
  return { functionName, requestId, attempt, journey };
}

export function sumOf(groups: readonly CallsOfKey[]): Tally & { readonly invocations: number } {
  const sum = { invocations: 0, ...emptyTally() };
  for (const group of groups) {
    sum.invocations += group.invocations;
    addTo(sum, group);
  }
  return sum;
}

function isKey(partition: string | undefined, key: string): boolean {
  if (partition === undefined || !partition.endsWith(key)) return false;
  const before = partition.at(-(key.length + 1));
  return before === undefined || !/[\p{L}\p{N}_-]/u.test(before);
}

function emptyTally(): OpenTally {
  return { calls: {}, readUnits: 0, writeUnits: 0 };
}

function count(tally: OpenTally, name: string): void {
  tally.calls[name] = (tally.calls[name] ?? 0) + 1;
}

function addTo(sum: OpenTally, tally: Tally): void {
  for (const [name, calls] of Object.entries(tally.calls)) sum.calls[name] = (sum.calls[name] ?? 0) + calls;
  sum.readUnits += tally.readUnits;
  sum.writeUnits += tally.writeUnits;
}
