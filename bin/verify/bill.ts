/**
 * What a verification costs on AWS: counted calls times the list prices of lib/inspect/prices.ts.
 *
 * Owns: the arithmetic. Pure. Not counted, each below a cent: the assets in S3, metrics, CloudFormation; and the free tier,
 * which would take away nearly all of it.
 */
import { type PricedItem, prices } from '../../lib/inspect/prices.js';

export interface Counted {
  readonly events: number;
  /** Timers that fired; creating and deleting them costs nothing. */
  readonly timers: number;
  readonly mails: number;
  readonly invocations: number;
  readonly billedMs: number;
  readonly memoryMiB: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly logBytes: number;
  readonly queueCalls: number;
}

export interface BillLine {
  readonly what: string;
  readonly dollars: number;
}

export function billOf(counted: Counted): BillLine[] {
  const { events, timers, mails, invocations, billedMs, memoryMiB, writeUnits, readUnits, logBytes, queueCalls } =
    counted;
  const gigabyteSeconds = (billedMs / 1_000) * (memoryMiB / 1_024);
  const line = (item: PricedItem, quantity: number, what: string): BillLine => ({
    what,
    dollars: quantity * prices[item].usd,
  });
  return [
    line('customEvent', events, `${events} events put`),
    line('timerFired', timers, `${timers} timers fired`),
    line('mail', mails, `${mails} mails`),
    line('lambdaRequest', invocations, `${invocations} invocations`),
    line('lambdaGbSecondArm', gigabyteSeconds, `${gigabyteSeconds.toFixed(1)} GB-seconds`),
    line('writeUnit', writeUnits, `${writeUnits} write units`),
    line('readUnit', readUnits, `${readUnits} read units`),
    line('logGb', logBytes / 1e9, `${(logBytes / 1_000).toFixed(1)} KB of logs`),
    line('queueRequest', queueCalls, `${queueCalls} calls of SQS`),
  ];
}

export function billLines(counted: Counted): string[] {
  const lines = billOf(counted);
  const total = lines.reduce((sum, { dollars }) => sum + dollars, 0);
  const row = (what: string, dollars: number) => `  ${what.padEnd(28)} $${dollars.toFixed(6)}`;
  return [...lines.map(({ what, dollars }) => row(what, dollars)), row('in all', total)];
}
