/** Prose is tested: TypeScript in README.md and docs compiles, and links lead somewhere. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../tidy/source.js';
import { complaints } from './compile.js';
import { examplesOf } from './examples.js';
import { anchors, links, type Page, pages } from './pages.js';

/** The types of the CDK are many, and a machine may be busy. */
const compileTimeoutMs = 120_000;

const all = pages();
const withSnippets = all.filter(({ file }) => file === 'README.md' || file.startsWith('docs/'));

/** The examples of these pages as files that compile on their own. */
function snippets(from: readonly Page[]): Map<string, string> {
  return new Map(
    from
      .flatMap(examplesOf)
      .filter(({ mark }) => mark !== 'not compiled')
      .map(({ page, text, line }) => [
        `test/docs/${page.replaceAll('/', '-')}-line-${line}.ts`,
        `${text}
export {};
`,
      ]),
  );
}

function brokenLinks(page: Page, others: readonly Page[]): string[] {
  return links(page).flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [target = '', anchor] = link.split('#');
    const file = target === '' ? page.file : path.posix.join(path.posix.dirname(page.file), decodeURIComponent(target));
    const other = others.find((candidate) => candidate.file === file);
    if (target !== '' && !existsSync(path.join(repository, file))) return [`${page.file} -> ${link}: no such file`];
    if (anchor === undefined || (!other && statSync(path.join(repository, file)).isFile() && !file.endsWith('.md')))
      return [];
    return other && anchors(other).has(anchor) ? [] : [`${page.file} -> ${link}: no such heading`];
  });
}

describe('the pages', () => {
  test(
    'have TypeScript that compiles against this repository',
    () => {
      const found = complaints(snippets(withSnippets), { noUnusedLocals: false, noUnusedParameters: false });
      expect(found.map(({ file, line, message }) => `${file}: line ${line} of the page: ${message}`)).toEqual([]);
    },
    compileTimeoutMs,
  );

  test('can be reached from README.md by links', () => {
    expect(unreached(all)).toEqual([]);
  });

  test('link to files and headings that exist', () => {
    expect(all.length).toBeGreaterThan(1);
    expect(all.flatMap((page) => brokenLinks(page, all))).toEqual([]);
  });
});

/** Pages that no link leads to, from README.md on; a link to a folder leads to what is in it. */
function unreached(from: readonly Page[]): string[] {
  const byFile = new Map(from.map((page) => [page.file, page]));
  const reached = new Set<string>();
  const visit = (file: string): void => {
    const page = byFile.get(file);
    if (!page || reached.has(file)) return;
    reached.add(file);
    for (const link of links(page).filter((one) => !/^[a-z]+:/.test(one))) {
      const target = path.posix.join(path.posix.dirname(file), link.split('#')[0] ?? '').replace(/\/$/, '');
      visit(target);
      for (const other of byFile.keys()) if (path.posix.dirname(other) === target) visit(other);
    }
  };
  visit('README.md');
  return [...byFile.keys()].filter((file) => !reached.has(file));
}

describe('the check of a page', () => {
  const fence = '```';
  const page = (text: string): Page => ({ file: 'docs/a.md', text });

  test('fails when a block does not compile', () => {
    const texts = snippets([
      page(`# A\n\n${fence}ts\nimport { createJourney } from 'sojourn';\ncreateJourney(1);\n${fence}\n`),
    ]);
    expect([...texts.keys()]).toEqual(['test/docs/docs-a.md-line-4.ts']);
    expect(complaints(texts)).toEqual([expect.objectContaining({ line: 5, code: 2554 })]);
  });

  test('leaves out what is marked not to compile, and other languages', () => {
    expect(
      snippets([page(`${fence}ts not compiled: it shows a mistake\nx y\n${fence}\n${fence}sh\nls\n${fence}\n`)]).size,
    ).toBe(0);
  });

  test('fails when a link leads nowhere', () => {
    const text = '# One thing\n[a](b.md) [c](#one-thing) [d](#two) [e](../LICENSE) [f](https://example.com) `[g](h)`';
    expect(brokenLinks(page(text), [page(text)])).toEqual([
      'docs/a.md -> b.md: no such file',
      'docs/a.md -> #two: no such heading',
    ]);
  });

  test('fails when no link leads to a page', () => {
    const text = (file: string, links: string): Page => ({ file, text: links });
    const three = [
      text('README.md', '[a](docs/a.md) [d](docs/d)'),
      text('docs/a.md', ''),
      text('docs/d/b.md', ''),
      text('docs/c.md', ''),
    ];
    expect(unreached(three)).toEqual(['docs/c.md']);
  });

  test('knows the anchors that GitHub makes', () => {
    expect([...anchors({ text: '# A `b` & (c)\n## 4.1 Items: one\n## X\n## X\n' })]).toEqual([
      'a-b--c',
      '41-items-one',
      'x',
      'x-1',
    ]);
  });
});
