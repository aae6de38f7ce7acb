/** The types of the author SDK: fixtures/types.ts says line by line what must be refused; all the rest must compile. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { complaints } from '../docs/compile.js';
import { repository } from '../tidy/source.js';

const file = 'test/journey/fixtures/types.ts';
const text = readFileSync(path.join(repository, file), 'utf8');
const expected = text.split('\n').flatMap((line, index) => {
  const code = /\/\/ error (\d+): .+$/.exec(line)?.[1];
  return code === undefined ? [] : [`line ${index + 1}: ${code}`];
});

test('types refuse an undeclared event and every other mistake that they can see, and nothing else', () => {
  expect(expected.length).toBeGreaterThan(20);
  const found = complaints(new Map([[file, text]]), { noUnusedLocals: false });
  const lines = [...new Set(found.map(({ line, code }) => `line ${line}: ${code}`))];
  // The messages help whoever reads a failure.
  expect({ lines, messages: [] }).toEqual({
    lines: expected,
    messages: found.filter(({ line, code }) => !expected.includes(`line ${line}: ${code}`)),
  });
}, 120_000);
