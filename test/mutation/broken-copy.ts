/** A copy of parts of this repository in a temporary folder, in which code is broken on purpose: the tree itself is never changed. */
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Texts of one file, and what stands there instead. */
export interface Change {
  readonly name: string;
  readonly file: string;
  readonly changes: readonly (readonly [from: string, to: string])[];
}

/** @returns the copy's folder; whoever asked removes it. */
export function copyOf(parts: readonly string[]): string {
  const root = process.cwd();
  const copy = mkdtempSync(path.join(tmpdir(), 'sojourn-broken-'));
  for (const part of parts) cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

/** Makes the changes while `use` runs. @throws when a text is not there any more */
export function withChanges<Result>(copy: string, { name, file, changes }: Change, use: () => Result): Result {
  const target = path.join(copy, file);
  const original = readFileSync(target, 'utf8');
  const missing = changes.find(([from]) => !original.includes(from));
  if (missing) {
    throw new Error(`'${name}' does not apply to ${file} any more: there is no ${JSON.stringify(missing[0])}`);
  }
  writeFileSync(
    target,
    changes.reduce((text, [from, to]) => text.replace(from, () => to), original),
  );
  try {
    return use();
  } finally {
    writeFileSync(target, original);
  }
}
