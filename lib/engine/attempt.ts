/**
 * One attempt at a cause: what everything below `handle` shares while it lasts.
 *
 * Owns: the cause, the nonce (fresh per attempt, so that a dead attempt's lease is never taken for a living one), and what
 * was already done in this attempt: by run id, because pointers lead one attempt to several homes, and one event may have begun
 * runs at one position in two of them (a send that was repeated with another key).
 */
import type { AnyJourney } from '../journey/definition.js';
import { limits } from '../limits.js';
import type { ReplaySettings } from './code/plan.js';
import type { Ports } from './ports.js';
import type { Cause, Lease, RunDocument, RunEnd, Step } from './stored/document.js';
import { type RunId, type RunRef, runIdOf, timerName } from './stored/key.js';

/** A journey ready to be run. */
export interface Engine extends ReplaySettings {
  readonly journey: AnyJourney;
  /** A step's function never starts with less of the invocation left. */
  readonly stepTimeoutMs: number;
  /** Version of this code; absent where code has no versions. */
  readonly codeVersion?: string;
  /** Ends of runs that are told on the bus; none where absent. */
  readonly lifecycleEvents?: readonly RunEnd[];
  /** The journey begins no more runs; those that live go on to their end (docs/decisions/025). */
  readonly retired?: boolean;
}

export interface Attempt {
  readonly engine: Engine;
  readonly ports: Ports;
  readonly cause: Cause;
  /** Name of the event that it is; undefined for a timer, and for what was forwarded. */
  readonly event?: string;
  readonly requestId: string;
  readonly nonce: string;
  /** Runs whose end this attempt has told on the bus. */
  readonly announced: Set<RunId>;
  /** Runs that my cause has ended and that something follows which this attempt has not begun yet (after.ts). */
  readonly owed: Map<RunId, RunDocument>;
  /** Runs whose end this attempt has followed up. */
  readonly followed: Set<RunId>;
  /** Runs that are over and whose pointers this attempt deletes when nothing else is owed to them (pointer.ts). */
  readonly leaving: Map<RunId, RunDocument>;
  /** Runs that this attempt has cleaned up after. */
  readonly cleaned: Set<RunId>;
  /** Runs whose matched waits have no timer left by this attempt's own D6. */
  readonly tidied: Set<RunId>;
  /** Runs that this attempt could not settle, and why: they are left to the one that comes back, however often this one sees them. */
  readonly failed: Map<RunId, unknown>;
  /** Timers that this attempt has deleted: names are never used again once their wait is matched or over. */
  readonly dropped: Set<string>;
  /** Other versions of the code that have been told of this cause; undefined where it was forwarded itself: one hop. */
  readonly forwarded: Set<string> | undefined;
  /** Versions of the code that were found to be gone: their runs are settled here, by the rule for changed code. */
  readonly gone: Set<string>;
}

export function eventCause(id: string): Cause {
  return id as Cause;
}

export function timerCause(run: string, step: string, attempt: number): Cause {
  return `timer:${run}:${step}:${attempt}` as Cause;
}

/** A timer comes back to its run's home by itself; an event may find a run by its pointers only. */
export function isTimerCause(cause: Cause): boolean {
  return cause.startsWith('timer:');
}

/**
 * The right to run user code until this invocation is surely over.
 *
 * A lease that goes on keeps its nonce; one that is taken anew has another, by the rev of the write that takes it: between the two
 * I have decided something, and a cancellation that was decided before that must not pass as one of the lease that it saw (docs/decisions/040).
 * @param run as it will be written.
 */
export function myLease(attempt: Attempt, run: Pick<RunDocument, 'rev' | 'lease'>): Lease {
  const { clock } = attempt.ports;
  return {
    cause: attempt.cause,
    requestId: attempt.requestId,
    nonce: run.lease && isOfAttempt(attempt, run.lease) ? run.lease.nonce : `${attempt.nonce}.${run.rev}`,
    untilMs: clock.nowMs() + clock.remainingMs() + limits.leaseMarginMs,
  };
}

/** Whether a run's last write or lease is this cause's: an earlier attempt at it may have died before cleaning up. */
export function concernsMe(attempt: Attempt, run: RunDocument): boolean {
  return run.by === attempt.cause || run.lease?.cause === attempt.cause;
}

export function holdsLease(attempt: Attempt, run: RunDocument): boolean {
  return run.lease !== undefined && isOfAttempt(attempt, run.lease);
}

function isOfAttempt({ nonce }: Attempt, lease: Lease): boolean {
  return lease.nonce.startsWith(`${nonce}.`);
}

/**
 * Whether what a write of the lease lost to is that write itself: its acknowledgement was lost. A cancellation is not, though
 * it keeps my lease and is one rev ahead as well: that run is over (docs/decisions/009).
 */
export function isMyLease(wanted: RunDocument, stored: RunDocument): boolean {
  return stored.rev === wanted.rev && stored.lease?.nonce === wanted.lease?.nonce && stored.status === 'active';
}

/** Name of the timer of a step that is (or was) waiting; undefined for a step that never had one. */
export function stepTimerName(run: RunRef, id: string, step: Step): string | undefined {
  return step.deadlineMs === undefined ? undefined : timerName(run, id, attemptOf(step), step.deadlineMs);
}

/** Creates the timer of a step before the step becomes visible: no wait without a timer, wherever a process dies (I1). */
export async function setStepTimer(attempt: Attempt, run: RunRef, id: string, step: Step): Promise<void> {
  const { deadlineMs } = step;
  if (deadlineMs === undefined) return;
  const ofAttempt = attemptOf(step);
  const name = timerName(run, id, ofAttempt, deadlineMs);
  await attempt.ports.timers.set({ name, run: runIdOf(run), step: id, attempt: ofAttempt, deadlineMs });
}

/** Waits and sleeps are not tried again. */
function attemptOf(step: Step): number {
  return 'attempt' in step ? step.attempt : 0;
}

/** When the table may forget an ended run: no event, timer or dead letter of its time can come any more. */
export function expiresAtS(engine: Engine, fromMs: number): number {
  const { acceptLateMs, maxDurationMs } = engine.journey.definition;
  return Math.ceil((fromMs + acceptLateMs + maxDurationMs) / 1_000);
}
