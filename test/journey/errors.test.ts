import {
  isNonRetriable,
  isRetryAfter,
  JourneyError,
  NonRetriableError,
  RetryAfterError,
  StepError,
} from '../../lib/journey/errors.js';

const messageWith = (got: unknown) =>
  new JourneyError('UnstorableResult', { what: 'It broke.', got, expected: 'JSON', fix: 'mend it' }).message;

describe('a JourneyError', () => {
  test('says what, got, expected, fix and its code', () => {
    const error = new JourneyError('InvalidRetries', { what: 'It broke.', got: -1, expected: 'more', fix: 'write 4' });
    expect(error.message).toBe('It broke. Got: -1. Expected: more. Fix: write 4. [InvalidRetries]');
    expect(error).toMatchObject({ name: 'InvalidRetries', code: 'InvalidRetries' });
    expect(error).toBeInstanceOf(Error);
  });

  test('leaves out what it got where there is nothing to show', () => {
    const error = new JourneyError('InvalidRetries', { what: 'It broke.', expected: 'more', fix: 'write 4' });
    expect(error.message).toBe('It broke. Expected: more. Fix: write 4. [InvalidRetries]');
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const hostile = {
    toJSON() {
      throw new Error('no');
    },
    toString() {
      throw new Error('no');
    },
  };
  test.each([
    ['a string, quoted', 'x', '"x"'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['NaN, not as the null that JSON makes of it', Number.NaN, 'NaN'],
    ['infinity', Number.POSITIVE_INFINITY, 'Infinity'],
    ['a bigint', 10n, '10'],
    ['a function', Number.isFinite, 'function isFinite() { [native code] }'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object', { a: [1] }, '{"a":[1]}'],
    ['a cycle', cycle, '[object Object]'],
    ['something that refuses to be shown', hostile, 'object'],
  ])('shows %s', (_what, got, shown) => {
    expect(messageWith(got)).toBe(`It broke. Got: ${shown}. Expected: JSON. Fix: mend it. [UnstorableResult]`);
  });

  test('shows no more than 120 characters of what it got', () => {
    expect(messageWith('x'.repeat(1_000))).toContain(`Got: "${'x'.repeat(116)}.... Expected`);
  });

  test('is not retried: the same code would make the same mistake', () => {
    expect(isNonRetriable(new JourneyError('InvalidPath', { what: '', expected: '', fix: '' }))).toBe(true);
  });
});

describe('what an author throws', () => {
  test('is told by a mark that two copies of the package share', () => {
    let copy: typeof import('../../lib/journey/errors.js') | undefined;
    jest.isolateModules(() => {
      copy = jest.requireActual<typeof import('../../lib/journey/errors.js')>('../../lib/journey/errors.js');
    });
    expect(copy?.NonRetriableError).not.toBe(NonRetriableError);
    expect(isNonRetriable(new copy!.NonRetriableError('x'))).toBe(true);
    expect(isRetryAfter(new copy!.RetryAfterError('x', '30m'))).toBe(true);
  });

  test('keeps its message, its name and its cause', () => {
    const cause = new Error('socket closed');
    expect(new NonRetriableError('no such user', { cause })).toMatchObject({
      name: 'NonRetriableError',
      message: 'no such user',
      cause,
    });
    expect(new RetryAfterError('slow down', '30m', { cause })).toMatchObject({
      name: 'RetryAfterError',
      retryAfter: '30m',
      cause,
    });
  });

  test('is not retried when it is a NonRetriableError or the StepError of a step that has used up its attempts', () => {
    expect(isNonRetriable(new NonRetriableError('x'))).toBe(true);
    const error = new StepError('send-mail', { name: 'TypeError', message: 'x is not a function' });
    expect(isNonRetriable(error)).toBe(true);
    expect(error).toMatchObject({ stepId: 'send-mail', name: 'TypeError', message: 'x is not a function' });
  });

  test.each([new Error('x'), new RetryAfterError('x', 1), 'x', null, undefined, 42, {}])(
    'is retried when it is %p',
    (thrown) => {
      expect(isNonRetriable(thrown)).toBe(false);
    },
  );

  test.each([new Error('x'), new NonRetriableError('x'), 'x', null, undefined])(
    'chooses no time of its own when it is %p',
    (thrown) => {
      expect(isRetryAfter(thrown)).toBe(false);
    },
  );
});
