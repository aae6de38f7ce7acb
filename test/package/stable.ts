/**
 * What users rely on by name, besides the exports: the command's words, names in events, metrics, tables and functions, error
 * codes, and the logical ids of resources that hold something. docs/stability.md says what each promises.
 *
 * Owns: reading them from the code. Judges nothing.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Journey, JourneyHub, JourneyStep } from 'sojourn/cdk';
import { operatingCommands } from '../../bin/command/operate/index.js';
import * as contract from '../../lib/contract.js';
import { entryDirectory, lead } from '../stack/entry-files.js';
import { repository } from '../tidy/source.js';
import { surfaceOf } from './surface.js';

/** Kind of name -> names, sorted. */
export type Stable = Readonly<Record<string, readonly string[]>>;

export function stableNames(): { readonly stable: Stable; readonly unnamed: readonly string[] } {
  const { names, unnamed } = surfaceOf();
  const kinds = Object.entries(names).map(([entry, list]) => [`exports of ${entry}`, list] as const);
  const stable = {
    ...Object.fromEntries(kinds),
    command: commandNames(),
    'names in events, metrics, tables and functions': contractNames(),
    'error codes': errorCodes(),
    'logical ids of resources that hold something': resourceNames(),
  };
  return { stable, unnamed };
}

/** `dev --port`, `runs --status`, ... */
function commandNames(): string[] {
  const source = readFileSync(path.join(repository, 'bin/sojourn.ts'), 'utf8');
  const help = /const help = `([^`]+)`/.exec(source)?.[1] ?? '';
  const names = [...help.matchAll(/^ {2}sojourn (\w+)/gm)].map(([, name]) => name!);
  const options = [...help.matchAll(/^Options of (.+)\n((?: {2}.*\n)+)/gm)].flatMap(([, commands = '', lines = '']) =>
    commands
      .split(/, | and /)
      .flatMap((name) => [...lines.matchAll(/--[\w-]+/g)].map(([option]) => `${name} ${option}`)),
  );
  const operating = operatingCommands.flatMap((command) => [
    command.name,
    ...Object.keys(command.options).map((option) => `${command.name} --${option}`),
  ]);
  return [...new Set([...names, ...options, ...operating])].sort();
}

/** Every constant of contract.ts: `metrics.started = RunsStarted`. */
function contractNames(): string[] {
  const told = (name: string, value: unknown): string[] => {
    if (typeof value === 'function') return [];
    if (Array.isArray(value)) return value.map((one) => `${name}: ${one}`);
    if (typeof value === 'object' && value !== null) {
      return Object.entries(value).flatMap(([member, one]) => told(`${name}.${member}`, one));
    }
    return [`${name} = ${value}`];
  };
  return Object.entries(contract)
    .flatMap(([name, value]) => told(name, value))
    .sort();
}

/** By docs/errors.md, which test/docs/errors holds against the code. */
function errorCodes(): string[] {
  const page = readFileSync(path.join(repository, 'docs/errors.md'), 'utf8');
  return [...page.matchAll(/^### (\w+)$/gm)].map(([, code]) => code!).sort();
}

const entries = entryDirectory();

const held =
  /^AWS::(?:DynamoDB::Table|Events::EventBus|SQS::Queue|Scheduler::ScheduleGroup|Lambda::(?:Function|Alias)|Logs::LogGroup|IAM::Role)$/;

function resourceNames(): string[] {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Journeys');
  new Journey(stack, 'Code', { hub, entry: entries.write('lead.ts', lead) });
  new Journey(stack, 'Declared', {
    hub,
    trigger: { event: 'lead/entered' },
    steps: [JourneyStep.sleep('a-day', Duration.days(1))],
  });
  const resources = Object.entries(Template.fromStack(stack).toJSON().Resources as Record<string, { Type: string }>);
  return resources.flatMap(([id, { Type }]) => (held.test(Type) ? [`${Type} ${id}`] : [])).sort();
}
