/**
 * An author's entry, loaded: bundled, read, and every mistake in it told as one error with the file and the fix.
 *
 * Knows what an entry must export; never CDK resources. Invariant: the definition is read from the very bundle that is
 * deployed, under the environment that it is deployed with.
 */
import { rmSync } from 'node:fs';
import type { IConstruct } from 'constructs';
import { entryExports, env } from '../contract.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { type Bundle, BundleError, bundleEntry } from './bundle.js';
import { JourneyConstructError, type Mistake } from './mistake.js';
import { placeholder, type Reading, readDefinition } from './read-definition.js';
import type { EventSchemas } from './schemas.js';
import { isKnown } from './settings.js';

export interface LoadedEntry extends Bundle {
  readonly definition: JourneyDefinition;
  readonly schemas: EventSchemas;
}

export interface EntrySource {
  /** As the author wrote it: it stands in messages. */
  readonly entry: string;
  readonly absolute: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly sourceMap: boolean;
  /** Where the function will run, if that is known. */
  readonly region: string;
  /** Throws what else is wrong with the definition, now that it is known. */
  readonly check: (definition: JourneyDefinition, schemas: EventSchemas) => void;
}

/** @throws JourneyConstructError for whatever is wrong with the entry; then nothing is left of the bundle. */
export function loadEntry(scope: IConstruct, source: EntrySource): LoadedEntry {
  const bundle = bundled(scope, source);
  try {
    assertExports(scope, source, bundle);
    const reading = readDefinition(bundle.file, environmentAtSynth(source), source.absolute);
    if (reading.outcome !== 'read') throw new JourneyConstructError(scope, explain(source, reading));
    const { definition, schemas } = reading;
    source.check(definition, schemas);
    return { ...bundle, definition, schemas };
  } catch (error) {
    rmSync(bundle.directory, { recursive: true, force: true });
    throw error;
  }
}

function bundled(scope: IConstruct, { entry, absolute, sourceMap }: EntrySource): Bundle {
  try {
    return bundleEntry(absolute, { sourceMap });
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    throw new JourneyConstructError(scope, {
      what: `The entry ${entry} cannot be bundled.`,
      got: error.message,
      expected: 'a file that esbuild can bundle, with all that it imports',
      fix: 'correct that line, or install the package that is missing',
    });
  }
}

const declared: Readonly<Record<string, string>> = {
  [entryExports.journey]: `export const ${entryExports.journey} = createJourney({ ... }, async ({ event, step }) => { ... })`,
  [entryExports.handler]: `export const ${entryExports.handler} = serve(${entryExports.journey})`,
};

function assertExports(scope: IConstruct, { entry }: EntrySource, { exports }: Bundle): void {
  const missing = Object.keys(declared).filter((name) => !exports.includes(name));
  if (missing.length === 0) return;
  throw new JourneyConstructError(scope, {
    what: `The entry ${entry} does not export ${missing.join(' and ')}.`,
    got: exports.length === 0 ? 'no exports' : `exports ${exports.join(', ')}`,
    expected: `the exports ${Object.keys(declared).join(' and ')}`,
    fix: `add ${missing.map((name) => declared[name]).join('; ')}`,
  });
}

/** What process.env is while the entry is read: what it will be in Lambda, as far as synth can know. */
function environmentAtSynth({ environment, region }: EntrySource): Record<string, string> {
  const known = Object.entries(environment).map(([name, value]) => [name, isKnown(value) ? value : placeholder]);
  return {
    ...Object.fromEntries(Object.values(env).map((name) => [name, placeholder])),
    AWS_REGION: isKnown(region) ? region : 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: placeholder,
    TZ: 'UTC',
    ...Object.fromEntries(known),
  };
}

function explain(
  { entry, environment }: EntrySource,
  reading: Exclude<Reading, { outcome: 'read' }>,
): Mistake | string {
  if (reading.outcome === 'wrong-export') {
    return {
      what: `The entry ${entry} exports a ${reading.name} that is something else.`,
      got: reading.got,
      expected: reading.expected,
      fix: declared[reading.name] ?? reading.expected,
    };
  }
  // A mistake that the SDK found says what it got, what it expects and how to mend it.
  if (reading.code !== undefined) return `The journey in ${entry} cannot work. ${reading.why}`;
  const hidden = Object.keys(environment).filter((name) => !isKnown(environment[name] ?? ''));
  const hint = hidden.length === 0 ? '' : `; at synth ${hidden.join(', ')} is '${placeholder}'`;
  return {
    what: `The entry ${entry} does not load.`,
    got: reading.why,
    expected: `a module that loads at synth with only the environment of the Journey${hint}`,
    fix: `move what fails from the top of the module into a step, or give the Journey the environment that it reads`,
  };
}
