/**
 * The pointers port on DynamoDB: items `ptr#<event>#<run>` in the partitions where events come for runs that live elsewhere.
 *
 * Owns: their attributes and the three calls. Knows no journey and takes no decision.
 * Invariants: reads are strongly consistent; nothing is conditional, because name and content of a pointer follow from the run
 * and the channel, and one is deleted only when its run is over, which it stays.
 */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { Pointer, Pointers } from '../engine/ports.js';
import type { Position } from '../engine/stored/event.js';
import { pointerName, pointerPrefix } from '../engine/stored/key.js';
import { Attributes } from './attributes.js';
import { type Item, names, numeric } from './item.js';

/** The run's home: its partition and its position. */
const attributes = { event: 'event', pk: 'home', position: 'position' } as const;

export class DynamoPointers implements Pointers {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly tableName: string,
  ) {}

  //   run:    Put pointer ─▶ show the wait ─▶ look        whichever of the two comes later sees the other:
  //   event:  Put record ─▶ Query pointers ─▶ look there  no wait is missed, wherever they interleave
  async put(pointer: Pointer): Promise<void> {
    const { event, run, expiresAtS } = pointer;
    await this.client.send(
      new PutItemCommand({
        TableName: this.tableName,
        Item: {
          ...keyOf(pointer),
          [attributes.event]: { S: event },
          [attributes.pk]: { S: run.pk },
          [attributes.position]: { S: run.position },
          [names.expiresAtS]: numeric(expiresAtS),
        },
      }),
    );
  }

  async look(
    place: string,
    event: string,
    page: { readonly after?: string; readonly limit?: number },
  ): ReturnType<Pointers['look']> {
    const { Items = [], LastEvaluatedKey } = await this.client.send(
      new QueryCommand({
        TableName: this.tableName,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
        ExpressionAttributeNames: { '#pk': names.pk, '#sk': names.sk },
        ExpressionAttributeValues: { ':pk': { S: place }, ':prefix': { S: pointerPrefix(event) } },
        Limit: page.limit,
        ...(page.after !== undefined && {
          ExclusiveStartKey: { [names.pk]: { S: place }, [names.sk]: { S: page.after } },
        }),
      }),
    );
    const next = LastEvaluatedKey?.[names.sk]?.S;
    return { pointers: Items.map(decodePointer), ...(next !== undefined && { after: next }) };
  }

  //   the run is over ─▶ Delete: it is never active again, so nobody needs the pointer who has not seen that
  async drop(pointer: Pointer): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: this.tableName, Key: keyOf(pointer) }));
  }
}

function keyOf({ place, event, run }: Pointer): Item {
  return { [names.pk]: { S: place }, [names.sk]: { S: pointerName(event, run) } };
}

/** @throws AdapterError ForeignItem */
export function decodePointer(item: Record<string, AttributeValue>): Pointer {
  const from = new Attributes(item);
  return {
    place: from.text(names.pk),
    event: from.text(attributes.event),
    run: { pk: from.text(attributes.pk), position: from.text(attributes.position) as Position },
    expiresAtS: from.number(names.expiresAtS),
  };
}
