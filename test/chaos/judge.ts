/**
 * What a chaos round came to, judged from outside: by the mails in the outbox, the runs, the timers and the dead letters.
 *
 * Owns: the checks, and telling a documented repetition from a doubling. Must not know: how faults are made, the engine's
 * insides. Invariants: a mail may be repeated only if every earlier one of its kind was sent by an invocation that was killed
 * or failed (a step runs again when it died before its result was committed); outcomes are exact where the events were
 * recorded in order and in time, and one of the possible ones elsewhere.
 */
import type { TimerPayload } from '../../lib/contract.js';
import { killedErrorType } from '../../lib/sandbox/index.js';
import type { Customer } from './customers.js';
import { ofKind, outcomeOf, type Run, type Stage } from './stage.js';

export interface Verdict {
  /** One sentence each; none when the promise held. */
  readonly violations: readonly string[];
  readonly runs: number;
  readonly mails: number;
  /** Mails repeated because the invocation that sent the one before was killed, or failed, before it could commit. */
  readonly repeatedAfterKill: number;
  readonly repeatedAfterFailure: number;
  /** Mails of runs that were cancelled later, or while their function was sending. */
  readonly ofCancelledRuns: number;
  /** Customers whose outcome is fixed by the order of their events, and those where delivery decided. */
  readonly exact: number;
  readonly decidedByDelivery: number;
}

/** Where and when each event was put. */
export interface Put {
  readonly id: string;
  readonly atMs: number;
}

interface RunOf {
  readonly run: Run;
  readonly outcome: string;
  readonly address: string;
}

/** Mails by journey and outcome, by their subjects' first words. */
const mailsOf: Readonly<Record<string, readonly string[]>> = {
  reminded: ['You left something'],
  'purchased after 1': ['Still thinking'],
  'abandoned after 2': ['Still thinking', 'Last call'],
  helped: ['Your first steps'],
  'sales-reminded': ['Lead '],
  offered: ['We have missed'],
  delivered: ['Parcel confirmed'],
  late: ['Parcel confirmed', 'Parcel late'],
  'handed over': ['Handed over'],
  accepted: ['Offer accepted'],
  rejected: ['Offer rejected'],
  silent: ['Offer silent'],
};

/** At rest, while runs still wait: each has its timer, and every timer is somebody's. */
export async function judgeRest(app: Stage): Promise<{ violations: string[]; waiting: number; orphans: number }> {
  const active = await app.runs({ status: 'active' });
  const timers = app.sandbox.schedules().map(({ input }) => JSON.parse(input ?? '{}') as TimerPayload);
  const ids = new Set(active.map(({ runId }) => runId));
  const orphans = timers.map(({ run }) => run).filter((run) => !ids.has(run));
  const unexplained = await withoutFailure(app, orphans);
  const without = active.filter(
    ({ runId, nextDeadline = '' }) =>
      !timers.some(({ run, deadlineMs }) => run === runId && deadlineMs === Date.parse(nextDeadline)),
  );
  return {
    violations: [
      ...without.map(({ journey, key }) => `${journey} ${key} waits without a timer`),
      ...unexplained.map(
        (runId) => `a timer of run ${runId} is left although the run is over and nothing of it failed`,
      ),
      ...lettersOf(app).map((letter) => `a dead letter is left while everything else is at rest: ${letter}`),
    ],
    waiting: active.length,
    orphans: orphans.length,
  };
}

/**
 * A timer that an attempt had set before it died may be left behind a run that is over: it fires once and finds nothing. So
 * one is explained by a failed invocation of its key, and by nothing else.
 */
async function withoutFailure({ sandbox }: Stage, runIds: readonly string[]): Promise<string[]> {
  const unexplained: string[] = [];
  for (const runId of runIds) {
    const response = await fetch(`${sandbox.url}/_sojourn/runs/${encodeURIComponent(runId)}`);
    const { deliveries = [] } = (await response.json()) as { deliveries?: { outcome: string }[] };
    if (!deliveries.some(({ outcome }) => outcome === 'error')) unexplained.push(runId);
  }
  return unexplained;
}

export async function judge(
  app: Stage,
  customers: readonly Customer[],
  puts: ReadonlyMap<Customer, readonly Put[]>,
): Promise<Verdict> {
  const runs = await app.runs();
  const violations: string[] = [];
  const counts = {
    exact: 0,
    decidedByDelivery: 0,
    repeatedAfterKill: 0,
    repeatedAfterFailure: 0,
    ofCancelledRuns: 0,
  };
  const mails = new Mails(app);
  const firstOk = firstSuccesses(app);
  for (const customer of customers) {
    const own = runsOf(customer, runs);
    const say = (what: string) => violations.push(`${customer.journey} ${customer.key} (${customer.story}): ${what}`);
    const outcomes = own.map(({ outcome }) => outcome);
    const exact = isDetermined(customer, puts.get(customer)!, firstOk);
    counts[exact ? 'exact' : 'decidedByDelivery'] += 1;
    const right = exact ? outcomes.join(', ') === customer.expected : customer.possible(outcomes);
    if (!right) say(`${outcomes.join(', ') || 'no run'} instead of ${customer.expected}`);
    for (const each of own) mails.check(each, counts, say);
  }
  violations.push(...mails.unasked().map((mail) => `a mail of no run: ${mail}`));
  violations.push(...app.sandbox.schedules().map(({ name }) => `timer ${name} is left`));
  violations.push(...lettersOf(app).map((letter) => `a dead letter is left: ${letter}`));
  return { violations, runs: runs.length, mails: app.sandbox.outbox().length, ...counts };
}

/** In order of their triggers; of two in one second either may come first. */
function runsOf(customer: Customer, runs: readonly Run[]): RunOf[] {
  const own = runs.filter(({ journey, key }) => journey === customer.journey && key === customer.key);
  return own.map((run, index) => ({ run, outcome: short(run), address: addressOf(customer, index) }));
}

function addressOf(customer: Customer, index: number): string {
  const { user } = (customer.triggers[index] ?? customer.triggers[0]!).data as { user: { email: string } };
  return customer.journey === 'sales-follow-up' ? `Lead ${customer.key} ` : user.email;
}

function short(run: Run): string {
  if (run.journey !== 'cart-week') return outcomeOf(run);
  return run.status === 'completed' ? `${run.output?.outcome} after ${run.output?.reminders}` : outcomeOf(run);
}

/** Whether each event was surely recorded in time and, where that matters, before the next one happened. */
function isDetermined(customer: Customer, puts: readonly Put[], firstOk: ReadonlyMap<string, number>): boolean {
  if (puts.length < 2) return true;
  return puts.every(({ id }, index) => {
    const okMs = firstOk.get(id) ?? Number.POSITIVE_INFINITY;
    const nextMs = puts[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    return okMs < customer.inTimeMs && (!customer.orderMatters || okMs <= nextMs);
  });
}

function firstSuccesses({ activities }: Stage): Map<string, number> {
  const first = new Map<string, number>();
  for (const { trigger, outcome, atMs } of ofKind(activities, 'invoked')) {
    if (outcome === 'ok' && trigger.kind === 'rule' && !first.has(trigger.eventId)) first.set(trigger.eventId, atMs);
  }
  for (const { line, atMs } of ofKind(activities, 'log')) {
    const event = line.includes('"deadLetter":"redriven"') && (JSON.parse(line) as { event?: string }).event;
    if (typeof event === 'string') first.set(event, Math.min(atMs, first.get(event) ?? atMs));
  }
  return first;
}

function lettersOf({ sandbox }: Stage): string[] {
  return sandbox.deadLetters().map(({ queueName, attributes }) => `${queueName} ${JSON.stringify(attributes)}`);
}

interface Sent {
  readonly atMs: number;
  readonly error: string | undefined;
  asked: boolean;
}

type Counts = Pick<
  { -readonly [K in keyof Verdict]: Verdict[K] },
  'repeatedAfterKill' | 'repeatedAfterFailure' | 'ofCancelledRuns'
>;

class Mails {
  /** By address (or lead) and subject. */
  private readonly sent = new Map<string, Sent[]>();

  constructor({ sandbox, activities }: Stage) {
    const errors = new Map<string, string | undefined>();
    for (const { requestId, attempt, error } of ofKind(activities, 'invoked')) {
      errors.set(`${requestId} ${attempt}`, error?.type);
    }
    for (const { to, subject = '', by, atMs } of sandbox.outbox()) {
      const name = subject.startsWith('Lead ') ? subject : `${to[0]} ${subject}`;
      const sender = `${by?.requestId} ${by?.attempt}`;
      const error = errors.has(sender) ? errors.get(sender) : 'a sender that is not known';
      this.sent.set(name, [...(this.sent.get(name) ?? []), { atMs, error, asked: false }]);
    }
  }

  check({ run, outcome, address }: RunOf, counts: Counts, say: (what: string) => void): void {
    const own = [...this.sent].filter(([name]) => name.startsWith(address));
    const wanted = mailsOf[outcome] ?? [];
    for (const subject of wanted) {
      if (!own.some(([name]) => name.includes(subject))) say(`the mail "${subject}..." was lost`);
    }
    for (const [name, mails] of own) {
      for (const mail of mails) mail.asked = true;
      this.checkRepetitions(name, mails, counts, say);
      if (wanted.some((subject) => name.includes(subject))) continue;
      if (run.status !== 'cancelled') say(`${outcome}, and yet a mail: ${name}`);
      else if (mails.every(({ atMs }) => atMs <= Date.parse(run.endedAt ?? ''))) counts.ofCancelledRuns += 1;
      else say(`a mail after its cancellation: ${name}`);
    }
  }

  private checkRepetitions(name: string, mails: readonly Sent[], counts: Counts, say: (what: string) => void): void {
    for (const { error } of mails.slice(0, -1)) {
      if (error === undefined || error.startsWith('a sender'))
        say(`doubled, and not because of ${error ?? 'a death: its sender succeeded'}: ${name}`);
      else if (error === killedErrorType) counts.repeatedAfterKill += 1;
      else counts.repeatedAfterFailure += 1;
    }
  }

  unasked(): string[] {
    return [...this.sent].filter(([, mails]) => mails.some(({ asked }) => !asked)).map(([name]) => name);
  }
}
