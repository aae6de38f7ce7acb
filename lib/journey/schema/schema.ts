/**
 * Schemas of events' data: any Standard Schema, asked whether data fits.
 *
 * Owns: what a schema must be, and how it is asked. Invariants: a schema checks and never changes (it is given a copy, and its
 * output is dropped), so what is stored and replayed is what came; it answers at once; whatever it does, one text comes back, and
 * that text holds nothing of the data (reasons go where data must not: the log, the dead letters' summary).
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { JourneyError } from '../errors.js';
import { shownIssues } from './schema-issues.js';

/** A Standard Schema: of zod from 3.24 on, valibot, arktype and others. */
export type Schema = StandardSchemaV1;

/** Event name -> its schema, of the events that a journey gave one for. */
export type Schemas = ReadonlyMap<string, Schema>;

const unchecked = {
  '~standard': { version: 1, vendor: 'sojourn', validate: (value: unknown) => ({ value }) },
} as const;

/**
 * A type for an event's data, and no check: `eventType('cart/purchased', { schema: staticSchema<{ cart_id: string }>() })`.
 * The data is whatever JSON its producer put there.
 */
export function staticSchema<Data>(): StandardSchemaV1<Data> {
  return unchecked as StandardSchemaV1<unknown> as StandardSchemaV1<Data>;
}

export function isUnchecked(schema: unknown): boolean {
  return schema === unchecked;
}

/** Schemas that were found to be good: most are named more than once. */
const found = new WeakSet<object>();

/** @throws JourneyError InvalidSchema for what is no Standard Schema, and for one that answers with a promise. */
export function assertSchema(schema: unknown, event: string): asserts schema is Schema {
  if (found.has(schema as object)) return;
  const validate = (schema as Partial<Schema> | null)?.['~standard']?.validate;
  if (typeof validate !== 'function') {
    throw new JourneyError('InvalidSchema', {
      what: `The schema of '${event}' is none.`,
      got: kindOf(schema),
      expected: 'a Standard Schema: of zod from 3.24 on, valibot, arktype and others',
      fix: 'pass the schema itself, for example z.object({ cart_id: z.string() })',
    });
  }
  if (!answersLater(validate)) {
    found.add(schema as object);
    return;
  }
  throw new JourneyError('InvalidSchema', {
    what: `The schema of '${event}' validates asynchronously.`,
    expected: 'a schema that answers at once: what it asked elsewhere might have changed at a replay',
    fix: 'check what needs a call in a step of the journey',
  });
}

/** Asked of nothing, as far as that can tell: a schema that is asynchronous for some data only is met when such data comes. */
function answersLater(validate: Schema['~standard']['validate']): boolean {
  try {
    const answer = validate(undefined);
    return isPromise(answer) && settleUnheard(answer);
  } catch {
    return false;
  }
}

/**
 * @param data as JSON has it.
 * @returns why it does not fit, without anything of the data; undefined where it fits.
 */
export function misfit(schema: Schema, data: unknown): string | undefined {
  try {
    const answer = schema['~standard'].validate(copied(data));
    if (isPromise(answer)) {
      settleUnheard(answer);
      return 'the schema answers with a promise, and must answer at once';
    }
    return answer.issues ? shownIssues(answer.issues, data) : undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : 'something that is no error';
    return shownIssues([{ message: `the schema threw: ${message}` }], data);
  }
}

/** Nobody listens to a promise that is refused: it must not end the process. */
function settleUnheard(answer: Promise<unknown>): true {
  Promise.resolve(answer).catch(() => {});
  return true;
}

function isPromise(answer: unknown): answer is Promise<unknown> {
  return typeof (answer as { then?: unknown } | null)?.then === 'function';
}

function copied(data: unknown): unknown {
  return data === undefined ? undefined : JSON.parse(JSON.stringify(data));
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

/** Where an event that was made by `create` carries its schema: under a symbol, so that it is `{ name, data }` as JSON, and a copy with a `ts` has it, too. */
const carried = Symbol.for('sojourn.schema');

export function withSchema<Event extends object>(event: Event, schema: Schema | undefined): Event {
  return schema === undefined ? event : Object.assign(event, { [carried]: schema });
}

export function carriedSchema(event: object | null | undefined): Schema | undefined {
  return (event as { readonly [carried]?: Schema } | null | undefined)?.[carried];
}
