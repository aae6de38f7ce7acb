/** Events: their ids, times, sizes and shapes; duplicates that say something else; deliveries that are no event at all. */
import { limits } from '../../lib/limits.js';
import { dayMs, detail, envelope, hourMs, minuteMs, plainNames, startMs } from './cart.js';
import { bought, type Delivered, type HostileCase } from './case.js';
import { lonely, objects, texts } from './texts.js';

const { added, purchased } = plainNames;
const day = '2026-11-22';

function trigger(fields: Readonly<Record<string, string>>, data = detail('"k"', '"n"')): Delivered {
  return { atMs: 0, text: envelope({ name: added, detail: data, fields }) };
}

function purchase(atMs: number, fields: Readonly<Record<string, string>> = {}): Delivered {
  return { atMs, text: envelope({ name: purchased, timeMs: atMs, detail: detail('"k"', '"n"'), fields }) };
}

// ---- ids ----

/** Its trigger and its purchase have the same hostile id; and so has the purchase of somebody who has no run. */
function eventId(title: string, id: string): HostileCase {
  const of = (name: string, timeMs: number, key: string) => ({
    atMs: timeMs,
    text: envelope({ name, timeMs, id, detail: detail(key, '"n"') }),
  });
  return {
    title: `an event whose id is ${title}`,
    deliveries: [
      of(added, 0, '"k"'),
      of(purchased, minuteMs, '"nobody"'),
      of(purchased, hourMs, '"k"'),
      of(added, 0, '"k"'),
    ],
    runs: ['purchased'],
    note: '"n"',
  };
}

/** Half a surrogate pair has no UTF-8: no bus makes such ids, and DynamoDB takes none. */
function refusedId(title: string, id: string): HostileCase {
  return {
    title: `an event whose id is ${title}`,
    deliveries: [{ atMs: 0, text: envelope({ name: added, id, detail: detail('"k"', '"n"') }) }, purchase(hourMs)],
    runs: [],
    letters: ['UnknownDelivery'],
  };
}

// ---- times ----

/** Texts that are no time: the delivery is none of EventBridge's. */
const noTimes: readonly string[] = [
  '""',
  '"not a time"',
  '"2026-13-45T99:99:99Z"',
  '"2026-02-30T25:00:00Z"',
  '"2026-12-31T23:59:60Z"',
  '"+275760-09-13T00:00:01Z"',
  '"Infinity"',
  'null',
  '1795341600',
  '{}',
  '["2026-11-22T10:00:00Z"]',
  'true',
  '',
];

/** Times that lie too far back. */
const pastTimes: readonly string[] = [
  '2026-11-06T09:59:59Z',
  '2000-01-01T00:00:00Z',
  '1970-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '0001-01-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '-271821-04-20T00:00:00Z',
];

/** Times that no schedule could bring back. */
const beyondTimes: readonly string[] = ['+010000-01-01T00:00:00Z', '+275760-09-13T00:00:00Z'];

/** The same instant in other words. */
const sameTimes: readonly string[] = [
  `${day}T10:00:00.999Z`,
  `${day}T10:00:00.000000001Z`,
  `${day}T10:00:00+00:00`,
  `${day}T11:30:00+01:30`,
  `${day}T00:00:00-10:00`,
  `${day}T10:00Z`,
];

function refusedTime(time: string, letter: string): HostileCase {
  return {
    title: `a trigger whose time is ${time === '' ? 'missing' : time}`,
    deliveries: [trigger({ time }), purchase(hourMs)],
    runs: [],
    letters: [letter],
  };
}

const times: readonly HostileCase[] = [
  ...noTimes.map((time) => refusedTime(time, 'UnknownDelivery')),
  ...pastTimes.map((time) => refusedTime(JSON.stringify(time), 'TooLate')),
  ...beyondTimes.map((time) => refusedTime(JSON.stringify(time), 'InvalidTime')),
  ...sameTimes.map((time) => ({
    title: `a trigger whose time is ${time}`,
    deliveries: [trigger({ time: JSON.stringify(time) }), purchase(hourMs)],
    runs: ['purchased'],
  })),
  {
    title: 'a trigger from the first second that is not too late',
    deliveries: [trigger({ time: '"2026-11-06T10:00:00Z"' }), purchase(hourMs)],
    // Its day was over two weeks ago: it is decided at once.
    runs: ['reminded'],
  },
  {
    title: 'a trigger five minutes ahead of its delivery',
    deliveries: [trigger({ time: `"${day}T10:05:00Z"` }), purchase(hourMs)],
    runs: ['purchased'],
  },
  {
    title: 'a trigger a day ahead, which comes back at its time',
    deliveries: [trigger({ time: '"2026-11-23T10:00:00Z"' }), purchase(hourMs)],
    runs: ['reminded'],
  },
  {
    title: 'a purchase a second before its trigger',
    deliveries: [trigger({}), purchase(hourMs, { time: `"${day}T09:59:59Z"` })],
    runs: ['reminded'],
  },
  {
    title: 'a purchase in the last second of the wait, delivered in time',
    deliveries: [trigger({}), purchase(dayMs - 2 * minuteMs, { time: `"${day}T10:00:00Z"` })],
    runs: ['purchased'],
  },
  {
    title: 'a purchase dated after the wait, delivered before its end',
    deliveries: [trigger({}), purchase(dayMs - 4 * minuteMs, { time: '"2026-11-23T10:00:01Z"' })],
    runs: ['reminded'],
  },
];

// ---- duplicates that say something else ----

const id = '11111111-1111-4111-8111-111111111111';
const again = (name: string, atMs: number, data: string, timeMs = atMs): Delivered => ({
  atMs,
  text: envelope({ name, id, timeMs, detail: data }),
});

const duplicates: readonly HostileCase[] = [
  {
    title: 'a trigger again with another note: the first one stays',
    deliveries: [
      again(added, 0, detail('"k"', '"n"')),
      again(added, minuteMs, detail('"k"', '"other"'), 0),
      purchaseLess(),
    ],
    runs: ['reminded'],
    note: '"n"',
  },
  {
    title: 'a trigger again with another key: two customers',
    deliveries: [again(added, 0, detail('"k"')), again(added, minuteMs, detail('"l"'), 0), purchase(hourMs)],
    runs: ['purchased', 'reminded'],
  },
  {
    title: 'a trigger again with the neighbour’s key: a run of its own beside the neighbour’s',
    deliveries: [
      again(added, 0, detail('"k"')),
      again(added, minuteMs, detail('"neighbour"'), minuteMs),
      purchase(hourMs),
    ],
    runs: ['purchased', 'reminded'],
  },
  {
    title: 'a trigger again with a key of another type: two customers',
    deliveries: [again(added, 0, detail('42')), again(added, minuteMs, detail('"42"'), 0)],
    runs: ['reminded', 'reminded'],
  },
  {
    title: 'a trigger again with another time: two runs',
    deliveries: [again(added, 0, detail('"k"')), again(added, minuteMs, detail('"k"'))],
    runs: ['reminded', 'reminded'],
  },
  {
    title: 'a trigger again after its run is over',
    deliveries: [
      again(added, 0, detail('"k"', '"n"')),
      purchase(hourMs),
      again(added, 2 * dayMs, detail('"k"', '"other"'), 0),
    ],
    runs: ['purchased'],
    note: '"n"',
  },
  {
    title: 'a trigger again without data',
    deliveries: [again(added, 0, detail('"k"', '"n"')), again(added, minuteMs, 'null', 0), purchase(hourMs)],
    runs: ['purchased'],
    letters: ['InvalidData'],
  },
  {
    title: 'a trigger again without its key',
    deliveries: [again(added, 0, detail('"k"', '"n"')), again(added, minuteMs, '{}', 0), purchase(hourMs)],
    runs: ['purchased'],
    letters: ['MissingKey'],
  },
  {
    title: 'a purchase again with another note, after it was taken',
    deliveries: [
      trigger({}),
      again(purchased, hourMs, detail('"k"', '"n"')),
      again(purchased, 2 * hourMs, detail('"k"', '"other"'), hourMs),
    ],
    runs: ['purchased'],
    note: '"n"',
  },
  {
    title: 'a purchase with the id of its trigger',
    deliveries: [again(added, 0, detail('"k"', '"n"')), again(purchased, hourMs, detail('"k"', '"n"'))],
    runs: ['purchased'],
    note: '"n"',
  },
  {
    title: 'a purchase with the id and the second of its trigger',
    deliveries: [again(added, 0, detail('"k"', '"n"')), again(purchased, hourMs, detail('"k"', '"n"'), 0)],
    runs: ['purchased'],
    note: '"n"',
  },
];

function purchaseLess(): Delivered {
  return { atMs: hourMs, text: envelope({ name: 'cart/viewed', timeMs: hourMs, detail: detail('"k"') }) };
}

// ---- data ----

const noData: readonly string[] = ['null', '"text"', '42', 'true', '[]', '[{"cart":"k"}]', ''];
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const filled = (bytes: number): string => JSON.stringify('x'.repeat(bytes));

function carries(title: string, note: string): HostileCase {
  return { title: `data with ${title}`, deliveries: bought({}, '"k"', note), runs: ['purchased'], note };
}

function refusedData(title: string, data: string, letter: string): HostileCase {
  return { title, deliveries: [trigger({}, data), purchase(hourMs)], runs: [], letters: [letter] };
}

const data: readonly HostileCase[] = [
  ...Object.entries(objects).map(([title, text]) => carries(title, text)),
  ...Object.entries(lonely).map(([title, text]) => carries(title, JSON.stringify(text))),
  carries('100 KB', filled(100_000)),
  ...noData.map((text) => refusedData(`a trigger whose data is ${text || 'missing'}`, text, 'InvalidData')),
  refusedData('a trigger of 400 KB', detail('"k"', filled(400_000)), 'EventTooLarge'),
  refusedData('a trigger of 1 MB', detail('"k"', filled(1_000_000)), 'EventTooLarge'),
  refusedData(
    'a trigger of 130,000 four-byte characters',
    detail('"k"', `"${'\u{1f6d2}'.repeat(130_000)}"`),
    'EventTooLarge',
  ),
  // The data itself is one level.
  carries('999 levels below it', deep(999)),
  carries('brackets that are text', JSON.stringify('[{"'.repeat(2_000))),
  ...[1_000, 1_500, 2_000, 3_000, 4_000, 5_000, 100_000].map((levels) =>
    refusedData(`a trigger with ${levels} levels below its data`, detail('"k"', deep(levels)), 'InvalidData'),
  ),
  {
    title: 'a purchase 2,000 levels deep',
    deliveries: [
      trigger({}),
      { atMs: hourMs, text: envelope({ name: purchased, timeMs: hourMs, detail: detail('"k"', deep(2_000)) }) },
    ],
    runs: ['reminded'],
    letters: ['InvalidData'],
  },
  {
    title: 'a purchase of 400 KB',
    deliveries: [
      trigger({}),
      { atMs: hourMs, text: envelope({ name: purchased, timeMs: hourMs, detail: detail('"k"', filled(400_000)) }) },
    ],
    runs: ['reminded'],
    letters: ['EventTooLarge'],
  },
  {
    title: 'a trigger and a purchase that outgrow a run together, though not their output',
    deliveries: bought({}, '"k"', filled(250_000)),
    runs: ['purchased'],
    note: filled(250_000),
  },
  {
    title: 'a trigger with fields that look like the engine’s',
    deliveries: bought({}, '"k","pk":"x","status":"completed","steps":{},"sojourn":"timer","run":"x"', '"n"'),
    runs: ['purchased'],
    note: '"n"',
  },
];

// ---- envelopes ----

const runIdOf = (pk: string): string => Buffer.from(`2020-01-01T00:00:00Z#0#00#x\n${pk}`).toString('base64url');
const timer = (fields: object): string =>
  JSON.stringify({
    sojourn: 'timer',
    run: 'x',
    step: 'wait',
    attempt: 0,
    deadlineMs: startMs,
    atMs: startMs,
    ...fields,
  });

/** Handed to the function, and nothing that it knows. */
const strangers: readonly (readonly [title: string, text: string])[] = [
  ['null', 'null'],
  ['a number', '42'],
  ['a text', '"hello"'],
  ['a list', '[]'],
  ['an empty object', '{}'],
  ['an object with a prototype', '{"__proto__":{"detail-type":"cart/product.added"}}'],
  [
    'an event whose name is a number',
    envelope({ name: added, detail: detail('"k"'), fields: { 'detail-type': '42' } }),
  ],
  ['an event whose name is null', envelope({ name: added, detail: detail('"k"'), fields: { 'detail-type': 'null' } })],
  ['an event whose id is empty', envelope({ name: added, id: '', detail: detail('"k"') })],
  ['an event whose id is a number', envelope({ name: added, detail: detail('"k"'), fields: { id: '42' } })],
  ['an event without an id', envelope({ name: added, detail: detail('"k"'), fields: { id: '' } })],
  ['an event without a source', envelope({ name: added, detail: detail('"k"'), fields: { source: '' } })],
  ['an event whose source is an object', envelope({ name: added, detail: detail('"k"'), fields: { source: '{}' } })],
  ['a timer without a run', timer({ run: undefined })],
  ['a timer whose run is an object', timer({ run: {} })],
  ['a timer whose attempt is a text', timer({ attempt: '0' })],
  ['a timer whose deadline is infinite', timer({}).replace(/"deadlineMs":\d+/, '"deadlineMs":1e400')],
  ['a timer without an instant', timer({ atMs: undefined })],
];

/** Timers of nobody: acknowledged and logged. `id` is the journey's. */
const forged: readonly (readonly [title: string, text: (id: string) => string])[] = [
  ['of an empty run', () => timer({ run: '' })],
  ['of garbage', () => timer({ run: '%%%' })],
  ['of a run in another journey', () => timer({ run: runIdOf('win-back|key|s:k') })],
  ['of a run of a journey whose id begins alike', (id) => timer({ run: runIdOf(`${id}0|key|s:k`) })],
  ['of a run of a journey whose id is shorter', (id) => timer({ run: runIdOf(`${id.slice(0, 1)}|key|s:k`) })],
  ['of no partition', () => timer({ run: runIdOf('') })],
  ['of a run that never was', (id) => timer({ run: runIdOf(`${id}|key|s:k`) })],
  ['of a run that never was, beside the neighbour', (id) => timer({ run: runIdOf(`${id}|key|s:neighbour`) })],
  ['with a hostile step', (id) => timer({ run: runIdOf(`${id}|key|s:k`), step: '__proto__' })],
  ['with a deadline in year 275760', (id) => timer({ run: runIdOf(`${id}|key|s:neighbour`), deadlineMs: 8.64e15 })],
  ['with a deadline before all time', (id) => timer({ run: runIdOf(`${id}|key|s:neighbour`), deadlineMs: -1e300 })],
  ['with a deadline beyond all time', (id) => timer({ run: runIdOf(`${id}|key|s:neighbour`), deadlineMs: 1e300 })],
];

/** What Resources may hold, and what the event then is. */
const resources: readonly (readonly [text: string, letters: readonly string[]])[] = [
  ['null', []],
  ['42', []],
  ['{}', []],
  ['[null,{},42,[]]', []],
  ['["urn:sojourn:x:1"]', []],
  ['["urn:sojourn:0123456789abcdef0123456789abcdef:-1"]', []],
  ['["urn:sojourn:0123456789abcdef0123456789abcdef:1\\n"]', []],
  [`["urn:sojourn:0123456789abcdef0123456789abcdef:${limits.maxHops}"]`, []],
  // What the last of a chain sends: taken for an event from outside, the chain would begin anew.
  [`["urn:sojourn:0123456789abcdef0123456789abcdef:${limits.maxHops + 1}"]`, ['TooManyHops']],
  ['["urn:sojourn:0123456789abcdef0123456789abcdef:999"]', ['TooManyHops']],
  ['["urn:sojourn:0123456789ABCDEF0123456789ABCDEF:1"]', []],
  [`[${'"arn:aws:s3:::x",'.repeat(1_000)}"arn:aws:s3:::y"]`, []],
];

const envelopes: readonly HostileCase[] = [
  ...strangers.map(([title, text]) => ({
    title: `a delivery that is ${title}`,
    deliveries: [{ atMs: 0, text }],
    runs: [],
    letters: ['UnknownDelivery'],
  })),
  ...forged.map(([title, text]) => ({
    title: `a timer ${title}`,
    deliveries: (id: string) => [{ atMs: minuteMs, text: text(id) }],
    runs: [],
  })),
  {
    title: 'a timer whose instant lies in year 33658',
    deliveries: (id) => [{ atMs: minuteMs, text: timer({ run: runIdOf(`${id}|key|s:k`), atMs: 1e15 }) }],
    runs: [],
    letters: ['EarlyTimer'],
  },
  ...resources.map(([text, letters]) => ({
    title: `an event whose resources are ${text.slice(0, 60)}`,
    deliveries: [trigger({ resources: text }), purchase(hourMs)],
    runs: letters.length === 0 ? ['purchased'] : [],
    letters,
  })),
  {
    title: 'an event with more fields than EventBridge has',
    deliveries: [trigger({ __proto__x: '1', sojourn: '"event"', 'replay-name': '"x"' }), purchase(hourMs)],
    runs: ['purchased'],
  },
];

export const eventCases: readonly HostileCase[] = [
  ...Object.entries(texts).map(([title, text]) => eventId(title, text)),
  eventId('10 KB long', 'x'.repeat(10_000)),
  ...Object.entries(lonely).map(([title, text]) => refusedId(title, text)),
  ...times,
  ...duplicates,
  ...data,
  ...envelopes,
];
