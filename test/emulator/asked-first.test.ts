/** verify:aws makes nothing before it was told where, by whom, and that it is meant. */
import { execFile } from 'node:child_process';
import path from 'node:path';

const repository = path.resolve(__dirname, '../..');
const timeoutMs = 60_000;

/** Without any credentials, so that nothing could be made either way. */
function verifyAws(...args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
  const command = ['--import', 'tsx', 'bin/verify/aws.ts', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: repository, env }, (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });
}

const named = ['--region', 'eu-central-1', '--sender', 'shop@example.com'];

test.each([
  ['no account is named', named, 'an account, a region and a sender must be named'],
  ['the account is no account id', [...named, '--account', 'mine'], '--account is not twelve digits: mine'],
  [
    '--yes is missing',
    [...named, '--account', '123456789012'],
    'this deploys to the account 123456789012 in eu-central-1. Say --yes if you mean it.',
  ],
  ['an option is unknown', ['--force'], "Unknown option '--force'"],
])(
  'fails when %s',
  async (_what, args, said) => {
    const { code, stderr } = await verifyAws(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('    at ');
  },
  timeoutMs,
);
