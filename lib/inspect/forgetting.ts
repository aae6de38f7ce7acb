/**
 * Forgetting a person: what there is under one key value of journeys, and erasing it in an order in which nothing comes back.
 *
 * Owns: the plan (what would be removed) and the order: end the runs, their timers, the dead letters, the items last, because
 * the names of timers are computed from the items. Knows no SDK: `Hub` is what it needs.
 * Invariants: nothing is removed that the plan does not name; a run is erased only when it is over and nobody executes it; a
 * second time it finds nothing, and whatever stopped the first time is found again.
 */
import type { TimerPayload } from '../contract.js';
import { stepTimerName } from '../engine/attempt.js';
import { finishTimer } from '../engine/decision/timeouts.js';
import type { EventRecord, RunDocument } from '../engine/stored/document.js';
import type { Position } from '../engine/stored/event.js';
import { type RunRef, runIdOf } from '../engine/stored/key.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { cancelByHand, type HandCancelling } from './by-hand.js';
import { type Letter, type LetterJourney, partitionOfLetter } from './dead-letters.js';
import type { Records } from './explanation.js';
import { followersOf } from './following.js';
import { type PointerRef, pointersTo, type RecordElsewhere, recordedElsewhere } from './forgetting-elsewhere.js';
import { partitionsOf } from './runs.js';

/** One journey's place, as it is read and mended. */
export interface Hub extends HandCancelling {
  /** @param from leaves out what is older. */
  partition(pk: string, from?: Position): Promise<Records>;
  timerExists(name: string): Promise<boolean>;
  deleteTimer(name: string): Promise<boolean>;
  /** False for a run that is active. */
  eraseRun(ref: RunRef): Promise<boolean>;
  eraseEvent(ref: RunRef): Promise<void>;
  /** Whether a record of an event is there. */
  hasEvent(ref: RunRef): Promise<boolean>;
  /** A pointer by which a run may still be found from another partition. */
  erasePointer(pointer: PointerRef): Promise<void>;
  /** Gives a place free that this run holds; one that another holds stays. @param pk of the claim. */
  eraseClaim(pk: string, holder: RunRef): Promise<void>;
  /** The same as handOver, waiting for its end. */
  handOverAndWait(
    timer: TimerPayload,
    codeVersion?: string,
  ): Promise<{ readonly ok: boolean; readonly message?: string }>;
}

export interface ForgetJourney extends LetterJourney {
  readonly hub: Hub;
}

export interface ForgottenTimer {
  readonly name: string;
  readonly run: string;
  readonly step: string;
}

export interface ForgetPlan<L extends Letter = Letter> {
  readonly places: readonly {
    readonly journey: ForgetJourney;
    readonly runs: readonly RunDocument[];
    readonly events: readonly EventRecord[];
    /** Records of these events, and of the runs' triggers, in other partitions. */
    readonly elsewhere: readonly RecordElsewhere[];
    readonly timers: readonly ForgottenTimer[];
  }[];
  readonly letters: readonly L[];
  readonly isEmpty: boolean;
}

/** @param letters of the hub's queues; those that are not under the key are left out. */
export async function planForgetting<L extends Letter>(
  journeys: readonly ForgetJourney[],
  key: string,
  letters: readonly L[],
): Promise<ForgetPlan<L>> {
  const places = await Promise.all(
    journeys.map(async (journey) => {
      const found = await Promise.all(partitionsOf(journey.id, key).map((pk) => journey.hub.partition(pk)));
      const own = found.flatMap((records) => records.runs);
      // First what follows, because its name is computed from the run that it follows.
      const runs = [...(await followersIn(journey.hub, own)), ...own];
      const events = found.flatMap((records) => records.events);
      const { hub, definition } = journey;
      const elsewhere =
        definition && (await recordedElsewhere(definition, { runs, events }, (ref) => hub.hasEvent(ref)));
      return {
        journey,
        runs,
        events,
        elsewhere: elsewhere ?? [],
        timers: await openTimers(journey.hub, runs, journey.definition),
      };
    }),
  );
  const partitions = new Set(journeys.flatMap(({ id }) => partitionsOf(id, key)));
  const own = letters.filter((letter) => partitions.has(partitionOfLetter(letter, journeys) ?? ''));
  const isEmpty = own.length === 0 && places.every(({ runs, events }) => runs.length + events.length === 0);
  return { places, letters: own, isEmpty };
}

export interface Forgotten {
  readonly cancelled: number;
  readonly runs: number;
  readonly events: number;
  readonly timers: number;
  readonly letters: number;
  /** What is still there, as sentences. Empty: all is gone. */
  readonly left: readonly string[];
}

/** @param removeLetter takes a dead letter out of its queue. */
export async function forget<L extends Letter>(
  plan: ForgetPlan<L>,
  removeLetter: (letter: L) => Promise<void>,
): Promise<Forgotten> {
  const parts: Forgotten[] = [];
  for (const place of plan.places) parts.push(await forgetPlace(place));
  for (const letter of plan.letters) await removeLetter(letter);
  const sum = (pick: (part: Forgotten) => number): number => parts.reduce((total, part) => total + pick(part), 0);
  return {
    cancelled: sum(({ cancelled }) => cancelled),
    runs: sum(({ runs }) => runs),
    events: sum(({ events }) => events),
    timers: sum(({ timers }) => timers),
    letters: plan.letters.length,
    left: parts.flatMap(({ left }) => left),
  };
}

/** The items go last, and only all together: the names of what else there is are computed from them. */
async function forgetPlace({
  journey,
  runs,
  events,
  elsewhere,
  timers,
}: ForgetPlan['places'][number]): Promise<Forgotten> {
  const { hub, definition } = journey;
  const done = { cancelled: 0, runs: 0, events: 0, timers: timers.length, letters: 0 };
  const first = await endRuns(hub, runs, definition);
  // A run that was cancelled just now has its onCancel begun, which has its data, too.
  const begun = await followersBegun(hub, runs);
  const left = [...first.left, ...(await endRuns(hub, begun, definition)).left];
  done.cancelled = first.cancelled;
  // Those that a function has just deleted while it cleaned up count as removed, too.
  for (const { name } of [...timers, ...(await openTimers(hub, begun))]) await hub.deleteTimer(name);
  if (left.length > 0) return { ...done, left };
  // First those elsewhere, which are found by those under the key.
  for (const event of [...elsewhere, ...events]) await hub.eraseEvent(event);
  for (const run of [...begun, ...runs]) {
    // The document names its places and its pointers, so they go first.
    for (const pointer of pointersTo(run)) await hub.erasePointer(pointer);
    for (const place of run.claims ?? []) await hub.eraseClaim(place, run);
    if (await hub.eraseRun(run)) done.runs += 1;
    else left.push(`run ${runIdOf(run)} began anew meanwhile; forget again`);
  }
  return { ...done, events: events.length + elsewhere.length, left };
}

async function endRuns(
  hub: Hub,
  runs: readonly RunDocument[],
  definition: JourneyDefinition | undefined,
): Promise<{ readonly cancelled: number; readonly left: readonly string[] }> {
  let cancelled = 0;
  const left: string[] = [];
  for (const run of runs) {
    const ended = await endRun(hub, run, definition);
    if (ended.cancelled) cancelled += 1;
    if (ended.left !== undefined) left.push(ended.left);
  }
  return { cancelled, left };
}

async function followersIn(hub: Hub, runs: readonly RunDocument[]): Promise<RunDocument[]> {
  return followersOf(runs, async (pk) => (await hub.partition(pk)).runs);
}

/** What follows runs now and is not among them. */
async function followersBegun(hub: Hub, runs: readonly RunDocument[]): Promise<RunDocument[]> {
  const now = await Promise.all(runs.filter(({ status }) => status === 'active').map((run) => hub.run(run)));
  return followersIn(
    hub,
    now.filter((run) => run !== undefined),
  );
}

/** Ends a run and waits until its journey has cleaned up after it. */
async function endRun(
  hub: Hub,
  run: RunDocument,
  definition: JourneyDefinition | undefined,
): Promise<{ readonly cancelled: boolean; readonly left?: string }> {
  const id = runIdOf(run);
  let cleaned: { readonly ok: boolean; readonly message?: string } = { ok: true };
  const waiting: HandCancelling = {
    nowMs: hub.nowMs,
    run: (ref) => hub.run(ref),
    cancel: (...args) => hub.cancel(...args),
    handOver: async (timer) => {
      cleaned = await hub.handOverAndWait(timer, run.codeVersion);
    },
  };
  const ended = await cancelByHand(waiting, run, definition);
  const cancelled = ended.outcome === 'cancelled';
  if (!cleaned.ok) {
    return { cancelled, left: `run ${id} is over, but cleaning up after it failed: ${cleaned.message}; forget again` };
  }
  const now = ended.outcome === 'absent' ? undefined : await hub.run(run);
  // A holder that the cancellation was written over may create timers until its lease ends.
  if (now?.lease !== undefined && now.lease.untilMs > hub.nowMs()) {
    const until = new Date(now.lease.untilMs).toISOString();
    return { cancelled, left: `run ${id} is over, but its code may run until ${until}; forget again after that` };
  }
  return { cancelled };
}

/** The timers that are there, of all that its document names. */
export async function openTimers(
  hub: Pick<Hub, 'timerExists'>,
  runs: readonly RunDocument[],
  definition?: JourneyDefinition,
): Promise<ForgottenTimer[]> {
  const named = runs.flatMap((run) => {
    const finish = definition && finishTimer(definition, run);
    const steps = [...run.steps].flatMap(([step, value]) => {
      const name = stepTimerName(run, step, value);
      return name === undefined ? [] : [{ name, run: runIdOf(run), step }];
    });
    return [...steps, ...(finish ? [{ name: finish.name, run: runIdOf(run), step: finish.step }] : [])];
  });
  const there = await Promise.all(named.map(({ name }) => hub.timerExists(name)));
  return named.filter((_, index) => there[index]);
}
