/**
 * The code of a declared journey's function: the one interpreter, and the declaration that it is handed.
 *
 * Knows files, never CDK resources. Invariants: the interpreter is bundled once in a process, and the same for all; the same
 * declaration gives the same bytes; the declaration is data, which is parsed and never evaluated.
 */
import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { entryExports } from '../../contract.js';
import type { DeclaredJourney } from '../../journey/declared/form.js';
import { type Bundle, bundleEntry } from '../bundle.js';
import location from './interpreter-location.cjs';

const { journey, handler } = entryExports;
const interpreterFile = 'interpreter.mjs';

let interpreter: Bundle | undefined;

export function bundleDeclaration(declaration: DeclaredJourney): Pick<Bundle, 'directory' | 'file'> {
  interpreter ??= bundledInterpreter();
  const directory = mkdtempSync(path.join(tmpdir(), 'sojourn-declared-'));
  for (const name of readdirSync(interpreter.directory)) {
    copyFileSync(path.join(interpreter.directory, name), path.join(directory, name));
  }
  const file = path.join(directory, 'index.mjs');
  writeFileSync(file, entryOf(declaration));
  return { directory, file };
}

function bundledInterpreter(): Bundle {
  const made = bundleEntry(location.interpreterEntry, { sourceMap: false });
  renameSync(made.file, path.join(made.directory, interpreterFile));
  process.once('exit', () => rmSync(made.directory, { recursive: true, force: true }));
  return made;
}

/** The declaration as a text within a text, because a program and JSON read `__proto__` differently. */
function entryOf(declaration: DeclaredJourney): string {
  const text = JSON.stringify(JSON.stringify(declaration));
  return [
    `import{serveDeclared}from"./${interpreterFile}";`,
    `export const{${journey},${handler}}=serveDeclared(JSON.parse(${text}));`,
    '',
  ].join('\n');
}
