/** The `if` of an author: what is read, what is refused by name, and which part of it is the key. */
import { createJourney, type JourneyDefinition, JourneyError } from 'sojourn';
import { createTestWorld } from 'sojourn/testing';
import { eventFilter } from '../../lib/journey/filter/filter.js';
import { assertFilter, assertFilters } from '../../lib/journey/filter/filter-assert.js';
import { isBounded } from '../../lib/journey/filter/filter-bounds.js';
import { limits } from '../../lib/limits.js';

function errorOf(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  throw new Error('it did not throw');
}

function check(text: unknown, what = 'w'): void {
  eventFilter(text, what);
  assertFilter(text as string, ['event', 'async'], what);
}

const refusal = (text: unknown): string => (errorOf(() => check(text, "wait 'w'")) as Error).message;

describe('an `if` that can be honoured', () => {
  test.each([
    'async.data.amount > 100',
    'event.data.user == async.data.user && async.data.role == "admin"',
    "async.data.plan in ['pro', 'team'] || has(event.data.trial)",
    'async.data["first name"].startsWith(event.data.name)',
    'async.data.items[0].sku != null && !async.data.gift',
    'async.data.price * 2 + 1.5e3 - event.data.price / 3 % 2 >= -0x10',
    'async.data.items.exists(item, item.sku == event.data.sku && item.count > 1)',
    'timestamp(async.time) - timestamp(event.time) < duration("24h")',
    'timestamp(async.data.at).getDayOfWeek() == 0',
    'event.data.vip ? async.data.amount > 0 : size(async.data.items) > 3',
    '((event.data.a)) == ((async.data.b))',
    'async.data.flag',
    'async.name == "a" && async.id != event.id && async.source == "shop"',
    'async.data.list[event.data.at] == 1',
    "async.data.text.contains('\\u00e9 \\'quoted\\'')",
  ])('is taken: %s', (text) => {
    expect(() => check(text)).not.toThrow();
  });
});

describe('an `if` that cannot be honoured', () => {
  test.each([
    ['async.data.x.matches("a+")', 'matches() is not supported', 'async.data.x.matches(\\"a+\\")'],
    ['async.data.l.map(x, x)', 'makes a new list', 'async.data.l.map(x, x)'],
    ['async.data.l.filter(x, x > 1).size() > 1', 'makes a new list', 'async.data.l.filter(x, x > 1)'],
    ['async.data.l.exists(x, async.data.m.exists(y, x == y))', 'inside of another', 'async.data.m.exists(y, x == y)'],
    ['async.data.l.all(x, x in event.data.m)', 'search inside of a comprehension', 'x in event.data.m'],
    ['[1, 2].exists(x, x == async.data.x)', 'takes a list of an event', '[1, 2].exists(x, x == async.data.x)'],
    ['async.data.l.exists(event, event == 1)', 'takes a name and a condition', 'exists(event, event == 1)'],
    ['foo(async.data.x)', 'foo() is not supported', 'foo(async.data.x)'],
    ['type(async.data.x) == int', 'type() is not supported', 'type(async.data.x)'],
    ['async.data.x.trim() == "a"', 'trim() is not supported', 'async.data.x.trim()'],
    ['cel.bind(x, async.data.y, x)', 'bind() is not supported', 'cel.bind(x, async.data.y, x)'],
    ['event.user == 1', 'no such field', 'event.user'],
    ['event.ts > 1', 'write timestamp(event.time)', 'event.ts'],
    ['event == async', 'no such field', 'event'],
    ['event.id.x == 1', 'is a text', 'event.id.x'],
    ['amount > 100', "'amount' is not known", 'amount'],
    ['async.data.x == yes', "'yes' is not known", 'yes'],
    ['async.data.x = 1', 'not read', '= 1'],
    ['async.data.x & 1', 'not read', '& 1'],
    ['{"a": 1} == async.data.x', 'not read', '{'],
    ['async.data.x == `a`', 'not read', '`a`'],
    ['async.data.x == "a', 'not read', '\\"a'],
    ['async.data.x == "\\q"', 'not read', '\\"'],
    ['async.data.x == r"a"', 'values of this kind', 'r\\"a\\"'],
    ['async.data.x == 5u', 'values of this kind', '5u'],
    ['async.data.x == """a"""', 'values of this kind', '\\"\\"'],
    ['async.data.x == 1 // comment', 'was expected', '/'],
    ['async.data.in == 1', 'the name of a field was expected', 'in'],
    ['async.data.x ==', 'a value was expected', 'its end'],
    ['(async.data.x == 1', "')' was expected", 'its end'],
    ['async.data.x == 1)', 'an operator, or the end', ')'],
    ['async.data.x == 1 async.data.y', 'an operator, or the end', 'async'],
    ['async.data.l.exists(x == 1)', 'takes a name and a condition', 'exists(x == 1)'],
    ['!!async.data.x', 'a sign stands twice', '!!'],
    ['async.data.x + 1', 'it gives a number', 'async.data.x + 1'],
    ['"true"', 'it gives a string', 'true'],
    ['async.data.x == 1 && 2', 'a number cannot be used there', '2'],
    ['async.data.x < 6 < 7', 'two comparisons', 'async.data.x < 6 <'],
    ['(async.data.x < 6) < 7', 'a bool cannot be used there', '(async.data.x < 6)'],
    ['async.data.a == (1 < 2) == true', 'two comparisons', 'async.data.a == (1 < 2) =='],
    ['1 == "1"', 'do not go together', '1 == \\"1\\"'],
    ['1 < "1"', 'do not go together', '1 < \\"1\\"'],
    ['async.data.x > null', 'a null cannot be used there', 'null'],
    ['async.data.x > 9007199254740993', 'so large a number', '9007199254740993'],
    ['async.data.at < timestamp("2026-01-01T00:00:00Z")', 'data hold no timestamp', 'async.data.at'],
    ['async.data.at.getHours() == 1', 'data hold no timestamp', 'async.data.at'],
    ['has(async.data["x"])', 'has() takes the path of one field', 'has(async.data[\\"x\\"])'],
    ['has(async)', 'has() takes', 'has(async)'],
    ['size() == 1', 'takes one value', 'size()'],
    ['async.data.l.size(1) == 1', 'takes no value', 'async.data.l.size(1)'],
    ['size(1) == 1', 'a number cannot be used there', '1'],
  ])('fails with the part that is refused: %s', (text, why, part) => {
    const message = refusal(text);
    expect(message).toContain(why);
    expect(/ Got: (?<got>.+?)\. Expected: /.exec(message)?.groups?.got).toContain(part);
    expect(message).toMatch(/ Fix: .+ \[InvalidFilter\]$/);
  });

  test.each([[undefined], [''], ['  '], [5], [true], [null], [{}]])('fails with %p in place of a text', (text) => {
    expect(refusal(text)).toContain('is no expression');
  });

  test.each([
    ['in characters', `async.data.x == "${'x'.repeat(limits.filterChars)}"`, 'more than 1000'],
    [
      'in values',
      Array.from({ length: 150 }, () => '1')
        .join('+')
        .concat(' > 0'),
      'more than 200',
    ],
    ['in brackets', `${'('.repeat(50)}async.data.x${')'.repeat(50)}`, 'nested more than 20'],
    ['in lists', `async.data.x in ${'['.repeat(50)}${']'.repeat(50)}`, 'nested more than 20'],
  ])('fails when it is too large %s', (_how, text, why) => {
    expect(refusal(text)).toContain(why);
  });

  test('fails as a trigger that speaks of `async`, which is the event itself', () => {
    expect(() => assertFilter('async.data.x == 1', ['event'], 't')).toThrow(
      /a trigger has no `async`.*\[InvalidFilter\]/s,
    );
  });
});

describe('values that a filter goes through', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
  test.each([
    ['a text', 'x'.repeat(limits.filterTextChars - 200), true],
    ['a longer text', 'x'.repeat(limits.filterTextChars + 200), false],
    ['a list', Array.from({ length: limits.filterValues - 1 }, () => 1), true],
    ['a longer list', Array.from({ length: limits.filterValues }, () => 1), false],
    ['a list of 10^5', Array.from({ length: 1e5 }, () => 1), false],
    ['an object in objects', nested(limits.filterLevels), true],
    ['a deeper one', nested(limits.filterLevels + 1), false],
    ['lists in a list', Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 1)), false],
    ['nothing', undefined, true],
  ])('%s: bounded or not', (_what, value, bounded) => {
    expect(isBounded(value)).toBe(bounded);
  });
});

describe('the key in an `if`', () => {
  const filter = (text: string) => eventFilter(text, 'w');

  test('is an equality of a path of the trigger with one of the event, either way round', () => {
    for (const text of [
      'event.data.a == async.data.b.c',
      'async.data.b.c == event.data.a',
      '(event.data.a == async.data.b.c)',
    ])
      expect(filter(text).correlations).toEqual([{ trigger: 'data.a', incoming: 'data.b.c' }]);
  });

  test.each([
    ['event.data["user_id"] == async.data["user_id"]', 'data.user_id', 'data.user_id'],
    ["event.data['user_id'] == async.data.user_id", 'data.user_id', 'data.user_id'],
    ['async["data"]["b"].c == event.data[ "a" ]', 'data.a', 'data.b.c'],
    ['(event.data.user["e-mail"] == async.data["user"].e_mail)', 'data.user.e-mail', 'data.user.e_mail'],
    ['event.data["a==b"] == async.data["&&("]', 'data.a==b', 'data.&&('],
  ])('may be written with brackets: %s', (text, trigger, incoming) => {
    expect(filter(text).correlations).toEqual([{ trigger, incoming }]);
    expect(filter(`async.data.x == 1 && ${text}`).without({ trigger, incoming })).toBe('async.data.x == 1');
    expect(() => assertFilter(text, ['event', 'async'], 'w')).not.toThrow();
  });

  test.each([
    'event.data.a != async.data.a',
    'event.data.a == event.data.b',
    'event.id == async.id',
    'event.data == async.data',
    'event.data.a == async.data.a || async.data.b == 1',
    '!(event.data.a == async.data.a)',
    'event.data.l[0] == async.data.a',
    'event.data["a b"] == async.data.a',
    'event.data["a.b"] == async.data.a',
    'event.data["a\\"b"] == async.data.a',
    'event.data["a\\u0062"] == async.data.ab',
    "event.data['a\"b'] == async.data.a",
    // A place in a list is no field of that name.
    'event.data.l["0"] == async.data.a',
    'event.data[""] == async.data.a',
    'event["id"] == async.data.a',
    'event.data.a == async.data.a ? true : false',
  ])('is not there in %s', (text) => {
    expect(filter(text).correlations).toEqual([]);
    expect(filter(text).without({ trigger: 'data.a', incoming: 'data.a' })).toBe(text);
  });

  test('is taken out, and the rest stays as it was written, in its order', () => {
    const key = { trigger: 'data.a', incoming: 'data.a' };
    expect(filter('event.data.a == async.data.a').without(key)).toBeUndefined();
    expect(
      filter('async.data.x > 1 && event.data.a == async.data.a && (async.data.y || async.data.z)').without(key),
    ).toBe('async.data.x > 1 && (async.data.y || async.data.z)');
    // Inside of brackets of its own it stays, and holds anyway.
    const inside = '((event.data.a == async.data.a) && (async.data.y || async.data.z))';
    expect(filter(inside).without(key)).toBe(inside);
    expect(
      filter("async.data.t == '&& (' && (async.data.a == event.data.a) && async.data.l[0] == ')'").without(key),
    ).toBe("async.data.t == '&& (' && async.data.l[0] == ')'");
    expect(filter('event.data.b == async.data.b && async.data.x == 1').without(key)).toBe(
      'event.data.b == async.data.b && async.data.x == 1',
    );
  });
});

describe('a definition with filters', () => {
  const define = (options: object): JourneyDefinition =>
    createJourney({ id: 'j', triggers: [{ event: 't' }], ...options } as never, () => null).definition;

  test('keeps them, without the key', () => {
    const cancelOn = [{ event: 'c', if: 'event.data.k == async.data.k && async.data.role == "admin"', timeout: '1h' }];
    expect(
      define({ triggers: [{ event: 't', if: 'event.data.amount > 100' }], key: 'data.k', cancelOn }),
    ).toMatchObject({
      triggers: [{ event: 't', if: 'event.data.amount > 100' }],
      cancelOn: [{ event: 'c', if: 'async.data.role == "admin"', timeoutMs: 3_600_000 }],
    });
  });

  test('without one is as it was', () => {
    expect(define({ key: 'data.k', cancelOn: [{ event: 'c' }] })).toMatchObject({
      triggers: [{ event: 't' }],
      cancelOn: [{ event: 'c' }],
    });
    const { triggers, cancelOn } = define({
      key: 'data.k',
      cancelOn: [{ event: 'c', if: 'event.data.k == async.data.k' }],
    });
    expect([...triggers, ...cancelOn].filter((one) => 'if' in one)).toEqual([]);
  });

  test('takes its key from the equality that is in every cancelOn', () => {
    const cancelOn = [
      { event: 'c', if: 'async.data.id == event.data.k && async.data.role == "admin"' },
      { event: 'd', if: 'event.data.k == async.data.other' },
    ];
    const { keyPaths } = define({ cancelOn, waitsFor: ['w'] });
    expect(keyPaths).toEqual({ t: 'data.k', w: 'data.k', c: 'data.id', d: 'data.other' });
  });

  test('may name an event again with another `if`', () => {
    const twice = [
      { event: 't', if: 'event.data.a' },
      { event: 't', if: 'event.data.b' },
    ];
    expect(define({ triggers: twice }).triggers).toEqual(twice);
    expect(() => define({ triggers: [...twice, twice[0]] })).toThrow('[InvalidTriggers]');
  });

  test('takes its match from an equality that is not the key', () => {
    const cancel = (text: string) => define({ key: 'data.k', cancelOn: [{ event: 'c', if: text }] }).cancelOn;
    expect(cancel('event.data.u == async.data.u')).toEqual([{ event: 'c', path: 'data.u' }]);
    expect(cancel('async.data["u"] == event.data["u"] && async.data.n > 1')).toEqual([
      { event: 'c', path: 'data.u', if: 'async.data.n > 1' },
    ]);
    // The first one whose paths are the same; the others are asked.
    expect(
      cancel('event.data.a == async.data.b && event.data.u == async.data.u && event.data.v == async.data.v'),
    ).toEqual([{ event: 'c', path: 'data.u', if: 'event.data.a == async.data.b && event.data.v == async.data.v' }]);
    const byMatch = { event: 'c', match: 'data.u', if: 'event.data.u == async.data.u && event.data.v == async.data.v' };
    expect(define({ key: 'data.k', cancelOn: [byMatch] }).cancelOn).toEqual([
      { event: 'c', path: 'data.u', if: 'event.data.v == async.data.v' },
    ]);
    expect(define({ key: 'data.k', cancelOn: [{ ...byMatch, match: 'data.k' }] }).cancelOn).toEqual([
      { event: 'c', if: byMatch.if },
    ]);
    expect(define({ key: 'data.k', cancelOn: [{ ...byMatch, match: null }] }).cancelOn).toEqual([
      { event: 'c', path: null, if: byMatch.if },
    ]);
  });

  test('finds a cancelling event by the key where the paths of the key differ', () => {
    const key = { t: 'data.id', c: 'data.k' };
    const of = (text: string) => define({ key, cancelOn: [{ event: 'c', if: text }] }).cancelOn;
    expect(of('event.data.id == async.data.k && event.data.u == async.data.u')).toEqual([
      { event: 'c', if: 'event.data.u == async.data.u' },
    ]);
    expect(of('event.data.k == async.data.k')).toEqual([{ event: 'c', path: 'data.k' }]);
  });

  test.each([
    [
      'an equality of two paths that are not the key’s',
      { key: 'data.k', cancelOn: [{ event: 'c', if: 'event.data.u == async.data.v' }] },
    ],
    ['two keys', { triggers: [{ event: 't' }], cancelOn: [{ event: 't', if: 'event.data.a == async.data.b' }] }],
  ])('fails with %s', (_what, options) => {
    expect(() => define(options)).toThrow(
      /correlates on another path.*give the value one path.*write event\.data\.\w == async\.data\.\w && .*\[UnsupportedMatch\]/s,
    );
  });

  test('allows another equality beside the key', () => {
    const cancelOn = [{ event: 'c', if: 'event.data.k == async.data.k && event.data.u == async.data.u' }];
    expect(define({ key: 'data.k', cancelOn }).cancelOn).toEqual([{ event: 'c', if: 'event.data.u == async.data.u' }]);
  });

  test('fails when no cancelOn names a key, and nothing else does', () => {
    expect(() => define({ cancelOn: [{ event: 'c', if: 'async.data.role == "admin"' }] })).toThrow('[MissingKeyPath]');
    const two = 'event.data.a == async.data.a && event.data.b == async.data.b';
    expect(() => define({ cancelOn: [{ event: 'c', if: two }] })).toThrow('[MissingKeyPath]');
  });

  test.each([
    ['kinds that do not go together', 'event.data.a == 1 && 1 == "1"', 'do not go together'],
    ['a function of unbounded time', 'event.data.x.matches("a+")', 'matches() is not supported'],
    [
      'a comprehension inside of another',
      'event.data.l.exists(x, event.data.m.exists(y, x == y))',
      'a comprehension inside of another',
    ],
    ['what is no CEL', 'event.data.a ==', 'a value was expected'],
    ['`async`, which a trigger has not', 'async.data.a == 1', 'a trigger has no `async`'],
  ])('fails at once with %s in a trigger', (_what, text, why) => {
    const triggers = [
      { event: 't', if: 'event.data.a > 1' },
      { event: 't', if: text },
    ];
    const error = errorOf(() => define({ triggers }));
    expect(error).toBeInstanceOf(JourneyError);
    expect((error as Error).message).toContain("The `if` of trigger 't' of journey 'j' cannot be honoured");
    expect((error as Error).message).toContain(why);
  });

  test('fails at once with what cannot be honoured in a cancelOn', () => {
    const cancelling = (text: string) => () => define({ key: 'data.k', cancelOn: [{ event: 'c', if: text }] });
    expect(cancelling('async.data.a + 1')).toThrow(/cancelOn 'c' of journey 'j' .* it gives a number/s);
    expect(cancelling('event.data.k == async.data.k && async.data.a.matches("a")')).toThrow('[InvalidFilter]');
  });

  test('fails in the test world where it came past createJourney', () => {
    const definition = { ...define({}), triggers: [{ event: 't', if: '1 == "1"' }] };
    expect(() => assertFilters(definition)).toThrow('[InvalidFilter]');
    expect(() => createTestWorld({ journeys: [{ definition, body: () => null }] })).toThrow('[InvalidFilter]');
  });
});
