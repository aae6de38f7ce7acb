/**
 * npm run verify:template: what is synthesized, before cfn-lint (Python), which we did not write and npm test does not need.
 *
 * Owns: installing the pinned version into .sojourn, which findings are accepted and why, and the proof that it looks: a
 * mistake is seeded that it has to find. Where Python is missing it says so and checks nothing. Our own rules, the CDK's
 * validator and cdk-nag run in npm test and at each synth.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { synthesize } from '../../bin/command/synthesize.js';
import type { TemplateDocument } from './engine.js';
import { Spoilable } from './mistakes.js';

const version = '1.58.0';
const repository = path.resolve(import.meta.dirname, '../..');
const environment = path.join(repository, `.sojourn/cfn-lint-${version}`);
const workDir = path.join(repository, '.sojourn/template');

/** Warnings that stay, by id. */
const accepted: Readonly<Record<string, string>> = {
  W3005: 'the CDK lets a function depend by name on the role that it also refers to; harmless, and not ours to change',
};

interface Match {
  readonly Rule: { readonly Id: string };
  readonly Level: string;
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

let passed = 0;
let failed = 0;

function report(name: string, complaints: readonly string[]): void {
  if (complaints.length === 0) passed += 1;
  else failed += 1;
  say(`${complaints.length === 0 ? 'ok   ' : 'FAILS'}  ${name}`);
  for (const complaint of complaints) say(`         ${complaint}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function run(command: string, args: readonly string[]) {
  return spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1_024 * 1_024 });
}

/** @returns undefined where there is no Python to make an environment with. */
function installed(): string | undefined {
  const program = path.join(environment, process.platform === 'win32' ? 'Scripts/cfn-lint.exe' : 'bin/cfn-lint');
  if (existsSync(program)) return program;
  const python = ['python3', 'python'].find((name) => run(name, ['-m', 'venv', '--help']).status === 0);
  if (python === undefined) return undefined;
  say(`installing cfn-lint ${version} into ${path.relative(repository, environment)} ...`);
  const made = run(python, ['-m', 'venv', environment]);
  const pip = path.join(path.dirname(program), 'pip');
  const got = run(pip, ['install', '--quiet', '--disable-pip-version-check', `cfn-lint==${version}`]);
  if (made.status === 0 && got.status === 0) return program;
  rmSync(environment, { recursive: true, force: true });
  throw new Error(`cfn-lint ${version} could not be installed:\n${made.stderr}${got.stderr ?? ''}`);
}

/** @returns a line for each warning and error; informational findings are matters of taste. */
function lint(program: string, file: string): string[] {
  const { status, stdout, stderr } = run(program, ['--format', 'json', '--regions', 'us-east-1', '--template', file]);
  // 2: errors, 4: warnings, 8: informational, and their sums; anything else is no answer.
  if (status === null || (status & ~14) !== 0) throw new Error(`cfn-lint did not answer (${status}): ${stderr}`);
  const matches = stdout.trim() === '' ? [] : (JSON.parse(stdout) as Match[]);
  return matches
    .filter(({ Level, Rule }) => Level !== 'Informational' && !Object.hasOwn(accepted, Rule.Id))
    .map(({ Rule, Location, Message }) => `${Rule.Id} ${(Location.Path ?? []).join('/')}: ${Message}`);
}

async function main(): Promise<void> {
  const program = installed();
  if (program === undefined) {
    say('SKIPPED: there is no Python 3 with venv on this machine, so cfn-lint did not look at the template.');
    say('0 passed, 0 failed');
    return;
  }
  mkdirSync(workDir, { recursive: true });
  for (const ephemeral of ['false', 'true']) {
    const outDir = path.join(workDir, `ephemeral-${ephemeral}`);
    await synthesize({ projectDir: repository, outDir, context: { sender: 'shop@example.com', ephemeral } });
    const file = path.join(outDir, 'Sojourn.template.json');
    report(`cfn-lint ${version} finds nothing in the app (ephemeral: ${ephemeral})`, lint(program, file));
    if (ephemeral === 'false') report('cfn-lint finds a seeded mistake', blindness(program, file));
  }
  for (const [id, reason] of Object.entries(accepted)) say(`accepted ${id}: ${reason}`);
  say(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

/** An action that does not exist: the bundled engine does not know actions, cfn-lint does. */
function blindness(program: string, file: string): string[] {
  const template = new Spoilable(JSON.parse(readFileSync(file, 'utf8')) as TemplateDocument);
  template.statement('OwnRuns').Action[2] = 'dynamodb:Qury';
  const spoiled = path.join(workDir, 'spoiled.template.json');
  writeFileSync(spoiled, JSON.stringify(template.document));
  const found = lint(program, spoiled);
  return found.some((line) => line.startsWith('W3037')) ? [] : ['the action dynamodb:Qury went unseen', ...found];
}

await main();
