/**
 * Runs one piece of user code under the lease: the author's function of a step, or the sending of events.
 *
 * Invariant: what it returns is what will be read back: results go through JSON here, and one that cannot be stored fails
 * its step without retry.
 */
import type { Attempt } from '../attempt.js';
import type { RunDocument } from '../stored/document.js';
import { sha256 } from '../stored/event.js';
import { runIdOf } from '../stored/key.js';
import type { CodeCall } from './plan.js';
import { assertFits, storable } from './result.js';
import { runAsStep } from './running.js';
import { assertSendable } from './sent-data.js';

export type CodeOutcome = { readonly doneAtMs: number } & (
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: unknown }
);

export async function runCode(attempt: Attempt, run: RunDocument, call: CodeCall): Promise<CodeOutcome> {
  const { clock } = attempt.ports;
  try {
    const result = storable(call.id, await perform(attempt, run, call));
    assertFits(`the result of step '${call.id}'`, run.trigger, [...run.steps, result ?? null]);
    return { ok: true, result, doneAtMs: clock.nowMs() };
  } catch (error) {
    return { ok: false, error, doneAtMs: clock.nowMs() };
  }
}

async function perform(
  attempt: Attempt,
  run: RunDocument,
  { id, work, attempt: failedSoFar }: CodeCall,
): Promise<unknown> {
  if (work.kind === 'run') {
    const idempotencyKey = sha256(`${runIdOf(run)}\n${id}`).slice(0, 32);
    return runAsStep(id, () => work.fn({ idempotencyKey, attempt: failedSoFar }));
  }
  assertSendable(id, work.events, work.schemas, attempt.engine.journey.schemas);
  await attempt.ports.bus.publish(work.events);
  return { ids: work.events.map((event) => event.id) };
}
