/**
 * What must hold of a run whenever nothing of its customer is under way: it waits with all it needs (L1), or is over and has
 * left nothing behind (G1). The exemptions are those of docs/simulator.md.
 */

import { finishStep } from '../../lib/engine/decision/timeouts.js';
import type { RunDocument, Step } from '../../lib/engine/stored/document.js';
import { mostSkewMs } from './lockstep.js';
import { type Recorded, type RunTrack, Violation } from './run-track.js';
import type { Schedule } from './schedules.js';

/** L1: an active run at rest is free, blocked, shows all its waits with their timers, and nothing on record still fits it. */
export function assertWaits(track: RunTrack, records: readonly Recorded[], timers: readonly Schedule[]): void {
  const { doc, reference, label } = track;
  const stuck = (why: string): Violation => new Violation('L1', `run ${label} at rest ${why}: ${describe(doc)}`);
  if (doc.lease) throw stuck('is leased');
  // Handed over: it only has to go on, and its own timer does that.
  if (timers.some(({ timer }) => timer?.run === track.id && timer.step === 'go' && timer.attempt === doc.rev)) return;
  if (reference.status !== 'active') throw stuck(`could be ${reference.status}`);
  const code = reference.code();
  if (code) throw stuck(`could go on with ${code.id}`);
  for (const open of reference.open.values()) {
    const deadlineMs = waitingUntilMs(doc.steps.get(open.id));
    if (deadlineMs === undefined) throw stuck(`does not show that it waits for ${open.id}`);
    if (!timers.some(({ timer }) => isTimerOf(track, open.id, deadlineMs, timer)))
      throw stuck(`has no timer for ${open.id}`);
    const missed = reference.takes(
      open,
      records.map(({ happening }) => happening),
    );
    if (missed) throw stuck(`has missed ${missed.map(({ id }) => id).join(' and ')} for ${open.id}`);
  }
  const { finishMs } = reference;
  if (finishMs !== undefined && !timers.some(({ timer }) => isTimerOf(track, finishStep, finishMs, timer)))
    throw stuck('has no timer for its own time');
  const canceller = records.find(({ happening }) => reference.cancels(happening));
  if (canceller) throw stuck(`has missed ${canceller.happening.id}, which cancels it`);
}

function waitingUntilMs(step: Step | undefined): number | undefined {
  return step?.state === 'waiting' ? step.deadlineMs : undefined;
}

function isTimerOf({ id }: Pick<RunTrack, 'id'>, step: string, deadlineMs: number, timer: Schedule['timer']): boolean {
  return timer?.run === id && timer.step === step && timer.deadlineMs === deadlineMs;
}

/** G1, with its exemptions: docs/simulator.md. */
export function assertNoTimers(
  track: RunTrack,
  runs: readonly RunTrack[],
  timers: readonly Schedule[],
  nowMs: number,
): void {
  for (const schedule of timers) {
    const { timer } = schedule;
    if (timer?.run !== track.id || timer.deadlineMs <= nowMs + mostSkewMs) continue;
    if (schedule.orphaned && !hasComputableName(track, schedule)) continue;
    if (isCutOffByFloor(track, runs)) continue;
    throw new Violation(
      'G1',
      `the timer of ${timer.step} is left behind run ${track.label}, which is ${track.doc.status}`,
    );
  }
}

/** A cancelled run's code tells which waits it was about to open: whoever cleans up deletes their timers, whoever made them. */
function hasComputableName({ reference, doc, endedOrder }: RunTrack, { timer, createdOrder }: Schedule): boolean {
  if (timer!.step === finishStep && createdOrder < (endedOrder ?? 0)) return true;
  if (doc.status !== 'cancelled' || reference.code() || createdOrder >= (endedOrder ?? 0)) return false;
  const open = reference.open.get(timer!.step);
  return open !== undefined && open.retryMs === undefined && open.deadlineMs === timer!.deadlineMs;
}

/**
 * Where code changes: without timers of waits that the run never showed, if they were set by other code than its own (for a
 * duplicate of its trigger, or after it was taken over) or if its own is gone: whoever ended it could not know their names.
 */
export function nameable(
  { doc, beganWith }: RunTrack,
  timers: readonly Schedule[],
  isGone: (codeVersion: string) => boolean,
): readonly Schedule[] {
  return timers.filter(({ timer, codeVersion }) => {
    const step = timer && doc.steps.get(timer.step);
    const isShown = step?.deadlineMs !== undefined && step.deadlineMs === timer?.deadlineMs;
    return isShown || (codeVersion === beganWith && beganWith !== undefined && !isGone(beganWith));
  });
}

/** Who ended it died before cleaning up, and its retry stops at a floor that another has set in between. */
function isCutOffByFloor({ cutBy, doc }: RunTrack, runs: readonly RunTrack[]): boolean {
  if (cutBy === undefined) return false;
  return runs.some(
    ({ doc: other }) => other.floor && other.pk === doc.pk && other.position > doc.position && other.position < cutBy,
  );
}

export function isBelowFloor({ doc }: RunTrack, runs: readonly RunTrack[]): boolean {
  return runs.some(({ doc: other }) => other.floor && other.pk === doc.pk && other.position > doc.position);
}

export function describe(doc: RunDocument): string {
  const steps = [...doc.steps].map(([id, step]) => `${id} ${step.state}`).join(', ');
  return `${doc.status}, rev ${doc.rev}, ${steps || 'no steps'}`;
}
