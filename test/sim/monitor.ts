/**
 * Watches a history from outside and holds it against the promise: S1 one outcome, S3 never beside itself, S4 nothing starts
 * after a cancellation, the order of decisions (lockstep.ts), and what must hold whenever a customer's world is at rest.
 */
import { type EventRecord, isOver, type RunDocument, type Step } from '../../lib/engine/document.js';
import { runIdOf, sentEventId } from '../../lib/engine/key.js';
import type { Cancellation, SentEvent, Written } from '../../lib/engine/ports.js';
import type { Invocation } from './invocation.js';
import { follow, followCancel, mostSkewMs, overlookedCancel } from './lockstep.js';
import type { JourneySpec } from './program.js';
import { type OpenStep, plainCode, Reference } from './reference.js';
import { happeningOf, type Recorded, type RunTrack, Violation } from './run-track.js';
import type { Schedule, Schedules } from './schedules.js';

/** No function starts with less of its invocation left. */
export const stepTimeoutMs = 30_000;

export class Monitor {
  /** Counts effects: what happened before what. */
  order = 0;
  private readonly tracks = new Map<string, RunTrack>();
  /** Places where plain code has stopped throwing. */
  private readonly stumbled = new Set<string>();
  private readonly byCustomer = new Map<string, { runs: RunTrack[]; records: Recorded[] }>();

  constructor(private readonly spec: JourneySpec) {}

  runs(): Iterable<RunTrack> {
    return this.tracks.values();
  }

  track(runId: string): RunTrack | undefined {
    return this.tracks.get(runId);
  }

  begun(by: Invocation, run: RunDocument, outcome: 'done' | 'lost', atMs: number): void {
    if (outcome === 'lost') return;
    const id = runIdOf(run);
    const customer = customerOf(run.pk);
    const happening = happeningOf(run.trigger, 0, markOf(run.trigger.data));
    const reference = new Reference(this.spec, happening);
    const bare = { ...run, steps: new Map<string, Step>() };
    const track: RunTrack = {
      id,
      label: happening.id,
      customer,
      reference,
      doc: bare,
      mayStart: new Set(),
      functions: new Set(),
      writtenOrder: this.order,
    };
    this.tracks.set(id, track);
    const { runs, records } = this.of(customer);
    runs.push(track);
    records.push({ happening, order: this.order, atMs });
    follow(track, run, by, records);
    this.wrote(track, run, by);
  }

  noted(record: EventRecord, atMs: number): void {
    const { records } = this.of(customerOf(record.pk));
    if (records.some(({ happening }) => happening.id === record.event.id)) return;
    const happening = happeningOf(record.event, 1, markOf(record.event.data));
    records.push({ happening, order: this.order, atMs });
  }

  committed(by: Invocation, run: RunDocument, written: Written): void {
    const track = this.tracks.get(runIdOf(run))!;
    if (written.outcome === 'done') {
      if (isOver(track.doc)) throw new Violation('S1', `run ${track.label} is written after it was over`);
      follow(track, run, by, this.of(track.customer).records);
      this.wrote(track, run, by);
      if (isOver(run)) this.ended(by, track);
    } else if (written.outcome === 'lost' && !isOver(written.stored)) this.fenced(by, track);
  }

  cancelled(by: Invocation, run: RunDocument, cancellation: Cancellation, written: Written): void {
    const track = this.tracks.get(runIdOf(run))!;
    if (written.outcome !== 'done') return;
    if (isOver(track.doc)) throw new Violation('S1', `run ${track.label} is cancelled after it was over`);
    followCancel(track, cancellation.cancelledBy.id, { by, records: this.of(track.customer).records });
    const { floor } = cancellation;
    const ended = { ...track.doc, status: 'cancelled', rev: track.doc.rev + 1, ...(floor && { floor }) } as const;
    this.wrote(track, ended, by);
    this.ended(by, track);
  }

  /** A user function starts. */
  functionStarts(by: Invocation, runId: string, step: string, attempt: number): () => void {
    const track = this.tracks.get(runId);
    const where = `${by.label} starts function ${step} of ${track?.label ?? 'no run'}`;
    if (!track?.mayStart.delete(by))
      throw new Violation('S4', `${where} without a write of its own since its last start`);
    if (by.remainingMs() < stepTimeoutMs) throw new Violation('S3', `${where} with ${by.remainingMs()} ms left`);
    const { functions, reference } = track;
    for (const other of functions) {
      if (other.invocation.alive && !other.invocation.isBeyondItsEnd())
        throw new Violation('S3', `${where} while ${other.invocation.label} runs ${other.step}`);
    }
    const code = reference.code();
    if (code?.id !== step) throw new Violation('order', `${where}, but its code is at ${code?.id ?? 'no function'}`);
    if (code.attempts !== attempt)
      throw new Violation('S1', `${where} as attempt ${attempt}, expected ${code.attempts}`);
    if (!by.decidedSinceLook) {
      const overlooked = overlookedCancel(track, { by, records: this.of(track.customer).records });
      if (overlooked)
        throw new Violation(
          'order',
          `${where}, although ${overlooked.happening.id}, on record when it looked, cancels the run`,
        );
    }
    const running = { invocation: by, step };
    functions.add(running);
    return () => functions.delete(running);
  }

  /** A run sends: a function like any other, and what it sends follows from its place in the code. */
  sends(by: Invocation, events: readonly SentEvent[]): void {
    const { runs } = this.of(by.cause.customer);
    const at = (track: RunTrack): OpenStep | undefined => track.reference.code();
    const track = runs.find(
      (run) => at(run)?.kind === 'send' && sentEventId(run.doc, at(run)!.id, 0) === events[0]?.id,
    );
    if (!track) throw new Violation('S1', `${by.label} publishes what no run is about to send`);
    const code = at(track)!;
    this.functionStarts(by, track.id, code.id, code.attempts)();
    for (const { timeMs, hops } of events)
      if (timeMs !== code.sinceMs || hops !== code.hops)
        throw new Violation(
          'S1',
          `${code.id} of ${track.label} sends with another time or other hops than its place has`,
        );
  }

  /** Plain code throws until its failures are on record, then never again. */
  stumbles(runId: string, { id, fails }: { readonly id: string; readonly fails: number }): boolean {
    const place = `${runId}/${id}`;
    const step = this.tracks.get(runId)?.doc.steps.get(plainCode);
    if (step && 'attempt' in step && step.attempt >= fails) this.stumbled.add(place);
    return !this.stumbled.has(place);
  }

  /** An invocation has acknowledged: what was on record when it last looked and cancels a run has done so. */
  acknowledged(by: Invocation): void {
    const { look } = by;
    if (!look) return;
    const { runs, records } = this.of(by.cause.customer);
    for (const track of runs) {
      const handedOver = !track.doc.lease && track.reference.code() !== undefined;
      // Who has written it since then looks once more.
      if (isOver(track.doc) || handedOver || track.writtenOrder > look.order || isBelowFloor(track, runs)) continue;
      const overlooked = overlookedCancel(track, { by, records });
      if (overlooked)
        throw new Violation(
          'L1',
          `${by.label} acknowledges although ${overlooked.happening.id} cancels ${track.label}`,
        );
    }
  }

  /** An invocation ended without acknowledging. */
  broken(by: Invocation): void {
    for (const { schedule } of by.unshown) schedule.orphaned = true;
    for (const run of by.ending) this.tracks.get(run)!.cutBy = by.cause.own;
  }

  /** Nothing of this customer is under way. */
  atRest(customer: string, schedules: Schedules, nowMs: number): void {
    const { runs, records } = this.of(customer);
    if (runs.length === 0) return;
    const timers = [...schedules.all()];
    for (const track of runs) {
      if (isOver(track.doc)) assertNoTimers(track, runs, timers, nowMs);
      else assertWaits(track, records, timers);
    }
  }

  /** Nothing will happen any more. */
  atTheEnd(): void {
    for (const track of this.tracks.values())
      if (!isOver(track.doc)) throw new Violation('L1', `run ${track.label} is stuck: ${describe(track.doc)}`);
  }

  private of(customer: string): { runs: RunTrack[]; records: Recorded[] } {
    const found = this.byCustomer.get(customer);
    if (found) return found;
    const none = { runs: [], records: [] };
    this.byCustomer.set(customer, none);
    return none;
  }

  private wrote(track: RunTrack, run: RunDocument, by: Invocation): void {
    track.doc = run;
    track.writtenOrder = this.order;
    if (run.lease && !isOver(run)) track.mayStart.add(by);
    const { unshown } = by;
    for (let i = unshown.length - 1; i >= 0; i -= 1) {
      const { timer } = unshown[i]!.schedule;
      const step = timer?.run === track.id ? run.steps.get(timer.step) : undefined;
      if (step?.state === 'waiting' && step.deadlineMs === timer?.deadlineMs) unshown.splice(i, 1);
    }
  }

  /** A dead sender's write ends the run without anyone who cleans up at once. */
  private ended(by: Invocation, track: RunTrack): void {
    track.endedOrder = this.order;
    if (by.alive) by.ending.push(track.id);
    else track.cutBy = by.cause.own;
  }

  /** A lost write on a run that goes on: its schedules may be the new executor's, so they stay. */
  private fenced(by: Invocation, track: RunTrack): void {
    for (const { run, schedule } of by.unshown) if (run === track.id) schedule.orphaned = true;
  }
}

/** L1: an active run at rest is free, blocked, shows all its waits with their timers, and nothing on record still fits it. */
function assertWaits(track: RunTrack, records: readonly Recorded[], timers: readonly Schedule[]): void {
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
    const missed = records.find(({ happening }) => reference.fits(open, happening));
    if (missed) throw stuck(`has missed ${missed.happening.id}, which fits ${open.id}`);
  }
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
function assertNoTimers(track: RunTrack, runs: readonly RunTrack[], timers: readonly Schedule[], nowMs: number): void {
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
  if (doc.status !== 'cancelled' || reference.code() || createdOrder >= (endedOrder ?? 0)) return false;
  const open = reference.open.get(timer!.step);
  return open !== undefined && open.retryMs === undefined && open.deadlineMs === timer!.deadlineMs;
}

/** Who ended it died before cleaning up, and its retry stops at a floor that another has set in between. */
function isCutOffByFloor({ cutBy, doc }: RunTrack, runs: readonly RunTrack[]): boolean {
  if (cutBy === undefined) return false;
  return runs.some(({ doc: other }) => other.floor && other.position > doc.position && other.position < cutBy);
}

function isBelowFloor({ doc }: RunTrack, runs: readonly RunTrack[]): boolean {
  return runs.some(({ doc: other }) => other.floor && other.position > doc.position);
}

function describe(doc: RunDocument): string {
  const steps = [...doc.steps].map(([id, step]) => `${id} ${step.state}`).join(', ');
  return `${doc.status}, rev ${doc.rev}, ${steps || 'no steps'}`;
}

/** Partitions are `sim|key|s:<customer>`. */
export function customerOf(pk: string): string {
  return pk.slice(pk.lastIndexOf(':') + 1);
}

function markOf(data: unknown): string {
  return (data as { mark?: string } | undefined)?.mark ?? '';
}
