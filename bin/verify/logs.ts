/**
 * The functions' logs in CloudWatch: when they were invoked, how long they took, how much they wrote.
 *
 * Owns: the shape of Lambda's own lines (START, REPORT). Knows nothing of what a journey logs.
 */
import type { Account } from './account.js';
import type { DeployedStack } from './deployment.js';
import { pause } from './pause.js';

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

const pollMs = 2_000;
/** CloudWatch Logs shows a line seconds after it was written. */
const shownWithinMs = 60_000;
/** CloudWatch Logs bills this much beside the text of each line. */
const lineOverheadBytes = 26;

/** @returns when the journey's function was started since then, as soon as `least` are there (or not in time). */
export async function startsOf(
  account: Account,
  stack: DeployedStack,
  journey: string,
  { sinceMs, least, patienceMs = shownWithinMs }: { sinceMs: number; least: number; patienceMs?: number },
): Promise<number[]> {
  const untilMs = Date.now() + patienceMs;
  while (true) {
    const events = await linesOf(account, stack.id('AWS::Logs::LogGroup', `${journey}Log`), sinceMs);
    const startsMs = events.filter(({ message }) => message.startsWith('START ')).map(({ timestamp }) => timestamp);
    if (startsMs.length >= least || Date.now() > untilMs) return startsMs;
    await pause(pollMs);
  }
}

export interface Invocations {
  readonly count: number;
  readonly billedMs: number;
  readonly logBytes: number;
}

/** All that the functions of the stack did since then. */
export async function invocationsOf(account: Account, stack: DeployedStack, sinceMs: number): Promise<Invocations> {
  const groups = stack.ids('AWS::Logs::LogGroup');
  const events = (await Promise.all(groups.map((group) => linesOf(account, group, sinceMs)))).flat();
  const reports = events.flatMap(
    ({ message }) => /^REPORT .*Billed Duration: (\d+(?:\.\d+)?) ms/s.exec(message)?.[1] ?? [],
  );
  return {
    count: reports.length,
    billedMs: reports.reduce((sum, ms) => sum + Number(ms), 0),
    logBytes: events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + lineOverheadBytes, 0),
  };
}

async function linesOf(account: Account, group: string, sinceMs: number): Promise<LogEvent[]> {
  const page = ['--log-group-name', group, '--start-time', String(sinceMs)];
  const { events } = await account.cli<{ events: LogEvent[] }>('logs', 'filter-log-events', ...page);
  return events;
}
