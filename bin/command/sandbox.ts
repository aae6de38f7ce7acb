/**
 * The sandbox, loaded only by the commands that run one: its table (dynalite) is an optional dependency, which the commands
 * that ask a deployed stack do without.
 */
import type { Sandbox, SandboxOptions } from '../../lib/sandbox/index.js';
import { Mistake } from './mistake.js';

/** @throws Mistake when the package was installed without its optional dependencies. */
export async function runSandbox(options: SandboxOptions): Promise<Sandbox> {
  return (await load()).startSandbox(options);
}

async function load(): Promise<typeof import('../../lib/sandbox/index.js')> {
  try {
    return await import('../../lib/sandbox/index.js');
  } catch (error) {
    throw withoutTable(error) ?? error;
  }
}

/** What somebody reads who has no dynalite; undefined for any other error. */
export function withoutTable(error: unknown): Mistake | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code !== 'ERR_MODULE_NOT_FOUND' || !/'dynalite'/.test(String(message))) return undefined;
  return new Mistake(
    'the sandbox needs dynalite, an optional dependency of sojourn that is not installed. Fix: npm install -D dynalite, or install without --omit=optional',
  );
}
