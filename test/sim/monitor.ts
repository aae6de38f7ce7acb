/**
 * Watches a history from outside and holds it against the promise: S1 one outcome, S3 never beside itself, S4 nothing starts
 * after a cancellation, the order of decisions (lockstep.ts), and what must hold whenever a partition is at rest.
 */

import { finishStep } from '../../lib/engine/decision/timeouts.js';
import type { Cancellation, Pointer, SentEvent, Written } from '../../lib/engine/ports.js';
import { type EventRecord, isOver, type RunDocument, type Step } from '../../lib/engine/stored/document.js';
import type { EngineEvent } from '../../lib/engine/stored/event.js';
import { endedRunOf, runIdOf, runRefOf, sentEventId } from '../../lib/engine/stored/key.js';
import { callEventKind } from '../../lib/journey/invoke.js';
import type { MemoryPointers } from '../../lib/memory/pointers.js';
import { AfterRuns, homeOf } from './after-runs.js';
import type { Calls } from './calls.js';
import { generationOf } from './changes.js';
import { Claims } from './claims.js';
import { type Customers, nobodysCustomer } from './customers.js';
import { assertOwnVersion } from './deployments.js';
import type { Invocation } from './invocation.js';
import { follow, followCancel, mostSkewMs, overlookedCancel } from './lockstep.js';
import { PointerWatch } from './pointer-watch.js';
import { isCorrelated, type JourneySpec, type Via } from './program.js';
import { type OpenStep, plainCode, Reference } from './reference.js';
import { assertNoTimers, assertWaits, describe, isBelowFloor, nameable } from './rest.js';
import { type Found, happeningOf, type Recorded, type RunTrack, Violation } from './run-track.js';
import type { Schedules } from './schedules.js';
import { failing, type Takeover, takeOver } from './takeover.js';

/** No function starts with less of its invocation left. */
export const stepTimeoutMs = 30_000;

export class Monitor {
  /** Counts effects: what happened before what. */
  order = 0;
  /** Whether a version of the code was removed: any newer one may write its runs then. */
  isGone: (codeVersion: string) => boolean = () => false;
  /** Whether what an invocation was handed may be refused, of a call. */
  mayRefuseCall: (by: Invocation, call: string) => boolean = () => false;
  takenOver: (how: Takeover) => void = () => {};
  readonly claims: Claims;
  readonly after: AfterRuns;
  private readonly correlated: boolean;
  private readonly pointers = new PointerWatch();
  private readonly tracks = new Map<string, RunTrack>();
  /** Triggers that started no run, as they are stored. */
  private readonly skips = new Map<string, RunDocument>();
  /** Places where plain code has stopped throwing. */
  private readonly stumbled = new Set<string>();
  private readonly byPartition = new Map<string, { runs: RunTrack[]; records: Recorded[] }>();

  constructor(
    /** Its id. */
    private readonly journey: string,
    private readonly spec: JourneySpec,
    private readonly customers: Customers,
    private readonly calls: Calls,
    orderOf: (event: string) => unknown = () => undefined,
  ) {
    this.after = new AfterRuns(spec, (run) => this.tracks.get(run));
    this.correlated = isCorrelated(spec);
    this.claims = new Claims(spec, (run) => isOver(this.tracks.get(run)!.doc), orderOf);
  }

  runs(): Iterable<RunTrack> {
    return this.tracks.values();
  }

  track(runId: string): RunTrack | undefined {
    return this.tracks.get(runId);
  }

  begun(by: Invocation, run: RunDocument, outcome: 'done' | 'lost', atMs: number): void {
    if (outcome === 'lost') {
      this.repeated(by, run);
      return;
    }
    const id = runIdOf(run);
    const { pk } = run;
    const happening = happeningOf(run.trigger, 0, markOf(run.trigger.data), this.foundAt(pk, run.trigger));
    if (this.tracks.has(id)) throw new Violation('S1', `run ${happening.id} begins a second time`);
    const follows = endedRunOf(pk) && this.after.begins(run);
    if (follows) this.customers.learnAs(happening.id, follows.ended.label);
    else this.assertHome(pk, run.trigger);
    if (run.status === 'skipped') {
      this.skipped(by, run, { pk, happening, order: this.order, atMs });
      return;
    }
    if (!follows) this.claims.begins(run);
    this.after.assertBegins(run, by, atMs);
    const reference = new Reference(this.specOf(run, run.codeVersion), happening);
    const bare = { ...run, steps: new Map<string, Step>() };
    const track: RunTrack = {
      id,
      label: happening.id,
      pk,
      reference,
      doc: bare,
      beganWith: run.codeVersion,
      mayStart: new Set(),
      functions: new Set(),
      writtenOrder: this.order,
    };
    this.tracks.set(id, track);
    const { runs, records } = this.of(pk);
    runs.push(track);
    if (follows) this.after.began(follows.ended, track);
    else records.push({ pk, happening, order: this.order, atMs });
    if (!isOver(run)) follow(track, run, by, records);
    this.wrote(track, run, by);
    if (isOver(run)) this.ended(by, track);
  }

  /** A duplicate of a trigger: the pointers that it put again may stay where others may need them, as those of a write that comes too late. */
  private repeated(by: Invocation, run: RunDocument): void {
    const begun = this.tracks.get(runIdOf(run))?.doc;
    if (begun && !isOver(begun)) this.pointers.fenced(by, begun);
    else if (begun && this.isFollowed(begun)) this.pointers.repeated(by, begun);
  }

  /** Whether something follows a run's end, or somebody is told of it: until then, the event that ended it comes back by its pointers. */
  private isFollowed({ status, trigger, by }: RunDocument): boolean {
    if (by.startsWith('timer:')) return false;
    const { onFailure, onCancel, tells } = this.spec;
    if (trigger.caller !== undefined || tells?.some((end) => end === status)) return true;
    return (status === 'failed' && onFailure !== undefined) || (status === 'cancelled' && onCancel !== undefined);
  }

  /** A trigger starts no run. Joined to another event it is nothing; otherwise it is on record as any event. */
  private skipped(by: Invocation, run: RunDocument, recorded: Recorded): void {
    this.skips.set(runIdOf(run), run);
    this.claims.skips(run, by);
    if (run.skipped?.by === 'singleton') this.of(run.pk).records.push(recorded);
  }

  noted(record: EventRecord, atMs: number): void {
    const { pk, event } = record;
    const { records } = this.of(pk);
    if (records.some((other) => other.pk === pk && other.happening.id === event.id)) return;
    const found = this.foundAt(pk, event);
    const told = this.calls.told(event);
    const mark = told.answers === undefined ? markOf(event.data) : markOfReturn(event.data);
    const happening = happeningOf(event, rankOf(record), mark, { ...found, ...told });
    if (found.via === 'key') this.assertHome(pk, event);
    else this.customers.assertPlace(this.journey, { pk, event: event.id, name: event.name });
    records.push({ pk, happening, order: this.order, atMs });
  }

  committed(by: Invocation, run: RunDocument, written: Written): void {
    const track = this.tracks.get(runIdOf(run))!;
    if (written.outcome === 'done') {
      this.assertMayWrite(by, track);
      if (isOver(track.doc)) throw new Violation('S1', `run ${track.label} is written after it was over`);
      const { records } = this.of(track.pk);
      if (this.goesOnWith(by, track, run)) follow(track, run, by, records);
      this.calls.assertRevoked(run);
      this.wrote(track, run, by);
      if (isOver(run)) this.ended(by, track);
    } else if (written.outcome === 'lost' && !isOver(written.stored)) this.fenced(by, track);
    else if (written.outcome === 'lost' && this.isFollowed(written.stored)) this.pointers.repeated(by, written.stored);
  }

  cancelled(by: Invocation, run: RunDocument, cancellation: Cancellation, written: Written): void {
    const track = this.tracks.get(runIdOf(run))!;
    if (written.outcome !== 'done') return;
    this.assertMayWrite(by, track);
    if (isOver(track.doc)) throw new Violation('S1', `run ${track.label} is cancelled after it was over`);
    followCancel(track, cancellation.cancelledBy, { by, records: this.of(track.pk).records });
    const { floor, expiresAtS, endedAtMs, by: cause } = cancellation;
    const rev = track.doc.rev + 1;
    const ending = { by: cause, endedAtMs, expiresAtS, ...(floor && { floor }) };
    const ended = { ...track.doc, ...ending, status: 'cancelled', rev } as const;
    this.wrote(track, ended, by);
    this.ended(by, track);
  }

  pointed(by: Invocation, pointer: Pointer): void {
    this.pointers.put(by, pointer);
  }

  /** A user function starts. */
  functionStarts(by: Invocation, runId: string, step: string, attempt: number): () => void {
    const track = runId.startsWith('after ') ? this.after.of(runId.slice('after '.length)) : this.tracks.get(runId);
    assertOwnVersion(by, track, `starts function ${step}`);
    const where = `${by.label} starts function ${step} of ${track?.label ?? 'no run'}`;
    if (!track?.mayStart.delete(by))
      throw new Violation('S4', `${where} without a write of its own since its last start`);
    if (by.remainingMs() < stepTimeoutMs) throw new Violation('S3', `${where} with ${by.remainingMs()} ms left`);
    const { functions, reference } = track;
    for (const other of functions) {
      if (other.invocation.alive && !other.invocation.isBeyondItsEnd())
        throw new Violation('S3', `${where} while ${other.invocation.label} runs ${other.step}`);
    }
    this.after.assertAlone(track, where);
    const code = reference.code();
    if (code?.id !== step) throw new Violation('order', `${where}, but its code is at ${code?.id ?? 'no function'}`);
    if (code.attempts !== attempt)
      throw new Violation('S1', `${where} as attempt ${attempt}, expected ${code.attempts}`);
    if (!by.decidedSinceLook) {
      const overlooked = overlookedCancel(track, { by, records: this.of(track.pk).records });
      if (overlooked) throw new Violation('order', `${where}, although there was, when it looked, ${overlooked}`);
    }
    const running = { invocation: by, step };
    functions.add(running);
    return () => functions.delete(running);
  }

  /** A run sends: a function like any other, and what it sends follows from its place in the code. */
  sends(by: Invocation, events: readonly SentEvent[]): void {
    const isOfCall = ({ name }: SentEvent): boolean => ['returned', 'revoked'].includes(callEventKind(name) ?? '');
    for (const event of events.filter(isOfCall)) this.tells(by, event);
    const others = events.filter((event) => !isOfCall(event));
    if (others.length === 0 || this.after.tells(others)) return;
    const { runs } = this.of(by.cause.pk);
    const at = (track: RunTrack): OpenStep | undefined => track.reference.code();
    const track = runs.find(
      (run) =>
        at(run)?.kind === 'send' &&
        (at(run)!.node.do === 'invoke'
          ? events[0]?.call?.caller === run.id
          : sentEventId(run.doc, at(run)!.id, 0) === events[0]?.id),
    );
    if (!track) throw new Violation('S1', `${by.label} publishes what no run is about to send`);
    const code = at(track)!;
    this.functionStarts(by, track.id, code.id, code.attempts)();
    if (code.node.do === 'invoke') this.calls.calls(events[0]!, track.label, code.id);
    for (const { timeMs, hops, data, id } of events) {
      const key = (data as { key?: unknown } | undefined)?.key;
      if (code.node.do === 'invoke' && code.node.lacks) this.customers.learn(id, nobodysCustomer);
      else {
        this.customers.assertKey(track.label, key, `what ${code.id} sends from the run`);
        this.customers.learnAs(id, track.label);
      }
      if (timeMs !== code.pointMs || hops !== code.hops)
        throw new Violation(
          'S1',
          `${code.id} of ${track.label} sends with another time or other hops than its place has`,
        );
    }
  }

  /** The end of a called run is told as it was written; a call is revoked only when nobody waits for it any more. */
  private tells(by: Invocation, event: SentEvent): void {
    const { id: call, caller } = event.call!;
    if (callEventKind(event.name) === 'revoked') {
      const track = this.tracks.get(caller);
      if (!track || !this.mayRevoke(by, track, call))
        throw new Violation('S1', `${by.label} revokes call ${call}, which is awaited`);
      this.calls.revokes(event);
    } else if (!('run' in (event.data as object))) {
      this.assertMayRefuse(by, call);
      this.calls.refuses(event);
    } else {
      const runs = [...[...this.tracks.values()].map(({ doc }) => doc), ...this.skips.values()];
      const run = runs.find(({ trigger }) => trigger.id === call);
      if (!run || !isOver(run)) throw new Violation('S1', `call ${call} returns before its run is over`);
      const { status, output } = event.data as { status?: string; output?: unknown };
      const [told, stored] = [
        [status, output],
        [run.status, run.output],
      ];
      if (JSON.stringify(told) !== JSON.stringify(stored))
        throw new Violation('S1', `call ${call} returns ${JSON.stringify(told)}, its run is ${JSON.stringify(stored)}`);
      this.calls.returns(event);
    }
    const [, , , trigger = ''] = runRefOf(caller)!.position.split('#');
    this.customers.learnAs(event.id, trigger);
    if (!this.customers.knows(call)) this.customers.learnAs(call, trigger);
  }

  /** A call is refused that cannot be taken, and was not when it was looked for. */
  private assertMayRefuse(by: Invocation, call: string): void {
    if (!this.mayRefuseCall(by, call))
      throw new Violation('L1', `${by.label} refuses call ${call}, which it should take`);
    const track = [...this.tracks.values()].find(({ label }) => label === call);
    const begun = track && this.of(track.pk).records.find(({ happening }) => happening.id === call);
    const look = track && by.looks.get(track.pk);
    if (begun && (!look || begun.order < look.order))
      throw new Violation('L1', `${by.label} refuses call ${call}, whose run has begun`);
  }

  private mayRevoke(by: Invocation, { doc, reference, doomed }: RunTrack, call: string): boolean {
    // Plain code that throws, or does not fit what is on record, may be about to fail its run.
    if (isOver(doc) || reference.status !== 'active' || reference.open.has(plainCode) || doomed) return true;
    const wait = [...doc.steps.values()].find((step) => step.kind === 'wait' && step.call === call);
    // Another may have been quicker to see that its time is up, or that it is back.
    if (wait !== undefined && this.calls.isRefused(call)) return true;
    return wait !== undefined && (wait.state !== 'waiting' || wait.deadlineMs! <= by.clockMs() + mostSkewMs);
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
    const { runs, records } = this.of(by.cause.pk);
    for (const track of runs) {
      const look = by.looks.get(track.pk);
      if (!look) continue;
      const handedOver = !track.doc.lease && track.reference.code() !== undefined;
      // Who has written it since then looks once more.
      // A run of another version of the code is that version's to cancel: the cause was forwarded to it.
      if (track.doc.codeVersion !== by.codeVersion) continue;
      if (isOver(track.doc) || handedOver || track.writtenOrder > look.order || isBelowFloor(track, runs)) continue;
      const overlooked = overlookedCancel(track, { by, records });
      if (overlooked)
        throw new Violation('L1', `${by.label} acknowledges although there is, for ${track.label}, ${overlooked}`);
    }
  }

  /** An invocation ended without acknowledging. */
  broken(by: Invocation): void {
    this.pointers.broken(by);
    for (const { schedule } of by.unshown) schedule.orphaned = true;
    for (const run of by.ending) this.tracks.get(run)!.cutBy = by.cause.own;
  }

  /** Nothing of this partition is under way. */
  atRest(pk: string, schedules: Schedules, pointers: MemoryPointers, nowMs: number): void {
    // Another journey's may be at rest while mine is not.
    if (this.correlated && pk !== this.domainOf(pk)) return;
    const { runs, records } = this.of(pk);
    if (runs.length === 0) return;
    const timers = [...schedules.all()];
    for (const track of runs) {
      if (isOver(track.doc)) this.after.assertFollowed(track);
      this.pointers.assertAtRest(track, pointers);
      if (isOver(track.doc))
        assertNoTimers(track, runs, this.spec.later ? nameable(track, timers, this.isGone) : timers, nowMs);
      else assertWaits(track, records, timers);
    }
  }

  /** The code of a run was given an event by its key. */
  sees(runId: string, event: { readonly data: { readonly key?: unknown } }): void {
    const label = this.tracks.get(runId)?.label;
    if (label !== undefined) this.customers.assertKey(label, event.data.key, 'what the code is given in the run');
  }

  /** @param stored runs of this journey, or at least those that the table has not forgotten. */
  assertStored(stored: readonly RunDocument[], nowMs: number): void {
    const left = new Set([...this.tracks.keys(), ...this.skips.keys()]);
    for (const run of stored) {
      const id = runIdOf(run);
      left.delete(id);
      const doc = this.tracks.get(id)?.doc ?? this.skips.get(id);
      if (doc?.rev !== run.rev || doc.status !== run.status)
        throw new Violation('S1', `run ${run.trigger.id} is not stored as it was last written`);
    }
    for (const id of left) {
      const doc = this.tracks.get(id)?.doc ?? this.skips.get(id)!;
      const label = doc.trigger.id;
      if (!isOver(doc) || !(doc.expiresAtS! * 1_000 <= nowMs))
        throw new Violation('S1', `run ${label} is gone before its time: ${describe(doc)}`);
    }
  }

  /** Nothing will happen any more. */
  atTheEnd(): void {
    for (const track of this.tracks.values()) {
      if (!isOver(track.doc)) throw new Violation('L1', `run ${track.label} is stuck: ${describe(track.doc)}`);
      this.assertCallsOver(track);
      this.assertReturned(track);
    }
  }

  /** Whom a run has called has returned to it, or was told that it need not. Newer code that drove or ended a run may not know its calls. */
  private assertCallsOver({ id, doc, beganWith, endedWith }: RunTrack): void {
    if (doc.codeVersion !== beganWith || endedWith !== beganWith) return;
    for (const [call, { from }] of this.calls.from(id)) {
      const wait = [...doc.steps.values()].find((step) => step.kind === 'wait' && step.call === call);
      if (wait?.state !== 'matched' && !this.calls.isRevoked(call))
        throw new Violation('L1', `call ${from} is over without a return, and was not revoked: ${describe(doc)}`);
    }
  }

  /** Who was called has said how it ended, unless that was because its caller did not wait any more. */
  private assertReturned({ label, doc }: RunTrack): void {
    if (doc.trigger.caller === undefined || this.calls.hasReturned(label)) return;
    if (doc.status !== 'cancelled' || !this.calls.isRevoked(label))
      throw new Violation('L1', `called run ${label} has told nobody that it is over: ${describe(doc)}`);
  }

  /** Whether an event is on record in one way, under its key as a run of its own where it starts one. */
  isKept(pk: string, id: string, { starts, via }: { readonly starts: boolean; readonly via: Via }): boolean {
    const { runs, records } = this.of(pk);
    const isSkipped = [...this.skips.values()].some((run) => run.pk === pk && run.trigger.id === id);
    if (starts && via === 'key') return isSkipped || runs.some(({ label }) => label === id);
    return records.some(({ happening }) => happening.id === id && happening.via === via);
  }

  /** Whether it is the same as another event, and nothing else. */
  isJoined(id: string): boolean {
    return [...this.skips.values()].some((run) => run.trigger.id === id && run.skipped?.by === 'idempotency');
  }

  private assertHome(pk: string, event: Pick<EngineEvent, 'id' | 'name'>): void {
    const keyless = this.livesApart(this.calls.homeOf(event));
    this.customers.assertHome(this.journey, { keyless }, pk, keyless ? this.calls.homeOf(event) : event.id);
  }

  /** @returns false for a run that was taken over by code that it does not fit: it has failed, and nothing is to follow. */
  private goesOnWith(by: Invocation, track: RunTrack, run: RunDocument): boolean {
    if (track.doc.codeVersion === by.codeVersion) {
      if (track.doomed) failing(track, run, `${by.label} writes run ${track.label}`);
      return !track.doomed;
    }
    track.doomed = false;
    const how = takeOver(track, run, by, this.specOf(track.doc, by.codeVersion), this.of(track.pk).records);
    this.takenOver(how);
    return how === 'fits';
  }

  private assertMayWrite(by: Invocation, track: RunTrack): void {
    const { codeVersion } = track.doc;
    if (codeVersion === undefined || !this.isGone(codeVersion)) assertOwnVersion(by, track, 'writes the document');
  }

  /** The journey as a version of the code has it for a run: what follows a run is a handler's. */
  private specOf(run: RunDocument, codeVersion: string | undefined): JourneySpec {
    return this.after.specOf(generationOf(this.spec, codeVersion), run);
  }

  /** How an event that is on record in a partition finds runs from there. */
  private foundAt(pk: string, { id }: { readonly id: string }): Found {
    const { customers } = this;
    const [, middle] = pk.split('|');
    const account = customers.accountOf(id);
    if (middle === '*') return { via: 'every', value: 'every run', account };
    if (middle === 'data.account') return { via: 'account', value: account, account };
    return { via: 'key', value: this.livesApart(id) ? id : customers.of(id), account };
  }

  /** @param trigger its id. */
  private livesApart(trigger: string): boolean {
    return this.spec.keyless === true || this.customers.isTime(trigger);
  }

  /** What concerns each other: one customer, or all of a journey whose events find runs by other ways too. */
  domainOf(pk: string): string {
    return this.correlated ? `${this.journey}, all of it` : homeOf(pk);
  }

  private of(partition: string): { runs: RunTrack[]; records: Recorded[] } {
    const pk = this.domainOf(partition);
    const found = this.byPartition.get(pk);
    if (found) return found;
    const none = { runs: [], records: [] };
    this.byPartition.set(pk, none);
    return none;
  }

  private wrote(track: RunTrack, run: RunDocument, by: Invocation): void {
    track.doc = run;
    this.pointers.wrote(by, run);
    track.writtenOrder = this.order;
    if (run.lease && !isOver(run)) track.mayStart.add(by);
    const { unshown } = by;
    for (let i = unshown.length - 1; i >= 0; i -= 1) {
      const { timer } = unshown[i]!.schedule;
      const step = timer?.run === track.id ? run.steps.get(timer.step) : undefined;
      if (timer?.run === track.id && timer.step === finishStep) unshown.splice(i, 1);
      else if (step?.state === 'waiting' && step.deadlineMs === timer?.deadlineMs) unshown.splice(i, 1);
    }
  }

  /** A dead sender's write ends the run without anyone who cleans up at once. */
  private ended(by: Invocation, track: RunTrack): void {
    track.endedOrder = this.order;
    track.endedWith = by.codeVersion;
    if (by.alive) by.ending.push(track.id);
    else track.cutBy = by.cause.own;
  }

  /** A lost write on a run that goes on: its schedules may be the new executor's, so they stay. */
  private fenced(by: Invocation, track: RunTrack): void {
    this.pointers.fenced(by, track.doc);
    for (const { run, schedule } of by.unshown) if (run === track.id) schedule.orphaned = true;
  }
}

/** What has the name of a trigger stands where triggers do, though it starts no run. */
function rankOf({ position }: EventRecord): 0 | 1 {
  return position.split('#')[1] === '0' ? 0 : 1;
}

function markOf(data: unknown): string {
  return (data as { mark?: string } | undefined)?.mark ?? '';
}

/** What the caller's code is given, in words. */
function markOfReturn(data: unknown): string {
  const { status, output, error } = data as { status: string; output?: unknown; error?: { name: string } };
  if (status === 'completed') return `returned ${JSON.stringify(output)}`;
  if (status === 'cancelled') return 'InvokeCancelled';
  if (status === 'skipped') return 'InvokeSkipped';
  // What failed because of a call of its own has the name of that.
  return error?.name.startsWith('Invoke') ? error.name : 'failed';
}
