import { decide, type Trace } from '../../lib/engine/decision/decide.js';
import { loadFilters } from '../../lib/engine/decision/filter.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import { at, runWith, stored, tenMs, waiting } from './documents.js';
import { journey } from './journeys.js';

const { definition } = journey(async () => undefined, { cancelOn: [{ event: 'T' }, { event: 'X', timeout: 20_000 }] });

const event = (name: string, s: number, id = `${name}${s}`): Trace => ({
  position: at(s, 1, id),
  event: stored(id, name, s),
});
const trigger = (s: number, id = `T${s}`): Trace => ({ position: at(s, 0, id), event: stored(id, 'T', s) });

/** What comes next, in one line. */
function next(run: RunDocument, traces: readonly Trace[], nowS: number): string {
  const decision = decide(definition, run, traces, tenMs + nowS * 1_000);
  if (decision.kind === 'nothing') return 'nothing';
  if (decision.kind === 'timeout') return `timeout of ${decision.step}`;
  return `${decision.kind} by ${decision.event.id}${decision.kind === 'match' ? ` of ${decision.step}` : ''}`;
}

const forP = runWith({ w: waiting('P', 0, 10) });

describe('a wait', () => {
  test('takes an event of its name within its window, both ends included', () => {
    expect(next(forP, [event('P', 0)], 5)).toBe('match by P0 of w');
    expect(next(forP, [event('P', 10)], 50)).toBe('match by P10 of w');
    expect(next(forP, [event('P', 11)], 5)).toBe('nothing');
    expect(next(forP, [event('A', 5)], 5)).toBe('nothing');
    expect(next(runWith({ w: waiting('P', 4, 10) }), [event('P', 3)], 5)).toBe('nothing');
  });

  test('whose window begins within a second sees that whole second, as events have no finer time', () => {
    expect(next(runWith({ w: waiting('P', 4.7, 10) }), [event('P', 4)], 5)).toBe('match by P4 of w');
  });

  test('takes the earliest of several, whatever order they are read in', () => {
    const events = [event('P', 3), event('P', 2), event('P', 4)];
    expect(next(forP, events, 5)).toBe('match by P2 of w');
    expect(next(forP, events.reverse(), 5)).toBe('match by P2 of w');
  });

  test('takes the lower id of two in one second', () => {
    expect(next(forP, [event('P', 2, 'y'), event('P', 2, 'x')], 5)).toBe('match by x of w');
  });

  test('skips events up to the one that was consumed before it was opened', () => {
    const run = runWith({ w: waiting('P', 2, 10, at(2, 1, 'P2')) });
    expect(next(run, [event('P', 2), event('P', 2, 'P0')], 5)).toBe('nothing');
    expect(next(run, [event('P', 2), event('P', 2, 'Q')], 5)).toBe('match by Q of w');
  });

  test('does not take its own trigger, nor one before it in the same second', () => {
    const forT = runWith({ w: waiting('T', 0, 10) }, { trigger: stored('t', 'T', 0) });
    const none = journey(async () => undefined, { cancelOn: [] }).definition;
    const traces = [trigger(0, 't'), trigger(0, 's')];
    expect(decide(none, forT, traces, tenMs).kind).toBe('nothing');
    expect(decide(none, forT, [...traces, trigger(0, 'u')], tenMs)).toMatchObject({
      kind: 'match',
      event: { id: 'u' },
    });
  });

  test('that is resolved decides nothing any more', () => {
    const run = runWith({ w: { ...waiting('P', 0, 10), state: 'timedOut', seq: 1 } as never });
    expect(next(run, [event('P', 3)], 50)).toBe('nothing');
  });

  test('resolves beside others: one event is offered to each of them, the first opened first', () => {
    const run = runWith({ first: waiting('P', 0, 10), second: waiting('P', 0, 10) });
    expect(next(run, [event('P', 3)], 5)).toBe('match by P3 of first');
  });
});

describe('a deadline', () => {
  test('is due at its very millisecond, not before', () => {
    expect(next(forP, [], 9.999)).toBe('nothing');
    expect(next(forP, [], 10)).toBe('timeout of w');
  });

  test('comes after every event of its second', () => {
    const run = runWith({ w: waiting('P', 0, 10.25) });
    expect(next(run, [event('P', 10)], 60)).toBe('match by P10 of w');
    expect(next(run, [trigger(10)], 60)).toBe('cancel by T10');
  });

  test('comes before every event of a later second, however late its timer', () => {
    expect(next(forP, [trigger(11), event('P', 11)], 600)).toBe('timeout of w');
  });

  test('of several the earliest is decided, to the millisecond', () => {
    const run = runWith({ late: waiting('P', 0, 10.25), early: waiting('A', 0, 10.009) });
    expect(next(run, [], 60)).toBe('timeout of early');
  });

  test('ends the back-off of a step as well, in the same order', () => {
    const retry = { kind: 'run', state: 'waiting', attempt: 1, deadlineMs: tenMs + 8_000 } as const;
    expect(next(runWith({ w: waiting('P', 0, 10), retry }), [event('P', 9)], 60)).toBe('timeout of retry');
    expect(next(runWith({ w: waiting('P', 0, 10), retry }), [event('P', 8)], 60)).toBe('match by P8 of w');
  });
});

describe('a cancellation', () => {
  test('is by a newer event with that role only', () => {
    expect(next(forP, [trigger(3)], 5)).toBe('cancel by T3');
    expect(next(runWith({}, { position: at(3, 0, 'T3'), trigger: stored('T3', 'T', 3) }), [trigger(0, 't')], 5)).toBe(
      'nothing',
    );
    expect(next(forP, [trigger(0, 't')], 5)).toBe('nothing');
  });

  test('of two triggers in one second the higher id survives', () => {
    expect(next(forP, [trigger(0, 'u')], 5)).toBe('cancel by u');
    expect(next(forP, [trigger(0, 's')], 5)).toBe('nothing');
  });

  test('by a pure cancel event of the trigger’s own second counts, as it comes after the trigger', () => {
    expect(next(forP, [event('X', 0)], 5)).toBe('cancel by X0');
  });

  test('counts within its window, both ends included', () => {
    const long = runWith({ w: waiting('P', 0, 100) });
    expect(next(long, [event('X', 20)], 50)).toBe('cancel by X20');
    expect(next(long, [event('X', 21)], 50)).toBe('nothing');
  });

  test('comes after an earlier match and before a later one', () => {
    expect(next(forP, [trigger(3), event('P', 2)], 5)).toBe('match by P2 of w');
    expect(next(forP, [trigger(2), event('P', 3)], 5)).toBe('cancel by T2');
  });

  test('by a trigger beats a match of the same second', () => {
    expect(next(forP, [event('P', 3), trigger(3)], 5)).toBe('cancel by T3');
  });

  test('beats the match by the very event that is awaited too', () => {
    const both = journey(async () => undefined, { cancelOn: [{ event: 'P' }] }).definition;
    expect(decide(both, forP, [event('P', 3)], tenMs).kind).toBe('cancel');
  });

  test('needs no wait: a run between its steps is cancelled too', () => {
    expect(next(runWith({}), [trigger(3)], 5)).toBe('cancel by T3');
  });
});

describe('an `if`', () => {
  beforeAll(() => loadFilters());
  const withData = (trace: Trace, data: unknown): Trace => ({ ...trace, event: { ...trace.event, data } });
  const over5 = withIf(forP, 'async.data.n > 5');

  function withIf(run: RunDocument, text: string): RunDocument {
    const wait = run.steps.get('w')!;
    return {
      ...run,
      trigger: { ...run.trigger, data: { n: 1 } },
      steps: new Map([['w', { ...wait, if: text } as typeof wait]]),
    };
  }

  test('lets the earliest event that passes resolve a wait, whatever order they are read in', () => {
    const events = [4, 6, 7].map((n, i) => withData(event('P', i + 1), { n }));
    expect(next(over5, events, 5)).toBe('match by P2 of w');
    expect(next(over5, events.reverse(), 5)).toBe('match by P2 of w');
    expect(next(over5, [events[2]!], 11)).toBe('timeout of w');
    expect(next(withIf(forP, 'async.data.n == event.data.n'), [withData(event('P', 1), { n: 1 })], 5)).toBe(
      'match by P1 of w',
    );
  });

  test('that cannot be evaluated is no match: not for data that are missing, or that were not kept', () => {
    expect(next(over5, [withData(event('P', 1), {}), withData(event('P', 2), { n: 'much' }), event('P', 3)], 5)).toBe(
      'nothing',
    );
  });

  test('of a cancelOn asks beside its window', () => {
    const asked = { ...definition, cancelOn: [{ event: 'X', if: 'async.data.n > event.data.n', timeoutMs: 20_000 }] };
    const came = (s: number, n: number) => decide(asked, over5, [withData(event('X', s), { n })], tenMs + 5_000).kind;
    expect([came(1, 2), came(1, 1), came(20, 2), came(21, 2)]).toEqual(['cancel', 'nothing', 'cancel', 'nothing']);
  });
});
