/** Hostile input on the engine in memory: every case alone, beside its neighbour. */
import { MemoryRecords } from '../../lib/memory/records.js';
import { expectedOf, type HostileCase, play } from './case.js';
import { eventCases } from './cases-of-events.js';
import { keyCases } from './cases-of-keys.js';
import { nameCases } from './cases-of-names.js';

describe.each([
  ['keys', keyCases],
  ['names', nameCases],
  ['events', eventCases],
] as const)('%s', (_what, cases) => {
  test.each(cases.map((one): [string, HostileCase] => [one.title, one]))('%s', async (_title, one) => {
    expect(await play([one], new MemoryRecords())).toEqual([expectedOf(one)]);
  });
});
