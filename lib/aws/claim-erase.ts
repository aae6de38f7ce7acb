/**
 * Takes a run out of a place that it holds, so that nothing of it is left there. Not part of a handler's bundle.
 *
 * Invariant: the place of its other holders stays theirs; it is written only over what was read.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { claimWithout, holdersOf, isSame } from '../engine/stored/holders.js';
import type { RunRef } from '../engine/stored/key.js';
import { claimItem, claimKey, decodeClaim, heldAs } from './claim-item.js';

//   eraser ── Get, then Delete or Put IF held as seen ─▶ erased
//   another trigger of the value takes it in between ── Delete or Put IF held as seen ─▶ refused: it is read anew
export async function eraseClaim(
  { client, tableName }: { readonly client: DynamoDBClient; readonly tableName: string },
  pk: string,
  run: RunRef,
): Promise<void> {
  const place = { TableName: tableName, Key: claimKey(pk) };
  while (true) {
    const { Item } = await client.send(new GetItemCommand({ ...place, ConsistentRead: true }));
    const seen = Item && decodeClaim(Item);
    if (!seen || !holdersOf(seen).some(({ holder }) => isSame(holder, run))) return;
    const left = claimWithout(seen, run);
    try {
      if (left) await client.send(new PutItemCommand({ TableName: tableName, Item: claimItem(left), ...heldAs(seen) }));
      else await client.send(new DeleteItemCommand({ ...place, ...heldAs(seen) }));
      return;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}
