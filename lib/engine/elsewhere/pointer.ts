/**
 * Pointers: by them an event that is recorded elsewhere finds the runs that listen there. docs/decisions/033.
 *
 * Owns: when a pointer is put and when it goes. Invariants: a pointer is there before what it is for is visible (A1b before
 * A2, D4b before D5), as a timer is; it goes only when its run is over, cleaned up after and told, because it is by the
 * pointer that the cause which ended the run finds it again (protocol check 17).
 */
import { hasOtherPaths } from '../../journey/correlation.js';
import { type Attempt, expiresAtS, isTimerCause } from '../attempt.js';
import { returnEvent } from '../calls/invoke.js';
import { replay } from '../code/replay.js';
import { handledEnd } from '../ends/after.js';
import { cleanUp } from '../ends/cleanup.js';
import type { Pointer, Records } from '../ports.js';
import { isOver, type RunDocument, runEndOf, type Steps } from '../stored/document.js';
import { endedRunOf, pointerName, type RunId, runIdOf } from '../stored/key.js';
import { cancelledElsewhere, type Elsewhere, heardBy, heardBySteps, isSame } from './correlation.js';

/** A1b, D4b: for the channels of what is about to be shown. Those that the run shows already have theirs. */
async function point(attempt: Attempt, run: RunDocument, channels: Iterable<Elsewhere>): Promise<void> {
  const there = [...heardBy(run)];
  for (const channel of channels) {
    if (there.some((other) => isSame(channel, other))) continue;
    await attempt.ports.pointers.put(pointerOf(attempt, run, channel));
    there.push(channel);
  }
}

/** A1b. @returns where the run listens from its birth. */
export async function pointTrigger(
  attempt: Attempt,
  run: RunDocument,
  opened: Steps,
): Promise<Pick<RunDocument, 'listens'>> {
  const heard = listensOf(attempt, run);
  await point(attempt, run, [...(heard.listens ?? []), ...heardBySteps(opened.values())]);
  return heard;
}

/** Where a run can be cancelled from outside of its home; what follows a run is cancelled by nothing. */
export function listensOf({ engine }: Attempt, { pk, trigger }: RunDocument): Pick<RunDocument, 'listens'> {
  const listens = endedRunOf(pk) ? [] : cancelledElsewhere(engine.journey.definition, trigger.data);
  return listens.length > 0 ? { listens } : {};
}

/** A duplicate of a trigger has put the pointers again: for a run that is over, they go. */
export async function dropSuperfluousPointers(
  attempt: Attempt,
  begun: Awaited<ReturnType<Records['begin']>>,
  mine: RunDocument,
): Promise<void> {
  if (begun.outcome === 'done' || !isOver(begun.stored)) return;
  await dropPointersOfMine(attempt, mine, begun.stored);
  if (mayDropPointers(attempt, begun.stored)) await dropPointers(attempt, begun.stored);
}

/** The same for steps that are about to be shown. */
export function pointSteps(attempt: Attempt, run: RunDocument, opened: Steps): Promise<void> {
  return point(attempt, run, heardBySteps(opened.values()));
}

/** A run's end is written and told: its pointers go when what follows it is begun, too. */
export function dropPointersLast(attempt: Attempt, run: RunDocument): void {
  attempt.leaving.set(runIdOf(run), run);
}

/** @param failed runs whose end still owes something: the cause comes back for it, by the pointer. */
export async function dropLastPointers(attempt: Attempt, failed: Map<RunId, unknown>): Promise<void> {
  for (const [id, run] of attempt.leaving) {
    if (failed.has(id)) continue;
    try {
      await dropPointers(attempt, run);
    } catch (error) {
      failed.set(id, error);
    }
  }
  attempt.leaving.clear();
}

/** K2, after all else that a run's end owes. @param run that is over. */
export async function dropPointers(attempt: Attempt, run: RunDocument): Promise<void> {
  if (!hasOtherPaths(attempt.engine.journey.definition) && heardBy(run).length === 0) return;
  const channels = [...heardBy(run), ...(await nextChannels(attempt, run))];
  // By those of my own event my retry finds the rest: they go last.
  const isMyWay = ({ event }: Elsewhere): boolean => event === attempt.event;
  for (const channel of [...channels.filter((one) => !isMyWay(one)), ...channels.filter(isMyWay)]) {
    await dropPointer(attempt, pointerOf(attempt, run, channel));
  }
}

/** My write came too late for a run that is over; what I put for it may be what its ender has deleted already. */
export async function dropPointersOfLost(attempt: Attempt, mine: RunDocument, stored: RunDocument): Promise<void> {
  await dropPointersOfMine(attempt, mine, stored);
  if (!hasOtherPaths(attempt.engine.journey.definition) || !mayDropPointers(attempt, stored)) return;
  await cleanUp(attempt, stored);
  await dropPointers(attempt, stored);
}

/** Of my own copy of a run that another one has ended: what the stored run does not name, nobody else would find. */
async function dropPointersOfMine(attempt: Attempt, mine: RunDocument, stored: RunDocument): Promise<void> {
  const known = heardBy(stored);
  for (const channel of heardBy(mine)) {
    if (!known.some((other) => isSame(channel, other))) await dropPointer(attempt, pointerOf(attempt, mine, channel));
  }
}

export async function dropPointer(attempt: Attempt, pointer: Pointer): Promise<void> {
  const name = `${pointer.place}\n${pointerName(pointer.event, pointer.run)}`;
  if (attempt.dropped.has(name)) return;
  await attempt.ports.pointers.drop(pointer);
  attempt.dropped.add(name);
}

/**
 * Whether I may delete the pointers of a run that is over: who ended it may have died before telling its end, on the bus or to
 * its caller, or before beginning what follows it, and comes back by them.
 */
export function mayDropPointers(attempt: Attempt, run: RunDocument): boolean {
  if (!isOver(run)) return false;
  const { engine } = attempt;
  const end = runEndOf(run);
  if (run.by === attempt.cause || end === undefined || isTimerCause(run.by)) return true;
  if (returnEvent(engine.journey.definition.id, run)) return false;
  return !engine.lifecycleEvents?.includes(end) && handledEnd(engine.journey.definition, run) === undefined;
}

function pointerOf({ engine }: Attempt, run: RunDocument, { event, place }: Elsewhere): Pointer {
  const { pk, position, trigger } = run;
  return { place, event, run: { pk, position }, expiresAtS: expiresAtS(engine, trigger.timeMs) };
}

/** Only a run that was cancelled from outside can have died between putting a pointer and showing its wait. */
async function nextChannels(attempt: Attempt, run: RunDocument): Promise<Elsewhere[]> {
  if (run.status !== 'cancelled' || attempt.engine.journey.definition.waitsElsewhere === undefined) return [];
  const plan = await replay(attempt.engine, run, attempt.ports.turn);
  return plan.next === 'blocked' ? [...heardBySteps(plan.opened.values())] : [];
}
