/** What the mutants of lib/engine showed unsaid, fifth part: names of events, keys and timers, and what is refused or stored. */

import { intake } from '../../lib/engine/arrival/intake.js';
import { isTooDeep } from '../../lib/engine/code/nesting.js';
import { nextAttemptMs, storable, storedError } from '../../lib/engine/code/result.js';
import {
  type EngineEvent,
  sentEventIdentity,
  sentEventUrn,
  sha256,
  sortableId,
} from '../../lib/engine/stored/event.js';
import {
  keyValueOf,
  partitionOf,
  partitionOfKey,
  returnTimerName,
  runRefOf,
  sentEventId,
  timerName,
} from '../../lib/engine/stored/key.js';
import { createJourney } from '../../lib/journey/definition.js';
import { RetryAfterError } from '../../lib/journey/errors.js';
import { runWith, tenMs } from './documents.js';

const { definition } = createJourney({ id: 'check', triggers: [{ event: 'T' }], key: 'data.k' }, async () => undefined);

const trigger = (data: unknown, more: Partial<EngineEvent> = {}): EngineEvent => ({
  id: 'e1',
  name: 'T',
  data,
  source: 's',
  timeMs: tenMs,
  hops: 0,
  ...more,
});

describe('the id of an event', () => {
  test.each(['e1', 'A-z-9', 'x'.repeat(64)])('goes into its position as it is: %s', (id) => {
    expect(sortableId(id)).toBe(id);
  });

  test.each(['', 'a#b', '#b', 'a#', 'a b', 'é', 'x'.repeat(65)])('goes there as its hash: %p', (id) => {
    expect(sortableId(id)).toMatch(/^~[0-9a-f]{64}$/);
  });

  test('with half a surrogate pair is hashed apart from any other', () => {
    const ids = ['\ud800', '\ud801', '\udc00', '\ufffd', 'a\ud800'];
    expect(new Set(ids.map(sha256)).size).toBe(ids.length);
  });
});

describe('what a sent event carries in Resources', () => {
  const id = '0123456789abcdef0123456789abcdef';

  test('is its identity and its hops', () => {
    expect(sentEventUrn(id, 12)).toBe(`urn:sojourn:${id}:12`);
    expect(sentEventIdentity([`urn:sojourn:${id}:12`])).toEqual({ id, hops: 12 });
    expect(sentEventIdentity([`urn:sojourn:${id}:100`])).toEqual({ id, hops: 100 });
  });

  test('is found among what others put there', () => {
    expect(sentEventIdentity([5, null, { id }, 'arn:aws:s3:::x', `urn:sojourn:${id}:0`])).toEqual({ id, hops: 0 });
    expect(sentEventIdentity(['arn:aws:s3:::x', [`urn:sojourn:${id}:0`]])).toBeUndefined();
  });

  test.each([
    `x urn:sojourn:${id}:1`,
    `urn:sojourn:${id}:1 x`,
    `urn:sojourn:${id}:1000`,
    `urn:sojourn:${id}:`,
    `urn:sojourn:${id}:x`,
    `urn:sojourn:${id.slice(1)}:1`,
    `urn:sojourn:${id.toUpperCase()}:1`,
  ])('fails to be read from %s', (text) => {
    expect(sentEventIdentity([text])).toBeUndefined();
  });
});

describe('a partition', () => {
  test('of a key that UTF-8 cannot hold is a hash of its own', () => {
    const homes = ['\ud800', '\ud801', '\ufffd'].map((k) => partitionOf(definition, trigger({ k })));
    expect(homes[0]).toMatch(/^check\|key\|u:[0-9a-f]{64}$/);
    expect(new Set(homes).size).toBe(3);
  });

  test('is found by the value that a person names', () => {
    expect(partitionOfKey('check', '42')).toBe('check|key|s:42');
    expect(partitionOfKey('check', 42)).toBe('check|key|n:42');
  });

  test.each([
    ['check|key|s:42', '42'],
    ['check|key|s:', ''],
    ['check|key|s:a|key|n:1\nb', 'a|key|n:1\nb'],
    ['check|key|n:4.5', 4.5],
    ['check|key|b:true', true],
    ['check|key|b:false', false],
    [`check|key|h:${'0'.repeat(64)}`, null],
    [`check|key|u:${'0'.repeat(64)}`, null],
    ['check|run|e1', null],
    ['check|run|s:e1', null],
    ['check|key|', null],
    ['another|check|key|s:42', null],
  ])('%p says its key: %p', (pk, value) => {
    expect(keyValueOf(pk)).toBe(value);
  });
});

test('fails to read a run id that names no place in event order', () => {
  const idOf = (text: string) => Buffer.from(text).toString('base64url');
  expect(runRefOf(idOf('\ncheck|key|s:42'))).toBeUndefined();
  expect(runRefOf(idOf('p\ncheck|key|s:42'))).toEqual({ position: 'p', pk: 'check|key|s:42' });
});

describe('names', () => {
  test('are the same in every release: an older one’s timers are deleted, and its events known, by what they are called', () => {
    const run = runWith({});
    expect(timerName(run, 'w', 0, tenMs)).toBe('20f65c28-a9213d18b4c3e2c378b495161aecae8f2b6c9e4a');
    expect(returnTimerName('check', trigger({}))).toBe('20f65c28-c00b61bb398943b3dcc0fa6bf0ea75744bf08fdd');
    expect(sentEventId(run, 's', 0)).toBe('b90f84049d49d0204d8f5c317915e544');
  });

  test('of timers and of sent events differ by each of their parts', () => {
    const run = runWith({});
    expect(timerName(run, 'w', 11, 5)).not.toBe(timerName(run, 'w1', 1, 5));
    const returns = [trigger({}), trigger({}, { id: 'e2' }), trigger({}, { timeMs: tenMs + 1_000 })];
    expect(new Set(returns.map((event) => returnTimerName('check', event))).size).toBe(3);
    expect(sentEventId(run, 's', 11)).not.toBe(sentEventId(run, 's1', 1));
  });
});

describe('how deep JSON is', () => {
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

  test('1,000 levels are taken, of lists and objects; one more is too deep', () => {
    expect(isTooDeep(`${deep(1_000)} `)).toBe(false);
    expect(isTooDeep(deep(1_001))).toBe(true);
    expect(isTooDeep(`${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`)).toBe(false);
    expect(isTooDeep(`${'{"a":'.repeat(1_001)}1${'}'.repeat(1_001)}`)).toBe(true);
  });

  test('is not how much stands beside each other', () => {
    expect(isTooDeep(JSON.stringify(Array.from({ length: 3_000 }, () => [{}])))).toBe(false);
    expect(isTooDeep(`[${deep(10)},${deep(1_000)}]`)).toBe(true);
    expect(isTooDeep(`[${deep(1_000)},${deep(10)}]`)).toBe(true);
  });

  test.each([['['.repeat(3_000)], [`"${'['.repeat(3_000)}`], [`"a"${'{'.repeat(3_000)}`], [`\\"${'['.repeat(3_000)}`]])(
    'is not what stands in its texts (%#)',
    (text) => {
      expect(isTooDeep(JSON.stringify(text))).toBe(false);
      expect(isTooDeep(JSON.stringify({ [text]: [text, 'a', text] }))).toBe(false);
    },
  );

  test.each([['a'], ['ab'], ['\\'], ['a\\'], ['"'], ['']])('counts on behind a text: %p', (text) => {
    expect(isTooDeep(`[${JSON.stringify(text)},${deep(1_000)}]`)).toBe(true);
  });
});

describe('an event is refused', () => {
  const codeOf = (event: EngineEvent, nowMs = tenMs): string => {
    try {
      return intake(definition, event, nowMs).kind;
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  };
  const nested = (levels: number): unknown => {
    let value: unknown = {};
    for (let n = 1; n < levels; n += 1) value = { k: 'x', value };
    return value;
  };

  test('from beyond the last millisecond of the year 9999', () => {
    const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
    expect(codeOf(trigger({ k: 'x' }, { timeMs: last }))).toBe('ahead');
    expect(codeOf(trigger({ k: 'x' }, { timeMs: last + 1 }))).toBe('InvalidTime');
  });

  test('with more than 1,000 levels of data, even where JSON itself gives up', () => {
    expect(codeOf(trigger(nested(1_000)))).toBe('taken');
    expect(codeOf(trigger(nested(1_001)))).toBe('InvalidData');
    expect(codeOf(trigger(nested(100_000)))).toBe('InvalidData');
  });

  test('with more data than leaves room for its run, to the byte', () => {
    const data = (bytes: number) => ({ k: 'x'.repeat(bytes - '{"k":""}'.length) });
    expect(codeOf(trigger(data(314_464)))).toBe('taken');
    expect(codeOf(trigger(data(314_465)))).toBe('EventTooLarge');
  });
});

describe('a result', () => {
  test.each([
    ['a symbol at', { s: Symbol('x') }],
    ['a bigint at', { n: 10n }],
    ['object', { toJSON: () => undefined }],
    ['more than 1000 levels', JSON.parse('['.repeat(1_001) + ']'.repeat(1_001))],
  ])('fails where it cannot be stored: %s', (what, result) => {
    expect(() => storable('s', result)).toThrow(expect.objectContaining({ code: 'UnstorableResult' }));
    expect(() => storable('s', result)).toThrow(what);
  });
});

describe('an error that is none', () => {
  const no = 'A step threw something that is no error: ';

  test.each([
    [null, 'null'],
    [5, '5'],
    [{ code: 5 }, '[object Object]'],
  ])('%p is kept as its text', (thrown, text) => {
    expect(storedError(thrown)).toEqual({ name: 'Error', message: no + text });
  });

  test('is cut as well', () => {
    expect(storedError('x'.repeat(5_000)).message).toBe(no + 'x'.repeat(1_900));
  });

  test('and cannot even be asked has its type', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(storedError(proxy)).toEqual({ name: 'Error', message: `${no}(object)` });
  });
});

describe('a time to try again', () => {
  const afterMs = (after: unknown): number =>
    nextAttemptMs(new RetryAfterError('x', after as never), 1, 4, tenMs, 'seed')! - tenMs;

  test.each([
    [-5, 0],
    [1.5, 2],
    ['0', 0],
    ['120', 120_000],
    ['2026-11-22', 0],
    ['2026-11-22T10:30:00Z', 1_800_000],
    ['Sun, 22 Nov 2026 10:30:00 GMT', 1_800_000],
  ])('%p is %p ms from now', (after, ms) => {
    expect(afterMs(after)).toBe(ms);
  });

  test.each([
    ['soon'],
    ['soon 5'],
    ['soon 5 10:30'],
    ['since 2026-11-22'],
    ['5 soon'],
    [{}],
    [null],
    [['2026-11-22T10:30:00Z']],
    [Number.NaN],
  ])('%p is none: it is as if the author had not said when', (after) => {
    expect(afterMs(after)).toBeGreaterThanOrEqual(60_000);
    expect(afterMs(after)).toBeLessThanOrEqual(72_000);
  });
});
