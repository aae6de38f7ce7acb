/** Mistakes of whoever runs the command: told in one line, without a stack trace unless --verbose. */
export class Mistake extends Error {
  override readonly name = 'Mistake';
}

/** The command line itself was not understood: exit code 2. */
export class UsageMistake extends Mistake {}

/** Prints what went wrong and ends with a non-zero exit code. */
export function fail(error: unknown, options: { readonly verbose: boolean }): void {
  const told = error instanceof Error ? error : new Error(String(error));
  const line = told.message.split('\n')[0] ?? told.name;
  process.stderr.write(options.verbose ? `${told.stack ?? told.message}\n` : `sojourn: ${line}\n`);
  const isUsage =
    told instanceof UsageMistake || String((told as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
  process.exitCode = isUsage ? 2 : 1;
}
