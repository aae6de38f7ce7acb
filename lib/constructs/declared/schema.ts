/**
 * References and keys against the schemas of event types: a field that no event of that type has fails the synth.
 *
 * Knows JSON Schema as far as fields go. Invariant: it complains only of what is certain: a schema that tells no JSON Schema of
 * itself (Standard JSON Schema: zod from 4.2 does, valibot by a package of its own), or that it does not understand, lets all pass.
 */
import { allSteps, type DeclaredJourney, type DeclaredStep } from '../../journey/declared/form.js';
import type { Reference } from '../../journey/declared/reference.js';
import { referencesOfStep } from '../../journey/declared/scope.js';
import { JourneyConstructError } from '../mistake.js';
import type { Rendering } from './rendering.js';

type JsonSchema = Readonly<Record<string, unknown>>;

/** @throws JourneyConstructError */
export function checkAgainstSchemas(
  rendering: Rendering,
  declaration: DeclaredJourney,
  keyPaths: Readonly<Record<string, string>>,
): void {
  const schemas = new Map([...rendering.schemas].map(([event, schema]) => [event, jsonSchemaOf(schema)]));
  for (const [event, path] of Object.entries(keyPaths)) {
    const fields = path.split('.').slice(1);
    if (mayHave(schemas.get(event), fields)) continue;
    throw lacking(rendering, 'The key of the journey', path, event);
  }
  const steps = allSteps(declaration.steps);
  for (const step of steps) {
    for (const reference of referencesOfStep(step)) {
      const target = dataOf(reference, declaration, steps);
      if (target === undefined || mayHave(schemas.get(target.event), target.fields)) continue;
      throw lacking(
        rendering,
        `A reference of ${'id' in step ? `step '${step.id}'` : step.kind}`,
        reference.text,
        target.event,
      );
    }
  }
}

/** The event that a reference reads, and the fields of its data. */
function dataOf(
  { root, path }: Reference,
  { trigger }: DeclaredJourney,
  steps: readonly DeclaredStep[],
): { readonly event: string; readonly fields: readonly string[] } | undefined {
  if (root === 'trigger' && path[0] === 'data') return { event: trigger, fields: path.slice(1) };
  if (root !== 'steps' || path[1] !== 'data') return undefined;
  const wait = steps.find((step) => step.kind === 'wait' && step.id === path[0]);
  return wait?.kind === 'wait' ? { event: wait.event, fields: path.slice(2) } : undefined;
}

function lacking(rendering: Rendering, what: string, got: string, event: string): JourneyConstructError {
  return new JourneyConstructError(rendering.scope, {
    what: `${what} leads to a field that the schema of '${event}' does not have.`,
    got,
    expected: 'a field of that schema',
    fix: 'correct it, or add the field to the schema',
  });
}

/** The Standard JSON Schema of a schema, if it has one and can be written as one. */
function jsonSchemaOf(schema: object): JsonSchema | undefined {
  const standard = (schema as { readonly '~standard'?: { readonly jsonSchema?: unknown } })['~standard'];
  const jsonSchema = standard?.jsonSchema as { input?(options: { target: string }): unknown } | undefined;
  try {
    const made = jsonSchema?.input?.({ target: 'draft-2020-12' });
    return typeof made === 'object' && made !== null ? (made as JsonSchema) : undefined;
  } catch {
    return undefined;
  }
}

/** Words of JSON Schema that this does not look into: with one of them, everything may be. */
const opaque = ['$ref', '$dynamicRef', 'allOf', 'if', 'patternProperties', 'not'];

function mayHave(schema: unknown, [field, ...rest]: readonly string[]): boolean {
  if (field === undefined || typeof schema !== 'object' || schema === null) return true;
  const known = schema as JsonSchema;
  if (opaque.some((word) => Object.hasOwn(known, word))) return true;
  const ways = known.anyOf ?? known.oneOf;
  if (Array.isArray(ways)) return ways.some((way) => mayHave(way, [field, ...rest]));
  const { type, properties, additionalProperties } = known;
  if (type === 'array') return /^\d+$/.test(field) && mayHave(known.items, rest);
  if (type !== undefined && type !== 'object') return Array.isArray(type);
  if (typeof properties !== 'object' || properties === null) return additionalProperties !== false;
  if (Object.hasOwn(properties, field)) return mayHave((properties as JsonSchema)[field], rest);
  // An author who lists fields means them; only `true` or a schema says that there are others.
  if (additionalProperties === undefined || additionalProperties === false) return false;
  return additionalProperties === true || mayHave(additionalProperties, rest);
}
