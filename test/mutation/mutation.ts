/**
 * `npm run mutation [-- --only decide,look]`: mutation testing of lib/engine.
 *
 * Owns: a copy of the code in a temporary folder with every mutant in it (Stryker's instrumenter: one is switched on at a
 * time), and the process in which they meet the tests (killers.ts). Prints the score per file and every survivor.
 * Invariant: the working tree is not changed. Whether a survivor is explained in docs/mutation-testing.md is for a person to judge.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { type BuildOptions, build } from 'esbuild';
import { copyOf } from './broken-copy.js';
import type { Verdict } from './killers.js';
import { messages } from './messages.js';
import { type Judged, reportOf } from './report.js';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const root = process.cwd();
const copied = [
  'lib',
  'test/engine',
  'test/memory',
  'test/sim',
  'test/hostile',
  'test/mutation',
  'package.json',
  'tsconfig.json',
];
const testFolders = ['test/engine', 'test/memory'];
/** No verdict for so long: a loop without end that the switch has not ended. */
const stuckMs = 60_000;
const beganMs = Date.now();

/** The names by which instrumented code calls the switch. */
function headerOf(copy: string, file: string): string {
  const to = path.relative(path.dirname(file), path.join(copy, 'test/mutation/switch.js'));
  return `import { isActive as stryMutAct_9fa48, meets as stryCov_9fa48 } from '${to}';\n`;
}

type Mutant = Awaited<ReturnType<Instrumenter['instrument']>>['mutants'][number];

async function instrument(copy: string): Promise<{ mutants: readonly Mutant[]; code: ReadonlyMap<string, string> }> {
  const only = values.only === '' ? undefined : values.only.split(',').map((name) => `${name}.ts`);
  const all = readdirSync(path.join(copy, 'lib/engine'), { recursive: true, encoding: 'utf8' });
  const names = all.filter((name) => name.endsWith('.ts') && (only?.includes(path.basename(name)) ?? true));
  const quiet = { debug() {}, info() {}, isDebugEnabled: () => false } as unknown as ConstructorParameters<
    typeof Instrumenter
  >[0];
  const sources = names.map((name) => {
    const file = path.join(copy, 'lib/engine', name);
    return { name: file, mutate: true, content: readFileSync(file, 'utf8') };
  });
  const options = { ignorers: [messages], excludedMutations: [], plugins: null, noHeader: true };
  const { files, mutants } = await new Instrumenter(quiet).instrument(sources, options);
  return {
    mutants: mutants
      .filter(({ status }) => status !== 'Ignored')
      .map((mutant) => ({ ...mutant, fileName: path.relative(copy, mutant.fileName) })),
    code: new Map(files.map(({ name, content }) => [name, `${headerOf(copy, name)}${content}`])),
  };
}

async function bundle(copy: string, code: ReadonlyMap<string, string>): Promise<void> {
  const inFolder = (folder: string) => readdirSync(path.join(copy, folder)).map((name) => `./${folder}/${name}`);
  const tests = testFolders.flatMap(inFolder).filter((file) => file.endsWith('.test.ts') && !file.includes('.slow.'));
  const lines = [...tests, './test/mutation/slice.ts'].map((file) => `import '${file}';\n`);
  writeFileSync(path.join(copy, 'tests.ts'), `${lines.join('')}export { board } from './test/mutation/switch.ts';\n`);
  for (const learns of [true, false]) await bundleTests(copy, code, learns);
  await build({ ...bundling(copy), entryPoints: ['test/mutation/killers.ts'], outfile: 'killers.mjs' });
}

async function bundleTests(copy: string, code: ReadonlyMap<string, string>, learns: boolean): Promise<void> {
  await build({
    ...bundling(copy),
    // Only a test of the memory world asks for its folder, to start a process of its own.
    define: { learns: String(learns), __dirname: JSON.stringify(path.join(copy, 'test/memory')) },
    minifySyntax: true,
    // Tests are imported for their effects; package.json says that the product never is.
    ignoreAnnotations: true,
    // The files of the copy stay as they are, for the process that a test starts.
    plugins: [
      {
        name: 'instrumented',
        setup: ({ onLoad }) =>
          onLoad({ filter: /engine/ }, ({ path: file }) => {
            const contents = code.get(file);
            return contents === undefined ? undefined : { contents, loader: 'ts' };
          }),
      },
    ],
    entryPoints: ['tests.ts'],
    outfile: learns ? 'learns.mjs' : 'judges.mjs',
  });
}

function bundling(copy: string): BuildOptions {
  return {
    absWorkingDir: copy,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  };
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
  const child = spawn(process.execPath, ['killers.mjs'], {
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

os.setPriority(10);
const ofWhat = commit();
const copy = copyOf(copied);
try {
  const { mutants, code } = await instrument(copy);
  await bundle(copy, code);
  const judged = await judgeAll(copy, mutants);
  for (const line of reportOf(judged, (file) => readFileSync(path.join(root, file), 'utf8'))) console.log(line);
  console.log(`${mutants.length} mutants, ${ofWhat}, ${Math.round((Date.now() - beganMs) / 1_000)} s`);
} finally {
  rmSync(copy, { recursive: true });
}
