/** Every implementation of the records port: one line each. The suite in records.test.ts runs on all of them. */
import { DynamoRecords } from '../../lib/aws/records.js';
import type { Records } from '../../lib/engine/ports.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { type LocalTable, openRemoteTable, openTable } from './dynalite.js';

export interface RecordsWorld {
  readonly records: Records;
  close(): Promise<void>;
}

async function onTable(open: Promise<LocalTable>): Promise<RecordsWorld> {
  const { client, tableName, close } = await open;
  return { records: new DynamoRecords(client, tableName), close };
}

const remote = process.env.SOJOURN_TEST_DYNAMODB;

export const recordsWorlds: readonly (readonly [string, () => Promise<RecordsWorld>])[] = [
  ['memory', async () => ({ records: new MemoryRecords(), close: async () => {} })],
  ['DynamoDB (dynalite)', () => onTable(openTable())],
  ...(remote ? [[`DynamoDB (${remote})`, () => onTable(openRemoteTable(remote))] as const] : []),
];
