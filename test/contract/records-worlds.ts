/** Every implementation of the records port: one line each. The suite in records.test.ts runs on all of them. */
import { DynamoRecords } from '../../lib/aws/records.js';
import type { Records } from '../../lib/engine/ports.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { openTable } from './dynalite.js';

export interface RecordsWorld {
  readonly records: Records;
  close(): Promise<void>;
}

async function dynalite(): Promise<RecordsWorld> {
  const { client, tableName, close } = await openTable();
  return { records: new DynamoRecords(client, tableName), close };
}

export const recordsWorlds: readonly (readonly [string, () => Promise<RecordsWorld>])[] = [
  ['memory', async () => ({ records: new MemoryRecords(), close: async () => {} })],
  ['DynamoDB (dynalite)', dynalite],
];
