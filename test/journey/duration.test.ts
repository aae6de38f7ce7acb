import fc from 'fast-check';
import { durationMs } from '../../lib/journey/duration.js';
import { JourneyError } from '../../lib/journey/errors.js';

describe('a duration', () => {
  test.each([
    ['30s', 30_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['3d', 259_200_000],
    ['1w', 604_800_000],
    ['007s', 7_000],
    [1, 1],
    [1_500, 1_500],
  ])('%j is %i ms', (duration, ms) => {
    expect(durationMs(duration, 'timeout')).toBe(ms);
  });

  test('counts its unit as often as it says, for every unit', () => {
    const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom('s', 'm', 'h', 'd', 'w'), (count, unit) => {
        expect(durationMs(`${count}${unit}`, 'timeout')).toBe(count * unitMs[unit]);
      }),
    );
  });

  test.each([
    '',
    '24',
    'h',
    '24 h',
    ' 24h',
    '24h ',
    '24H',
    '1.5h',
    '-1h',
    '+1h',
    '1e3s',
    '1h30m',
    '0s',
    '0w',
    '999999999w',
    '9999999999s',
    '24h\n',
    '٣d',
    'PT24H',
    0,
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.MAX_SAFE_INTEGER + 1,
    undefined,
    null,
    {},
    [],
    ['24h'],
    true,
    10n,
    new Date(0),
  ])('fails on %p, saying where and what it got', (duration) => {
    const attempt = () => durationMs(duration as string, "timeout of wait 'paid'");
    expect(attempt).toThrow(JourneyError);
    expect(attempt).toThrow(
      /^The timeout of wait 'paid' is not a duration\. Got: .*\. Expected: .*'24h'.*\. Fix: .*\. \[InvalidDuration\]$/s,
    );
  });

  test('is a whole number of milliseconds above 0 or an InvalidDuration, whatever it was given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.anything()), (input) => {
        try {
          const ms = durationMs(input as string, 'timeout');
          expect(Number.isSafeInteger(ms) && ms >= 1).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'InvalidDuration' });
        }
      }),
    );
  });
});
