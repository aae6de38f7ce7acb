/**
 * settle: what one look means for one run. DESIGN 4.2, `settle(run)`.
 *
 * Invariants: the first thing in event order decides; nothing is decided while the code can still go on; a run that another
 * executor holds is left to it, and the cause of its own dead or doubled attempt comes back instead of being acknowledged.
 */

import { type Attempt, concernsMe, expiresAtS, holdsLease, stepTimerName } from './attempt.js';
import { isRefusalOf } from './calls/call-identity.js';
import { callOfWait, revoke } from './calls/revoke.js';
import { oversizeOf, withRoom } from './code/oversize.js';
import { type Plan, plainCode } from './code/plan.js';
import { replay } from './code/replay.js';
import { matchedBy } from './decision/channel.js';
import { type Decision, decide, type Trace } from './decision/decide.js';
import { Driver } from './drive.js';
import { dropPointersLast, mayDropPointers } from './elsewhere/pointer.js';
import { conclude } from './ends/after.js';
import { cleanUp, dropTimers } from './ends/cleanup.js';
import type { Fact } from './ports.js';
import {
  isOver,
  type RunDocument,
  type Step,
  storedEvent,
  type WaitStep,
  withResult,
  withStep,
} from './stored/document.js';
import { runIdOf } from './stored/key.js';

/** busy: held by another attempt at my own cause, which must therefore come back. */
export type Settled = 'again' | 'ended' | 'nothing' | 'busy';

export interface Seen {
  readonly traces: readonly Trace[];
  readonly nowMs: number;
  /** Whether a write that ends this run sets a floor. */
  readonly floor: boolean;
}

export async function settle(attempt: Attempt, run: RunDocument, seen: Seen): Promise<Settled> {
  if (isOver(run)) return settleOver(attempt, run);
  const decision = decide(attempt.engine.journey.definition, run, seen.traces, seen.nowMs);
  if (decision.kind === 'cancel') return cancel(attempt, run, seen, decision);
  const mine = holdsLease(attempt, run);
  if (run.lease && !mine && run.lease.untilMs > seen.nowMs)
    return run.lease.cause === attempt.cause ? 'busy' : 'nothing';
  const driver = new Driver(attempt, run, { floor: seen.floor });
  const plan = await replay(attempt.engine, run, attempt.ports.turn);
  if (run.lease || canGoOn(run, plan)) return drive(driver, plan);
  if (decision.kind === 'nothing') {
    // A retry that came back after its match was written, but maybe before the timer was deleted.
    if (run.by === attempt.cause && !attempt.tidied.has(runIdOf(run))) {
      await dropTimers(attempt, matchedTimers(run));
      attempt.tidied.add(runIdOf(run));
    }
    return 'nothing';
  }
  const step = run.steps.get(decision.step);
  if (step?.kind === 'wait' && endsCall(step, decision)) await revoke(attempt, callOfWait(plan.calls, step));
  const { decided, fact, matchedTimer } = applied(run, decision);
  driver.apply(await withRoom(attempt, decided, decision.step, plan), fact, matchedTimer);
  return drive(driver);
}

/** Its run did not say that it is over: it may begin, or go on, elsewhere. */
function endsCall({ call }: WaitStep, decision: Extract<Decision, { kind: 'match' | 'timeout' }>): boolean {
  return decision.kind === 'timeout' || isRefusalOf(decision.event, call);
}

async function drive(driver: Driver, plan?: Plan): Promise<Settled> {
  const driven = await driver.drive(plan);
  return driven === 'handedOver' ? 'nothing' : driven;
}

/** The writer of an end, or the holder whom it took the run from, comes back: it may have died before cleaning up. */
async function settleOver(attempt: Attempt, run: RunDocument): Promise<Settled> {
  if (concernsMe(attempt, run) && !attempt.cleaned.has(runIdOf(run))) await cleanUp(attempt, run);
  if (concernsMe(attempt, run) && mayDropPointers(attempt, run)) dropPointersLast(attempt, run);
  await conclude(attempt, run);
  return 'nothing';
}

/** C1 */
async function cancel(
  attempt: Attempt,
  run: RunDocument,
  seen: Seen,
  decision: Extract<Decision, { kind: 'cancel' }>,
): Promise<Settled> {
  const endedAtMs = attempt.ports.clock.nowMs();
  const cancellation = {
    by: attempt.cause,
    cancelledBy: storedEvent(decision.event, { data: false }),
    endedAtMs,
    expiresAtS: expiresAtS(attempt.engine, endedAtMs),
    floor: seen.floor,
  };
  const written = await attempt.ports.records.cancel(
    run,
    cancellation,
    run.lease ? { nonce: run.lease.nonce } : { rev: run.rev },
  );
  if (written.outcome === 'done') {
    attempt.ports.observer.fact({ kind: 'runCancelled', run: runIdOf(run), event: decision.event.name });
    await cleanUp(attempt, { ...run, status: 'cancelled' });
    const { by, cancelledBy } = cancellation;
    const ended = { ...run, by, cancelledBy, endedAtMs, status: 'cancelled' } as const;
    await conclude(attempt, ended);
    dropPointersLast(attempt, ended);
    return 'ended';
  }
  // My own write, its answer lost? The next look may stop at a floor above this run, so it is cleaned up after here.
  if (written.outcome === 'lost' && isOver(written.stored)) await settleOver(attempt, written.stored);
  return 'again';
}

/** Whether the run gets further without any decision. */
function canGoOn(run: RunDocument, plan: Plan): boolean {
  if (oversizeOf(run)) return true;
  if (plan.next === 'threw') return run.steps.get(plainCode)?.state !== 'waiting';
  return plan.next !== 'blocked' || plan.opened.size > 0;
}

function applied(
  run: RunDocument,
  decision: Extract<Decision, { kind: 'match' | 'timeout' }>,
): { decided: RunDocument; fact?: Fact; matchedTimer?: string } {
  const id = decision.step;
  const step = run.steps.get(id)!;
  if (decision.kind === 'match' && step.kind === 'wait') {
    return {
      decided: withResult(run, id, matchedBy(step, decision)),
      fact: { kind: 'waitMatched', run: runIdOf(run), step: id },
      matchedTimer: stepTimerName(run, id, step)!,
    };
  }
  // The time of a retry is up: its function may begin; no promise is settled by that.
  if (step.kind === 'run' || step.kind === 'send') {
    return { decided: withStep(run, id, { kind: step.kind, state: 'due', attempt: step.attempt }) };
  }
  const decided = withResult(run, id, { ...step, state: 'timedOut' } as Step);
  return step.kind === 'wait' ? { decided, fact: { kind: 'waitTimedOut', run: runIdOf(run), step: id } } : { decided };
}

function matchedTimers(run: RunDocument): string[] {
  return [...run.steps].flatMap(([id, step]) => (step.state === 'matched' ? (stepTimerName(run, id, step) ?? []) : []));
}
