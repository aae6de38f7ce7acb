/** Literal documents for the contract of the records port. Nothing here is computed by the code under test. */
import type { Cause, EventRecord, Lease, RunDocument, Steps } from '../../lib/engine/stored/document.js';
import type { Position } from '../../lib/engine/stored/event.js';

export const at = (text: string) => text as Position;
export const by = (text: string) => text as Cause;

/** 2026-11-22T10:00:00Z */
export const tenMs = 1_795_341_600_000;

export const cartPosition = at('2026-11-22T10:00:00Z#0#00#7d1f0a52-5c9d-4b8e-9b0a-2f6f1f4e7c11');

export const waitingSteps: Steps = new Map([
  [
    'wait-for-purchase',
    { kind: 'wait', event: 'cart/purchased', sinceMs: tenMs, deadlineMs: tenMs + 86_400_000, state: 'waiting' },
  ],
]);

/** The run of DESIGN 3.1 that waits for its purchase. */
export const cart: RunDocument = {
  pk: 'abandoned-cart|key|s:42',
  position: cartPosition,
  status: 'active',
  rev: 1,
  by: by('7d1f0a52-5c9d-4b8e-9b0a-2f6f1f4e7c11'),
  trigger: {
    id: '7d1f0a52-5c9d-4b8e-9b0a-2f6f1f4e7c11',
    name: 'cart/product.added',
    source: 'shop',
    timeMs: tenMs,
    hops: 0,
    data: { cart_id: '42', user: { email: 'a@b.c' }, product: 'Blue teapot, 1.2 l' },
  },
  steps: waitingSteps,
  nseq: 0,
};

export const lease: Lease = {
  cause: by('7d1f0a52-5c9d-4b8e-9b0a-2f6f1f4e7c11'),
  requestId: '0b0f6a3e-5d0f-4d56-a6a5-5a6b9c1d2e3f',
  nonce: 'c4d5e6f7-1111-4222-8333-444455556666',
  untilMs: tenMs + 170_000,
};

export function run(pk: string, changes: Partial<RunDocument> = {}): RunDocument {
  return { ...cart, pk, ...changes };
}

/** A run or a record at a second of 2026-11-22T10:00. */
export function second(number: number, ending: string): Position {
  return at(`2026-11-22T10:00:${String(number).padStart(2, '0')}Z#${ending}`);
}

export function record(pk: string, position: Position, data: unknown = { cart_id: '42' }): EventRecord {
  return {
    pk,
    position,
    event: { id: 'e1', name: 'cart/purchased', source: 'shop', timeMs: tenMs, hops: 0, data },
    expiresAtS: 1_799_748_000,
  };
}
