/** Event patterns: vectors in the service's own terms. The expectations follow what AWS answers, not what we do. */
import { compileEventPattern } from '../../lib/sandbox/bus/pattern.js';

type Vector = readonly [title: string, pattern: object, detail: unknown, matches: boolean];

const vectors: readonly Vector[] = [
  ['an equal string', { a: ['x'] }, { a: 'x' }, true],
  ['one of several values', { a: ['y', 'x'] }, { a: 'x' }, true],
  ['another string', { a: ['x'] }, { a: 'X' }, false],
  ['a missing field', { a: ['x'] }, { b: 'x' }, false],
  ['all fields', { a: ['x'], b: [1] }, { a: 'x', b: 1 }, true],
  ['only some fields', { a: ['x'], b: [1] }, { a: 'x', b: 2 }, false],
  ['an equal number', { a: [300] }, { a: 300.0 }, true],
  ['a number as text', { a: [300] }, { a: '300' }, false],
  ['true', { a: [true] }, { a: true }, true],
  ['true as text', { a: [true] }, { a: 'true' }, false],
  ['null', { a: [null] }, { a: null }, true],
  ['null as text', { a: [null] }, { a: 'null' }, false],
  ['null is not missing', { a: [null] }, {}, false],
  ['the empty string', { a: [''] }, { a: '' }, true],
  ['the empty string is not null', { a: [''] }, { a: null }, false],
  ['an element of an array', { a: ['x'] }, { a: ['w', 'x'] }, true],
  ['an element of a nested array', { a: ['x'] }, { a: [['w'], ['x']] }, true],
  ['no element of an empty array', { a: [null] }, { a: [] }, false],
  ['nested fields', { a: { b: ['x'] } }, { a: { b: 'x' } }, true],
  ['an object where a value is wanted', { a: ['x'] }, { a: { b: 'x' } }, false],
  ['a value where an object is wanted', { a: { b: ['x'] } }, { a: 'x' }, false],
  ['JSON in a string', { a: { b: ['x'] } }, { a: '{"b":"x"}' }, false],
  ['a dotted key of the event', { a: { b: ['x'] } }, { 'a.b': 'x' }, true],
  ['a dotted key of the pattern', { 'a.b': ['x'] }, { a: { b: 'x' } }, true],
  ['fields of one element of an array', { a: { b: [1], c: [2] } }, { a: [{ b: 0 }, { b: 1, c: 2 }] }, true],
  ['fields of two elements of an array', { a: { b: [1], c: [2] } }, { a: [{ b: 1 }, { c: 2 }] }, false],
  ['a prefix', { a: [{ prefix: 'ab' }] }, { a: 'abc' }, true],
  ['a prefix of a number', { a: [{ prefix: '1' }] }, { a: 12 }, false],
  ['a prefix without case', { a: [{ prefix: { 'equals-ignore-case': 'AB' } }] }, { a: 'abc' }, true],
  ['a suffix', { a: [{ suffix: '.png' }] }, { a: 'x.png' }, true],
  ['a suffix in another case', { a: [{ suffix: '.png' }] }, { a: 'x.PNG' }, false],
  ['a suffix without case', { a: [{ suffix: { 'equals-ignore-case': '.PNG' } }] }, { a: 'x.png' }, true],
  ['a text without case', { a: [{ 'equals-ignore-case': 'ABC' }] }, { a: 'abC' }, true],
  ['anything but this', { a: [{ 'anything-but': 'x' }] }, { a: 'y' }, true],
  ['anything but this very one', { a: [{ 'anything-but': 'x' }] }, { a: 'x' }, false],
  ['anything but, on null', { a: [{ 'anything-but': 'x' }] }, { a: null }, true],
  ['anything but, on nothing', { a: [{ 'anything-but': 'x' }] }, {}, false],
  ['anything but, when one element differs', { a: [{ 'anything-but': 'x' }] }, { a: ['x', 'y'] }, true],
  ['anything but a list', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'y' }, false],
  ['anything but a list of numbers', { a: [{ 'anything-but': [1, 2] }] }, { a: 3 }, true],
  ['anything but a prefix', { a: [{ 'anything-but': { prefix: 'in' } }] }, { a: 'init' }, false],
  ['anything but some prefixes', { a: [{ 'anything-but': { prefix: ['in', 'st'] } }] }, { a: 'run' }, true],
  ['anything but a suffix', { a: [{ 'anything-but': { suffix: '.txt' } }] }, { a: 'a.txt' }, false],
  ['anything but without case', { a: [{ 'anything-but': { 'equals-ignore-case': ['X'] } }] }, { a: 'x' }, false],
  ['anything but a wildcard', { a: [{ 'anything-but': { wildcard: '*/dir/*' } }] }, { a: 'a/b/c' }, true],
  ['anything but a wildcard that fits', { a: [{ 'anything-but': { wildcard: '*/dir/*' } }] }, { a: 'a/dir/c' }, false],
  ['a number within a range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
  ['a number outside of a range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 0 }, false],
  ['an equal number by operator', { a: [{ numeric: ['=', 301.8] }] }, { a: 3.018e2 }, true],
  ['a numeric text', { a: [{ numeric: ['>', 0] }] }, { a: '1' }, false],
  ['an address within a block', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.0.255' }, true],
  ['an address outside of a block', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.1.0' }, false],
  [
    'an IPv6 address within a block',
    { a: [{ cidr: '2001:db8:1234:1a00::/56' }] },
    { a: '2001:db8:1234:1aff::1' },
    true,
  ],
  ['something there', { a: [{ exists: true }] }, { a: 'x' }, true],
  ['null is there', { a: [{ exists: true }] }, { a: null }, true],
  ['an object is no leaf', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
  ['an empty array is no leaf', { a: [{ exists: true }] }, { a: [] }, false],
  ['something not there', { a: [{ exists: false }] }, { b: 1 }, true],
  ['something not there below something not there', { a: { b: [{ exists: false }] } }, {}, true],
  ['an object where nothing shall be', { a: [{ exists: false }] }, { a: { b: 1 } }, true],
  ['something there that shall not', { a: { b: [{ exists: false }] } }, { a: { b: 1 } }, false],
  ['there in another element of the array', { a: { b: [{ exists: false }] } }, { a: [{ c: 1 }, { b: 1 }] }, false],
  ['a value or nothing', { a: [{ exists: false }, 'x'] }, { a: 'x' }, true],
  ['a wildcard', { a: [{ wildcard: 'a*c' }] }, { a: 'abbbc' }, true],
  ['a wildcard over nothing', { a: [{ wildcard: 'a*c' }] }, { a: 'ac' }, true],
  ['a wildcard whose ends overlap', { a: [{ wildcard: 'ab*ba' }] }, { a: 'aba' }, false],
  ['two wildcards', { a: [{ wildcard: 'dir/*/x*' }] }, { a: 'dir/y/xyz' }, true],
  ['an escaped star', { a: [{ wildcard: 'a\\*b' }] }, { a: 'a*b' }, true],
  ['an escaped star is no wildcard', { a: [{ wildcard: 'a\\*b' }] }, { a: 'axb' }, false],
  ['the second of two alternatives', { $or: [{ a: [1] }, { b: [2] }] }, { b: 2 }, true],
  ['none of two alternatives', { $or: [{ a: [1] }, { b: [2] }] }, { b: 1 }, false],
  ['an alternative and a field', { c: [3], $or: [{ a: [1] }, { b: [2] }] }, { a: 1 }, false],
  ['alternatives within an object', { o: { $or: [{ a: [1] }, { b: [2] }] } }, { o: { a: 1 } }, true],
  ['$or over operators is a field’s name', { $or: ['x'] }, { $or: 'x' }, true],
];

test.each(vectors)('%s', (_, pattern, detail, matches) => {
  expect(compileEventPattern({ detail: pattern })({ 'detail-type': 'n', detail })).toBe(matches);
});

const invalid: readonly (readonly [pattern: unknown, reason: string])[] = [
  [[], 'Filter is not an object'],
  ['{"a":', 'Unexpected end of JSON input'],
  [{ a: 'x' }, '"a" must be an object or an array'],
  [{ a: 42 }, '"a" must be an object or an array'],
  [{ a: [] }, 'Empty arrays are not allowed'],
  [{ a: {} }, 'Empty objects are not allowed'],
  [{}, 'Empty objects are not allowed'],
  [{ a: [{ EXISTS: true }] }, 'Unrecognized match type EXISTS'],
  [{ a: [{ constructor: true }] }, 'Unrecognized match type constructor'],
  [{ a: [{ prefix: 'a', suffix: 'b' }] }, 'Only one key allowed in match expression'],
  [{ a: [{ prefix: 1 }] }, 'prefix match pattern must be a string'],
  [{ a: [{ numeric: ['>', 0, '>', 0] }] }, 'Bad numeric range operator: >'],
  [{ a: [{ numeric: ['>', 0, '<'] }] }, 'Value of < must be numeric'],
  [{ a: [{ numeric: 10 }] }, 'Value of numeric must be an array.'],
  [{ a: [{ wildcard: 'a**' }] }, 'Consecutive wildcard characters at pos 2'],
  [{ a: [{ cidr: '10.0.0.0' }] }, "Malformed CIDR, one '/' required"],
  [{ a: [{ cidr: 'x/24' }] }, 'Nonstandard IP address: x'],
  [{ a: [{ 'anything-but': null }] }, 'Value of anything-but must be an array or single string/number value.'],
  [{ a: [{ 'anything-but': { prefix: '' } }] }, 'Null prefix/suffix not allowed'],
  [{ a: [{ 'anything-but': { numeric: ['=', 1] } }] }, 'Unsupported anything-but pattern: numeric'],
];

test.each(invalid)('fails to compile %j', (pattern, reason) => {
  expect(() => compileEventPattern(pattern)).toThrow(`Event pattern is not valid. Reason: ${reason}`);
});

test('a pattern may be JSON text', () => {
  const matches = compileEventPattern('{"detail-type":["a"]}');
  expect(matches({ 'detail-type': 'a' })).toBe(true);
});
