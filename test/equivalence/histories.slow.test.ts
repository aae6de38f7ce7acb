/**
 * The engine's whole histories end the same in memory and, through the real adapter, on a table. More of them:
 * `npm run equivalence -- --runs 300`.
 */
import { type LocalTable, openTable } from '../contract/dynalite.js';
import { playBoth } from './history-pair.js';

let table: LocalTable;
beforeAll(async () => {
  table = await openTable();
});
afterAll(() => table.close());

test('a history with faults makes the same calls, gets the same answers and leaves the same documents', async () => {
  let calls = 0;
  for (let seed = 1; seed <= 30; seed += 1) {
    const pair = await playBoth(seed, table.client);
    expect(pair.fault).toBeUndefined();
    calls += pair.calls;
  }
  // How long histories are is the simulator's to say; that they do something is checked here.
  expect(calls).toBeGreaterThan(300);
}, 120_000);
