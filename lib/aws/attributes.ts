/**
 * Reads the attributes of one item with their types.
 *
 * Invariant: whatever has not the expected type is refused with the item's key and the attribute's name, never its value
 * (it may be somebody's data).
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { table } from '../contract.js';
import { AdapterError } from './errors.js';

export class Attributes {
  constructor(
    private readonly item: Readonly<Record<string, AttributeValue>>,
    private readonly key: string = keyText(item),
  ) {}

  text(name: string): string {
    const value = this.item[name]?.S;
    if (value === undefined) throw this.foreign(name, 'a string');
    return value;
  }

  number(name: string): number {
    const value = Number(this.item[name]?.N);
    if (!Number.isFinite(value)) throw this.foreign(name, 'a number');
    return value;
  }

  map(name: string): Attributes {
    const value = this.item[name]?.M;
    if (value === undefined) throw this.foreign(name, 'a map');
    return new Attributes(value, `${this.key} ${name}`);
  }

  /** @param others shape of values that are taken although they are none of these. */
  oneOf<Value extends string>(name: string, values: readonly Value[], others?: RegExp): Value {
    const text = this.item[name]?.S;
    if (text !== undefined && others?.test(text)) return text as Value;
    const value = values.find((candidate) => candidate === text);
    if (value === undefined) throw this.foreign(name, `one of ${values.join(', ')}`);
    return value;
  }

  json(name: string): unknown;
  json<Value>(name: string, isShape: (value: unknown) => value is Value): Value;
  json(name: string, isShape: (value: unknown) => boolean = () => true): unknown {
    const value = parsed(this.text(name));
    if (value === undefined || !isShape(value)) throw this.foreign(name, 'the JSON that Sojourn writes');
    return value;
  }

  /** @returns undefined where the attribute is absent. */
  optional<Value>(name: string, read: () => Value): Value | undefined {
    return this.item[name] === undefined ? undefined : read();
  }

  foreign(name: string, expected: string): AdapterError {
    return new AdapterError('ForeignItem', {
      what: `The attribute '${name}' of the item ${this.key} cannot be read.`,
      expected: `${expected}, as this version of Sojourn writes it`,
      fix: 'keep other items out of the hub’s table, or remove this one',
    });
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keyText(item: Readonly<Record<string, AttributeValue>>): string {
  return JSON.stringify([item[table.partitionKey]?.S, item[table.sortKey]?.S]);
}
