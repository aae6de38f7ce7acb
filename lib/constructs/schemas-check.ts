/**
 * What a journey's definition asks of its events, held against their schemas: what can never work fails the synth.
 *
 * Owns: those mistakes, and the one schema that a hub has for an event. Knows JSON Schemas by schemas.ts only. Invariant: it complains
 * only of what is certain; an event without a schema, or with one that cannot be told as JSON Schema, lets all pass.
 */
import type { IConstruct } from 'constructs';
import type { OtherPath } from '../journey/correlation.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { pathsUsedBy } from '../journey/filter/filter-assert.js';
import { authorsName, callEvent, invokedEvent } from '../journey/invoke.js';
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
export function checkSchemas(hub: object, given: CheckedJourney): void {
  const journey = { ...given, schemas: withCallsByJourney(given) };
  checkPaths(journey);
  checkKeys(journey);
  claimSchemas(hub, journey);
}

/** Each journey has its own event of calls, with its own data; only its code calls all of them by one name. */
function withCallsByJourney({ definition, schemas }: CheckedJourney): EventSchemas {
  const { [invokedEvent]: called, ...rest } = schemas;
  return called === undefined ? schemas : { ...rest, [callEvent('invoked', definition.id)]: called };
}

function checkPaths(journey: CheckedJourney): void {
  for (const used of pathsOf(journey.definition)) {
    const { events, path } = used;
    const lacking = events.filter((event) => !mayHave(toldSchema(journey.schemas, event), fieldsOf(path)));
    if (events.length > 0 && lacking.length === events.length) throw lackingField(journey, used, lacking);
  }
}

function checkKeys(journey: CheckedJourney): void {
  for (const { what, events, path, isMatched } of pathsOf(journey.definition)) {
    if (!isMatched) continue;
    for (const event of events) {
      const domain = domainOf(journey, event, path);
      if (domain?.kinds.size === 0) throw impossibleKey(journey, what, event, { path, domain });
    }
  }
  const { triggers, crons = [] } = journey.definition;
  // What the clock starts has no schema.
  if (crons.length > 0) return;
  for (const met of meetingsOf(journey.definition)) {
    const domain = domainOf(journey, met.event, met.path);
    const started = triggers.map(({ event }) => domainOf(journey, event, met.triggerPath(event)));
    if (!domain || !isCertain(started)) continue;
    const keys = unionOf(started);
    if (!mayEqual(keys, domain)) throw neverEqual(journey, met, { keys, domain });
  }
}

/** An event that finds a run by a value of the run's trigger. */
interface Meeting {
  readonly role: 'wait for' | 'cancelOn';
  readonly event: string;
  readonly path: string | undefined;
  triggerPath(trigger: string): string | undefined;
}

/** A wait by another path than the key may name any value that its run has made. */
function meetingsOf({ keyPaths = {}, waitsFor, cancelOn }: JourneyDefinition): Meeting[] {
  const byKey = (role: Meeting['role'], event: string): Meeting => ({
    ...{ role, event, path: keyPaths[event] },
    triggerPath: (trigger) => keyPaths[trigger],
  });
  const cancels = cancelOn.flatMap(({ event, path }): Meeting[] => {
    if (path === undefined) return [byKey('cancelOn', event)];
    return path === null ? [] : [{ role: 'cancelOn', event, path, triggerPath: () => path }];
  });
  return [...waitsFor.map((event) => byKey('wait for', event)), ...cancels];
}

/** A path of the definition: at least one of these events must have it. */
interface UsedPath {
  readonly what: string;
  readonly events: readonly string[];
  readonly path: string;
  /** Events find runs by what stands there. */
  readonly isMatched?: true;
  readonly fix?: string;
}

function pathsOf(definition: JourneyDefinition): UsedPath[] {
  const { keyPaths, idempotency, singleton, triggers, cancelOn } = definition;
  const declared = { key: keyPaths, idempotency: idempotency?.paths, singleton: singleton?.paths };
  const started = triggers.map(({ event }) => event);
  return [
    ...Object.entries(declared).flatMap(([what, paths = {}]) =>
      Object.entries(paths).map(([event, path]) => ({
        ...{ what: `The ${what}`, events: [event], path },
        ...(what === 'key' && { isMatched: true as const }),
      })),
    ),
    ...otherPathsOf(definition, started),
    ...triggers.flatMap((trigger) =>
      usedBy(trigger.if, `The \`if\` of trigger '${trigger.event}'`, { event: [trigger.event] }),
    ),
    ...cancelOn.flatMap((cancel) =>
      usedBy(cancel.if, `The \`if\` of cancelOn '${cancel.event}'`, { event: started, async: [cancel.event] }),
    ),
  ];
}

/** What an event is matched by besides the key. A cancelOn reads its path in every trigger as well. */
function otherPathsOf({ waitsElsewhere = [], cancelOn }: JourneyDefinition, started: readonly string[]): UsedPath[] {
  const used = (list: string, { event, path }: { event: string; path?: OtherPath }, read: readonly string[]) =>
    typeof path !== 'string'
      ? []
      : read.map((name): UsedPath => {
          const what = `The match of '${event}' in ${list}`;
          return {
            what,
            events: [name],
            path,
            isMatched: true,
            fix: 'correct the match, or add the field to the schema',
          };
        });
  return [
    ...waitsElsewhere.flatMap((wait) => used('waitsFor', wait, [wait.event])),
    ...cancelOn.flatMap((cancel) => used('cancelOn', cancel, [cancel.event, ...started])),
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

/** What a value of an event can be. */
function domainOf({ schemas }: CheckedJourney, event: string, path: string | undefined): Domain | undefined {
  return path === undefined ? undefined : domainAt(toldSchema(schemas, event), fieldsOf(path));
}

function fieldsOf(path: string): string[] {
  return path.split('.').slice(1);
}

function lackingField(
  { scope, source }: CheckedJourney,
  { what, path, fix }: UsedPath,
  events: readonly string[],
): JourneyConstructError {
  const names = events.map((event) => `'${authorsName(event)}'`).join(' and ');
  return new JourneyConstructError(scope, {
    what: `${what} of the journey of ${source} leads to a field that the schema of ${names} does not have.`,
    got: path,
    expected: 'a field of that schema',
    fix: fix ?? 'correct it (a key may be a path per event), or add the field to the schema',
  });
}

function impossibleKey(
  { scope, source }: CheckedJourney,
  what: string,
  event: string,
  { path, domain }: { readonly path: string; readonly domain: Domain },
): JourneyConstructError {
  return new JourneyConstructError(scope, {
    what: `${what} of the journey of ${source} leads to what can be no key in '${authorsName(event)}'.`,
    got: `${path} is ${shownDomain(domain)}`,
    expected: 'a text, a number or a boolean',
    fix: 'name a field inside of it, or another one',
  });
}

function neverEqual(
  { scope, source, definition }: CheckedJourney,
  { role, event, path, triggerPath }: Meeting,
  { keys, domain }: { readonly keys: Domain; readonly domain: Domain },
): JourneyConstructError {
  const first = definition.triggers[0]!.event;
  return new JourneyConstructError(scope, {
    what: `The ${role} '${event}' of the journey of ${source} can never match: its key never equals the trigger's.`,
    got: `${path} is ${shownDomain(domain)}, and ${triggerPath(first)} of '${authorsName(first)}' is ${shownDomain(keys)}`,
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
