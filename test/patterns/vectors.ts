/**
 * What the vectors ask: lists of patterns and lists of events, each pattern of a suite against each of its events.
 *
 * Owns: the questions. The answers are the real ruler's (make-vectors.ts) and stand in vectors.json.
 * Everything is JSON text, because `300`, `300.0` and `3e2` are the same number and different texts.
 */

import { leafEvents, leafPatterns, noField } from './one-field.js';
import { randomSuite } from './random-patterns.js';

export interface Question {
  readonly name: string;
  readonly events: readonly string[];
  readonly patterns: readonly string[];
}

/** `refused`: the ruler's reason. `matches`: places in the suite's list of events. */
export type Answer = { readonly pattern: string } & (
  | { readonly matches: readonly number[] }
  | { readonly refused: string }
);

export interface Vectors {
  readonly judgedBy: string;
  readonly suites: readonly {
    readonly name: string;
    readonly events: readonly string[];
    readonly answers: readonly Answer[];
  }[];
}

const shapeEvents: readonly string[] = [
  '{"source":"s","detail-type":"t","detail":{"a":{"b":1,"c":2}}}',
  '{"source":"s","detail-type":"t","detail":{"a.b":1}}',
  '{"source":"s","detail-type":"t","detail":{"a":{"b":{"c":1}}}}',
  '{"source":"s","detail-type":"u","detail":{"a":{"b.c":1}}}',
  '{"detail.a.b":1}',
  '{"detail":{"a":[{"b":1,"c":1},{"b":2,"c":2}]}}',
  '{"detail":{"a":[{"b":1,"c":2},{"b":2,"c":1}]}}',
  '{"detail":{"a":[{"b":1},{"c":2}]}}',
  '{"detail":{"a":[[{"b":1,"c":2}]]}}',
  '{"detail":{"a":[{"b":[1,2],"c":[3]},{"b":[4],"c":[2]}]}}',
  '{"detail":{"a":[{"b":{"c":1},"d":1},{"b":{"c":2},"d":2}]}}',
  '{"detail":{"a":{"b":[{"c":1,"d":2},{"c":2,"d":1}],"e":1}}}',
  '{"detail":{"a":[{"b":1,"x":[{"y":1},{"y":2}]},{"b":2,"x":[{"y":3}]}]}}',
  '{"detail":{"a":1,"b":2,"c":3}}',
  '{"detail":{"a":1,"c":3}}',
  '{"detail":{"b":2}}',
  '{"detail":{"a":[1,2],"b":[2,3]}}',
  '{"detail":{"a":{}}}',
  '{"detail":{"a":[]}}',
  '{"detail":{"a":[{}]}}',
  '{"detail":{"a":null}}',
  '{"detail":{"a":{"b":null}}}',
  '{"detail":{"a":{"b":[]}}}',
  '{"detail":{"a":{"b":{}}}}',
  '{"detail":{"a":"{\\"b\\":1}"}}',
  '{"detail":{"$or":[{"a":1},{"b":2}],"a":3}}',
  '{"detail":{"":1}}',
  '{"detail":{"a":{"":1}}}',
  '{"detail":{"__proto__":{"b":1}}}',
  '{"detail":{"constructor":{"b":1}}}',
  '{"detail":{"a":[1,{"b":1}]}}',
  '{"detail":[{"a":1},{"b":2}]}',
  '{"detail":{"a":{"b":1},"a.b":2}}',
  '{"detail":{"exists":true,"prefix":"x"}}',
  '{"detail":{"a":[{"b":[{"c":1},{"c":2}],"d":1},{"b":[{"c":3}],"d":2}]}}',
  '{"detail":{"ä":{"日本":"x"}}}',
  '{"detail":{"a":[1,{"b":2}]}}',
  '{"detail":{"a":[{"b":1,"c":[{"d":1},{"d":2}]},{"b":2}]}}',
  '{"detail":1}',
  '{"detail":{"p":"a"}}',
  '{"detail":{"p":"b"}}',
  '{"detail":{"p":"a","q":1}}',
  '{"detail":{"p":"b","q":1}}',
  '{"detail":{"a":[[{"b":1},{"b":2}],[{"c":2}]]}}',
];

const shapePatterns: readonly string[] = [
  '{"source":["s"]}',
  '{"source":["s"],"detail-type":["t"]}',
  '{"source":["s"],"detail-type":["t","u"],"detail":{"a":{"b":[1]}}}',
  '{"detail":{"a":{"b":[1]}}}',
  '{"detail":{"a.b":[1]}}',
  '{"detail.a.b":[1]}',
  '{"detail":{"a":{"b":[1],"c":[2]}}}',
  '{"detail":{"a":{"b":[2],"c":[2]}}}',
  '{"detail":{"a":{"b":[1],"c":[1]}}}',
  '{"detail":{"a":{"b":[1,2],"c":[3]}}}',
  '{"detail":{"a":{"b":[4],"c":[3]}}}',
  '{"detail":{"a":{"b":{"c":[1]},"d":[1]}}}',
  '{"detail":{"a":{"b":{"c":[1]},"d":[2]}}}',
  '{"detail":{"a":{"b":{"c":[1],"d":[2]}}}}',
  '{"detail":{"a":{"b":{"c":[1],"d":[1]}}}}',
  '{"detail":{"a":{"b":{"c":[2]},"e":[1]}}}',
  '{"detail":{"a":{"b":[1],"x":{"y":[2]}}}}',
  '{"detail":{"a":{"b":[1],"x":{"y":[3]}}}}',
  '{"detail":{"a":{"b":{"c":[2]},"d":[1]}}}',
  '{"detail":{"a":{"b":{"c":[3]},"d":[1]}}}',
  '{"detail":{"a":[1],"b":[2]}}',
  '{"detail":{"a":[2],"b":[2]}}',
  '{"detail":{"a":[{"exists":true}]}}',
  '{"detail":{"a":[{"exists":false}]}}',
  '{"detail":{"a":{"b":[{"exists":true}]}}}',
  '{"detail":{"a":{"b":[{"exists":false}]}}}',
  '{"detail":{"a":{"b":[{"exists":false}],"c":[2]}}}',
  '{"detail":{"a":{"b":[1],"c":[{"exists":false}]}}}',
  '{"detail":{"a":{"x":{"y":[{"exists":false}]},"b":[1]}}}',
  '{"detail":{"a":[null]}}',
  '{"detail":{"a":{"b":[null]}}}',
  '{"detail":{"a":{"b":[{"anything-but":[1]}]}}}',
  '{"detail":{"a":{"b":[{"numeric":[">",1]}],"c":[{"numeric":["<",2]}]}}}',
  '{"detail":{"":[1]}}',
  '{"detail":{"a":{"":[1]}}}',
  '{"detail":{"__proto__":{"b":[1]}}}',
  '{"detail":{"constructor":{"b":[1]}}}',
  '{"detail":{"constructor":{"name":[{"exists":true}]}}}',
  '{"detail":{"toString":[{"exists":false}]}}',
  '{"detail":{"ä":{"日本":["x"]}}}',
  '{"detail":{"exists":[true],"prefix":["x"]}}',
  // $or
  '{"detail":{"$or":[{"a":[1]},{"b":[2]}]}}',
  '{"detail":{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}}',
  '{"$or":[{"source":["s"]},{"detail":{"a":[1]}}]}',
  '{"$or":[{"source":["s"],"detail-type":["u"]},{"detail":{"a":{"b":[2]}}}]}',
  '{"detail":{"a":{"$or":[{"b":[1]},{"c":[2]}]}}}',
  '{"detail":{"a":{"$or":[{"b":[1],"c":[1]},{"b":[2],"c":[1]}]}}}',
  '{"detail":{"$or":[{"a":[1]},{"$or":[{"b":[2]},{"c":[9]}]}]}}',
  '{"detail":{"$or":[{"a":[9]},{"b":[{"exists":false}]}]}}',
  '{"detail":{"$or":[{"a":[1]}]}}',
  '{"detail":{"$or":[]}}',
  '{"detail":{"$or":[{"a":[1]},{}]}}',
  '{"detail":{"$or":[{"a":[1]},{"prefix":"x"}]}}',
  '{"detail":{"$or":[{"a":[1]},{"prefix":["x"]}]}}',
  '{"detail":{"$or":[{"a":[1]},1]}}',
  '{"detail":{"$or":[1,3]}}',
  '{"detail":{"$or":{"a":[1]}}}',
  '{"detail":{"$or":[{"a":{"b":[1]}},{"a":{"c":[2]}}],"a":{"e":[1]}}}',
  '{"detail":{"a":[1],"$or":[{"a":[2]},{"b":[2]}]}}',
  '{"detail":{"a.$or":[{"b":[1]},{"c":[2]}]}}',
  // a path that is wanted twice
  '{"detail":{"p":["a"],"$or":[{"p":["b"]},{"q":[1]}]}}',
  '{"detail":{"$or":[{"p":["b"]},{"q":[1]}],"p":["a"]}}',
  '{"detail":{"$or":[{"p":["b"]},{"q":[1]}],"$or.p":["a"]}}',
  '{"detail":{"a":[1],"a.b":[2]}}',
  '{"detail":[1]}',
  '{"detail":{"a":{"c":{"d":[{"exists":false}]},"b":[2]}}}',
  '{"detail":{"a":{"b":[{"exists":false}],"c":{"d":[2]}}}}',
  // refused, or perhaps
  '{}',
  '{"detail":{}}',
  '{"detail":{"a":{}}}',
  '{"detail":{"a":[]}}',
  '{"detail":{"a":1}}',
  '{"detail":{"a":"x"}}',
  '{"detail":{"a":null}}',
  '{"detail":{"a":true}}',
  '{"detail":["a"]}',
  '["a"]',
  '"a"',
  '',
  '{"detail":{"a":[1]}',
  '{"detail":{"a":[[1]]}}',
  '{"detail":{"a":[{"b":[1]}]}}',
  '{"detail":{"a":{"b":[1]},"a.b":[2]}}',
  '{"detail":{"a":[1],"a":[2]}}',
  '{"detail":{"a":{"b":[1]},"a":{"c":[2]}}}',
  '{"detail":{"a":[1],"a.b":[2]}}',
  '{"detail":{"a..b":[1]}}',
  '{"detail":{".a":[1]}}',
  '{"detail":{"a":[1,1]}}',
  '{"detail":{"a":["x",]}}',
  "{'detail':{'a':[1]}}",
];

/** The one shape that the constructs write (lib/constructs/rule.ts): names, and no replays unless the journey asks for them. */
const ruleNames = ['cart/product.added', 'cart/purchased', 'lead/entered', 'sales/outreach.logged'];
const rulePatterns: readonly string[] = [
  JSON.stringify({ 'detail-type': ruleNames, 'replay-name': [{ exists: false }] }),
  JSON.stringify({ 'detail-type': ruleNames }),
  JSON.stringify({ 'detail-type': ruleNames.slice(0, 1), 'replay-name': [{ exists: false }] }),
];
const ruleEvents: readonly string[] = [
  ...ruleNames,
  ...['cart/product.adde', 'cart/product.added ', 'Cart/Product.Added', 'cart/product.added2', ''],
].flatMap((name) =>
  ['', ',"replay-name":"again"', ',"replay-name":null', ',"replay-name":[]'].map(
    (replay) =>
      `{"version":"0","detail-type":${JSON.stringify(name)},"source":"shop"${replay},"detail":{"cart_id":"42"}}`,
  ),
);

/** All that is asked. */
export const questions: readonly Question[] = [
  { name: 'one field', events: [...leafEvents, ...noField], patterns: leafPatterns },
  { name: 'shapes', events: shapeEvents, patterns: shapePatterns },
  { name: 'the rules of journeys', events: ruleEvents, patterns: rulePatterns },
  randomSuite({ seed: 20261122, patterns: 400, events: 60 }),
];
