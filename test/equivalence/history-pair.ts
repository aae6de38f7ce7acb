/**
 * Plays one history of the simulator twice, in memory and on a table, and says where the two part.
 *
 * Compared: every call's answer in its order (the first that differs is named), the documents that are left, the verdict
 * and what the simulator counted. Must not know: what a history means; its checks are the simulator's.
 */
import {
  type AttributeValue,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { decodeClaim } from '../../lib/aws/claim-item.js';
import { decodeEvent, decodeRun, isRunItem } from '../../lib/aws/item.js';
import { DynamoRecords } from '../../lib/aws/records.js';
import type { MemoryRecords } from '../../lib/memory/records.js';
import { createTable } from '../contract/dynalite.js';
import { historyOf } from '../sim/generate.js';
import { play, type Verdict } from '../sim/world.js';
import { textOf } from './both-records.js';
import { pagedLike, type StandIn, withStandIn } from './stand-in.js';

export interface Played {
  readonly verdict: Verdict;
  /** What each call took and answered, in order. */
  readonly calls: readonly string[];
  /** Runs, records of events and claims, in one order. */
  readonly documents: readonly string[];
}

export interface Pair {
  readonly calls: number;
  readonly documents: number;
  /** What differs. What the simulator finds in both is the simulator's to tell. */
  readonly fault?: string;
}

export async function playBoth(seed: number, client: DynamoDBClient): Promise<Pair> {
  const memory = await inMemory(seed);
  const table = await onTable(seed, client);
  const fault = differenceOf(memory, table);
  return {
    calls: table.calls.length,
    documents: table.documents.length,
    ...(fault !== undefined && { fault: `seed ${seed}: ${fault}` }),
  };
}

async function inMemory(seed: number): Promise<Played> {
  const worlds = new Set<MemoryRecords>();
  const played = await recorded(seed, ({ records, memory }) => {
    worlds.add(memory);
    return records;
  });
  const documents = [...worlds].flatMap((memory) => [...memory.runs(), ...memory.events(), ...memory.held()]);
  return { ...played, documents: documents.map(textOf).sort() };
}

async function onTable(seed: number, client: DynamoDBClient): Promise<Played> {
  const tableName = `history-${seed}`;
  await createTable(client, tableName, ['pk', 'sk']);
  await active(client, tableName);
  try {
    const records = new DynamoRecords(client, tableName);
    const played = await recorded(seed, ({ memory }) => pagedLike(memory, records));
    return { ...played, documents: (await documentsOf(client, tableName)).sort() };
  } finally {
    await client.send(new DeleteTableCommand({ TableName: tableName }));
  }
}

/** A table takes no writes before it says so. */
async function active(client: DynamoDBClient, tableName: string): Promise<void> {
  while (true) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    if (Table?.TableStatus === 'ACTIVE') return;
  }
}

async function recorded(
  seed: number,
  recordsFor: (own: Parameters<Parameters<typeof withStandIn>[0]>[0]) => StandIn['records'],
): Promise<Omit<Played, 'documents'>> {
  const calls: string[] = [];
  const answered: StandIn['answered'] = (verb, args, answer) =>
    calls.push(`${verb} ${args.map(textOf).join(' ')} -> ${textOf(answer)}`);
  const verdict = await withStandIn(
    (own) => ({ records: recordsFor(own), answered }),
    // The table here has no TTL.
    () => play(historyOf(seed), { keepsAll: true }),
  );
  return { verdict, calls };
}

async function documentsOf(client: DynamoDBClient, tableName: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName, ConsistentRead: true })) {
    texts.push(...Items.map(documentText));
  }
  return texts;
}

function documentText(item: Record<string, AttributeValue>): string {
  if (item.sk?.S === 'claim') return textOf(decodeClaim(item));
  return textOf(isRunItem(item) ? decodeRun(item) : decodeEvent(item));
}

function differenceOf(memory: Played, table: Played): string | undefined {
  if (memory.calls.length === 0) return 'no call was seen: the simulator does not use the records in memory any more';
  const at = memory.calls.findIndex((call, index) => call !== table.calls[index]);
  if (at >= 0) return `call ${at + 1} differs\n  in memory:    ${memory.calls[at]}\n  on the table: ${table.calls[at]}`;
  return (
    unequal('calls', memory.calls, table.calls) ??
    unequal('documents', memory.documents, table.documents) ??
    unequal('verdict', memory.verdict, table.verdict)
  );
}

function unequal(what: string, memory: unknown, table: unknown): string | undefined {
  const [ours, theirs] = [textOf(memory), textOf(table)];
  return ours === theirs ? undefined : `${what} differ\n  in memory:    ${ours}\n  on the table: ${theirs}`;
}
