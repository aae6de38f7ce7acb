/**
 * References against the schemas of event types: a field that no event of that type has fails the synth. Keys are schemas-check.ts's.
 * Invariant: it complains only of what is certain: a schema that tells no JSON Schema of
 * itself (Standard JSON Schema: zod from 4.2 does, valibot by a package of its own), or that it does not understand, lets all pass.
 */
import {
  allSteps,
  type DeclaredJourney,
  type DeclaredStep,
  type DeclaredWait,
  triggersOf,
} from '../../journey/declared/form.js';
import type { Reference } from '../../journey/declared/reference.js';
import { referencesOfStep } from '../../journey/declared/scope.js';
import { pathsUsedBy } from '../../journey/filter/filter-assert.js';
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
      if (target === undefined || mayBeThere(schemas, target)) continue;
      const what = `A reference of ${'id' in step ? `step '${step.id}'` : step.kind}`;
      throw lacking(rendering, what, reference.text, target.events);
    }
    if (step.kind === 'wait') checkIf(rendering, declaration, step, schemas);
  }
}

/** What a wait's `if` asks of the trigger, and of the event that came. */
function checkIf(rendering: Rendering, declaration: DeclaredJourney, wait: DeclaredWait, schemas: EventSchemas): void {
  const paths = wait.if === undefined ? [] : pathsUsedBy(wait.if);
  for (const { root, segments } of paths) {
    if (segments[0] !== 'data') continue;
    const events = root === 'event' ? startsOf(declaration) : [wait.event];
    const fields = segments.slice(1).map(String);
    if (mayBeThere(schemas, { events, fields })) continue;
    throw lacking(rendering, `The \`if\` of step '${wait.id}'`, `${root}.${segments.join('.')}`, events);
  }
}

/** A field of data, in one of several events. */
interface Target {
  readonly events: readonly string[];
  readonly fields: readonly string[];
}

function mayBeThere(schemas: EventSchemas, { events, fields }: Target): boolean {
  return events.length === 0 || events.some((event) => mayHave(toldSchema(schemas, event), fields));
}

/** Nothing is known of the data where a time may start a run, too. */
function startsOf(declaration: DeclaredJourney): readonly string[] {
  const triggers = triggersOf(declaration);
  const events = triggers.flatMap((trigger) => ('event' in trigger ? [trigger.event] : []));
  return events.length === triggers.length ? events : [];
}

/** The event that a reference reads, and the fields of its data. */
function dataOf(
  { root, path }: Reference,
  declaration: DeclaredJourney,
  steps: readonly DeclaredStep[],
): Target | undefined {
  if (root === 'trigger' && path[0] === 'data') return { events: startsOf(declaration), fields: path.slice(1) };
  if (root !== 'steps' || path[1] !== 'data') return undefined;
  const wait = steps.find((step) => step.kind === 'wait' && step.id === path[0]);
  return wait?.kind === 'wait' ? { events: [wait.event], fields: path.slice(2) } : undefined;
}

function lacking(rendering: Rendering, what: string, got: string, events: readonly string[]): JourneyConstructError {
  const names = events.map((event) => `'${event}'`).join(' and ');
  return new JourneyConstructError(rendering.scope, {
    what: `${what} leads to a field that the schema of ${names} does not have.`,
    got,
    expected: 'a field of that schema',
    fix: 'correct it, or add the field to the schema',
  });
}
