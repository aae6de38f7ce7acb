/**
 * The policies of a template: of its roles, of its functions, queues, buses, tables and keys.
 *
 * Owns: where CloudFormation has policies and to whom they belong. Must not know: how they are evaluated.
 * Invariant: a policy that is named and is not in the template allows nothing, and is in `unknown`.
 */

import { listOf, type Properties, recordOf, textOf } from '../template/properties.js';
import type { ResolvedResource, SandboxResources } from '../template/resources.js';
import { invokeStatement } from './invoke-permission.js';
import { managedPolicy } from './managed-policies.js';
import { readPolicy, type Statement } from './statement.js';

export interface RolePolicies {
  readonly name: string;
  readonly arn: string;
  readonly trust: readonly Statement[];
  readonly identity: readonly Statement[];
  readonly boundary: readonly Statement[] | undefined;
}

export interface TemplatePolicies {
  /** By ARN. */
  readonly roles: ReadonlyMap<string, RolePolicies>;
  /** Policies of resources, by ARN. */
  readonly resources: ReadonlyMap<string, readonly Statement[]>;
  /** Named by a role, and not known here. */
  readonly unknown: readonly { readonly role: string; readonly policyArn: string }[];
}

export function readTemplatePolicies(resources: SandboxResources): TemplatePolicies {
  const unknown: { role: string; policyArn: string }[] = [];
  const known = managedPolicies(resources);
  const roles = ofType(resources, 'AWS::IAM::Role').map((role): [string, RolePolicies] => {
    const arn = resources.roles.find(({ name }) => name === role.ref)?.arn ?? role.ref;
    return [arn, readRole(role, arn, { resources, known, unknown })];
  });
  return { roles: new Map(roles), resources: resourcePolicies(resources), unknown };
}

interface Reading {
  readonly resources: SandboxResources;
  readonly known: ReadonlyMap<string, readonly Statement[]>;
  readonly unknown: { role: string; policyArn: string }[];
}

function readRole(role: ResolvedResource, arn: string, { resources, known, unknown }: Reading): RolePolicies {
  const { properties, ref: name } = role;
  const managed = (policyArn: string): readonly Statement[] => {
    const document = managedPolicy(policyArn);
    if (document !== undefined) return readPolicy(policyArn.split('/').pop()!, document);
    const statements = known.get(policyArn);
    if (statements === undefined) unknown.push({ role: name, policyArn });
    return statements ?? [];
  };
  const inline = listOf(properties.Policies).map(recordOf);
  const attached = ofType(resources, 'AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::ManagedPolicy').filter(
    ({ properties: { Roles, RoleName } }) => [...listOf(Roles), RoleName].includes(name),
  );
  const boundary = textOf(properties.PermissionsBoundary);
  return {
    name,
    arn,
    trust: readPolicy(`the trust policy of role ${name}`, properties.AssumeRolePolicyDocument),
    identity: [
      ...inline.flatMap((policy) => readPolicy(String(policy.PolicyName), policy.PolicyDocument)),
      ...attached.flatMap((policy) => readPolicy(policy.logicalId, policy.properties.PolicyDocument)),
      ...listOf(properties.ManagedPolicyArns).flatMap((policyArn) => managed(String(policyArn))),
    ],
    boundary: boundary === undefined ? undefined : managed(boundary),
  };
}

/** Those of the template, by ARN. */
function managedPolicies(resources: SandboxResources): ReadonlyMap<string, readonly Statement[]> {
  return new Map(
    ofType(resources, 'AWS::IAM::ManagedPolicy').map(({ ref, logicalId, properties }) => [
      ref,
      readPolicy(logicalId, properties.PolicyDocument),
    ]),
  );
}

function resourcePolicies(resources: SandboxResources): ReadonlyMap<string, readonly Statement[]> {
  const policies = new Map<string, readonly Statement[]>();
  const add = (arn: string | undefined, statements: readonly Statement[]) => {
    if (arn !== undefined) policies.set(arn, [...(policies.get(arn) ?? []), ...statements]);
  };
  for (const permission of ofType(resources, 'AWS::Lambda::Permission')) {
    const found = invokeStatement(permission, resources);
    if (found !== undefined) add(found.functionArn, [found.statement]);
  }
  for (const { properties, logicalId } of ofType(resources, 'AWS::SQS::QueuePolicy')) {
    for (const url of listOf(properties.Queues)) {
      const queue = resources.queues.find((one) => one.url === url);
      add(queue?.arn, readPolicy(logicalId, properties.PolicyDocument));
    }
  }
  for (const { properties, logicalId } of ofType(resources, 'AWS::Events::EventBusPolicy')) {
    const name = textOf(properties.EventBusName) ?? 'default';
    const bus = resources.buses.find((one) => one.name === name || one.arn === name);
    add(bus?.arn, readPolicy(logicalId, busPolicy(properties, bus?.arn)));
  }
  for (const table of ofType(resources, 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable')) {
    const documents = [table.properties, ...listOf(table.properties.Replicas).map(recordOf)].map(
      ({ ResourcePolicy }) => recordOf(ResourcePolicy).PolicyDocument,
    );
    const arn = resources.tables.find(({ name }) => name === table.ref)?.arn;
    for (const document of documents) add(arn, readPolicy(`the policy of table ${table.logicalId}`, document));
  }
  for (const key of ofType(resources, 'AWS::KMS::Key')) {
    const arn = `arn:aws:kms:${resources.region}:${resources.account}:key/${key.ref}`;
    add(arn, readPolicy(`the policy of key ${key.logicalId}`, key.properties.KeyPolicy));
  }
  return policies;
}

/** A whole statement, or the older three properties. */
function busPolicy({ Statement, StatementId, Principal, Action, Condition }: Properties, busArn = ''): unknown {
  const principal = Principal === '*' ? '*' : { AWS: Principal };
  const { Type: operator, Key: key, Value: value } = recordOf(Condition);
  const condition = operator === undefined ? {} : { Condition: { [String(operator)]: { [String(key)]: value } } };
  const older = { Sid: StatementId, Effect: 'Allow', Principal: principal, Action, Resource: busArn, ...condition };
  return { Version: '2012-10-17', Statement: Statement ?? older };
}

function ofType(resources: SandboxResources, ...types: readonly string[]): ResolvedResource[] {
  return resources.all.filter(({ type }) => types.includes(type));
}
