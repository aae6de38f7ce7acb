/**
 * What a journey's function runs: an author's entry, or the interpreter with declared steps. To the rest of this room both
 * are the same.
 *
 * Owns: telling the two apart, and what a function gets of each. Invariant: whatever is wrong with either is thrown before any
 * resource is made.
 */
import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { DeclaredJourney } from '../journey/declared/form.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { loadDeclared } from './declared/load.js';
import type { InvokedFunction } from './declared/rendering.js';
import { loadEntry } from './entry.js';
import type { JourneyProps } from './journey-props.js';
import { JourneyConstructError } from './mistake.js';
import type { EventSchemas } from './schemas.js';
import { checkedEntry, checkedTimes, type FunctionTimes } from './settings.js';

export interface JourneyCode {
  /** A new directory with the bundle; who has copied it removes it. */
  readonly directory: string;
  readonly definition: JourneyDefinition;
  readonly schemas: EventSchemas;
  readonly sendsEvents: boolean;
  readonly warnings: readonly string[];
  readonly sourceMap: boolean;
  readonly times: FunctionTimes;
  readonly invoked: readonly InvokedFunction[];
  readonly declaration?: DeclaredJourney;
  /** JSON of what only the deployment knows, for the function's environment. */
  readonly deployed?: string;
}

/** Throws what else is wrong with a definition, now that it is known. @param source how it is called in messages. */
export type CheckDefinition = (definition: JourneyDefinition, schemas: EventSchemas, source: string) => void;

/** @throws JourneyConstructError */
export function loadCode(
  scope: IConstruct,
  props: JourneyProps,
  environment: Readonly<Record<string, string>>,
  check: CheckDefinition,
): JourneyCode {
  checkKind(scope, props);
  if (!('entry' in props)) return loadDeclared(scope, props, check);
  const times = checkedTimes(scope, props);
  const sourceMap = props.sourceMap ?? false;
  const loaded = loadEntry(scope, {
    entry: props.entry,
    absolute: checkedEntry(scope, props.entry),
    environment,
    sourceMap,
    region: Stack.of(scope).region,
    check: (definition, schemas) => check(definition, schemas, props.entry),
  });
  const { directory, definition, schemas, warnings } = loaded;
  return {
    ...{ directory, definition, schemas, warnings, times, sourceMap, invoked: [] },
    sendsEvents: props.sendsEvents ?? loaded.sendsEvents,
  };
}

/** The types say it too, but not to authors of plain JavaScript, nor where props are put together. */
function checkKind(scope: IConstruct, props: object): void {
  const [entry, steps] = ['entry' in props, 'steps' in props];
  if (entry !== steps) return;
  throw new JourneyConstructError(scope, {
    what: entry
      ? 'A journey has both an entry and declared steps.'
      : 'A journey has neither an entry nor declared steps.',
    expected: 'one of them',
    fix: "write entry: 'lambda/cart.ts', or trigger: { event: ... } and steps: [...]",
  });
}
