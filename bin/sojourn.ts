#!/usr/bin/env node
/**
 * The command `sojourn`.
 *
 * Owns: arguments, help, exit codes (0 done, 1 failed, 2 not understood). What a command does is in bin/command.
 */
import { parseArgs } from 'node:util';
import { dev } from './command/dev.js';
import { fail, UsageMistake } from './command/mistake.js';

const help = `sojourn: event-driven user journeys in your own AWS account

Usage
  sojourn dev [options]     run the CDK app of this folder on this machine: the stack that cdk deploy would deploy

Options of dev
  --port <n>                the one loopback port (default 4010; 0: any free one)
  --assembly <folder>       take this synthesized assembly (cdk.out) instead of synthesizing
  -c, --context <key=value> a CDK context value; may be repeated
  --clock <running|frozen>  running: real time plus what was advanced (default); frozen: only what is advanced
  --seed <n>                decides everything random, such as how late timers fire (default 1)
  --verbose                 stack traces, and all that the CDK app prints
  -h, --help                this text
`;

const options = {
  port: { type: 'string', default: '4010' },
  assembly: { type: 'string' },
  context: { type: 'string', short: 'c', multiple: true, default: [] as string[] },
  clock: { type: 'string', default: 'running' },
  seed: { type: 'string', default: '1' },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [command, ...rest] = positionals;
  if (values.help || (command === undefined && argv.length === 0)) {
    process.stdout.write(help);
    return;
  }
  if (command !== 'dev' || rest.length > 0) {
    throw new UsageMistake(
      `no such command: ${positionals.join(' ') || '(none)'}. Fix: sojourn dev, or sojourn --help`,
    );
  }
  await dev({
    port: wholeNumber('--port', values.port, 65_535),
    assembly: values.assembly,
    context: contextOf(values.context),
    clock: clockMode(values.clock),
    seed: wholeNumber('--seed', values.seed, Number.MAX_SAFE_INTEGER),
    verbose: values.verbose,
  });
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
