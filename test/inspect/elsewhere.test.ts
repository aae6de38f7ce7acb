/** What is on record for a run in other partitions than its home: what is read, which of it is told, and how a partition is called. */
import { placeAt, placeOfValue } from '../../lib/engine/elsewhere/correlation.js';
import type { EventRecord, RunDocument, WaitStep } from '../../lib/engine/stored/document.js';
import { eventPosition, type Position } from '../../lib/engine/stored/event.js';
import { awaitedBy, recordsElsewhere, tracesElsewhere, wordsOfPlace } from '../../lib/inspect/elsewhere.js';
import { explainRun } from '../../lib/inspect/explanation.js';
import { run as runOf, tenMs } from '../contract/documents.js';

const everyRun = placeAt('order', 'shop/closed', null, {})!;
const payment = placeOfValue('order', 'data.payment_id', 'pay-1');

const wait = (event: string, place: string | undefined): WaitStep => ({
  ...{ kind: 'wait', event, sinceMs: tenMs, deadlineMs: tenMs + 3_600_000, state: 'waiting' },
  ...(place !== undefined && { place }),
});

function run(changes: Partial<RunDocument> = {}): RunDocument {
  const steps = new Map([
    ['settled', wait('payment/settled', payment)],
    ['closing', wait('shop/closed', everyRun)],
    ['by-key', wait('order/paid', undefined)],
  ]);
  return runOf('order|key|s:42', { steps, ...changes });
}

const record = (pk: string, name: string, id = 'e'): EventRecord => {
  const event = { id, name, source: 'shop', timeMs: tenMs + 60_000, hops: 0 };
  return { pk, position: eventPosition({ ...event, data: {} }, 'event'), event, expiresAtS: 1 };
};

test('each partition is read once, and that for every run only from the oldest of the runs on', async () => {
  const read: [string, Position | undefined][] = [];
  const older = run({ trigger: { ...run().trigger, timeMs: tenMs - 60_000 } });
  const apart = run({ listens: [{ event: 'customer/left', place: placeOfValue('order', 'data.customer_id', 7) }] });
  await recordsElsewhere([run(), older, apart], async (...asked) => {
    read.push([asked[0], asked[1]]);
    return [];
  });
  expect(read).toEqual([
    ['order|data.payment_id|s:pay-1', undefined],
    ['order|*|shop/closed', '2026-11-22T09:59:00Z'],
    ['order|data.customer_id|n:7', undefined],
  ]);
});

test('a record is told only of the event and the partition that the run listens to, and never of its own trigger', () => {
  const own = run();
  const records = [
    record(payment, 'payment/settled'),
    record(payment, 'payment/refused'),
    record(placeOfValue('order', 'data.payment_id', 'pay-2'), 'payment/settled'),
    { ...record(everyRun, 'shop/closed'), position: own.position },
  ];
  expect(tracesElsewhere(own, records).map(({ place, event }) => [place, event.name])).toEqual([
    [payment, 'payment/settled'],
  ]);
});

test('an event that was recorded at home and elsewhere is told once where it was taken, and at both where it was not', () => {
  const both = record(payment, 'payment/settled', 'both');
  const records = { runs: [], events: [{ ...both, pk: run().pk }], elsewhere: [both] };
  const told = (of: RunDocument) => explainRun(of, records, undefined).events.map(({ by, as }) => [by, as]);
  expect(told(run())).toEqual([
    [
      undefined,
      `was not taken: the wait 'settled' awaits payment/settled with data.payment_id = "pay-1", and it did not come that way`,
    ],
    ['data.payment_id = "pay-1"', expect.stringMatching(/^was not taken: it fits the wait 'settled'/)],
  ]);
  const matched = { ...both.event, position: both.position };
  const taken = run({
    steps: new Map([['settled', { ...wait('payment/settled', payment), state: 'matched', seq: 1, matched }]]),
  });
  expect(told(taken)).toEqual([['data.payment_id = "pay-1"', "was taken by the wait 'settled'"]]);
});

test.each([
  [placeOfValue('order', 'data.payment_id', 'a|b'), 'data.payment_id = "a|b"'],
  [placeOfValue('order', 'data.a|b%', 12.5), 'data.a|b% = 12.5'],
  [placeOfValue('order', 'data.gift', true), 'data.gift = true'],
  [placeOfValue('order', 'data.note', 'x'.repeat(600)), 'data.note = a value that is stored as its hash'],
  [placeOfValue('order', `data.${'x'.repeat(600)}`, 'a'), 'a long path = "a"'],
  [everyRun, 'for every run'],
])('the partition %.60s is called %s', (place, words) => {
  expect(wordsOfPlace(place)).toBe(words);
});

test('a wait is told with what it awaits', () => {
  expect(awaitedBy({ event: 'order/paid' })).toBe('order/paid');
  expect(awaitedBy({ event: 'shop/closed', place: everyRun })).toBe('shop/closed (for every run)');
});
