/**
 * How large an item is as DynamoDB bills it: names and values, by the rules of its developer guide ("Item sizes and
 * formats"). Written from that page, not from the code under test.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** A map or a list takes this, and one byte for each of its members. */
const containerBytes = 3;

export function itemBytes(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.M !== undefined) return containerBytes + Object.keys(value.M).length + itemBytes(value.M);
  if (value.L !== undefined) {
    return value.L.reduce((sum, member) => sum + 1 + valueBytes(member), containerBytes);
  }
  throw new Error(`an attribute type that is not counted here: ${Object.keys(value).join()}`);
}

/** One byte for every two significant digits, and one more. */
function numberBytes(text: string): number {
  const digits = text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length;
  return Math.ceil(digits / 2) + (text.startsWith('-') ? 2 : 1);
}
