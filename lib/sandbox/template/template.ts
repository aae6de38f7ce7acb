/**
 * Resolves the intrinsic functions of CloudFormation templates, across the stacks of one assembly.
 *
 * Owns: Ref, Fn::GetAtt, Fn::Join, Fn::Sub, Fn::Select, Fn::Split, Fn::If, Fn::ImportValue, Fn::FindInMap,
 * Fn::Base64, Fn::GetAZs, conditions, parameters with defaults, pseudo parameters.
 * Must not know: what a resource does; its name and attributes come from `identity` (identity.ts).
 * Invariants: whatever cannot be resolved throws, naming stack and place; resolving twice gives the same.
 */

import { SandboxError } from '../errors.js';
import type { AssemblyStack, TemplateResource } from './assembly.js';

/** Where nothing is known of an account, this is what a template gets. */
export const defaultEnvironment = { account: '000000000000', region: 'us-east-1', partition: 'aws' } as const;

/** What a resource is called: the value of its Ref and of its attributes. */
export interface ResourceIdentity {
  readonly ref: string;
  attribute(name: string): unknown;
}

export type IdentityOf = (stack: StackResolver, logicalId: string, resource: TemplateResource) => ResourceIdentity;

type Intrinsic = (argument: unknown) => unknown;

const absent = Symbol('AWS::NoValue');

export class StackResolver {
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  private readonly identities = new Map<string, ResourceIdentity>();
  private readonly conditions = new Map<string, boolean>();
  private readonly intrinsics: Readonly<Record<string, Intrinsic>>;

  constructor(
    readonly stack: AssemblyStack,
    private readonly identityOf: IdentityOf,
    private readonly importValue: (exportName: string, importer: string) => unknown,
  ) {
    this.account = stack.account ?? defaultEnvironment.account;
    this.region = stack.region ?? defaultEnvironment.region;
    this.stackName = stack.stackName;
    this.intrinsics = this.buildIntrinsics();
  }

  /** The resources that this template makes, conditions applied. */
  resources(): [string, TemplateResource][] {
    return Object.entries(this.stack.template.Resources ?? {}).filter(
      ([, resource]) => resource.Condition === undefined || this.condition(resource.Condition),
    );
  }

  /** All properties of a resource, resolved. */
  properties(resource: TemplateResource): Record<string, unknown> {
    return this.resolve(resource.Properties ?? {}) as Record<string, unknown>;
  }

  identity(logicalId: string): ResourceIdentity {
    let identity = this.identities.get(logicalId);
    if (identity === undefined) {
      const resource = this.stack.template.Resources?.[logicalId];
      if (resource === undefined) throw this.mistake(`"${logicalId}" is no resource, parameter or pseudo parameter`);
      identity = this.identityOf(this, logicalId, resource);
      this.identities.set(logicalId, identity);
    }
    return identity;
  }

  resolve(value: unknown): unknown {
    const resolved = this.resolveNode(value);
    return resolved === absent ? undefined : resolved;
  }

  condition(name: string): boolean {
    let holds = this.conditions.get(name);
    if (holds === undefined) {
      const definition = this.stack.template.Conditions?.[name];
      if (definition === undefined) throw this.mistake(`condition "${name}" is not defined`);
      holds = this.resolve(definition) === true;
      this.conditions.set(name, holds);
    }
    return holds;
  }

  arn(service: string, resource: string): string {
    return `arn:${defaultEnvironment.partition}:${service}:${this.region}:${this.account}:${resource}`;
  }

  mistake(message: string): SandboxError {
    return new SandboxError('BadTemplate', `stack ${this.stackName}: ${message}`);
  }

  private resolveNode(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolveNode(item)).filter((item) => item !== absent);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    if (entries.length === 1) {
      const [name, argument] = entries[0]!;
      const intrinsic = Object.hasOwn(this.intrinsics, name) ? this.intrinsics[name] : undefined;
      if (intrinsic !== undefined) return intrinsic(argument);
      if (name.startsWith('Fn::')) throw this.mistake(`${name} is not known to the sandbox`);
    }
    const pairs = entries.map(([key, item]) => [key, this.resolveNode(item)] as const);
    return Object.fromEntries(pairs.filter(([, item]) => item !== absent));
  }

  private buildIntrinsics(): Record<string, Intrinsic> {
    const list = (argument: unknown, name: string): unknown[] => {
      const resolved = this.resolveNode(argument);
      if (!Array.isArray(resolved)) throw this.mistake(`${name} needs a list`);
      return resolved;
    };
    const asText = (value: unknown, name: string): string => {
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
      throw this.mistake(`${name} needs text, got ${JSON.stringify(value)}`);
    };
    return {
      Ref: (argument) => this.ref(asText(argument, 'Ref')),
      Condition: (argument) =>
        typeof argument === 'string' ? this.condition(argument) : { Condition: this.resolveNode(argument) },
      'Fn::GetAtt': (argument) => {
        const [logicalId, ...names] = typeof argument === 'string' ? argument.split('.') : list(argument, 'Fn::GetAtt');
        return this.attribute(
          asText(logicalId, 'Fn::GetAtt'),
          names.map((name) => asText(name, 'Fn::GetAtt')).join('.'),
        );
      },
      'Fn::Join': (argument) => {
        const [separator, items] = list(argument, 'Fn::Join');
        if (!Array.isArray(items)) throw this.mistake('Fn::Join needs a list');
        return items.map((item) => asText(item, 'Fn::Join')).join(asText(separator, 'Fn::Join'));
      },
      'Fn::Sub': (argument) => this.substitute(argument, asText),
      'Fn::Select': (argument) => {
        const [index, items] = list(argument, 'Fn::Select');
        const chosen = Array.isArray(items) ? items[Number(index)] : undefined;
        if (chosen === undefined) throw this.mistake(`Fn::Select finds nothing at index ${String(index)}`);
        return chosen;
      },
      'Fn::Split': (argument) => {
        const [separator, text] = list(argument, 'Fn::Split');
        return asText(text, 'Fn::Split').split(asText(separator, 'Fn::Split'));
      },
      'Fn::If': (argument) => {
        const [name, yes, no] = argument as [string, unknown, unknown];
        return this.resolveNode(this.condition(name) ? yes : no);
      },
      'Fn::Equals': (argument) => {
        const [left, right] = list(argument, 'Fn::Equals');
        return JSON.stringify(left) === JSON.stringify(right);
      },
      'Fn::And': (argument) => list(argument, 'Fn::And').every((item) => item === true),
      'Fn::Or': (argument) => list(argument, 'Fn::Or').some((item) => item === true),
      'Fn::Not': (argument) => list(argument, 'Fn::Not')[0] !== true,
      'Fn::ImportValue': (argument) =>
        this.importValue(asText(this.resolveNode(argument), 'Fn::ImportValue'), this.stackName),
      'Fn::FindInMap': (argument) => {
        const [map, top, second] = list(argument, 'Fn::FindInMap').map((item) => asText(item, 'Fn::FindInMap'));
        const found = this.stack.template.Mappings?.[map!]?.[top!]?.[second!];
        if (found === undefined) throw this.mistake(`mapping ${map}.${top}.${second} is not there`);
        return found;
      },
      'Fn::Base64': (argument) => Buffer.from(asText(this.resolveNode(argument), 'Fn::Base64')).toString('base64'),
      'Fn::GetAZs': () => ['a', 'b', 'c'].map((zone) => this.region + zone),
    };
  }

  private ref(name: string): unknown {
    if (name === 'AWS::NoValue') return absent;
    const pseudo = this.pseudoParameter(name);
    if (pseudo !== undefined) return pseudo;
    const parameter = this.stack.template.Parameters?.[name];
    if (parameter === undefined) return this.identity(name).ref;
    if (parameter.Default === undefined) throw this.mistake(`parameter ${name} has no default value`);
    return parameter.Type?.startsWith('List<') || parameter.Type === 'CommaDelimitedList'
      ? String(parameter.Default).split(',')
      : parameter.Default;
  }

  private attribute(logicalId: string, name: string): unknown {
    const value = this.identity(logicalId).attribute(name);
    if (value === undefined) throw this.mistake(`the sandbox does not know attribute ${name} of ${logicalId}`);
    return value;
  }

  private substitute(argument: unknown, asText: (value: unknown, name: string) => string): string {
    const [format, variables] = Array.isArray(argument)
      ? (argument as [string, Record<string, unknown>])
      : [argument, {}];
    return asText(format, 'Fn::Sub').replace(/\$\{([^}]+)\}/g, (whole, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (Object.hasOwn(variables as object, name)) {
        return asText(this.resolveNode((variables as Record<string, unknown>)[name]), 'Fn::Sub');
      }
      const dot = name.indexOf('.');
      const value = dot < 0 ? this.ref(name) : this.attribute(name.slice(0, dot), name.slice(dot + 1));
      return asText(value, `Fn::Sub of ${whole}`);
    });
  }

  private pseudoParameter(name: string): unknown {
    switch (name) {
      case 'AWS::AccountId':
        return this.account;
      case 'AWS::Region':
        return this.region;
      case 'AWS::Partition':
        return defaultEnvironment.partition;
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return this.stackName;
      case 'AWS::StackId':
        return this.arn('cloudformation', `stack/${this.stackName}/00000000-0000-0000-0000-000000000000`);
      case 'AWS::NotificationARNs':
        return [];
      default:
        return undefined;
    }
  }
}

/** One resolver per stack; exports of every stack are visible to all. */
export function resolveStacks(stacks: readonly AssemblyStack[], identityOf: IdentityOf): readonly StackResolver[] {
  const resolvers: StackResolver[] = [];
  const exportsByName = new Map<string, () => unknown>();
  const importValue = (name: string, importer: string): unknown => {
    const value = exportsByName.get(name);
    if (value !== undefined) return value();
    throw new SandboxError('BadTemplate', `stack ${importer} imports "${name}", which no stack exports`);
  };
  for (const stack of stacks) resolvers.push(new StackResolver(stack, identityOf, importValue));
  for (const resolver of resolvers) {
    for (const output of Object.values(resolver.stack.template.Outputs ?? {})) {
      if (output.Export === undefined) continue;
      if (output.Condition !== undefined && !resolver.condition(output.Condition)) continue;
      exportsByName.set(String(resolver.resolve(output.Export.Name)), () => resolver.resolve(output.Value));
    }
  }
  return resolvers;
}
