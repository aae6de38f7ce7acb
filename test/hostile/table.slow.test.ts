/**
 * Hostile input on the DynamoDB adapter: the cases at once in one hub, so that each has all the others for neighbours too.
 * Every case of keys and events; of names, which reach the table inside of JSON only, every third.
 */
import { DynamoRecords } from '../../lib/aws/records.js';
import { type LocalTable, openTable } from '../contract/dynalite.js';
import { expectedOf, play } from './case.js';
import { eventCases } from './cases-of-events.js';
import { keyCases } from './cases-of-keys.js';
import { nameCases } from './cases-of-names.js';
import { changed, inherited } from './prototypes.js';

const before = inherited();
let table: LocalTable;
beforeAll(async () => {
  table = await openTable();
});
afterAll(() => table.close());

test('a case comes to what it comes to alone, in memory', async () => {
  const cases = [...keyCases, ...nameCases.filter((_, n) => n % 3 === 0), ...eventCases];
  const results = await play(cases, new DynamoRecords(table.client, table.tableName));
  const titled = <Value>(values: readonly Value[]) => values.map((value, n) => [cases[n]!.title, value]);
  expect(titled(results)).toEqual(titled(cases.map(expectedOf)));
  expect(changed(before)).toEqual([]);
}, 180_000);
