/** docs/verify.md says what the verification does: the same differences, the same facts, the same scenes. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { differences } from '../../bin/verify/differences.js';
import { busFacts, lastBusFacts } from '../../bin/verify/probe-bus.js';
import { policyFacts } from '../../bin/verify/probe-policies.js';
import { redriverFacts } from '../../bin/verify/probe-redriver.js';
import { schedulerFacts } from '../../bin/verify/probe-scheduler.js';
import { scenes, unawaited } from '../../bin/verify/stories.js';

const repository = path.resolve(__dirname, '../..');
const read = (file: string) => readFileSync(path.join(repository, file), 'utf8');
const page = read('docs/verify.md');
const facts = [...schedulerFacts, ...busFacts, ...lastBusFacts, ...policyFacts, ...redriverFacts];

/** Rows of the table that begins with these words, as they stand. */
function rows(firstCell: string): string[] {
  const lines = page.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`| ${firstCell} |`));
  const to = lines.findIndex((line, at) => at > from && !line.startsWith('|'));
  return lines.slice(from + 2, to);
}

test('the page has every difference of the emulator, word for word', () => {
  expect(rows('difference')).toEqual(
    Object.entries(differences).map(([id, { aws, emulator, check }]) => `| ${id} | ${aws} | ${emulator} | ${check} |`),
  );
});

test('the page has every fact that is probed', () => {
  expect(rows('fact')).toEqual(
    facts.map(({ claim, mark, difference = '' }) => `| ${claim} | ${mark} | ${difference} |`),
  );
});

test('the page names the version of MiniStack that is installed', () => {
  const version = /^ministack==(\S+)$/m.exec(read('bin/verify/requirements.txt'))?.[1];
  expect(version).toBeDefined();
  expect(page).toContain(`MiniStack](https://github.com/ministackorg/ministack) ${version} `);
  expect(page).toContain(`| MiniStack ${version} |`);
});

test('everything that Python installs is pinned', () => {
  const lines = read('bin/verify/requirements.txt').split('\n');
  const unpinned = lines.filter((line) => line !== '' && !/^(#.*|[A-Za-z0-9_.-]+==[\w.]+)$/.test(line));
  expect(unpinned).toEqual([]);
});

test('every scene has a key of its own, and every journey a scene', () => {
  const keys = scenes.map(({ journey, key }) => `${journey} ${key}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect([...new Set(scenes.map(({ journey }) => journey))].sort()).toEqual([
    'abandoned-cart',
    'activation',
    'cart-week',
    'sales-follow-up',
    'win-back',
  ]);
  expect(Object.keys(unawaited)).not.toContain('WinBack');
});

test('the page counts the scenes as they are', () => {
  expect(scenes.filter(({ needs }) => needs === undefined)).toHaveLength(10);
  expect(page).toContain('ten scenes of the five stories');
});
