/**
 * References against the schemas of event types: a field that no event of that type has fails the synth. Keys are schemas-check.ts's.
 * Invariant: it complains only of what is certain: a schema that tells no JSON Schema of
 * itself (Standard JSON Schema: zod from 4.2 does, valibot by a package of its own), or that it does not understand, lets all pass.
 */
import { allSteps, type DeclaredJourney, type DeclaredStep } from '../../journey/declared/form.js';
import type { Reference } from '../../journey/declared/reference.js';
import { referencesOfStep } from '../../journey/declared/scope.js';
import { JourneyConstructError } from '../mistake.js';
import { type EventSchema, type EventSchemas, jsonSchemaOf, mayHave, toldSchema } from '../schemas.js';
import type { Rendering } from './rendering.js';

/** What is known of the schemas of the event types that the author named. */
export function schemasOf(rendering: Rendering): EventSchemas {
  const entries = [...rendering.schemas].map(([event, schema]): [string, EventSchema] => {
    const { vendor } = schema['~standard'];
    const jsonSchema = jsonSchemaOf(schema);
    return [
      event,
      jsonSchema ? { vendor, jsonSchema } : { vendor, untold: `${vendor} does not tell it (no Standard JSON Schema)` },
    ];
  });
  return Object.fromEntries(entries);
}

/** @throws JourneyConstructError */
export function checkAgainstSchemas(rendering: Rendering, declaration: DeclaredJourney, schemas: EventSchemas): void {
  const steps = allSteps(declaration.steps);
  for (const step of steps) {
    for (const reference of referencesOfStep(step)) {
      const target = dataOf(reference, declaration, steps);
      if (target === undefined || mayHave(toldSchema(schemas, target.event), target.fields)) continue;
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
