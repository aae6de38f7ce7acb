/** sojourn dev: synthesizes the app (or takes an assembly), starts what the template says, and stays until Ctrl-C. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspector } from '../../lib/inspect/inspector.js';
import type { Activity, Sandbox } from '../../lib/sandbox/index.js';
import { Mistake } from './mistake.js';
import { runSandbox } from './sandbox.js';
import { synthesize } from './synthesize.js';

export interface DevOptions {
  readonly port: number;
  readonly assembly: string | undefined;
  readonly context: Readonly<Record<string, string>>;
  readonly clock: 'running' | 'frozen';
  readonly seed: number;
  readonly verbose: boolean;
}

export async function dev(options: DevOptions): Promise<void> {
  // Handlers run on this machine's Node; the SDK's warning about old ones would clutter every journey's log.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // `sojourn dev | head`: whoever has read enough wants no stack trace.
  const unread = new Promise<void>((done) => process.stdout.on('error', () => done()));
  const sandbox = await runSandbox({
    assemblyDir: await assemblyOf(options),
    synthesize: () => assemblyOf(options),
    port: options.port,
    clock: { mode: options.clock },
    seed: options.seed,
    inspector: inspector(),
    onNotice: (line) => print(`note: ${line}`),
    onActivity: (activity) => {
      const line = lineOf(activity);
      if (line !== undefined) print(line);
    },
  });
  introduce(sandbox);
  await Promise.race([stopped(), unread]);
  await sandbox.close();
}

async function assemblyOf(options: DevOptions): Promise<string> {
  if (options.assembly === undefined) {
    return synthesize({
      projectDir: process.cwd(),
      outDir: '.sojourn/dev',
      context: options.context,
      verbose: options.verbose,
    });
  }
  const dir = resolve(options.assembly);
  if (existsSync(join(dir, 'manifest.json'))) return dir;
  throw new Mistake(`there is no synthesized assembly in ${dir}. Fix: cdk synth, or leave --assembly out`);
}

function introduce({ url, environment }: Sandbox): void {
  print('For development and tests only: state is in memory, nothing here is AWS.');
  for (const { journey } of environment.functions) if (journey !== undefined) print(`journey  ${journey}`);
  for (const bus of environment.busNames) print(`bus      ${bus}`);
  for (const table of environment.tableNames) print(`table    ${table}`);
  print(`deploy   curl -X POST ${url}/_sojourn/deploy   takes your changed code; runs that wait keep theirs`);
  print(`try      aws events put-events --endpoint-url ${url} --entries ...   |   curl ${url}/_sojourn/runs`);
  print(`sojourn ready ${url}`);
}

/** One line for what a developer wants to see go by. */
function lineOf(activity: Activity): string | undefined {
  const at = new Date(activity.atMs).toISOString().slice(0, 19);
  switch (activity.kind) {
    case 'event-put':
      return `${at}  event     ${activity.event['detail-type']} (${activity.event.id})`;
    case 'invoked':
      return `${at}  ${activity.outcome === 'ok' ? 'ran      ' : 'FAILED   '} ${activity.journey ?? activity.functionName}${activity.error ? `: ${activity.error.type}: ${activity.error.message}` : ''}`;
    case 'schedule-created':
      return `${at}  timer     set for ${new Date(activity.fireAtMs).toISOString().slice(0, 19)}`;
    case 'schedule-deleted':
      return `${at}  timer     deleted`;
    case 'schedule-fired':
      return `${at}  timer     fires`;
    case 'mail-sent':
      return `${at}  mail      to ${activity.mail.to.join(', ')}: ${activity.mail.subject ?? ''}`;
    case 'access-denied':
      return `${at}  DENIED    ${activity.message}${activity.remedy ? `; fix: ${activity.remedy}` : ''}`;
    case 'dead-letter':
      return `${at}  dead      ${activity.reason}`;
    case 'log':
      return isRoutine(activity.line) ? undefined : `${at}  log       ${activity.line}`;
    default:
      return undefined;
  }
}

/** A fact of a run that goes well says what the lines above say already; the author's lines and what goes wrong do not. */
function isRoutine(line: string): boolean {
  try {
    const { level, _aws: metrics, requestId } = JSON.parse(line) as Record<string, unknown>;
    return metrics !== undefined || (level === 'INFO' && requestId === undefined);
  } catch {
    return false;
  }
}

/** Ctrl-C, or a polite kill; a second one ends at once. */
function stopped(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
