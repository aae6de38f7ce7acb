/**
 * `node --import tsx test/sim/mutate.ts [--runs N] [--only words]`: proves that the simulator and the named tests bite. Each mutation is
 * applied to a copy of the engine in a temporary folder, and looked for by at most N histories and by the tests of test/engine.
 *
 * Exit code 0 when each was given away by both.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { copyOf, withChanges } from '../mutation/broken-copy.js';
import { mutations } from './mutations.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20000' }, only: { type: 'string', default: '' } },
});

/** All that the simulator and the engine's tests need. */
const copied = ['lib', 'test/sim', 'test/engine', 'package.json', 'tsconfig.json', 'jest.config.cjs'];

/** @returns the first seed that gives it away, and what it says. */
function bySimulator(copy: string): string | undefined {
  const args = ['--import', 'tsx', 'test/sim/simulate.ts', '--runs', values.runs, '--jobs', '1'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', maxBuffer: 1e9 });
  return /^Seed (\d+ violates \w+)/m.exec(stdout)?.[1];
}

/** @returns how many named tests fail. */
function byTests(copy: string): number {
  try {
    execFileSync(process.execPath, ['node_modules/jest/bin/jest.js', 'test/engine', '--json', '--silent'], {
      cwd: copy,
      stdio: 'pipe',
    });
    return 0;
  } catch (error) {
    return JSON.parse(String((error as { stdout: Buffer }).stdout)).numFailedTests;
  }
}

const copy = copyOf(copied);
let survivors = 0;
try {
  // Tests that fail anyway give nothing away.
  const failing = byTests(copy);
  if (failing > 0) throw new Error(`${failing} tests of test/engine fail without any mutation: mend them first`);
  for (const mutation of mutations.filter(({ name }) => name.includes(values.only))) {
    const [seed, tests] = withChanges(copy, mutation, () => [bySimulator(copy), byTests(copy)] as const);
    if (seed === undefined || tests === 0) survivors += 1;
    const said = seed === undefined ? `not in ${values.runs}` : `seed ${seed}`;
    process.stdout.write(`${mutation.name.padEnd(62)}${said.padEnd(28)}${tests} named tests\n`);
  }
} finally {
  rmSync(copy, { recursive: true });
}
process.exitCode = survivors === 0 ? 0 : 1;
