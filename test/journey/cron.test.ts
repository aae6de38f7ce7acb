/** Cron expressions as an author writes them, and what Scheduler is told. */

import { createJourney } from '../../lib/journey/definition.js';
import { cron } from '../../lib/journey/trigger/cron.js';
import { schedulerExpression } from '../../lib/journey/trigger/cron-expression.js';

describe('an expression of five fields', () => {
  test.each([
    ['0 9 * * 1-5', 'cron(0 9 ? * 2,3,4,5,6 *)'],
    ['*/15 * * * *', 'cron(0,15,30,45 * * * ? *)'],
    ['5/20 * * * *', 'cron(5,25,45 * * * ? *)'],
    ['0 0 1,15 * *', 'cron(0 0 1,15 * ? *)'],
    ['30 8-18/2 * jan,jul SUN', 'cron(30 8,10,12,14,16,18 ? 1,7 1 *)'],
    ['0 0 * * 7', 'cron(0 0 ? * 1 *)'],
    ['0 0 * * 0,7', 'cron(0 0 ? * 1 *)'],
    ['0 0 * * 5-7', 'cron(0 0 ? * 1,6,7 *)'],
    ['0 0 * * */2', 'cron(0 0 ? * 1,3,5,7 *)'],
    ['0 0 29 2 *', 'cron(0 0 29 2 ? *)'],
    ['0 0 1-31 * mon', 'cron(0 0 ? * 2 *)'],
    ['* * * * *', 'cron(* * * * ? *)'],
  ])('%s is %s', (given, expected) => {
    expect(schedulerExpression(given, 'j')).toBe(expected);
  });

  test.each([
    ['0 9 * *', 'five fields'],
    ['0 0 9 * * *', 'five fields'],
    ['@daily', 'five fields'],
    ['60 * * * *', 'a minute that cannot be read'],
    ['* 24 * * *', 'an hour|a hour that cannot be read'],
    ['0 0 0 * *', 'day of month'],
    ['0 0 * 13 *', 'month'],
    ['0 0 * * 8', 'day of week'],
    ['0 0 * * MOON', 'day of week'],
    ['5-1 * * * *', 'minute'],
    ['*/0 * * * *', 'minute'],
    ['1--2 * * * *', 'minute'],
    ['1,,2 * * * *', 'minute'],
    ['0 0 13 * 5', 'both a day of month and a day of week'],
    ['0 0 30 2 *', 'a day that never comes'],
    ['1-59 0-22 2-31 1-11 *', 'too long'],
  ])('fails for %s', (given, reason) => {
    expect(() => schedulerExpression(given, 'j')).toThrow(new RegExp(reason));
  });
});

describe('a cron trigger', () => {
  const of = (...triggers: readonly object[]) =>
    createJourney({ id: 'j', triggers: triggers as never }, () => undefined).definition;

  test('is in the definition beside the events, with its time zone', () => {
    expect(of({ event: 'a/b' }, { cron: 'TZ=Europe/Paris  0 9 * * 1-5' })).toMatchObject({
      triggers: [{ event: 'a/b' }],
      crons: [{ cron: '0 9 * * 1-5', timezone: 'Europe/Paris' }],
    });
    expect(of(cron('0 9 * * *')).crons).toMatchObject([{ timezone: 'UTC' }]);
    expect(of(cron('0 9 * * *', { timezone: 'America/New_York' })).crons).toMatchObject([
      { timezone: 'America/New_York' },
    ]);
  });

  test('is not in the definition of a journey without one', () => {
    expect(of({ event: 'a/b' })).not.toHaveProperty('crons');
  });

  test.each([
    ['a time zone that is none', { cron: '0 9 * * *', timezone: 'Europe/Paname' }],
    ['an offset as time zone', { cron: '0 9 * * *', timezone: '+02:00' }],
    ['two time zones', { cron: 'TZ=Europe/Paris 0 9 * * *', timezone: 'UTC' }],
    ['another option', { cron: '0 9 * * *', jitter: '5m' }],
    ['no text', { cron: 9 }],
    ['a day that never comes', { cron: '0 9 30 2 *' }],
    ['a day of month and a day of week', { cron: '0 9 1 * 1' }],
  ])('fails with %s', (_what, trigger) => {
    expect(() => of(trigger)).toThrow(expect.objectContaining({ code: 'InvalidCron' }));
  });

  test('fails for the same time twice', () => {
    expect(() => of(cron('0 9 * * 1-5'), cron('0 9 * * MON-FRI'))).toThrow(/twice/);
  });

  test('fails at once where it is made by cron()', () => {
    expect(() => cron('0 9 13 * 5')).toThrow(/both a day of month and a day of week/);
    expect(() => cron('0 9 * * *', { timezone: 'Mars' })).toThrow(/time zone/);
  });

  test('takes one run in all, without a value', () => {
    const options = {
      id: 'j',
      triggers: [cron('0 9 * * *')],
      key: 'data.x',
      waitsFor: ['P'],
      singleton: { mode: 'skip' },
    };
    expect(createJourney(options as never, () => 0).definition).toMatchObject({ singleton: { mode: 'skip' } });
    expect(createJourney(options as never, () => 0).definition.singleton).not.toHaveProperty('paths');
  });

  test('fails with what goes by a value where there is no event', () => {
    const options = { id: 'j', triggers: [cron('0 9 * * *')] };
    expect(() => createJourney({ ...options, idempotency: 'data.x' } as never, () => 0)).toThrow(/InvalidIdempotency/);
    for (const singleton of [{ mode: 'cancel' }, { mode: 'skip', key: 'data.x' }, { mode: 'cancel', key: 'data.x' }])
      expect(() => createJourney({ ...options, singleton } as never, () => 0)).toThrow(
        /The singleton of journey 'j' goes by a value/,
      );
  });
});
