/**
 * Schemas in histories: which journeys have one for which events, and which events do not fit any. Every schema asks the same: whether data
 * is odd.
 *
 * Must not know what the engine makes of an event that does not fit.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type EventRef, type EventType, eventType } from '../../lib/journey/event.js';
import type { Choices } from './chance.js';
import { rewritten } from './changes.js';
import { dawnMs, type SimEvent } from './history.js';
import { awaitedBy, type EventName, type JourneySpec, type Program, type SchemaSpec } from './program.js';

interface Drawn {
  readonly journeys: readonly JourneySpec[];
  readonly events: readonly SimEvent[];
}

/** One history in five has schemas; a third of its events is odd, and now and then what a run sends. */
export function withSchemas(choices: Choices, { journeys, events, unitS }: Drawn & { readonly unitS: number }): Drawn {
  if (!choices.yes(0.2)) return { journeys, events };
  return {
    journeys: journeys.map((spec) => {
      const names = namesOf(spec).filter(() => choices.yes(0.6));
      const program = withOddSends(choices, spec.program);
      return { ...spec, program, ...(names.length > 0 && { schemas: { names, ...strictTimes(choices, unitS) } }) };
    }),
    events: events.map((event) => (choices.yes(0.3) ? { ...event, odd: true } : event)),
  };
}

export function isStrict({ fromS = 0, untilS }: SchemaSpec, nowMs: number): boolean {
  const s = (nowMs - dawnMs) / 1_000;
  return s >= fromS && (untilS === undefined || s < untilS);
}

export function isOdd(data: unknown): boolean {
  return (data as { readonly odd?: unknown } | null | undefined)?.odd === true;
}

/** @returns what names a journey's events: by their type where it has a schema for them. */
export function refsOf(schemas: SchemaSpec | undefined, nowMs: () => number): (name: EventName) => EventRef {
  if (!schemas) return (name) => name;
  const schema = schemaOf(() => isStrict(schemas, nowMs()));
  return (name) => (schemas.names.includes(name) ? eventType(name, { schema }) : name);
}

export function schemaOfCalls(spec: SchemaSpec | undefined, nowMs: () => number): StandardSchemaV1 | undefined {
  return spec?.calls && schemaOf(() => isStrict(spec, nowMs()));
}

/** A type that takes nothing odd, whenever it is asked. */
export function refusing(name: EventName): EventType {
  return eventType(name, { schema: schemaOf(() => true) });
}

function schemaOf(isStrictNow: () => boolean): StandardSchemaV1 {
  const validate = (value: unknown): StandardSchemaV1.Result<unknown> =>
    isOdd(value) && isStrictNow() ? { issues: [{ message: 'it is odd', path: ['odd'] }] } : { value };
  return { '~standard': { version: 1, vendor: 'simulator', validate } };
}

function namesOf({ triggers, cancelOn, program }: JourneySpec): EventName[] {
  return [...new Set([...triggers, ...awaitedBy(program), ...cancelOn.map(({ event }) => event)])];
}

/** A schema may become strict, and be mended, while things happen. */
export function strictTimes(choices: Choices, unitS: number): Pick<SchemaSpec, 'fromS' | 'untilS'> {
  const fromS = choices.between(0, 9) * unitS;
  const untilS = fromS + choices.between(1, 9) * unitS;
  return choices.weighted<Pick<SchemaSpec, 'fromS' | 'untilS'>>([
    [{}, 3],
    [{ fromS }, 3],
    [{ untilS }, 2],
    [{ fromS, untilS }, 2],
  ]);
}

function withOddSends(choices: Choices, program: Program): Program {
  return rewritten(program, (node) => [node.do === 'send' && choices.yes(0.2) ? { ...node, odd: true } : node]);
}
