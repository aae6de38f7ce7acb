/**
 * What a journey's definition asks of its events, held against their schemas: what can never work fails the synth.
 *
 * Owns: those mistakes, and the one schema that a hub has for an event. Knows JSON Schemas by schemas.ts only. Invariant: it complains
 * only of what is certain; an event without a schema, or with one that cannot be told as JSON Schema, lets all pass.
 */
import type { IConstruct } from 'constructs';
import type { JourneyDefinition } from '../journey/definition.js';
import { pathsUsedBy } from '../journey/filter/filter-assert.js';
import { JourneyConstructError } from './mistake.js';
import {
  canonical,
  type Domain,
  differenceOf,
  domainAt,
  type EventSchemas,
  mayEqual,
  mayHave,
  shownDomain,
  toldSchema,
  unionOf,
} from './schemas.js';

/** A journey at synth, with what its events are. */
export interface CheckedJourney {
  readonly scope: IConstruct;
  /** How it is called in messages: its entry, or its construct. */
  readonly source: string;
  readonly definition: JourneyDefinition;
  readonly schemas: EventSchemas;
}

/**
 * Checks what a journey asks of its events, and that the hub has one schema for each of them.
 * @throws JourneyConstructError
 */
export function checkSchemas(hub: object, journey: CheckedJourney): void {
  checkPaths(journey);
  checkKeys(journey);
  claimSchemas(hub, journey);
}

function checkPaths(journey: CheckedJourney): void {
  for (const { what, events, path } of pathsOf(journey.definition)) {
    const lacking = events.filter((event) => !mayHave(toldSchema(journey.schemas, event), fieldsOf(path)));
    if (events.length > 0 && lacking.length === events.length) throw lackingField(journey, what, lacking, path);
  }
}

function checkKeys(journey: CheckedJourney): void {
  for (const [event, path] of Object.entries(journey.definition.keyPaths ?? {})) {
    const domain = domainOf(journey, event);
    if (domain?.kinds.size === 0) throw impossibleKey(journey, event, path, domain);
  }
  const { triggers, crons = [], waitsFor, cancelOn } = journey.definition;
  const started = triggers.map(({ event }) => domainOf(journey, event));
  // What the clock starts has no schema.
  if (crons.length > 0 || !isCertain(started)) return;
  const keys = unionOf(started);
  const met = [...waitsFor.map((event) => ['wait for', event]), ...cancelOn.map(({ event }) => ['cancelOn', event])];
  for (const [role, event] of met as [string, string][]) {
    const domain = domainOf(journey, event);
    if (domain && !mayEqual(keys, domain)) throw neverEqual(journey, role, event, { keys, domain });
  }
}

/** A path of the definition: at least one of these events must have it. */
interface UsedPath {
  readonly what: string;
  readonly events: readonly string[];
  readonly path: string;
}

function pathsOf({ keyPaths, idempotency, singleton, triggers, cancelOn }: JourneyDefinition): UsedPath[] {
  const declared = { key: keyPaths, idempotency: idempotency?.paths, singleton: singleton?.paths };
  const started = triggers.map(({ event }) => event);
  return [
    ...Object.entries(declared).flatMap(([what, paths = {}]) =>
      Object.entries(paths).map(([event, path]) => ({ what: `The ${what}`, events: [event], path })),
    ),
    ...triggers.flatMap((trigger) =>
      usedBy(trigger.if, `The \`if\` of trigger '${trigger.event}'`, { event: [trigger.event] }),
    ),
    ...cancelOn.flatMap((cancel) =>
      usedBy(cancel.if, `The \`if\` of cancelOn '${cancel.event}'`, { event: started, async: [cancel.event] }),
    ),
  ];
}

/** @param roots what each root of the expression stands for. */
function usedBy(
  text: string | undefined,
  what: string,
  roots: Readonly<Record<string, readonly string[]>>,
): UsedPath[] {
  const paths = text === undefined ? [] : pathsUsedBy(text);
  return paths
    .filter(({ segments }) => segments[0] === 'data')
    .map(({ root, segments }) => ({ what, events: roots[root] ?? [], path: segments.join('.') }));
}

function isCertain(domains: readonly (Domain | undefined)[]): domains is readonly Domain[] {
  return domains.every((domain) => domain !== undefined);
}

/** What the key of an event can be. */
function domainOf({ definition, schemas }: CheckedJourney, event: string): Domain | undefined {
  const path = definition.keyPaths?.[event];
  return path === undefined ? undefined : domainAt(toldSchema(schemas, event), fieldsOf(path));
}

function fieldsOf(path: string): string[] {
  return path.split('.').slice(1);
}

function lackingField(
  { scope, source }: CheckedJourney,
  what: string,
  events: readonly string[],
  path: string,
): JourneyConstructError {
  const names = events.map((event) => `'${event}'`).join(' and ');
  return new JourneyConstructError(scope, {
    what: `${what} of the journey of ${source} leads to a field that the schema of ${names} does not have.`,
    got: path,
    expected: 'a field of that schema',
    fix: 'correct it (a key may be a path per event), or add the field to the schema',
  });
}

function impossibleKey(
  { scope, source }: CheckedJourney,
  event: string,
  path: string,
  domain: Domain,
): JourneyConstructError {
  return new JourneyConstructError(scope, {
    what: `The key of the journey of ${source} leads to what can be no key in '${event}'.`,
    got: `${path} is ${shownDomain(domain)}`,
    expected: 'a text, a number or a boolean',
    fix: 'name a field inside of it, or another one',
  });
}

function neverEqual(
  { scope, source, definition }: CheckedJourney,
  role: string,
  event: string,
  { keys, domain }: { readonly keys: Domain; readonly domain: Domain },
): JourneyConstructError {
  const [first] = definition.triggers;
  const paths = definition.keyPaths ?? {};
  return new JourneyConstructError(scope, {
    what: `The ${role} '${event}' of the journey of ${source} can never match: its key never equals the trigger's.`,
    got: `${paths[event]} is ${shownDomain(domain)}, and ${paths[first!.event]} of '${first!.event}' is ${shownDomain(keys)}`,
    expected: 'values of one kind: a number never equals a text',
    fix: 'correct one of the two schemas, or name another path as key of one of the events',
  });
}

interface Claim {
  readonly canonical: string;
  readonly journey: CheckedJourney;
}

/** Event name -> its schema, per hub. */
const schemasOfHubs = new WeakMap<object, Map<string, Claim>>();

/** One event name has one schema on a hub: an event is one event to all that listen. */
function claimSchemas(hub: object, journey: CheckedJourney): void {
  const claims = schemasOfHubs.get(hub) ?? new Map<string, Claim>();
  schemasOfHubs.set(hub, claims);
  for (const event of Object.keys(journey.schemas)) {
    const schema = toldSchema(journey.schemas, event);
    if (schema === undefined) continue;
    const claim = { canonical: canonical(schema), journey };
    const other = claims.get(event);
    if (other && other.canonical !== claim.canonical) throw twoSchemas(event, journey, other.journey);
    claims.set(event, other ?? claim);
  }
}

function twoSchemas(event: string, journey: CheckedJourney, other: CheckedJourney): JourneyConstructError {
  const [one, two] = [toldSchema(journey.schemas, event), toldSchema(other.schemas, event)];
  return new JourneyConstructError(journey.scope, {
    what: `The journeys of ${journey.source} and ${other.source} have different schemas for '${event}'.`,
    got: `${differenceOf(one, two)}; the other is at ${other.scope.node.path}`,
    expected: 'one schema for one event on a hub',
    fix: `keep the eventType of '${event}' in a file of its own, and import it in both`,
  });
}
