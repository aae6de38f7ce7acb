/** Dead letters unwrapped, and what becomes of each: the three shapes, the back-off, its bound, events before timers. */
import { unwrapDeadLetter } from '../../lib/aws/dead-letter.js';
import { type Move, moveAfterFailure, nextMove, type Seen } from '../../lib/aws/redrive.js';
import { finalErrorTypes } from '../../lib/contract.js';
import type { RefusedCode } from '../../lib/engine/arrival/intake.js';

const minuteMs = 60_000;
const functionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:Shop-Cart';
const event = {
  version: '0',
  id: 'e1',
  'detail-type': 'cart/product.added',
  source: 'shop',
  detail: { cart_id: '42' },
};
const timer = { sojourn: 'timer', run: 'r1', step: 'wait', attempt: 0, deadlineMs: 1, atMs: 2 };

/** As Lambda's developer guide shows it. */
const record = (requestPayload: unknown, errorType = 'InternalServerError') =>
  JSON.stringify({
    version: '1.0',
    timestamp: '2026-11-22T10:00:00.000Z',
    requestContext: {
      requestId: 'e4b46cbf-b738-xmpl-8880-a18cdf61200e',
      functionArn: `${functionArn}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType, errorMessage: 'no', trace: [] },
  });

const ofRule = { RULE_ARN: 'arn:aws:events:eu-west-1:123456789012:rule/bus/Cart', TARGET_ARN: functionArn };
const ofSchedule = { SCHEDULE_ARN: 'arn:aws:scheduler:eu-west-1:123456789012:schedule/g/n', TARGET_ARN: functionArn };

describe('a dead letter', () => {
  test.each([
    {
      what: 'an event that a function failed at',
      body: record(event),
      attributes: {},
      origin: 'function',
      kind: 'event',
    },
    {
      what: 'a timer that a function failed at',
      body: record(timer),
      attributes: {},
      origin: 'function',
      kind: 'timer',
    },
    {
      what: 'what the bus could not hand over',
      body: JSON.stringify(event),
      attributes: ofRule,
      origin: 'rule',
      kind: 'event',
    },
    {
      what: 'what Scheduler could not hand over',
      body: JSON.stringify(timer),
      attributes: ofSchedule,
      origin: 'schedule',
      kind: 'timer',
    },
  ])('is unwrapped when it is $what', ({ body, attributes, origin, kind }) => {
    const payload = kind === 'event' ? event : timer;
    expect(unwrapDeadLetter(body, attributes)).toMatchObject({ origin, kind, payload, functionArn });
  });

  test('says what the function failed with', () => {
    expect(unwrapDeadLetter(record(event, 'MissingKey'), {})?.errorType).toBe('MissingKey');
    expect(unwrapDeadLetter(JSON.stringify(event), ofRule)).not.toHaveProperty('errorType');
  });

  test('keeps the qualifier of a version', () => {
    const ofVersion = record(event).replace(':$LATEST"', ':7"');
    expect(unwrapDeadLetter(ofVersion, {})?.functionArn).toBe(`${functionArn}:7`);
  });

  test.each([
    ['is no JSON', 'hello', ofRule],
    ['names no function', JSON.stringify(event), {}],
    ['says nothing of where it comes from', JSON.stringify(event), { TARGET_ARN: functionArn }],
    ['is a record without its request', JSON.stringify({ requestContext: { functionArn } }), {}],
  ])('fails to be one, and is not guessed at, when it %s', (_, body, attributes) => {
    expect(unwrapDeadLetter(body, attributes)).toBeUndefined();
  });
});

const seen = (more: Partial<Seen> = {}): Seen => ({
  letter: unwrapDeadLetter(record(event), {}),
  mark: { tries: 0 },
  receiveCount: 2,
  tableAnswers: true,
  messageId: 'm1',
  ...more,
});
const timerLetter = { letter: unwrapDeadLetter(record(timer), {}) };

function waitMinutes(move: Move): number {
  if (move.kind !== 'wait') throw new Error(`it does not wait: ${move.kind}`);
  return move.forMs / minuteMs;
}

describe('the next move', () => {
  test('is to people at once, without a try, for what can never be taken', () => {
    for (const errorType of finalErrorTypes) {
      const letter = unwrapDeadLetter(record(event, errorType), {});
      expect(nextMove(seen({ letter, receiveCount: 1 }))).toEqual({ kind: 'keep', reason: errorType });
      expect(moveAfterFailure(seen(), errorType)).toEqual({ kind: 'keep', reason: errorType });
    }
  });

  test('knows every refusal of the engine', () => {
    const refusals: Record<RefusedCode, true> = {
      MissingKey: true,
      TooLate: true,
      TooManyHops: true,
      InvalidData: true,
      InvalidTime: true,
      EventTooLarge: true,
      SchemaMismatch: true,
    };
    expect([...finalErrorTypes].sort()).toEqual([...Object.keys(refusals), 'UnknownDelivery'].sort());
  });

  test('is to people for what is no dead letter', () => {
    expect(nextMove(seen({ letter: undefined }))).toMatchObject({ kind: 'keep' });
  });

  test('is to wait for what has failed this very moment, and while the table does not answer', () => {
    expect(waitMinutes(nextMove(seen({ receiveCount: 1 })))).toBeGreaterThanOrEqual(10);
    expect(waitMinutes(nextMove(seen({ tableAnswers: false })))).toBeLessThanOrEqual(11);
  });

  test('is to invoke for an event, once the table answers', () => {
    expect(nextMove(seen())).toEqual({ kind: 'invoke' });
    expect(nextMove(seen({ letter: unwrapDeadLetter(JSON.stringify(event), ofRule) }))).toEqual({ kind: 'invoke' });
  });

  test('is to let a timer settle first: it is put back, and invoked when it comes again', () => {
    expect(nextMove(seen(timerLetter))).toEqual({ kind: 'settle' });
    const mark = { tries: 2, answersSinceMs: 1 };
    expect(nextMove(seen({ ...timerLetter, mark, receiveCount: 1 }))).toEqual({ kind: 'invoke' });
  });

  test('is to let a timer settle again when the table failed in between', () => {
    const mark = { tries: 2, answersSinceMs: 1 };
    expect(nextMove(seen({ ...timerLetter, mark, receiveCount: 1, tableAnswers: false })).kind).toBe('wait');
    expect(nextMove(seen({ ...timerLetter, mark, receiveCount: 2 }))).toEqual({ kind: 'settle' });
  });

  test('waits 10 minutes twelve times, then twice as long each time, and gives up within a day', () => {
    const nominal = [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 20, 40, 80, 160, 320, 640];
    for (const [index, minutes] of nominal.entries()) {
      const gap = waitMinutes(moveAfterFailure(seen({ receiveCount: index + 1 }), 'Error'));
      expect(gap).toBeGreaterThanOrEqual(minutes);
      expect(gap).toBeLessThanOrEqual(minutes * 1.1);
    }
    expect(nominal.reduce((sum, minutes) => sum + minutes, 0) / 60).toBe(23);
    expect(moveAfterFailure(seen({ receiveCount: 19 }), 'Error')).toEqual({ kind: 'giveUp' });
  });

  test('gives up a letter that was put back as soon as any other', () => {
    const mark = { tries: 18, answersSinceMs: 1 };
    expect(moveAfterFailure(seen({ ...timerLetter, mark, receiveCount: 1 }), 'Error').kind).toBe('keep');
    expect(nextMove(seen({ ...timerLetter, mark, receiveCount: 1, tableAnswers: false })).kind).toBe('keep');
  });
});
