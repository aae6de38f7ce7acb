/**
 * The records port on DynamoDB: each method is one conditional write or one Query (ports.ts says why it may lose).
 *
 * Owns: conditions and expressions. Knows no journey and takes no decision.
 * Invariants: every read is strongly consistent; a write that lost answers with what it lost to. The document that comes
 * with a failed condition (ALL_OLD) saves a read; where an implementation leaves it out, a GetItem takes its place.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Cancellation, Page, Records, Written } from '../engine/ports.js';
import type { Claim, EventRecord, RunDocument } from '../engine/stored/document.js';
import type { Position } from '../engine/stored/event.js';
import type { RunRef } from '../engine/stored/key.js';
import { limits } from '../limits.js';
import { claimCondition, claimItem, claimKey, decodeClaim } from './claim-item.js';
import { AdapterError } from './errors.js';
import {
  aboveEveryPosition,
  assertFits,
  causeValue,
  decodeEvent,
  decodeRun,
  eventItem,
  type Item,
  isRunItem,
  json,
  keyOf,
  names,
  numeric,
  positionOf,
  runItem,
} from './item.js';

// Sub-conditions. `status` and `by` are reserved words, so every name has a placeholder.
const notThere = 'attribute_not_exists(#pk)';
const asSeen = '#rev = :seen';
const stillActive = '#status = :active';
const sameLease = '#lease.#nonce = :nonce';

const withLoser = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

export class DynamoRecords implements Records {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly tableName: string,
  ) {}

  //   trigger ── Put IF absent ─▶ done
  //   its duplicate ─── Put IF absent ─▶ lost, with whatever the run has become
  async begin(run: RunDocument): ReturnType<Records['begin']> {
    const written = await this.put(run, {
      ConditionExpression: notThere,
      ExpressionAttributeNames: { '#pk': names.pk },
    });
    if (written.outcome !== 'absent') return written;
    throw new AdapterError('RecordVanished', {
      what: `The run ${run.pk} ${run.position} was there when it was put, and gone when it was read.`,
      expected: 'a run that stays until the table forgets it',
      fix: 'none is needed if the table forgot it just now: the next attempt begins it',
    });
  }

  //   outside event:  Put ─▶ same content as every other delivery of it
  //   sent event:     Put IF absent ─▶ the first send's content; a repeated send finds it and leaves it
  async note(record: EventRecord, options: { readonly firstWins: boolean }): Promise<void> {
    const item = eventItem(record);
    assertFits(item, limits.itemBytes);
    const condition = { ConditionExpression: notThere, ExpressionAttributeNames: { '#pk': names.pk } };
    try {
      await this.client.send(
        new PutItemCommand({ TableName: this.tableName, Item: item, ...(options.firstWins && condition) }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  //   wait stored ─▶ look       A position is the beginning of a sort key (#run or #evt follows), so `from` is
  //   event noted ─▶ look       inclusive and `before` exclusive although BETWEEN takes both ends in.
  async look(
    pk: string,
    page: { readonly from: Position; readonly before?: Position; readonly limit?: number },
  ): Promise<Page> {
    const until = page.before ?? aboveEveryPosition;
    if (until <= page.from) return { runs: [], events: [] }; // BETWEEN refuses bounds in the wrong order.
    const { Items = [], LastEvaluatedKey } = await this.client.send(
      new QueryCommand({
        TableName: this.tableName,
        ConsistentRead: true,
        ScanIndexForward: false,
        KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :until',
        ExpressionAttributeNames: { '#pk': names.pk, '#sk': names.sk },
        ExpressionAttributeValues: { ':pk': { S: pk }, ':from': { S: page.from }, ':until': { S: until } },
        Limit: page.limit,
      }),
    );
    return {
      runs: Items.filter(isRunItem).map(decodeRun),
      events: Items.filter((item) => !isRunItem(item)).map(decodeEvent),
      ...(LastEvaluatedKey && { before: positionOf(LastEvaluatedKey) }),
    };
  }

  //   canceller ── Update IF active AND lease.nonce = seen ─▶ done   the holder may commit steps meanwhile: they stay
  //   holder ── commits its last step, lets go ─▶ canceller lost     the decision was taken on a stale document
  //   no lease seen: IF active AND rev = seen                        any write meanwhile makes it lose
  async cancel(
    run: RunDocument,
    cancellation: Cancellation,
    seen: { readonly nonce: string } | { readonly rev: number },
  ): Promise<Written> {
    const { by, cancelledBy, endedAtMs, expiresAtS, floor } = cancellation;
    const byLease = 'nonce' in seen;
    const update = new UpdateItemCommand({
      TableName: this.tableName,
      Key: keyOf(run, 'run'),
      UpdateExpression:
        'SET #status = :cancelled, #by = :by, #rev = #rev + :one, #cancelledBy = :event, #endedAtMs = :ended, ' +
        `#expiresAtS = :expires${floor ? ', #floor = :floor' : ''}`,
      ConditionExpression: `${stillActive} AND ${byLease ? sameLease : asSeen}`,
      ExpressionAttributeNames: {
        '#status': names.status,
        '#by': names.by,
        '#rev': names.rev,
        '#cancelledBy': names.cancelledBy,
        '#endedAtMs': names.endedAtMs,
        '#expiresAtS': names.expiresAtS,
        ...(floor && { '#floor': names.floor }),
        ...(byLease && { '#lease': names.lease, '#nonce': names.nonce }),
      },
      ExpressionAttributeValues: {
        ':active': { S: 'active' },
        ':cancelled': { S: 'cancelled' },
        ':by': causeValue(by, run),
        ':one': numeric(1),
        ':event': json(cancelledBy),
        ':ended': numeric(endedAtMs),
        ':expires': numeric(expiresAtS),
        ...(floor && { ':floor': { BOOL: true } }),
        ...(byLease ? { ':nonce': { S: seen.nonce } } : { ':seen': numeric(seen.rev) }),
      },
      ...withLoser,
    });
    return this.written(run, () => this.client.send(update));
  }

  //   executor ── Put IF rev = seen ─▶ done
  //   zombie, duplicate ─── Put IF rev = seen ─▶ lost: one write per rev, so a stale snapshot changes nothing
  async commit(run: RunDocument, seen: { readonly rev: number }): Promise<Written> {
    return this.put(run, {
      ConditionExpression: asSeen,
      ExpressionAttributeNames: { '#rev': names.rev },
      ExpressionAttributeValues: { ':seen': numeric(seen.rev) },
    });
  }

  //   first ── Put IF absent ─▶ done        second ─── Put IF absent ─▶ lost, with the first
  //   the first again (its retry) ── Put IF mine alone ─▶ done: the time in which it may put its run begins anew
  //   two who saw that the holder is over ── Put IF held as seen ─▶ one done, one lost
  async claim(claim: Claim, { seen }: { readonly seen?: Claim }): ReturnType<Records['claim']> {
    const put = new PutItemCommand({
      TableName: this.tableName,
      Item: claimItem(claim),
      ...claimCondition(claim, seen),
      ...withLoser,
    });
    try {
      await this.client.send(put);
      return { outcome: 'done' };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const stored = error.Item ?? (await this.get(claimKey(claim.pk)));
      if (stored) return { outcome: 'lost', stored: decodeClaim(stored) };
      // The table forgot it between the two calls: it is free.
      return this.claim(claim, { ...(seen && { seen }) });
    }
  }

  async holder(run: RunRef): Promise<RunDocument | undefined> {
    const item = await this.read(run);
    return item && decodeRun(item);
  }

  private async put(
    run: RunDocument,
    condition: Pick<
      ConstructorParameters<typeof PutItemCommand>[0],
      'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
    >,
  ): Promise<Written> {
    const item = runItem(run);
    assertFits(item, limits.itemBytes);
    const put = new PutItemCommand({ TableName: this.tableName, Item: item, ...condition, ...withLoser });
    return this.written(run, () => this.client.send(put));
  }

  private async written(run: RunRef, write: () => Promise<unknown>): Promise<Written> {
    try {
      await write();
      return { outcome: 'done' };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const stored = error.Item ?? (await this.read(run));
      return stored ? { outcome: 'lost', stored: decodeRun(stored) } : { outcome: 'absent' };
    }
  }

  private read(run: RunRef): Promise<Item | undefined> {
    return this.get(keyOf(run, 'run'));
  }

  private async get(key: Item): Promise<Item | undefined> {
    const get = new GetItemCommand({ TableName: this.tableName, Key: key, ConsistentRead: true });
    return (await this.client.send(get)).Item;
  }
}
