/**
 * Random sequences of calls of the records port, as plain data that fast-check can shrink.
 *
 * Few partitions, few positions and many hostile texts, so that calls meet; what a call has seen is said relative to what
 * is stored when it is made (as stored, one behind, ...), so that a shorter sequence still means something.
 */
import fc from 'fast-check';
import type { Cause, RunDocument, StoredEvent } from '../../lib/engine/stored/document.js';
import { deadlinePosition, eventPosition, type Position, positionFloor } from '../../lib/engine/stored/event.js';
import { partitionOfKey, runIdOf } from '../../lib/engine/stored/key.js';
import { tenMs } from '../contract/documents.js';
import { objects, texts } from '../hostile/texts.js';

/** Where an item is: few enough that calls meet each other. */
export interface Place {
  readonly partition: number;
  readonly second: number;
  readonly hops: number;
  readonly id: string;
}

export type Content = Omit<RunDocument, 'pk' | 'position' | 'rev' | 'by'> & { readonly by: ByText };
/** A cause: a text, or a timer of the run itself or of another one. */
type ByText = { readonly text: string } | { readonly timerOf: 'itself' | 'another'; readonly step: string };

export type SeenRev = 'as stored' | 'one behind' | 'one ahead' | 'long ago';
export type SeenNonce = 'as stored' | 'the one before' | 'nobody’s';
export type Bound =
  | { readonly at: 'beginning' }
  | { readonly at: 'second'; readonly second: number }
  | { readonly at: 'deadline'; readonly second: number; readonly ms: number }
  | { readonly at: 'item'; readonly role: 'trigger' | 'event'; readonly place: Omit<Place, 'partition'> };

export type Call =
  | { readonly do: 'begin'; readonly place: Place; readonly content: Content }
  | { readonly do: 'note'; readonly place: Place; readonly event: StoredEvent; readonly firstWins: boolean }
  | {
      readonly do: 'look';
      readonly partition: number;
      readonly from: Bound;
      readonly before?: Bound | undefined;
      readonly limit?: number | undefined;
      readonly follow: boolean;
    }
  | {
      readonly do: 'cancel';
      readonly place: Place;
      readonly by: ByText;
      readonly event: StoredEvent;
      readonly floor: boolean;
      readonly seen: { readonly rev: SeenRev } | { readonly nonce: SeenNonce };
    }
  | { readonly do: 'commit'; readonly place: Place; readonly content: Content; readonly seen: SeenRev }
  /** The call before once more, word for word: a lost acknowledgement, a duplicate, a zombie. */
  | { readonly do: 'again' };

const keyTexts = ['42', ...Object.values(texts)];
export const partitions: readonly string[] = [
  ...keyTexts.map((value) => partitionOfKey('cart', value)),
  partitionOfKey('cart', 42),
  partitionOfKey('cart', true),
  partitionOfKey('cart', '\ud83d'),
  partitionOfKey('cart', 'x'.repeat(600)),
  partitionOfKey('cart-b', '42'),
];

export function pkOf(prefix: string, partition: number): string {
  return `${prefix}${partitions[partition % partitions.length]}`;
}

export function positionOf(role: 'trigger' | 'event', { second, hops, id }: Omit<Place, 'partition'>): Position {
  return eventPosition({ id, hops, timeMs: tenMs + second * 1_000, name: '', data: undefined, source: '' }, role);
}

export function boundOf(bound: Bound): Position {
  switch (bound.at) {
    case 'beginning':
      return '0' as Position;
    case 'second':
      return positionFloor(tenMs + bound.second * 1_000);
    case 'deadline':
      return deadlinePosition(tenMs + bound.second * 1_000 + bound.ms);
    case 'item':
      return positionOf(bound.role, bound.place);
  }
}

export function causeOf(by: ByText, run: { readonly pk: string; readonly position: Position }): Cause {
  if ('text' in by) return by.text as Cause;
  const of = by.timerOf === 'itself' ? run : { ...run, pk: `${run.pk}x` };
  return `timer:${runIdOf(of)}:${by.step}:0` as Cause;
}

// ---- arbitraries ----

const text = fc.oneof(fc.constantFrom(...Object.values(texts)), fc.string({ unit: 'grapheme', maxLength: 12 }));
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  text,
  fc.constantFrom(...Object.values(objects)).map((source) => JSON.parse(source) as unknown),
);
const timeMs = fc.integer({ min: tenMs, max: tenMs + 40 * 86_400_000 });
const seconds = fc.nat(2);
// Mostly a few places of two partitions, one second, so that calls meet; now and then any other one.
const place: fc.Arbitrary<Place> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      partition: fc.nat(1),
      second: fc.constant(1),
      hops: fc.constant(0),
      id: fc.constantFrom('a', 'ab'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      partition: fc.nat(partitions.length - 1),
      second: seconds,
      hops: fc.constantFrom(0, 1, 25),
      id: fc.constantFrom('a', 'ab', 'b', '-', 'a#b', '~:', '__proto__'),
    }),
  },
);
const storedEvent: fc.Arbitrary<StoredEvent> = fc
  .record({ id: text, name: text, source: text, timeMs, hops: fc.nat(25), data: fc.option(json, { nil: undefined }) })
  .map(({ data, ...event }) => (data === undefined ? event : { ...event, data }));
const withoutData = storedEvent.map(({ data: _data, ...event }) => event);
const by: fc.Arbitrary<ByText> = fc.oneof(
  fc.record({ text }),
  fc.record({ timerOf: fc.constantFrom('itself' as const, 'another' as const), step: text }),
);

const optional = <Value>(of: fc.Arbitrary<Value>) => fc.option(of, { nil: undefined });
const step = fc.oneof(
  fc.record({
    kind: fc.constant('wait' as const),
    event: text,
    sinceMs: timeMs,
    deadlineMs: timeMs,
    state: fc.constantFrom('waiting' as const, 'matched' as const, 'timedOut' as const),
    seq: optional(fc.nat(9)),
    matched: optional(storedEvent.map((event) => ({ ...event, position: positionFloor(event.timeMs) }))),
  }),
  fc.record({ kind: fc.constant('sleep' as const), deadlineMs: timeMs, state: fc.constantFrom('waiting', 'timedOut') }),
  fc.record({
    kind: fc.constantFrom('run' as const, 'send' as const),
    state: fc.constantFrom('waiting', 'due', 'done', 'failed'),
    attempt: fc.nat(4),
    deadlineMs: optional(timeMs),
    doneAtMs: optional(timeMs),
    result: optional(json),
    error: optional(fc.record({ name: text, message: text })),
  }),
);
const lease = fc.record({
  cause: text.map((cause) => cause as Cause),
  requestId: text,
  nonce: fc.constantFrom('n1', 'n2', 'a"b', 'é'),
  untilMs: timeMs,
});
const content = fc
  .record({
    by,
    status: fc.constantFrom('active', 'active', 'active', 'completed', 'failed', 'cancelled'),
    trigger: storedEvent,
    steps: fc.array(fc.tuple(text, step), { maxLength: 4 }).map((entries) => new Map(entries)),
    nseq: fc.nat(9),
    lease: optional(lease),
    floor: optional(fc.constant(true as const)),
    output: optional(json),
    error: optional(fc.record({ name: text, message: text })),
    endedAtMs: optional(timeMs),
    expiresAtS: optional(timeMs.map((ms) => Math.ceil(ms / 1_000))),
  })
  // A document leaves out what it does not have.
  .map(
    (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as Content,
  );

const bound: fc.Arbitrary<Bound> = fc.oneof(
  fc.constant({ at: 'beginning' as const }),
  fc.record({ at: fc.constant('second' as const), second: seconds }),
  fc.record({ at: fc.constant('deadline' as const), second: seconds, ms: fc.nat(999) }),
  fc.record({
    at: fc.constant('item' as const),
    role: fc.constantFrom('trigger' as const, 'event' as const),
    place: place.map(({ partition: _any, ...rest }) => rest),
  }),
);
const seenRev = fc.constantFrom<SeenRev>('as stored', 'as stored', 'as stored', 'one behind', 'one ahead', 'long ago');
const seenNonce = fc.constantFrom<SeenNonce>('as stored', 'as stored', 'the one before', 'nobody’s');

const begin: fc.Arbitrary<Call> = fc.record({ do: fc.constant('begin' as const), place, content });
const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 2, arbitrary: begin },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('note' as const), place, event: storedEvent, firstWins: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('look' as const),
      partition: place.map(({ partition }) => partition),
      from: bound,
      before: optional(bound),
      limit: optional(fc.constantFrom(1, 2, 3, 8, 32)),
      follow: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cancel' as const),
      place,
      by,
      event: withoutData,
      floor: fc.boolean(),
      seen: fc.oneof(fc.record({ rev: seenRev }), fc.record({ nonce: seenNonce })),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('commit' as const), place, content, seen: seenRev }) },
  { weight: 2, arbitrary: fc.constant({ do: 'again' as const }) },
);

/** A few runs to begin with, so that what follows finds something. */
export function sequences(mostCalls: number): fc.Arbitrary<Call[]> {
  const first = fc.array(begin, { maxLength: 5, size: 'max' });
  const then = fc.array(call, { minLength: 1, maxLength: mostCalls - 5, size: 'max' });
  return fc.tuple(first, then).map((parts) => parts.flat());
}
