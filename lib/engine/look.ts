/**
 * look: reads the whole partition and settles every run in it, until nothing asks for another look. DESIGN 4.2, `look`.
 *
 * Invariants: the clock is read before the Query (I7); runs are settled oldest first, each by the version of the code that it
 * began with; one broken run never keeps the others from being settled; a floor is trusted only below the cause's own item.
 */
import { isLatestWins, type JourneyDefinition } from '../journey/definition.js';
import { isInCalls } from '../journey/invoke.js';
import { limits } from '../limits.js';
import type { Attempt } from './attempt.js';
import type { Trace } from './decision/decide.js';
import { loadFilters } from './decision/filter.js';
import { tellFailures } from './decision/filter-failures.js';
import { filtersAtDecision } from './decision/filter-roles.js';
import { finishDeadlineMs, finishStep } from './decision/timeouts.js';
import { readElsewhere } from './elsewhere/correlation-look.js';
import { dropLastPointers } from './elsewhere/pointer.js';
import { afterTrigger } from './ends/after.js';
import { adopted, forward, isMine } from './forward.js';
import type { Own } from './ports.js';
import { recordTrigger } from './record.js';
import { type Settled, settle } from './settle.js';
import { type EventRecord, isJoined, isOver, type RunDocument } from './stored/document.js';
import { type Position, positionFloor, timeOfPosition } from './stored/event.js';
import { afterPartitionOf, type RunId, runIdOf } from './stored/key.js';

export type { Own } from './ports.js';

interface Snapshot {
  readonly nowMs: number;
  /** Oldest first. */
  readonly runs: readonly RunDocument[];
  readonly events: readonly EventRecord[];
}

/** Held by another attempt at the same cause: thrown, so that the cause comes back (never acknowledged). */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** Looks until all is settled. @returns the last snapshot. @throws what settling a run threw, or Busy. */
export async function look(attempt: Attempt, own: Own): Promise<Snapshot> {
  const failed = new Map<RunId, unknown>();
  try {
    return await settled(attempt, own, failed);
  } finally {
    for (const [id, error] of failed) attempt.failed.set(id, error);
  }
}

/** @param failed runs that this look could not settle. */
async function settled(attempt: Attempt, own: Own, failed: Map<RunId, unknown>): Promise<Snapshot> {
  let told = false;
  while (true) {
    const snapshot = await read(attempt, own);
    for (const id of snapshot.runs.map(runIdOf)) if (attempt.failed.has(id)) failed.set(id, attempt.failed.get(id));
    if (filtersAtDecision(attempt.engine.journey.definition, snapshot.runs)) await loadFilters();
    if (!told) tellFailures(attempt, own, snapshot);
    told = true;
    await forward(attempt, own, snapshot.runs, failed);
    const mine = snapshot.runs.filter((run) => isMine(attempt, run));
    const elsewhere = await readElsewhere(attempt, mine);
    const { again, busy, over } = await settleAll(attempt, { ...snapshot, elsewhere }, failed);
    if (again) {
      assertTimeLeft(attempt, failed);
      continue;
    }
    await followUp(attempt, failed);
    await dropLastPointers(attempt, failed);
    assertNoneFailed(failed);
    if (busy) throw new Busy('another attempt at this cause holds a run');
    assertNotOvertaken(attempt, own, snapshot, over);
    return snapshot;
  }
}

/** Begins what follows the ends that my cause has written, each in a partition of its own, and looks there. */
async function followUp(attempt: Attempt, failed: Map<RunId, unknown>): Promise<void> {
  const { owed, followed } = attempt;
  for (const [id, ended] of owed) {
    // Versions are told of a cause by partition.
    const there = {
      ...attempt,
      owed: new Map(),
      leaving: new Map(),
      ...(attempt.forwarded && { forwarded: new Set<string>() }),
    };
    try {
      const { own } = await recordTrigger(there, afterTrigger(ended), afterPartitionOf(ended), []);
      await look(there, own);
      followed.add(id);
    } catch (error) {
      failed.set(id, error);
    }
  }
  owed.clear();
}

/** B1 */
async function read(attempt: Attempt, own: Own): Promise<Snapshot> {
  const { definition } = attempt.engine.journey;
  const clockMs = attempt.ports.clock.nowMs();
  // What comes back late may still hold a run that was as old as can be when it came first.
  const cameMs = Math.min(clockMs, cameAtMs(own));
  // Nothing stands before 1970; a forged deadline may.
  const horizon = positionFloor(Math.max(0, cameMs - definition.acceptLateMs - definition.maxDurationMs));
  // A timer's run is looked at however old it is: acknowledged unseen, it would wait for ever.
  const from = own.role === 'timer' && own.position < horizon ? own.position : horizon;
  const latestWins = isLatestWins(definition);
  const limitsOfPages = latestWins ? [...limits.lookPages] : [];
  let runs: RunDocument[] = [];
  const events: EventRecord[] = [];
  let before: Position | undefined;
  do {
    const limit = limitsOfPages.shift();
    const page = await attempt.ports.records.look(own.pk, {
      from,
      ...(before !== undefined && { before }),
      ...(limit !== undefined && { limit }),
    });
    runs.push(...page.runs);
    events.push(...page.events);
    before = page.before;
    const floor = latestWins ? page.runs.find((run) => isFloorFor(attempt, own, run)) : undefined;
    if (floor) {
      // Everything older was over when the floor was set; no older run is used. Records that are older than every run that
      // is kept can stay: they fit none and cancel none.
      runs = runs.filter((run) => run.position >= floor.position);
      before = undefined;
    }
  } while (before !== undefined);
  runs.reverse();
  return { nowMs: nowFor(definition, own, runs, clockMs), runs, events };
}

/**
 * Whether nothing below a run concerns this cause. Where ends are told or followed up, or calls revoked, it may: an earlier
 * attempt may have ended a run below and died before it did that. A floor that is older than the cause cannot lie above such a run.
 */
function isFloorFor({ engine }: Attempt, own: Own, run: RunDocument): boolean {
  if (!run.floor || run.position >= own.position) return false;
  const { definition } = engine.journey;
  if (!engine.lifecycleEvents?.length && !definition.handles && !isInCalls(definition)) return true;
  return run.endedAtMs !== undefined && run.endedAtMs < cameAtMs(own) - limits.maxAheadMs - limits.leaseMarginMs;
}

/** The earliest that this cause can have come first. */
function cameAtMs({ deadline, position }: Own): number {
  return deadline?.deadlineMs ?? timeOfPosition(position);
}

/** A timer fires after its deadline by the Scheduler's clock; mine may be slower. A stale one looks with my own clock. */
function nowFor(definition: JourneyDefinition, own: Own, runs: readonly RunDocument[], clockMs: number): number {
  const { deadline } = own;
  const run = deadline && runs.find(({ position }) => position === own.position);
  if (!run) return clockMs;
  const dueMs =
    deadline.step === finishStep ? finishDeadlineMs(definition, run) : run.steps.get(deadline.step)?.deadlineMs;
  return dueMs === deadline.deadlineMs ? Math.max(clockMs, deadline.deadlineMs) : clockMs;
}

/**
 * @param failed runs that this attempt could not settle: they are left to the attempt that comes back for them. Settled once
 * more by this one, a function could start again without a write in between, and what failed would be forgotten.
 */
async function settleAll(
  attempt: Attempt,
  snapshot: Snapshot & { readonly elsewhere: readonly Trace[] },
  failed: Map<RunId, unknown>,
): Promise<{ again: boolean; busy: boolean; over: ReadonlySet<Position> }> {
  const began = snapshot.runs
    .filter((run) => !isJoined(run))
    .map((run) => ({ position: run.position, event: run.trigger }));
  const traces = [...began, ...snapshot.events, ...snapshot.elsewhere];
  const latestWins = isLatestWins(attempt.engine.journey.definition);
  const over = new Set<Position>();
  const results = new Set<Settled>();
  for (const run of snapshot.runs) {
    if (isOver(run)) over.add(run.position);
    if (failed.has(runIdOf(run)) || !isMine(attempt, run)) continue;
    // A run that this write ends is a floor if every older one that the look read is over.
    const floor =
      latestWins && snapshot.runs.every((older) => older.position >= run.position || over.has(older.position));
    try {
      const settled = await settle(attempt, adopted(attempt, run), { traces, nowMs: snapshot.nowMs, floor });
      if (settled === 'ended') over.add(run.position);
      results.add(settled);
    } catch (error) {
      failed.set(runIdOf(run), error);
    }
  }
  return { again: results.has('again'), busy: results.has('busy'), over };
}

/** Stopping early is a death and a retry, which is safe: all that was settled is written. */
function assertTimeLeft(attempt: Attempt, failed: ReadonlyMap<RunId, unknown>): void {
  if (attempt.ports.clock.remainingMs() > limits.leaseMarginMs) return;
  throw new AggregateError(failed.values(), 'the time of this invocation is up; its retry goes on');
}

function assertNoneFailed(failed: ReadonlyMap<RunId, unknown>): void {
  const errors = [...failed.values()];
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} runs of one key could not be settled`);
}

/**
 * F3: a late trigger takes care of its own run until that is over, because looks of newer events stop above it.
 * @throws Busy
 */
function assertNotOvertaken(attempt: Attempt, own: Own, snapshot: Snapshot, over: ReadonlySet<Position>): void {
  if (own.role !== 'trigger' || !isLatestWins(attempt.engine.journey.definition)) return;
  const overtaken = snapshot.runs.some((run) => run.position > own.position && !isJoined(run));
  const there = snapshot.runs.some((run) => run.position === own.position && isMine(attempt, run));
  if (overtaken && there && !over.has(own.position))
    throw new Busy('my run is not over although a newer trigger is on record');
}
