/**
 * handle: the one path of triggers, events, timers, retries, duplicates and redrives. DESIGN 4.2.
 *
 * An invocation writes down what it knows, then reads the whole partition, and pushes every run there as far as the records
 * allow. It returns to acknowledge; it throws so that its cause comes back (Lambda's retries, then the dead letters).
 */
import { limits } from '../limits.js';
import { intake, Refused, type RefusedCode, rolesByKey, type Taken } from './arrival/intake.js';
import { type Attempt, type Engine, eventCause, timerCause } from './attempt.js';
import { isCall } from './calls/call-identity.js';
import { loadFilters } from './decision/filter.js';
import { filtersAtIntake, isNamedByTrigger } from './decision/filter-roles.js';
import { placesOf } from './elsewhere/correlation.js';
import { look, type Own } from './look.js';
import type { Delivery, Ports } from './ports.js';
import { recordEvent, recordTrigger } from './record.js';
import { isJoined, isOver } from './stored/document.js';
import { type EngineEvent, eventPosition, wholeSecondMs } from './stored/event.js';
import { partitionOf, returnTimerName, runIdOf, runRefOf } from './stored/key.js';

export type { Engine } from './attempt.js';

type EventDelivery = Extract<Delivery, { kind: 'event' }>;
type TimerDelivery = Extract<Delivery, { kind: 'timer' }>;
type ForwardedDelivery = Extract<Delivery, { kind: 'forwarded' }>;

/** @throws Refused for an event that can never be taken; EarlyTimer, Busy and the ports' faults so that the cause comes back. */
export async function handle(engine: Engine, ports: Ports, delivery: Delivery): Promise<void> {
  switch (delivery.kind) {
    case 'event':
      return handleEvent(engine, ports, delivery);
    case 'timer':
      return handleTimer(engine, ports, delivery);
    case 'forwarded':
      return handleForwarded(engine, ports, delivery);
  }
}

async function handleEvent(engine: Engine, ports: Ports, delivery: EventDelivery): Promise<void> {
  const { event } = delivery;
  const { definition } = engine.journey;
  let taken: Taken;
  if (filtersAtIntake(definition, event.name)) await loadFilters();
  try {
    taken = intake(definition, event, ports.clock.nowMs(), engine.journey.schemas);
  } catch (error) {
    if (isPassing(error) && (await wasTaken(engine, ports, delivery))) return;
    if (error instanceof Refused) await refuse(engine, ports, event, `${error.reason} [${error.code}]`);
    throw error;
  }
  switch (taken.kind) {
    case 'ignored':
      ports.observer.fact(taken.fact);
      // Other code may have let it start a run, and died: as for what is refused, its run is looked at. docs/decisions/034.
      if (taken.fact.kind === 'filtered' && (await wasTaken(engine, ports, delivery))) return;
      return refuse(engine, ports, event, 'no trigger of it takes what it gives');
    case 'ahead':
      await ports.timers.bringBack(returnTimerName(definition.id, event), event);
      ports.observer.fact({ kind: 'broughtBack', event: event.name, eventId: event.id, atMs: event.timeMs });
      return;
    case 'taken': {
      for (const fact of taken.facts) ports.observer.fact(fact);
      return take(eventAttempt(engine, ports, delivery), taken);
    }
  }
}

/** Who calls is told; of any other event that is not taken nobody waits for an answer. */
async function refuse({ journey }: Engine, ports: Ports, event: EngineEvent, reason: string): Promise<void> {
  if (!isCall(event)) return;
  // In a chunk of its own: only journeys that refuse calls load it.
  const { refuseCall } = await import('./calls/refusal.js');
  await refuseCall(ports, journey.definition.id, event, reason);
}

type TakenEvent = Extract<Taken, { kind: 'taken' }>;

/** Recorded wherever it has a role, before anything is looked at. */
async function take(attempt: Attempt, taken: TakenEvent): Promise<void> {
  const { event, pk, starts } = taken;
  if (pk !== undefined && starts && attempt.engine.retired) {
    // Its home was looked at before it was recorded elsewhere: where a run of it listens there, it is looked at again.
    if (await begunOrNoted(attempt, { ...taken, pk })) await takeElsewhere(attempt, taken);
    return;
  }
  const own = pk === undefined ? undefined : await record(attempt, event, { ...taken, pk });
  // It is the same as another one, and nothing else.
  if (pk !== undefined && !own) return;
  await takeElsewhere(attempt, taken, own ?? formerHome(attempt, taken));
}

/** Where other code may have let an event start a run that is filtered out now, and has no other role under its key. */
function formerHome({ engine }: Attempt, { event, starts }: TakenEvent): Own | undefined {
  const { definition } = engine.journey;
  if (starts || !isNamedByTrigger(definition, event.name)) return undefined;
  const pk = partitionOf(definition, event);
  return pk === undefined ? undefined : { pk, position: eventPosition(event, 'trigger'), role: 'trigger' };
}

async function takeElsewhere(attempt: Attempt, { event, places }: TakenEvent, own?: Own): Promise<void> {
  if (places.length === 0) {
    if (own) await look(attempt, own);
    return;
  }
  // In a chunk of its own: only journeys with other correlations load it.
  const { lookEverywhere, recordElsewhere } = await import('./elsewhere/correlation-event.js');
  await recordElsewhere(attempt, event, places);
  await lookEverywhere(
    attempt,
    event,
    places,
    async () => own && { pk: own.pk, runs: (await look(attempt, own)).runs },
  );
}

/** Whether another attempt at the same event may have found it good: the time has gone on, or the schema, a path or a key is new. */
function isPassing(error: unknown): boolean {
  return error instanceof Refused && passing.has(error.code);
}

const passing: ReadonlySet<RefusedCode> = new Set(['TooLate', 'SchemaMismatch', 'MissingKey']);

/**
 * An event that is refused or filtered out now may have been taken before by an attempt that died: then nobody else comes back
 * for the lease that this left (docs/decisions/014, 034, 035). So what is on record already takes its path once more; nothing
 * is recorded.
 */
async function wasTaken(engine: Engine, ports: Ports, delivery: EventDelivery): Promise<boolean> {
  const { event } = delivery;
  const { definition } = engine.journey;
  // Positions, by which it would be looked for, have years of four digits.
  if (event.timeMs < 0) return false;
  const { mayStart, awaited, cancels } = rolesByKey(definition, event.name);
  const pk = mayStart || awaited || cancels ? partitionOf(definition, event) : undefined;
  const { places } = placesOf(definition, event);
  const late = { ...event, timeMs: wholeSecondMs(event.timeMs) };
  const attempt = eventAttempt(engine, ports, delivery);
  let wasRecorded = pk !== undefined || places.length > 0;
  let wasJoined = false;
  const { isRecordedElsewhere, lookEverywhere } = await import('./elsewhere/correlation-event.js');
  await lookEverywhere(attempt, late, places, async () => {
    if (pk === undefined) return undefined;
    const role = mayStart ? 'trigger' : 'event';
    const position = eventPosition(late, role);
    const { runs, events } = await look(attempt, { pk, position, role });
    // A trigger that a retired journey noted stands among the events.
    const positions = [position, eventPosition(late, 'event')];
    wasRecorded = [...runs, ...events].some((item) => positions.includes(item.position));
    // It is the same as another one, and was recorded nowhere else.
    wasJoined = runs.some((run) => run.position === position && isJoined(run));
    return { pk, runs };
  });
  return wasJoined || (wasRecorded && isRecordedElsewhere(attempt, late, places));
}

/**
 * A trigger of a retired journey starts no run. Whether it did so before is looked up first: as a record of its own, it would
 * cancel the very run that it has started. What else it is to the journey, it stays.
 * @returns false where it is the same as another one, and nothing else.
 */
async function begunOrNoted(attempt: Attempt, taken: TakenEvent & { readonly pk: string }): Promise<boolean> {
  const { event, pk, awaited, places } = taken;
  const position = eventPosition(event, 'trigger');
  const { runs } = await look(attempt, { pk, position, role: 'trigger' });
  const begun = runs.find((run) => run.position === position);
  if (begun) return !isJoined(begun);
  await refuse(attempt.engine, attempt.ports, event, 'it is retired, and begins no more runs');
  const { cancels } = rolesByKey(attempt.engine.journey.definition, event.name);
  const isNoted = cancels || awaited;
  if (!isNoted && places.length === 0) {
    attempt.ports.observer.fact({ kind: 'notOurs', event: event.name, eventId: event.id });
    return true;
  }
  if (await isHeld(attempt, event, pk)) return false;
  if (isNoted) await look(attempt, await recordEvent(attempt, event, pk, { place: 'event', sent: event.hops > 0 }));
  return true;
}

/** Whether it is the same as another trigger by `idempotency`: then it is nothing. */
async function isHeld(attempt: Attempt, event: EngineEvent, pk: string): Promise<boolean> {
  if (!attempt.engine.journey.definition.idempotency) return false;
  return (await import('./arrival/claim.js')).isJoinedToAnother(attempt, event, pk);
}

function record(
  attempt: Attempt,
  event: EngineEvent,
  taken: { readonly pk: string; readonly starts: boolean },
): Promise<Own | undefined> {
  if (taken.starts) return startOrSkip(attempt, event, taken.pk);
  // Where it stands follows from its name, whatever a filter says of it: a duplicate stands there, too.
  const place = isNamedByTrigger(attempt.engine.journey.definition, event.name) ? 'trigger' : 'event';
  return recordEvent(attempt, event, taken.pk, { place, sent: event.hops > 0 });
}

/** @returns where to look; undefined: the event is the same as one on record, and nothing else. */
async function startOrSkip(attempt: Attempt, event: EngineEvent, pk: string): Promise<Own | undefined> {
  const { idempotency, singleton } = attempt.engine.journey.definition;
  // In a chunk of its own: only journeys that claim load it.
  const claiming = () => import('./arrival/claim.js');
  let claims: readonly string[] = [];
  if (idempotency || singleton) {
    const { claimPlaces, recordSkipped } = await claiming();
    const standing = await claimPlaces(attempt, event, pk);
    if (standing.kind === 'held') return recordSkipped(attempt, event, pk, standing);
    claims = standing.claims;
  }
  const { own, lostTo } = await recordTrigger(attempt, event, pk, claims);
  // An earlier attempt at it was skipped, and it stays so, whoever holds the place by now or whether this version claims any.
  return lostTo?.skipped ? (await claiming()).tellSkipped(attempt, lostTo) : own;
}

async function handleTimer(engine: Engine, ports: Ports, timer: TimerDelivery): Promise<void> {
  const ref = runRefOf(timer.run);
  if (!ref?.pk.startsWith(`${engine.journey.definition.id}|`)) {
    ports.observer.fact({ kind: 'timerOfNoRun', run: timer.run, step: timer.step, status: 'unknown' });
    return;
  }
  await untilItsTime(ports, timer);
  const attempt = newAttempt(engine, ports, timerCause(timer.run, timer.step, timer.attempt), timer.requestId);
  const deadline = { step: timer.step, deadlineMs: timer.deadlineMs };
  const { runs } = await look(attempt, { ...ref, role: 'timer', deadline });
  const run = runs.find((candidate) => runIdOf(candidate) === timer.run);
  if (!run || (isOver(run) && run.by !== attempt.cause)) {
    ports.observer.fact({ kind: 'timerOfNoRun', run: timer.run, step: timer.step, status: run ? 'over' : 'unknown' });
  }
}

/** The cause is on record: its own version wrote it down before it forwarded it. Another one's means that `version` is gone. */
async function handleForwarded(engine: Engine, ports: Ports, delivery: ForwardedDelivery): Promise<void> {
  const { version, cause, own, requestId } = delivery;
  if (!own.pk.startsWith(`${engine.journey.definition.id}|`)) {
    ports.observer.fact({ kind: 'timerOfNoRun', run: own.pk, step: 'forwarded', status: 'unknown' });
    return;
  }
  const attempt = newAttempt(engine, ports, cause, requestId);
  await look(version === engine.codeVersion ? { ...attempt, forwarded: undefined } : attempt, own);
}

/** A timer never looks before its time: found not due, it would be acknowledged and gone. */
async function untilItsTime(ports: Ports, timer: TimerDelivery): Promise<void> {
  const earlyMs = timer.atMs - ports.clock.nowMs();
  if (earlyMs <= 0) return;
  if (earlyMs > limits.timerEarlyWaitMs) throw new EarlyTimer(`timer of step '${timer.step}' came ${earlyMs} ms early`);
  await ports.clock.sleepMs(earlyMs);
}

/** Thrown, so that Lambda brings the timer back a minute later. */
export class EarlyTimer extends Error {
  override readonly name = 'EarlyTimer';
}

function eventAttempt(engine: Engine, ports: Ports, { event, requestId }: EventDelivery): Attempt {
  return { ...newAttempt(engine, ports, eventCause(event.id), requestId), event: event.name };
}

function newAttempt(engine: Engine, ports: Ports, cause: Attempt['cause'], requestId: string): Attempt {
  return {
    engine,
    ports,
    cause,
    requestId,
    nonce: ports.nonce(),
    announced: new Set(),
    owed: new Map(),
    followed: new Set(),
    leaving: new Map(),
    cleaned: new Set(),
    tidied: new Set(),
    failed: new Map(),
    dropped: new Set(),
    forwarded: new Set(),
    gone: new Set(),
  };
}
