/**
 * A claim as an item of the hub's table, and back; and the condition under which one is written.
 *
 * Owns: attribute names and expressions of claims. Decides nothing: what is free, the engine says (lib/engine/arrival/claim.ts).
 * Invariant: a claim has a partition of its own and one item in it, outside of every look at runs.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { table } from '../contract.js';
import type { Claim, Skipped } from '../engine/stored/document.js';
import type { Position } from '../engine/stored/event.js';
import type { RunRef } from '../engine/stored/key.js';
import { Attributes, isObject } from './attributes.js';

type Item = Record<string, AttributeValue>;

/** Placeholder -> attribute. */
export const claimNames = {
  '#pk': table.partitionKey,
  '#home': 'home',
  '#at': 'at',
  '#time': 'timeMs',
  '#until': 'untilMs',
};

export function claimKey(pk: string): Item {
  return { [table.partitionKey]: { S: pk }, [table.sortKey]: { S: 'claim' } };
}

export function claimItem({ pk, holder, timeMs, untilMs, expiresAtS }: Claim): Item {
  return {
    ...claimKey(pk),
    home: { S: holder.pk },
    at: { S: holder.position },
    timeMs: { N: String(timeMs) },
    untilMs: { N: String(untilMs) },
    [table.expiresAtS]: { N: String(expiresAtS) },
  };
}

/** @throws AdapterError ForeignItem */
export function decodeClaim(item: Item): Claim {
  const from = new Attributes(item);
  return {
    pk: from.text(table.partitionKey),
    holder: { pk: from.text('home'), position: from.text('at') as Position },
    timeMs: from.number('timeMs'),
    untilMs: from.number('untilMs'),
    expiresAtS: from.number(table.expiresAtS),
  };
}

export function claimCondition(
  { holder, untilMs }: Claim,
  { olderThanMs, seen }: { readonly olderThanMs?: number; readonly seen?: Claim },
): { readonly condition: string; readonly values: Item } {
  // Every name must be used: #time in a part that always holds where it is not needed.
  const parts = ['attribute_not_exists(#pk)', '(#home = :home AND #at = :at AND #until <= :until)', '#time < :older'];
  if (seen) parts.push('(#home = :seenHome AND #at = :seenAt AND #until = :seenUntil)');
  return {
    condition: parts.join(' OR '),
    values: {
      ':home': { S: holder.pk },
      ':at': { S: holder.position },
      ':until': { N: String(untilMs) },
      // No event is older than that.
      ':older': { N: String(olderThanMs ?? Number.MIN_SAFE_INTEGER) },
      ...(seen && {
        ':seenHome': { S: seen.holder.pk },
        ':seenAt': { S: seen.holder.position },
        ':seenUntil': { N: String(seen.untilMs) },
      }),
    },
  };
}

/** That a claim is that run's. */
export function heldBy(holder: RunRef) {
  return {
    ConditionExpression: '#home = :home AND #at = :at',
    ExpressionAttributeNames: { '#home': claimNames['#home'], '#at': claimNames['#at'] },
    ExpressionAttributeValues: { ':home': { S: holder.pk }, ':at': { S: holder.position } },
  };
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
