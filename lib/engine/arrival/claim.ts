/**
 * Claims: of the triggers of one value, one starts its run and the others are skipped. docs/decisions/036.
 *
 * Owns: which places a trigger has to hold, when a place is free, and the tombstone of a trigger that found its place held.
 * Invariants: places are claimed before the run's timers and the run itself, each by one conditional write; a run may begin
 * only while its claim cannot be taken from it: until `untilMs`, or while it is there and not over. What was skipped stays
 * skipped: the tombstone is put where the run would be, IF it does not exist.
 */
import type { JourneyDefinition } from '../../journey/definition.js';
import { keyValueAt } from '../../journey/match.js';
import { isScheduled } from '../../journey/trigger/trigger-cron.js';
import { limits } from '../../limits.js';
import { type Attempt, expiresAtS } from '../attempt.js';
import { returnEvent } from '../calls/invoke.js';
import { isDataKept } from '../decision/filter-roles.js';
import type { Own } from '../ports.js';
import {
  type Claim,
  type ClaimKind,
  type Held,
  isJoined,
  isOver,
  type RunDocument,
  type Skipped,
  storedTrigger,
} from '../stored/document.js';
import { type EngineEvent, eventPosition } from '../stored/event.js';
import { claimWith, holdersOf, isSame } from '../stored/holders.js';
import { claimPartition, type RunRef, runIdOf } from '../stored/key.js';

interface Place {
  readonly kind: ClaimKind;
  readonly pk: string;
  /** How far two events may lie apart to be one. */
  readonly periodMs?: number;
  /** Its holder begins no run, and keeps the place all the same. */
  readonly kept?: true;
}

/** A trigger before its run: held places, or whom it found there. */
export type Standing =
  | { readonly kind: 'free'; readonly claims: readonly string[] }
  | { readonly kind: 'held'; readonly skipped: Skipped; readonly claims: readonly string[] };

/** Claims what the trigger needs, in this order: what is one event starts one run, whatever else is under way. */
export async function claimPlaces(attempt: Attempt, event: EngineEvent, home: string): Promise<Standing> {
  const run = { pk: home, position: eventPosition(event, 'trigger') };
  const places = placesOf(attempt, event);
  const claims: string[] = [];
  for (const place of places) {
    const holder = await claimPlace(attempt, event, run, place);
    if (holder) return { kind: 'held', skipped: { by: place.kind, holder }, claims };
    claims.push(place.pk);
  }
  return { kind: 'free', claims };
}

/**
 * The same of a trigger that can start no run, because its journey is retired: it is the one event of its value for as long as a
 * twin of it may come. Of the place of a singleton it has no need.
 */
export async function isJoinedToAnother(attempt: Attempt, event: EngineEvent, home: string): Promise<boolean> {
  const run = { pk: home, position: eventPosition(event, 'trigger') };
  const place = placesOf(attempt, event).find(({ kind }) => kind === 'idempotency');
  return place !== undefined && (await claimPlace(attempt, event, run, { ...place, kept: true })) !== undefined;
}

/** @returns where to look for what else the event is to the journey; undefined: it is nothing else. */
export async function recordSkipped(
  attempt: Attempt,
  event: EngineEvent,
  pk: string,
  { skipped, claims }: Extract<Standing, { kind: 'held' }>,
): Promise<Own | undefined> {
  const { engine, ports, cause } = attempt;
  const position = eventPosition(event, 'trigger');
  const endedAtMs = ports.clock.nowMs();
  const kept = isDataKept(engine.journey.definition, event.name);
  const tombstone: RunDocument = {
    pk,
    position,
    status: 'skipped',
    rev: 1,
    by: cause,
    trigger: storedTrigger(event, { data: kept && skipped.by !== 'idempotency' }),
    steps: new Map(),
    nseq: 0,
    ...(claims.length > 0 && { claims }),
    skipped,
    // Only of a version that it knows to be another does older code expect a status that it does not know.
    ...(engine.codeVersion !== undefined && { codeVersion: engine.codeVersion }),
    endedAtMs,
    expiresAtS: expiresAtS(engine, endedAtMs),
  };
  const put = await ports.records.begin(tombstone);
  const stored = put.outcome === 'done' ? tombstone : put.stored;
  if (put.outcome === 'done') {
    const holder = runIdOf(skipped.holder);
    ports.observer.fact({ kind: 'runSkipped', run: runIdOf(tombstone), by: skipped.by, holder });
  }
  return stored.skipped ? tellSkipped(attempt, stored) : { pk, position, role: 'trigger' };
}

/**
 * What a trigger is that left a tombstone, now or in an attempt before, by whatever version of the code: who calls is told that
 * nothing began, because the attempt that put it may have died before that.
 * @returns where to look for what else the event is to the journey; undefined: it is nothing else.
 */
export async function tellSkipped(attempt: Attempt, tombstone: RunDocument): Promise<Own | undefined> {
  const { pk, position } = tombstone;
  const returned = returnEvent(attempt.engine.journey.definition.id, tombstone);
  if (returned) await attempt.ports.bus.publish([returned]);
  attempt.announced.add(runIdOf(tombstone));
  return isJoined(tombstone) ? undefined : { pk, position, role: 'trigger' };
}

function placesOf({ engine, ports }: Attempt, event: EngineEvent): Place[] {
  const { id, idempotency, singleton } = engine.journey.definition;
  const places: Place[] = [];
  // A time has no values, and is one run anyway; where the journey has one run in all, it is one of those that ask for it.
  const isTime = isScheduled(engine.journey.definition, event.name);
  const add = (kind: ClaimKind, path: string | undefined, more: { readonly periodMs?: number } = {}): void => {
    const value = path === undefined ? undefined : keyValueAt(event.data, path);
    // A missing value is nobody's: such a trigger starts its run as if nothing were declared.
    if (path !== undefined && value === undefined)
      ports.observer.fact({ kind: 'unmatchable', event: event.name, eventId: event.id, path });
    else places.push({ kind, pk: claimPartition(id, kind, value), ...more });
  };
  if (idempotency && !isTime) add('idempotency', idempotency.paths[event.name], { periodMs: idempotency.periodMs });
  if (singleton && !(isTime && singleton.paths)) add('singleton', singleton.paths?.[event.name]);
  return places;
}

/**
 * Takes a place for a run, as those who hold it now were seen: it replaces the one whose place is free, and leaves beside it
 * whoever is further from it than the period.
 * @returns the run that holds the place, or undefined: it is mine.
 */
async function claimPlace(
  attempt: Attempt,
  event: EngineEvent,
  run: RunRef,
  place: Place,
): Promise<RunRef | undefined> {
  const mine = claimOf(attempt, event, run, place);
  let wanted: Claim | undefined = mine;
  let seen: Claim | undefined;
  while (wanted) {
    const written = await attempt.ports.records.claim(wanted, seen ? { seen } : {});
    if (written.outcome === 'done') return undefined;
    const { stored } = written;
    const held = holdersOf(stored);
    const own = held.find(({ holder }) => isSame(holder, run));
    // A later attempt of mine has asked: its time covers me.
    if (own && own.untilMs >= mine.untilMs) return undefined;
    const near = own ? [] : held.filter((other) => isNear(place, other, mine));
    for (const other of near) if (!(await isGone(attempt, place, other))) return other.holder;
    const staying = held.filter((other) => !near.includes(other));
    wanted = claimWith(stored, mine, { staying, fromMs: oldestOfTwins(attempt, place) });
    seen = stored;
  }
  return undefined;
}

/** Whether two triggers of one value are one event; of a singleton any two are in each other's way. */
function isNear({ periodMs }: Place, one: Held, other: Held): boolean {
  return periodMs === undefined || Math.abs(one.timeMs - other.timeMs) <= periodMs;
}

/** Whose twins are all refused as too late by now, by any clock. */
function oldestOfTwins({ engine, ports }: Attempt, { periodMs }: Place): number {
  if (periodMs === undefined) return Number.NEGATIVE_INFINITY;
  return ports.clock.nowMs() - engine.journey.definition.acceptLateMs - periodMs - limits.claimMarginMs;
}

function claimOf({ engine, ports }: Attempt, event: EngineEvent, holder: RunRef, place: Place): Claim {
  const { clock } = ports;
  const { acceptLateMs, maxDurationMs } = engine.journey.definition;
  const untilMs = clock.nowMs() + clock.remainingMs() + limits.claimMarginMs;
  // By event: until no event of the period can come any more. By run: as long as the run may live, and a redrive of its timer
  // may come, which is accepted however late its events are.
  const lateMs = place.periodMs === undefined ? Math.max(acceptLateMs, limits.defaultAcceptLateMs) : acceptLateMs;
  const keptMs = Math.max(event.timeMs + (place.periodMs ?? maxDurationMs) + lateMs, untilMs + lateMs);
  const expiresAtS = Math.ceil((keptMs + limits.claimMarginMs) / 1_000);
  // That no run is there says nothing of who begins none: nobody replaces it while the place is kept.
  const heldUntilMs = place.kept ? expiresAtS * 1_000 : untilMs;
  return { pk: place.pk, holder, timeMs: event.timeMs, untilMs: heldUntilMs, expiresAtS };
}

/** Whether a holder stands in nobody's way. The clock is read before the run is: it may be put in between. */
async function isGone({ engine, ports }: Attempt, { periodMs }: Place, held: Held): Promise<boolean> {
  const nowMs = ports.clock.nowMs();
  const run = await ports.records.holder(held.holder);
  return periodMs === undefined ? isFree(held, run, nowMs) : isForsaken(engine.journey.definition, held, run, nowMs);
}

/** While a run is active nobody else may have its place. One that is not there was not put yet, or never will be. */
function isFree(held: Held, holder: RunDocument | undefined, nowMs: number): boolean {
  return holder ? isOver(holder) : held.untilMs < nowMs;
}

/**
 * Its holder died before it put its run, and has not come back. Where the table may have forgotten the run (it is kept at
 * least that long after its end), nothing is known: the place stays held.
 */
function isForsaken(
  { acceptLateMs, maxDurationMs }: JourneyDefinition,
  held: Held,
  holder: RunDocument | undefined,
  nowMs: number,
): boolean {
  // What was joined to another event never begins.
  if (holder) return isJoined(holder);
  const keptUntilMs = held.untilMs - limits.claimMarginMs - limits.maxFunctionTimeoutMs + acceptLateMs + maxDurationMs;
  return held.untilMs < nowMs && nowMs < keptUntilMs;
}
