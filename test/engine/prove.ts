/**
 * `npm run prove [-- --only words]`: proves that the named tests bite. Each change of `mutations.ts` is made in a copy of the engine
 * in a temporary folder, and exactly the tests that are named there are run on it: each must fail.
 *
 * Exit code 0 when all tests pass on the unchanged copy and each fails with its change; 1 otherwise.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { copyOf, withChanges } from '../mutation/broken-copy.js';
import { proofs, provenFiles } from './mutations.js';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const copied = ['lib', 'test/sim', 'test/engine', 'package.json', 'tsconfig.json', 'jest.config.cjs'];

/** A change that makes a test run for ever proves nothing: it does not say which test would have failed. */
const mostMs = 120_000;

interface JestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

/** @returns title -> passed | failed, of the tests of these titles (all where none is given). */
function runTests(copy: string, titles?: readonly string[]): Map<string, string> {
  const pattern = titles?.map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const files = provenFiles.filter((file) => {
    const text = readFileSync(path.join(copy, file), 'utf8');
    return !titles || titles.some((title) => text.includes(title));
  });
  const jest = [path.join('node_modules', 'jest', 'bin', 'jest.js'), '--json', '--silent', '--runInBand'];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...jest, ...(pattern === undefined ? [] : ['--testNamePattern', pattern]), '--runTestsByPath', ...files],
    { cwd: copy, encoding: 'utf8', maxBuffer: 1e9, timeout: mostMs, killSignal: 'SIGKILL' },
  );
  const start = stdout.indexOf('{');
  if (start < 0) throw new Error(`jest gave no report within ${mostMs} ms: ${stderr.slice(-2_000)}`);
  const report = JSON.parse(stdout.slice(start)) as JestReport;
  const broken = report.testResults.find(({ assertionResults }) => assertionResults.length === 0);
  if (broken) throw new Error(`a test file does not load: ${broken.message}`);
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  return new Map(results.filter(({ status }) => status !== 'pending').map(({ title, status }) => [title, status]));
}

function main(): number {
  const copy = copyOf(copied);
  try {
    const unchanged = runTests(copy);
    const wrong = [...unchanged].filter(([, status]) => status !== 'passed').map(([title]) => title);
    if (wrong.length > 0) throw new Error(`these fail without any change: ${wrong.join('; ')}`);
    let [bites, silent] = [0, 0];
    for (const proof of proofs.filter(({ name, tests }) => `${name} ${tests.join(' ')}`.includes(values.only))) {
      const results = withChanges(copy, proof, () => runTests(copy, proof.tests));
      process.stdout.write(`${proof.name} (${proof.file})\n`);
      for (const title of proof.tests) {
        const failed = results.get(title) === 'failed';
        if (failed) bites += 1;
        else silent += 1;
        process.stdout.write(`  ${failed ? 'fails' : 'DOES NOT BITE'}  ${title}\n`);
      }
    }
    process.stdout.write(`${unchanged.size} named tests pass unchanged; ${bites} of ${bites + silent} proofs bite\n`);
    return silent === 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

process.exitCode = main();
