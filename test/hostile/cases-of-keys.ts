/** Keys: every value that JSON can have, each beside the one that it could be confused with. */
import { createHash } from 'node:crypto';
import { detail, envelope, hourMs, plainNames } from './cart.js';
import { boughtThenForgotten, type HostileCase } from './case.js';
import { lonely, objects, texts } from './texts.js';

/** Who lives next door, where 'neighbour' is too easy. */
const lookAlikes: Readonly<Record<string, string>> = {
  'a bar': '"a"',
  'a key of its own': '"b"',
  'a typed value': '42',
  'a text of a number': '42',
  'a text of a truth': 'true',
  'a text of nothing': '"nothing"',
  'a newline': '"a\\r\\nb"',
  'a carriage return': '"a\\nb"',
  NUL: '"ab"',
  'only NUL': '""',
  'a space': '""',
  'spaces around': '"a"',
  'a no-break space': '" "',
  'an encoded slash': '"a/b"',
  'a plus': '"a b"',
  'less and greater': '"&lt;b&gt;&amp;amp;&lt;/b&gt;"',
  'precomposed (NFC)': '"e\\u0301"',
  'decomposed (NFD)': '"\\u00e9"',
  'an astral character': '"\\ud83d\\ude80"',
  'a family': '"\\ud83d\\udc68"',
  'a byte order mark': '"a"',
  'nothing to see': '""',
  'a ligature': '"fi"',
  'a dotless i': '"iI"',
  'upper case': '"cart"',
  'lower case': '"CART"',
  'a replacement character': '"\\ud800"',
  'a lone high surrogate': '"\\ufffd"',
  'another lone high surrogate': '"\\ud83d"',
  'a lone low surrogate': '"?"',
  'surrogates in the wrong order': '"\\ufffd\\ufffd"',
};

const long = 'x'.repeat(511);
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Values that count, each with a neighbour that it must not be taken for. All as JSON text. */
const values: readonly (readonly [title: string, key: string, neighbour: string])[] = [
  ['42 beside "42"', '42', '"42"'],
  ['"42" beside 42', '"42"', '42'],
  ['42.0 beside "42.0"', '42.0', '"42.0"'],
  ['4.2e1 beside "4.2e1"', '4.2e1', '"4.2e1"'],
  ['0 beside false', '0', 'false'],
  ['-0 beside "-0"', '-0', '"-0"'],
  ['1 beside true', '1', 'true'],
  ['true beside "true"', 'true', '"true"'],
  ['false beside ""', 'false', '""'],
  ['0.1 beside 0.10000000000000002', '0.1', '0.10000000000000002'],
  ['1e-400 (zero) beside 5e-324', '1e-400', '5e-324'],
  ['the last safe whole number beside the one below', '9007199254740991', '9007199254740990'],
  ['the first safe whole number beside the one above', '-9007199254740991', '-9007199254740990'],
  ['1.5 beside 1', '1.5', '1'],
  ['the empty text beside a space', '""', '" "'],
  ['"n:42" beside 42', '"n:42"', '42'],
  ['"b:true" beside true', '"b:true"', 'true'],
  ['"s:" beside the empty text', '"s:"', '""'],
];

/** Texts around the bound of 512 bytes (with their type), above which a key is stored as its hash. */
const lengths: readonly (readonly [title: string, key: string, neighbour: string])[] = [
  ['of 509 letters beside 510', 'x'.repeat(509), 'x'.repeat(510)],
  ['of 510 letters (the bound) beside 511', 'x'.repeat(510), long],
  ['of 511 letters beside one that differs in the last', long, `${long.slice(1)}y`],
  ['of 400 KB beside one that differs in the last', 'x'.repeat(100_000), `${'x'.repeat(99_999)}y`],
  ['that is the hash of the long one next door', `h:${hashOf(`s:${long}`)}`, long],
  ['that is long, next to a text like its hash', long, `h:${hashOf(`s:${long}`)}`],
  ['of 510 bytes in 255 characters beside 256', 'é'.repeat(255), 'é'.repeat(256)],
  ['of 600 astral characters beside 601', '\u{1f6d2}'.repeat(600), '\u{1f6d2}'.repeat(601)],
  ['that is long and ends in a lone surrogate', `${long}\ud83d`, `${long}\ud83e`],
  ['of 2,049 bytes beside 2,048', 'x'.repeat(2_049), 'x'.repeat(2_048)],
];

function counts(title: string, key: string, neighbour: string): HostileCase {
  return {
    title,
    neighbour,
    deliveries: boughtThenForgotten({}, key, key),
    runs: ['purchased', 'reminded'],
    note: key,
  };
}

/** Values that are none: a trigger with one is refused, a purchase with one matches nothing. */
const missing: readonly (readonly [title: string, key: string])[] = [
  ['null', 'null'],
  ['an empty object', '{}'],
  ['an empty list', '[]'],
  ['a list with a text', '["neighbour"]'],
  ['a list with a number', '[42]'],
  ['an object with the neighbour', '{"cart":"neighbour"}'],
  ['1e400, which is infinite', '1e400'],
  ['-1e400', '-1e400'],
  ['a whole number that JSON readers cannot hold', '9007199254740993'],
  ['another one', '9007199254740992'],
  ['a long whole number', '123456789012345678901234567890'],
  ['a negative one', '-9007199254740992'],
  ...Object.entries(objects).map(([title, text]) => [title, text] as const),
];

function isMissing(title: string, key: string): HostileCase {
  return {
    title,
    // Nobody may be matched by what is missing, not even another one that is.
    deliveries: [
      { atMs: 0, text: envelope({ name: plainNames.added, detail: detail(key) }) },
      { atMs: hourMs, text: envelope({ name: plainNames.purchased, timeMs: hourMs, detail: detail(key) }) },
    ],
    runs: [],
    letters: ['MissingKey'],
  };
}

/** Keys at other paths than a plain one: only an own field of the event's data is a key. */
const paths: readonly (readonly [path: string, data: string, neighbour: string, isKey: boolean])[] = [
  ['data.__proto__', '{"__proto__":"x"}', '"__proto__":"y"', true],
  ['data.__proto__.id', '{"__proto__":{"id":"x"}}', '"__proto__":{"id":"y"}', true],
  ['data.__proto__.id', '{"id":"y"}', '"__proto__":{"id":"y"}', false],
  ['data.constructor', '{"constructor":"x"}', '"constructor":"y"', true],
  ['data.constructor.name', '{}', '"constructor":{"name":"Object"}', false],
  ['data.toString', '{}', '"toString":"y"', false],
  ['data.hasOwnProperty', '{"hasOwnProperty":true}', '"hasOwnProperty":"true"', true],
  ['data.list.0', '{"list":["x"]}', '"list":["y"]', true],
  ['data.list.0', '{"list":"x"}', '"list":["x"]', false],
  ['data.list.length', '{"list":["x"]}', '"list":["y","z"]', true],
  ['data.text.length', '{"text":"x"}', '"text":{"length":1}', false],
  ['data.\u00e9', '{"e\\u0301":"x"}', '"\\u00e9":"x"', false],
  ['data.\u00e9', '{"\\u00e9":"x"}', '"\\u00e9":"y","e\\u0301":"x"', true],
  ['data.a|key|s:b', '{"a|key|s:b":"x"}', '"a|key|s:b":"y"', true],
  ['data.k', '{"k":"y","k":"x"}', '"k":"y"', true],
];

function atPath([key, data, neighbour, isKey]: (typeof paths)[number]): HostileCase {
  const event = (name: string, timeMs: number) => ({ atMs: timeMs, text: envelope({ name, timeMs, detail: data }) });
  return {
    title: `a key at ${key} of ${data}`,
    names: { key },
    neighbourData: (note) => `{${neighbour},"note":${note}}`,
    deliveries: [event(plainNames.added, 0), event(plainNames.purchased, hourMs)],
    runs: isKey ? ['purchased'] : [],
    letters: isKey ? [] : ['MissingKey'],
  };
}

export const keyCases: readonly HostileCase[] = [
  ...Object.entries({ ...texts, ...lonely }).map(([title, text]) =>
    counts(`a key with ${title}`, JSON.stringify(text), lookAlikes[title] ?? '"neighbour"'),
  ),
  ...values.map(([title, key, neighbour]) => counts(`a key ${title}`, key, neighbour)),
  ...lengths.map(([title, key, neighbour]) => counts(`a key ${title}`, JSON.stringify(key), JSON.stringify(neighbour))),
  ...missing.map(([title, key]) => isMissing(`no key: ${title}`, key)),
  ...paths.map(atPath),
];
