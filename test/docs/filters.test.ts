/** docs/filters.md lists what filters may use: the same as the checks let pass. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fields, functions, macros, methods, refused } from '../../lib/journey/filter/filter-functions.js';
import { limits } from '../../lib/limits.js';
import { repository } from '../tidy/source.js';

const page = readFileSync(path.join(repository, 'docs/filters.md'), 'utf8');

/** Names in code of one section. */
function namesIn(title: string): Set<string> {
  const section = page.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
  return new Set([...section.matchAll(/`([A-Za-z_]+)(?:\([^`]*\))?`/g)].map((match) => match[1] ?? ''));
}

test('names every function, macro and field that there is', () => {
  const named = namesIn('What is supported');
  const there = ['has', ...Object.keys(functions), ...Object.keys(methods), ...macros, ...fields];
  expect(there.filter((name) => !named.has(name))).toEqual([]);
});

test('names no other function', () => {
  const rows = page.split('\n').filter((line) => /^\| (?:functions|of a text|of a list|of a time) \|/.test(line));
  const named = rows.flatMap((line) => [...line.matchAll(/`([A-Za-z_]{2,})/g)].map((match) => match[1] ?? ''));
  const there = ['has', 'in', ...Object.keys(functions), ...Object.keys(methods), ...macros];
  expect(rows).toHaveLength(4);
  expect(named.filter((name) => !there.includes(name))).toEqual([]);
});

test('names what is refused by name, and the bounds', () => {
  const named = namesIn('What is refused');
  expect(Object.keys(refused).filter((name) => !named.has(name))).toEqual([]);
  const { filterChars, filterLevels, filterNodes, filterTextChars, filterValues } = limits;
  for (const bound of [filterChars, filterLevels, filterNodes, filterTextChars, filterValues])
    expect(page).toContain(`${bound.toLocaleString('en')} `);
});
