/**
 * What an ended run still tells (docs/decisions/004): its outcome, names and times, not the data that it carried.
 *
 * Invariant: where the journey awaits the run's own trigger, or filters it as a cancelOn, its data stays, because the document is
 * that event's record; and where a handler follows this end, because a retry may have to begin it.
 */
import type { JourneyDefinition } from '../../journey/definition.js';
import { oversizeOf } from '../code/oversize.js';
import type { Plan } from '../code/plan.js';
import { assertFits, storable, storedError } from '../code/result.js';
import { isDataKept } from '../decision/filter-roles.js';
import { handledEnd } from '../ends/after.js';
import { type RunDocument, type Step, type StoredError, withoutMatchedData } from './document.js';

export function slimmed(run: RunDocument, definition: JourneyDefinition): RunDocument {
  const { data: _data, ...trigger } = run.trigger;
  const steps = new Map([...run.steps].map(([id, step]) => [id, slimmedStep(step)] as const));
  const needed = isDataKept(definition, trigger.name) || handledEnd(definition, run) !== undefined;
  return { ...run, trigger: needed ? run.trigger : trigger, steps };
}

function slimmedStep(step: Step): Step {
  if (step.kind === 'wait' && step.matched) return withoutMatchedData(step);
  if (step.kind === 'run' || step.kind === 'send') {
    const { result: _result, ...rest } = step;
    return rest;
  }
  return step;
}

export type End = { readonly output: unknown } | { readonly error: StoredError };

/** What a run ends with: its code's output, or that there is more than a document can hold. Undefined: it goes on. */
export function endOf(plan: Plan, run: RunDocument, definition: JourneyDefinition): End | undefined {
  const oversize = oversizeOf(run);
  if (oversize) return { error: storedError(oversize) };
  try {
    if (plan.next === 'finished') {
      const output = storable('(journey)', plan.output);
      const { trigger, steps } = slimmed(run, definition);
      assertFits('its output', trigger, [...steps, output ?? null]);
      return { output };
    }
    const opened = plan.next === 'blocked' ? plan.opened : [];
    assertFits('what came in', run.trigger, [...run.steps, ...opened]);
    return undefined;
  } catch (error) {
    return { error: storedError(error) };
  }
}
