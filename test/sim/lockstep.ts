/**
 * Follows the writes of a run with the reference model: each write must be something that the reference can do next, and
 * each decision the first in event order of what was on record in time.
 *
 * Invariant: it looks at documents and records only, never at how the engine came to them.
 */
import type { RunDocument, Step, WaitStep } from '../../lib/engine/stored/document.js';
import { limits } from '../../lib/limits.js';
import { storedIf } from './filters.js';
import type { Invocation, Look } from './invocation.js';
import {
  type Again,
  type Happening,
  isBefore,
  isBeforeDeadline,
  type OpenStep,
  plainCode,
  type Reference,
} from './reference.js';
import { type Recorded, type RunTrack, Violation } from './run-track.js';

/** The clock of an invocation is off by less than this. */
export const mostSkewMs = 2_000;

type Choice =
  | { readonly kind: 'cancel'; readonly event: Recorded }
  /** `event` is the last of those that it needs. */
  | { readonly kind: 'match'; readonly event: Recorded; readonly events: readonly Recorded[]; readonly step: OpenStep }
  | { readonly kind: 'timeout'; readonly deadlineMs: number; readonly step: OpenStep }
  /** The time of the whole run is up. */
  | { readonly kind: 'finish'; readonly deadlineMs: number };

/** @throws Violation when a write (`after`) is nothing that the run could come to. */
export function follow(track: RunTrack, after: RunDocument, by: Invocation, records: readonly Recorded[]): void {
  const before = track.doc;
  const news = newsOf(before, after);
  let seq = before.nseq;
  seq += followDecision(track, { before, after, news }, { by, records });
  seq += followCode(track, { before, after, news }, seq);
  for (const id of news) opens(track, id, after.steps.get(id)!);
  same('S1', `number of results of ${track.label}`, after.nseq, seq);
  if (after.status !== 'active') ends(track, after);
}

interface Write {
  readonly before: RunDocument;
  readonly after: RunDocument;
  /** Steps of which it says something new; each is taken out once it is explained. */
  readonly news: Set<string>;
}

function newsOf(before: RunDocument, after: RunDocument): Set<string> {
  for (const [id, { state }] of before.steps) {
    const mayGo = id === plainCode && state !== 'waiting';
    if (!after.steps.has(id) && !mayGo) throw new Violation('S1', `step ${id} is gone from the document`);
  }
  // Plain code that got further leaves no result, only what its timer is called by.
  const isTold = (id: string, step: Step): boolean => id !== plainCode || step.state !== 'done';
  return new Set(
    [...after.steps].flatMap(([id, step]) => (isTold(id, step) && isNews(before.steps.get(id), step) ? [id] : [])),
  );
}

/** At most one thing that a run waited for has come. @returns how many results that is. */
function followDecision(track: RunTrack, { before, after, news }: Write, told: Told): number {
  const decided = [...news].filter((id) => before.steps.get(id)?.state === 'waiting');
  if (plainCodeCameBack(before, after, told.by)) told.by.decidedSinceLook = true;
  if (decided.length > 1) throw new Violation('S1', `two decisions in one write: ${decided.join(', ')}`);
  const [id] = decided;
  if (id === undefined) return 0;
  const step = after.steps.get(id)!;
  decide(track, id, step, told);
  told.by.decidedSinceLook = true;
  if (step.kind === 'run' || step.kind === 'send') {
    // The time of a retry: it may have run since, which followCode sees.
    if (step.state === 'due' && step.attempt === track.reference.open.get(id)?.attempts) news.delete(id);
    return 0;
  }
  same('S1', `seq of ${id}`, step.seq, before.nseq + 1);
  news.delete(id);
  return 1;
}

/** The time of plain code's retry was up, and it went on. (It may also go on before: that decides nothing.) */
function plainCodeCameBack(before: RunDocument, after: RunDocument, by: Invocation): boolean {
  const look = by.lookOf(before.pk);
  const plain = before.steps.get(plainCode);
  if (plain?.state !== 'waiting' || after.steps.get(plainCode)?.state === 'waiting') return false;
  return look !== undefined && plain.deadlineMs! <= look.atMs + mostSkewMs;
}

/** User functions that have run, in the order of the code. @returns how many results that is. */
function followCode(track: RunTrack, { after, news }: Write, seq: number): number {
  let results = 0;
  for (let code = nextCode(track, after); code && news.has(code.id); code = nextCode(track, after)) {
    const step = after.steps.get(code.id)!;
    news.delete(code.id);
    if (!ran(track, code, step)) continue;
    results += 1;
    same('S1', `seq of ${code.id}`, step.seq, seq + results);
  }
  return results;
}

/** Whether this write says something new about a step. An ended run drops data that is not needed any more; that is none. */
function isNews(before: Step | undefined, after: Step): boolean {
  if (!before) return true;
  if (before.kind !== after.kind) throw new Violation('S1', `a ${before.kind} became a ${after.kind}`);
  const attempt = (step: Step): number => ('attempt' in step ? step.attempt : 0);
  if (before.state === after.state && attempt(before) === attempt(after)) return false;
  if (before.seq !== undefined) throw new Violation('S1', `a step that was ${before.state} became ${after.state}`);
  return true;
}

/** The user function whose turn it is. Plain code that goes on, or fails for good, leaves no step of its own. */
function nextCode({ reference }: RunTrack, after: RunDocument): OpenStep | undefined {
  const plain = reference.open.get(plainCode);
  if (!plain) return reference.code();
  const outcomes = reference.outcomesOf(plain, { published: true }, retryOf(plain, after.endedAtMs));
  if (outcomes.includes('done') && after.steps.get(plainCode)?.state !== 'waiting') reference.plain(plain, 'done');
  else if (outcomes.includes('failed') && after.status === 'failed') reference.plain(plain, 'failed');
  return reference.code();
}

/** A function has run. @returns whether its step has a result. */
function ran(track: RunTrack, code: OpenStep, step: Step): boolean {
  const { reference } = track;
  const where = `step ${code.id} of ${track.label}`;
  const published = step.state === 'done';
  if (step.kind !== code.kind || step.kind === 'wait' || step.kind === 'sleep')
    throw new Violation('S1', `${where} is a ${code.kind}, recorded as ${step.kind}`);
  const outcome = step.state === 'waiting' || step.state === 'due' ? 'again' : step.state;
  const again = outcome === 'again' ? at(step.deadlineMs) : retryOf(code, step.doneAtMs);
  const expected = reference.outcomesOf(code, { published }, again);
  if (!expected.includes(outcome))
    throw new Violation('S1', `outcome of ${where} is ${outcome}, expected ${expected.join(' or ')}`);
  if (step.state === 'done') reference.done(code, step.doneAtMs!);
  else if (step.state === 'failed') reference.failed(code, step.doneAtMs!);
  else {
    code.attempts += 1;
    same('S1', `failed attempts of ${where}`, step.attempt, code.attempts);
    code.retryMs = step.state === 'waiting' ? step.deadlineMs : undefined;
  }
  return outcome !== 'again';
}

/** When an attempt could begin after this one has failed. */
function retryOf({ node, attempts }: OpenStep, failedAtMs: number | undefined): Again {
  if (failedAtMs === undefined) return at(undefined);
  if ('how' in node && node.how === 'later') return at(failedAtMs + 180_000);
  const delays = limits.retryDelaysMs;
  const delayMs = delays[Math.min(attempts, delays.length - 1)]!;
  return { earliestMs: failedAtMs + delayMs, latestMs: failedAtMs + delayMs * (1 + limits.retryJitter) };
}

/** A retry that may begin at once has no time. */
function at(timeMs = Number.NEGATIVE_INFINITY): Again {
  return { earliestMs: timeMs, latestMs: timeMs };
}

/** A wait or a sleep shows for the first time: its window must be the one that its place in the code gives it. */
function opens(track: RunTrack, id: string, step: Step): void {
  const open = track.reference.open.get(id);
  const where = `${step.kind} ${id} of ${track.label}`;
  if (!open || open.kind !== step.kind)
    throw new Violation('order', `${where} is not called at this place of the code`);
  if (step.kind !== 'wait' && step.kind !== 'sleep') throw new Violation('order', `${where} ran before its turn`);
  if (step.state !== 'waiting') throw new Violation('S1', `${where} is ${step.state} before it was ever seen waiting`);
  same('order', `deadline of ${where}`, step.deadlineMs, open.deadlineMs);
  if (step.kind !== 'wait') return;
  listens(where, step, open);
}

/** A wait shows every event that it awaits, and what of them it takes. */
function listens(where: string, step: WaitStep, { windows, node }: OpenStep): void {
  const channels = [step, ...(step.others ?? [])];
  same('order', `number of events of ${where}`, channels.length, windows.length);
  for (const [i, window] of windows.entries()) {
    const { event, sinceMs, after, call, if: text } = channels[i]!;
    same('order', `whether ${where} is for a called run`, call !== undefined, window.call !== undefined);
    if (call === undefined) same('order', `event of ${where}`, event, window.event);
    same('order', `if of ${where}`, text, storedIf(window));
    same('order', `since of ${where}`, sinceMs, window.sinceMs);
    same('order', `whether ${where} skips events`, after !== undefined, window.after !== undefined);
  }
  const takes = node.do === 'wait' ? node.takes : undefined;
  same('order', `what ${where} takes`, step.takes ?? 'any', takes ?? 'any');
}

function ends(track: RunTrack, after: RunDocument): void {
  const { reference } = track;
  same('order', `status of ${track.label}`, after.status, reference.status);
  if (after.status === 'completed')
    same('S1', `output of ${track.label}`, JSON.stringify(after.output), JSON.stringify(reference.passed));
}

interface Told {
  readonly by: Invocation;
  readonly records: readonly Recorded[];
}

/** A match or a timeout: it must be possible, and nothing that was on record in time may come before it. */
function decide(track: RunTrack, id: string, step: Step, told: Told): void {
  const { reference } = track;
  const open = reference.open.get(id);
  const where = `${step.kind} ${id} of ${track.label}`;
  if (!open) throw new Violation('S1', `${where} is ${step.state}, but the code does not wait there`);
  const code = reference.code();
  if (code) throw new Violation('order', `${where} is ${step.state} while the code can go on with ${code.id}`);
  if (step.kind === 'wait' && step.state === 'matched') {
    const events = matchedEvents(where, track, step, told.records);
    assertFits(reference, where, open, events);
    assertFirst(track, { kind: 'match', event: lastOf(events), events, step: open }, told);
    reference.match(open, ...events.map(({ happening }) => happening));
    return;
  }
  const deadlineMs = open.retryMs ?? open.deadlineMs;
  assertFirst(track, { kind: 'timeout', deadlineMs, step: open }, told);
  if (open.retryMs === undefined) reference.timeOut(open);
  else open.retryMs = undefined;
}

function matchedEvents(
  where: string,
  { pk: home }: RunTrack,
  step: WaitStep,
  records: readonly Recorded[],
): Recorded[] {
  const channels = [step, ...(step.others ?? [])];
  return [step.matched!, ...(step.matchedOthers ?? [])].map(({ id, channel = 0 }) => {
    const pk = channels[channel]!.place ?? home;
    const event = records.find((record) => record.happening.id === id && record.pk === pk);
    if (!event) throw new Violation('S1', `${where} has matched ${id}, which is not on record here`);
    return event;
  });
}

/** One event that fits, or where the wait needs all, one for each window. */
function assertFits(reference: Reference, where: string, open: OpenStep, events: readonly Recorded[]): void {
  const { windows, needsAll } = open;
  if (events.length !== (needsAll ? windows.length : 1))
    throw new Violation('S1', `${where} has matched ${events.length} events of ${windows.length}`);
  for (const [i, { happening }] of events.entries()) {
    if (!reference.fits(open, happening, needsAll ? [windows[i]!] : windows))
      throw new Violation('order', `${where} has matched ${happening.id}, which does not fit`);
  }
}

function lastOf(events: readonly Recorded[]): Recorded {
  return events.reduce((a, b) => (isBefore(a.happening, b.happening) ? b : a));
}

/** A cancellation. @throws Violation */
export function followCancel(track: RunTrack, by: { readonly id: string; readonly name: string }, told: Told): void {
  const canceller = by.id;
  const { finishMs } = track.reference;
  if (by.name === 'sojourn/timeout.finish' && finishMs !== undefined) {
    assertFirst(track, { kind: 'finish', deadlineMs: finishMs }, told);
    return;
  }
  const event = told.records.find(({ happening }) => happening.id === canceller && track.reference.cancels(happening));
  if (!event) throw new Violation('order', `run ${track.label} is cancelled by ${canceller}, which may not`);
  assertFirst(track, { kind: 'cancel', event }, told);
}

/** What was there to cancel the run when an invocation looked, and nothing else came before: an event, or the run's own time. */
export function overlookedCancel(track: RunTrack, { by, records }: Told): string | undefined {
  const look = by.lookOf(track.pk);
  if (!look) return undefined;
  const { order, atMs } = look;
  const seen = records.filter((other) => other.order <= order);
  const all = candidates(track, records, seen);
  const overlooked = all.find((choice) => {
    const wasThere =
      choice.kind === 'cancel'
        ? choice.event.order < order
        : choice.kind === 'finish' && choice.deadlineMs <= atMs - mostSkewMs;
    return (
      wasThere &&
      !all.some(
        (other) =>
          isEarlier(other, choice) &&
          (isTime(other) ? other.deadlineMs <= atMs + mostSkewMs : other.event.order <= order),
      )
    );
  });
  return overlooked && nameOf(overlooked);
}

function isTime(choice: Choice): choice is Extract<Choice, { deadlineMs: number }> {
  return choice.kind === 'timeout' || choice.kind === 'finish';
}

function assertFirst(track: RunTrack, choice: Choice, told: Told): void {
  const look = told.by.lookOf(track.pk);
  if (!look) throw new Violation('order', `${nameOf(choice)} of ${track.label} was decided without a look`);
  if (isTime(choice) && choice.deadlineMs > look.atMs + mostSkewMs)
    throw new Violation('order', `${nameOf(choice)} of ${track.label} before its time`);
  const seen = told.records.filter((event) => wasSeen(event, choice, look));
  for (const other of candidates(track, told.records, seen)) {
    if (isEarlier(other, choice) && wasInTime(other, choice, look))
      throw new Violation('order', `${nameOf(choice)} of ${track.label}, but ${nameOf(other)} comes before it`);
  }
  if (choice.kind === 'match') assertFirstOfEach(track, choice, seen);
}

/** Of each event that a wait needs, it takes the first that was there. */
function assertFirstOfEach(
  { reference, label }: RunTrack,
  { step, events }: Extract<Choice, { kind: 'match' }>,
  seen: readonly Recorded[],
): void {
  if (!step.needsAll) return;
  for (const [i, { happening }] of events.entries()) {
    const earlier = seen.find(
      (event) => reference.fits(step, event.happening, [step.windows[i]!]) && isBefore(event.happening, happening),
    );
    if (earlier)
      throw new Violation(
        'order',
        `${step.id} of ${label} takes ${happening.id}, not ${earlier.happening.id} before it`,
      );
  }
}

/**
 * All that could happen next to a run, by its document and the records.
 * @param seen what whoever decides had surely seen: a wait that needs all of its events is decided by what is there together.
 */
function* candidatesOf(track: RunTrack, records: readonly Recorded[], seen: readonly Recorded[]): Iterable<Choice> {
  const { reference, doc } = track;
  for (const event of records) if (reference.cancels(event.happening)) yield { kind: 'cancel', event };
  for (const step of reference.open.values())
    if (doc.steps.get(step.id)?.state === 'waiting')
      yield* candidatesOfStep(track, step, step.needsAll ? seen : records);
  if (reference.finishMs !== undefined) yield { kind: 'finish', deadlineMs: reference.finishMs };
}

function* candidatesOfStep({ reference }: RunTrack, step: OpenStep, records: readonly Recorded[]): Iterable<Choice> {
  if (step.kind === 'run' || step.kind === 'send') {
    if (step.retryMs !== undefined) yield { kind: 'timeout', deadlineMs: step.retryMs, step };
    return;
  }
  yield* matchesOf(reference, step, records);
  yield { kind: 'timeout', deadlineMs: step.deadlineMs, step };
}

function* matchesOf(reference: Reference, step: OpenStep, records: readonly Recorded[]): Iterable<Choice> {
  const sets = step.needsAll ? [records] : records.map((event) => [event]);
  for (const set of sets) {
    const taken = reference.takes(
      step,
      set.map(({ happening }) => happening),
    );
    if (!taken) continue;
    const events = taken.map((happening) => set.find((event) => event.happening === happening)!);
    yield { kind: 'match', event: lastOf(events), events, step };
  }
}

function candidates(track: RunTrack, records: readonly Recorded[], seen: readonly Recorded[]): Choice[] {
  return [...candidatesOf(track, records, seen)];
}

function wasInTime(other: Choice, choice: Choice, look: Look): boolean {
  if (isTime(other)) return other.deadlineMs <= look.atMs - mostSkewMs;
  return wasSeen(other.event, choice, look);
}

/**
 * On record before the look began, or before an event that was taken, or too early for any clock to have passed the deadline.
 * Two partitions are read one after the other: of what was recorded meanwhile one may be seen and the other not.
 */
function wasSeen(event: Recorded, choice: Choice, look: Look): boolean {
  if (event.order < look.order) return true;
  if (isTime(choice)) return event.atMs < choice.deadlineMs - mostSkewMs;
  const taken = choice.kind === 'match' ? choice.events : [choice.event];
  return taken.some(({ order, pk }) => pk === event.pk && event.order < order);
}

/** In event order; of equals a cancellation, then a match; and the time of a step before that of the run. */
function isEarlier(a: Choice, b: Choice): boolean {
  if (isTime(a) && isTime(b))
    return (
      a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.kind === 'timeout' && b.kind === 'finish')
    );
  if (isTime(a)) return !isTime(b) && !isBeforeDeadline(b.event.happening, a.deadlineMs);
  if (isTime(b)) return isBeforeDeadline(a.event.happening, b.deadlineMs);
  const [one, other]: [Happening, Happening] = [a.event.happening, b.event.happening];
  return one.id === other.id ? a.kind === 'cancel' && b.kind === 'match' : isBefore(one, other);
}

function nameOf(choice: Choice): string {
  if (choice.kind === 'cancel') return `cancellation by ${choice.event.happening.id}`;
  if (choice.kind === 'match')
    return `match of ${choice.step.id} with ${choice.events.map(({ happening }) => happening.id).join(' and ')}`;
  return choice.kind === 'finish' ? 'time of the run' : `time of ${choice.step.id}`;
}

function same(check: string, what: string, got: unknown, expected: unknown): void {
  if (got !== expected) throw new Violation(check, `${what} is ${String(got)}, expected ${String(expected)}`);
}
