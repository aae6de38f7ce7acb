import { nextAttemptMs, storable, storedError } from '../../lib/engine/code/result.js';
import { NonRetriableError, RetryAfterError, StepError } from '../../lib/journey/errors.js';
import { tenMs } from './documents.js';

describe('a result', () => {
  test('comes back as JSON keeps it', () => {
    expect(storable('s', { when: new Date(tenMs), left: undefined, list: [1, undefined, null] })).toEqual({
      when: '2026-11-22T10:00:00.000Z',
      list: [1, null, null],
    });
    expect(storable('s', null)).toBeNull();
    expect(storable('s', undefined)).toBeUndefined();
    expect(storable('s', Number.NaN)).toBeNull();
  });

  test('is a copy: what is done to the original afterwards changes nothing', () => {
    const original = { n: 1 };
    const stored = storable('s', original);
    original.n = 2;
    expect(stored).toEqual({ n: 1 });
  });

  test('fails where it cannot be stored, and says where', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const bad of [() => 1, Symbol('x'), 10n, { deep: { fn: () => 1 } }, cycle])
      expect(() => storable('pay', bad)).toThrow(/The result of step 'pay' cannot be stored.*\[UnstorableResult\]/s);
    expect(() => storable('pay', { deep: { fn: () => 1 } })).toThrow(/a function at 'fn'/);
  });

  test('fails above 256 KiB of JSON, counted in bytes', () => {
    expect(storable('s', 'x'.repeat(262_142))).toHaveLength(262_142);
    expect(() => storable('s', 'x'.repeat(262_143))).toThrow(/262145 bytes.*\[ResultTooLarge\]/s);
    expect(() => storable('s', 'é'.repeat(140_000))).toThrow(/\[ResultTooLarge\]/);
  });
});

describe('an error', () => {
  test('keeps name and message, whatever was thrown', () => {
    expect(storedError(new TypeError('no'))).toEqual({ name: 'TypeError', message: 'no' });
    expect(storedError({ message: 'plain' })).toEqual({ name: 'Error', message: 'plain' });
    expect(storedError('text')).toEqual({ name: 'Error', message: 'A step threw something that is no error: text' });
    expect(storedError(undefined).message).toContain('undefined');
    expect(storedError(Object.create(null)).message).toContain('[object Object]');
  });

  test('is cut to what a document can bear', () => {
    const { name, message } = storedError(Object.assign(new Error('m'.repeat(9_000)), { name: 'n'.repeat(900) }));
    expect([name.length, message.length]).toEqual([200, 2_000]);
  });
});

describe('the next attempt', () => {
  const minutesUntil = (error: unknown, attempt: number, retries = 4, seed = 'run/step'): number | undefined => {
    const ms = nextAttemptMs(error, attempt, retries, tenMs, `${seed}/${attempt}`);
    return ms === undefined ? undefined : (ms - tenMs) / 60_000;
  };

  test.each([
    [1, 1],
    [2, 2],
    [3, 5],
    [4, 10],
  ])('after failure %i comes after about %i minutes, up to a fifth later', (attempt, minutes) => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      const got = minutesUntil(new Error('x'), attempt, 4, seed)!;
      expect(got).toBeGreaterThanOrEqual(minutes);
      expect(got).toBeLessThanOrEqual(minutes * 1.2);
    }
  });

  test('after more failures than there are delays comes after the longest', () => {
    expect(minutesUntil(new Error('x'), 9, 20)).toBeGreaterThanOrEqual(10);
  });

  test('is the same for every replay of a failure, and differs between runs', () => {
    expect(minutesUntil(new Error('x'), 1)).toBe(minutesUntil(new Error('x'), 1));
    expect(minutesUntil(new Error('x'), 1, 4, 'a')).not.toBe(minutesUntil(new Error('x'), 1, 4, 'b'));
  });

  test('does not come once the retries are used up, or when there is no point', () => {
    expect(minutesUntil(new Error('x'), 5)).toBeUndefined();
    expect(minutesUntil(new Error('x'), 1, 0)).toBeUndefined();
    expect(minutesUntil(new NonRetriableError('x'), 1)).toBeUndefined();
    expect(minutesUntil(new StepError('inner', { name: 'E', message: 'x' }), 1)).toBeUndefined();
  });

  test('comes when the error asks for it, but never before now', () => {
    expect(minutesUntil(new RetryAfterError('x', '30m'), 1)).toBe(30);
    expect(minutesUntil(new RetryAfterError('x', 90_000), 1)).toBe(1.5);
    expect(minutesUntil(new RetryAfterError('x', new Date(tenMs + 120_000)), 1)).toBe(2);
    expect(minutesUntil(new RetryAfterError('x', new Date(tenMs - 120_000)), 1)).toBe(0);
    expect(minutesUntil(new RetryAfterError('x', '2026-11-22T10:07:00Z'), 1)).toBe(7);
    expect(minutesUntil(new RetryAfterError('x', '30m'), 5)).toBeUndefined();
  });
});
