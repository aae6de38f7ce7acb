/** Commands end, and what they started ends with them. */
import { CommandFailed, output, runToEnd } from '../../bin/verify/command.js';

const options = { environment: process.env, timeoutMs: 10_000 };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 50 && isAlive(pid); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return !isAlive(pid);
}

/** Starts a process that would live on, tells its id, and waits with it. */
const withChild = `
  const { pid } = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  console.log(pid);
  setInterval(() => {}, 1000);
`;

test('a command that ends well gives what it wrote', async () => {
  expect(await output(process.execPath, ['-e', 'console.log(6 * 7)'], options)).toBe('42\n');
});

test('fails when a command ends badly, with what it said last', async () => {
  const broken = output(process.execPath, ['-e', 'console.error("no such bucket"); process.exit(3)'], options);
  await expect(broken).rejects.toThrow(/exit code 3\nno such bucket/);
});

test('fails when a program is not there', async () => {
  await expect(runToEnd('/no/such/program', [], options)).rejects.toThrow(CommandFailed);
});

test('a command that takes too long is ended with all that it started', async () => {
  const late = runToEnd(process.execPath, ['-e', withChild], { ...options, timeoutMs: 1_000 });
  const error = await late.then(
    () => undefined,
    (reason: unknown) => reason as CommandFailed,
  );
  expect(error?.message).toContain('not over after 1 s');
  expect(await gone(Number(error?.result.stdout.trim()))).toBe(true);
});

test('a command that is stopped is ended with all that it started', async () => {
  const controller = new AbortController();
  const run = runToEnd(process.execPath, ['-e', withChild], { ...options, stopped: controller.signal });
  setTimeout(() => controller.abort(), 1_000);
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason as CommandFailed,
  );
  expect(error?.message).toContain('stopped');
  expect(await gone(Number(error?.result.stdout.trim()))).toBe(true);
});
