/** What a person did wrong: one clear line, an exit code that is not 0, no stack trace unless --verbose. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { appAssembly, beforehand, repository } from './assembly.js';
import { type Ended, sojourn } from './terminal.js';

beforehand(appAssembly);

const brokenApp = path.join(repository, 'test/e2e/fixtures/broken-app');
const projects = mkdtempSync(path.join(tmpdir(), 'sojourn-projects-'));
afterAll(() => {
  rmSync(projects, { recursive: true, force: true });
  rmSync(path.join(brokenApp, '.sojourn'), { recursive: true, force: true });
});

let made = 0;
/** A folder with these files. */
function project(files: Readonly<Record<string, string>> = {}): string {
  made += 1;
  const directory = path.join(projects, `project-${made}`);
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text);
  return directory;
}

const stackLine = /^\s+at /m;

/** One line on stderr that says all of this, nothing on stdout. */
function expectOneLine({ code, stdout, stderr }: Ended, says: readonly (string | RegExp)[], exitCode = 1): void {
  expect(stderr).toMatch(/^sojourn: [^\n]+\n$/);
  expect(stderr).not.toMatch(stackLine);
  for (const what of says) expect(stderr).toMatch(what);
  expect(stdout).toBe('');
  expect(code).toBe(exitCode);
}

describe('a port in use', () => {
  let taken: Server;
  let port: string;
  beforeAll(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    port = String((taken.address() as { port: number }).port);
  });
  afterAll(() => new Promise((resolve) => taken.close(resolve)));

  test('fails with one line that names the port; with --verbose the stack comes along', async () => {
    const args = ['dev', '--port', port, '--assembly', await appAssembly()];
    const [plain, verbose] = await Promise.all([sojourn(args).ended, sojourn([...args, '--verbose']).ended]);
    expectOneLine(plain, [`port ${port} is already in use`]);
    expect(verbose.code).toBe(1);
    expect(verbose.stderr).toContain(`port ${port} is already in use`);
    expect(verbose.stderr).toMatch(stackLine);
  });
});

describe('a CDK app that is broken', () => {
  const dev = ['dev', '--port', '0'];
  const cdk = (app: string) => ({ 'cdk.json': JSON.stringify({ app: `node ${app}` }) });

  test('fails with its own error in one line; with --verbose all that it printed', async () => {
    const directory = project({ ...cdk('app.mjs'), 'app.mjs': "throw new Error('the table has no key');" });
    const [plain, verbose] = await Promise.all([
      sojourn(dev, directory).ended,
      sojourn([...dev, '--verbose'], directory).ended,
    ]);
    expectOneLine(plain, ['node app.mjs', 'exit code 1', 'the table has no key', '--verbose']);
    expect(verbose.code).toBe(1);
    expect(verbose.stderr).toMatch(/at file:.*app\.mjs:1/);
  });

  test('fails with one line when it ends without a word, or writes nothing, even where an older assembly lies', async () => {
    const silent = project({ ...cdk('app.mjs'), 'app.mjs': 'process.exit(3);' });
    const idle = project({ ...cdk('app.mjs'), 'app.mjs': '' });
    mkdirSync(path.join(idle, '.sojourn/dev'), { recursive: true });
    writeFileSync(path.join(idle, '.sojourn/dev/manifest.json'), '{}');
    const [exited, wroteNothing] = await Promise.all([sojourn(dev, silent).ended, sojourn(dev, idle).ended]);
    expectOneLine(exited, ['exit code 3', 'said nothing']);
    expectOneLine(wroteNothing, ['wrote no assembly', 'app.synth()']);
  });

  test.each([
    [
      'does not load',
      'journeys/throws.ts',
      ['journeys/throws.ts', 'does not load', 'the price list is missing', 'Fix:'],
    ],
    ['exports no journey', 'journeys/no-journey.ts', ['journeys/no-journey.ts', 'does not export journey', 'Fix:']],
    ['cannot work', 'journeys/impossible.ts', ['journeys/impossible.ts', 'maxDuration', '10y', 'Fix:']],
    ['is not there', 'journeys/nowhere.ts', ['journeys/nowhere.ts', 'is not there', 'Fix:']],
  ])('fails with one line for a journey whose file %s', async (_, entry, says) => {
    expectOneLine(await sojourn([...dev, '-c', `entry=${entry}`], brokenApp).ended, says);
  });

  test('fails with one line for a journey whose file is no TypeScript', async () => {
    const entry = path.join(project({ 'journey.ts': 'export const journey = ;' }), 'journey.ts');
    expectOneLine(await sojourn([...dev, '-c', `entry=${entry}`], brokenApp).ended, [
      'cannot be bundled',
      'journey.ts:1:',
      'Fix:',
    ]);
  });
});

describe('a folder that is no CDK project', () => {
  test.each([
    ['no cdk.json', {}, ['there is no cdk.json', 'Fix:']],
    ['a cdk.json that is no JSON', { 'cdk.json': '{"app":' }, ['cdk.json is no JSON']],
    ['a cdk.json without an app', { 'cdk.json': '{}' }, ['cdk.json has no "app"', 'Fix:']],
    ['a cdk.json that is null', { 'cdk.json': 'null' }, ['cdk.json has no "app"', 'Fix:']],
  ])('fails with one line for %s', async (_, files, says) => {
    expectOneLine(await sojourn(['dev', '--port', '0'], project(files as Record<string, string>)).ended, says);
  });

  test('fails with one line for an --assembly that is not there, or is none', async () => {
    const folder = project({ 'manifest.json': '{"artifacts":{}}' });
    const torn = project({ 'manifest.json': '{"artifacts":' });
    const [absent, empty, broken] = await Promise.all(
      ['nowhere', folder, torn].map((one) => sojourn(['dev', '--port', '0', '--assembly', one]).ended),
    );
    expectOneLine(absent!, ['there is no synthesized assembly', 'nowhere', 'Fix:']);
    expectOneLine(empty!, ['holds no stack', 'cdk synth']);
    expectOneLine(broken!, ['manifest.json cannot be read']);
  });
});

test('fails with exit code 2 and one line for a command line that it does not understand', async () => {
  const lines: [string[], string[]][] = [
    [
      ['dev', '--port', '70000'],
      ['--port', '65535', '70000'],
    ],
    [
      ['dev', '--clock', 'slow'],
      ['--clock', 'running or frozen', 'slow'],
    ],
    [['dev', '--bogus'], ["Unknown option '--bogus'"]],
    [['develop'], ['no such command: develop', 'Fix:']],
    [
      ['dev', '-c', 'nope'],
      ['-c takes key=value', 'nope'],
    ],
  ];
  const ended = await Promise.all(lines.map(([args]) => sojourn(args).ended));
  for (const [index, one] of ended.entries()) expectOneLine(one, lines[index]![1], 2);
});
