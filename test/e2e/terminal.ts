/**
 * A terminal for the tests: runs the command `sojourn` (or npm) as a child process, from any directory.
 *
 * Owns: the child's life and what it printed; every child is ended after its test. Must not know: what a test expects.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from './assembly.js';

const loader = pathToFileURL(createRequire(__filename).resolve('tsx')).href;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface Running {
  /** @returns the first match in what it printed to stdout. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** CPU time that it and its ended children took so far; undefined where the system does not tell. */
  cpuMs(): number | undefined;
  /** Closes this end of its stdout. */
  readNoMore(): void;
  readonly ended: Promise<Ended>;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts `sojourn <args>` in a directory (default: the repository). */
export function sojourn(args: readonly string[], cwd: string = repository): Running {
  return run(process.execPath, ['--import', loader, path.join(repository, 'bin/sojourn.ts'), ...args], cwd);
}

export function run(command: string, args: readonly string[], cwd: string = repository): Running {
  const startedAt = performance.now();
  const { JEST_WORKER_ID: _, NODE_ENV: __, ...env } = process.env;
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let [stdout, stderr] = ['', ''];
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const listener of listeners) listener();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr, tookMs: performance.now() - startedAt }));
  });
  const printed = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(stdout);
        if (found === null) return;
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      look();
      void ended.then(({ code }) => reject(new Error(`ended with ${code} before ${pattern}: ${stdout}${stderr}`)));
    });
  return {
    printed,
    ended,
    cpuMs: () => cpuMsOf(child.pid),
    signal: (name) => child.kill(name),
    readNoMore: () => child.stdout.destroy(),
  };
}

/** Linux: /proc/<pid>/stat, fields 14 to 17, in ticks of 10 ms. */
function cpuMsOf(pid: number | undefined): number | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}
