/**
 * What deleting stacks would lose: counts and fates -> what a person must know before `cdk destroy`, in sentences.
 *
 * Owns: the judgement of what is a loss, and the words. Asks no one: lib/aws/deletion.ts reads fates and schedules.
 * Invariant: a run that has not ended, a timer that is set and a dead letter that is kept are losses whatever stays, for what
 * would act on them goes; what is on record is lost only where its table goes.
 */
import type { RunDocument } from '../engine/stored/document.js';
import { timerNamePrefix } from '../engine/stored/key.js';
import { limits } from '../limits.js';
import { iso } from './view.js';

/** `elsewhere`: in a stack that was not named. */
export type Fate = 'stays' | 'goes' | 'unknown' | 'elsewhere';

/** What deleting means for one journey. */
export interface JourneyLoss {
  readonly journey: string;
  /** Whether its function is in the stacks; a journey may have been taken out, and its runs left. */
  readonly isDeployed: boolean;
  readonly activeRuns: number;
  /** When the last of their waits and sleeps is over. */
  readonly lastDeadline?: string;
  readonly timers: number;
  readonly endedRuns: number;
  readonly runsFate: Fate;
  readonly timersFate: Fate;
}

export interface LetterLoss {
  /** Left to people. */
  readonly people: number;
  /** Tried again by the hub itself. */
  readonly automatic: number;
  readonly fate: Fate;
}

export interface LossFacts {
  readonly journeys: readonly JourneyLoss[];
  readonly letters: LetterLoss;
  /** Timers in a group of the stacks that are no known journey's. */
  readonly otherTimers: number;
  /** Keys of the stacks that would go, by id. */
  readonly keysThatGo: readonly string[];
}

export interface Losses extends LossFacts {
  readonly wouldLose: boolean;
  readonly sentences: readonly string[];
}

export function lossesOf(facts: LossFacts): Losses {
  const { letters, otherTimers } = facts;
  const sentences = [
    ...facts.journeys.flatMap((journey) => [...activeLoss(journey), ...timerLoss(journey), ...recordLoss(journey)]),
    ...(otherTimers === 0
      ? []
      : [`${count(otherTimers, 'timer of no journey here is', 'timers of no journey here are')} in their group.`]),
    ...letterLoss(letters),
    ...keyLoss(facts),
  ];
  return { ...facts, wouldLose: sentences.length > 0, sentences };
}

/** Counts the runs of a table, one after the other. */
export class RunTally {
  activeRuns = 0;
  endedRuns = 0;
  private lastDeadlineMs: number | undefined;

  add(run: Pick<RunDocument, 'status' | 'steps'>): void {
    if (run.status !== 'active') {
      this.endedRuns += 1;
      return;
    }
    this.activeRuns += 1;
    for (const { state, deadlineMs } of run.steps.values()) {
      if (state === 'waiting' && deadlineMs !== undefined)
        this.lastDeadlineMs = Math.max(deadlineMs, this.lastDeadlineMs ?? deadlineMs);
    }
  }

  get counts(): Pick<JourneyLoss, 'activeRuns' | 'endedRuns' | 'lastDeadline'> {
    const { activeRuns, endedRuns, lastDeadlineMs } = this;
    return { activeRuns, endedRuns, ...(lastDeadlineMs !== undefined && { lastDeadline: iso(lastDeadlineMs) }) };
  }
}

/** The name that the construct gives the schedule of a cron trigger (lib/constructs/cron.ts); a timer's has no second hyphen. */
const cronSchedule = /^[0-9a-f]+-cron-/;

/** How many of these schedules are each journey's, by their names; what is left is nobody's. */
export class TimerTally {
  private readonly byPrefix = new Map<string, number>();

  add(name: string): void {
    // A cron trigger's schedule is a resource of the stack, and no run's.
    if (cronSchedule.test(name)) return;
    const prefix = name.slice(0, name.indexOf('-'));
    this.byPrefix.set(prefix, (this.byPrefix.get(prefix) ?? 0) + 1);
  }

  of(journey: string): number {
    return this.byPrefix.get(timerNamePrefix(journey)) ?? 0;
  }

  others(journeys: readonly string[]): number {
    const known = new Set(journeys.map(timerNamePrefix));
    return [...this.byPrefix].reduce((sum, [prefix, timers]) => sum + (known.has(prefix) ? 0 : timers), 0);
  }
}

function activeLoss({ journey, activeRuns, lastDeadline, isDeployed, ...rest }: JourneyLoss): string[] {
  if (activeRuns === 0) return [];
  const isOne = activeRuns === 1;
  const until = lastDeadline === undefined ? '' : `${isOne ? '' : ', the last'} until ${lastDeadline.slice(0, 19)}Z`;
  const subject = `${count(activeRuns, 'run', 'runs')} of ${journey} ${isOne ? 'waits' : 'wait'}${until}`;
  const why = isDeployed
    ? `: ${missing(rest, isOne ? 'its' : 'their')}, so ${isOne ? 'it' : 'they'} will never go on.`
    : ', and no function of it is in what is deleted: it was taken out before, or its stack was not named.';
  return [`${subject}${why} ${recordsOf(rest.runsFate, isOne)}`];
}

/** What a run cannot go on without. */
function missing({ timersFate, timers }: Pick<JourneyLoss, 'timersFate' | 'timers'>, whose: string): string {
  if (timersFate === 'goes' && timers > 0)
    return `${whose} ${timers === 1 ? 'timer' : 'timers'} and function go with the stack`;
  const stays = timers === 1 ? 'timer stays but fires' : 'timers stay but fire';
  const fired = timers === 0 || timersFate === 'unknown' ? '' : `, and ${whose} ${stays} at nothing`;
  return `${whose} function goes with the stack${fired}`;
}

function recordsOf(fate: Fate, isOne: boolean): string {
  const records = isOne ? 'Its record' : 'Their records';
  switch (fate) {
    case 'goes':
      return `${records} ${isOne ? 'goes' : 'go'} with the table.`;
    case 'stays':
      return `${records} ${isOne ? 'stays' : 'stay'} with the table (Retain), as active for ever.`;
    case 'elsewhere':
      return `${records} ${isOne ? 'stays' : 'stay'}, as active for ever: the table is in a stack that was not named.`;
    case 'unknown':
      return 'Whether the table stays cannot be told: its template is no JSON.';
  }
}

/** A journey's timers without an active run: an event dated in the future, or what a holder that died had made. */
function timerLoss({ journey, activeRuns, timers }: JourneyLoss): string[] {
  if (timers === 0 || activeRuns > 0) return [];
  return [
    `${count(timers, 'timer of', 'timers of')} ${journey} ${timers === 1 ? 'is' : 'are'} set without an active run (events dated in the future wait so): what they bring will not happen.`,
  ];
}

function recordLoss({ journey, endedRuns, runsFate }: JourneyLoss): string[] {
  if (endedRuns === 0 || runsFate === 'stays' || runsFate === 'elsewhere') return [];
  const ended = `${count(endedRuns, 'ended run', 'ended runs')} of ${journey}`;
  return [`${ended} ${runsFate === 'goes' ? 'will be gone' : 'may be gone'} with the table.`];
}

function letterLoss({ people, automatic, fate }: LetterLoss): string[] {
  const all = people + automatic;
  if (all === 0) return [];
  const days = limits.deadLetterRetentionMs / 86_400_000;
  const kept = `${count(all, 'dead letter is', 'dead letters are')} kept (${people} left to people, ${automatic} tried again by the hub)`;
  if (fate === 'goes') return [`${kept}: with the stack the queues go, and what is in them.`];
  if (fate === 'unknown') return [`${kept}: nothing will redrive them.`];
  return [`${kept}: the queues stay (Retain) for their ${days} days, but nothing will redrive them.`];
}

/** A table that stays is no comfort where the key to it goes. */
function keyLoss({ keysThatGo, journeys }: LossFacts): string[] {
  const kept = journeys.some(
    ({ activeRuns, endedRuns, runsFate }) => runsFate === 'stays' && activeRuns + endedRuns > 0,
  );
  if (!kept || keysThatGo.length === 0) return [];
  return [
    `With the stack goes the key ${keysThatGo.join(', ')}: what stays and is encrypted with it, nobody can read.`,
  ];
}

function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}
