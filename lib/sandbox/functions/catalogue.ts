/**
 * Which functions there are, and what a name, a version or an alias of one means now.
 *
 * Owns: versions that earlier deployments have published. Must not know: how anything is run.
 * Invariant: a version never changes, and stays until it is removed or its function is gone.
 */
import { AwsError } from '../http/aws-error.js';
import { functionNameOf, qualifierOf, unpublished } from '../template/function-properties.js';
import type { AliasResource, FunctionResource, SandboxResources } from '../template/resources.js';

export type DeployedFunctions = Pick<SandboxResources, 'functions' | 'versions' | 'aliases'>;

interface Published {
  readonly fn: FunctionResource;
  readonly atMs: number;
}

export class FunctionCatalogue {
  private latest: ReadonlyMap<string, FunctionResource> = new Map();
  private aliases: readonly AliasResource[] = [];
  private versions: readonly Published[] = [];

  deploy({ functions, versions, aliases }: DeployedFunctions, nowMs: number): void {
    this.latest = new Map(functions.map((fn) => [fn.name, fn]));
    this.aliases = aliases;
    const kept = this.versions.filter(({ fn }) => this.latest.has(fn.name));
    const isNew = (fn: FunctionResource) => !kept.some((one) => one.fn.invokedArn === fn.invokedArn);
    this.versions = [...kept, ...versions.filter(isNew).map((fn) => ({ fn, atMs: nowMs }))];
  }

  /** @param nameOrArn with or without a version or an alias. */
  find(nameOrArn: string, qualifier = qualifierOf(nameOrArn)): FunctionResource | undefined {
    const name = functionNameOf(nameOrArn);
    if (qualifier === undefined || qualifier === unpublished) return this.latest.get(name);
    const alias = this.aliases.find((one) => one.functionName === name && one.name === qualifier);
    const version = this.version(name, alias?.version ?? qualifier);
    return version && alias ? { ...version, invokedArn: alias.arn, asyncInvoke: alias.asyncInvoke } : version;
  }

  /** What Lambda tells: the unpublished one, then each version from the oldest on. */
  list(name: string): unknown {
    const shown = ({ name: FunctionName, invokedArn: FunctionArn, version: Version }: FunctionResource) => ({
      FunctionName,
      FunctionArn,
      Version,
    });
    const versions = this.versions.filter(({ fn }) => fn.name === name);
    return {
      Versions: [
        ...[this.found(name)].map((fn) => ({ ...shown(fn), FunctionArn: `${fn.arn}:${unpublished}` })),
        ...versions.map(({ fn, atMs }) => ({
          ...shown(fn),
          LastModified: new Date(atMs).toISOString().replace('Z', '+0000'),
        })),
      ],
    };
  }

  alias(name: string, aliasName: string): unknown {
    const alias = this.aliases.find((one) => one.functionName === name && one.name === aliasName);
    if (alias === undefined) throw notFound(`Cannot find alias arn: ${this.found(name).arn}:${aliasName}`);
    return { AliasArn: alias.arn, Name: alias.name, FunctionVersion: alias.version };
  }

  /** @returns what is no more. */
  remove(name: string, version: string | undefined): FunctionResource {
    const fn = version === undefined ? undefined : this.version(name, version);
    if (version === undefined || version === unpublished) {
      throw new AwsError(
        'InvalidParameterValueException',
        'the sandbox removes versions only: functions go with a deploy',
      );
    }
    if (fn === undefined) throw notFound(`Function not found: ${this.found(name).arn}:${version}`);
    const pointing = this.aliases.filter((one) => one.functionName === name && one.version === version);
    if (pointing.length > 0) {
      const names = pointing.map((alias) => alias.name).join(', ');
      throw new AwsError(
        'ResourceConflictException',
        `Unable to delete version because the following aliases reference it: [${names}]`,
        409,
      );
    }
    this.versions = this.versions.filter((one) => one.fn !== fn);
    return fn;
  }

  private version(name: string, version: string): FunctionResource | undefined {
    return this.versions.find(({ fn }) => fn.name === name && fn.version === version)?.fn;
  }

  private found(name: string): FunctionResource {
    const fn = this.latest.get(name);
    if (fn === undefined) throw notFound(`Function not found: ${name}`);
    return fn;
  }
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, 404);
}
