/**
 * Synthesized assemblies, shared by the test files: each app is synthesized once for all that a template is made of.
 *
 * Owns: where they lie (.sojourn/e2e, by a hash of everything that decides them) and that two Jest workers do not make
 * the same one twice. Must not know: what is in them.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { synthesize } from '../../bin/command/synthesize.js';

export const repository = path.resolve(__dirname, '../..');
const cacheDir = path.join(repository, '.sojourn/e2e');
/** A synthesis takes seconds; whoever holds the lock longer is dead. */
const lockMs = 60_000;
const keptMs = 3_600_000;

const appSources = ['bin/app.ts', 'bin/declared-sales.ts', 'lambda'];

const made = new Map<string, Promise<string>>();

/** The app that `cdk deploy` would deploy. */
export function appAssembly(): Promise<string> {
  return assemblyOf('app', repository, appSources);
}

/** The same app, with the sales story declared without code. */
export function declaredSalesAssembly(): Promise<string> {
  return assemblyOf('declared-sales', repository, appSources, { sales: 'declared' });
}

/** Journeys with every fault that a journey can have. */
export const faultyAssembly = fixture('faulty');
/** Journeys that tell all that can be told. */
export const tellingAssembly = fixture('telling');
/** A journey with compensation, handlers of its ends and a time of its own. */
export const endsAssembly = fixture('ends');
/** Journeys that wait for several events. */
export const severalAssembly = fixture('several');
/** A journey that calls another one. */
export const callingAssembly = fixture('calling');
/** A journey without code, with all that finds and asks events. */
export const declaredAssembly = fixture('declared');
/** Journeys that are found by other values than their keys. */
export const correlationsAssembly = fixture('correlations');

/** Journeys whose events have schemas, or the next deployment of them, in which one was mended. */
export function typedAssembly({ mended = false }: { readonly mended?: boolean } = {}): Promise<string> {
  const context = { strict: String(!mended) };
  return fixture('typed', mended ? 'typed-mended' : 'typed', context)();
}

/** The five journeys, and more that chaos is let loose on (test/chaos/app). */
export function chaosAssembly(): Promise<string> {
  const app = 'test/chaos/app';
  return assemblyOf('chaos', path.join(repository, app), [app, 'lambda']);
}

/** Makes an assembly before the tests of a file, so that no test's time goes into it. */
export function beforehand(assembly: () => Promise<string>): void {
  beforeAll(async () => void (await assembly()), 2 * lockMs);
}

type Context = Readonly<Record<string, string>>;

/** The app in fixtures/<app>-app. */
function fixture(app: string, name = app, context: Context = {}): () => Promise<string> {
  const dir = `test/e2e/fixtures/${app}-app`;
  return () => assemblyOf(name, path.join(repository, dir), [dir], context);
}

function assemblyOf(
  name: string,
  projectDir: string,
  sources: readonly string[],
  context: Context = {},
): Promise<string> {
  const assembly = made.get(name) ?? make(name, projectDir, sources, context);
  made.set(name, assembly);
  return assembly;
}

async function make(name: string, projectDir: string, sources: readonly string[], context: Context): Promise<string> {
  const hash = hashOf([...sources, 'lib', 'cdk.json', 'package-lock.json', 'tsconfig.json']);
  const dir = path.join(cacheDir, `${name}-${hash}`);
  const lock = `${dir}.lock`;
  mkdirSync(cacheDir, { recursive: true });
  while (!existsSync(dir)) {
    if (!takeLock(lock)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    try {
      forgetOld(name);
      const synthesized = await synthesize({
        projectDir,
        outDir: `${dir}.making`,
        context: { sender: 'shop@example.com', ...context },
      });
      renameSync(synthesized, dir);
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
  return dir;
}

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const heldMs = existsSync(lock) ? Date.now() - statSync(lock).mtimeMs : 0;
    if (heldMs > lockMs) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function forgetOld(name: string): void {
  for (const entry of readdirSync(cacheDir)) {
    const file = path.join(cacheDir, entry);
    if (entry.startsWith(`${name}-`) && !entry.endsWith('.lock') && Date.now() - statSync(file).mtimeMs > keptMs) {
      rmSync(file, { recursive: true, force: true });
    }
  }
}

function hashOf(sources: readonly string[]): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of sources.flatMap((source) => filesBelow(path.join(repository, source)))) {
    hash.update(`\n${path.relative(repository, file)}\n`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(file: string): string[] {
  if (!statSync(file).isDirectory()) return [file];
  return readdirSync(file)
    .sort()
    .flatMap((entry) => filesBelow(path.join(file, entry)));
}
