/**
 * What the stack consumed while it was verified: invocations by its logs, units by CloudWatch, or by the recorded calls
 * where CloudWatch does not count them.
 *
 * Owns: how it is counted. The units hold the verification's own reads of the table too.
 */
import type { Account } from './account.js';
import type { Counted } from './bill.js';
import type { DeployedStack } from './deployment.js';
import { invocationsOf } from './logs.js';
import { pause } from './pause.js';

const memoryMiB = 256;
/** CloudWatch shows a table's minutes a few minutes later. */
const metricPatienceMs = 300_000;
const metricPollMs = 20_000;

export interface Played {
  readonly sinceMs: number;
  readonly events: number;
  readonly timers: number;
  readonly mails: number;
}

export async function usageOf(account: Account, stack: DeployedStack, played: Played): Promise<Counted> {
  const { sinceMs, events, timers, mails } = played;
  const { count, billedMs, logBytes } = await invocationsOf(account, stack, sinceMs);
  const units = account.differs('consumed-units')
    ? await recordedUnits(account)
    : await consumedUnits(account, stack.tableName, sinceMs);
  const queueCalls = account.cliCalls.get('sqs') ?? 0;
  return { events, timers, mails, invocations: count, billedMs, memoryMiB, logBytes, queueCalls, ...units };
}

async function consumedUnits(account: Account, tableName: string, sinceMs: number) {
  const untilMs = Date.now() + metricPatienceMs;
  while (true) {
    const [writeUnits, readUnits] = await Promise.all([
      metricSum(account, tableName, 'ConsumedWriteCapacityUnits', sinceMs),
      metricSum(account, tableName, 'ConsumedReadCapacityUnits', sinceMs),
    ]);
    if ((writeUnits > 0 && readUnits > 0) || Date.now() > untilMs) return { writeUnits, readUnits };
    await pause(metricPollMs);
  }
}

async function metricSum(account: Account, tableName: string, metric: string, sinceMs: number): Promise<number> {
  const range = ['--start-time', new Date(sinceMs).toISOString(), '--end-time', new Date().toISOString()];
  const { Datapoints } = await account.cli<{ Datapoints: { Sum: number }[] }>(
    'cloudwatch',
    'get-metric-statistics',
    ...['--namespace', 'AWS/DynamoDB', '--metric-name', metric, '--statistics', 'Sum', '--period', '60', ...range],
    ...['--dimensions', `Name=TableName,Value=${tableName}`],
  );
  return Datapoints.reduce((sum, { Sum }) => sum + Sum, 0);
}

/** One unit a call: the emulator records calls without their sizes, and every item of the stories is below 1 KB. */
async function recordedUnits(account: Account) {
  const [puts, updates, queries, gets] = await Promise.all(
    ['PutItem', 'UpdateItem', 'Query', 'GetItem'].map((name) => recordedCalls(account, name)),
  );
  return { writeUnits: (puts ?? 0) + (updates ?? 0), readUnits: (queries ?? 0) + (gets ?? 0) };
}

interface RecordedCall {
  readonly EventId: string;
  readonly AccessKeyId?: string;
  /** Epoch seconds. */
  readonly EventTime: number;
}

const recordedPage = 50;

/** Of the functions' roles, whose keys are temporary: not the verification's own. */
async function recordedCalls(account: Account, name: string): Promise<number> {
  const calls = new Map<string, RecordedCall>();
  // The emulator has no further pages: each one is asked for by the second in which the one before ended.
  for (let untilS = Math.ceil(Date.now() / 1_000); ; ) {
    const { Events } = await account.cli<{ Events: RecordedCall[] }>(
      'cloudtrail',
      'lookup-events',
      ...['--lookup-attributes', `AttributeKey=EventName,AttributeValue=${name}`, '--end-time', String(untilS)],
    );
    for (const call of Events) calls.set(call.EventId, call);
    if (Events.length < recordedPage) break;
    const oldestS = Math.floor(Math.min(...Events.map(({ EventTime }) => EventTime)));
    untilS = Math.min(untilS - 1, oldestS + 1);
  }
  return [...calls.values()].filter(({ AccessKeyId }) => AccessKeyId?.startsWith('ASIA')).length;
}
