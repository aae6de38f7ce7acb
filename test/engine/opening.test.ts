import {
  type Opening,
  openSleep,
  openSleepUntil,
  openWait,
  outgoing,
  type Point,
} from '../../lib/engine/code/opening.js';
import type { Position } from '../../lib/engine/stored/event.js';
import { createJourney } from '../../lib/journey/definition.js';
import { at, runWith, tenMs } from './documents.js';

const journey = createJourney(
  { id: 'check', triggers: [{ event: 'T' }], key: 'data.cart', waitsFor: ['P'], maxDuration: '1d' },
  async () => undefined,
);

/** A place in the code: event time and completion time in seconds after ten. */
function here(
  eventS: number,
  doneAtS: number,
  more: Partial<Point> = {},
  timeoutsMs: Record<string, number> = {},
): Opening {
  const point = {
    eventMs: tenMs + eventS * 1_000,
    doneAtMs: tenMs + doneAtS * 1_000,
    hops: 0,
    returned: { timeMs: 0, hops: 0 },
    consumed: new Map<string, Position>(),
    ...more,
  };
  return { settings: { journey, timeoutsMs }, run: runWith({}), point };
}

describe('a wait', () => {
  test('begins at the event time of its place and ends its timeout after the code got there', () => {
    expect(openWait(here(30, 90), 'w', { event: 'P', timeout: '1m' })).toEqual({
      kind: 'wait',
      event: 'P',
      sinceMs: tenMs + 30_000,
      deadlineMs: tenMs + 150_000,
      state: 'waiting',
    });
  });

  test('ends its timeout after the event time where that is later than any step', () => {
    expect(openWait(here(90, 30), 'w', { event: 'P', timeout: '1m' }).deadlineMs).toBe(tenMs + 150_000);
  });

  test('since the trigger, or since the last step, moves its beginning and never its deadline', () => {
    const wait = (since: 'trigger' | 'last-step') => openWait(here(30, 90), 'w', { event: 'P', timeout: '1m', since });
    expect(wait('trigger')).toMatchObject({ sinceMs: tenMs, deadlineMs: tenMs + 150_000 });
    expect(wait('last-step')).toMatchObject({ sinceMs: tenMs + 90_000, deadlineMs: tenMs + 150_000 });
  });

  test('skips what this run has consumed of its event', () => {
    const consumed = new Map([['P', at(3, 1, 'P3')]]);
    expect(openWait(here(30, 0, { consumed }), 'w', { event: 'P', timeout: '1m' }).after).toBe(at(3, 1, 'P3'));
  });

  test('takes another timeout from the settings of a deployment', () => {
    expect(openWait(here(0, 0, {}, { w: 5_000 }), 'w', { event: 'P', timeout: '1h' }).deadlineMs).toBe(tenMs + 5_000);
    // A name that every object has is no setting.
    expect(openWait(here(0, 0, {}), 'toString', { event: 'P', timeout: '1h' }).deadlineMs).toBe(tenMs + 3_600_000);
  });

  test('may end with the longest life of its run, not after it', () => {
    expect(openWait(here(0, 0), 'w', { event: 'P', timeout: '1d' }).deadlineMs).toBe(tenMs + 86_400_000);
    expect(() => openWait(here(1, 0), 'w', { event: 'P', timeout: '1d' })).toThrow(/\[BeyondMaxDuration\]/);
  });

  test('fails for an event that the journey does not declare, for another path, for an unknown since', () => {
    expect(() => openWait(here(0, 0), 'w', { event: 'Q', timeout: '1m' })).toThrow(/\[UndeclaredEvent\]/);
    expect(() => openWait(here(0, 0), 'w', { event: 'P', timeout: '1m', match: 'data.other' })).toThrow(
      /\[UnsupportedMatch\]/,
    );
    expect(() => openWait(here(0, 0), 'w', { event: 'P', timeout: '1m', since: 'now' as never })).toThrow(
      /\[InvalidDuration\]/,
    );
    expect(() => openWait(here(0, 0), 'w', { event: 'P', timeout: 'soon' as never })).toThrow(/\[InvalidDuration\]/);
  });
});

describe('a sleep', () => {
  test('ends its duration after the code got there', () => {
    expect(openSleep(here(30, 90), 's', '1m')).toEqual({
      kind: 'sleep',
      deadlineMs: tenMs + 150_000,
      state: 'waiting',
    });
  });

  test('until a date ends then, however that is written, even in the past', () => {
    const ms = tenMs + 3_600_000;
    for (const date of [new Date(ms), new Date(ms).toISOString(), ms])
      expect(openSleepUntil(here(30, 90), 's', date).deadlineMs).toBe(ms);
    expect(openSleepUntil(here(30, 90), 's', tenMs - 1).deadlineMs).toBe(tenMs - 1);
  });

  test('fails until what is no date', () => {
    for (const date of ['tomorrow', Number.NaN, 1.5, new Date('x'), undefined, 9e15])
      expect(() => openSleepUntil(here(0, 0), 's', date as never)).toThrow(/\[InvalidDate\]/);
  });
});

describe('events to send', () => {
  test('carry the event time of their place, one hop more, and identities that every attempt repeats', () => {
    const place = here(30, 90, { hops: 2 });
    const events = outgoing(place, 'tell', [
      { name: 'a', data: {} },
      { name: 'b', data: { n: 1 } },
    ]);
    expect(events).toMatchObject([
      { name: 'a', hops: 3, timeMs: tenMs + 30_000, source: 'sojourn.check' },
      { name: 'b', hops: 3, data: { n: 1 } },
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    expect(outgoing(here(30, 500), 'tell', { name: 'a', data: {} })[0]?.id).toBe(events[0]?.id);
  });

  test('fail where they are none', () => {
    for (const event of [undefined, {}, { name: '', data: {} }, { name: 'a' }, { name: 'a', data: [] }])
      expect(() => outgoing(here(0, 0), 'tell', event as never)).toThrow(/\[InvalidEvent\]/);
  });
});
