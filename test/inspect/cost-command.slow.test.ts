/** The command `sojourn cost`, as it is typed. */
import { spawnSync } from 'node:child_process';
import { appAssembly, repository } from '../e2e/assembly.js';

let assembly: string;
beforeAll(async () => {
  assembly = await appAssembly();
}, 120_000);

function sojourn(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/sojourn.ts', ...args], {
    cwd: repository,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('prints the bill of so many runs, counted in the sandbox', () => {
  const { status, stdout, stderr } = sojourn(
    'cost',
    '--journey',
    'activation',
    '--runs',
    '2000000',
    '--assembly',
    assembly,
  );
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^2,000,000 runs of activation, 50 % of them matched\n/);
  expect(stdout).toMatch(/^all in +\$12\.\d\d$/m);
});

test.each([
  ['no journey is named', [], 'cost needs a journey. Fix: --journey <id>'],
  [
    'a share is above one',
    ['--journey', 'activation', '--matched', '1.5'],
    '--matched must be a number from 0 to 1. Got: 1.5',
  ],
  [
    'a share is no number',
    ['--journey', 'activation', '--matched', 'half'],
    '--matched must be a number from 0 to 1. Got: half',
  ],
  ['the number of runs is none', ['--journey', 'activation', '--runs', '-1'], 'Option'],
])('fails with exit code 2 when %s', (_what, args, message) => {
  const { status, stdout, stderr } = sojourn('cost', ...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

test('fails with exit code 1 when the file of events is not there', () => {
  const { status, stderr } = sojourn(
    'cost',
    '--journey',
    'activation',
    '--assembly',
    assembly,
    '--events',
    'no-such.json',
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/there is no file .*no-such\.json\. Fix: write one/);
});
