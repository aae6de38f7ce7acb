/** What an event on record was to a run, and if nothing, why not: every rule of the decision, as a person reads it. */

import { loadFilters } from '../../lib/engine/decision/filter.js';
import type { RunDocument, Step, StoredEvent, WaitStep } from '../../lib/engine/stored/document.js';
import { eventPosition, type Position } from '../../lib/engine/stored/event.js';
import { explainKey, explainRun } from '../../lib/inspect/explanation.js';
import { judge, type Trace } from '../../lib/inspect/judgement.js';
import type { JourneyDefinition } from '../../lib/journey/definition.js';
import { run as runOf, tenMs } from '../contract/documents.js';

const minuteMs = 60_000;
const pk = 'abandoned-cart|key|s:42';

beforeAll(() => loadFilters());

const definition: JourneyDefinition = {
  id: 'abandoned-cart',
  triggers: [{ event: 'cart/product.added' }],
  keyPaths: { 'cart/product.added': 'data.cart_id', 'cart/purchased': 'data.cart_id', 'cart/cleared': 'data.cart_id' },
  waitsFor: ['cart/purchased'],
  cancelOn: [{ event: 'cart/product.added', timeoutMs: 60 * minuteMs }, { event: 'cart/cleared' }],
  retries: 4,
  maxDurationMs: 172_800_000,
  acceptLateMs: 1_382_400_000,
  replays: false,
};

const event = (id: string, minute: number, name = 'cart/purchased'): StoredEvent => ({
  ...{ id, name, source: 'shop', timeMs: tenMs + minute * minuteMs, hops: 0 },
});

function trace(of: StoredEvent, changes: Partial<Trace> = {}): Trace {
  const role = of.name === 'cart/product.added' ? 'trigger' : 'event';
  return { pk, position: eventPosition({ ...of, data: {} }, role), event: of, ...changes };
}

const wait = (changes: Partial<WaitStep> = {}): WaitStep => ({
  kind: 'wait',
  event: 'cart/purchased',
  sinceMs: tenMs,
  deadlineMs: tenMs + 60 * minuteMs,
  state: 'waiting',
  ...changes,
});

function run(changes: Partial<RunDocument> = {}, step: Step = wait()): RunDocument {
  return runOf(pk, { steps: new Map([['wait-for-purchase', step]]), ...changes });
}

const matchedBy = (id: string, minute: number): WaitStep => {
  const taken = event(id, minute);
  return wait({ state: 'matched', seq: 1, matched: { ...taken, position: trace(taken).position } });
};

const over = (status: RunDocument['status']): Partial<RunDocument> => ({ status, endedAtMs: tenMs + 30 * minuteMs });

describe('an event that a run took', () => {
  test('started it', () => {
    const started = run();
    const own = trace(event('t', 0, 'cart/product.added'), { position: started.position });
    expect(judge(started, own, definition)).toEqual({ taken: true, as: 'started this run' });
  });

  test('resolved a wait, and is told from another of the same id and time by its place', () => {
    const matched = run({}, matchedBy('p', 5));
    expect(judge(matched, trace(event('p', 5)), definition)).toEqual({
      taken: true,
      as: "was taken by the wait 'wait-for-purchase'",
    });
    expect(judge(matched, trace(event('q', 5)), definition).taken).toBe(false);
  });

  test('cancelled it', () => {
    const cleared = event('c', 6, 'cart/cleared');
    const cancelled = run({ ...over('cancelled'), cancelledBy: cleared });
    expect(judge(cancelled, trace(cleared), definition)).toEqual({ taken: true, as: 'cancelled this run' });
  });
});

describe('an event that a run did not take', () => {
  const why = (of: RunDocument, seen: Trace, known: JourneyDefinition | 'unknown' = definition): string => {
    const { taken, as } = judge(of, seen, known === 'unknown' ? undefined : known);
    expect(taken).toBe(false);
    return as.replace('was not taken: ', '');
  };

  test('has another key: a number where the run has a text', () => {
    expect(why(run(), trace(event('p', 5), { pk: 'abandoned-cart|key|n:42' }))).toBe(
      'its key is the number 42, this run’s is the text "42": they are two keys',
    );
  });

  test('is older than its trigger', () => {
    expect(why(run(), trace(event('p', -5)))).toBe('it is older than the event that started this run');
  });

  test('came before the window of the wait', () => {
    const later = run({}, wait({ sinceMs: tenMs + 10 * minuteMs }));
    expect(why(later, trace(event('p', 5)))).toMatch(/counts events from 2026-11-22T10:10:00Z on, and it is older/);
  });

  test('came after its deadline', () => {
    const timedOut = run(over('completed'), wait({ state: 'timedOut', seq: 1 }));
    expect(why(timedOut, trace(event('p', 61)))).toMatch(/ended at 2026-11-22T11:00:00Z, and it is later/);
  });

  test('was recorded when the time was up and had been acted on', () => {
    const timedOut = run(over('completed'), wait({ state: 'timedOut', seq: 1 }));
    expect(why(timedOut, trace(event('p', 59)))).toMatch(/lies within the window .* but was recorded only after/);
  });

  test('came after the one that was taken', () => {
    expect(why(run({}, matchedBy('p', 5)), trace(event('q', 6)))).toMatch(
      /had taken cart\/purchased of 2026-11-22T10:05:00Z \(p\), which came first/,
    );
  });

  test('came before the one that was taken, and was recorded after it', () => {
    expect(why(run({}, matchedBy('p', 5)), trace(event('q', 4)))).toMatch(
      /\(p\), which was recorded before this one was/,
    );
  });

  test('was consumed by the wait before', () => {
    const taken = trace(event('p', 5));
    const second = run({}, wait({ after: taken.position as Position }));
    expect(why(second, taken)).toMatch(/was opened when a wait before it had taken this event or a later one/);
  });

  test('came when the run had ended with its wait open', () => {
    expect(why(run(over('cancelled')), trace(event('p', 40)))).toBe(
      "the wait 'wait-for-purchase' was still open when the run was cancelled at 2026-11-22T10:30:00Z",
    );
  });

  test('fits, and an invocation is on its way', () => {
    expect(why(run(), trace(event('p', 5)))).toMatch(
      /it fits the wait 'wait-for-purchase', which has not taken it yet/,
    );
  });

  test('does not pass the filter of the wait, or cannot be evaluated; what an ended run has forgotten is not guessed', () => {
    const asking = (text: string, changes: Partial<RunDocument> = {}) =>
      run({
        steps: new Map([['wait-for-purchase', wait({ if: text })]]),
        trigger: { ...run().trigger, data: { n: 1 } },
        ...changes,
      });
    const came = (data: unknown) => trace({ ...event('p', 5), data });
    expect(why(asking('async.data.n > 5'), came({ n: 5 }))).toBe(
      "the wait 'wait-for-purchase' asks for async.data.n > 5, and that is false",
    );
    expect(why(asking('async.data.n > 5'), came({}))).toBe(
      "the wait 'wait-for-purchase' asks for async.data.n > 5, and a field is missing: n",
    );
    expect(why(asking('async.data.n > 5'), came({ n: '6' }))).toMatch(
      /, and values are of another kind: async.data.n > 5$/,
    );
    expect(why(asking('async.data.n > 5'), came({ n: 6 }))).toMatch(/it fits the wait/);
    const { data: _forgotten, ...slim } = run().trigger;
    expect(why(asking('async.data.n > event.data.n', { ...over('completed'), trigger: slim }), came({ n: 0 }))).toMatch(
      /which cannot be told now that the run is over$/,
    );
  });

  test('does not pass the filter of a cancelOn', () => {
    const asked = { ...definition, cancelOn: [{ event: 'cart/cleared', if: "async.data.role == 'admin'" }] };
    const came = { ...event('c', 40, 'cart/cleared'), data: { role: 'clerk' } };
    expect(judge(run(), trace(came), asked).as).toBe(
      "was not taken: it cancels only if async.data.role == 'admin', and that is false",
    );
  });

  test('cancels only within its window', () => {
    expect(why(run(), trace(event('t2', 61, 'cart/product.added')))).toBe(
      'it cancels only until 2026-11-22T11:00:00Z, and it is later',
    );
  });

  test('would have cancelled, had the run not been over', () => {
    expect(why(run(over('completed')), trace(event('c', 40, 'cart/cleared')))).toBe(
      'the run was completed at 2026-11-22T10:30:00Z before it could be cancelled',
    );
  });

  test('is awaited by the journey, and no wait of this run has come', () => {
    const working = run({ steps: new Map() });
    expect(why(working, trace(event('p', 5)))).toBe('the run has come to no wait for cart/purchased yet');
    expect(why({ ...working, ...over('failed') }, trace(event('p', 5)))).toMatch(/failed at .* without a wait for/);
  });

  test('is awaited by nobody; so it is said too where the definition is not known', () => {
    expect(why(run(), trace(event('x', 5, 'cart/seen')))).toBe('this run awaited no cart/seen');
    expect(why(run(), trace(event('c', 5, 'cart/cleared')))).toMatch(
      /^it cancels this run, which has not been acted on/,
    );
    expect(why(run(), trace(event('c', 5, 'cart/cleared')), 'unknown')).toBe('this run awaited no cart/cleared');
  });
});

describe('a run explained', () => {
  test('tells its story in order, without anybody’s data', () => {
    const steps: [string, Step][] = [
      ['wait-for-purchase', wait({ state: 'timedOut', seq: 1 })],
      ['nap', { kind: 'sleep', deadlineMs: tenMs + 70 * minuteMs, state: 'timedOut', seq: 2 }],
      [
        'warm-up',
        { kind: 'run', state: 'done', attempt: 2, seq: 3, doneAtMs: tenMs + 71 * minuteMs, result: 'secret' },
      ],
      [
        'send-reminder',
        {
          kind: 'run',
          state: 'waiting',
          attempt: 1,
          deadlineMs: tenMs + 75 * minuteMs,
          error: { name: 'Throttled', message: 'slow down' },
        },
      ],
    ];
    const { story } = explainRun(run({ steps: new Map(steps) }), { runs: [], events: [] }, definition);
    expect(story).toEqual([
      'cart/product.added (7d1f0a52-5c9d-4b8e-9b0a-2f6f1f4e7c11) started it at 2026-11-22T10:00:00Z.',
      "'wait-for-purchase': cart/purchased was awaited from 2026-11-22T10:00:00Z until 2026-11-22T11:00:00Z; none came in time.",
      "'nap': it slept until 2026-11-22T11:10:00Z.",
      "'warm-up' was done at 2026-11-22T11:11:00Z, after it had failed 2 times.",
      "'send-reminder' has failed once (Throttled: slow down); it is tried again at 2026-11-22T11:15:00Z.",
    ]);
  });

  test('shows no data of events, neither its own nor others’', () => {
    const secret = { ...event('p', 5), data: { card: '4111' } };
    const records = { runs: [run()], events: [{ pk, position: trace(secret).position, event: secret, expiresAtS: 1 }] };
    const { events, story } = explainRun(run(), records, definition);
    expect(events.map(({ as }) => as)).toEqual(['started this run', expect.stringMatching(/^was not taken: it fits/)]);
    expect(JSON.stringify([events, story])).not.toMatch(/4111|a@b\.c/);
  });
});

describe('a key explained', () => {
  test('without a run: what would start one, and where else to look', () => {
    const { runs, notes } = explainKey('abandoned-cart', '42', { runs: [], events: [] }, definition);
    expect(runs).toEqual([]);
    expect(notes[0]).toBe('Nothing of abandoned-cart is on record under the key 42.');
    expect(notes[1]).toBe('A run is started by cart/product.added with 42 as data.cart_id.');
  });

  test('with events but no run lists them', () => {
    const alone = { pk, position: trace(event('p', 5)).position, event: event('p', 5), expiresAtS: 1 };
    const { events, notes } = explainKey('abandoned-cart', '42', { runs: [], events: [alone] }, definition);
    expect(events).toMatchObject([{ id: 'p', name: 'cart/purchased' }]);
    expect(notes[0]).toMatch(/^Events were recorded, but no run/);
  });

  test('with a text and a number says that they never meet', () => {
    const other = {
      pk: 'abandoned-cart|key|n:42',
      position: trace(event('p', 5)).position,
      event: event('p', 5),
      expiresAtS: 1,
    };
    const { notes } = explainKey('abandoned-cart', '42', { runs: [run()], events: [other] }, definition);
    expect(notes).toEqual(['Under 42 there are a text and a number: to a journey they are two keys, and never meet.']);
  });
});

describe('a trigger that was skipped', () => {
  const holder = run();
  const twin = event('twin', 5, 'cart/product.added');
  const skipped = (by: 'idempotency' | 'singleton'): RunDocument =>
    runOf(pk, {
      status: 'skipped',
      position: trace(twin).position,
      trigger: twin,
      steps: new Map(),
      skipped: { by, holder: { pk: holder.pk, position: holder.position } },
      endedAtMs: tenMs + 5 * minuteMs,
    });

  test.each([
    ['idempotency', 'has the same value within the period (idempotency), so the two are one event.'],
    ['singleton', 'was active (singleton).'],
  ] as const)('by %s says whose its place was', (by, reason) => {
    const { story, skipped: shown } = explainRun(skipped(by), { runs: [holder, skipped(by)], events: [] }, definition);
    expect(story).toHaveLength(1);
    expect(story[0]).toContain('cart/product.added (twin) of 2026-11-22T10:05:00Z was skipped: run ');
    expect(story[0]).toContain(reason);
    expect(shown).toMatchObject({ by });
  });

  test('took nothing, since it has no run', () => {
    expect(judge(skipped('singleton'), trace(event('p', 6)), definition)).toEqual({
      taken: false,
      as: 'was not taken: this trigger was skipped, so it has no run',
    });
  });

  test('is nothing to the run that it was joined to, and says why', () => {
    const { events } = explainRun(holder, { runs: [holder, skipped('idempotency')], events: [] }, definition);
    expect(events.at(-1)).toMatchObject({
      taken: false,
      as: 'was not taken: it is the same event as the one that started this run (idempotency)',
    });
  });

  test('by a singleton was skipped because the run was active, told by the run that held the place and by another one', () => {
    const since = (of: RunDocument): readonly string[] =>
      explainRun(of, { runs: [holder, skipped('singleton')], events: [] }, definition).events.map(({ as }) => as);
    expect(since(holder).at(-1)).toBe('was not taken: it was skipped, because this run was active (singleton)');
    const other = run({ position: trace(event('other', 1, 'cart/product.added')).position });
    expect(since(other).at(-1)).toMatch(/^was not taken: it was skipped, because run [\w-]+ was active \(singleton\)$/);
  });

  test('lists itself only: what the run took that held the place says nothing of it', () => {
    const bought = { pk, position: trace(event('p', 6)).position, event: event('p', 6), expiresAtS: 1 };
    const { events } = explainRun(
      skipped('singleton'),
      { runs: [holder, skipped('singleton')], events: [bought] },
      definition,
    );
    expect(events).toMatchObject([{ event: { id: 'twin' }, taken: true, as: 'is this trigger' }]);
  });
});
