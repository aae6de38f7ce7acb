/** What the records port on DynamoDB does beyond the contract: service pages, foreign items, sizes, saved reads. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { runItem } from '../../lib/aws/item.js';
import { DynamoRecords } from '../../lib/aws/records.js';
import type { Position } from '../../lib/engine/stored/event.js';
import { at, cart, lease, record, run, second, tenMs } from '../contract/documents.js';
import { credentials, type LocalTable, openTable } from '../contract/dynalite.js';

const from = at('2026-11-01T00:00:00Z');

describe('on a table', () => {
  let table: LocalTable;
  let records: DynamoRecords;
  beforeAll(async () => {
    table = await openTable();
    records = new DynamoRecords(table.client, table.tableName);
  });
  afterAll(() => table.close());

  test('a look without a limit takes one page of the service at a time', async () => {
    const pk = 'big|key|s:1';
    const data = 'x'.repeat(300_000);
    const positions = [1, 2, 3, 4, 5, 6, 7].map((n) => second(n, '1#00#e'));
    for (const position of positions) await records.note(record(pk, position, data), { firstWins: false });
    const pages: Position[][] = [];
    let before: Position | undefined;
    do {
      const page = await records.look(pk, { from, ...(before && { before }) });
      pages.push(page.events.map(({ position }) => position));
      before = page.before;
    } while (before);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat()).toEqual([...positions].reverse());
  });

  test('items that do not begin with a time are outside of every look', async () => {
    const pk = 'mixed|key|s:1';
    await records.begin(run(pk));
    for (const sk of ['ptr#x#y', 'blob#x', '#run', ':x', '~']) {
      await table.client.send(new PutItemCommand({ TableName: 'hub', Item: { pk: { S: pk }, sk: { S: sk } } }));
    }
    expect((await records.look(pk, { from })).runs).toHaveLength(1);
  });

  test('fails with a code when a foreign item lies in the range of a look', async () => {
    const pk = 'foreign|key|s:1';
    const item = { pk: { S: pk }, sk: { S: '2026-11-22T10:00:00Z-profile' } };
    await table.client.send(new PutItemCommand({ TableName: 'hub', Item: item }));
    await expect(records.look(pk, { from })).rejects.toMatchObject({ code: 'ForeignItem' });
  });

  test('a cancellation gives the run its expiry and leaves no other attribute behind', async () => {
    const document = run('ttl|key|s:1', { lease });
    await records.begin(document);
    const { data: _none, ...cancelledBy } = cart.trigger;
    await records.cancel(
      document,
      { by: cart.by, cancelledBy, endedAtMs: tenMs, expiresAtS: 1_799_748_000, floor: false },
      { nonce: lease.nonce },
    );
    const key = { pk: { S: document.pk }, sk: { S: `${document.position}#run` } };
    const { Item } = await table.client.send(new GetItemCommand({ TableName: 'hub', Key: key }));
    expect(Item!.ex).toEqual({ N: '1799748000' });
    expect(Item).toEqual(
      runItem({
        ...document,
        ...{ status: 'cancelled', rev: 2, by: cart.by, cancelledBy, endedAtMs: tenMs, expiresAtS: 1_799_748_000 },
      }),
    );
  });

  test('fails before the call when a document is beyond an item', async () => {
    const { Count: before } = await table.client.send(new ScanCommand({ TableName: 'hub', Select: 'COUNT' }));
    const large = run('large|key|s:1', { output: 'é'.repeat(205_000) });
    await expect(records.begin(large)).rejects.toThrow(/large\|key\|s:1.*4\d{5} bytes.*\[DocumentTooLarge\]/);
    const { Count: after } = await table.client.send(new ScanCommand({ TableName: 'hub', Select: 'COUNT' }));
    expect(after).toBe(before);
  });

  test('a document just within an item is taken by the table', async () => {
    const document = run('fits|key|s:1', { output: 'é'.repeat(204_000) });
    expect(await records.begin(document)).toEqual({ outcome: 'done' });
  });

  test('fails as it is when the table is missing', async () => {
    const missing = new DynamoRecords(table.client, 'nope');
    await expect(missing.commit(run('a|key|s:1'), { rev: 1 })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('on the wire', () => {
  interface Call {
    readonly operation: string;
    readonly body: Record<string, unknown>;
  }
  const refused = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';
  let calls: Call[];
  let answers: Record<string, { readonly status: number; readonly body: object }>;
  let server: Server;
  let client: DynamoDBClient;
  let records: DynamoRecords;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const operation = String(request.headers['x-amz-target']).split('.')[1]!;
      calls.push({ operation, body: JSON.parse(text) });
      const { status, body } = answers[operation]!;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials });
    records = new DynamoRecords(client, 'hub');
  });
  beforeEach(() => {
    calls = [];
  });
  afterAll(async () => {
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test('no read follows a failed condition where the service returns the document with it', async () => {
    const stored = { ...cart, rev: 7, lease };
    answers = { PutItem: { status: 400, body: { __type: refused, message: 'no', Item: runItem(stored) } } };
    expect(await records.commit({ ...cart, rev: 2 }, { rev: 1 })).toEqual({ outcome: 'lost', stored });
    expect(await records.begin(cart)).toEqual({ outcome: 'lost', stored });
    expect(calls.map(({ operation }) => operation)).toEqual(['PutItem', 'PutItem']);
    expect(calls[0]!.body).toMatchObject({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
  });

  test('every read is strongly consistent', async () => {
    answers = {
      Query: { status: 200, body: { Items: [] } },
      PutItem: { status: 400, body: { __type: refused, message: 'no' } },
      GetItem: { status: 200, body: {} },
    };
    await records.look('p', { from });
    await records.commit({ ...cart, rev: 2 }, { rev: 1 });
    expect(calls.map(({ operation, body }) => [operation, body.ConsistentRead])).toEqual([
      ['Query', true],
      ['PutItem', undefined],
      ['GetItem', true],
    ]);
  });

  test('fails with a code when a run was there when it was put, and is gone', async () => {
    answers = {
      PutItem: { status: 400, body: { __type: refused, message: 'no' } },
      GetItem: { status: 200, body: {} },
    };
    await expect(records.begin(cart)).rejects.toMatchObject({ code: 'RecordVanished' });
  });

  test('a page of the service that was cut before its limit says where the next one begins', async () => {
    const last = { pk: { S: 'p' }, sk: { S: '2026-11-22T10:00:05Z#1#00#e#evt' } };
    answers = { Query: { status: 200, body: { Items: [], LastEvaluatedKey: last } } };
    expect(await records.look('p', { from, limit: 8 })).toEqual({ runs: [], events: [], before: second(5, '1#00#e') });
    expect(calls[0]!.body.Limit).toBe(8);
  });
});
