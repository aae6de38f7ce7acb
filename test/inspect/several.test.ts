/** Waits for several events as a person reads them: the view, the sentences, and why an event was not taken. */
import { loadFilters } from '../../lib/engine/decision/filter.js';
import type { MatchedEvent, RunDocument, StoredEvent, WaitStep } from '../../lib/engine/stored/document.js';
import { eventPosition } from '../../lib/engine/stored/event.js';
import { explainRun } from '../../lib/inspect/explanation.js';
import { judge, type Trace } from '../../lib/inspect/judgement.js';
import { runView } from '../../lib/inspect/view.js';
import { run as runOf, tenMs } from '../contract/documents.js';

const minuteMs = 60_000;
const pk = 'onboarding|key|s:42';

const event = (name: string, minute: number, id = `${name}${minute}`): StoredEvent => ({
  ...{ id, name, source: 'app', timeMs: tenMs + minute * minuteMs, hops: 0 },
});

function trace(of: StoredEvent): Trace {
  return { pk, position: eventPosition({ ...of, data: {} }, 'event'), event: of };
}

function taken(of: StoredEvent, channel = 0): MatchedEvent {
  return { ...of, position: trace(of).position, ...(channel > 0 && { channel }) };
}

const both = (changes: Partial<WaitStep> = {}): WaitStep => ({
  kind: 'wait',
  event: 'profile',
  sinceMs: tenMs,
  deadlineMs: tenMs + 60 * minuteMs,
  state: 'waiting',
  others: [{ event: 'payment', sinceMs: tenMs - minuteMs }],
  takes: 'all',
  ...changes,
});

const matchedBoth = both({
  state: 'matched',
  seq: 1,
  matched: taken(event('profile', 5)),
  matchedOthers: [taken(event('payment', 3), 1)],
});

const { takes: _all, ...any } = both();

function run(step: WaitStep, changes: Partial<RunDocument> = {}): RunDocument {
  return runOf(pk, { steps: new Map([['ready', step]]), ...changes });
}

const over: Partial<RunDocument> = { status: 'completed', endedAtMs: tenMs + 61 * minuteMs };

const storyOf = (step: WaitStep, changes?: Partial<RunDocument>): string =>
  explainRun(run(step, changes), { runs: [], events: [] }).story[1]!;

const why = (step: WaitStep, of: StoredEvent, changes?: Partial<RunDocument>): string =>
  judge(run(step, changes), trace(of), undefined).as;

describe('the view of a wait for several events', () => {
  const stepOf = (step: WaitStep) => runView(run(step)).steps[0];

  test('names all of them, what it asks of each, and what it takes of them', () => {
    const [payment] = both().others!;
    expect(stepOf(both({ others: [{ ...payment!, if: 'async.data.ok' }] }))).toEqual({
      ...{ id: 'ready', kind: 'wait', state: 'waiting', takes: 'all', deadline: '2026-11-22T11:00:00.000Z' },
      events: [
        { event: 'profile', since: '2026-11-22T10:00:00.000Z' },
        { event: 'payment', since: '2026-11-22T09:59:00.000Z', if: 'async.data.ok' },
      ],
    });
    expect(stepOf(any)).toMatchObject({ events: [{ event: 'profile' }, { event: 'payment' }], takes: 'any' });
  });

  test('has the event that came, and those beside it where it takes all', () => {
    expect(stepOf(matchedBoth)).toMatchObject({ matched: { id: 'profile5' }, matchedOthers: [{ id: 'payment3' }] });
  });

  test('of an expected absence of one event names that one', () => {
    const { others: _others, ...one } = both({ takes: 'none' });
    expect(stepOf(one)).toMatchObject({ event: 'profile', takes: 'none' });
    expect(stepOf(one)).not.toHaveProperty('events');
  });
});

test.each<[string, WaitStep, string]>([
  [
    'all, open',
    both(),
    "'ready': it waits for each of profile, payment, since 2026-11-22T09:59:00Z, until 2026-11-22T11:00:00Z.",
  ],
  [
    'all, come',
    matchedBoth,
    "'ready': each of profile, payment was awaited from 2026-11-22T09:59:00Z until 2026-11-22T11:00:00Z; profile came at 2026-11-22T10:05:00Z (profile5), payment came at 2026-11-22T10:03:00Z (payment3).",
  ],
  ['all, too late', both({ state: 'timedOut', seq: 1 }), '; not all of them came in time.'],
  [
    'any, come on its second event',
    { ...any, state: 'matched', seq: 1, matched: taken(event('payment', 3), 1) },
    "'ready': the first of profile, payment was awaited from 2026-11-22T09:59:00Z until 2026-11-22T11:00:00Z; payment came at 2026-11-22T10:03:00Z (payment3).",
  ],
  ['any, open', any, "'ready': it waits for the first of profile, payment, since"],
  ['none, open', both({ takes: 'none' }), "'ready': it expects no profile and no payment, since"],
  [
    'none, as expected',
    both({ takes: 'none', state: 'timedOut', seq: 1 }),
    "'ready': no profile and no payment was expected from 2026-11-22T09:59:00Z until 2026-11-22T11:00:00Z; none came.",
  ],
  [
    'none, broken',
    both({ takes: 'none', state: 'matched', seq: 1, matched: taken(event('profile', 5)) }),
    '; but profile came at 2026-11-22T10:05:00Z (profile5).',
  ],
])('the sentence of a wait for %s', (_what, step, said) => {
  expect(storyOf(step)).toContain(said);
});

describe('an event of a wait that takes all', () => {
  test('was taken, whichever of them it is', () => {
    for (const one of [event('profile', 5), event('payment', 3)])
      expect(why(matchedBoth, one)).toBe("was taken by the wait 'ready'");
  });

  test('waits with the run for the others', () => {
    expect(why(both(), event('payment', 3))).toBe(
      "was not taken: it fits the wait 'ready', which takes none until there is one of each: profile, payment",
    );
  });

  test('came alone', () => {
    expect(why(both({ state: 'timedOut', seq: 1 }), event('payment', 3), over)).toBe(
      "was not taken: it lies within the window of the wait 'ready', but when the time was up there was not one of each: profile, payment",
    );
  });

  test('came after one of its own name', () => {
    expect(why(matchedBoth, event('payment', 4))).toContain(
      "the wait 'ready' had taken payment of 2026-11-22T10:03:00Z",
    );
    expect(why(matchedBoth, event('payment', 4))).toContain('which came first');
  });

  test('is judged by the window of its own name', () => {
    const later = both({ sinceMs: tenMs + 10 * minuteMs });
    expect(why(later, event('payment', 5))).toContain('it fits');
    expect(why(later, event('profile', 5))).toContain('counts events from 2026-11-22T10:10:00Z on, and it is older');
  });
});

test('an event that came after a wait for any was resolved by another one is told which one that was', () => {
  const step: WaitStep = { ...any, state: 'matched', seq: 1, matched: taken(event('payment', 3), 1) };
  expect(why(step, event('profile', 5))).toContain("the wait 'ready' had taken payment of 2026-11-22T10:03:00Z");
});

describe('an event of a wait with conditions', () => {
  beforeAll(() => loadFilters());

  const paying = (minute: number, amount: number): StoredEvent => ({ ...event('payment', minute), data: { amount } });
  const asking = (changes: Partial<WaitStep> = {}): WaitStep => ({
    ...any,
    if: 'async.data.age > 17',
    others: [
      { event: 'payment', sinceMs: tenMs, if: 'async.data.amount > 100' },
      { event: 'payment', sinceMs: tenMs + 10 * minuteMs, if: 'async.data.amount == 1' },
    ],
    ...changes,
  });
  const large = 'async.data.amount > 100';

  test.each<[string, WaitStep['takes'] | undefined]>([
    ['any', undefined],
    ['all', 'all'],
    ['none', 'none'],
  ])('is judged by those of its own name, with their windows, where the wait takes %s', (_what, takes) => {
    const step = asking(takes && { takes });
    expect(why(step, paying(11, 50))).toBe(
      `was not taken: the wait 'ready' asks for ${large}, and that is false; the wait 'ready' asks for async.data.amount == 1, and that is false`,
    );
    expect(why(step, paying(5, 50))).toBe(
      `was not taken: the wait 'ready' asks for ${large}, and that is false; the wait 'ready' counts events from 2026-11-22T10:10:00Z on, and it is older`,
    );
    expect(why(step, { ...event('profile', 5), data: { age: 3 } })).toContain('asks for async.data.age > 17');
    expect(why(step, { ...event('profile', 5), data: {} })).toContain('a field is missing');
  });

  test('that it fits is not told what else the wait would have taken', () => {
    for (const one of [paying(11, 1), paying(5, 500)]) {
      expect(why(asking(), one)).toMatch(/^was not taken: it fits the wait 'ready', which has not taken it yet[^;]*$/);
      expect(why(asking({ takes: 'all' }), one)).toMatch(
        /^was not taken: it fits the wait 'ready', which takes none[^;]*$/,
      );
    }
    const resolved = asking({ state: 'matched', seq: 1, matched: taken(event('profile', 2)) });
    expect(why(resolved, paying(11, 1))).toMatch(/^was not taken: the wait 'ready' had taken profile of [^;]*$/);
  });

  test('is told of each wait that it was for', () => {
    const steps = new Map([
      ['first', asking({ deadlineMs: tenMs + minuteMs, state: 'timedOut', seq: 1 })],
      ['second', asking()],
    ]);
    const told = judge(run(any, { steps }), trace(paying(11, 1)), undefined).as;
    expect(told).toMatch(/the wait 'first' ended at 2026-11-22T10:01:00Z.*; it fits the wait 'second'/);
  });
});
