/** Whether an event passes an `if`: by the library, with JSON's numbers, within bounds; and our grammar against the library's. */
import fc from 'fast-check';
import { type FilterVerdict, loadFilters, passes } from '../../lib/engine/decision/filter.js';
import type { StoredEvent } from '../../lib/engine/stored/document.js';
import { eventFilter } from '../../lib/journey/filter/filter.js';
import { assertFilter } from '../../lib/journey/filter/filter-assert.js';
import { type FilterNode, parseFilter } from '../../lib/journey/filter/filter-syntax.js';
import { changed, inherited } from '../hostile/prototypes.js';

beforeAll(() => loadFilters());

const event = (data: unknown, id = 'e1'): StoredEvent => ({
  id,
  name: 'shop/order',
  source: 'shop',
  timeMs: Date.UTC(2026, 0, 1, 12),
  hops: 0,
  ...(data !== undefined && { data }),
});

const trigger = event({ id: 7, user: 'ann', amount: 100, none: null, list: [1, 2, 3], tags: ['a', 'b'] }, 'e0');
const ask = (text: string, data: unknown): FilterVerdict => {
  assertFilter(text, ['event', 'async'], 'w');
  return passes(text, trigger, event(data));
};

describe('a filter', () => {
  test.each<[string, unknown, boolean]>([
    // Numbers: those of JSON and those that are written are of one kind.
    ['async.data.amount > 100', { amount: 101 }, true],
    ['async.data.amount > 100', { amount: 100.5 }, true],
    ['async.data.amount > 100', { amount: 100 }, false],
    ['async.data.amount >= 99.5', { amount: 100 }, true],
    ['async.data.amount == 100', { amount: 100 }, true],
    ['async.data.amount == 100.0', { amount: 100 }, true],
    ['async.data.amount + 1 == 101', { amount: 100 }, true],
    ['async.data.amount * 2 - 1 > event.data.amount', { amount: 51 }, true],
    ['async.data.amount / 2 == 0.5', { amount: 1 }, true],
    ['async.data.amount % 2 == 1', { amount: 7 }, true],
    ['-async.data.amount < 0', { amount: 7 }, true],
    ['1 == 1.0 && 2 > 1.5', {}, true],
    ['async.data.amount in [1, 2.0, 3]', { amount: 2 }, true],
    ['2 in async.data.list', { list: [1, 2] }, true],
    ['async.data.list == [1, 2]', { list: [1, 2] }, true],
    ['int(async.data.text) == 42', { text: '42' }, true],
    ['async.data.amount == 0xff', { amount: 255 }, true],
    // Texts
    ['async.data.text == event.data.user', { text: 'ann' }, true],
    ['async.data.text == "é😀"', { text: 'é😀' }, true],
    ['async.data.text == "\\u00e9"', { text: 'é' }, true],
    ["async.data.text == 'it\\'s'", { text: "it's" }, true],
    ['size(async.data.text) == 2', { text: 'é😀' }, true],
    ['async.data.text.lowerAscii().startsWith("ab")', { text: 'ABC' }, true],
    ['async.data.text.contains("b") && async.data.text.endsWith("c")', { text: 'abc' }, true],
    ['async.data.text < "b"', { text: 'a' }, true],
    ['async.data["first name"] == "ann"', { 'first name': 'ann' }, true],
    // What is there
    ['has(async.data.a)', { a: null }, true],
    ['has(async.data.a)', {}, false],
    ['!has(async.data.a) || async.data.a == 1', {}, true],
    ['async.data.a == null', { a: null }, true],
    ['async.data.a != null', { a: 1 }, true],
    ['event.data.none == null', {}, true],
    ['"a" in async.data', { a: 1 }, true],
    // An error beside what decides does not matter, as in CEL.
    ['async.data.missing == 1 || async.data.a == 1', { a: 1 }, true],
    ['async.data.missing == 1 && async.data.a == 1', { a: 2 }, false],
    // Values of different kinds are not equal.
    ['async.data.a == "1"', { a: 1 }, false],
    ['async.data.a == 1', { a: '1' }, false],
    ['async.data.a == true', { a: 1 }, false],
    ['async.data.a != "1"', { a: 1 }, true],
    // Lists
    ['"b" in event.data.tags && event.data.list[0] == 1', {}, true],
    [
      'async.data.items.exists(i, i.sku == "x" && i.n > 1)',
      {
        items: [
          { sku: 'y', n: 2 },
          { sku: 'x', n: 2 },
        ],
      },
      true,
    ],
    ['async.data.items.all(i, i > 0)', { items: [1, 2] }, true],
    ['async.data.items.exists_one(i, i == 1)', { items: [1, 1] }, false],
    ['async.data.items[1].sku == "x"', { items: [{}, { sku: 'x' }] }, true],
    ['async.data.items[event.data.id - 6] == "b"', { items: ['a', 'b'] }, true],
    // Times
    ['timestamp(async.data.at) > timestamp(async.time)', { at: '2026-01-01T12:00:01Z' }, true],
    ['timestamp(async.time) - timestamp(event.time) == duration("0s")', {}, true],
    ['timestamp(async.time) + duration("1h") > timestamp("2026-01-01T12:59:59Z")', {}, true],
    ['timestamp(async.time).getHours() == 12', {}, true],
    // The event itself
    ['async.name == "shop/order" && async.source == "shop" && async.id != event.id', {}, true],
    ['async.data.vip ? async.data.n > 1 : async.data.n > 10', { vip: true, n: 2 }, true],
  ])('%s, given %j: %s', (text, data, expected) => {
    expect(ask(text, data)).toEqual({ passes: expected });
  });

  test.each<[string, unknown, string, string]>([
    ['async.data.missing == 1', {}, 'no_such_key', 'missing'],
    ['async.data.a.b == 1', { a: 'text' }, 'no_such_key', 'b'],
    ['async.data.missing != 1', {}, 'no_such_key', 'missing'],
    ['async.data.missing == null', {}, 'no_such_key', 'missing'],
    ['has(async.data.a.b)', {}, 'no_such_key', 'a'],
    ['async.data.a > 1', { a: 'text' }, 'no_such_overload', 'async.data.a > 1'],
    ['async.data.a + 1 > 1', { a: 'text' }, 'no_such_overload', 'async.data.a + 1'],
    ['async.data.a.startsWith("x")', { a: 1 }, 'no_matching_overload', 'async.data.a.startsWith("x")'],
    ['async.data.a', { a: 1 }, 'not_bool', 'async.data.a'],
    ['async.data.a && true', { a: 'yes' }, 'invalid_logical_operand', 'a'],
    ['async.data.l[5] == 1', { l: [1] }, 'index_out_of_bounds', 'async.data.l[5]'],
    [
      'timestamp(async.data.at) > timestamp(async.time)',
      { at: 'soon' },
      'invalid_timestamp',
      'timestamp(async.data.at)',
    ],
    ['async.data.a == 1', undefined, 'no_such_key', 'data'],
    ['async.data.a == 1', { l: 1 }, 'no_such_key', 'a'],
    ['async.data.constructor == 1', {}, 'no_such_key', 'constructor'],
    ['1 in async.data.l', { l: Array.from({ length: 1e5 }, () => 1) }, 'too_large', 'async.data.l'],
    ['async.data.l.exists(i, i == 2)', { l: Array.from({ length: 1e5 }, () => 1) }, 'too_large', 'async.data.l'],
    ['async.data.t.contains("a")', { t: 'x'.repeat(3e5) }, 'too_large', 'async.data.t'],
  ])('fails to pass, and says why: %s', (text, data, code, part) => {
    expect(ask(text, data)).toEqual({ passes: false, failure: { code, part } });
  });

  test('looks at what is used only: large data beside it do not matter', () => {
    const data = { amount: 5, l: Array.from({ length: 1e5 }, () => 1), deep: deep(900) };
    expect(ask('async.data.amount == 5 && has(async.data.l) && async.data.l[0] == 1', data)).toEqual({ passes: true });
    expect(ask('async.data.deep == event.data.list', data).failure?.code).toBe('too_large');
  });

  test('of hostile data costs no more than a few milliseconds', () => {
    const list = Array.from({ length: 990 }, (_, i) => `item ${i} ${'x'.repeat(10)}`);
    const text = Array.from({ length: 9 }, (_, i) => `async.data.l.exists(i, i.contains("${i}y"))`).join(' || ');
    ask(text, { l: list });
    const startedMs = performance.now();
    expect(ask(text, { l: list }).passes).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });

  test('reads own fields only, and touches nothing that all objects inherit from', () => {
    const before = inherited();
    const data = JSON.parse('{"__proto__": {"a": 1}, "x": {"__proto__": 5}, "constructor": {"prototype": 1}}');
    // The library takes an object with a field of this name for one of a class: no match, and it is told.
    expect(ask('has(async.data.a)', data).failure?.code).toBe('unsupported_type');
    const { constructor: _field, ...plain } = data;
    expect(ask('has(async.data.a)', plain)).toEqual({ passes: false });
    expect(ask('async.data.constructor.prototype == 1', data).passes).toBe(false);
    expect(ask('has(async.data.toString) || has(async.data.x.valueOf)', plain)).toEqual({ passes: false });
    expect(changed(before)).toEqual([]);
  });

  test('that was compiled once gives the same for every event', () => {
    const text = 'async.data.n > event.data.amount';
    expect([99, 101, 100, 101].map((n) => ask(text, { n }).passes)).toEqual([false, true, false, true]);
  });

  test('is known again after very many others', () => {
    for (let n = 0; n < 1_200; n += 1) expect(ask(`async.data.n == ${n}`, { n })).toEqual({ passes: true });
  });
});

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}

/** Expressions of every form that the grammar has, right or wrong in their kinds. */
const expressions = fc.letrec<Record<'any' | 'value', string>>((tie) => ({
  value: fc.oneof(
    fc.constantFrom(
      'event.data.a',
      'async.data.b',
      'async.data.l',
      'async.data.o.x',
      'async.data["b"]',
      'async.data.l[0]',
    ),
    fc.constantFrom(
      '1',
      '2.5',
      '0',
      '"a"',
      "'b'",
      'true',
      'false',
      'null',
      '[1, 2.0]',
      '["a"]',
      'async.data.missing',
      '0x1',
    ),
  ),
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    tie('value'),
    fc
      .tuple(
        tie('any'),
        fc.constantFrom('&&', '||', '==', '!=', '<', '<=', '>', '>=', ' in ', '+', '-', '*', '/', '%'),
        tie('any'),
      )
      .map(([a, operator, b]) => `${a} ${operator} ${b}`),
    tie('any').map((a) => `(${a})`),
    tie('any').map((a) => `!${a}`),
    tie('any').map((a) => `-${a}`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([a, b, c]) => `${a} ? ${b} : ${c}`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `[${a}, ${b}]`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `${a}[${b}]`),
    fc.tuple(fc.constantFrom('size', 'int', 'double', 'string'), tie('any')).map(([name, a]) => `${name}(${a})`),
    fc
      .tuple(tie('any'), fc.constantFrom('contains', 'startsWith'), tie('any'))
      .map(([a, name, b]) => `${a}.${name}(${b})`),
    fc.constantFrom('has(async.data.b)', 'async.data.l.exists(i, i == 1)', 'async.data.o.x.y'),
  ),
}));

/** The same, with each operation in brackets of its own: what our grammar makes of it. */
function bracketed(node: FilterNode, text: string): string {
  const inner = (one: FilterNode): string => bracketed(one, text);
  switch (node.kind) {
    case 'literal':
    case 'path':
      return text.slice(node.start, node.end);
    case 'index':
      return `(${inner(node.of)})[${inner(node.index)}]`;
    case 'select':
      return `(${inner(node.of)}).${node.field}`;
    case 'not':
      return `(!(${inner(node.of)}))`;
    case 'minus':
      return `(-(${inner(node.of)}))`;
    case 'list':
      return `[${node.items.map(inner).join(', ')}]`;
    case 'choice':
      return `((${inner(node.test)}) ? (${inner(node.yes)}) : (${inner(node.no)}))`;
    case 'binary':
      return `((${inner(node.left)}) ${node.operator} (${inner(node.right)}))`;
    case 'call':
      if (node.name === 'has') return text.slice(node.start, node.end);
      return `${node.receiver ? `${inner(node.receiver)}.` : ''}${node.name}(${node.args.map(inner).join(', ')})`;
  }
}

const datas = fc.record({
  b: fc.constantFrom<unknown>(1, 2.5, 'a', true, null, [1, 2], 0),
  l: fc.constantFrom<unknown>([1, 2, 3], ['a'], [], 'text', [true]),
  o: fc.constantFrom<unknown>({ x: 1 }, { x: { y: 2 } }, null, 5),
});

describe('our grammar and the library’s', () => {
  test('read every expression that is taken in the same way', () => {
    let taken = 0;
    let decided = 0;
    fc.assert(
      fc.property(expressions.any, datas, (text, data) => {
        if (!isTaken(text)) return;
        taken += 1;
        const verdict = passes(text, event({ a: 1 }), event(data));
        if (!verdict.failure) decided += 1;
        const same = passes(bracketed(parseFilter(text), text), event({ a: 1 }), event(data));
        expect({ text, passes: verdict.passes, code: verdict.failure?.code }).toEqual({
          text,
          passes: same.passes,
          code: same.failure?.code,
        });
      }),
      { numRuns: 8_000, seed: 34 },
    );
    // Not by refusing everything, and not by failing at everything.
    expect(taken).toBeGreaterThan(800);
    expect(decided).toBeGreaterThan(400);
  });

  test('the key is taken out of any expression without changing what it says of events that have the key', () => {
    const key = 'event.data.a == async.data.a';
    let parted = 0;
    fc.assert(
      fc.property(expressions.any, expressions.any, datas, (before, after, data) => {
        const text = `${before} && ${key} && ${after}`;
        if (!isTaken(text)) return;
        const left = eventFilter(text, 'w').without({ trigger: 'data.a', incoming: 'data.a' });
        if (left !== text) parted += 1;
        const of = (one: string) => passes(one, event({ a: 1 }), event({ ...data, a: 1 })).passes;
        expect([text, left && of(left)]).toEqual([text, of(text)]);
      }),
      { numRuns: 6_000, seed: 36 },
    );
    expect(parted).toBeGreaterThan(100);
  });

  test('what is taken always compiles, whatever the data', () => {
    const noise = fc.array(
      fc.constantFrom(
        ...'event async . data a b ( ) [ ] == != < > && || ! ? : , 1 2.5 "x" in has size null true - + * / %'.split(
          ' ',
        ),
      ),
      { maxLength: 14 },
    );
    let taken = 0;
    fc.assert(
      fc.property(noise, fc.constantFrom('', ' '), (words, between) => {
        const text = words.join(between);
        if (!isTaken(text)) return;
        taken += 1;
        passes(text, event({ a: 1, b: 'x' }), event({ a: 'x', b: 1 }));
      }),
      { numRuns: 20_000, seed: 35 },
    );
    expect(taken).toBeGreaterThan(5);
  });
});

function isTaken(text: string): boolean {
  try {
    assertFilter(text, ['event', 'async'], 'w');
    return true;
  } catch {
    return false;
  }
}
