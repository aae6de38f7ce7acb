/**
 * The API reference in docs/api is what the docstrings of today say (`npm run docs:api` writes it), and every export has one, with each of its properties:
 * typedoc fails where one is missing, names a type that is not exported, or links to what is not there.
 * (Of a shape that is written inline, the property that has it says all; typedoc.json names those.)
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repository } from '../tidy/source.js';

const committed = path.join(repository, 'docs/api');
const written = mkdtempSync(path.join(tmpdir(), 'sojourn-api-'));
afterAll(() => rmSync(written, { recursive: true, force: true }));

/** File name -> text. */
function pagesOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
  );
}

test('docs/api is what npm run docs:api writes, which asks a docstring of every export', () => {
  const typedoc = path.join(repository, 'node_modules/typedoc/bin/typedoc');
  // It ends with an error for a missing docstring (typedoc.json), and writes nothing then.
  execFileSync(process.execPath, [typedoc, '--options', 'typedoc.json', '--out', written], {
    cwd: repository,
    stdio: 'pipe',
  });
  const now = pagesOf(written);
  expect(Object.keys(now)).toEqual([
    'README.md',
    'sojourn.cdk.md',
    'sojourn.lambda.md',
    'sojourn.md',
    'sojourn.testing.md',
  ]);
  expect(now['sojourn.md']).toContain('### createJourney()');
  expect(pagesOf(committed)).toEqual(now);
}, 180_000);
