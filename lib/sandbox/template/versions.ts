/**
 * The versions and aliases of functions, as a template has them.
 *
 * Owns: the numbers of versions, from one deployment to the next, and AWS::Lambda::Version and ::Alias. Must not know: how a
 * version is run.
 * Invariant: a version that stays in the template keeps its number; one that is new, or comes back, gets the next.
 */
import { asyncInvokeOf, functionNameOf, type InvokeConfigs } from './function-properties.js';
import type { AliasResource, FunctionResource, ResolvedResource } from './resources.js';

export class VersionNumbers {
  /** Versions of the last deployment, by an id that is theirs alone. */
  private deployed = new Map<string, string>();
  private asked = new Map<string, string>();
  /** By function. */
  private readonly highest = new Map<string, number>();

  numberOf(id: string, functionName: string): string {
    const known = this.asked.get(id) ?? this.deployed.get(id);
    const number = known ?? String((this.highest.get(functionName) ?? 0) + 1);
    if (known === undefined) this.highest.set(functionName, Number(number));
    this.asked.set(id, number);
    return number;
  }

  /** What this deployment did not ask for is no longer in the template. */
  endDeployment(): void {
    this.deployed = this.asked;
    this.asked = new Map();
  }
}

/** @param functions as they are when the version is published. */
export function readVersions(
  versions: readonly ResolvedResource[],
  functions: readonly FunctionResource[],
  configs: InvokeConfigs,
): FunctionResource[] {
  return versions.flatMap(({ properties, ref }) => {
    const fn = functions.find(({ name }) => name === functionNameOf(String(properties.FunctionName)));
    const version = ref.slice(ref.lastIndexOf(':') + 1);
    return fn === undefined
      ? []
      : [
          {
            ...fn,
            version,
            invokedArn: ref,
            asyncInvoke: asyncInvokeOf(configs, fn.name, version, fn.asyncInvoke.deadLetterArn),
          },
        ];
  });
}

export function readAlias({ properties, ref }: ResolvedResource, configs: InvokeConfigs): AliasResource {
  const functionName = functionNameOf(String(properties.FunctionName));
  const name = String(properties.Name);
  const version = String(properties.FunctionVersion);
  return { functionName, name, arn: ref, version, asyncInvoke: asyncInvokeOf(configs, functionName, name) };
}
