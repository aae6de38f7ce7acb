/**
 * npm run verify:iam: our evaluator of policies against one that others wrote, call by call: on the app's template as it
 * is, and with each of the seeded mistakes in it.
 *
 * Exit code 0 only when both say the same of every call; where only AWS could tell (the mistakes marked `closed`), when ours
 * allows nothing that the other one refuses. Without the other simulator it says so and compares nothing.
 */
import os from 'node:os';
import path from 'node:path';
import { synthesize } from '../../bin/command/synthesize.js';
import { enforcePolicies } from '../../lib/sandbox/iam/enforce.js';
import type { SandboxResources } from '../../lib/sandbox/template/resources.js';
import { changed, resourcesOf } from './app.js';
import { callsOf, type LabelledCall } from './calls.js';
import { mistakes } from './mistakes.js';
import { fetchSimulator, simulate, simulatorVersion } from './simulator.js';

const nowMs = Date.parse('2027-01-04T10:00:00Z');

interface Comparison {
  readonly compared: number;
  readonly allowed: number;
  /** Of a closed mistake: ours refuses what the other allows. */
  readonly stricter: number;
  readonly differences: readonly string[];
  readonly errors: ReadonlySet<string>;
}

type Simulator = ReturnType<typeof fetchSimulator>;

async function compare(
  simulator: Simulator,
  calls: readonly LabelledCall[],
  resources: SandboxResources,
  closed: boolean,
): Promise<Comparison> {
  const authorize = enforcePolicies(resources, () => nowMs);
  const differences: string[] = [];
  const errors = new Set<string>();
  let [allowed, stricter] = [0, 0];
  for (const { label, call } of calls) {
    const ours = authorize(call);
    const theirs = await simulate(simulator, call, resources, nowMs);
    if (theirs.errors !== undefined) errors.add(theirs.errors);
    if (ours.allowed) allowed += 1;
    if (ours.allowed === theirs.allowed) continue;
    if (closed && !ours.allowed) stricter += 1;
    else
      differences.push(
        `${label}: ours ${verdict(ours.allowed)}, theirs ${verdict(theirs.allowed)} ${theirs.errors ?? ''}`,
      );
  }
  return { compared: calls.length, allowed, stricter, differences, errors };
}

function verdict(allowed: boolean): string {
  return allowed ? 'allows' : 'refuses';
}

async function main(): Promise<boolean> {
  let simulator: Simulator;
  try {
    simulator = fetchSimulator(path.join(os.tmpdir(), `sojourn-iam-simulate-${simulatorVersion}`));
  } catch (error) {
    say(`skipped: the simulator cannot be had here, nothing was compared (${(error as Error).message.split('\n')[0]})`);
    return true;
  }
  const assembly = await synthesize({
    projectDir: process.cwd(),
    outDir: '.sojourn/iam',
    context: { sender: 'shop@example.com' },
  });
  const resources = resourcesOf(assembly);
  const calls = callsOf(resources);
  const asItIs = await compare(simulator, calls, resources, false);
  say(`the template as it is: ${asItIs.compared} calls, ${asItIs.allowed} allowed`);
  let [compared, stricter] = [asItIs.compared, asItIs.stricter];
  const differences = asItIs.differences.map((one) => `as it is: ${one}`);
  for (const { name, change, closed } of mistakes) {
    const result = await compare(simulator, calls, changed(resources, change), closed !== undefined);
    compared += result.compared;
    stricter += result.stricter;
    differences.push(...result.differences.map((one) => `${name}: ${one}`));
    for (const error of result.errors) if (closed === undefined) say(`  ${name}: they say ${error.slice(0, 200)}`);
  }
  for (const difference of differences) say(`DIFFERENT  ${difference}`);
  say(`${mistakes.length} mistakes: ${compared} answers compared in all, ${differences.length} differ`);
  say(`refused by ours alone, where only AWS can tell: ${stricter}`);
  // A template is a check: the one as it is, and each with a mistake.
  const differing = new Set(differences.map((one) => one.split(': ')[0])).size;
  say(`${mistakes.length + 1 - differing} passed, ${differing} failed`);
  return differences.length === 0;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  (same) => {
    process.exitCode = same ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
    process.exitCode = 1;
  },
);
