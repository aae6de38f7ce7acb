/**
 * Reads a CDK cloud assembly directory (cdk.out): its stacks, their templates, and where their file assets lie.
 *
 * Owns: the files' layout (manifest.json, *.template.json, *.assets.json, nested assemblies of stages).
 * Must not know: what a template means (template.ts).
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxError } from '../errors.js';

export interface AssemblyStack {
  readonly stackName: string;
  /** As the app fixed it, or undefined where the app left it open. */
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly template: Template;
}

export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Type?: string; readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, TemplateOutput>>;
}

export interface TemplateOutput {
  readonly Value: unknown;
  readonly Condition?: string;
  readonly Export?: { readonly Name: unknown };
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Assembly {
  readonly stacks: readonly AssemblyStack[];
  /** Directory of a file asset, by the object key that templates name. */
  readonly assetPaths: ReadonlyMap<string, string>;
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly file?: string;
    readonly directoryName?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source?: { readonly path?: string };
        readonly destinations?: Readonly<Record<string, { readonly objectKey?: string }>>;
      }
    >
  >;
}

export function readAssembly(assemblyDir: string): Assembly {
  const stacks: AssemblyStack[] = [];
  const assetPaths = new Map<string, string>();
  readInto(assemblyDir, stacks, assetPaths);
  if (stacks.length === 0)
    throw new SandboxError('BadAssembly', `${assemblyDir} holds no stack: is it the output of \`cdk synth\`?`);
  return { stacks, assetPaths };
}

function readInto(assemblyDir: string, stacks: AssemblyStack[], assetPaths: Map<string, string>): void {
  if (!existsSync(join(assemblyDir, 'manifest.json'))) {
    throw new SandboxError('BadAssembly', `${assemblyDir} is no CDK cloud assembly: it has no manifest.json`);
  }
  const manifest = readJson<Manifest>(assemblyDir, 'manifest.json');
  for (const [id, artifact] of Object.entries(manifest.artifacts ?? {})) {
    const properties = artifact.properties ?? {};
    if (artifact.type === 'aws:cloudformation:stack' && properties.templateFile !== undefined) {
      stacks.push({
        stackName: properties.stackName ?? id,
        ...parseEnvironment(artifact.environment),
        template: readJson<Template>(assemblyDir, properties.templateFile),
      });
    } else if (artifact.type === 'cdk:asset-manifest' && properties.file !== undefined) {
      readAssets(assemblyDir, properties.file, assetPaths);
    } else if (artifact.type === 'cdk:cloud-assembly' && properties.directoryName !== undefined) {
      readInto(join(assemblyDir, properties.directoryName), stacks, assetPaths);
    }
  }
}

function readAssets(assemblyDir: string, file: string, assetPaths: Map<string, string>): void {
  for (const asset of Object.values(readJson<AssetManifest>(assemblyDir, file).files ?? {})) {
    const path = asset.source?.path;
    if (path === undefined) continue;
    for (const destination of Object.values(asset.destinations ?? {})) {
      if (destination.objectKey !== undefined) assetPaths.set(destination.objectKey, join(assemblyDir, path));
    }
  }
}

/** `aws://123456789012/eu-central-1`; CDK writes `unknown-account` and `unknown-region` for what is left open. */
function parseEnvironment(environment: string | undefined): {
  account: string | undefined;
  region: string | undefined;
} {
  const [, account, region] = /^aws:\/\/([^/]+)\/([^/]+)$/.exec(environment ?? '') ?? [];
  return {
    account: account?.startsWith('unknown-') ? undefined : account,
    region: region?.startsWith('unknown-') ? undefined : region,
  };
}

function readJson<T>(directory: string, file: string): T {
  const path = join(directory, file);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    throw new SandboxError('BadAssembly', `${path} cannot be read: ${(error as Error).message}`);
  }
}
