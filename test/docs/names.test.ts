/** What the pages call by name is there: steps, the command's words and flags, what the comparison with Inngest says is ours. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../tidy/source.js';
import { type Page, pages } from './pages.js';

const comparison = 'docs/coming-from-inngest.md';
const stable = JSON.parse(readFileSync(path.join(repository, 'test/package/stable.json'), 'utf8')) as Record<
  string,
  string[]
>;
const exported = Object.entries(stable).flatMap(([kind, names]) => (kind.startsWith('exports') ? names : []));
const steps = new Set(exported.flatMap((name) => /^StepTools\.(\w+)/.exec(name)?.[1] ?? []));
const named = new Set(exported.flatMap((name) => name.replace('?', '').split('.')));
const shared = ['--stack', '--endpoint', '--region', '--json', '--verbose', '--help'];

/** Text in backticks, outside of blocks. */
function spans(text: string): string[] {
  const prose = text.replace(/^ *(`{3,})[\s\S]*?^ *\1$/gm, '').replace(/<!--[\s\S]*?-->/g, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
}

/** What stands in the column that is ours, or below the tables. */
function ours({ file, text }: Page): string {
  if (file !== comparison) return text;
  const cells = text
    .split('\n')
    .map((line) => (/^\|.*\|.*\|.*\|?$/.test(line) ? line.split(' | ').slice(1).join(' | ') : ''));
  return cells.join('\n');
}

function unknown(page: Page): string[] {
  return spans(ours(page)).flatMap((span) => {
    const step = /^step\.(\w+)/.exec(span)?.[1];
    if (step !== undefined && !steps.has(step)) return [`${page.file}: \`${span}\``];
    const [, command, rest = ''] = /^(?:npx )?sojourn ([a-z][a-z-]*)(.*)$/.exec(span) ?? [];
    if (command === undefined) return [];
    const flags = [...rest.matchAll(/--[a-z-]+/g)].map(([flag]) => flag).filter((flag) => !shared.includes(flag));
    const known = [command, ...flags.map((flag) => `${command} ${flag}`)].every((one) => stable.command!.includes(one));
    return known ? [] : [`${page.file}: \`${span}\``];
  });
}

test('every step and every command that a page names is there', () => {
  const decisions = /^docs\/decisions\//;
  expect(steps.size).toBeGreaterThan(5);
  expect(
    pages()
      .filter(({ file }) => !decisions.test(file) && file !== 'CHANGELOG.md')
      .flatMap(unknown),
  ).toEqual([]);
});

test('what the comparison with Inngest says is ours, and looks like a name, is exported', () => {
  const [page] = pages().filter(({ file }) => file === comparison);
  const options = spans(ours(page!)).flatMap((span) => /^(\w+)(?:: [{[].*)?$/.exec(span)?.[1] ?? []);
  const others = new Set([
    'id',
    'match',
    'await',
    'npm',
    'null',
    'skipped',
    'try',
    'catch',
    'fn',
    'PutEvents',
    'DetailType',
    'Detail',
  ]);
  expect(options.length).toBeGreaterThan(8);
  expect(options.filter((name) => !named.has(name) && !others.has(name))).toEqual([]);
});

test('fails for a step, a command or a flag that is not there, and not for what Inngest has', () => {
  const page = (file: string, text: string): Page => ({ file, text });
  expect(
    unknown(
      page('a.md', '`step.walk(id)` `step.run` `sojourn walk` `sojourn runs --colour` `sojourn runs --status x`'),
    ),
  ).toEqual(['a.md: `step.walk(id)`', 'a.md: `sojourn walk`', 'a.md: `sojourn runs --colour`']);
  expect(unknown(page(comparison, '| `step.fetch` | no |\n| a | `step.fetch` |'))).toEqual([
    `${comparison}: \`step.fetch\``,
  ]);
});
