/** docs/errors.md has an entry for each code that can be thrown, and for no other. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { parse, repository, sourceFiles, walk } from '../tidy/source.js';

const read = (file: string) => readFileSync(path.join(repository, file), 'utf8');

/** Where the codes are: the file and the name of the union. */
const unions = [
  ['lib/journey/errors.ts', 'ErrorCode'],
  ['lib/engine/arrival/intake.ts', 'RefusedCode'],
  ['lib/engine/calls/invoke.ts', 'CallErrorCode'],
  ['lib/aws/errors.ts', 'AdapterErrorCode'],
] as const;

const codes = unions.flatMap(([file, name]) => membersOf({ file, text: read(file) }, name));
const page = entries(read('docs/errors.md'));

describe('docs/errors.md', () => {
  test('has one entry for each code, and no other', () => {
    expect([...page.keys()].sort()).toEqual([...codes].sort());
  });

  test.each([...page])('says how to mend %s', (_code, text) => {
    expect(text).toMatch(/^[^#]{20,}Mend:\s[^#]{5,}$/s);
  });

  test('fails when a code has no entry, or an entry no code', () => {
    const source = { file: 'a.ts', text: "type ErrorCode =\n | 'A'\n | 'B';" };
    expect(membersOf(source, 'ErrorCode')).toEqual(['A', 'B']);
    expect(() => membersOf(source, 'OtherCode')).toThrow('a.ts has no union OtherCode');
    expect([...entries('# Errors\n## Some\n### A\nText.\n### B\nMore.').keys()]).toEqual(['A', 'B']);
  });
});

describe('a code', () => {
  test('is thrown somewhere in lib, so that the page promises nothing that cannot happen', () => {
    const text = sourceFiles('lib').map((source) => source.text);
    const uses = (code: string) => text.reduce((count, one) => count + one.split(`'${code}'`).length - 1, 0);
    expect(codes.length).toBeGreaterThan(20);
    // Once in its union, and once where it is thrown.
    expect(codes.filter((code) => uses(code) < 2)).toEqual([]);
  });

  test('has one meaning: no two unions share it', () => {
    expect(new Set(codes).size).toBe(codes.length);
  });
});

function membersOf(source: { file: string; text: string }, name: string): string[] {
  const found: string[] = [];
  walk(parse(source), (node) => {
    if (!ts.isTypeAliasDeclaration(node) || node.name.text !== name) return;
    walk(node.type, (member) => {
      if (ts.isStringLiteral(member)) found.push(member.text);
    });
  });
  if (found.length === 0) throw new Error(`${source.file} has no union ${name}`);
  return found;
}

function entries(markdown: string): Map<string, string> {
  const parts = markdown.split(/^### /m).slice(1);
  return new Map(
    parts.map((part) => {
      const [heading = '', ...text] = part.split('\n');
      return [
        heading.trim(),
        text
          .join('\n')
          .replace(/^## [\s\S]*/m, '')
          .trim(),
      ];
    }),
  );
}
