/**
 * record: an invocation writes down what it knows before it looks. DESIGN 4.2, A1 to A3.
 *
 * Invariants: the timers and pointers of a new run's waits are created before the run (I1); a duplicate finds its tombstone and deletes
 * only what is no longer waited for; a sent event's first content wins.
 */
import { type Attempt, expiresAtS, myLease, setStepTimer, stepTimerName } from './attempt.js';
import { replay } from './code/replay.js';
import { isDataKept } from './decision/filter-roles.js';
import { beginsTooLate, finishTimer, timeoutEvent } from './decision/timeouts.js';
import { dropSuperfluousPointers, listensOf, pointTrigger } from './elsewhere/pointer.js';
import { cleanUp } from './ends/cleanup.js';
import type { Own } from './look.js';
import type { Records } from './ports.js';
import { isOver, type RunDocument, type Steps, storedEvent, storedTrigger } from './stored/document.js';
import { type EngineEvent, eventPosition } from './stored/event.js';
import { runIdOf } from './stored/key.js';

/** Where to look after A2, and what it found there: a duplicate's run, or its tombstone. */
export interface Begun {
  readonly own: Own;
  readonly lostTo?: RunDocument;
}

/** A1, A1b, A2 */
export async function recordTrigger(
  attempt: Attempt,
  event: EngineEvent,
  pk: string,
  claims: readonly string[],
): Promise<Begun> {
  const position = eventPosition(event, 'trigger');
  const bare: RunDocument = {
    pk,
    position,
    status: 'active',
    rev: 1,
    by: attempt.cause,
    trigger: storedTrigger(event, { data: true }),
    steps: new Map(),
    nseq: 0,
    ...(attempt.engine.codeVersion !== undefined && { codeVersion: attempt.engine.codeVersion }),
    ...(claims.length > 0 && { claims }),
  };
  const { definition } = attempt.engine.journey;
  if (beginsTooLate(definition, bare, attempt.ports.clock.nowMs())) {
    assertMayBegin(attempt, claims);
    return begunAs(bare, await recordTooLate(attempt, bare));
  }
  const finish = finishTimer(definition, bare);
  if (finish) await attempt.ports.timers.set(finish);
  const plan = await replay(attempt.engine, bare, attempt.ports.turn);
  const opened: Steps = plan.next === 'blocked' ? plan.opened : new Map();
  const heard = await pointTrigger(attempt, bare, opened);
  for (const [id, step] of opened) await setStepTimer(attempt, bare, id, step);
  const lease = plan.next === 'code' && { lease: myLease(attempt, bare) };
  const run: RunDocument = { ...bare, ...heard, steps: opened, ...lease };
  assertMayBegin(attempt, claims);
  const begun = await attempt.ports.records.begin(run);
  if (begun.outcome === 'done') {
    attempt.ports.observer.fact({ kind: 'runStarted', run: runIdOf(run) });
    if (plan.next === 'blocked') for (const line of plan.lines) attempt.ports.observer.line(runIdOf(run), line);
  } else await dropSuperfluous(attempt, begun.stored, opened);
  await dropSuperfluousPointers(attempt, begun, run);
  return begunAs(bare, begun);
}

function begunAs({ pk, position }: RunDocument, begun: Awaited<ReturnType<Records['begin']>>): Begun {
  return {
    own: { pk, position, role: 'trigger' },
    ...(begun.outcome === 'lost' && { lostTo: begun.stored }),
  };
}

/** A2 of a run whose time to begin is up: it is over as soon as it is on record, and none of its code has run. */
async function recordTooLate(attempt: Attempt, bare: RunDocument): ReturnType<Records['begin']> {
  const { engine, ports } = attempt;
  const endedAtMs = ports.clock.nowMs();
  const cancelledBy = timeoutEvent(engine.journey.definition.id, 'start', endedAtMs);
  // An attempt that came in time may have put its pointers, and died: by these they are deleted.
  const ended = { ...bare, ...listensOf(attempt, bare), status: 'cancelled', cancelledBy, endedAtMs } as const;
  const begun = await ports.records.begin({ ...ended, expiresAtS: expiresAtS(engine, endedAtMs) });
  if (begun.outcome === 'lost') return begun;
  ports.observer.fact({ kind: 'runStarted', run: runIdOf(bare) });
  ports.observer.fact({ kind: 'runCancelled', run: runIdOf(bare), event: cancelledBy.name });
  return begun;
}

/** A duplicate has created the timers again: those that nobody waits for any more go. */
async function dropSuperfluous(attempt: Attempt, stored: RunDocument, opened: Steps): Promise<void> {
  for (const [id, step] of opened) {
    const now = stored.steps.get(id);
    const name = stepTimerName(stored, id, step);
    // A run that is over needs none; one of another version of the code may have other steps than this plan. Of a step that
    // waits up to another instant this is nobody's timer.
    const superfluous = now ? now.state !== 'waiting' || stepTimerName(stored, id, now) !== name : isOver(stored);
    if (superfluous && name !== undefined) await attempt.ports.timers.drop(name);
  }
  if (isOver(stored)) await cleanUp(attempt, stored);
}

/** A3 */
export async function recordEvent(
  attempt: Attempt,
  event: EngineEvent,
  pk: string,
  options: { readonly place: 'trigger' | 'event'; readonly sent: boolean },
): Promise<Own> {
  const position = eventPosition(event, options.place);
  const kept = isDataKept(attempt.engine.journey.definition, event.name);
  const record = {
    pk,
    position,
    event: storedEvent(event, { data: kept }),
    expiresAtS: expiresAtS(attempt.engine, event.timeMs),
  };
  await attempt.ports.records.note(record, { firstWins: options.sent || !kept });
  return { pk, position, role: 'event' };
}

/** A process that outlived its invocation must not put a run whose place may be another's by now. */
function assertMayBegin({ ports }: Attempt, claims: readonly string[]): void {
  if (claims.length > 0 && ports.clock.remainingMs() <= 0) throw new OutOfTime('the time of this invocation is up');
}

/** Thrown, so that the trigger comes back. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}
