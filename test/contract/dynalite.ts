/**
 * A DynamoDB dialect in this process, on a random loopback port: expression strings are parsed and judged for real. The
 * contract runs as well on any other one, or on the service itself, whose endpoint SOJOURN_TEST_DYNAMODB names.
 */
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => Server;

export interface LocalTable {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly endpoint: string;
  close(): Promise<void>;
}

export const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test' };

export async function openTable(): Promise<LocalTable> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials });
  const tableName = 'hub';
  await createTable(client, tableName, ['pk', 'sk']);
  return {
    client,
    tableName,
    endpoint,
    close: async () => {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A table for one test run on an endpoint elsewhere, with the credentials of the environment. */
export async function openRemoteTable(endpoint: string): Promise<LocalTable> {
  const client = new DynamoDBClient({ endpoint });
  const tableName = `sojourn-contract-${Date.now()}`;
  await createTable(client, tableName, ['pk', 'sk']);
  await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName: tableName });
  return {
    client,
    tableName,
    endpoint,
    close: async () => {
      await client.send(new DeleteTableCommand({ TableName: tableName }));
      client.destroy();
    },
  };
}

export async function createTable(client: DynamoDBClient, tableName: string, key: readonly [string, string]) {
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: key.map((name) => ({ AttributeName: name, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: key[0], KeyType: 'HASH' },
        { AttributeName: key[1], KeyType: 'RANGE' },
      ],
    }),
  );
}
