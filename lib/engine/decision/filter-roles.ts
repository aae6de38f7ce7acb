/**
 * What filters make of an event's roles, and where they are needed.
 *
 * Owns: whether a trigger's `if` lets an event start a run, whose data must be on record for filters to come, and when the
 * library has to be there. Knows no port. Invariant: which place an event takes in event order depends on its name alone, never
 * on a filter: a duplicate stands where the first one stands, whatever a filter says of it (docs/decisions/034).
 */
import type { JourneyDefinition } from '../../journey/definition.js';
import { isScheduled } from '../../journey/trigger/trigger-cron.js';
import { isOver, type RunDocument, storedEvent } from '../stored/document.js';
import type { EngineEvent } from '../stored/event.js';
import { channelsOf } from './channel.js';
import { type FilterFailure, passes } from './filter.js';

/** Whether an event has the name of a trigger: its place in event order is that of triggers. */
export function isNamedByTrigger(definition: JourneyDefinition, name: string): boolean {
  return isScheduled(definition, name) || definition.triggers.some(({ event }) => event === name);
}

export interface Starting {
  readonly starts: boolean;
  /** No trigger took it, and this one could not tell. */
  readonly failure?: FilterFailure;
}

/** An event starts one run, however many triggers it passes. It depends on the event alone, as a duplicate must come to the same. */
export function starting(definition: JourneyDefinition, event: EngineEvent): Starting {
  if (isScheduled(definition, event.name)) return { starts: true };
  const { triggers } = definition;
  let failure: FilterFailure | undefined;
  for (const trigger of triggers) {
    if (trigger.event !== event.name) continue;
    if (trigger.if === undefined) return { starts: true };
    const verdict = passes(trigger.if, storedEvent(event, { data: true }));
    if (verdict.passes) return { starts: true };
    failure ??= verdict.failure;
  }
  return { starts: false, ...(failure && { failure }) };
}

/** Whether the data of an event must be on record: a wait may take it, or a cancelOn asks for it. */
export function isDataKept({ waitsFor, cancelOn }: JourneyDefinition, name: string): boolean {
  return waitsFor.includes(name) || cancelOn.some((cancel) => cancel.event === name && cancel.if !== undefined);
}

/** Whether intake asks a filter: then they must be loaded before. */
export function filtersAtIntake({ triggers }: JourneyDefinition, name: string): boolean {
  return triggers.some((trigger) => trigger.event === name && trigger.if !== undefined);
}

/** Whether a decision about these runs may ask a filter: then they must be loaded before. */
export function filtersAtDecision({ cancelOn }: JourneyDefinition, runs: readonly RunDocument[]): boolean {
  const isAsked = cancelOn.some((cancel) => cancel.if !== undefined);
  return runs.some((run) => !isOver(run) && (isAsked || hasFilteredWait(run)));
}

function hasFilteredWait({ steps }: RunDocument): boolean {
  for (const step of steps.values())
    if (
      step.kind === 'wait' &&
      step.state === 'waiting' &&
      channelsOf(step).some((channel) => channel.if !== undefined)
    )
      return true;
  return false;
}
