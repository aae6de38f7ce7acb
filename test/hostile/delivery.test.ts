/**
 * What a function may be handed: whatever JSON it is, it is read as an event or a timer, character for character, or refused
 * as UnknownDelivery. Nothing else is thrown, nothing is guessed.
 */
import fc from 'fast-check';
import { deliveryOf, envelopeOf } from '../../lib/aws/delivery.js';
import { AdapterError } from '../../lib/aws/errors.js';
import type { Delivery } from '../../lib/engine/ports.js';
import { limits } from '../../lib/limits.js';
import { detail, envelope, plainNames } from './cart.js';
import { changed, inherited } from './prototypes.js';
import { lonely, objects, texts } from './texts.js';

const before = inherited();
afterEach(() => expect(changed(before)).toEqual([]));

const options = { numRuns: 2_000, seed: 20_261_122 };
const text = fc.oneof(
  fc.constantFrom(...Object.values(texts), ...Object.values(lonely)),
  fc.string({ unit: 'binary' }),
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  text,
  fc.constantFrom(0, -0, 1e308, -1, 8.64e15, 8.64e15 + 1, Number.MIN_VALUE, null, true, '', '2026-11-22T10:00:00Z'),
  fc.constantFrom(...Object.values(objects)).map((source) => JSON.parse(source) as unknown),
);
const fields = [
  'id',
  'detail-type',
  'source',
  'time',
  'resources',
  'detail',
  'version',
  'account',
  '__proto__',
  'sojourn',
];

function readOrRefused(input: unknown): Delivery | undefined {
  try {
    return deliveryOf(input, 'r');
  } catch (error) {
    expect(error).toBeInstanceOf(AdapterError);
    expect(error).toMatchObject({ name: 'UnknownDelivery', message: expect.stringContaining('[UnknownDelivery]') });
    return undefined;
  }
}

function assertShape(delivery: Delivery): void {
  expect(delivery.requestId).toBe('r');
  if (delivery.kind === 'timer') {
    expect([delivery.attempt, delivery.deadlineMs, delivery.atMs].every(Number.isFinite)).toBe(true);
    expect([typeof delivery.run, typeof delivery.step]).toEqual(['string', 'string']);
    return;
  }
  if (delivery.kind === 'forwarded') {
    const { version, cause, own } = delivery;
    expect([version, cause, own.pk, own.position].map((value) => typeof value)).toEqual(Array(4).fill('string'));
    expect(['trigger', 'event', 'timer']).toContain(own.role);
    expect(own.deadline === undefined || Number.isFinite(own.deadline.deadlineMs)).toBe(true);
    return;
  }
  const { id, name, source, timeMs, hops } = delivery.event;
  expect([typeof id, typeof name, typeof source]).toEqual(['string', 'string', 'string']);
  expect(id).not.toBe('');
  expect(id.isWellFormed()).toBe(true);
  expect(Number.isInteger(timeMs / 1_000)).toBe(true);
  expect(Math.abs(timeMs)).toBeLessThanOrEqual(8.64e15);
  expect(Number.isInteger(hops) && hops >= 0 && hops <= 999).toBe(true);
}

test('any JSON is an event, a timer or refused', () => {
  fc.assert(
    fc.property(fc.oneof(value, fc.dictionary(fc.constantFrom(...fields), value)), (input) => {
      const delivery = readOrRefused(input);
      if (delivery) assertShape(delivery);
    }),
    options,
  );
});

test('an event of EventBridge with some fields exchanged or missing is an event or refused', () => {
  const exchanged = fc.dictionary(fc.constantFrom(...fields), fc.option(value, { nil: undefined }), { maxKeys: 3 });
  fc.assert(
    fc.property(exchanged, (changes) => {
      const whole = JSON.parse(envelope({ name: plainNames.added, detail: detail('"k"') })) as Record<string, unknown>;
      const input = JSON.parse(JSON.stringify({ ...whole, ...changes })) as Record<string, unknown>;
      const delivery = readOrRefused(input);
      if (!delivery) return;
      assertShape(delivery);
      if (delivery.kind === 'event') expect(delivery.event.data).toBe(input.detail);
    }),
    options,
  );
});

test('a timer of our own with some fields exchanged is a timer or refused', () => {
  const whole = { sojourn: 'timer', run: 'cnVu', step: 'wait', attempt: 0, deadlineMs: 1, atMs: 2 };
  const exchanged = fc.dictionary(fc.constantFrom(...Object.keys(whole)), value, { maxKeys: 2 });
  fc.assert(
    fc.property(exchanged, (changes) => {
      const delivery = readOrRefused(JSON.parse(JSON.stringify({ ...whole, ...changes })));
      if (delivery) assertShape(delivery);
    }),
    options,
  );
});

test('no field of an event’s data makes a timer of it', () => {
  const timer = JSON.stringify({ sojourn: 'timer', run: 'cnVu', step: 'wait', attempt: 0, deadlineMs: 1, atMs: 2 });
  expect(deliveryOf(JSON.parse(envelope({ name: 'timer', detail: timer })), 'r')).toMatchObject({ kind: 'event' });
});

test('an event that is brought back is the same event, with the identity that a run gave it', () => {
  const event = fc.record({
    id: fc.stringMatching(/^[0-9a-f]{32}$/),
    name: text,
    data: fc.dictionary(text, value),
    source: text,
    timeMs: fc.nat(4_000_000_000).map((s) => s * 1_000),
    hops: fc.nat(limits.maxHops),
  });
  fc.assert(
    fc.property(event, (one) => {
      const came = JSON.parse(JSON.stringify(envelopeOf(one)));
      const expected = JSON.parse(JSON.stringify(one));
      expect(deliveryOf(came, 'r')).toEqual({ kind: 'event', event: expected, requestId: 'r' });
    }),
    { ...options, numRuns: 300 },
  );
});
