import type { EngineEvent } from '../../lib/engine/stored/event.js';
import {
  partitionOf,
  returnTimerName,
  runIdOf,
  runRefOf,
  sentEventId,
  timerName,
  timerNamePrefix,
} from '../../lib/engine/stored/key.js';
import { createJourney } from '../../lib/journey/definition.js';
import { at, runWith, tenMs } from './documents.js';

const keyed = createJourney(
  { id: 'check', triggers: [{ event: 'T' }], key: 'data.k', waitsFor: ['P'] },
  async () => undefined,
);
const keyless = createJourney({ id: 'check', triggers: [{ event: 'T' }] }, async () => undefined);

const event = (k: unknown): EngineEvent => ({ id: 'e1', name: 'T', data: { k }, source: 's', timeMs: tenMs, hops: 0 });
const home = (k: unknown): string | undefined => partitionOf(keyed.definition, event(k));

describe('a partition', () => {
  test('says the type of its value, so that 42 and "42" live apart', () => {
    expect(home('42')).toBe('check|key|s:42');
    expect(home(42)).toBe('check|key|n:42');
    expect(home(true)).toBe('check|key|b:true');
    expect(home('true')).toBe('check|key|s:true');
    expect(home('n:42')).toBe('check|key|s:n:42');
    expect(home('')).toBe('check|key|s:');
  });

  test('is the same for numbers that JSON writes alike', () => {
    expect(home(1.0)).toBe(home(1));
    expect(home(-0)).toBe(home(0));
  });

  test.each([[undefined], [null], [{}], [[]], [Number.NaN], [Number.POSITIVE_INFINITY]])('is none for %p', (value) => {
    expect(home(value)).toBeUndefined();
  });

  test('of a long value is its hash, and no other value can pretend to be it', () => {
    const long = 'x'.repeat(511);
    expect(home(long)).toMatch(/^check\|key\|h:[0-9a-f]{64}$/);
    expect(home('x'.repeat(510))).toBe(`check|key|s:${'x'.repeat(510)}`);
    expect(home(long.slice(1))).not.toBe(home(long));
    expect(home(home(long)!.slice('check|key|'.length))).not.toBe(home(long));
  });

  test('holds apart values with any separators in them', () => {
    const values = ['a|b', 'a#b', 'a', 'b', 'a\nb', 'a:b', 'é', 'e\u0301', '\u0000', 'A', '|', '#run'];
    expect(new Set(values.map(home)).size).toBe(values.length);
  });

  test('of a journey without key is the event’s own', () => {
    expect(partitionOf(keyless.definition, event('x'))).toBe('check|run|e1');
  });
});

describe('a run id', () => {
  test('is URL-safe and says where its run lives, whatever the key', () => {
    for (const pk of ['check|key|s:a b/c?d&e', 'check|key|s:é\n#|']) {
      const run = { pk, position: at(3, 0, 'T3') };
      expect(runIdOf(run)).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(runRefOf(runIdOf(run))).toEqual(run);
    }
  });

  test('fails to be read from something else, without throwing', () => {
    expect(runRefOf('')).toBeUndefined();
    expect(runRefOf('hello')).toBeUndefined();
  });
});

describe('the name of a timer', () => {
  const run = runWith({});

  test('begins with its journey’s hash and fits the Scheduler', () => {
    const name = timerName(run, 'w', 0, tenMs);
    expect(name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{40}$/);
    expect(name.startsWith(timerNamePrefix('check'))).toBe(true);
  });

  test('differs by run, step, attempt and deadline', () => {
    const other = runWith({}, { position: at(1, 0, 't') });
    const names = [
      timerName(run, 'w', 0, tenMs),
      timerName(other, 'w', 0, tenMs),
      timerName(run, 'v', 0, tenMs),
      timerName(run, 'w', 1, tenMs),
      timerName(run, 'w', 0, tenMs + 1),
      timerName(run, 'w\n0', 0, tenMs),
      returnTimerName('check', event('42')),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});

test('a sent event has an id per run, step and index, of 32 hexadecimal digits', () => {
  const ids = [sentEventId(runWith({}), 's', 0), sentEventId(runWith({}), 's', 1), sentEventId(runWith({}), 's:1', 0)];
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});
