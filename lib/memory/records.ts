/**
 * The records port in memory: what the simulator and the test kit run on.
 *
 * Owns: the items of one hub, each partition in sort-key order. Knows no journey and takes no decision.
 * Invariants: as strict as the table. A value goes in and out as JSON and is frozen, so that nobody shares state with the
 * store; each write is checked and applied in one turn, so every read sees all writes before it.
 */

import type { Cancellation, Page, Records, Written } from '../engine/ports.js';
import type { Claim, EventRecord, RunDocument, Step } from '../engine/stored/document.js';
import type { Position } from '../engine/stored/event.js';
import type { RunRef } from '../engine/stored/key.js';
import { limits } from '../limits.js';

type Entry =
  | { readonly position: Position; readonly run: RunDocument }
  | { readonly position: Position; readonly record: EventRecord };

export interface MemoryRecordsOptions {
  /** What one answer holds at most, as a page of the service does that is full before the limit. Default: everything. */
  readonly pageEntries?: number;
}

export class MemoryRecords implements Records {
  /** Partition -> its entries, oldest first. */
  private readonly partitions = new Map<string, Entry[]>();
  private readonly claims = new Map<string, Claim>();

  constructor(private readonly options: MemoryRecordsOptions = {}) {}

  async begin(run: RunDocument): ReturnType<Records['begin']> {
    const stored = this.stored(run);
    if (stored) return { outcome: 'lost', stored };
    this.put(run.pk, { position: run.position, run: frozenRun(run) });
    return { outcome: 'done' };
  }

  async note(record: EventRecord, options: { readonly firstWins: boolean }): Promise<void> {
    if (options.firstWins && this.find(record, 'record')) return;
    this.put(record.pk, { position: record.position, record: frozen(record) });
  }

  async look(
    pk: string,
    page: { readonly from: Position; readonly before?: Position; readonly limit?: number },
  ): Promise<Page> {
    const entries = this.partitions.get(pk) ?? [];
    const first = placeOf(entries, page.from);
    const end = page.before === undefined ? entries.length : placeOf(entries, page.before);
    const most = Math.min(page.limit ?? Number.POSITIVE_INFINITY, this.options.pageEntries ?? Number.POSITIVE_INFINITY);
    const start = Math.max(first, end - most);
    const found = start < end ? entries.slice(start, end).reverse() : [];
    const oldest = found.at(-1);
    return {
      runs: found.flatMap((entry) => ('run' in entry ? [thawed(entry.run)] : [])),
      events: found.flatMap((entry) => ('record' in entry ? [entry.record] : [])),
      // Like the table, a full page says that there may be more, even where there is none.
      ...(found.length === most && oldest && { before: oldest.position }),
    };
  }

  async cancel(
    run: RunDocument,
    cancellation: Cancellation,
    seen: { readonly nonce: string } | { readonly rev: number },
  ): Promise<Written> {
    const stored = this.stored(run);
    if (!stored) return { outcome: 'absent' };
    const asSeen = 'nonce' in seen ? stored.lease?.nonce === seen.nonce : stored.rev === seen.rev;
    if (stored.status !== 'active' || !asSeen) return { outcome: 'lost', stored };
    const { floor, ...ending } = cancellation;
    this.replace({
      ...stored,
      ...ending,
      status: 'cancelled',
      rev: stored.rev + 1,
      ...(floor && { floor }),
    });
    return { outcome: 'done' };
  }

  async commit(run: RunDocument, seen: { readonly rev: number }): Promise<Written> {
    const stored = this.stored(run);
    if (!stored) return { outcome: 'absent' };
    if (stored.rev !== seen.rev) return { outcome: 'lost', stored };
    this.replace(run);
    return { outcome: 'done' };
  }

  async claim(claim: Claim, { seen }: { readonly seen?: Claim }): ReturnType<Records['claim']> {
    const stored = this.claims.get(claim.pk);
    const free = !stored || (seen ? isAsSeen(stored, seen) : isRepeatedBy(stored, claim));
    if (!free) return { outcome: 'lost', stored };
    this.claims.set(claim.pk, frozen(claim));
    return { outcome: 'done' };
  }

  async holder(run: RunRef): Promise<RunDocument | undefined> {
    return this.stored(run);
  }

  /** All places that are held. */
  held(): Claim[] {
    return [...this.claims.values()];
  }

  /** All runs, partition by partition, oldest first. */
  runs(): RunDocument[] {
    return this.entries().flatMap((entry) => ('run' in entry ? [thawed(entry.run)] : []));
  }

  /** All records of events, partition by partition, oldest first. */
  events(): EventRecord[] {
    return this.entries().flatMap((entry) => ('record' in entry ? [entry.record] : []));
  }

  /**
   * Forgets what may be forgotten, as the table's TTL does in its own time.
   * @param lateMs how long an item stays beyond that.
   * @returns how many items are gone.
   */
  forget(nowMs: number, lateMs: (item: RunRef) => number = () => 0): number {
    let gone = 0;
    for (const [pk, entries] of this.partitions) {
      const kept = entries.filter((entry) => {
        const atS = expiresAtS(entry);
        return atS === undefined || atS * 1_000 + lateMs({ pk, position: entry.position }) > nowMs;
      });
      gone += entries.length - kept.length;
      if (kept.length > 0) this.partitions.set(pk, kept);
      else this.partitions.delete(pk);
    }
    for (const [pk, claim] of this.claims) {
      if (claim.expiresAtS * 1_000 + lateMs(claim.holder) > nowMs) continue;
      this.claims.delete(pk);
      gone += 1;
    }
    return gone;
  }

  private entries(): Entry[] {
    return [...this.partitions.values()].flat();
  }

  private stored(ref: RunRef): RunDocument | undefined {
    const entry = this.find(ref, 'run');
    return entry && 'run' in entry ? thawed(entry.run) : undefined;
  }

  private find({ pk, position }: RunRef, kind: 'run' | 'record'): Entry | undefined {
    const entries = this.partitions.get(pk) ?? [];
    const key = `${position}${suffixes[kind]}`;
    const entry = entries[placeOf(entries, key)];
    return entry && keyOf(entry) === key ? entry : undefined;
  }

  private replace(run: RunDocument): void {
    this.put(run.pk, { position: run.position, run: frozenRun(run) });
  }

  private put(pk: string, entry: Entry): void {
    const entries = this.partitions.get(pk);
    if (!entries) {
      this.partitions.set(pk, [entry]);
      return;
    }
    const key = keyOf(entry);
    const place = placeOf(entries, key);
    const there = entries[place];
    entries.splice(place, there && keyOf(there) === key ? 1 : 0, entry);
  }
}

/** An event may be on record beside the run that it started: they are two items, as in the table. */
const suffixes = { run: '#run', record: '#evt' } as const;

function keyOf(entry: Entry): string {
  return `${entry.position}${'run' in entry ? suffixes.run : suffixes.record}`;
}

/** @returns the index of the first entry at or after a position, or the key of an entry. */
function placeOf(entries: readonly Entry[], key: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(entries[middle]!) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isAsSeen(stored: Claim, seen: Claim): boolean {
  return isHeldBy(stored, seen) && stored.untilMs === seen.untilMs && stored.rev === seen.rev;
}

function isRepeatedBy(stored: Claim, claim: Claim): boolean {
  return isHeldBy(stored, claim) && stored.earlier === undefined && stored.untilMs <= claim.untilMs;
}

function isHeldBy({ holder }: Claim, { holder: other }: Claim): boolean {
  return holder.pk === other.pk && holder.position === other.position;
}

function expiresAtS(entry: Entry): number | undefined {
  return 'run' in entry ? entry.run.expiresAtS : entry.record.expiresAtS;
}

function frozenRun(run: RunDocument): RunDocument {
  const { steps, ...rest } = run;
  const [json, stepsJson] = [JSON.stringify(rest), JSON.stringify([...steps])];
  assertFits(run, Buffer.byteLength(json) + Buffer.byteLength(stepsJson));
  return Object.freeze({ ...frozenJson<typeof rest>(json), steps: new Map(frozenJson<[string, Step][]>(stepsJson)) });
}

/** As the table does: a world that took more would hide a run that can never be written. */
function assertFits({ pk, position }: RunRef, bytes: number): void {
  if (bytes <= limits.itemBytes) return;
  throw new DocumentTooLarge(
    `The document of ${pk} ${position} has ${bytes} bytes: the table takes ${limits.itemBytes}`,
  );
}

/** Thrown, as the table refuses such an item. */
export class DocumentTooLarge extends Error {
  override readonly name = 'DocumentTooLarge';
}

/** A Map cannot be frozen: every reader gets its own. */
function thawed(run: RunDocument): RunDocument {
  return { ...run, steps: new Map(run.steps) };
}

/** A copy as JSON keeps it, frozen all the way down. */
function frozen<Value>(value: Value): Value {
  return frozenJson(JSON.stringify(value));
}

function frozenJson<Value>(json: string): Value {
  return deepFreeze(JSON.parse(json));
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
