/**
 * `npm run verify:cli`: every command of docs/aws-cli.md, run by a shell with the real AWS CLI against a sandbox.
 *
 * Owns: reading the page, running its blocks in one shell, comparing what they answer with what the page says. Skips, and
 * says why, where there is no Python. Options: --assembly <folder> takes one that is synthesized already.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { synthesize } from '../../bin/command/synthesize.js';
import { runToEnd } from '../../bin/verify/command.js';
import { pythonTools } from '../../bin/verify/python.js';
import { inspector } from '../../lib/inspect/inspector.js';
import { startSandbox } from '../../lib/sandbox/index.js';
import { differenceOf, type PageBlock, readBlocks } from './page-blocks.js';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const pageUrl = 'http://127.0.0.1:4010';
const timeoutMs = 300_000;

async function cliFolder(): Promise<string | undefined> {
  if (process.env.AWS_CLI !== undefined) return path.dirname(process.env.AWS_CLI);
  const found = await pythonTools(path.join(repository, '.sojourn/emulator'));
  if (found.status === 'found') return path.dirname(found.tools.aws);
  console.log(`SKIPPED: ${found.why}`);
  return undefined;
}

/** One shell for all, so that a block sees the variables of those before it. */
function scriptOf(blocks: readonly PageBlock[], url: string, marker: string): string {
  return blocks.map(({ commands }) => `${commands.replaceAll(pageUrl, url)}\necho "${marker}"`).join('\n');
}

async function answersOf(blocks: readonly PageBlock[], url: string, folder: string): Promise<string[]> {
  const home = mkdtempSync(path.join(tmpdir(), 'sojourn-cli-'));
  const marker = '== end of a block ==';
  const environment = { PATH: `${folder}:${process.env.PATH}`, HOME: home, AWS_PAGER: '', LC_ALL: 'C.UTF-8' };
  try {
    const script = `exec 2>&1\n${scriptOf(blocks, url, marker)}`;
    const { stdout } = await runToEnd('bash', ['-c', script], { environment, timeoutMs, cwd: home });
    return stdout.split(`${marker}\n`).map((text) => text.trim());
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function verify(): Promise<number> {
  const folder = await cliFolder();
  if (folder === undefined) return 0;
  const given = process.argv.indexOf('--assembly');
  const outDir = '.sojourn/cli';
  const options = { projectDir: repository, outDir, context: { sender: 'shop@example.com' }, verbose: false };
  const assemblyDir = given > 0 ? path.resolve(process.argv[given + 1]!) : await synthesize(options);
  const blocks = readBlocks(readFileSync(path.join(repository, 'docs/aws-cli.md'), 'utf8'));
  const sandbox = await startSandbox({ assemblyDir, port: 0, clock: { mode: 'frozen' }, inspector: inspector() });
  let failed = 0;
  try {
    const answers = await answersOf(blocks, sandbox.url, folder);
    for (const [index, block] of blocks.entries()) {
      const title = `line ${block.line}: ${block.commands.split('\n').at(-1)!.trim()}`;
      const difference = differenceOf(block, answers[index] ?? 'no answer: the shell ended before');
      console.log(difference === undefined ? `ok      ${title}` : `FAILED  ${title}\n${difference}`);
      if (difference !== undefined) failed += 1;
    }
  } finally {
    await sandbox.close();
  }
  console.log(`${blocks.length - failed} passed, ${failed} failed`);
  return failed;
}

process.exitCode = (await verify()) === 0 ? 0 : 1;
