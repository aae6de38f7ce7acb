/**
 * Blocks of a page that are printed by code: `<!-- printed: name -->` ... `<!-- end -->`.
 *
 * Owns: finding and replacing them. Knows no table.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const repository = path.resolve(__dirname, '../..');
const block = /<!-- printed: (?<name>[\w-]+) -->\n(?<text>[\s\S]*?)\n<!-- end -->/g;

/** The blocks of a page, by name. */
export function printedBlocks(page: string): Record<string, string> {
  const found = [...readFileSync(path.join(repository, page), 'utf8').matchAll(block)];
  return Object.fromEntries(found.map(({ groups }) => [groups!.name!, groups!.text!]));
}

/** Writes what the code prints into the page, where UPDATE_PAGES is set. */
export function updatePage(page: string, texts: Readonly<Record<string, string>>): void {
  if (!process.env.UPDATE_PAGES) return;
  const file = path.join(repository, page);
  const filled = readFileSync(file, 'utf8').replace(block, (whole, name: string) =>
    texts[name] === undefined ? whole : `<!-- printed: ${name} -->\n${texts[name]}\n<!-- end -->`,
  );
  writeFileSync(file, filled);
}
