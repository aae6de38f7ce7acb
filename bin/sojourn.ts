#!/usr/bin/env node
/**
 * The command `sojourn`.
 *
 * Owns: arguments, help, exit codes (0 done, 1 failed, 2 not understood). What a command does is in bin/command.
 */
import { parseArgs } from 'node:util';
import { type CostOptions, cost } from './command/cost.js';
import { dev } from './command/dev.js';
import { events } from './command/events.js';
import { graph } from './command/graph.js';
import { fail, UsageMistake } from './command/mistake.js';
import { runCommand } from './command/operate/command.js';
import { operatingCommands, operatingHelp } from './command/operate/index.js';

const help = `sojourn: event-driven user journeys in your own AWS account

Usage
  sojourn dev [options]     run the CDK app of this folder on this machine: the stack that cdk deploy would deploy
  sojourn cost [options]    what so many runs of a journey cost on AWS, from the calls of runs that it plays here
  sojourn graph [options]   the journeys drawn, as Mermaid: what starts, is awaited, happens and cancels
  sojourn events [options]  the catalogue of their events: who starts, awaits, cancels and sends by each, and its JSON Schema

${operatingHelp()}

Options of dev
  --port <n>                the one loopback port (default 4010; 0: any free one)
  --clock <running|frozen>  running: real time plus what was advanced (default); frozen: only what is advanced
  --seed <n>                decides everything random, such as how late timers fire (default 1)

Options of cost
  --journey <id>            the journey
  --runs <n>                how many runs (default 1000000)
  --matched <share>         how many of them match, 0 to 1; the others time out (default 0.5, where events are awaited)
  --events <file>           JSON, { "<event name>": { ...data } }: what its code reads (default sojourn.events.json)

Options of graph
  --journey <id>            only this one, without Markdown around it

Options of events
  --json                    as JSON

Options of dev, cost, graph and events
  --assembly <folder>       take this synthesized assembly (cdk.out) instead of synthesizing
  -c, --context <key=value> a CDK context value; may be repeated
  --verbose                 stack traces, and all that the CDK app prints
  -h, --help                this text

Exit codes: 0 done, 1 something was not done, 2 the command line was not understood
`;

const options = {
  port: { type: 'string', default: '4010' },
  assembly: { type: 'string' },
  context: { type: 'string', short: 'c', multiple: true, default: [] as string[] },
  clock: { type: 'string', default: 'running' },
  seed: { type: 'string', default: '1' },
  journey: { type: 'string' },
  runs: { type: 'string', default: '1000000' },
  matched: { type: 'string' },
  events: { type: 'string' },
  json: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

async function main(argv: readonly string[]): Promise<void> {
  const operating = operatingCommands.find(({ name }) => name === argv[0]);
  if (operating) {
    process.exitCode = await runCommand(operating, argv.slice(1));
    return;
  }
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [command, ...rest] = positionals;
  if (values.help || (command === undefined && argv.length === 0)) {
    process.stdout.write(help);
    return;
  }
  const shared = { assembly: values.assembly, context: contextOf(values.context), verbose: values.verbose };
  if (command === 'dev' && rest.length === 0) {
    await dev({
      ...shared,
      port: wholeNumber('--port', values.port, 65_535),
      clock: clockMode(values.clock),
      seed: wholeNumber('--seed', values.seed, Number.MAX_SAFE_INTEGER),
    });
    return;
  }
  if (command === 'graph' && rest.length === 0) {
    await graph({ ...shared, journey: values.journey });
    return;
  }
  if (command === 'events' && rest.length === 0) {
    await events({ ...shared, json: values.json });
    return;
  }
  if (command === 'cost' && rest.length === 0) {
    await cost({ ...shared, ...costOptions(values) });
    return;
  }
  throw new UsageMistake(
    `no such command: ${positionals.join(' ') || '(none)'}. Fix: sojourn --help tells which there are`,
  );
}

function costOptions(values: {
  readonly journey?: string;
  readonly runs: string;
  readonly matched?: string;
  readonly events?: string;
}): Pick<CostOptions, 'journey' | 'runs' | 'matched' | 'events'> {
  if (values.journey === undefined) throw new UsageMistake('cost needs a journey. Fix: --journey <id>');
  return {
    journey: values.journey,
    runs: wholeNumber('--runs', values.runs, Number.MAX_SAFE_INTEGER),
    matched: values.matched === undefined ? undefined : shareOf('--matched', values.matched),
    events: values.events,
  };
}

function shareOf(option: string, text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value <= 1) return value;
  throw new UsageMistake(`${option} must be a number from 0 to 1. Got: ${text}`);
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new UsageMistake(`${option} must be a whole number from 0 to ${most}. Got: ${text}`);
}

function clockMode(text: string): 'running' | 'frozen' {
  if (text === 'running' || text === 'frozen') return text;
  throw new UsageMistake(`--clock must be running or frozen. Got: ${text}`);
}

function contextOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const cut = pair.indexOf('=');
      if (cut < 1) throw new UsageMistake(`-c takes key=value. Got: ${pair}`);
      return [pair.slice(0, cut), pair.slice(cut + 1)];
    }),
  );
}

const argv = process.argv.slice(2);
main(argv).catch((error: unknown) => fail(error, { verbose: argv.includes('--verbose') }));
