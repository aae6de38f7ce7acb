/**
 * Synthesizes the CDK app of the current folder, as the CDK CLI would: the `app` of cdk.json, with its context.
 *
 * Owns: how the app is started and what is said when it breaks. Needs no credentials and no CDK CLI.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Mistake } from './mistake.js';

export interface SynthesizeOptions {
  readonly projectDir: string;
  readonly outDir: string;
  /** Context values over those of cdk.json, as `-c key=value` gives them. */
  readonly context?: Readonly<Record<string, string>>;
  readonly verbose?: boolean;
}

/** @returns the folder of the cloud assembly. @throws Mistake */
export async function synthesize(options: SynthesizeOptions): Promise<string> {
  const config = readConfig(join(options.projectDir, 'cdk.json'));
  const cached = join(options.projectDir, 'cdk.context.json');
  const context = { ...config.context, ...(existsSync(cached) && readJson(cached)), ...options.context };
  const outDir = resolve(options.projectDir, options.outDir);
  const manifest = join(outDir, 'manifest.json');
  const beforeMs = writtenAtMs(manifest);
  const { code, output } = await run(config.app, options.projectDir, {
    ...process.env,
    CDK_OUTDIR: outDir,
    CDK_CONTEXT_JSON: JSON.stringify(context),
    CDK_DEFAULT_ACCOUNT: '000000000000',
    CDK_DEFAULT_REGION: 'us-east-1',
    // The same template in half the time; `npm run synth` and `cdk deploy` validate it.
    CDK_VALIDATION: 'false',
  });
  if (code !== 0) throw broken(config.app, code, output, options.verbose ?? false);
  // The one of an earlier run may still lie there.
  if (writtenAtMs(manifest) === beforeMs) {
    throw new Mistake(
      `the CDK app (${config.app}) ended well but wrote no assembly to ${outDir}. Fix: end it with app.synth()`,
    );
  }
  return outDir;
}

function writtenAtMs(file: string): number | undefined {
  return existsSync(file) ? statSync(file).mtimeMs : undefined;
}

function readConfig(file: string): { app: string; context: Record<string, unknown> } {
  if (!existsSync(file)) {
    throw new Mistake(
      `there is no cdk.json in ${resolve(file, '..')}. Fix: run this in a CDK project, or give --assembly <folder>`,
    );
  }
  const config = readJson(file) as { app?: unknown; context?: Record<string, unknown> } | null;
  if (typeof config?.app !== 'string')
    throw new Mistake(`${file} has no "app". Fix: add for example "app": "npx tsx bin/app.ts"`);
  return { app: config.app, context: config.context ?? {} };
}

function readJson(file: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Mistake(`${file} is no JSON: ${(error as Error).message}`);
  }
}

function run(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  return new Promise((resolvePromise, reject) => {
    const child = spawn(command, { cwd, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => resolvePromise({ code: code ?? 1, output }));
  });
}

/** The line that says what is wrong, out of all that a broken app prints. */
function broken(app: string, code: number, output: string, verbose: boolean): Mistake {
  if (verbose) return new Mistake(`the CDK app (${app}) failed with exit code ${code}:\n${output}`);
  const line =
    output.split('\n').find((candidate) => /^\s*(\w*Error|Error)\b.*:/.test(candidate)) ??
    output.trim().split('\n').at(-1);
  if (!line) return new Mistake(`the CDK app (${app}) failed with exit code ${code} and said nothing`);
  return new Mistake(`the CDK app (${app}) failed with exit code ${code}: ${line.trim()} (--verbose shows all)`);
}
