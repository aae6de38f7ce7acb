/**
 * Reads a hub's table for people: what a run looks like now, which runs there are.
 *
 * Owns: a client for reading, and the reads that the engine never makes (a Scan above all: the functions of journeys may
 * not). Takes no decision and writes nothing. Not part of a handler's bundle.
 */
import { DescribeTableCommand, DynamoDBClient, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import type { EventRecord, RunDocument } from '../engine/stored/document.js';
import type { Position } from '../engine/stored/event.js';
import type { RunRef } from '../engine/stored/key.js';
import { patience } from './clients.js';
import { decodeRun, keyOf, names } from './item.js';
import { DynamoRecords } from './records.js';

/** Where a table is. What is left out comes from the SDK's standard environment variables. */
export interface ReadingAccess {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** All that is on record under one value of a journey's key. */
export interface Partition {
  /** Oldest first, both. */
  readonly runs: readonly RunDocument[];
  readonly events: readonly EventRecord[];
}

/** Below every position. */
const fromTheBeginning = '0' as Position;

export class TableReader {
  private readonly records: DynamoRecords;

  constructor(
    private readonly client: DynamoDBClient,
    private readonly tableName: string,
  ) {
    this.records = new DynamoRecords(client, tableName);
  }

  /** Whether the table has a hub's key; an app may have other tables beside it. */
  async isHub(): Promise<boolean> {
    const { Table } = await this.client.send(new DescribeTableCommand({ TableName: this.tableName }));
    const key = (Table?.KeySchema ?? []).map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`);
    return [`HASH ${names.pk}`, `RANGE ${names.sk}`].every((part) => key.includes(part));
  }

  async run(ref: RunRef): Promise<RunDocument | undefined> {
    const get = new GetItemCommand({ TableName: this.tableName, Key: keyOf(ref, 'run'), ConsistentRead: true });
    const { Item } = await this.client.send(get);
    return Item && decodeRun(Item);
  }

  /** Whether the record of an event is there. */
  async hasEvent(ref: RunRef): Promise<boolean> {
    const get = new GetItemCommand({ TableName: this.tableName, Key: keyOf(ref, 'event'), ConsistentRead: true });
    return (await this.client.send(get)).Item !== undefined;
  }

  /** All runs of a partition, newest first: as many Queries as it has pages. */
  async runsOfPartition(pk: string): Promise<RunDocument[]> {
    return [...(await this.partition(pk)).runs].reverse();
  }

  /** @param from leaves out what is older. */
  async partition(pk: string, from: Position = fromTheBeginning): Promise<Partition> {
    const runs: RunDocument[] = [];
    const events: EventRecord[] = [];
    let before: Position | undefined;
    do {
      const page = await this.records.look(pk, { from, ...(before && { before }) });
      runs.push(...page.runs);
      events.push(...page.events);
      before = page.before;
    } while (before);
    return { runs: runs.reverse(), events: events.reverse() };
  }

  /**
   * Reads the whole table, page by page: it costs what the table holds, whatever is found.
   * @param filter `onPage` is told how many items were read so far.
   */
  async *scan(filter: {
    readonly journey?: string;
    readonly status?: string;
    readonly onPage?: (items: number) => void;
  }): AsyncGenerator<RunDocument> {
    const { journey, status, onPage } = filter;
    let items = 0;
    const conditions = [
      'attribute_exists(#status)', // Records of events have none.
      ...(status === undefined ? [] : ['#status = :status']),
      ...(journey === undefined ? [] : ['begins_with(#pk, :journey)']),
    ];
    const values = {
      ...(status !== undefined && { ':status': { S: status } }),
      ...(journey !== undefined && { ':journey': { S: `${journey}|` } }),
    };
    const pages = paginateScan(
      { client: this.client },
      {
        TableName: this.tableName,
        ConsistentRead: true,
        FilterExpression: conditions.join(' AND '),
        ExpressionAttributeNames: { '#status': names.status, ...(journey !== undefined && { '#pk': names.pk }) },
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
      },
    );
    for await (const { Items = [], ScannedCount = 0 } of pages) {
      items += ScannedCount;
      onPage?.(items);
      yield* Items.map(decodeRun);
    }
  }
}

export function createReadingClient(access: ReadingAccess): DynamoDBClient {
  return new DynamoDBClient({ requestHandler: patience, ...access });
}
