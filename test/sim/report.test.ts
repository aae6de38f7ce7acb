import { emptySum } from './batch.js';
import { branchesOf } from './branches.js';
import { addCoverage, type Coverage } from './coverage.js';
import { faultKinds } from './faults.js';
import { branchTable, faultTable, unreached } from './report.js';

test('branches are told from the text, and how often each was taken from the counters of its block', () => {
  const text = 'function f(a, b) { if (a) { g(); } return a && b ? 1 : 2 }';
  const at = (part: string): number => text.indexOf(part);
  const blocks = [
    { startOffset: 0, endOffset: text.length, count: 1 },
    { startOffset: 0, endOffset: text.length, count: 5 },
    { startOffset: at('{ g'), endOffset: at(' return'), count: 2 },
    { startOffset: at('&& b'), endOffset: at(' ?'), count: 2 },
    { startOffset: at('? 1'), endOffset: at(' :'), count: 0 },
    { startOffset: at(': 2'), endOffset: text.length - 1, count: 5 },
  ];
  expect(branchesOf(text, blocks).map(({ what, taken }) => [what, taken])).toEqual([
    ['function', 5],
    ['if', 2],
    ['else', 3],
    ['? yes', 0],
    ['? no', 5],
    ['&& goes on', 2],
    ['&& stops', 3],
  ]);
});

test('what workers have taken is added up, and what none has taken is listed by its line', () => {
  const taken = (n: number): Coverage => ({
    'decide.ts': [
      { what: 'if', line: 3, taken: n },
      { what: 'else', line: 3, taken: 0 },
    ],
  });
  const coverage = taken(1);
  addCoverage(coverage, taken(4));
  expect(coverage['decide.ts']![0]).toMatchObject({ taken: 5 });
  expect(unreached(coverage)).toEqual(['  lib/engine/decide.ts:3  else']);
  expect(branchTable(coverage).at(-1)).toMatch(/all +2 +1 +50\.0 % +5 +5$/);
});

test('a kind of fault that never struck is called a hole', () => {
  const sum = emptySum();
  for (const kind of faultKinds) sum.faults[kind].struck = 1;
  expect(faultTable(sum).join('\n')).not.toContain('HOLE');
  sum.faults['timer twice'].drawn = 3;
  sum.faults['timer twice'].struck = 0;
  expect(faultTable(sum).join('\n')).toContain('HOLES: timer twice');
});
