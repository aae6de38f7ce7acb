/**
 * A claim as an item of the hub's table, and back; and the condition under which one is written.
 *
 * Owns: attribute names and expressions of claims. Decides nothing: what is free, the engine says (lib/engine/arrival/claim.ts).
 * Invariant: a claim has a partition of its own and one item in it, outside of every look at runs.
 */
import type { AttributeValue, PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { table } from '../contract.js';
import type { Claim, Held, Skipped } from '../engine/stored/document.js';
import type { Position } from '../engine/stored/event.js';
import type { RunRef } from '../engine/stored/key.js';
import { Attributes, isObject } from './attributes.js';

type Item = Record<string, AttributeValue>;

export function claimKey(pk: string): Item {
  return { [table.partitionKey]: { S: pk }, [table.sortKey]: { S: 'claim' } };
}

export function claimItem({ pk, holder, timeMs, untilMs, expiresAtS, earlier, rev }: Claim): Item {
  return {
    ...claimKey(pk),
    home: { S: holder.pk },
    at: { S: holder.position },
    timeMs: { N: String(timeMs) },
    untilMs: { N: String(untilMs) },
    [table.expiresAtS]: { N: String(expiresAtS) },
    ...(earlier && { earlier: { S: JSON.stringify(earlier.map(encodeHeld)) } }),
    ...(rev !== undefined && { rev: { N: String(rev) } }),
  };
}

/** @throws AdapterError ForeignItem */
export function decodeClaim(item: Item): Claim {
  const from = new Attributes(item);
  const earlier = from.optional('earlier', () => from.json('earlier', isListOfHeld).map(decodeHeld));
  const rev = from.optional('rev', () => from.number('rev'));
  return {
    pk: from.text(table.partitionKey),
    holder: { pk: from.text('home'), position: from.text('at') as Position },
    timeMs: from.number('timeMs'),
    untilMs: from.number('untilMs'),
    expiresAtS: from.number(table.expiresAtS),
    ...(rev !== undefined && { rev }),
    ...(earlier && { earlier }),
  };
}

type StoredHeld = readonly [pk: string, position: string, timeMs: number, untilMs: number];

function encodeHeld({ holder, timeMs, untilMs }: Held): StoredHeld {
  return [holder.pk, holder.position, timeMs, untilMs];
}

function decodeHeld([pk, position, timeMs, untilMs]: StoredHeld): Held {
  return { holder: { pk, position: position as Position }, timeMs, untilMs };
}

/** What a later version adds to an entry is read past. */
function isListOfHeld(value: unknown): value is StoredHeld[] {
  const isHeld = (one: unknown): boolean =>
    Array.isArray(one) && ['string', 'string', 'number', 'number'].every((type, i) => typeof one[i] === type);
  return Array.isArray(value) && value.every(isHeld);
}

type Condition = Required<
  Pick<PutItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>
>;

/** That nobody holds a place, or it is held as it was seen; where nothing was seen, by the same run alone. */
export function claimCondition(claim: Claim, seen: Claim | undefined): Condition {
  const held = seen ? heldAs(seen) : heldAlone(claim);
  return {
    ...held,
    ConditionExpression: `attribute_not_exists(#pk) OR (${held.ConditionExpression})`,
    ExpressionAttributeNames: { ...held.ExpressionAttributeNames, '#pk': table.partitionKey },
  };
}

/** Its rev alone says it; but code that knows no revs may have written it in between, and left none. */
export function heldAs({ holder, untilMs, rev }: Claim): Condition {
  return {
    ConditionExpression: `#home = :home AND #at = :at AND #until = :until AND ${rev === undefined ? 'attribute_not_exists(#rev)' : '#rev = :rev'}`,
    ExpressionAttributeNames: { ...held, '#rev': 'rev' },
    ExpressionAttributeValues: {
      ...valuesOf(holder, untilMs),
      ...(rev !== undefined && { ':rev': { N: String(rev) } }),
    },
  };
}

/** By the same run alone, whose later attempt has not asked. */
function heldAlone({ holder, untilMs }: Claim): Condition {
  return {
    ConditionExpression: '#home = :home AND #at = :at AND #until <= :until AND attribute_not_exists(#earlier)',
    ExpressionAttributeNames: { ...held, '#earlier': 'earlier' },
    ExpressionAttributeValues: valuesOf(holder, untilMs),
  };
}

const held = { '#home': 'home', '#at': 'at', '#until': 'untilMs' };

function valuesOf(holder: RunRef, untilMs: number): Item {
  return { ':home': { S: holder.pk }, ':at': { S: holder.position }, ':until': { N: String(untilMs) } };
}

export function isClaims(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

export function isSkipped(value: unknown): value is Skipped {
  if (!isObject(value) || !isObject(value.holder)) return false;
  const { pk, position } = value.holder;
  return (
    (value.by === 'idempotency' || value.by === 'singleton') && typeof pk === 'string' && typeof position === 'string'
  );
}
