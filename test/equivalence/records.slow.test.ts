/** Random sequences of calls leave equal documents and equal answers in memory and on the table. */
import fc from 'fast-check';
import { DynamoRecords } from '../../lib/aws/records.js';
import type { Page, Records } from '../../lib/engine/ports.js';
import type { EventRecord } from '../../lib/engine/stored/document.js';
import type { Position } from '../../lib/engine/stored/event.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { at, record, second } from '../contract/documents.js';
import { type LocalTable, openTable } from '../contract/dynalite.js';
import { BothRecords, textOf } from './both-records.js';
import { sequences } from './calls.js';

let table: LocalTable;
let records: Records;
beforeAll(async () => {
  table = await openTable();
  records = new DynamoRecords(table.client, table.tableName);
});
afterAll(() => table.close());

test('any calls in any order are answered alike and leave the same documents', async () => {
  const tally: Record<string, number> = {};
  let sequence = 0;
  await fc.assert(
    fc.asyncProperty(sequences(40), async (calls) => {
      sequence += 1;
      const both = new BothRecords(records, `s${sequence}-`, tally);
      for (const call of calls) expect(await both.make(call)).toBeUndefined();
      expect(await both.difference()).toBeUndefined();
    }),
    { numRuns: 60, seed: 20_261_122 },
  );
  // An outcome that was never reached would be a hole.
  expect(Object.keys(tally).sort()).toEqual([
    'again: answered',
    'begin: done',
    'begin: lost',
    'cancel by nonce: absent',
    'cancel by nonce: done',
    'cancel by nonce: lost',
    'cancel by rev: absent',
    'cancel by rev: done',
    'cancel by rev: lost',
    'commit: absent',
    'commit: done',
    'commit: lost',
    'look: answered',
    'note: answered',
  ]);
}, 120_000);

test('what is larger than a page of the table is read whole, in more pages, in the same order', async () => {
  const memory = new MemoryRecords();
  const notes: EventRecord[] = [0, 1, 2, 3, 4, 5].map((n) =>
    record('large', second(n, '1#00#e'), { text: `${n}`.repeat(300_000) }),
  );
  for (const note of notes) {
    await memory.note(note, { firstWins: false });
    await records.note(note, { firstWins: false });
  }
  const [ours, theirs] = [await pagesOf(memory, 'large'), await pagesOf(records, 'large')];
  expect(theirs.length).toBeGreaterThan(1);
  expect(textOf(theirs.flatMap(({ events }) => events))).toBe(textOf(ours.flatMap(({ events }) => events)));
});

async function pagesOf(of: Records, pk: string): Promise<Page[]> {
  const pages: Page[] = [];
  let before: Position | undefined;
  do {
    const page = await of.look(pk, { from: at('2026-11-01T00:00:00Z'), ...(before && { before }) });
    pages.push(page);
    before = page.before;
  } while (before);
  return pages;
}
