/**
 * The opening of a wait for several events: one step with several channels and one deadline.
 *
 * Owns: what is stored of waitForAny, waitForAll and expectNone, and whether what is on record is what the code calls. Pure.
 * Invariant: a wait for one event is stored as it ever was, by whatever name the code calls it.
 */
import { type EventRef, eventName } from '../../journey/event.js';
import { type AwaitedEvent, awaitedEvent, awaitedEvents, type EventEntry } from '../../journey/several.js';
import { channelsOf } from '../decision/channel.js';
import type { Step, WaitStep } from '../stored/document.js';
import { type Opening, openChannel, waitUntilMs } from './opening.js';

/** A tool of the author's that waits for several events. */
export type WaitTool = 'waitForAny' | 'waitForAll' | 'expectNone';

const takes = { waitForAny: undefined, waitForAll: 'all', expectNone: 'none' } as const;

/** The parts of a wait's options that all of its events share. */
interface Shared {
  readonly timeout?: string | number;
  readonly within?: string | number;
  readonly since?: AwaitedEvent['since'];
}

/** @throws JourneyError for a list or an event of it that cannot be awaited. */
export function openSeveral(at: Opening, id: string, tool: WaitTool, options: unknown): WaitStep {
  const awaited = awaitedEvents(tool, id, options);
  const { timeout, within, since } = options as Shared;
  const [first, ...others] = awaited.map((one) =>
    openChannel(at, id, since === undefined || one.since !== undefined ? one : { ...one, since }),
  );
  const { event, sinceMs, ...after } = first!;
  const [length, name] = tool === 'expectNone' ? [within, 'within'] : [timeout, 'timeout'];
  const deadlineMs = waitUntilMs(at, id, length as string | number, `${name} of ${tool} '${id}'`);
  return {
    kind: 'wait',
    event,
    sinceMs,
    deadlineMs,
    ...after,
    state: 'waiting',
    ...(others.length > 0 && { others }),
    ...(takes[tool] !== undefined && { takes: takes[tool] }),
  };
}

/**
 * What a step is called where the record is held against the code. A wait for all answers with a list: with a list of other events
 * it is another step. All other waits answer with the event that the record says.
 */
export function labelOf(step: Step): string {
  return step.kind === 'wait' && step.takes === 'all'
    ? labelOfAll(channelsOf(step).map(({ event }) => event))
    : step.kind;
}

/** The same of a call. */
export function labelOfCall(tool: WaitTool, options: unknown): string {
  const { events } = (options ?? {}) as { readonly events?: unknown };
  if (tool !== 'waitForAll' || !Array.isArray(events)) return 'wait';
  return labelOfAll(events.map((entry: EventEntry<EventRef>) => eventName(awaitedEvent(entry).event)));
}

function labelOfAll(names: readonly (string | undefined)[]): string {
  return `wait for all of ${names.join(', ')}`;
}
