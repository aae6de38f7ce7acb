/**
 * Reads what a bundled entry declares: its `journey`'s definition and the JSON Schemas of its events, by importing the bundle in a
 * process of its own.
 *
 * A process of its own, because a construct's constructor is synchronous and the entry may read its environment while it
 * loads. Invariants: that process has only the environment it is given (no credentials), cannot open a connection, and is
 * ended after a while; whatever goes wrong comes back as one sentence.
 */
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { entryExports } from '../contract.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { JourneyError } from '../journey/errors.js';
import { assertHonoured } from '../journey/written-checks.js';
import type { EventSchemas } from './schemas.js';
import { schemasScript } from './schemas-script.js';

export type Reading =
  | { readonly outcome: 'read'; readonly definition: JourneyDefinition; readonly schemas: EventSchemas }
  /** The module did not load: it threw (`code` for a mistake that the SDK found), never finished, or ended its process. */
  | { readonly outcome: 'failed'; readonly why: string; readonly code?: string }
  | { readonly outcome: 'wrong-export'; readonly name: string; readonly got: string; readonly expected: string };

/** What a variable is at synth, when its value is only known once it is deployed. */
export const placeholder = 'known-only-after-deployment';

const loadTimeoutMs = 15_000;
/** Node's exit code for an `await` at the top of a module that nothing will ever settle. */
const unsettledAwait = 13;

/** Runs in the child. File descriptor 3 carries the answer, so that a module may print what it likes. */
const script = `
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
Socket.prototype.connect = () => {
  throw new Error('it opens a network connection while it loads, and at synth there is none: connect inside a step');
};
const answer = (value) => {
  for (let left = Buffer.from(JSON.stringify(value)); left.length > 0; ) left = left.subarray(writeSync(3, left));
  process.exit(0);
};
const tell = (error) => error instanceof Error
  ? error.message + (error.cause === undefined ? '' : ' (' + tell(error.cause) + ')')
  : String(error);
const fail = (error) => answer({ outcome: 'failed', why: tell(error), ...(error?.name === error?.code && { code: error?.code }) });
process.on('uncaughtException', fail);
const entry = await import(process.argv[1]).catch(fail);
const kind = (value) => value === null ? 'null' : typeof value;
const { ${entryExports.journey}: journey, ${entryExports.handler}: handler } = entry;
const definition = journey?.definition;
if (typeof definition?.id !== 'string' || !Array.isArray(definition.triggers)) {
  answer({ outcome: 'wrong-export', name: '${entryExports.journey}', got: kind(journey), expected: 'what createJourney(...) returns' });
}
if (typeof handler !== 'function') {
  answer({ outcome: 'wrong-export', name: '${entryExports.handler}', got: kind(handler), expected: 'what serve(journey) returns' });
}
${schemasScript}
answer({ outcome: 'read', definition, schemas: schemasOf(journey, process.argv[2]) });
`;

/** Much more than the schemas of a journey's events have. */
const answerBytes = 16 * 1_048_576;

/**
 * @param file the bundle, an ES module.
 * @param environment all that the module finds in process.env.
 * @param entry the author's file, beside which converters of schemas are looked for. Default: the bundle.
 */
export function readDefinition(file: string, environment: Readonly<Record<string, string>>, entry = file): Reading {
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, pathToFileURL(file).href, entry], {
    env: { ...systemVariables(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: loadTimeoutMs,
    maxBuffer: answerBytes,
    killSignal: 'SIGKILL',
  });
  const answer = child.output?.[3];
  if (answer) return checked(JSON.parse(answer) as Reading);
  if (child.error && 'code' in child.error && child.error.code === 'ETIMEDOUT') {
    return failed(`it did not finish loading within ${loadTimeoutMs / 1_000} s`);
  }
  if (child.error) return failed(child.error.message);
  if (child.status === unsettledAwait)
    return failed('it awaits something, at the top of the module, that never settles');
  return failed(`it ended its process with code ${child.status ?? child.signal}: ${lastLine(child.stderr)}`);
}

/** What a bundle does not carry: it was small enough to be read, and is checked here. */
function checked(reading: Reading): Reading {
  try {
    if (reading.outcome === 'read') assertHonoured(reading.definition);
    return reading;
  } catch (error) {
    if (!(error instanceof JourneyError)) throw error;
    return { outcome: 'failed', why: error.message, code: error.code };
  }
}

function failed(why: string): Reading {
  return { outcome: 'failed', why };
}

/** Windows starts no process without it. */
function systemVariables(): Record<string, string> {
  const root = process.env.SYSTEMROOT;
  return root === undefined ? {} : { SYSTEMROOT: root };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
