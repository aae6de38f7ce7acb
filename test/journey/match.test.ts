import fc from 'fast-check';
import { assertPath, keyValueAt } from '../../lib/journey/match.js';

describe('the value of a key', () => {
  test.each([
    ['a string', { cart_id: '42' }, 'data.cart_id', '42'],
    ['an empty string', { cart_id: '' }, 'data.cart_id', ''],
    ['a number', { cart_id: 42 }, 'data.cart_id', 42],
    ['the last whole number that JSON readers tell apart', { cart_id: 2 ** 53 - 1 }, 'data.cart_id', 2 ** 53 - 1],
    ['a fraction', { cart_id: 0.1 }, 'data.cart_id', 0.1],
    ['zero', { cart_id: 0 }, 'data.cart_id', 0],
    ['a boolean', { open: false }, 'data.open', false],
    ['a nested field', { user: { id: 'u1' } }, 'data.user.id', 'u1'],
    ['an element of a list', { carts: [{ id: 'c1' }] }, 'data.carts.0.id', 'c1'],
    ['a field with other letters than a name has', { 'cart-id$é': 'x' }, 'data.cart-id$é', 'x'],
    ['a field called like something inherited', { constructor: 'x' }, 'data.constructor', 'x'],
  ])('is %s', (_what, data, path, value) => {
    expect(keyValueAt(data, path)).toBe(value);
  });

  test('keeps its type, so that 42 and "42" are different keys', () => {
    expect(keyValueAt({ id: 42 }, 'data.id')).not.toBe(keyValueAt({ id: '42' }, 'data.id'));
  });

  test.each([
    ['the field is missing', {}, 'data.cart_id'],
    ['a field on the way is missing', {}, 'data.user.id'],
    ['it is null', { cart_id: null }, 'data.cart_id'],
    ['it is undefined', { cart_id: undefined }, 'data.cart_id'],
    ['it is an object', { cart_id: { a: 1 } }, 'data.cart_id'],
    ['it is a list', { cart_id: ['42'] }, 'data.cart_id'],
    ['it is not a number', { cart_id: Number.NaN }, 'data.cart_id'],
    ['it is infinite', { cart_id: Number.POSITIVE_INFINITY }, 'data.cart_id'],
    ['it was 9007199254740993, which is read as 9007199254740992', JSON.parse('{ "id": 9007199254740993 }'), 'data.id'],
    ['it is below -(2^53 - 1)', { cart_id: -(2 ** 53) }, 'data.cart_id'],
    ['the way goes through a string', { cart_id: '42' }, 'data.cart_id.length'],
    ['the data is null', null, 'data.cart_id'],
    ['the data is a string', 'cart_id', 'data.length'],
    ['the data is missing', undefined, 'data.cart_id'],
  ])('is missing when %s', (_when, data, path) => {
    expect(keyValueAt(data, path)).toBeUndefined();
  });

  test.each(['data.constructor.name', 'data.toString.name', 'data.__proto__.x', 'data.hasOwnProperty.length'])(
    'is missing when it is only inherited: %s',
    (path) => {
      class WithX {
        get x() {
          return 'inherited';
        }
      }
      expect(keyValueAt(new WithX(), path)).toBeUndefined();
      expect(keyValueAt({}, path)).toBeUndefined();
    },
  );

  test('is missing when somebody polluted the prototype of all objects', () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>;
    prototype.cart_id = 'everybody';
    try {
      expect(keyValueAt({}, 'data.cart_id')).toBeUndefined();
    } finally {
      delete prototype.cart_id;
    }
  });

  test('survives an own field called __proto__, as JSON.parse makes it', () => {
    const data = JSON.parse('{ "__proto__": { "cart_id": "42" } }') as unknown;
    expect(keyValueAt(data, 'data.cart_id')).toBeUndefined();
    expect(keyValueAt(data, 'data.__proto__.cart_id')).toBe('42');
  });

  test('is found again wherever JSON holds a string, number or boolean', () => {
    const field = fc.stringMatching(/^[^.\s]+$/);
    const number = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, min: -(2 ** 53 - 1), max: 2 ** 53 - 1 }));
    const leaf = fc.oneof(fc.string(), number, fc.boolean());
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 5 }), leaf, (fields, value) => {
        const data = fields.reduceRight<unknown>((inner, name) => Object.fromEntries([[name, inner]]), value);
        const path = `data.${fields.join('.')}`;
        assertPath(path, 'key');
        expect(keyValueAt(data, path)).toBe(value);
      }),
    );
  });

  test('is a string, a finite number, a boolean or missing, and never a crash', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true }),
        fc.stringMatching(/^data(\.[a-z_0-9]{1,3}){1,4}$/),
        (data, path) => {
          const value = keyValueAt(data, path);
          expect(value === undefined || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)).toBe(
            true,
          );
        },
      ),
    );
  });
});

describe('a path', () => {
  test.each(['data.cart_id', 'data.user.id', 'data.0', 'data.$', 'data.data'])('%j is fine', (path) => {
    expect(() => assertPath(path, 'key')).not.toThrow();
  });

  test.each([
    '',
    'data',
    'data.',
    'data..id',
    'data.id.',
    'cart_id',
    'event.data.id',
    'Data.id',
    'data.cart id',
    'data.id\n',
    ' data.id',
    undefined,
    null,
    42,
    {},
    ['data.id'],
  ])('fails on %p, saying where and what it got', (path) => {
    expect(() => assertPath(path, "key of event 'cart/paid'")).toThrow(
      /^The key of event 'cart\/paid' is not a path into an event\. Got: .*\. Expected: .*'data\.cart_id'\. Fix: .*\. \[InvalidPath\]$/s,
    );
  });
});
