/**
 * How large DynamoDB takes an item to be, and what writing it costs.
 *
 * Owns: the sizes of attribute values as the developer guide gives them. Must not know: tables, calls.
 */

import { limits } from '../../limits.js';
import { recordOf } from '../template/properties.js';

/** At least one unit, also for an item that is not there. */
export function writeUnitsOf(item: unknown): number {
  return Math.max(1, Math.ceil(itemBytes(item) / limits.writeUnitBytes));
}

export function itemBytes(item: unknown): number {
  return Object.entries(recordOf(item)).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes(attribute: unknown): number {
  const [type, value] = Object.entries(recordOf(attribute))[0] ?? [];
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(value));
    case 'N':
      return numberBytes(String(value));
    case 'B':
      return Buffer.from(String(value), 'base64').length;
    case 'SS':
    case 'NS':
    case 'BS':
      return (value as unknown[]).reduce((sum: number, one) => sum + valueBytes({ [type[0]!]: one }), 0);
    // Lists and maps: 3 bytes, and 1 for each element.
    case 'L':
      return 3 + (value as unknown[]).reduce((sum: number, one) => sum + 1 + valueBytes(one), 0);
    case 'M':
      return 3 + Object.keys(recordOf(value)).length + itemBytes(value);
    default:
      return 1;
  }
}

/** About one byte for two significant digits, and one more; one again for a sign. */
function numberBytes(text: string): number {
  const digits = text.replace(/[-+.]|[eE].*$/g, '').replace(/^0+|0+$/g, '').length;
  return Math.ceil(digits / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}
