/**
 * What the engine asks of the outside world.
 *
 * Ports are protocol verbs, not CRUD: a method of `Records` is one conditional write (or one read) of DESIGN 4.2, with its
 * race drawn in its comment. Expected outcomes are values; what is thrown is a fault, and the invocation's cause comes back.
 */

import type { FilterFailure } from './decision/filter.js';
import type { Cause, Claim, ClaimKind, EventRecord, RunDocument, StoredEvent } from './stored/document.js';
import type { CallRef, EngineEvent, Position } from './stored/event.js';
import type { RunId, RunRef } from './stored/key.js';

/** `lost`: another write came first; here is what it left. `absent`: the document is gone. */
export type Written =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'lost'; readonly stored: RunDocument }
  | { readonly outcome: 'absent' };

export interface Page {
  readonly runs: readonly RunDocument[];
  readonly events: readonly EventRecord[];
  /** Where the next, older page begins; absent when there is none. */
  readonly before?: Position;
}

export interface Cancellation {
  readonly by: Cause;
  readonly cancelledBy: Omit<StoredEvent, 'data'>;
  readonly endedAtMs: number;
  readonly expiresAtS: number;
  readonly floor: boolean;
}

export interface Records {
  /**
   * A2: puts a new run, IF it does not exist.
   * Race: a duplicate of its trigger, beside or much later; the first one wins, whatever it has become since.
   */
  begin(
    run: RunDocument,
  ): Promise<{ readonly outcome: 'done' } | { readonly outcome: 'lost'; readonly stored: RunDocument }>;

  /**
   * A3: records an event that starts no run. An event from outside: unconditional and idempotent (same id, same content).
   * `firstWins`: IF it does not exist. A sent event, because a repeated send may carry other data; and one that is recorded
   * without its data, because code of another version may have kept that for a wait.
   */
  note(record: EventRecord, options: { readonly firstWins: boolean }): Promise<void>;

  /**
   * B1: reads a partition, strongly consistent, newest first, from `from` (inclusive) on, older than `before`.
   * Race: an event and a wait that are stored at the same time; each records before it looks, so the later one sees the earlier.
   */
  look(
    pk: string,
    page: { readonly from: Position; readonly before?: Position; readonly limit?: number },
  ): Promise<Page>;

  /**
   * C1: ends an active run, IF it is active AND (seen with a lease ? the lease is still that one : rev is as seen); rev + 1.
   * It changes only what a cancellation changes and keeps the lease, for its holder's retry to know itself by.
   * Race: the lease's holder, who commits steps meanwhile (allowed, they stay) or suspends (then the decision is stale).
   */
  cancel(
    run: RunDocument,
    cancellation: Cancellation,
    seen: { readonly nonce: string } | { readonly rev: number },
  ): Promise<Written>;

  /**
   * D1, D3, D5 and handing over: writes the whole document, IF rev is as seen.
   * Race: any other executor, zombie or duplicate; one write per rev, so a stale snapshot changes nothing.
   */
  commit(run: RunDocument, seen: { readonly rev: number }): Promise<Written>;

  /**
   * Writes a place for a run that is about to begin, IF nobody holds it, OR it is held as `seen`, OR (nothing was seen) that run
   * alone holds it, and no later attempt of it has asked.
   * Race: two triggers of one value: one write wins, and the other is told who. A decision that a holder may be replaced, or
   * stay beside another one, is taken on what was seen: whoever else wrote it meanwhile makes that stale.
   */
  claim(
    claim: Claim,
    options: { readonly seen?: Claim },
  ): Promise<{ readonly outcome: 'done' } | { readonly outcome: 'lost'; readonly stored: Claim }>;

  /** The run that holds a place, strongly consistent; undefined: it was not put yet, or the table has forgotten it. */
  holder(run: RunRef): Promise<RunDocument | undefined>;
}

/** Stands in a partition where events come that concern a run, and names that run, which lives elsewhere. */
export interface Pointer {
  /** The partition that it stands in. */
  readonly place: string;
  /** Name of the events that it is for. */
  readonly event: string;
  readonly run: RunRef;
  readonly expiresAtS: number;
}

export interface Pointers {
  /**
   * A1b, D4b: unconditional and idempotent (its name and content follow from the run and the channel).
   * Race: an event that is recorded and reads the pointers just before: its record is there before the run looks.
   */
  put(pointer: Pointer): Promise<void>;

  /**
   * B3: the pointers for events of a name, strongly consistent, in the order of their names, after `after`.
   * Race: a run that puts its pointer just after: it shows its wait and looks only after that.
   */
  look(
    place: string,
    event: string,
    page: { readonly after?: string; readonly limit?: number },
  ): Promise<{ readonly pointers: readonly Pointer[]; readonly after?: string }>;

  /** K2: none being there is fine. Race: none; only the pointers of a run that is over are deleted, and it stays over. */
  drop(pointer: Pointer): Promise<void>;
}

/** A one-shot timer of a waiting step ('go': of a run that only has to go on). */
export interface Timer {
  readonly name: string;
  readonly run: RunId;
  readonly step: string;
  readonly attempt: number;
  readonly deadlineMs: number;
}

export interface Timers {
  /** Creates a timer; one of that name being there already is fine. It fires at its deadline or a little later, never before. */
  set(timer: Timer): Promise<void>;
  /** Deletes a timer; none of that name being there is fine. */
  drop(name: string): Promise<void>;
  /** Delivers an event that is dated in the future again, at its time. */
  bringBack(name: string, event: EngineEvent): Promise<void>;
}

/** An event that a run sends. */
export interface SentEvent {
  /** Carried in Resources: handlers take it instead of the bus's id. */
  readonly id: string;
  /** How many sent events lead to it, itself included: 1 where its sender's run was started by an event from outside. */
  readonly hops: number;
  /** Its detail-type. */
  readonly name: string;
  /** Its detail, as JSON. */
  readonly data: unknown;
  /** `sojourn.<journey>`. */
  readonly source: string;
  /** Its time, in epoch milliseconds. */
  readonly timeMs: number;
  /** Of the events of a call (step.invoke); carried in Resources as well. */
  readonly call?: CallRef;
}

/** What an invocation came for. */
export interface Own {
  readonly pk: string;
  /** The item of the cause: its event's record, its run, or the run that its timer names. */
  readonly position: Position;
  readonly role: 'trigger' | 'event' | 'timer';
  /** The deadline that a timer was set for. */
  readonly deadline?: { readonly step: string; readonly deadlineMs: number };
}

/** The code of a journey, as it was deployed one time after the other. */
export interface Versions {
  /**
   * Has another version look at a partition for a cause that is on record. `accepted`: it will, as surely as an event is
   * delivered. `gone`: that version was removed, for ever.
   */
  forward(version: string, cause: Cause, own: Own): Promise<'accepted' | 'gone'>;
}

export interface Bus {
  /** Publishes all of them or throws. */
  publish(events: readonly SentEvent[]): Promise<void>;
}

export interface Clock {
  nowMs(): number;
  sleepMs(ms: number): Promise<void>;
  /** What is left of this invocation. */
  remainingMs(): number;
}

/** How plain code gets its turn between steps. */
export interface Turn {
  /** Lets everything that is ready run: one macrotask. */
  macrotask(): Promise<void>;
  /** Waits a moment of real time, for code that awaits something else than a step. */
  moment(ms: number): Promise<void>;
}

/** What happened, for logs and metrics: adapters decide how it is told. It never carries an event's data. */
export type Fact =
  | { readonly kind: 'runStarted' | 'runCompleted'; readonly run: RunId }
  | { readonly kind: 'runFailed'; readonly run: RunId; readonly error: string }
  | { readonly kind: 'runSkipped'; readonly run: RunId; readonly by: ClaimKind; readonly holder: RunId }
  | { readonly kind: 'runCancelled'; readonly run: RunId; readonly event: string }
  | { readonly kind: 'waitMatched' | 'waitTimedOut'; readonly run: RunId; readonly step: string }
  | {
      readonly kind: 'stepFailed';
      readonly run: RunId;
      readonly step: string;
      readonly attempt: number;
      readonly error: string;
      readonly final: boolean;
    }
  | { readonly kind: 'unmatchable'; readonly event: string; readonly eventId: string; readonly path: string }
  /** No trigger's `if` let it start a run; `failure`: it could not be evaluated. */
  | { readonly kind: 'filtered'; readonly event: string; readonly eventId: string; readonly failure?: FilterFailure }
  /** The `if` of a wait (`step`), or of a cancelOn, could not be evaluated for an event, which counts as no match. */
  | {
      readonly kind: 'filterFailed';
      readonly run: RunId;
      readonly event: string;
      readonly eventId: string;
      readonly step?: string;
      readonly failure: FilterFailure;
    }
  | { readonly kind: 'notOurs'; readonly event: string; readonly eventId: string }
  | { readonly kind: 'forwarded' | 'versionGone'; readonly version: string }
  | { readonly kind: 'broughtBack'; readonly event: string; readonly eventId: string; readonly atMs: number }
  | { readonly kind: 'timerOfNoRun'; readonly run: string; readonly step: string; readonly status: 'over' | 'unknown' };

/** A line of an author's logger. */
export interface LogLine {
  /** As the author's code called it. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** The text. */
  readonly message: string;
  /** What stood beside it. */
  readonly fields?: object;
}

export interface Observer {
  fact(fact: Fact): void;
  /** A line of the author's logger. */
  line(run: RunId, line: LogLine): void;
}

export interface Ports {
  readonly records: Records;
  readonly pointers: Pointers;
  readonly timers: Timers;
  readonly bus: Bus;
  /** Absent where code has no versions. */
  readonly versions?: Versions;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly observer: Observer;
  /** A value that no other invocation has. */
  nonce(): string;
}

/** What a function is invoked with. */
export type Delivery =
  | { readonly kind: 'event'; readonly event: EngineEvent; readonly requestId: string }
  | {
      readonly kind: 'timer';
      readonly run: string;
      readonly step: string;
      readonly attempt: number;
      readonly deadlineMs: number;
      /** The instant that was asked for; it never looks before. */
      readonly atMs: number;
      readonly requestId: string;
    }
  | {
      /** Another version of the code has recorded a cause, and found a run here that began with `version`. */
      readonly kind: 'forwarded';
      readonly version: string;
      readonly cause: Cause;
      readonly own: Own;
      readonly requestId: string;
    };
