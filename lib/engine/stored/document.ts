/**
 * What is stored: the document of a run and the record of an event.
 *
 * Owns: their shapes, and the changes that a decision or a step's result makes to a document, as pure functions.
 * Invariants: a document changes only through these functions; `seq` numbers results in the order in which they were
 * committed; a deadline, once opened, is never recomputed.
 */
import type { EngineEvent, Position } from './event.js';
import type { RunRef } from './key.js';

/** What made an invocation: an event's id, or `timer:<run>:<step>:<attempt>`. The same for every retry and redrive of it. */
export type Cause = string & { readonly brand: 'Cause' };

/** An error as it is on record. */
export interface StoredError {
  /** Name of the error. */
  readonly name: string;
  /** Its message. */
  readonly message: string;
  /** Of its own `cause`, where that was an error too. One deep. */
  readonly cause?: { readonly name: string; readonly message: string };
  /** The step whose error nothing caught: of a run that failed by it. */
  readonly step?: string;
}

/** An event without its data where the data is not needed again. */
export interface StoredEvent {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly timeMs: number;
  readonly hops: number;
  readonly data?: unknown;
  /** Of the trigger of a called run (step.invoke): the run id of the caller. */
  readonly caller?: string;
}

/** What a wait listens to. */
export interface Channel {
  /** Name of the awaited event. */
  readonly event: string;
  readonly sinceMs: number;
  /** Partition in which its events are recorded, where that is not the run's home. docs/decisions/033. */
  readonly place?: string;
  /** Events up to here were consumed on this channel before the wait was opened. */
  readonly after?: Position;
  /** What an event must pass beside the key (CEL); it holds for this wait whatever later code says. */
  readonly if?: string;
  /** Of a step.invoke: the id of its call; only the return of that one fits. */
  readonly call?: string;
}

/** An event that a wait has taken, and its place in event order. */
export interface MatchedEvent extends StoredEvent {
  readonly position: Position;
  /** Which of the wait's channels it came on; absent for the first. */
  readonly channel?: number;
}

/** A wait is its own first channel. */
export interface WaitStep extends Channel {
  readonly kind: 'wait';
  readonly deadlineMs: number;
  readonly state: 'waiting' | 'matched' | 'timedOut';
  /** Further channels of a wait for several events. */
  readonly others?: readonly Channel[];
  /** Whether it takes an event on every channel, or is there to see that none comes. Absent: the first on any channel. */
  readonly takes?: 'all' | 'none';
  /** Set once matched or timed out. */
  readonly seq?: number;
  readonly matched?: MatchedEvent;
  /** The events of the further channels, in their order, where it takes all. */
  readonly matchedOthers?: readonly MatchedEvent[];
  /** Matched by more than the run has room for: what it would have had then. No code passes it. docs/decisions/038. */
  readonly oversizeBytes?: number;
}

export interface SleepStep {
  readonly kind: 'sleep';
  readonly deadlineMs: number;
  readonly state: 'waiting' | 'timedOut';
  readonly seq?: number;
}

/** A step that runs code: the author's function, or the sending of events. `(journey)` stands for the plain code itself. */
export interface CodeStep {
  readonly kind: 'run' | 'send';
  /** waiting: a retry that its timer brings; due: the retry may begin. */
  readonly state: 'waiting' | 'due' | 'done' | 'failed';
  /** Attempts that have failed so far. */
  readonly attempt: number;
  readonly deadlineMs?: number;
  readonly seq?: number;
  readonly doneAtMs?: number;
  readonly result?: unknown;
  readonly error?: StoredError;
}

export type Step = WaitStep | SleepStep | CodeStep;
export type Steps = ReadonlyMap<string, Step>;

/** The right to run user code of one run for a bounded time. */
export interface Lease {
  readonly cause: Cause;
  readonly requestId: string;
  /** Fresh for every attempt, and for every lease that it takes anew (docs/decisions/040). */
  readonly nonce: string;
  readonly untilMs: number;
}

/** skipped: its trigger found its place held (claim.ts), so none of its code has run, nor ever will. */
export type RunStatus = 'active' | 'completed' | 'failed' | 'cancelled' | 'skipped';

/** What a journey claims a place for. */
export type ClaimKind = 'idempotency' | 'singleton';

/** Why a trigger started no run: whose the place is. */
export interface Skipped {
  readonly by: ClaimKind;
  readonly holder: RunRef;
}

/** A run that holds a place, or is about to begin. */
export interface Held {
  readonly holder: RunRef;
  /** Event time of its trigger. */
  readonly timeMs: number;
  /** Until then the attempt that made the claim may still put its run. */
  readonly untilMs: number;
}

/** A place of a journey, and its newest holder: other triggers of the same value start no run. */
export interface Claim extends Held {
  readonly pk: string;
  /** Holders that are older than that by more than the period, newest first; absent where there are none. */
  readonly earlier?: readonly Held[];
  /** How often it was written over what was seen; absent: as its only holder has put it. */
  readonly rev?: number;
  readonly expiresAtS: number;
}

/** The document of a run; also the record of its trigger. */
export interface RunDocument {
  readonly pk: string;
  readonly position: Position;
  readonly status: RunStatus;
  readonly rev: number;
  /** Cause of the last write. */
  readonly by: Cause;
  readonly trigger: StoredEvent;
  readonly steps: Steps;
  readonly nseq: number;
  /** Where it can be cancelled from outside of its home; absent where that is nowhere. docs/decisions/033. */
  readonly listens?: readonly { readonly event: string; readonly place: string }[];
  /** Version of the code that this run began with; absent where code has no versions. docs/decisions/020. */
  readonly codeVersion?: string;
  readonly lease?: Lease | undefined;
  /** When this run was ended, everything older on its key was over (latest-wins journeys). */
  readonly floor?: true;
  readonly output?: unknown;
  readonly error?: StoredError;
  readonly cancelledBy?: Omit<StoredEvent, 'data'>;
  /** Partitions of the places that it claimed, so that they can be found again; absent where its journey claims none. */
  readonly claims?: readonly string[];
  readonly skipped?: Skipped;
  readonly endedAtMs?: number;
  /** Once over: when the table may forget it (epoch seconds). */
  readonly expiresAtS?: number;
}

/** Record of an event that starts no run. `data` is kept only where a wait can take it. */
export interface EventRecord {
  readonly pk: string;
  readonly position: Position;
  readonly event: StoredEvent;
  readonly expiresAtS: number;
}

/** Whether an event is the same as one on record under another id, by the journey's own rule: then it is nothing at all. */
export function isJoined({ skipped }: RunDocument): boolean {
  return skipped?.by === 'idempotency';
}

export function isOver(run: RunDocument): boolean {
  return run.status !== 'active';
}

/** How a run has ended that began. */
export type RunEnd = Exclude<RunStatus, 'active' | 'skipped'>;

export function runEndOf({ status }: RunDocument): RunEnd | undefined {
  return status === 'active' || status === 'skipped' ? undefined : status;
}

export function storedEvent(event: EngineEvent | StoredEvent, options: { readonly data: boolean }): StoredEvent {
  const { id, name, source, timeMs, hops } = event;
  return options.data ? { id, name, source, timeMs, hops, data: event.data } : { id, name, source, timeMs, hops };
}

/** The trigger of a called run knows who called. */
export function storedTrigger(event: EngineEvent, options: { readonly data: boolean }): StoredEvent {
  return { ...storedEvent(event, options), ...(event.call && { caller: event.call.caller }) };
}

export function withStep(run: RunDocument, id: string, step: Step): RunDocument {
  return { ...run, steps: new Map(run.steps).set(id, step) };
}

/** The next result: its step gets the next number of the order in which replay settles promises. */
export function withResult(run: RunDocument, id: string, step: Step): RunDocument {
  const seq = run.nseq + 1;
  return { ...withStep(run, id, { ...step, seq } as Step), nseq: seq };
}

export function withoutStep(run: RunDocument, id: string): RunDocument {
  const steps = new Map(run.steps);
  steps.delete(id);
  return { ...run, steps };
}

/** A wait that knows what it has taken, and not what that carried. */
export function withoutMatchedData(wait: WaitStep): WaitStep {
  const { matched, matchedOthers } = wait;
  return {
    ...wait,
    ...(matched && { matched: withoutData(matched) }),
    ...(matchedOthers && { matchedOthers: matchedOthers.map(withoutData) }),
  };
}

function withoutData({ data: _data, ...matched }: MatchedEvent): MatchedEvent {
  return matched;
}

export function withoutLease(run: RunDocument): RunDocument {
  const { lease: _gone, ...rest } = run;
  return rest;
}
