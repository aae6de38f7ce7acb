/** Every implementation of the ports on a table: one line each. The suites of records and pointers run on all of them. */
import { DynamoPointers } from '../../lib/aws/pointers.js';
import { DynamoRecords } from '../../lib/aws/records.js';
import type { Pointers, Records } from '../../lib/engine/ports.js';
import { MemoryPointers } from '../../lib/memory/pointers.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { type LocalTable, openRemoteTable, openTable } from './dynalite.js';

export interface RecordsWorld {
  readonly records: Records;
  readonly pointers: Pointers;
  close(): Promise<void>;
}

async function onTable(open: Promise<LocalTable>): Promise<RecordsWorld> {
  const { client, tableName, close } = await open;
  return {
    records: new DynamoRecords(client, tableName),
    pointers: new DynamoPointers(client, tableName),
    close,
  };
}

const remote = process.env.SOJOURN_TEST_DYNAMODB;

export const recordsWorlds: readonly (readonly [string, () => Promise<RecordsWorld>])[] = [
  ['memory', async () => ({ records: new MemoryRecords(), pointers: new MemoryPointers(), close: async () => {} })],
  ['DynamoDB (dynalite)', () => onTable(openTable())],
  ...(remote ? [[`DynamoDB (${remote})`, () => onTable(openRemoteTable(remote))] as const] : []),
];
