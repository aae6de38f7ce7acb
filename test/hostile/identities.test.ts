/**
 * What is different stays different: keys, ids and names of any characters never share a partition, a position or a timer.
 * Generated texts are UTF-16 as JSON can hold it, half surrogate pairs included.
 */
import fc from 'fast-check';
import { eventPosition, sentEventIdentity, sentEventUrn } from '../../lib/engine/stored/event.js';
import {
  partitionOf,
  partitionOfKey,
  returnTimerName,
  runIdOf,
  runRefOf,
  sentEventId,
  timerName,
} from '../../lib/engine/stored/key.js';
import { createJourney } from '../../lib/journey/definition.js';
import { limits } from '../../lib/limits.js';
import { at, tenMs } from '../contract/documents.js';
import { lonely, texts } from './texts.js';

const known = [...Object.values(texts), ...Object.values(lonely), '', 'x'.repeat(600), `${'x'.repeat(599)}y`];
const text = fc.oneof(
  fc.constantFrom(...known),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.array(fc.nat(0xffff), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('|', '#', ':', '\n', '~', 's', 'key', 'h', '0', '1'), { maxLength: 6 })
    .map((parts) => parts.join('')),
);
const keyValue = fc.oneof(text, fc.maxSafeInteger(), fc.double({ noNaN: true, min: -1e15, max: 1e15 }), fc.boolean());
const journeyId = fc.stringMatching(/^[a-z][a-z0-9-]{0,3}$/);
const options = { numRuns: 2_000, seed: 20_261_122 };

/** Equal in JSON: the only zero of a document is 0. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (one === 0 && other === 0);
}

test('two keys share a partition only where journey and value are the same', () => {
  fc.assert(
    fc.property(journeyId, keyValue, journeyId, keyValue, (journey, value, otherJourney, otherValue) => {
      const same = journey === otherJourney && isSame(value, otherValue);
      expect(partitionOfKey(journey, value) === partitionOfKey(otherJourney, otherValue)).toBe(same);
    }),
    options,
  );
});

test('all known hostile values live apart', () => {
  const values = [...known, ...known.map((value) => `s:${value}`), 0, 42, 1.5, true, false];
  const partitions = new Set(values.map((value) => partitionOfKey('cart', value)));
  expect(partitions.size).toBe(new Set(values).size);
  for (const pk of partitions) expect(Buffer.byteLength(pk)).toBeLessThan(2_048);
});

test('runs without a key live apart, whatever the ids of their events, within the length of a partition key', () => {
  const { definition } = createJourney({ id: 'free', triggers: [{ event: 'e' }] }, () => 1);
  const event = (id: string) => ({ id, name: 'e', data: {}, source: '', timeMs: tenMs, hops: 0 });
  const ids = [...known.filter((id) => id !== ''), 'x'.repeat(100_000), '7d1f0a52-5c9d-4b8e-9b0a-2f6f1f4e7c11'];
  const partitions = ids.map((id) => partitionOf(definition, event(id))!);
  expect(new Set(partitions).size).toBe(ids.length);
  expect(partitions.at(-1)).toBe('free|run|7d1f0a52-5c9d-4b8e-9b0a-2f6f1f4e7c11');
  for (const pk of partitions) {
    expect(Buffer.byteLength(pk)).toBeLessThan(2_048);
    expect(pk.isWellFormed()).toBe(true);
  }
});

test('two events of one second have one position only where their ids are the same', () => {
  const positionOf = (id: string) =>
    eventPosition({ id, name: 'e', data: {}, source: '', timeMs: tenMs, hops: 0 }, 'event');
  fc.assert(
    fc.property(text, text, (id, other) => {
      expect(positionOf(id) === positionOf(other)).toBe(id === other);
      expect(positionOf(id)).toMatch(/^2026-11-22T10:00:00Z#1#00#[A-Za-z0-9~-]+$/);
    }),
    options,
  );
});

test('timers and sent events have one name only where run, step, attempt and deadline are the same', () => {
  const place = fc.record({ key: text, step: text, n: fc.nat(1), deadlineMs: fc.constantFrom(tenMs, tenMs + 1) });
  const namesOf = ({ key, step, n, deadlineMs }: { key: string; step: string; n: number; deadlineMs: number }) => {
    const run = { pk: partitionOfKey('cart', key), position: at('2026-11-22T10:00:00Z#0#00#a') };
    return [timerName(run, step, n, deadlineMs), sentEventId(run, step, n)] as const;
  };
  fc.assert(
    fc.property(place, place, (one, other) => {
      const [timer, sent] = namesOf(one);
      const [otherTimer, otherSent] = namesOf(other);
      const same = one.key === other.key && one.step === other.step && one.n === other.n;
      expect(timer === otherTimer).toBe(same && one.deadlineMs === other.deadlineMs);
      expect(sent === otherSent).toBe(same);
      expect(timer).toMatch(/^[0-9a-f]{8}-[0-9a-f]{40}$/);
    }),
    options,
  );
});

test('all known hostile steps have timers and sent events of their own', () => {
  const run = { pk: 'cart|key|s:42', position: at('2026-11-22T10:00:00Z#0#00#a') };
  const steps = new Set([...known, ...known.map((step) => `${step}:1`), ...known.map((step) => `${step}\n0`)]);
  expect(new Set([...steps].map((step) => timerName(run, step, 0, tenMs))).size).toBe(steps.size);
  expect(new Set([...steps].map((step) => sentEventId(run, step, 0))).size).toBe(steps.size);
});

test('events of the future come back under names of their own', () => {
  const event = (id: string) => ({ id, name: 'e', data: {}, source: '', timeMs: tenMs, hops: 0 });
  const names = known.flatMap((id) => [returnTimerName('a', event(id)), returnTimerName('b', event(id))]);
  expect(new Set(names).size).toBe(2 * known.length);
});

test('a run id says where its run lives, whatever the key', () => {
  fc.assert(
    fc.property(keyValue, (value) => {
      const run = { pk: partitionOfKey('cart', value), position: at('2026-11-22T10:00:00Z#0#00#a') };
      expect(runRefOf(runIdOf(run))).toEqual(run);
      expect(runIdOf(run)).toMatch(/^[A-Za-z0-9_-]+$/);
    }),
    options,
  );
});

test('what the last run of a chain sends is still known as sent, so that the chain cannot begin anew', () => {
  const id = '0123456789abcdef0123456789abcdef';
  for (const hops of [1, limits.maxHops, limits.maxHops + 1]) {
    expect(sentEventIdentity([sentEventUrn(id, hops)])).toEqual({ id, hops });
  }
});
