/** What the records in memory can do beside the contract: pages that are full early, forgetting, a view of everything. */
import type { Position } from '../../lib/engine/stored/event.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { at, record, run, second } from './documents.js';

const from = at('2026-11-01T00:00:00Z');

test('pages can be full before the limit, as the service’s are', async () => {
  const records = new MemoryRecords({ pageEntries: 2 });
  const positions = [1, 2, 3, 4, 5].map((n) => second(n, '1#00#e'));
  for (const position of positions) await records.note(record('p', position), { firstWins: false });
  const pages: number[] = [];
  const all: Position[] = [];
  let before: Position | undefined;
  do {
    const page = await records.look('p', { from, limit: 4, ...(before && { before }) });
    pages.push(page.events.length);
    all.push(...page.events.map(({ position }) => position));
    before = page.before;
  } while (before);
  expect(pages).toEqual([2, 2, 1]);
  expect(all).toEqual([...positions].reverse());
});

test('what is stored cannot be changed through what is read', async () => {
  const records = new MemoryRecords();
  await records.begin(run('p', { output: { list: [1] } }));
  const [stored] = (await records.look('p', { from })).runs;
  expect(() => (stored!.output as { list: number[] }).list.push(2)).toThrow(TypeError);
  expect(() => Object.assign(stored!.trigger, { id: 'x' })).toThrow(TypeError);
});

test('forgets what has expired, and only that', async () => {
  const records = new MemoryRecords();
  await records.begin(run('a', { status: 'completed', expiresAtS: 100 }));
  await records.begin(run('b', { status: 'completed', expiresAtS: 101 }));
  await records.begin(run('c'));
  await records.note({ ...record('a', second(1, '1#00#e')), expiresAtS: 99 }, { firstWins: false });
  records.forget(100_000);
  expect(records.runs().map(({ pk }) => pk)).toEqual(['b', 'c']);
  expect(records.events()).toEqual([]);
});
