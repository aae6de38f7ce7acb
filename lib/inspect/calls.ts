/**
 * A call (step.invoke) as a person reads it: one step, though the document has two, one that sends and one that waits.
 *
 * Owns: which two belong together, what is known of the called run, and the words for it. Pure. Invariants: what belongs together is told
 * by the id of the call, never guessed from names; no event's data but the called journey, its run and how that ended.
 */
import { isCallBy, isRefusalOf } from '../engine/calls/call-identity.js';
import type { CodeStep, RunDocument, Step, WaitStep } from '../engine/stored/document.js';
import { isoSecond } from '../engine/stored/event.js';
import { runIdOf } from '../engine/stored/key.js';

/** A step as it is shown. */
export interface ShownStep {
  /** As the author wrote it. */
  readonly id: string;
  readonly step: Step;
  readonly call?: Call;
}

export interface Call {
  /** The step that waits, in the document and in the name of its timer. */
  readonly waitsAs: string;
  readonly wait: WaitStep;
  readonly sent?: CodeStep;
  /** The called journey; it says so when it returns. */
  readonly journey?: string;
  /** Its run; an ended caller has not kept it. */
  readonly run?: string;
  readonly outcome?: string;
}

export function isCall(shown: ShownStep): shown is ShownStep & { readonly call: Call } {
  return shown.call !== undefined;
}

/** The steps of a run, a call as one of them: where the step stands that sends it. */
export function shownSteps(run: RunDocument): ShownStep[] {
  const calls = new Map<string, Call>();
  for (const [id, step] of run.steps)
    if (step.kind === 'wait' && step.call !== undefined) calls.set(callStepOf(run, id, step), callOf(run, id, step));
  const shown = new Map<string, ShownStep>();
  for (const [id, step] of run.steps) {
    const call = calls.get(id);
    if (call) shown.set(id, { id, step: call.wait, call });
    else if (![...calls.values()].some(({ waitsAs }) => waitsAs === id)) shown.set(id, { id, step });
  }
  return [...shown.values()];
}

/** @returns the name that the author gave to the call that a wait is for, or the wait's own name. */
export function callStepOf(run: RunDocument, id: string, { call }: WaitStep): string {
  if (call === undefined) return id;
  const caller = runIdOf(run);
  return [...run.steps.keys()].find((step) => isCallBy(call, caller, step)) ?? id;
}

function callOf(run: RunDocument, waitsAs: string, wait: WaitStep): Call {
  const sent = run.steps.get(callStepOf(run, waitsAs, wait));
  const { matched } = wait;
  const told = (matched?.data ?? {}) as { readonly run?: unknown; readonly status?: unknown };
  const [, journey] = /^sojourn\.(.+)$/.exec(matched?.source ?? '') ?? [];
  const outcome = matched && isRefusalOf(matched, wait.call) ? 'refused' : told.status;
  return {
    waitsAs,
    wait,
    ...(sent?.kind === 'send' && { sent }),
    ...(journey !== undefined && { journey }),
    ...(typeof told.run === 'string' && { run: told.run }),
    ...(typeof outcome === 'string' && { outcome }),
  };
}

/** @param invokes journeys that the definition says it calls: where there is one, it is that. */
export function callStory(
  run: RunDocument,
  { id, call }: ShownStep & { readonly call: Call },
  invokes?: readonly string[],
): string {
  const { wait, sent, outcome } = call;
  const only = invokes?.length === 1 ? invokes[0] : undefined;
  const whom = call.journey ?? only ?? 'another journey';
  const at = sent?.doneAtMs === undefined ? '' : ` at ${isoSecond(sent.doneAtMs)}`;
  const called = `'${id}': it called ${whom}${at}`;
  if (wait.matched) {
    const when = isoSecond(wait.matched.timeMs);
    if (outcome === 'refused') return `${called}, which refused the call at ${when}.`;
    const its = call.run === undefined ? 'whose run' : `whose run ${call.run}`;
    return `${called}, ${its} was over at ${when}${outcome === undefined ? '' : ` (${outcome})`}.`;
  }
  const until = isoSecond(wait.deadlineMs);
  if (wait.state === 'timedOut') return `${called}, whose run was not over by ${until}, and was cancelled.`;
  if (run.status !== 'active') return `${called}; the run ended before the called one, which was cancelled.`;
  return `${called}, and waits for the end of its run until ${until}.`;
}
