/**
 * Usage -> dollars: what counted calls cost on AWS, line by line, and under which assumptions.
 *
 * Owns: which calls are billed and how, what has to be assumed because no sandbox can measure it. Pure.
 * Invariants: nothing that was counted is dropped: a call that is neither billed, free nor part of something billed is named
 * as unpriced. What an author's own steps do stands beside the sum, never in it.
 */
import { type PricedItem, prices } from './prices.js';

/** As `GET /_sojourn/calls` gives it for a key, or summed over several. */
export interface Tally {
  /** By `service:Operation`; `events:Delivery` and `scheduler:Delivery` are hand-offs to a function. */
  readonly calls: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly invocations: number;
}

/** What only AWS itself could measure. */
export interface Assumptions {
  readonly memoryMiB: number;
  /** Billed for a warm invocation: two or three calls to DynamoDB, one to Scheduler, the rest is waiting for them. */
  readonly billedMs: number;
  /** So many invocations find no warm environment, and are billed this for starting one. */
  readonly coldShare: number;
  readonly coldStartMs: number;
  /** Our own lines, where they were not measured: the bound of an invocation's routine facts. */
  readonly logBytes: number;
  /** Lambda's START, END and REPORT of an invocation. */
  readonly lambdaLogBytes: number;
  /** Logs are kept compressed to this share; the default retention of a Journey is a month. */
  readonly logKeptShare: number;
  readonly logMonths: number;
  /** Whether the table can be restored (the hub's default). */
  readonly backups: boolean;
}

export const assumptions: Assumptions = {
  memoryMiB: 256,
  billedMs: 80,
  coldShare: 0.01,
  coldStartMs: 400,
  logBytes: 350,
  lambdaLogBytes: 250,
  logKeptShare: 0.2,
  logMonths: 1,
  backups: true,
};

export interface Usage {
  /** Events put on the bus, the customer's own included. */
  readonly events: number;
  readonly timersFired: number;
  readonly invocations: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Our own lines; undefined: not measured. */
  readonly logBytes?: number;
  /** What stays in the table, times how long. */
  readonly tableGbMonths?: number;
  /** All other calls. */
  readonly calls: Readonly<Record<string, number>>;
}

export interface BillLine {
  readonly what: string;
  readonly item: PricedItem;
  readonly quantity: number;
  readonly usd: number;
}

export interface Bill {
  /** What happens: events, timers, functions, requests, logs. */
  readonly run: readonly BillLine[];
  /** What stays: the table, its backups, the logs. */
  readonly kept: readonly BillLine[];
  /** What the author's own steps do: beside the sum. */
  readonly steps: readonly BillLine[];
  /** Calls that have no price here. */
  readonly unpriced: Readonly<Record<string, number>>;
  readonly usd: number;
}

const gb = 1e9;

/** Calls that cost nothing, or are billed by what they use (units, deliveries). */
const notBilled = /^(dynamodb:\w+|scheduler:(Create|Delete)Schedule|scheduler:Delivery|events:(Delivery|PutEvents))$/;
/** Calls of steps that have a price here. */
const stepPrices: Readonly<Record<string, PricedItem>> = {
  'ses:SendEmail': 'mail',
  'sqs:SendMessage': 'queueRequest',
  // Of a function that a declared step invokes: its request, without its duration, which nothing here knows.
  'lambda:Invoke': 'lambdaRequest',
};

/**
 * The usage that a tally stands for. An event is taken to have been put for each one delivered, and one for each PutEvents
 * of a step: exact for one journey, and more than it was where several journeys listen to an event.
 */
export function usageOf({ calls, readUnits, writeUnits, invocations }: Tally): Usage {
  return {
    events: (calls['events:Delivery'] ?? 0) + (calls['events:PutEvents'] ?? 0),
    timersFired: calls['scheduler:Delivery'] ?? 0,
    invocations,
    writeUnits,
    readUnits,
    calls,
  };
}

/** One of each kind, so and so often: 500,000 runs that matched and 500,000 that timed out. */
export function mix(parts: readonly { readonly times: number; readonly usage: Usage }[]): Usage {
  const sum = (pick: (usage: Usage) => number): number =>
    parts.reduce((total, { times, usage }) => total + times * pick(usage), 0);
  const names = new Set(parts.flatMap(({ usage }) => Object.keys(usage.calls)));
  const measured = parts.every(({ usage }) => usage.logBytes !== undefined);
  return {
    events: sum((usage) => usage.events),
    timersFired: sum((usage) => usage.timersFired),
    invocations: sum((usage) => usage.invocations),
    writeUnits: sum((usage) => usage.writeUnits),
    readUnits: sum((usage) => usage.readUnits),
    ...(measured && { logBytes: sum((usage) => usage.logBytes ?? 0) }),
    tableGbMonths: sum((usage) => usage.tableGbMonths ?? 0),
    calls: Object.fromEntries([...names].map((name) => [name, sum((usage) => usage.calls[name] ?? 0)])),
  };
}

export function billOf(usage: Usage, assumed: Assumptions = assumptions): Bill {
  const run = runLines(usage, assumed);
  const kept = keptLines(usage, assumed);
  const others = Object.entries(usage.calls).filter(([call]) => !notBilled.test(call));
  return {
    run,
    kept,
    steps: others.flatMap(([call, count]) => {
      const item = stepPrices[call];
      return item === undefined ? [] : [line(call, item, count)];
    }),
    unpriced: Object.fromEntries(others.filter(([call]) => stepPrices[call] === undefined)),
    usd: totalOf([...run, ...kept]),
  };
}

/**
 * What a hub costs in a month in which nothing happens: its alarm, and Lambda asks the queues of the redriver for messages all the time, with
 * five long polls of 20 seconds each (how it is known to poll; not documented). It is inside SQS's free tier.
 */
export function idleBill(): BillLine[] {
  const [queues, polls, pollS, monthS] = [3, 5, 20, (365.25 / 12) * 86_400];
  return [
    line('polls of the redriver’s queues', 'queueRequest', (queues * polls * monthS) / pollS),
    line('alarm of its dead letters', 'alarmMonth', 1),
  ];
}

export function totalOf(lines: readonly BillLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}

function runLines(usage: Usage, assumed: Assumptions): BillLine[] {
  const memoryGb = assumed.memoryMiB / 1_024;
  const warmS = (usage.invocations * assumed.billedMs) / 1_000;
  const coldS = (usage.invocations * assumed.coldShare * assumed.coldStartMs) / 1_000;
  return [
    line('events', 'customEvent', usage.events),
    line('timers that fire', 'timerFired', usage.timersFired),
    line('invocations', 'lambdaRequest', usage.invocations),
    line('compute', 'lambdaGbSecondArm', memoryGb * warmS),
    line('cold starts', 'lambdaGbSecondArm', memoryGb * coldS),
    line('writes', 'writeUnit', usage.writeUnits),
    line('reads', 'readUnit', usage.readUnits),
    line('logs taken in', 'logGb', logBytesOf(usage, assumed) / gb),
  ];
}

function keptLines(usage: Usage, assumed: Assumptions): BillLine[] {
  const tableGbMonths = usage.tableGbMonths ?? 0;
  const logGbMonths = (logBytesOf(usage, assumed) / gb) * assumed.logKeptShare * assumed.logMonths;
  return [
    line('the table', 'tableGbMonth', tableGbMonths),
    ...(assumed.backups ? [line('its backups', 'backupGbMonth', tableGbMonths)] : []),
    line('logs kept', 'logGbMonth', logGbMonths),
  ];
}

function logBytesOf(usage: Usage, assumed: Assumptions): number {
  const own = usage.logBytes ?? usage.invocations * assumed.logBytes;
  return own + usage.invocations * assumed.lambdaLogBytes;
}

function line(what: string, item: PricedItem, quantity: number): BillLine {
  return { what, item, quantity, usd: quantity * prices[item].usd };
}
