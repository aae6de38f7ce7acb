/**
 * How far a load is from AWS's quotas: what a journey's runs ask of each service per second, beside what is granted.
 *
 * Owns: the sums of docs/scale.md. Pure. Invariants: the quotas are those of limits.ts, unraised; what a run does is what the
 * sandbox counts (test/inspect compares); everything that is assumed is an argument or a named constant.
 */
import { limits, quotas } from '../limits.js';
import { assumptions } from './cost.js';
import { prices } from './prices.js';

/** What one run does, on the mean of its endings. */
export interface PerRun {
  readonly events: number;
  readonly invocations: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly timersCreated: number;
  readonly timersDeleted: number;
  readonly timersFired: number;
  /** How long it waits, and so has a schedule. */
  readonly openS: number;
  /** Its document while it waits, with what DynamoDB adds. */
  readonly openBytes: number;
}

const hourS = 3_600;

/** The cart of README: it waits a day; half are bought after twelve hours, the others time out. */
export const cartRun: PerRun = {
  events: 1.5,
  invocations: 2,
  writeUnits: 3,
  readUnits: 2,
  timersCreated: 1,
  timersDeleted: 0.5,
  timersFired: 0.5,
  openS: (12 * hourS + 24 * hourS) / 2,
  openBytes: 800,
};

export interface Use {
  readonly service: 'EventBridge' | 'Scheduler' | 'Lambda' | 'DynamoDB';
  readonly what: string;
  /** How it follows from events per second, in words. */
  readonly sum: string;
  readonly used: number;
  readonly quota: number;
  /** used / quota. */
  readonly share: number;
  /** What happens beyond it. */
  readonly beyond: string;
}

/** @param eventsPerS of one journey, on a hub of its own. */
export function load(eventsPerS: number, run: PerRun = cartRun): Use[] {
  const runsPerS = eventsPerS / run.events;
  const invocationsPerS = runsPerS * run.invocations;
  const waiting = runsPerS * run.openS;
  return [
    {
      service: 'EventBridge',
      what: 'PutEvents requests per second',
      sum: `events / ${limits.putEventsEntries}, as producers fill their calls`,
      ...share(eventsPerS / limits.putEventsEntries, quotas.putEventsRequestsPerS),
      beyond: 'the producer is throttled',
    },
    {
      service: 'EventBridge',
      what: 'hand-offs per second',
      sum: 'one for each event and journey that listens',
      ...share(eventsPerS, quotas.busInvocationsPerS),
      beyond: 'events come later, for up to a day',
    },
    ...scheduler(runsPerS, waiting, run),
    {
      service: 'Lambda',
      what: 'concurrent invocations',
      sum: `invocations per second × ${assumptions.billedMs} ms`,
      ...share((invocationsPerS * assumptions.billedMs) / 1_000, quotas.concurrentInvocations),
      beyond: 'events and timers wait in Lambda’s queue, for up to six hours',
    },
    {
      service: 'DynamoDB',
      what: 'write units per second',
      sum: `runs per second × ${run.writeUnits}`,
      ...share(runsPerS * run.writeUnits, quotas.tableWriteUnitsPerS),
      beyond: 'writes are throttled: retries, then Lambda’s, then the dead letters, which redrive themselves',
    },
    {
      service: 'DynamoDB',
      what: 'read units per second',
      sum: `runs per second × ${run.readUnits}`,
      ...share(runsPerS * run.readUnits, quotas.tableReadUnitsPerS),
      beyond: 'as for writes',
    },
  ];
}

function scheduler(runsPerS: number, waiting: number, run: PerRun): Use[] {
  const service = 'Scheduler';
  const refused = 'the invocation fails and comes back; the run begins later';
  return [
    {
      service,
      what: 'schedules that wait',
      sum: `runs per second × ${run.openS / hourS} h`,
      ...share(waiting, quotas.schedules),
      beyond: 'new waits are refused: runs go to the dead letters, which redrive themselves for about a day',
    },
    {
      service,
      what: 'CreateSchedule per second',
      sum: 'one for each run',
      ...share(runsPerS * run.timersCreated, quotas.createSchedulesPerS),
      beyond: refused,
    },
    {
      service,
      what: 'DeleteSchedule per second',
      sum: 'one for each run that matches',
      ...share(runsPerS * run.timersDeleted, quotas.deleteSchedulesPerS),
      beyond: 'the invocation comes back; a timer that stays fires once and finds nothing',
    },
    {
      service,
      what: 'timers that fire per second',
      sum: 'one for each run that times out',
      ...share(runsPerS * run.timersFired, quotas.timerFiresPerS),
      beyond: 'timers fire later, in no order',
    },
  ];
}

function share(used: number, quota: number): Pick<Use, 'used' | 'quota' | 'share'> {
  return { used, quota, share: used / quota };
}

/** What is over its quota, the worst first; where nothing is, what comes closest. */
export function breaksFirst(uses: readonly Use[]): Use[] {
  const sorted = uses.toSorted((one, other) => other.share - one.share);
  const over = sorted.filter((use) => use.share > 1);
  return over.length > 0 ? over : sorted.slice(0, 1);
}

export interface Waiting {
  readonly schedulesShare: number;
  readonly tableGb: number;
  /** A month of the table and its backups: all that waiting costs. */
  readonly usdPerMonth: number;
  /** Timers that fire per second, if all deadlines lie evenly within this and half of the runs time out. */
  readonly firesPerS: (withinS: number) => number;
}

export function waiting(runs: number, run: PerRun = cartRun): Waiting {
  const tableGb = (runs * run.openBytes) / 1e9;
  return {
    schedulesShare: (runs * run.timersCreated) / quotas.schedules,
    tableGb,
    usdPerMonth: tableGb * (prices.tableGbMonth.usd + prices.backupGbMonth.usd),
    firesPerS: (withinS) => (runs * run.timersFired) / withinS,
  };
}

/** How late the last of so many timers of one instant fires, beside Scheduler's own minute. */
export function herdLateS(timers: number): number {
  return timers / quotas.timerFiresPerS;
}

/** Bytes of an ended run of a cart: what a look reads of the past. */
const pastItemBytes = 600;
/** What one more trigger of the same key costs: its own run, and the cancellation of the one before. */
const hotTriggerWrites = 2;
const latestWinsLookUnits = 2;

export interface HotKey {
  /** Triggers per second of one key of a latest-wins journey: bounded by writes. */
  readonly latestWinsPerS: number;
  /** Its looks, by reads, would allow this. */
  readonly latestWinsLooksPerS: number;
  /** Items of one key within the horizon at which one look per second is all that a partition gives, elsewhere. */
  readonly itemsAtOneLookPerS: number;
}

export function hotKey(): HotKey {
  return {
    latestWinsPerS: quotas.partitionWriteUnitsPerS / hotTriggerWrites,
    latestWinsLooksPerS: quotas.partitionReadUnitsPerS / latestWinsLookUnits,
    itemsAtOneLookPerS: Math.floor((quotas.partitionReadUnitsPerS * limits.readUnitBytes) / pastItemBytes),
  };
}

/** Read units of one look at a key with so many items in its past, in a journey that is not latest-wins. */
export function lookUnits(items: number): number {
  return Math.max(1, Math.ceil((items * pastItemBytes) / limits.readUnitBytes));
}
