/**
 * `npm run mutation [-- --only decide,look]`: mutation testing of lib/engine.
 *
 * Owns: a copy of the code in a temporary folder with every mutant in it (Stryker's instrumenter: one is switched on at a
 * time), and the process in which they meet the tests (killers.ts). Prints the score per file and every survivor.
 * Invariant: the working tree is not changed. Whether a survivor is explained in docs/mutation-testing.md is for a person to judge.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { build } from 'esbuild';
import type { Verdict } from './killers.js';
import { messages } from './messages.js';
import { type Judged, reportOf } from './report.js';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const root = process.cwd();
const copied = ['lib', 'test/engine', 'test/memory', 'test/sim', 'test/mutation', 'package.json', 'tsconfig.json'];
const testFolders = ['test/engine', 'test/memory'];
/** No verdict for so long: a loop without end that no count of hits has ended. */
const stuckMs = 60_000;
const beganMs = Date.now();

type Mutant = Awaited<ReturnType<Instrumenter['instrument']>>['mutants'][number];

function copyTree(): string {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'sojourn-mutation-'));
  for (const part of copied) cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

async function instrument(copy: string): Promise<readonly Mutant[]> {
  const only = values.only === '' ? undefined : values.only.split(',').map((name) => `${name}.ts`);
  const names = readdirSync(path.join(copy, 'lib/engine')).filter((name) => only?.includes(name) ?? true);
  const quiet = { debug() {}, info() {}, isDebugEnabled: () => false } as unknown as ConstructorParameters<
    typeof Instrumenter
  >[0];
  const sources = names.map((name) => {
    const file = path.join(copy, 'lib/engine', name);
    return { name: file, mutate: true, content: readFileSync(file, 'utf8') };
  });
  const options = { ignorers: [messages], excludedMutations: [], plugins: null };
  const { files, mutants } = await new Instrumenter(quiet).instrument(sources, options);
  for (const { name, content } of files) writeFileSync(name, content);
  return mutants.map((mutant) => ({ ...mutant, fileName: path.relative(copy, mutant.fileName) }));
}

async function bundle(copy: string): Promise<void> {
  const inFolder = (folder: string) => readdirSync(path.join(copy, folder)).map((name) => `./${folder}/${name}`);
  const tests = testFolders.flatMap(inFolder).filter((file) => file.endsWith('.test.ts') && !file.includes('.slow.'));
  writeFileSync(
    path.join(copy, 'tests.ts'),
    [...tests, './test/mutation/slice.ts'].map((file) => `import '${file}';\n`).join(''),
  );
  const options = { bundle: true, platform: 'node', format: 'esm', packages: 'external', absWorkingDir: copy } as const;
  // Only a test of the memory world asks for it, to start a process of its own.
  const define = { __dirname: JSON.stringify(path.join(copy, 'test/memory')) };
  await build({ ...options, define, entryPoints: ['tests.ts'], outfile: 'tests.mjs', logLevel: 'warning' });
  await build({ ...options, entryPoints: ['test/mutation/killers.ts'], outfile: 'killers.mjs', logLevel: 'warning' });
}

function verdictsIn(copy: string): Map<string, Verdict> {
  const file = path.join(copy, 'verdicts.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const verdicts = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Verdict);
  return new Map(verdicts.map((verdict) => [verdict.id, verdict]));
}

/** One process, until it is through or stuck. @returns whether it came to its end. */
function killers(copy: string, todo: readonly string[]): Promise<boolean> {
  writeFileSync(path.join(copy, 'todo.json'), JSON.stringify(todo));
  const child = spawn(process.execPath, ['killers.mjs', path.join(copy, 'tests.mjs'), 'verdicts.jsonl', 'todo.json'], {
    cwd: copy,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  let [seen, sinceMs, stuck] = [0, Date.now(), false];
  const watch = setInterval(() => {
    const { size } = verdictsIn(copy);
    if (size > seen) [seen, sinceMs] = [size, Date.now()];
    if (Date.now() - sinceMs < stuckMs) return;
    stuck = true;
    child.kill('SIGKILL');
  }, 2_000);
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => {
      clearInterval(watch);
      if (code === 0 || stuck) resolve(!stuck);
      else reject(new Error(`the process of the tests ended with ${code}`));
    });
  });
}

async function judgeAll(copy: string, mutants: readonly Mutant[]): Promise<Judged[]> {
  while (true) {
    const verdicts = verdictsIn(copy);
    const through = await killers(
      copy,
      mutants.map(({ id }) => id).filter((id) => !verdicts.has(id)),
    );
    if (!through) continue;
    const all = verdictsIn(copy);
    return mutants.map((mutant) => ({ ...mutant, verdict: all.get(mutant.id)! }));
  }
}

/** Of what this was a run. */
function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', ...copied) === '' ? '' : ', with changes that are not committed';
  return `commit ${git('rev-parse', '--short', 'HEAD')}${changed}`;
}

os.setPriority(15);
const ofWhat = commit();
const copy = copyTree();
try {
  const mutants = await instrument(copy);
  await bundle(copy);
  const judged = await judgeAll(copy, mutants);
  for (const line of reportOf(judged, (file) => readFileSync(path.join(root, file), 'utf8'))) console.log(line);
  console.log(`${mutants.length} mutants, ${ofWhat}, ${Math.round((Date.now() - beganMs) / 1_000)} s`);
} finally {
  rmSync(copy, { recursive: true });
}
