/**
 * What an ended run still tells (docs/decisions/004): its outcome, names and times, not the data that it carried.
 *
 * Invariant: where the journey awaits the run's own trigger, its data stays, because the document is that event's record.
 */
import type { JourneyDefinition } from '../journey/definition.js';
import type { RunDocument, Step } from './document.js';

export function slimmed(run: RunDocument, { waitsFor }: JourneyDefinition): RunDocument {
  const { data, ...trigger } = run.trigger;
  const steps = new Map([...run.steps].map(([id, step]) => [id, slimmedStep(step)] as const));
  return { ...run, trigger: waitsFor.includes(trigger.name) ? { ...trigger, data } : trigger, steps };
}

function slimmedStep(step: Step): Step {
  if (step.kind === 'wait' && step.matched) {
    const { data: _data, ...matched } = step.matched;
    return { ...step, matched };
  }
  if (step.kind === 'run' || step.kind === 'send') {
    const { result: _result, ...rest } = step;
    return rest;
  }
  return step;
}
