/** Hostile input on the engine in memory: every case alone, beside its neighbour. */
import { MemoryRecords } from '../../lib/memory/records.js';
import { expectedOf, type HostileCase, play } from './case.js';
import { eventCases } from './cases-of-events.js';
import { keyCases } from './cases-of-keys.js';
import { nameCases } from './cases-of-names.js';
import { changed, inherited } from './prototypes.js';

const before = inherited();
afterEach(() => expect(changed(before)).toEqual([]));

describe.each([
  ['keys', keyCases],
  ['names', nameCases],
  ['events', eventCases],
] as const)('%s', (_what, cases) => {
  test.each(cases.map((one): [string, HostileCase] => [one.title, one]))('%s', async (_title, one) => {
    expect(await play([one], new MemoryRecords())).toEqual([expectedOf(one)]);
  });
});

test('there are at least 200 cases, and no two of one title', () => {
  const titles = [...keyCases, ...nameCases, ...eventCases].map(({ title }) => title);
  expect(titles.length).toBeGreaterThanOrEqual(200);
  expect(new Set(titles).size).toBe(titles.length);
});

test('fails when something is added to what all objects inherit', () => {
  const prototype = Object.prototype as unknown as Record<string, unknown>;
  prototype.polluted = true;
  try {
    expect(changed(before)).toEqual(['Object.prototype polluted']);
  } finally {
    delete prototype.polluted;
  }
});
