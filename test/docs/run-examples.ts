/**
 * Runs examples of a page, each in a process of its own, as a user would: `node --import tsx <module>` in the repository's
 * folder. Owns: where their modules lie for so long (.sojourn/examples), and that each says where it failed.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../tidy/source.js';
import { type Example, runnable, shownIn } from './examples.js';

const run = promisify(execFile);
const oneMs = 120_000;

/** What every example finds: `shown` in place of a console.log that says what it logs. */
const beginning = path.join(repository, 'test/docs/shown.ts');

/** @returns one text for an example that fails: where, and what it said. */
export async function runExample(example: Example): Promise<string[]> {
  const parent = path.join(repository, '.sojourn/examples');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(path.join(parent, 'example-'));
  try {
    const file = path.join(directory, `${example.page.replaceAll('/', '-')}-line-${example.line}.ts`);
    writeFileSync(file, runnable(example));
    const lines = shownIn(example.text).map(({ line }) => line);
    const env = { ...process.env, TMPDIR: directory, SHOWN_LINES: lines.join(','), AWS_REGION: 'us-east-1' };
    const args = ['--import', 'tsx', '--import', beginning, file];
    await run(process.execPath, args, { cwd: repository, env, timeout: oneMs });
    return [];
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const said = (stderr || message).replaceAll(directory, '').trim();
    return [`${example.page}, the example of line ${example.line}:\n${said.slice(0, 4_000)}`];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
