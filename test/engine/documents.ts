/** Literal documents for the tests of the engine's pure parts. Seconds count from 10:00:00. */
import type { Cause, RunDocument, Step, StoredEvent } from '../../lib/engine/stored/document.js';
import type { Position } from '../../lib/engine/stored/event.js';

export const tenMs = Date.UTC(2026, 10, 22, 10);

/** `2026-11-22T10:00:07Z#1#00#e7` */
export function at(s: number, cls: 0 | 1, id: string): Position {
  return `${new Date(tenMs + s * 1_000).toISOString().slice(0, 19)}Z#${cls}#00#${id}` as Position;
}

export function stored(id: string, name: string, s: number): StoredEvent {
  return { id, name, source: 'test', timeMs: tenMs + s * 1_000, hops: 0, data: { cart: '42', mark: id } };
}

/** The run of a trigger `t` at second 0. */
export function runWith(steps: Record<string, Step>, more: Partial<RunDocument> = {}): RunDocument {
  const seqs = Object.values(steps).map((step) => step.seq ?? 0);
  return {
    pk: 'check|key|s:42',
    position: at(0, 0, 't'),
    status: 'active',
    rev: 1,
    by: 't' as Cause,
    trigger: stored('t', 'T', 0),
    steps: new Map(Object.entries(steps)),
    nseq: Math.max(0, ...seqs),
    ...more,
  };
}

export function waiting(event: string, sinceS: number, deadlineS: number, after?: Position): Step {
  return {
    kind: 'wait',
    event,
    sinceMs: tenMs + sinceS * 1_000,
    deadlineMs: tenMs + deadlineS * 1_000,
    ...(after !== undefined && { after }),
    state: 'waiting',
  };
}
