/** The bundle of an entry: what it weighs, that it is the same everywhere, and what is read out of it. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Bundle, bundleEntry } from '../../lib/constructs/bundle.js';
import { cart, entryDirectory, lead } from './entry-files.js';

const entries = entryDirectory();
const bundles: Bundle[] = [];
afterAll(() => {
  for (const { directory } of bundles) rmSync(directory, { recursive: true, force: true });
});

function bundleOf(file: string, sourceMap = false): Bundle {
  const bundle = bundleEntry(path.resolve(file), { sourceMap });
  bundles.push(bundle);
  return bundle;
}

function filesOf({ directory }: Bundle): Record<string, string> {
  const names = readdirSync(directory).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]));
}

/** What an import of the bundle loads: index.mjs and what it imports statically. */
function loadedFiles(files: Record<string, string>): string[] {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const [, imported] of (files[name] ?? '').matchAll(/(?:from|import)"\.\/([\w-]+\.mjs)"/g))
      visit(imported ?? '');
  };
  visit('index.mjs');
  return [...seen];
}

function loadedBytes(bundle: Bundle): number {
  return loadedFiles(filesOf(bundle)).reduce((sum, name) => sum + statSync(path.join(bundle.directory, name)).size, 0);
}

const served = cart
  .replace('export const handler = async () => {};', 'export const handler = serve(journey);')
  .replace("from 'sojourn';", "from 'sojourn';\nimport { serve } from 'sojourn/lambda';");

test('a handler loads at most 400 KB, minified, with the AWS SDK, and 450 KB with SESv2', () => {
  expect(loadedBytes(bundleOf(entries.write('served.ts', served)))).toBeLessThanOrEqual(400_000);
  expect(loadedBytes(bundleOf('lambda/abandoned-cart.ts'))).toBeLessThanOrEqual(450_000);
});

test('a handler loads nothing of what createJourney has checked where it was written, and has it apart for a wait’s `if`', () => {
  const files = filesOf(bundleOf(entries.write('unchecked.ts', served)));
  const loaded = loadedFiles(files)
    .map((name) => files[name])
    .join();
  for (const words of ['cannot be honoured', 'names a day that never comes']) expect(loaded).not.toContain(words);
  expect(loaded).toContain('has nothing that starts it');
  expect(Object.values(files).join()).toContain('cannot be honoured');
});

test('the same sources give the same bytes, wherever they lie and are bundled from', () => {
  const project = (root: string): string => {
    entries.write(`${root}/later.ts`, 'export const later = 2;');
    entries.write(`${root}/node_modules/now/index.js`, 'export const now = 1;');
    return entries.write(
      `${root}/entry.ts`,
      "import { now } from 'now'; export const sum = async () => now + (await import('./later.js')).later;",
    );
  };
  const here = filesOf(bundleOf(project('here'), true));
  expect(Object.keys(here)).toHaveLength(4);
  expect(filesOf(bundleOf(project('there/and/elsewhere'), true))).toEqual(here);
});

test('a source map names the author’s files, not the machine’s', () => {
  const { 'index.mjs.map': map } = filesOf(bundleOf(entries.write('mapped.ts', cart), true));
  const { sources } = JSON.parse(map ?? '{}');
  expect(sources).toContain('mapped.ts');
  expect(sources.every((source: string) => !path.isAbsolute(source))).toBe(true);
});

test('CommonJS packages in a bundle can require Node’s own modules', () => {
  entries.write('node_modules/old-style/index.js', "exports.hash = require('crypto').createHash('md5').digest('hex');");
  const bundle = bundleOf(entries.write('old.ts', "import { hash } from 'old-style'; console.log(hash);"));
  expect(execFileSync(process.execPath, [bundle.file], { encoding: 'utf8' })).toBe(
    'd41d8cd98f00b204e9800998ecf8427e\n',
  );
});

test('only what the author’s own code, or a library of it, says of sendEvent counts', () => {
  expect(bundleOf(entries.write('cart.ts', cart)).sendsEvents).toBe(false);
  expect(bundleOf(entries.write('served.ts', served)).sendsEvents).toBe(false);
  expect(bundleOf(entries.write('lead.ts', lead)).sendsEvents).toBe(true);
  entries.write('node_modules/tell/index.js', 'export const tell = (step, name) => step.sendEvent(name, { name });');
  const told = cart.replace("from 'sojourn';", "from 'sojourn';\nimport { tell } from 'tell';\nexport { tell };");
  expect(bundleOf(entries.write('told.ts', told)).sendsEvents).toBe(true);
});

test('what esbuild finds odd in the author’s files is told', () => {
  const { warnings } = bundleOf(entries.write('odd.ts', 'export const odd = (x: unknown) => typeof x === "nmber";'));
  expect(warnings).toEqual([expect.stringContaining('odd.ts:1:49 The "typeof" operator')]);
});
