/**
 * Makes the same calls on the records in memory and on the table, and compares what both answer and what both hold.
 *
 * Compared are texts: every field, the order of steps and of an author's own fields included; only the order of a
 * document's own attributes is free.
 */

import type { Page, Records } from '../../lib/engine/ports.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import type { Position } from '../../lib/engine/stored/event.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { boundOf, type Call, causeOf, type Place, pkOf, positionOf } from './calls.js';

/** Below every position. */
const beginning = '0' as Position;

export class BothRecords {
  readonly memory = new MemoryRecords();
  private readonly touched = new Set<string>();
  /** Run -> nonces that it was held with, the latest last. */
  private readonly nonces = new Map<string, string[]>();
  private last: ((records: Records) => Promise<unknown>) | undefined;

  /**
   * @param prefix tells the partitions of this sequence from those of others on the same table.
   * @param tally counts how often each call came to what, so that a test can tell that all outcomes were reached.
   */
  constructor(
    private readonly table: Records,
    private readonly prefix: string,
    private readonly tally: Record<string, number>,
  ) {}

  /** @returns what differs, or undefined. */
  async make(call: Call): Promise<string | undefined> {
    const made = call.do === 'again' ? this.last : this.prepared(call);
    if (!made) return undefined;
    this.last = made;
    const [ours, theirs] = [await answer(() => made(this.memory)), await answer(() => made(this.table))];
    this.count(call, ours);
    if (ours === theirs) return undefined;
    return `${call.do} answers\n  in memory:    ${ours}\n  on the table: ${theirs}`;
  }

  /** @returns what differs between all documents, or undefined. */
  async difference(): Promise<string | undefined> {
    for (const pk of this.touched) {
      const [ours, theirs] = [textOf(await whole(this.memory, pk)), textOf(await whole(this.table, pk))];
      if (ours !== theirs) return `${pk} holds\n  in memory:    ${ours}\n  on the table: ${theirs}`;
    }
    return undefined;
  }

  private prepared(call: Exclude<Call, { do: 'again' }>): (records: Records) => Promise<unknown> {
    switch (call.do) {
      case 'begin': {
        const run = { ...this.filled(call.place, call.content), rev: 1 };
        this.held(run);
        return (records) => records.begin(run);
      }
      case 'note': {
        const pk = this.pk(call.place.partition);
        const record = { pk, position: positionOf('event', call.place), event: call.event, expiresAtS: 1_799_748_000 };
        return (records) => records.note(record, { firstWins: call.firstWins });
      }
      case 'look':
        return this.look(call);
      case 'cancel':
        return this.cancel(call);
      case 'commit': {
        const seenRev = this.seenRev(call.place, call.seen);
        const run = { ...this.filled(call.place, call.content), rev: seenRev + 1 };
        this.held(run);
        return (records) => records.commit(run, { rev: seenRev });
      }
    }
  }

  private look({ partition, from, before, limit, follow }: Extract<Call, { do: 'look' }>) {
    const pk = this.pk(partition);
    const first = { from: boundOf(from), ...(limit !== undefined && { limit }) };
    const above = before && boundOf(before);
    return async (records: Records): Promise<Page[]> => {
      const pages: Page[] = [];
      let next = above;
      do {
        const page: Page = await records.look(pk, { ...first, ...(next !== undefined && { before: next }) });
        pages.push(page);
        next = page.before;
      } while (follow && next !== undefined);
      return pages;
    };
  }

  private cancel(call: Extract<Call, { do: 'cancel' }>) {
    const { place, seen, floor } = call;
    const run = this.stored(place) ?? this.filled(place, emptyContent);
    const nonces = this.nonces.get(`${run.pk} ${run.position}`) ?? [];
    const cancellation = {
      by: causeOf(call.by, run),
      cancelledBy: call.event,
      endedAtMs: call.event.timeMs,
      expiresAtS: Math.ceil(call.event.timeMs / 1_000),
      floor,
    };
    const nonce = {
      'as stored': run.lease?.nonce ?? 'none',
      'the one before': nonces.at(-2) ?? 'none',
      'nobody’s': 'nobody',
    };
    const condition = 'rev' in seen ? { rev: this.seenRev(place, seen.rev) } : { nonce: nonce[seen.nonce] };
    return (records: Records) => records.cancel(run, cancellation, condition);
  }

  private seenRev(place: Place, seen: Extract<Call, { do: 'commit' }>['seen']): number {
    const rev = this.stored(place)?.rev ?? 1;
    return { 'as stored': rev, 'one behind': rev - 1, 'one ahead': rev + 1, 'long ago': 1 }[seen];
  }

  private filled(place: Place, content: Extract<Call, { do: 'begin' }>['content']): RunDocument {
    const ref = { pk: this.pk(place.partition), position: positionOf('trigger', place) };
    return { ...ref, ...content, rev: 0, by: causeOf(content.by, ref) };
  }

  private stored(place: Place): RunDocument | undefined {
    const [pk, position] = [this.pk(place.partition), positionOf('trigger', place)];
    return this.memory.runs().find((run) => run.pk === pk && run.position === position);
  }

  private held({ pk, position, lease }: RunDocument): void {
    const run = `${pk} ${position}`;
    if (lease) this.nonces.set(run, [...(this.nonces.get(run) ?? []), lease.nonce]);
  }

  private pk(partition: number): string {
    const pk = pkOf(this.prefix, partition);
    this.touched.add(pk);
    return pk;
  }

  private count(call: Call, ours: string): void {
    const outcome = /"outcome":"(\w+)"/.exec(ours)?.[1] ?? 'answered';
    const form = call.do === 'cancel' ? ('rev' in call.seen ? ' by rev' : ' by nonce') : '';
    const what = `${call.do}${form}: ${call.do === 'look' || call.do === 'again' ? 'answered' : outcome}`;
    this.tally[what] = (this.tally[what] ?? 0) + 1;
  }
}

const emptyContent: Extract<Call, { do: 'begin' }>['content'] = {
  by: { text: 'nobody' },
  status: 'active',
  trigger: { id: 'x', name: 'x', source: 'x', timeMs: 0, hops: 0 },
  steps: new Map(),
  nseq: 0,
};

async function answer(make: () => Promise<unknown>): Promise<string> {
  try {
    return textOf(await make());
  } catch (error) {
    return `throws ${error instanceof Error ? error.name : String(error)}`;
  }
}

/** A partition as it stands, all pages of it. */
async function whole(records: Records, pk: string): Promise<unknown[]> {
  const items: unknown[] = [];
  let before: Position | undefined;
  do {
    const page: Page = await records.look(pk, { from: beginning, ...(before !== undefined && { before }) });
    items.push(...page.runs, ...page.events);
    before = page.before;
  } while (before !== undefined);
  return items;
}

/** JSON in which a Map is its entries and a document's own attributes stand in one order; the author's stay in theirs. */
export function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_name, inner: unknown) => {
      if (inner instanceof Map) return [...inner];
      return isDocument(inner) ? Object.fromEntries(Object.entries(inner).sort(byName)) : inner;
    }) ?? 'undefined'
  );
}

/** A run, a record of an event, or a lease. */
function isDocument(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return ('pk' in value && 'position' in value) || ('nonce' in value && 'untilMs' in value);
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
