/** What the log says of an invocation: lines, metrics, and how many bytes. */
import { createHash } from 'node:crypto';
import { LineObserver, type ObserverOptions } from '../../lib/aws/observer.js';
import type { Delivery } from '../../lib/engine/ports.js';
import type { RunId } from '../../lib/engine/stored/key.js';

const nowMs = Date.parse('2026-11-22T10:00:00.250Z');
const requestId = 'q'.repeat(36);
const pk = 'abandoned-cart|key|s:42';
/** printf %s s:42 | sha256sum | cut -c1-12 */
const hash = '842560b58f26';
const eventId = '0f8fad5b-d9cb-469f-a165-70867728950e';
const idOf = (id: string, partition = pk) =>
  Buffer.from(`2026-11-21T10:00:00Z#0#00#${id}\n${partition}`).toString('base64url') as RunId;
const run = idOf('7c9e6679-7425-40de-944b-e07fc1f90ae7');
const tag = '7c9e6679-7425';
const other = idOf('11111111-2222-3333-4444-555555555555');

const purchase: Delivery = {
  kind: 'event',
  requestId,
  event: { id: eventId, name: 'cart/purchased', data: {}, source: 'shop', timeMs: nowMs - 1_250, hops: 0 },
};
const timer: Delivery = {
  kind: 'timer',
  requestId,
  run,
  step: 'wait-for-purchase',
  attempt: 0,
  deadlineMs: nowMs - 32_250,
  atMs: nowMs - 30_250,
};
const ofPurchase = { journey: 'abandoned-cart', key: hash, event: 'cart/purchased', cause: eventId };
const ofTimer = {
  journey: 'abandoned-cart',
  key: hash,
  event: '(timer)',
  cause: 'timer:wait-for-purchase:0',
  run: tag,
};

let lines: string[];
function observe(delivery: Delivery, options: Partial<ObserverOptions> = {}): LineObserver {
  lines = [];
  const write = (line: string) => lines.push(line);
  const observer = new LineObserver({
    journeyId: 'abandoned-cart',
    requestId,
    nowMs: () => nowMs,
    write,
    ...options,
  });
  observer.begin(delivery, pk);
  return observer;
}

const parsed = () => lines.map((line) => JSON.parse(line));
const metricOf = (...names: string[]) => ({
  Timestamp: nowMs,
  CloudWatchMetrics: [{ Namespace: 'Sojourn', Dimensions: [['journey']], Metrics: names.map((Name) => ({ Name })) }],
});

afterEach(() => {
  delete process.env.POWERTOOLS_LOG_LEVEL;
});

describe('the routine of an invocation', () => {
  test('is one line that is metrics too, with journey, key, event, cause and run', () => {
    const observer = observe(purchase);
    observer.fact({ kind: 'waitMatched', run, step: 'wait-for-purchase' });
    observer.fact({ kind: 'runCompleted', run });
    expect(lines).toEqual([]);
    observer.end();
    expect(parsed()).toEqual([
      {
        _aws: metricOf('WaitsMatched', 'LatencyMs'),
        ...ofPurchase,
        run: tag,
        WaitsMatched: 1,
        LatencyMs: 1_250,
        did: 'completed',
      },
    ]);
    expect(lines[0]!.length).toBeLessThanOrEqual(370);
  });

  test('tells how late a timer came, and whose it was when it moved another run', () => {
    const observer = observe(timer);
    observer.fact({ kind: 'waitTimedOut', run, step: 'wait-for-purchase' });
    observer.end();
    expect(parsed()).toEqual([
      { _aws: metricOf('LatenessMs', 'WaitsTimedOut'), ...ofTimer, LatenessMs: 32_250, WaitsTimedOut: 1 },
    ]);
    const elsewhere = observe(timer);
    elsewhere.fact({ kind: 'stepFailed', run: other, step: 'mail', attempt: 1, error: 'Error', final: false });
    expect(parsed()[0]).toMatchObject({ run: '11111111-2222', cause: `timer:wait-for-purchase:0 of ${tag}` });
  });

  test('has no lateness where a person has cancelled: that timer has no time', () => {
    observe({ ...timer, step: '(cancelled by hand)', deadlineMs: 0, atMs: 0 } as Delivery).end();
    expect(lines).toEqual([]);
  });

  test('names the other runs of the key, each with what became of it', () => {
    const observer = observe(purchase);
    observer.fact({ kind: 'runStarted', run });
    observer.fact({ kind: 'runCancelled', run: other, event: 'cart/product.added' });
    observer.end();
    expect(parsed()).toMatchObject([
      { run: tag, RunsStarted: 1, RunsCancelled: 1, LatencyMs: 1_250, also: ['11111111-2222 cancelled'] },
    ]);
  });

  test('keeps to 600 bytes: every run is counted, and those that are not named too', () => {
    const observer = observe(purchase);
    for (let n = 0; n < 40; n += 1) {
      observer.fact({ kind: 'runCancelled', run: idOf(`${n}`.padStart(36, '0')), event: 'cart/product.added' });
    }
    observer.end();
    expect(Buffer.byteLength(lines.join('\n'))).toBeLessThanOrEqual(600);
    const [line, ...more] = parsed();
    expect(more).toEqual([]);
    expect(line.RunsCancelled).toBe(40);
    expect(line.also.length + line.more).toBe(39);
  });

  test('is silent where nothing happened', () => {
    observe(purchase).end();
    expect(lines).toEqual([]);
  });

  test('is told in words where nothing was counted', () => {
    const observer = observe(purchase);
    observer.fact({ kind: 'notOurs', event: 'cart/purchased', eventId });
    observer.end();
    expect(parsed()).toEqual([{ level: 'INFO', message: 'notOurs', ...ofPurchase }]);
  });

  test('has no latency for an event that a run sent: its time is the time in its journey', () => {
    const observer = observe({ ...purchase, event: { ...purchase.event, hops: 1 } } as Delivery);
    observer.fact({ kind: 'runStarted', run });
    observer.end();
    expect(parsed()[0]).not.toHaveProperty('LatencyMs');
  });
});

describe('the key', () => {
  const everything = (observer: LineObserver) => {
    observer.fact({ kind: 'runStarted', run });
    observer.fact({ kind: 'runFailed', run: other, error: 'Error' });
    observer.line(run, { level: 'info', message: 'hello' });
    observer.end();
  };

  test('is told as the head of its SHA-256, with its type, and a run by the head of its trigger’s id', () => {
    everything(observe(timer));
    expect(hash).toBe(createHash('sha256').update('s:42').digest('hex').slice(0, 12));
    expect(parsed().map(({ key }) => key)).toEqual([hash, hash, hash]);
    for (const line of lines) for (const id of [run, other]) expect(line).not.toContain(id);
  });

  test('is told as it is when it was asked for', () => {
    everything(observe(timer, { logKeys: 'plain' }));
    expect(parsed().map(({ key }) => key)).toEqual(['42', '42', '42']);
  });

  test('is left out where a journey has none', () => {
    const apart = idOf(eventId, `weekly|run|${eventId}`);
    const observer = observe(purchase, { journeyId: 'weekly' });
    observer.begin(purchase, `weekly|run|${eventId}`);
    observer.fact({ kind: 'runStarted', run: apart });
    observer.end();
    expect(parsed()[0]).not.toHaveProperty('key');
  });

  test('is not told by a cause that another version forwards', () => {
    const own = { pk, position: '2026-11-21T10:00:00Z#0#00#x', role: 'timer' };
    const cause = `timer:${run}:wait-for-purchase:0`;
    const observer = observe({ kind: 'forwarded', requestId, version: '2', cause, own } as unknown as Delivery);
    observer.fact({ kind: 'waitTimedOut', run, step: 'wait-for-purchase' });
    observer.end();
    expect(parsed()[0]).toMatchObject({ ...ofTimer, event: '(forwarded)' });
    expect(lines[0]).not.toContain(run);
  });
});

describe('only problems', () => {
  test('leaves routine facts without metrics, at less than half of their bytes', () => {
    const observer = observe(purchase, { metrics: 'problems' });
    observer.fact({ kind: 'waitMatched', run, step: 'wait-for-purchase' });
    observer.fact({ kind: 'runCompleted', run });
    observer.end();
    expect(parsed()).toEqual([
      { level: 'INFO', message: 'matched wait-for-purchase, completed', ...ofPurchase, run: tag },
    ]);
  });

  test('counts failures, events without a key, and timers that are minutes late', () => {
    const late = observe({ ...timer, deadlineMs: nowMs - 301_000 } as Delivery, { metrics: 'problems' });
    late.fact({ kind: 'runFailed', run, error: 'Error' });
    late.end();
    expect(parsed()[1]).toMatchObject({ LatenessMs: 301_000, RunsFailed: 1 });
    const intime = observe(timer, { metrics: 'problems' });
    intime.end();
    expect(lines).toEqual([]);
  });

  test('are under the namespace that the hub says', () => {
    const observer = observe(timer, { metricNamespace: 'Staging' });
    observer.end();
    expect(parsed()[0]._aws.CloudWatchMetrics[0].Namespace).toBe('Staging');
  });
});

describe('what went wrong', () => {
  test('is told at once, with the head of its name', () => {
    const observer = observe(timer);
    observer.fact({ kind: 'runFailed', run, error: 'x'.repeat(5_000) });
    observer.fact({ kind: 'stepFailed', run, step: 'mail', attempt: 1, error: 'MailError', final: false });
    observer.fact({ kind: 'stepFailed', run, step: 'mail', attempt: 5, error: 'MailError', final: true });
    expect(parsed()).toEqual([
      { level: 'ERROR', message: 'runFailed', ...ofTimer, error: 'x'.repeat(200), requestId },
      {
        level: 'WARN',
        message: 'stepFailed',
        ...ofTimer,
        step: 'mail',
        attempt: 1,
        error: 'MailError',
        final: false,
        requestId,
      },
      {
        level: 'ERROR',
        message: 'stepFailed',
        ...ofTimer,
        step: 'mail',
        attempt: 5,
        error: 'MailError',
        final: true,
        requestId,
      },
    ]);
  });

  test('counts an event without its key, awaited or not', () => {
    const observer = observe(purchase);
    observer.fact({ kind: 'unmatchable', event: 'cart/purchased', eventId, path: 'data.cart_id' });
    observer.failed(Object.assign(new Error('no'), { name: 'MissingKey' }));
    observer.end();
    expect(parsed()).toMatchObject([
      { level: 'WARN', message: 'unmatchable', ...ofPurchase, path: 'data.cart_id' },
      { level: 'ERROR', message: 'refused', ...ofPurchase, error: 'MissingKey' },
      { UnmatchableEvents: 2 },
    ]);
  });

  test('is a warning where the cause comes back, and never tells the text of an error', () => {
    const observer = observe(purchase);
    observer.failed(new Error('card 4111 1111 1111 1111'));
    observer.failed('4111');
    expect(parsed().map(({ level, message, error }) => [level, message, error])).toEqual([
      ['WARN', 'comesBack', 'Error'],
      ['WARN', 'comesBack', 'string'],
    ]);
    expect(lines.join()).not.toContain('4111');
  });

  test('has no place but the journey where nobody knows what came in', () => {
    const observer = new LineObserver({
      journeyId: 'x',
      requestId,
      nowMs: () => nowMs,
      write: (line) => lines.push(line),
    });
    lines = [];
    observer.failed(Object.assign(new Error('no'), { name: 'UnknownDelivery' }));
    expect(parsed()).toEqual([
      { level: 'ERROR', message: 'refused', journey: 'x', error: 'UnknownDelivery', requestId },
    ]);
  });
});

describe('the author’s lines', () => {
  test('are told with their fields, which cannot pass for ours', () => {
    const fields = { cart: 7, level: 'ERROR', run: 'other', journey: 'other', requestId: 'other', message: 'other' };
    observe(timer).line(run, { level: 'info', message: 'hello', fields });
    expect(parsed()).toEqual([{ level: 'INFO', message: 'hello', cart: 7, ...ofTimer, requestId }]);
  });

  test('are told whatever they hold: cycles, big numbers, getters that throw, no text', () => {
    const cycle: Record<string, unknown> = { n: 1 };
    cycle.self = cycle;
    const throws = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const observer = observe(timer);
    observer.line(run, { level: 'warn', message: 'cycle', fields: cycle });
    observer.line(run, { level: 'warn', message: 'big', fields: { n: 1n } });
    observer.line(run, { level: 'warn', message: 'getter', fields: throws });
    observer.line(run, { level: 'warn', message: 'deep getter', fields: { throws } });
    observer.line(run, { level: 'warn', message: 'list', fields: [1, 2] });
    observer.line(run, { level: 'warn', message: 'null', fields: null as unknown as object });
    observer.line(run, { level: 'warn', message: Object.create(null) as string });
    expect(parsed().map(({ message }) => message)).toEqual([
      'cycle',
      'big',
      'getter',
      'deep getter',
      'list',
      'null',
      'not text',
    ]);
    expect(parsed().map(({ n, fields }) => n ?? fields)).toEqual([
      1,
      '1',
      'not JSON',
      'not JSON',
      undefined,
      undefined,
      undefined,
    ]);
    for (const line of parsed()) expect(line).toMatchObject({ run: tag, requestId });
  });

  test('are told from INFO on, and from any level that the environment asks for', () => {
    const debug = { level: 'debug', message: 'hello' } as const;
    observe(timer).line(run, debug);
    expect(lines).toEqual([]);
    process.env.POWERTOOLS_LOG_LEVEL = 'DEBUG';
    observe(timer).line(run, debug);
    expect(parsed()).toMatchObject([{ level: 'DEBUG' }]);
    process.env.POWERTOOLS_LOG_LEVEL = 'ERROR';
    const silent = observe(timer);
    silent.line(run, { level: 'warn', message: 'hello' });
    silent.fact({ kind: 'runCompleted', run });
    silent.end();
    expect(parsed()).toMatchObject([{ LatenessMs: 32_250, did: 'completed' }]);
  });
});
