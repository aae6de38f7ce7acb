/** What the log says of an invocation. */
import { LineObserver } from '../../lib/aws/observer.js';
import type { RunId } from '../../lib/engine/key.js';

const run = 'r'.repeat(116) as RunId;
let lines: string[];
let observer: LineObserver;
beforeEach(() => {
  lines = [];
  const write = (line: string) => lines.push(line);
  observer = new LineObserver({ journeyId: 'cart', requestId: 'q'.repeat(36), nowMs: () => 1_795_341_600_000, write });
});

const parsed = () => lines.map((line) => JSON.parse(line));

const requestId = 'q'.repeat(36);

test('the routine facts of a run share one line of JSON, so that its end is told too', () => {
  observer.fact({ kind: 'waitTimedOut', run, step: 'paid' });
  observer.fact({ kind: 'runCompleted', run });
  expect(lines).toEqual([]);
  observer.end();
  expect(parsed()).toEqual([
    { level: 'info', facts: [{ fact: 'waitTimedOut', step: 'paid' }, { fact: 'runCompleted' }], run, requestId },
  ]);
  expect(lines[0]!.length).toBeLessThanOrEqual(300);
});

test('runs have lines of their own, and what concerns no run has one too', () => {
  const other = 'o'.repeat(116) as RunId;
  observer.fact({ kind: 'runCancelled', run, event: 'cart/product.added' });
  observer.fact({ kind: 'runStarted', run: other });
  observer.fact({ kind: 'notOurs', event: 'x', eventId: 'e1' });
  observer.end();
  expect(parsed().map((line) => line.run)).toEqual([run, other, undefined]);
});

test('routine facts beyond 600 bytes of an invocation are counted, not told', () => {
  for (let n = 0; n < 40; n += 1) observer.fact({ kind: 'runStarted', run });
  observer.end();
  expect(lines.join('\n').length).toBeLessThanOrEqual(600);
  const [line, count] = parsed();
  expect(count).toEqual({ level: 'info', moreFacts: 40 - line.facts.length, requestId });
});

test('an end without facts says nothing', () => {
  observer.end();
  expect(lines).toEqual([]);
});

test('failures are always told, with the head of their message', () => {
  for (let n = 0; n < 10; n += 1) observer.fact({ kind: 'runStarted', run });
  observer.fact({ kind: 'runFailed', run, error: 'x'.repeat(5_000) });
  observer.fact({ kind: 'stepFailed', run, step: 'mail', attempt: 1, error: 'no', final: false });
  observer.fact({ kind: 'stepFailed', run, step: 'mail', attempt: 5, error: 'no', final: true });
  const told = parsed().slice(-3);
  expect(told.map(({ level }) => level)).toEqual(['error', 'warn', 'error']);
  expect(told[0].error).toHaveLength(200);
});

test('an event without its key is a metric by the embedded metric format', () => {
  observer.fact({ kind: 'unmatchable', event: 'cart/purchased', eventId: 'e1', path: 'data.cart_id' });
  expect(parsed()).toEqual([
    {
      level: 'warn',
      _aws: {
        Timestamp: 1_795_341_600_000,
        CloudWatchMetrics: [
          { Namespace: 'Sojourn', Dimensions: [['journey']], Metrics: [{ Name: 'UnmatchableEvents', Unit: 'Count' }] },
        ],
      },
      journey: 'cart',
      UnmatchableEvents: 1,
      fact: 'unmatchable',
      event: 'cart/purchased',
      eventId: 'e1',
      path: 'data.cart_id',
      requestId: 'q'.repeat(36),
    },
  ]);
});

test("the author's lines are told with their fields, which cannot pass for ours", () => {
  observer.line(run, { level: 'info', message: 'hello', fields: { cart: 7, level: 'error', run: 'other' } });
  expect(parsed()).toEqual([{ cart: 7, level: 'info', message: 'hello', run, requestId: 'q'.repeat(36) }]);
});

test('a line whose fields are not JSON is told without them', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  observer.line(run, { level: 'warn', message: 'cycle', fields: cycle });
  observer.line(run, { level: 'warn', message: 'big', fields: { n: 1n } });
  expect(parsed().map(({ message, fields }) => [message, fields])).toEqual([
    ['cycle', 'not JSON'],
    ['big', 'not JSON'],
  ]);
});
