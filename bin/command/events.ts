/**
 * sojourn events: the catalogue of an app's events, from what its functions carry in the synthesized template: who starts, awaits,
 * cancels and sends by each, and the JSON Schema of its data.
 *
 * Owns: gathering them, and what is printed. Nothing of a journey's code is run. What code sends it knows as far as the journey's
 * `sends` says; of a journey without code, all.
 */
import { resolve } from 'node:path';
import { canonical, type EventSchema, type EventSchemas } from '../../lib/constructs/schemas.js';
import {
  declarationMetadata,
  definitionMetadata,
  env,
  lifecycleEventPrefix,
  schemasMetadata,
} from '../../lib/contract.js';
import { allSteps, type DeclaredJourney } from '../../lib/journey/declared/form.js';
import type { JourneyDefinition } from '../../lib/journey/definition.js';
import { callEvent, callEventKind, invokedEvent } from '../../lib/journey/invoke.js';
import { scheduledTimerName } from '../../lib/journey/trigger/trigger-cron.js';
import { readAssembly } from '../../lib/sandbox/template/assembly.js';
import { synthesize } from './synthesize.js';

export interface EventsOptions {
  readonly json: boolean;
  readonly assembly: string | undefined;
  readonly context: Readonly<Record<string, string>>;
  readonly verbose: boolean;
}

/** Ids of journeys, in order. */
export interface CataloguedEvent {
  readonly event: string;
  readonly starts: readonly string[];
  readonly awaitedBy: readonly string[];
  readonly cancels: readonly string[];
  /** As far as it is known. */
  readonly sentBy: readonly string[];
  /** Of its data. None where no journey has one; more than one only where hubs disagree. */
  readonly schemas: readonly (EventSchema & { readonly journeys: readonly string[] })[];
}

export async function events(options: EventsOptions): Promise<void> {
  const assemblyDir =
    options.assembly === undefined
      ? await synthesize({ ...options, projectDir: process.cwd(), outDir: '.sojourn/events' })
      : resolve(options.assembly);
  const catalogue = catalogueOf(assemblyDir);
  process.stdout.write(options.json ? `${JSON.stringify({ events: catalogue }, null, 2)}\n` : tellEvents(catalogue));
}

/** What a function's resource says of its journey. */
interface FoundJourney {
  readonly definition: JourneyDefinition;
  readonly declaration: DeclaredJourney | undefined;
  readonly schemas: EventSchemas;
  /** Ends of its runs that are told on the bus, with commas. */
  readonly told: string;
}

/** @returns by event name. */
export function catalogueOf(assemblyDir: string): CataloguedEvent[] {
  const journeys = journeysIn(assemblyDir);
  const names = new Set(journeys.flatMap((journey) => Object.values(rolesOf(journey)).flat()));
  return [...names].sort().map((event) => {
    const idsOf = (role: keyof ReturnType<typeof rolesOf>): string[] =>
      journeys.filter((journey) => rolesOf(journey)[role].includes(event)).map(({ definition }) => definition.id);
    return {
      event,
      starts: idsOf('starts'),
      awaitedBy: idsOf('awaits'),
      cancels: idsOf('cancels'),
      sentBy: [...idsOf('sends'), ...returning(event, journeys)],
      schemas: schemasOf(event, journeys),
    };
  });
}

function journeysIn(assemblyDir: string): FoundJourney[] {
  const resources = readAssembly(assemblyDir).stacks.flatMap(({ template }) => Object.values(template.Resources ?? {}));
  const found = resources.flatMap(({ Metadata = {}, Properties = {} }): FoundJourney[] => {
    const definition = Metadata[definitionMetadata] as JourneyDefinition | undefined;
    if (definition === undefined) return [];
    const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Readonly<Record<string, unknown>> };
    const declaration = Metadata[declarationMetadata] as DeclaredJourney | undefined;
    const schemas = (Metadata[schemasMetadata] ?? {}) as EventSchemas;
    return [{ definition, declaration, schemas, told: String(Variables[env.lifecycleEvents] ?? '') }];
  });
  return found.sort((one, other) => (one.definition.id < other.definition.id ? -1 : 1));
}

function rolesOf({ definition, declaration, told }: FoundJourney) {
  const { triggers, crons = [], waitsFor, waitsElsewhere = [], cancelOn, sends = [], invokes = [] } = definition;
  const declared = allSteps(declaration?.steps ?? []).flatMap((step) => (step.kind === 'send' ? [step.event] : []));
  const ends = told.split(',').filter((end) => end !== '');
  return {
    starts: [...triggers.map(({ event }) => event), ...(crons.length > 0 ? [scheduledTimerName] : [])],
    awaits: [...new Set([...waitsFor, ...waitsElsewhere.map(({ event }) => event)])],
    cancels: cancelOn.map(({ event }) => event),
    sends: [
      ...[...sends, ...declared, ...ends.map((end) => lifecycleEventPrefix + end)],
      ...invokes.flatMap((called) => [callEvent('invoked', called), callEvent('revoked', called)]),
    ],
  };
}

/** The journeys that a caller waits for: each tells it how its run has ended. */
function returning(event: string, journeys: readonly FoundJourney[]): string[] {
  const callers = journeys.filter(({ definition }) => event === callEvent('returned', definition.id));
  const called = new Set(callers.flatMap(({ definition }) => definition.invokes ?? []));
  return journeys.flatMap(({ definition: { id } }) => (called.has(id) ? [id] : []));
}

function schemasOf(event: string, journeys: readonly FoundJourney[]): CataloguedEvent['schemas'] {
  const byText = new Map<string, EventSchema & { journeys: string[] }>();
  const isCall = callEventKind(event) === 'invoked';
  for (const { definition, schemas } of journeys) {
    // Whoever is called has a schema of its own, by the one name that its code knows.
    const name = isCall && definition.triggers.some((trigger) => trigger.event === event) ? invokedEvent : event;
    if (!Object.hasOwn(schemas, name)) continue;
    const schema = schemas[name]!;
    const text = 'jsonSchema' in schema ? canonical(schema.jsonSchema) : `${schema.vendor}: ${schema.untold}`;
    const same = byText.get(text);
    if (same) same.journeys.push(definition.id);
    else byText.set(text, { ...schema, journeys: [definition.id] });
  }
  return [...byText.values()];
}

export function tellEvents(catalogue: readonly CataloguedEvent[]): string {
  if (catalogue.length === 0) return 'the app has no journeys\n';
  return `${catalogue.map((one) => linesOf(one).join('\n')).join('\n\n')}\n`;
}

function linesOf({ event, starts, awaitedBy, cancels, sentBy, schemas }: CataloguedEvent): string[] {
  const roles = { starts, 'awaited by': awaitedBy, cancels, 'sent by': sentBy };
  return [
    event,
    ...Object.entries(roles).flatMap(([role, ids]) =>
      ids.length === 0 ? [] : [`  ${role.padEnd(10)} ${ids.join(', ')}`],
    ),
    ...(schemas.length === 0
      ? ['  schema     none']
      : schemas.flatMap((schema) => schemaLines(schema, schemas.length > 1))),
  ];
}

/** @param several whether it must say whose it is. */
function schemaLines(schema: CataloguedEvent['schemas'][number], several: boolean): string[] {
  const whose = several ? `, of ${schema.journeys.join(', ')}` : '';
  if (!('jsonSchema' in schema)) return [`  schema     ${schema.vendor}${whose}; not told: ${schema.untold}`];
  const { $schema: _draft, ...rest } = schema.jsonSchema;
  const text = JSON.stringify(rest, null, 2);
  return [`  schema     ${schema.vendor}${whose}`, ...text.split('\n').map((line) => `    ${line}`)];
}
