/**
 * What a command that operates a stack is: its words for help, its options, and what it does.
 *
 * Owns: the options that all of them share, and how they are read. Knows no command.
 * Invariant: what a command does not know is refused by name, before anything is asked of AWS.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageMistake } from '../mistake.js';
import { connect, type Stack } from './stack.js';

export type Values = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** A command line that was understood. */
export class Arguments {
  constructor(
    private readonly values: Values,
    readonly positionals: readonly string[],
  ) {}

  flag(name: string): boolean {
    return this.values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.values[name];
    return Array.isArray(value) ? value : [];
  }

  /** @throws UsageMistake */
  required(name: string, example: string): string {
    const value = this.text(name);
    if (value !== undefined && value !== '') return value;
    throw new UsageMistake(`--${name} is missing. Fix: --${name} ${example}`);
  }

  /** @throws UsageMistake for anything but a whole number above 0. */
  count(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new UsageMistake(`--${name} must be a whole number above 0. Got: ${text}`);
  }

  get json(): boolean {
    return this.flag('json');
  }

  /** @throws UsageMistake unless there are so many. */
  expectPositionals(least: number, most: number, what: string): void {
    const count = this.positionals.length;
    if (count >= least && count <= most) return;
    throw new UsageMistake(`expected ${what}. Got: ${this.positionals.join(' ') || 'nothing'}`);
  }
}

/** Exit code: 0 done, 1 something was not done. What is thrown is told in one line. */
export type ExitCode = 0 | 1;

export interface OperatingCommand {
  readonly name: string;
  /** What stands behind the name. */
  readonly synopsis: string;
  readonly summary: string;
  /** Lines about its own options. */
  readonly help: readonly string[];
  readonly options: NonNullable<ParseArgsConfig['options']>;
  run(args: Arguments, stack: () => Promise<Stack>): Promise<ExitCode>;
}

const sharedOptions = {
  stack: { type: 'string', multiple: true },
  endpoint: { type: 'string' },
  region: { type: 'string' },
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const sharedHelp: readonly string[] = [
  '--stack <name>            the CloudFormation stack; may be repeated (hub and journeys in two)',
  '--endpoint <url>          a sandbox (http://127.0.0.1:4010), or another endpoint than AWS; default: SOJOURN_ENDPOINT',
  '--region <name>           default: as for the aws CLI',
  '--json                    the answer as one JSON document',
];

export function helpOf(command: OperatingCommand): string {
  const lines = [
    `sojourn ${command.name} ${command.synopsis}`,
    '',
    command.summary,
    '',
    ...command.help.map((line) => `  ${line}`),
    ...sharedHelp.map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** @returns the exit code. */
export async function runCommand(command: OperatingCommand, argv: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { ...sharedOptions, ...command.options },
    allowPositionals: true,
  });
  const args = new Arguments(values as Values, positionals);
  if (args.flag('help')) {
    process.stdout.write(helpOf(command));
    return 0;
  }
  // The SDK's warning about old Nodes would stand in the middle of an answer.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  let open: Stack | undefined;
  const stack = async (): Promise<Stack> => {
    open ??= await connect({
      stacks: args.texts('stack').length > 0 ? args.texts('stack') : listed(process.env.SOJOURN_STACK),
      endpoint: args.text('endpoint') ?? process.env.SOJOURN_ENDPOINT,
      region: args.text('region'),
    });
    return open;
  };
  try {
    return await command.run(args, stack);
  } finally {
    open?.close();
  }
}

function listed(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split(',');
}
