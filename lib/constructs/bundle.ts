/**
 * Makes the file of an author and all that it imports a bundle of ES modules, as Lambda and the sandbox run it.
 *
 * Owns: esbuild and its options. Knows files, never CDK resources or what a journey is.
 * Invariants: the same sources give the same bytes wherever they lie (asset hashes); nothing is left to be resolved at
 * run time but Node's own modules, the AWS SDK included.
 */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BuildOptions, type BuildResult, buildSync, type Message, type Metafile } from 'esbuild';

export interface Bundle {
  /** A new directory that holds the bundle, and nothing else. */
  readonly directory: string;
  /** The module to import: index.mjs. */
  readonly file: string;
  readonly exports: readonly string[];
  /** Whether any file of the author's, or of a library but Sojourn itself, speaks of `sendEvent`. */
  readonly sendsEvents: boolean;
  /** What esbuild found odd in the author's own files. */
  readonly warnings: readonly string[];
}

/** What esbuild refuses, one line per mistake, each with its place. */
export class BundleError extends Error {}

/** ES modules have no `require`, which CommonJS packages inside the bundle call for Node's own modules. */
const requireBanner = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

const options = {
  bundle: true,
  write: false,
  metafile: true,
  logLevel: 'silent',
  platform: 'node',
  format: 'esm',
  // Lambda runs Node 24; the sandbox runs the very same bundle on the Node at hand, which may be 20.
  target: 'node20',
  // The ES module build of a package, where it has one: a third smaller than CommonJS, and faster to load.
  mainFields: ['module', 'main'],
  minify: true,
  treeShaking: true,
  // createJourney leaves out what synth checks (lib/journey/written-checks.ts): 18 KB.
  define: { SOJOURN_DEPLOYED: 'true' },
  // What is imported dynamically stays apart and is loaded only if it is needed. Of the AWS SDK that is a fifth: the ways to
  // find credentials that a function does not use, since Lambda hands it its own.
  splitting: true,
  chunkNames: 'part-[hash]',
  outExtension: { '.js': '.mjs' },
  legalComments: 'none',
  charset: 'utf8',
  banner: { js: requireBanner },
} as const satisfies BuildOptions;

/**
 * @param entry an absolute path.
 * @param sourceMap writes a source map beside the bundle, for readable stacks (Node's --enable-source-maps).
 * @throws BundleError
 */
export function bundleEntry(entry: string, { sourceMap }: { readonly sourceMap: boolean }): Bundle {
  const result = build(entry, sourceMap);
  const directory = mkdtempSync(path.join(tmpdir(), 'sojourn-bundle-'));
  for (const file of result.outputFiles) writeFileSync(path.join(directory, path.basename(file.path)), file.contents);
  const outputs = Object.values(result.metafile.outputs);
  return {
    directory,
    file: path.join(directory, 'index.mjs'),
    exports: outputs.find(isOf(entry))?.exports ?? [],
    sendsEvents: mentions('sendEvent', authorsFiles(entry, result.metafile)),
    warnings: result.warnings
      .filter((warning) => !warning.location?.file.includes('node_modules'))
      .map((warning) => oneLine(entry, warning)),
  };
}

type Built = BuildResult<{ write: false; metafile: true }>;

function build(entry: string, sourceMap: boolean): Built {
  try {
    return buildSync({
      ...options,
      entryPoints: { index: entry },
      // Nothing is written there, but paths count from there: in a source map, and in the names of the parts.
      absWorkingDir: path.dirname(entry),
      outdir: path.dirname(entry),
      ...(sourceMap && { sourcemap: 'linked', sourcesContent: false }),
    });
  } catch (error) {
    const messages = (error as { errors?: Message[] }).errors;
    if (messages === undefined) throw error;
    throw new BundleError(messages.map((message) => oneLine(entry, message)).join('; '));
  }
}

function oneLine(entry: string, { text, location }: Message): string {
  if (!location) return text;
  const file = path.resolve(path.dirname(entry), location.file);
  const near = path.relative(process.cwd(), file);
  return `${near.startsWith('..') ? file : near}:${location.line}:${location.column + 1} ${text}`;
}

/** Other outputs have an entry point too: whatever is imported dynamically. */
function isOf(entry: string): (output: Metafile['outputs'][string]) => boolean {
  return ({ entryPoint }) => entryPoint === path.basename(entry);
}

/** What is in the bundle, less what is there only because Sojourn itself needs it. */
function authorsFiles(entry: string, metafile: Metafile): string[] {
  const ours = new Set<string>();
  const visit = (file: string): void => {
    if (ours.has(file)) return;
    ours.add(file);
    for (const imported of metafile.inputs[file]?.imports ?? []) visit(imported.path);
  };
  for (const { imports } of Object.values(metafile.inputs)) {
    for (const { original, path: file } of imports) if (/^sojourn(\/|$)/.test(original ?? '')) visit(file);
  }
  const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  return bundled.filter((file) => !ours.has(file)).map((file) => path.resolve(path.dirname(entry), file));
}

/** Names of properties survive minification, but whose they are does not: so the sources are asked. */
function mentions(word: string, files: readonly string[]): boolean {
  return files.some((file) => existsSync(file) && readFileSync(file, 'utf8').includes(word));
}
