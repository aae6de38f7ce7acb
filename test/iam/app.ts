/**
 * The app's resources as the sandbox reads them, for those who judge its policies without starting it.
 *
 * Owns: reading the assembly, finding a resource by its logical id, a copy that may be changed. Must not know: policies.
 */
import { readAssembly } from '../../lib/sandbox/template/assembly.js';
import { readResources } from '../../lib/sandbox/template/environment.js';
import type { SandboxResources } from '../../lib/sandbox/template/resources.js';

/** A resource of the template, to be changed. */
export interface OpenResource {
  readonly logicalId: string;
  readonly type: string;
  readonly ref: string;
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any type; a mistake knows what it changes.
  properties: any;
}

export type Json = Record<string, unknown>;

export function resourcesOf(assemblyDir: string): SandboxResources {
  return readResources(readAssembly(assemblyDir), 'http://127.0.0.1:4010');
}

/** The same resources, with what `change` does to the template. */
export function changed(resources: SandboxResources, change: (template: OpenTemplate) => void): SandboxResources {
  const template = new OpenTemplate(structuredClone(resources.all) as unknown as OpenResource[]);
  change(template);
  return { ...resources, all: template.all as unknown as SandboxResources['all'] };
}

export class OpenTemplate {
  constructor(public all: OpenResource[]) {}

  /** The one resource of this type whose logical id fits. */
  find(type: string, id: RegExp): OpenResource {
    const found = this.all.filter((one) => one.type === type && id.test(one.logicalId));
    if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} fit ${id}, expected 1`);
    return found[0]!;
  }

  remove(type: string, id: RegExp): void {
    const found = this.find(type, id);
    this.all = this.all.filter((one) => one !== found);
  }

  add(type: string, logicalId: string, properties: Json): void {
    this.all.push({ logicalId, type, ref: logicalId, properties });
  }

  /** The statement of this Sid in the policy of a role, named by its construct. */
  statement(role: string, sid: string): Json {
    const found = this.statements(role).find((one) => one.Sid === sid);
    if (found === undefined) throw new Error(`no statement ${sid} in the policy of ${role}`);
    return found;
  }

  statements(role: string): Json[] {
    return this.document(role).Statement;
  }

  document(role: string): { Version?: string; Statement: Json[] } {
    return this.find('AWS::IAM::Policy', new RegExp(`^${role}DefaultPolicy`)).properties.PolicyDocument;
  }

  /** The trust policy of a role. */
  trust(role: string): { Statement: Json[] } {
    return this.find('AWS::IAM::Role', new RegExp(`^${role}`)).properties.AssumeRolePolicyDocument;
  }
}
