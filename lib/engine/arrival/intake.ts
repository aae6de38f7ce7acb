/**
 * intake: what an event is to a journey, before anything is stored.
 *
 * Owns: the roles of an event, the bounds on its time, and what is refused. A refused event is thrown: Lambda's on-failure
 * destination keeps it with the reason. Never throws for another customer's sake: an event concerns one key only.
 */

import { otherPathsOf } from '../../journey/correlation.js';
import type { JourneyDefinition } from '../../journey/definition.js';
import { authorsName } from '../../journey/invoke.js';
import { misfit, type Schemas } from '../../journey/schema/schema.js';
import { isScheduled } from '../../journey/trigger/trigger-cron.js';
import { limits } from '../../limits.js';
import { addressFault } from '../calls/invoke.js';
import { isTooDeep } from '../code/nesting.js';
import { isNamedByTrigger, starting } from '../decision/filter-roles.js';
import { type EventPlace, placesOf, uncancellablePaths } from '../elsewhere/correlation.js';
import type { Fact } from '../ports.js';
import { type EngineEvent, wholeSecondMs } from '../stored/event.js';
import { partitionOf } from '../stored/key.js';

/** Positions, and the schedules that bring events of the future back, have years of four digits. */
const lastTimeMs = Date.UTC(10_000, 0) - 1;

export type RefusedCode =
  | 'MissingKey'
  | 'TooLate'
  | 'TooManyHops'
  | 'InvalidData'
  | 'InvalidTime'
  | 'EventTooLarge'
  | 'SchemaMismatch';

/** An event that can never be taken. It goes to the dead letters; a redrive is refused again, until the journey is changed. */
export class Refused extends Error {
  constructor(
    readonly code: RefusedCode,
    event: EngineEvent,
    readonly reason: string,
  ) {
    super(`Event '${event.name}' (${event.id}) is refused: ${reason}. [${code}]`);
    this.name = code;
  }
}

export type Taken =
  | {
      readonly kind: 'taken';
      readonly event: EngineEvent;
      /** The partition of its key; absent where it has no role there. */
      readonly pk?: string;
      readonly starts: boolean;
      readonly awaited: boolean;
      /** Where else it is recorded. */
      readonly places: readonly EventPlace[];
      /** What of it can find no run, and what a trigger's filter made of it: told. */
      readonly facts: readonly Fact[];
    }
  | { readonly kind: 'ahead' }
  | { readonly kind: 'ignored'; readonly fact: Fact };

/** What an event is to the runs under its key. */
export function rolesByKey(
  definition: JourneyDefinition,
  name: string,
): { readonly mayStart: boolean; readonly awaited: boolean; readonly cancels: boolean } {
  const { waitsFor, cancelOn } = definition;
  return {
    mayStart: isNamedByTrigger(definition, name),
    awaited: waitsFor.includes(name),
    cancels: cancelOn.some((cancel) => cancel.event === name && cancel.path === undefined),
  };
}

/** @param schemas of the journey's events; what does not fit is refused whatever it is to the journey. @throws Refused */
export function intake(definition: JourneyDefinition, event: EngineEvent, nowMs: number, schemas?: Schemas): Taken {
  const { mayStart, awaited, cancels } = rolesByKey(definition, event.name);
  const hasOtherRole = awaited || cancels || otherPathsOf(definition, event.name).length > 0;
  if (!mayStart && !hasOtherRole) {
    return { kind: 'ignored', fact: { kind: 'notOurs', event: event.name, eventId: event.id } };
  }
  assertAcceptable(definition, event, nowMs);
  assertFits(event, schemas);
  const fault = addressFault(definition.id, event);
  if (fault !== undefined) throw new Refused('InvalidData', event, fault);
  const { starts, failure } = mayStart ? starting(definition, event) : { starts: false };
  const filtered = mayStart && !starts;
  const told: Fact | undefined = filtered
    ? { kind: 'filtered', event: event.name, eventId: event.id, ...(failure && { failure }) }
    : undefined;
  if (filtered && !hasOtherRole) return { kind: 'ignored', fact: told! };
  if (event.timeMs > nowMs + limits.maxAheadMs) return { kind: 'ahead' };
  return taken(definition, event, { starts, awaited, cancels, told });
}

/** Where it is recorded; ignored, where that is nowhere. */
function taken(
  definition: JourneyDefinition,
  event: EngineEvent,
  roles: {
    readonly starts: boolean;
    readonly awaited: boolean;
    readonly cancels: boolean;
    readonly told?: Fact | undefined;
  },
): Taken {
  const { starts, awaited, cancels, told } = roles;
  const pk = starts || awaited || cancels ? partitionOf(definition, event) : undefined;
  if (starts) assertCanBegin(definition, event, pk);
  const { places, missing } = placesOf(definition, event);
  const isKeyMissing = pk === undefined && (awaited || cancels);
  const paths = isKeyMissing ? [keyPathOf(definition, event), ...missing] : missing;
  const facts = [...(told ? [told] : []), ...paths.map((path) => unmatchable(event, path))];
  if (pk === undefined && places.length === 0) return { kind: 'ignored', fact: facts.at(-1)! };
  const whole = { ...event, timeMs: wholeSecondMs(event.timeMs) };
  return { kind: 'taken', event: whole, ...(pk !== undefined && { pk }), starts, awaited, places, facts };
}

function unmatchable({ name, id }: EngineEvent, path: string): Fact {
  return { kind: 'unmatchable', event: name, eventId: id, path };
}

function keyPathOf({ keyPaths }: JourneyDefinition, { name }: EngineEvent): string {
  return keyPaths?.[name] ?? '';
}

/** A run that no event could ever find, or that what should cancel it could not, is not begun. */
function assertCanBegin(definition: JourneyDefinition, event: EngineEvent, pk: string | undefined): void {
  // A time has no value at any path: the run that it starts is cancelled by no path.
  if (isScheduled(definition, event.name)) return;
  const [path] = pk === undefined ? [keyPathOf(definition, event)] : uncancellablePaths(definition, event.data);
  if (path === undefined) return;
  const reason = `it has no text, boolean or number at '${path}' (a whole number beyond 2^53 - 1 is none: send it as text)`;
  throw new Refused('MissingKey', event, reason);
}

function assertAcceptable(definition: JourneyDefinition, event: EngineEvent, nowMs: number): void {
  const { data, timeMs, hops } = event;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new Refused('InvalidData', event, 'its data is not an object');
  }
  if (!Number.isFinite(timeMs)) throw new Refused('InvalidTime', event, 'its time is not a date');
  if (timeMs > lastTimeMs) throw new Refused('InvalidTime', event, 'its time lies beyond the year 9999');
  if (hops > limits.maxHops) {
    throw new Refused('TooManyHops', event, `it is the end of a chain of more than ${limits.maxHops} sent events`);
  }
  if (timeMs < nowMs - definition.acceptLateMs) {
    throw new Refused(
      'TooLate',
      event,
      `its time lies more than ${definition.acceptLateMs} ms (acceptLate) in the past`,
    );
  }
  const json = asJson(event);
  if (json === undefined || isTooDeep(json)) {
    throw new Refused('InvalidData', event, `its data is nested more than ${limits.nestingLevels} levels deep`);
  }
  const bytes = Buffer.byteLength(json);
  if (bytes > limits.documentBytes - limits.stepResultBytes / 4) {
    throw new Refused('EventTooLarge', event, `its data has ${bytes} bytes, more than a record can hold`);
  }
}

function assertFits(event: EngineEvent, schemas: Schemas | undefined): void {
  const schema = schemas?.get(authorsName(event.name));
  const issues = schema && misfit(schema, event.data);
  if (issues !== undefined) throw new Refused('SchemaMismatch', event, `its data does not fit the schema: ${issues}`);
}

/** It came as JSON, so there is one thing only that keeps it from being written as JSON: its depth. */
function asJson(event: EngineEvent): string | undefined {
  try {
    return JSON.stringify(event.data);
  } catch {
    return undefined;
  }
}
