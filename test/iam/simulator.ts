/**
 * The judgement of a simulator that others wrote (`@cloud-copilot/iam-simulate`) on a call, by the template as it stands.
 *
 * Owns: fetching it into a temporary directory (its licence is the AGPL: it is no dependency of ours, nor near one), and
 * telling it the policies, the principal and the context. Must not know: our evaluator, of which it uses nothing: it has
 * its own way from the template to policies.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { AuthorizedCall } from '../../lib/sandbox/seams.js';
import type { ResolvedResource, SandboxResources } from '../../lib/sandbox/template/resources.js';
import type { Json } from './app.js';

const packageName = '@cloud-copilot/iam-simulate';
export const simulatorVersion = '0.1.173';

interface Simulator {
  runSimulation(
    simulation: Json,
    options: Json,
  ): Promise<{ resultType: string; overallResult?: string; errors?: Json }>;
}

/** @throws what npm says when the package cannot be had. */
export function fetchSimulator(directory: string): Simulator {
  const manifest = path.join(directory, 'package.json');
  if (!existsSync(path.join(directory, 'node_modules', packageName))) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(manifest, '{ "private": true }');
    const install = [
      'install',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '-E',
      `${packageName}@${simulatorVersion}`,
    ];
    execFileSync('npm', install, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  }
  return createRequire(manifest)(packageName) as Simulator;
}

export interface Verdict {
  readonly allowed: boolean;
  /** What the simulator says of policies that it does not take. */
  readonly errors: string | undefined;
}

interface Question {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly keys: Json;
  readonly role: string | undefined;
}

/** What AWS would ask for one call, in the order in which it asks. */
function questionsOf(
  { caller, action, resource, keys = {} }: AuthorizedCall,
  { account }: SandboxResources,
): Question[] {
  if (caller.kind === 'outside') return [];
  const roleArn = caller.kind === 'function' ? caller.roleArn : caller.roleArn;
  const service = caller.kind === 'function' ? 'lambda.amazonaws.com' : `${caller.service}.amazonaws.com`;
  const source =
    caller.kind === 'function'
      ? {}
      : caller.service === 'scheduler'
        ? { 'aws:SourceAccount': account, 'aws:SourceArn': groupOf(caller.sourceArn) }
        : { 'aws:SourceArn': caller.sourceArn };
  if (roleArn === undefined)
    return [{ principal: service, action, resource, keys: { ...keys, ...source }, role: undefined }];
  const session = caller.kind === 'function' ? caller.functionName : 'session';
  const name = roleArn.split('/').pop();
  const principal = `arn:aws:sts::${account}:assumed-role/${name}/${session}`;
  const ofRole = { 'aws:PrincipalArn': roleArn, 'aws:PrincipalAccount': account };
  return [
    { principal: service, action: 'sts:AssumeRole', resource: roleArn, keys: source, role: undefined },
    { principal, action, resource, keys: { ...keys, ...ofRole }, role: roleArn },
  ];
}

/** `schedule/<group>/<name>` -> `schedule-group/<group>` */
function groupOf(scheduleArn: string): string {
  const [start, group] = scheduleArn.split(/:schedule\/|\//);
  return `${start}:schedule-group/${group}`;
}

export async function simulate(
  simulator: Simulator,
  call: AuthorizedCall,
  resources: SandboxResources,
  nowMs: number,
): Promise<Verdict> {
  const globals = {
    'aws:SecureTransport': 'true',
    'aws:RequestedRegion': resources.region,
    'aws:CurrentTime': new Date(nowMs).toISOString(),
    'aws:EpochTime': String(nowMs / 1000),
  };
  const errors: string[] = [];
  for (const { principal, action, resource, keys, role } of questionsOf(call, resources)) {
    const { identity, boundary } = policiesOfRole(role, resources);
    const result = await simulator.runSimulation(
      {
        request: {
          principal,
          action,
          resource: { resource, accountId: resources.account },
          contextVariables: { ...globals, ...keys },
        },
        identityPolicies: identity,
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: policyOfResource(action, resource, resources),
        ...(boundary && { permissionBoundaryPolicies: boundary }),
      },
      {},
    );
    if (result.resultType === 'error') errors.push(JSON.stringify(result.errors));
    if (result.resultType === 'error' || result.overallResult !== 'Allowed') {
      return { allowed: false, errors: errors[0] };
    }
  }
  return { allowed: true, errors: undefined };
}

interface NamedPolicy {
  readonly name: string;
  readonly policy: unknown;
}

function policiesOfRole(
  roleArn: string | undefined,
  { all }: SandboxResources,
): { identity: NamedPolicy[]; boundary: NamedPolicy[] | undefined } {
  const role = all.find(({ type, ref }) => type === 'AWS::IAM::Role' && roleArn?.endsWith(`:role/${ref}`));
  if (role === undefined) return { identity: [], boundary: undefined };
  const named = ({ logicalId, properties }: ResolvedResource) => ({
    name: logicalId,
    policy: properties.PolicyDocument,
  });
  const attached = all.filter(
    ({ type, properties }) => type === 'AWS::IAM::Policy' && (properties.Roles as string[]).includes(role.ref),
  );
  const boundary = all.filter(({ ref }) => ref === role.properties.PermissionsBoundary);
  return { identity: attached.map(named), boundary: boundary.length > 0 ? boundary.map(named) : undefined };
}

function policyOfResource(action: string, arn: string, { all, queues }: SandboxResources): unknown {
  if (action === 'sts:AssumeRole') {
    const role = all.find(({ type, ref }) => type === 'AWS::IAM::Role' && arn.endsWith(`:role/${ref}`));
    return role?.properties.AssumeRolePolicyDocument;
  }
  if (action.startsWith('sqs:')) {
    const url = queues.find((queue) => queue.arn === arn)?.url;
    const policy = all.find(
      ({ type, properties }) => type === 'AWS::SQS::QueuePolicy' && (properties.Queues as unknown[]).includes(url),
    );
    return policy?.properties.PolicyDocument;
  }
  return action.startsWith('lambda:') ? policyOfFunction(arn, all) : undefined;
}

/** What Lambda's GetPolicy would show: a statement for each permission. */
function policyOfFunction(arn: string, all: SandboxResources['all']): unknown {
  const name = arn.split(':')[6];
  const prefix = arn.split(':').slice(0, 6).join(':');
  const statements = all.flatMap(({ type, logicalId, properties }) => {
    if (type !== 'AWS::Lambda::Permission') return [];
    const target = String(properties.FunctionName).replace(/^arn:.*:function:/, '');
    if (target.split(':')[0] !== name) return [];
    const principal = String(properties.Principal);
    const { SourceArn, SourceAccount } = properties;
    return [
      {
        Sid: logicalId,
        Effect: 'Allow',
        Principal: principal.startsWith('arn:') ? { AWS: principal } : { Service: principal },
        Action: properties.Action,
        Resource: `${prefix}:${target}`,
        Condition: {
          ...(SourceArn !== undefined && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
          ...(SourceAccount !== undefined && { StringEquals: { 'AWS:SourceAccount': SourceAccount } }),
        },
      },
    ];
  });
  return statements.length === 0 ? undefined : { Version: '2012-10-17', Statement: statements };
}
