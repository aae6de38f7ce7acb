/**
 * An event whose runs live elsewhere: recorded in each partition where it has a role, it finds their homes by the pointers
 * there and has the ordinary look at each.
 *
 * Invariants: record, then pointers, then homes (I2): a run puts its pointer, then shows its wait, then looks, so of an event
 * and a wait the later one sees the earlier. Nothing is acknowledged before every home was settled; a home that fails keeps
 * no other from being settled. An attempt that has no time for all of them stops before its time is up, and its retry begins
 * at another home.
 */
import { limits } from '../../limits.js';
import { type Attempt, expiresAtS } from '../attempt.js';
import { isNamedByTrigger } from '../decision/filter-roles.js';
import { cleanUp } from '../ends/cleanup.js';
import { isMine } from '../forward.js';
import { look, type Own } from '../look.js';
import type { Pointer } from '../ports.js';
import { OutOfTime } from '../record.js';
import { type RunDocument, storedEvent } from '../stored/document.js';
import { type EngineEvent, eventPosition, type Position, sha256 } from '../stored/event.js';
import { runIdOf } from '../stored/key.js';
import type { EventPlace } from './correlation.js';
import { isOnRecord } from './correlation-look.js';
import { dropPointer, dropPointers, mayDropPointers } from './pointer.js';

/** The same position in every partition outside of a home, whatever the journey does with the event. */
export function positionElsewhere({ engine }: Attempt, event: EngineEvent): Position {
  return eventPosition(event, isNamedByTrigger(engine.journey.definition, event.name) ? 'trigger' : 'event');
}

/** A3 in each place. */
export async function recordElsewhere(
  attempt: Attempt,
  event: EngineEvent,
  places: readonly EventPlace[],
): Promise<void> {
  const position = positionElsewhere(attempt, event);
  for (const { place, awaited } of places) {
    const record = {
      pk: place,
      position,
      event: storedEvent(event, { data: awaited }),
      expiresAtS: expiresAtS(attempt.engine, event.timeMs),
    };
    await attempt.ports.records.note(record, { firstWins: event.hops > 0 || !awaited });
  }
}

export async function isRecordedElsewhere(
  attempt: Attempt,
  event: EngineEvent,
  places: readonly EventPlace[],
): Promise<boolean> {
  const position = positionElsewhere(attempt, event);
  for (const { place } of places) if (!(await isOnRecord(attempt, place, position))) return false;
  return true;
}

/** What a look at the event's own home has shown; its runs need no second look. */
export interface SeenHome {
  readonly pk: string;
  readonly runs: readonly RunDocument[];
}

/**
 * @param home looks at the event's own home, where it has one.
 * @throws what settling a home threw, once all were tried.
 */
export async function lookEverywhere(
  attempt: Attempt,
  event: EngineEvent,
  places: readonly EventPlace[],
  home: () => Promise<SeenHome | undefined>,
): Promise<void> {
  const failed: unknown[] = [];
  const seen = await home().catch((error: unknown) => {
    failed.push(error);
    return undefined;
  });
  for (const { place } of places) {
    for (const [pk, pointers] of fromAnywhere(attempt, await homesOf(attempt, event, place))) {
      if (isTimeUp(attempt))
        throw together([...failed, new OutOfTime('the time of this invocation is up; its retry goes on')]);
      await settleHome(attempt, event, { pk, pointers, seen }).catch((error: unknown) => void failed.push(error));
    }
  }
  if (failed.length > 0) throw together(failed);
}

async function settleHome(
  attempt: Attempt,
  event: EngineEvent,
  home: { readonly pk: string; readonly pointers: readonly Pointer[]; readonly seen: SeenHome | undefined },
): Promise<void> {
  const { pk, pointers, seen } = home;
  const runs = seen?.pk === pk ? seen.runs : (await look(attempt, ownOf(attempt, event, pk))).runs;
  for (const pointer of pointers) await leave(attempt, pointer, runs);
}

/** With time for a look at one home more: a look that has none left fails by itself, and its home would count as one that failed. */
function isTimeUp({ ports }: Attempt): boolean {
  return ports.clock.remainingMs() <= limits.lookAllowanceMs;
}

/** A home that is found twice fails twice, by the same. */
function together(failed: readonly unknown[]): unknown {
  const [first, ...others] = new Set(failed);
  return others.length === 0
    ? first
    : new AggregateError([first, ...others], `${others.length + 1} keys could not be settled`);
}

/**
 * The homes in a circle that begins somewhere else in each attempt. Pointers of runs that took the event and go on are still there, so
 * attempts that all began at the first home could spend their time on the same ones for ever.
 */
function fromAnywhere(attempt: Attempt, homes: ReadonlyMap<string, Pointer[]>): [string, Pointer[]][] {
  const all = [...homes];
  const first = Number.parseInt(sha256(attempt.nonce).slice(0, 8), 16) % Math.max(1, all.length);
  return [...all.slice(first), ...all.slice(0, first)];
}

function ownOf(attempt: Attempt, event: EngineEvent, home: string): Own {
  return { pk: home, position: positionElsewhere(attempt, event), role: 'event' };
}

/** B3: the pointers for an event, by the home that they name. */
async function homesOf({ ports }: Attempt, event: EngineEvent, place: string): Promise<Map<string, Pointer[]>> {
  const homes = new Map<string, Pointer[]>();
  let after: string | undefined;
  do {
    const page = await ports.pointers.look(place, event.name, after === undefined ? {} : { after });
    for (const pointer of page.pointers) homes.set(pointer.run.pk, [...(homes.get(pointer.run.pk) ?? []), pointer]);
    after = page.after;
  } while (after !== undefined);
  return homes;
}

/** A pointer to a run that is over: whoever ended it has died before deleting it, or put it too late. */
async function leave(attempt: Attempt, pointer: Pointer, runs: readonly RunDocument[]): Promise<void> {
  const run = runs.find(({ position }) => position === pointer.run.position);
  // A run that is not there yet may be about to begin.
  if (!run || !isMine(attempt, run) || !mayDropPointers(attempt, run)) return;
  if (!attempt.cleaned.has(runIdOf(run))) await cleanUp(attempt, run);
  await dropPointers(attempt, run);
  await dropPointer(attempt, pointer);
}
