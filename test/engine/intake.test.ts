import { intake } from '../../lib/engine/arrival/intake.js';
import type { EngineEvent } from '../../lib/engine/stored/event.js';
import { createJourney } from '../../lib/journey/definition.js';
import { tenMs } from './documents.js';

const { definition } = createJourney(
  {
    id: 'check',
    triggers: [{ event: 'T' }],
    key: { T: 'data.id', P: 'data.cart', X: 'data.cart' },
    waitsFor: ['P'],
    cancelOn: [{ event: 'X' }],
    acceptLate: '1d',
  },
  async () => undefined,
);

const event = (name: string, more: Partial<EngineEvent> = {}): EngineEvent => ({
  id: 'e1',
  name,
  data: { id: '42', cart: '42' },
  source: 's',
  timeMs: tenMs,
  hops: 0,
  ...more,
});
const take = (name: string, more: Partial<EngineEvent> = {}) => intake(definition, event(name, more), tenMs);

test('an event says what it is to the journey', () => {
  expect(take('T')).toMatchObject({ kind: 'taken', starts: true, awaited: false, pk: 'check|key|s:42' });
  expect(take('P')).toMatchObject({ kind: 'taken', starts: false, awaited: true });
  expect(take('X')).toMatchObject({ kind: 'taken', starts: false, awaited: false });
  expect(take('Q')).toEqual({ kind: 'ignored', fact: { kind: 'notOurs', event: 'Q', eventId: 'e1' } });
});

test('its time is cut to whole seconds', () => {
  expect(take('T', { timeMs: tenMs + 999 })).toMatchObject({ event: { timeMs: tenMs } });
});

test('each event has its key where the journey says', () => {
  expect(take('T', { data: { id: 'a', cart: 'b' } })).toMatchObject({ pk: 'check|key|s:a' });
  expect(take('P', { data: { id: 'a', cart: 'b' } })).toMatchObject({ pk: 'check|key|s:b' });
});

test('fails for a trigger without its key', () => {
  expect(() => take('T', { data: { cart: '42' } })).toThrow(expect.objectContaining({ code: 'MissingKey' }));
  expect(() => take('T', { data: { id: null } })).toThrow(/'data.id'/);
});

test('an awaited event without its key is counted and matches nothing', () => {
  expect(take('P', { data: {} })).toEqual({
    kind: 'ignored',
    fact: { kind: 'unmatchable', event: 'P', eventId: 'e1', path: 'data.cart' },
  });
});

test('an event up to five minutes ahead is taken, one further ahead is brought back at its time', () => {
  expect(take('P', { timeMs: tenMs + 300_000 }).kind).toBe('taken');
  expect(take('P', { timeMs: tenMs + 300_001 }).kind).toBe('ahead');
});

test('an event as old as the journey accepts is taken; fails for an older one', () => {
  expect(take('P', { timeMs: tenMs - 86_400_000 }).kind).toBe('taken');
  expect(() => take('P', { timeMs: tenMs - 86_400_001 })).toThrow(expect.objectContaining({ code: 'TooLate' }));
});

test.each([
  ['InvalidData', { data: 'text' }],
  ['InvalidData', { data: null }],
  ['InvalidData', { data: [1] }],
  ['InvalidTime', { timeMs: Number.NaN }],
  ['TooManyHops', { hops: 100 }],
  ['EventTooLarge', { data: { id: 'x'.repeat(400_000), cart: '1' } }],
])('fails with %s', (code, more) => {
  expect(() => take('T', more)).toThrow(expect.objectContaining({ code }));
});

test('a chain of sent events may have 99 hops', () => {
  expect(take('T', { hops: 99 }).kind).toBe('taken');
});

test('nothing is refused that the journey does not know', () => {
  expect(take('Q', { data: 'text', timeMs: Number.NaN }).kind).toBe('ignored');
});
