/**
 * Documents whose stored form must not change: one for each thing that a run, a step, a lease or a record can say. The items
 * that they were first written as are in items.json.
 */
import type {
  Cause,
  Claim,
  EventRecord,
  RunDocument,
  RunStatus,
  Step,
  StoredEvent,
} from '../../../lib/engine/stored/document.js';
import type { Position } from '../../../lib/engine/stored/event.js';
import { runIdOf } from '../../../lib/engine/stored/key.js';

const tenMs = Date.UTC(2026, 10, 22, 10);
const trigger: StoredEvent = {
  id: '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
  name: 'cart/product.added',
  source: 'shop',
  timeMs: tenMs,
  hops: 0,
  data: { cart_id: '42', user: { email: 'ann@example.com' }, __proto__x: [1, null, 'ü'] },
};
const ref = {
  pk: 'abandoned-cart|key|s:42',
  position: `2026-11-22T10:00:00Z#0#00#${trigger.id}` as Position,
};
const timerCause = `timer:${runIdOf(ref)}:wait-for-purchase:0` as Cause;
const later = 'b3f9d7e2-0000-4000-8000-000000000001';
const purchase = {
  id: later,
  name: 'cart/purchased',
  source: 'shop',
  timeMs: tenMs + 3_600_000,
  hops: 1,
  data: { cart_id: '42', total: 39.9 },
};
const purchasePosition = `2026-11-22T11:00:00Z#1#01#${later}` as Position;

const waiting: Step = {
  kind: 'wait',
  event: 'cart/purchased',
  sinceMs: tenMs,
  deadlineMs: tenMs + 86_400_000,
  state: 'waiting',
};
const lease = { cause: timerCause, requestId: 'c5e7-1', nonce: 'n-1', untilMs: tenMs + 170_000 };

function run(steps: readonly (readonly [string, Step])[], more: Partial<RunDocument> = {}): RunDocument {
  return {
    ...ref,
    status: 'active',
    rev: 1,
    by: trigger.id as Cause,
    trigger,
    steps: new Map(steps),
    nseq: 0,
    ...more,
  };
}

function over(status: RunStatus, more: Partial<RunDocument>): RunDocument {
  return run([['wait', { ...waiting, state: 'timedOut', seq: 1 } as Step]], {
    status,
    rev: 3,
    nseq: 1,
    endedAtMs: tenMs + 5_000,
    expiresAtS: 1_799_748_000,
    ...more,
  });
}

export const goldenRuns: Readonly<Record<string, RunDocument>> = {
  'a run that waits': run([['wait', waiting]]),
  'of a version of the code': run([['wait', waiting]], { codeVersion: '7' }),
  'a wait that follows another event of its name': run([['wait', { ...waiting, after: purchasePosition } as Step]]),
  'a matched wait': run(
    [['wait', { ...waiting, state: 'matched', seq: 1, matched: { ...purchase, position: purchasePosition } } as Step]],
    { rev: 2, nseq: 1, by: later as Cause },
  ),
  'a timed out wait, leased to its timer': run([['wait', { ...waiting, state: 'timedOut', seq: 1 } as Step]], {
    rev: 2,
    nseq: 1,
    by: timerCause,
    lease,
  }),
  'a lease of an event': run([], { lease: { ...lease, cause: trigger.id as Cause } }),
  'a timer of another run as cause': run([['wait', waiting]], { by: 'timer:b3RoZXI:wait:0' as Cause }),
  'a cause that begins with a tilde': run([['wait', waiting]], { by: '~:odd' as Cause }),
  'sleeps, steps in order': run([
    ['b', { kind: 'sleep', deadlineMs: tenMs + 60_000, state: 'waiting' }],
    ['a', { kind: 'sleep', deadlineMs: tenMs + 30_000, state: 'timedOut', seq: 1 }],
    ['__proto__', { kind: 'sleep', deadlineMs: tenMs + 90_000, state: 'waiting' }],
  ]),
  'code that was done': run(
    [
      ['mail', { kind: 'run', state: 'done', attempt: 1, doneAtMs: tenMs + 123, seq: 1, result: { sent: true } }],
      ['nothing', { kind: 'run', state: 'done', attempt: 0, doneAtMs: tenMs + 124, seq: 2 }],
      ['tell', { kind: 'send', state: 'done', attempt: 0, doneAtMs: tenMs + 125, seq: 3, result: { ids: ['x'] } }],
    ],
    { nseq: 3 },
  ),
  'code that is tried again, is due and has failed': run(
    [
      [
        'mail',
        { kind: 'run', state: 'waiting', attempt: 2, deadlineMs: tenMs + 1, error: { name: 'E', message: 'm' } },
      ],
      ['tell', { kind: 'send', state: 'due', attempt: 1 }],
      [
        'pay',
        {
          kind: 'run',
          state: 'failed',
          attempt: 5,
          doneAtMs: tenMs,
          seq: 1,
          error: { name: 'Refused', message: 'no' },
        },
      ],
      [
        '(journey)',
        { kind: 'run', state: 'waiting', attempt: 1, deadlineMs: tenMs, error: { name: 'E', message: '' } },
      ],
    ],
    { nseq: 1 },
  ),
  completed: over('completed', { output: { outcome: 'reminded', list: [1, null] } }),
  'completed with a floor and nothing': over('completed', { floor: true }),
  failed: over('failed', { error: { name: 'Error', message: 'it failed' } }),
  cancelled: over('cancelled', {
    cancelledBy: { id: later, name: 'cart/product.added', source: 'shop', timeMs: tenMs + 4_000, hops: 0 },
    lease,
  }),
  'a wait for several events, and one for none': run(
    [
      [
        'ready',
        {
          ...{ kind: 'wait', event: 'profile/completed', sinceMs: tenMs, deadlineMs: tenMs + 604_800_000 },
          after: purchasePosition,
          state: 'matched',
          others: [{ event: 'payment/added', sinceMs: tenMs + 1_000, after: purchasePosition }],
          takes: 'all',
          seq: 1,
          matched: { ...purchase, name: 'profile/completed', position: purchasePosition },
          matchedOthers: [{ ...purchase, name: 'payment/added', position: purchasePosition, channel: 1 }],
        },
      ],
      [
        'answer',
        {
          ...{ kind: 'wait', event: 'order/paid', sinceMs: tenMs, deadlineMs: tenMs + 3_600_000, state: 'matched' },
          others: [{ event: 'order/refused', sinceMs: tenMs }],
          seq: 2,
          matched: { ...purchase, name: 'order/refused', position: purchasePosition, channel: 1 },
        },
      ],
      [
        'quiet',
        {
          ...{ kind: 'wait', event: 'order/complained', sinceMs: tenMs, deadlineMs: tenMs + 1_209_600_000 },
          state: 'waiting',
          takes: 'none',
        },
      ],
    ],
    { nseq: 2 },
  ),
  'a run that holds a place': run([['wait', waiting]], { claims: ['abandoned-cart|claim|idempotency|s:o-1'] }),
  'a run that calls': run([
    ['charge', { kind: 'send', state: 'done', attempt: 0, doneAtMs: tenMs + 100, seq: 1, result: { ids: ['00'] } }],
    [
      'charge (return)',
      {
        ...{ kind: 'wait', event: 'sojourn/returned.abandoned-cart', sinceMs: tenMs, deadlineMs: tenMs + 3_600_100 },
        call: '0000bf309c7162423f3ad4ebc63b5e00',
        state: 'waiting',
      },
    ],
  ]),
  'a run that was called': run([], {
    trigger: { ...trigger, name: 'sojourn/invoked.abandoned-cart', hops: 1, caller: runIdOf(ref) },
  }),
  'a skipped trigger': run([], {
    status: 'skipped',
    skipped: { by: 'singleton', holder: { pk: ref.pk, position: purchasePosition } },
    endedAtMs: tenMs + 1_000,
    expiresAtS: tenMs / 1_000 + 4_406_401,
    codeVersion: '7',
  }),
};

export const goldenEvents: Readonly<Record<string, EventRecord>> = {
  'an event that is awaited': {
    pk: ref.pk,
    position: purchasePosition,
    event: purchase,
    expiresAtS: 1_799_748_000,
  },
  'an event that cancels only': {
    pk: 'abandoned-cart|run|x',
    position: purchasePosition,
    event: { id: later, name: 'cart/emptied', source: 'shop', timeMs: tenMs + 3_600_000, hops: 0 },
    expiresAtS: 1_799_748_000,
  },
};

const laterRef = { pk: 'abandoned-cart|key|s:43', position: purchasePosition };
const place = { pk: 'abandoned-cart|claim|idempotency|s:o-1', untilMs: tenMs + 345_000, expiresAtS: 1_799_748_000 };

export const goldenClaims: Readonly<Record<string, Claim>> = {
  'a place with its holder': { ...place, holder: ref, timeMs: tenMs },
  'a place with an earlier holder': {
    ...{ ...place, holder: laterRef, timeMs: tenMs + 3_600_000, rev: 1 },
    earlier: [{ holder: ref, timeMs: tenMs, untilMs: tenMs + 345_000 }],
  },
};
