/**
 * DynamoDB: the template's tables in an in-process dynalite, every call measured.
 *
 * Owns: creating the tables, forwarding requests, reading consumed units and partition keys from them.
 * Must not know: what the items mean.
 * Invariants: the caller's request and answer keep their bytes' meaning: consumed capacity is asked for by us, and taken
 * out of the answer again if the caller did not ask. Nothing is persisted.
 */

import { EventEmitter } from 'node:events';
import dynalite from 'dynalite';
import type { Call } from '../ledger.js';
import { recordOf } from '../template/properties.js';
import type { TableResource } from '../template/resources.js';
import { writeUnitsOf } from './item-size.js';

export interface TableAnswer {
  readonly status: number;
  readonly body: string;
  readonly call: Call;
}

type Json = Record<string, unknown>;

/** What a request needs for dynalite to look at it; signatures are not checked. */
const headers: Readonly<Record<string, string>> = {
  'content-type': 'application/x-amz-json-1.0',
  authorization:
    'AWS4-HMAC-SHA256 Credential=sandbox/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20200101T000000Z',
};

const measured: ReadonlySet<string> = new Set([
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'Query',
  'Scan',
  'BatchGetItem',
  'BatchWriteItem',
]);
const reads: ReadonlySet<string> = new Set(['GetItem', 'Query', 'Scan', 'BatchGetItem']);

export class TableService {
  private readonly server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  private readonly partitionKeys = new Map<string, string>();
  private readonly tables: TableResource[] = [];

  /** Makes those that are not there yet; the others keep what they hold. */
  async add(tables: readonly TableResource[]): Promise<void> {
    const added = tables.filter(({ name }) => !this.partitionKeys.has(name));
    this.tables.push(...added);
    for (const { createTable, name, partitionKey } of added) {
      this.partitionKeys.set(name, partitionKey);
      const { status, body } = await this.forward('CreateTable', JSON.stringify(createTable));
      if (status !== 200) throw new Error(`table ${name} cannot be made: ${body}`);
    }
    // A new table takes a turn to become ACTIVE, even without delay.
    for (const { name } of added) await this.untilActive(name);
  }

  async answer(operation: string, body: string): Promise<TableAnswer> {
    const input = parse(body);
    const asked = input?.ReturnConsumedCapacity !== undefined && input.ReturnConsumedCapacity !== 'NONE';
    const measurable = input !== undefined && measured.has(operation);
    const sent = measurable && !asked ? JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' }) : body;
    const { status, body: answered } = await this.forward(operation, sent);
    const partition = input === undefined ? undefined : this.partitionOf(operation, input);
    if (!measurable) return { status, body: answered, call: { service: 'dynamodb', operation, partition } };
    const output = parse(answered) ?? {};
    const units = status === 200 ? unitsOf(output) : await this.unitsOfRefusal(output, input);
    const consumed = reads.has(operation) ? { readUnits: units } : { writeUnits: units };
    const call: Call = { service: 'dynamodb', operation, partition, ...consumed };
    if (asked || output.ConsumedCapacity === undefined) return { status, body: answered, call };
    const { ConsumedCapacity: _, ...rest } = output;
    return { status, body: JSON.stringify(rest), call };
  }

  private async untilActive(name: string): Promise<void> {
    while (true) {
      const { body } = await this.forward('DescribeTable', JSON.stringify({ TableName: name }));
      if (recordOf(parse(body)?.Table).TableStatus === 'ACTIVE') return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Hands a request to dynalite's own handler, without a socket in between. */
  private forward(operation: string, body: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve) => {
      const target = { 'x-amz-target': `DynamoDB_20120810.${operation}` };
      const request = Object.assign(new EventEmitter(), {
        method: 'POST',
        url: '/',
        headers: { ...headers, ...target },
      });
      const response = {
        statusCode: 200,
        setHeader: () => undefined,
        end: (text: string | undefined) => resolve({ status: response.statusCode, body: text ?? '' }),
      };
      this.server.emit('request', request, response);
      request.emit('data', Buffer.from(body));
      request.emit('end');
    });
  }

  /**
   * A refused condition is charged too, by the larger of the item that is there and the one that was to be put. (What an
   * update would have made of it is not known here: for an update this is the item that is there.)
   */
  private async unitsOfRefusal(output: Json, input: Json): Promise<number> {
    if (!String(output.__type).endsWith('ConditionalCheckFailedException')) return 0;
    const key = input.Key ?? this.keyOf(input);
    const get = JSON.stringify({ TableName: input.TableName, Key: key, ConsistentRead: true });
    const { body } = await this.forward('GetItem', get);
    return Math.max(writeUnitsOf(input.Item), writeUnitsOf(parse(body)?.Item));
  }

  private keyOf(input: Json): Json {
    const table = this.tables.find(({ name }) => name === tableNameOf(input));
    const schema = (table?.createTable.KeySchema ?? []) as readonly { readonly AttributeName: string }[];
    const item = recordOf(input.Item);
    return Object.fromEntries(schema.map(({ AttributeName: name }) => [name, item[name]]));
  }

  private partitionOf(operation: string, input: Json): string | undefined {
    const name = this.partitionKeys.get(tableNameOf(input));
    if (name === undefined) return undefined;
    const item = operation === 'PutItem' ? recordOf(input.Item) : recordOf(input.Key);
    return scalar(item[name]) ?? partitionOfCondition(input, name);
  }
}

/** TableName may be an ARN. */
function tableNameOf(input: Json): string {
  return String(input.TableName).split('/').pop()!;
}

/** `#pk = :pk` in a Query's key condition, wherever it stands. */
function partitionOfCondition(input: Json, name: string): string | undefined {
  if (typeof input.KeyConditionExpression !== 'string') return undefined;
  const names = recordOf(input.ExpressionAttributeNames);
  const values = recordOf(input.ExpressionAttributeValues);
  for (const [, path, placeholder] of input.KeyConditionExpression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)) {
    if ((names[path!] ?? path) === name) return scalar(values[placeholder!]);
  }
  return undefined;
}

function scalar(attribute: unknown): string | undefined {
  const { S, N, B } = recordOf(attribute);
  const value = S ?? N ?? B;
  return typeof value === 'string' ? value : undefined;
}

function unitsOf(output: Json): number {
  const consumed = Array.isArray(output.ConsumedCapacity) ? output.ConsumedCapacity : [output.ConsumedCapacity];
  return consumed.reduce((sum: number, one: unknown) => sum + Number(recordOf(one).CapacityUnits ?? 0), 0);
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
