import type { JourneySpec, Program } from './program.js';
import { type Happening, Reference } from './reference.js';

const at = (s: number, name: Happening['name'], rank: 0 | 1 = 1): Happening => ({
  id: `${name}${s}`,
  name,
  timeMs: s * 1_000,
  rank,
  hops: 0,
  mark: `${name}${s}`,
  n: undefined,
  via: 'key',
  value: 'c1',
  account: undefined,
});

function begin(program: Program, spec: Partial<JourneySpec> = {}): Reference {
  return new Reference(
    { triggers: ['T'], cancelOn: [{ event: 'T', windowS: 10 }], retries: 1, program, ...spec },
    at(0, 'T', 0),
  );
}

const wait = (id: string, event: 'A' | 'B' | 'P', s: number, matched: Program = [], timedOut: Program = []) =>
  ({ do: 'wait', id, event, s, matched, timedOut }) as const;
const run = (id: string) => ({ do: 'run', id }) as const;

test('a cart: a purchase in time ends it, silence sends the mail', () => {
  const cart: Program = [wait('w', 'P', 60, [], [run('mail')])];
  const bought = begin(cart);
  bought.match(bought.open.get('w')!, at(5, 'P'));
  expect([bought.status, bought.passed]).toEqual(['completed', ['w: matched P5']]);
  const forgotten = begin(cart);
  forgotten.timeOut(forgotten.open.get('w')!);
  expect(forgotten.code()?.id).toBe('mail');
  forgotten.done(forgotten.code()!, 61_000);
  expect(forgotten.status).toBe('completed');
});

test('a wait after a step counts its time from when that was done, and sees what happened meanwhile', () => {
  const reference = begin([run('r'), wait('w', 'P', 60)]);
  reference.done(reference.code()!, 90_000);
  expect(reference.open.get('w')).toMatchObject({ windows: [{ event: 'P', sinceMs: 0 }], deadlineMs: 150_000 });
  expect(reference.fits(reference.open.get('w')!, at(30, 'P'))).toBe(true);
});

test('the loser of a race goes on beside what follows', () => {
  const reference = begin([
    { do: 'race', branches: [[wait('a', 'A', 9, [run('ra')])], [wait('b', 'B', 9)]] },
    wait('p', 'P', 9),
  ]);
  reference.match(reference.open.get('b')!, at(1, 'B'));
  expect([...reference.open.keys()]).toEqual(['a', 'p']);
  reference.match(reference.open.get('a')!, at(2, 'A'));
  expect(reference.code()?.id).toBe('ra');
});

test('all needs every branch, any the first that works, and both know failure', () => {
  const fails = { do: 'run', id: 'f', fails: 9, how: 'final' } as const;
  const all = begin([{ do: 'all', branches: [[fails], [wait('w', 'P', 9)]] }]);
  expect(all.outcomesOf(all.code()!, { published: true }, { earliestMs: 0, latestMs: 0 })).toEqual(['failed']);
  all.failed(all.code()!, 1_000);
  expect(all.status).toBe('failed');
  const any = begin([{ do: 'any', branches: [[fails], [wait('w', 'P', 9)]] }]);
  any.failed(any.code()!, 1_000);
  expect(any.status).toBe('active');
  any.match(any.open.get('w')!, at(1, 'P'));
  expect(any.status).toBe('completed');
});

test('a window of cancellation includes both ends, and only what is newer cancels', () => {
  const reference = begin([wait('w', 'P', 60)]);
  expect([0, 1, 10, 11].map((s) => reference.cancels({ ...at(s, 'T', 0), id: `T${s}` }))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test('a step that a loop repeats gets the engine’s counter, and takes no event twice', () => {
  const reference = begin([{ do: 'loop', times: 2, body: [wait('w', 'P', 60)] }]);
  reference.match(reference.open.get('w')!, at(5, 'P'));
  const second = reference.open.get('w:1')!;
  expect(reference.fits(second, at(5, 'P'))).toBe(false);
  expect(reference.fits(second, at(6, 'P'))).toBe(true);
});

test('a branch that is awaited later goes on beside the code before that', () => {
  const reference = begin([{ do: 'later', first: wait('w', 'P', 60), body: [run('r')] }, run('after')]);
  expect(reference.code()?.id).toBe('r');
  reference.done(reference.code()!, 1_000);
  expect(reference.code()).toBeUndefined();
  reference.match(reference.open.get('w')!, at(5, 'P'));
  expect(reference.code()?.id).toBe('after');
});

test('a failure that is awaited later shows only then', () => {
  const fails = { do: 'run', id: 'f', fails: 9, how: 'final' } as const;
  const reference = begin([{ do: 'later', first: fails, body: [wait('w', 'P', 60)] }]);
  reference.failed(reference.code()!, 1_000);
  expect(reference.status).toBe('active');
  reference.timeOut(reference.open.get('w')!);
  expect(reference.status).toBe('failed');
});

test('nothing begins after a run’s longest life: a wait fails where it is called, a retry does not come', () => {
  const late = begin([wait('w', 'P', 61)], { lifeS: 60 });
  expect([late.status, late.open.size]).toEqual(['failed', 0]);
  const retried = begin([{ do: 'run', id: 'r', fails: 1 }], { lifeS: 60 });
  const outcomes = (earliestMs: number, latestMs: number) =>
    retried.outcomesOf(retried.code()!, { published: false }, { earliestMs, latestMs });
  expect([outcomes(50_000, 60_000), outcomes(59_000, 61_000), outcomes(60_001, 70_000)]).toEqual([
    ['again'],
    ['again', 'failed'],
    ['failed'],
  ]);
});
