/**
 * A run whose version is gone, written by newer code (V2): where its record fits that code it goes on as that code says, and where
 * it does not, this very write fails it with NonDeterminism. Nothing that was committed changes either way.
 *
 * Owns: what "fits" means, told by the reference: its results, played to the new code in the order in which they were committed,
 * are each of a step that this code is at, and in the end it has called every step on record. Knows no replay.
 */
import type { RunDocument, Step } from '../../lib/engine/stored/document.js';
import { askOf } from './filters.js';
import type { Invocation } from './invocation.js';
import type { JourneySpec } from './program.js';
import { type OpenStep, plainCode, Reference, type Window } from './reference.js';
import { type Recorded, type RunTrack, Violation } from './run-track.js';

/** `doomed`: it does not fit, and its calls have to be revoked before the write that fails it. */
export type Takeover = 'fits' | 'does not fit' | 'doomed';

/** @param spec of the code that writes. Gives the run the reference of that code, in the place that its record says. */
export function takeOver(
  track: RunTrack,
  after: RunDocument,
  by: Invocation,
  spec: JourneySpec,
  records: readonly Recorded[],
): Takeover {
  const where = `${by.label} takes run ${track.label} over from version ${track.doc.codeVersion}`;
  if (!(Number(by.codeVersion) > Number(track.doc.codeVersion)))
    throw new Violation('V1', `${where} to version ${by.codeVersion}, which is older`);
  if (after.codeVersion !== by.codeVersion)
    throw new Violation('V1', `${where}, and writes that it is of version ${after.codeVersion}`);
  assertKept(track.doc, after, where);
  const { reference, fits } = placed(spec, track, records);
  track.reference = reference;
  if (fits) return 'fits';
  track.doomed = true;
  return failing(track, after, where);
}

/** What is written of a run whose code does not fit its record: its failure; before that, while it has called and not heard, leases. */
export function failing(track: RunTrack, after: RunDocument, where: string): Takeover {
  assertKept(track.doc, after, where);
  const isSame = after.nseq === track.doc.nseq && after.steps.size === track.doc.steps.size;
  if (isSame && after.status === 'active' && hasCalled(track.doc)) return 'doomed';
  // Code that throws by itself before it comes to what does not fit may say so instead.
  const saysWhy = after.error?.name === 'NonDeterminism' || track.reference.status === 'failed';
  if (!isSame || after.status !== 'failed' || !saysWhy)
    throw new Violation(
      'V2',
      `${where}: its code does not fit the record, but it is ${after.status}, ${after.error?.name ?? 'no error'}`,
    );
  return 'does not fit';
}

/** A call is on record from the result of its sending on, until it returns or its time is up. */
function hasCalled({ steps }: RunDocument): boolean {
  const isOverWith = (id: string): boolean => {
    const [name, count] = id.split(':');
    const wait = steps.get(`${name} (return)${count === undefined ? '' : `:${count}`}`);
    return wait !== undefined && wait.state !== 'waiting';
  };
  return [...steps].some(([id, { kind }]) => kind === 'send' && !isOverWith(id));
}

/** What was committed stays as it is; a run that is over may drop data. */
export function assertKept(before: RunDocument, after: RunDocument, where: string): void {
  for (const [id, step] of before.steps) {
    const now = after.steps.get(id);
    const same = now && now.kind === step.kind && now.state === step.state && now.seq === step.seq;
    const isKept = after.status === 'active' ? same && JSON.stringify(now) === JSON.stringify(step) : same;
    if (step.seq !== undefined && !isKept) throw new Violation('V2', `${where}: committed step ${id} changes`);
  }
}

function placed(
  spec: JourneySpec,
  { doc, reference: { trigger } }: RunTrack,
  records: readonly Recorded[],
): { readonly reference: Reference; readonly fits: boolean } {
  const reference = new Reference(spec, trigger, new Set(doc.steps.keys()));
  const misfit = { reference, fits: false };
  const results = [...doc.steps].filter(([, { seq }]) => seq !== undefined);
  const passed = new Set<string>();
  const onRecord = { home: { pk: doc.pk, value: trigger.value }, records };
  for (const [id, step] of results.sort(([, one], [, other]) => one.seq! - other.seq!)) {
    if (hasOtherKind(reference, doc)) return misfit;
    if (reference.status !== 'active') break;
    const open = reference.open.get(id);
    if (!open) return misfit;
    give(reference, recorded(open, step, onRecord), step, onRecord);
    passed.add(id);
  }
  if (hasOtherKind(reference, doc)) return misfit;
  for (const [id, step] of doc.steps) {
    const open = reference.open.get(id);
    if (!open && !passed.has(id) && id !== plainCode) return misfit;
    if (open && step.seq === undefined) reference.open.set(id, recorded(open, step, onRecord));
  }
  return { reference, fits: true };
}

function hasOtherKind({ open }: Reference, { steps }: RunDocument): boolean {
  return [...open.values()].some((called) => {
    const step = steps.get(called.id);
    if (step?.kind !== 'wait' || called.kind !== 'wait') return step !== undefined && step.kind !== called.kind;
    // A list of events is answered by a list of the same.
    const isList = step.takes === 'all';
    const names = [step, ...(step.others ?? [])].map(({ event }) => event).join();
    return isList !== called.needsAll || (isList && names !== called.windows.map(({ event }) => event).join());
  });
}

/** What was opened by the old code keeps its window, and a step its failed attempts; what the old code returned stays. */
function recorded(open: OpenStep, step: Step, { home, records }: OnRecord): OpenStep {
  if (step.kind === 'sleep') return { ...open, deadlineMs: step.deadlineMs };
  if (step.kind === 'wait') {
    const windows = [step, ...(step.others ?? [])].map(
      ({ event, sinceMs, after, place, call, if: text }, i): Window => {
        const afterId = after?.split('#')[3];
        const consumed = records.find(({ happening: { id, name } }) => id === afterId && name === event)?.happening;
        const found = foundBy(place, home);
        const called = call === undefined ? {} : { call: open.windows[i]?.call ?? call };
        return { event: event as Window['event'], ...found, sinceMs, after: consumed, ...called, ...askOf(text) };
      },
    );
    return { ...open, windows, deadlineMs: step.deadlineMs };
  }
  const gives = step.result === undefined ? ('nothing' as const) : ('object' as const);
  const node = open.node.do === 'run' && step.state === 'done' ? { ...open.node, gives } : open.node;
  return { ...open, node, attempts: step.attempt, retryMs: step.state === 'waiting' ? step.deadlineMs : undefined };
}

/** Where it listens is on record: newer code that would wait elsewhere does not move it. */
function foundBy(place: string | undefined, home: OnRecord['home']): Pick<Window, 'via' | 'value'> {
  if (place === undefined) return { via: 'key', value: home.value };
  const [, path, typed] = place.split('|');
  if (path === '*') return { via: 'every', value: 'every run' };
  const text = typed!.slice(2);
  return { via: 'account', value: typed!.startsWith('n:') ? Number(text) : text };
}

interface OnRecord {
  /** Where the run lives, and by which value events find it there. */
  readonly home: { readonly pk: string; readonly value: unknown };
  readonly records: readonly Recorded[];
}

function give(reference: Reference, open: OpenStep, step: Step, { home, records }: OnRecord): void {
  if (step.state === 'matched') {
    const channels = [step, ...(step.others ?? [])];
    const events = [step.matched!, ...(step.matchedOthers ?? [])].map(({ id, channel = 0 }) => {
      const pk = channels[channel]!.place ?? home.pk;
      return records.find((record) => record.happening.id === id && record.pk === pk)!.happening;
    });
    reference.match(open, ...events);
  } else if (step.state === 'timedOut') reference.timeOut(open);
  else if (step.state === 'failed') reference.failed(open, step.doneAtMs!);
  else if (step.state === 'done') reference.done(open, step.doneAtMs!);
}
