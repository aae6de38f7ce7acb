/**
 * Runs other programs: the CDK CLI, the AWS CLI, Python.
 *
 * Owns: child processes, each in a process group of its own, so that what it started ends with it. Knows no program.
 * Invariant: when a command is over (well, badly, too late or stopped), nothing of it runs any more.
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface CommandOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly cwd?: string;
  /** Ends the command. */
  readonly stopped?: AbortSignal | undefined;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandFailed extends Error {
  constructor(
    readonly command: string,
    readonly result: CommandResult,
    why: string,
  ) {
    super(`${command}: ${why}\n${lastLines(`${result.stdout}\n${result.stderr}`, 25)}`);
    this.name = 'CommandFailed';
  }
}

/** @returns what it wrote to its standard output. @throws CommandFailed when it does not end well. */
export async function output(program: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const result = await runToEnd(program, args, options);
  if (result.code === 0) return result.stdout;
  throw new CommandFailed(shown(program, args), result, `exit code ${result.code}`);
}

/** @returns however it ended. @throws CommandFailed when it was stopped, took too long or could not be started. */
export function runToEnd(program: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const { environment, timeoutMs, cwd, stopped } = options;
    const child = spawn(program, args, { env: environment, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk;
      });
    }
    let why: string | undefined;
    const end = (reason: string) => {
      why ??= reason;
      endGroup(child, 'SIGTERM');
    };
    const onStop = () => end('stopped');
    const timer = setTimeout(() => end(`not over after ${timeoutMs / 1_000} s`), timeoutMs);
    stopped?.addEventListener('abort', onStop, { once: true });
    if (stopped?.aborted) onStop();
    const settle = (code: number | null, error?: Error) => {
      clearTimeout(timer);
      stopped?.removeEventListener('abort', onStop);
      const result = { code: code ?? 1, ...text };
      if (error ?? why) reject(new CommandFailed(shown(program, args), result, error?.message ?? why ?? ''));
      else resolve(result);
    };
    child.once('error', (error) => settle(null, error));
    child.once('close', (code) => settle(code));
  });
}

/** Signals a child and all that it started. */
export function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is over already.
  }
}

function shown(program: string, args: readonly string[]): string {
  return [program.split('/').at(-1), ...args].join(' ').slice(0, 200);
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
