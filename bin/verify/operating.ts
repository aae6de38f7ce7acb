/**
 * The command `sojourn` on the deployed stack, as a person at a terminal has it: a run is started, looked at, explained,
 * cancelled and forgotten.
 *
 * Owns: what is expected of its answers. Knows no SDK: the command finds the stack by its name, with the place's credentials.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Account } from './account.js';
import { runToEnd } from './command.js';
import { stackName } from './deployment.js';
import { pause } from './pause.js';
import { expectSame } from './report.js';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const commandTimeoutMs = 120_000;
/** Cancelled runs are cleaned up after by an invocation of their function. */
const cleanUpTimeoutMs = 60_000;
const pollMs = 2_000;

const journey = ['--journey', 'abandoned-cart'] as const;
const key = 'operated-by-hand';
const data = JSON.stringify({ cart_id: key, user: { email: 'success@simulator.amazonses.com' } });

/** @throws Error that says which answer was another one. */
export async function operate(account: Account): Promise<string> {
  const sojourn = terminalOf(account);
  const { run, id } = await sojourn('start', ...journey, '--data', data);
  const again = await sojourn('start', ...journey, '--data', data, '--id', String(id));
  expectSame('a repeated start', [again.run, again.isNew], [run, false]);
  const shown = await sojourn('show', String(run));
  expectSame('the run', [shown.status, shown.key, namesOf(shown.timers)], ['active', key, ['wait-for-purchase']]);
  await sojourn('dead-letters');
  expectSame('cancelled', (await sojourn('cancel', String(run))).ended, [{ run, outcome: 'cancelled' }]);
  await untilNoTimer(sojourn, String(run));
  const explained = await sojourn('explain', ...journey, '--key', key);
  expectSame('the runs of the key', statusesOf(explained.runs), ['cancelled']);
  const { runs, left } = await sojourn('forget', ...journey, '--key', key, '--yes');
  expectSame('forgotten', [runs, left], [1, []]);
  expectSame('what is left', (await sojourn('runs', ...journey, '--key', key)).runs, []);
  return 'start, show, dead-letters, cancel, explain, forget';
}

export type Terminal = (...words: readonly string[]) => Promise<Record<string, unknown>>;

export function terminalOf({ place }: Account): Terminal {
  return async (...words) => {
    const args = ['--import', 'tsx', path.join(repository, 'bin/sojourn.ts'), ...words];
    const options = { environment: place.environment, timeoutMs: commandTimeoutMs, cwd: repository };
    const shared = ['--json', '--stack', stackName, '--region', place.region];
    const { code, stdout, stderr } = await runToEnd(process.execPath, [...args, ...shared], options);
    if (code !== 0) throw new Error(`sojourn ${words.join(' ')}: exit code ${code}\n${stdout}${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
}

async function untilNoTimer(sojourn: Terminal, run: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < cleanUpTimeoutMs; waitedMs += pollMs) {
    const { timers } = await sojourn('show', run);
    if (namesOf(timers).length === 0) return;
    await pause(pollMs);
  }
  throw new Error(`the timers of ${run} are still there ${cleanUpTimeoutMs / 1_000} s after it was cancelled`);
}

function namesOf(timers: unknown): string[] {
  return (timers as { readonly step: string }[]).map(({ step }) => step);
}

function statusesOf(runs: unknown): string[] {
  return (runs as { readonly status: string }[]).map(({ status }) => status);
}
