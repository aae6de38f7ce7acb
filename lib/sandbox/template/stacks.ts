/**
 * CloudFormation, as far as programs ask it what a stack is made of: its stacks, their resources, a resource's metadata, its
 * template.
 *
 * Owns: these four answers, in the XML of AWS's query protocol. Must not know: what the resources do; deploying is not its
 * business, the template is there from the start.
 */

import { AwsError } from '../http/aws-error.js';
import type { ResolvedResource, SandboxResources } from './resources.js';

type Input = Readonly<Record<string, unknown>>;
type Xml = string | readonly Xml[] | { readonly [name: string]: Xml };

/** When everything was made, for whoever asks. */
const madeAt = '2020-01-01T00:00:00Z';

/** @returns XML. */
export function describeStacks(resources: SandboxResources, operation: string, input: Input): string {
  const body = {
    [`${operation}Result`]: result(resources, operation, input),
    ResponseMetadata: { RequestId: 'sandbox' },
  };
  const namespace = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';
  return `<${operation}Response xmlns="${namespace}">${xml(body)}</${operation}Response>`;
}

function result(resources: SandboxResources, operation: string, input: Input): Xml {
  switch (operation) {
    case 'DescribeStacks':
      return { Stacks: stackNames(resources, input).map((name) => stack(resources, name)) };
    case 'ListStackResources':
      return { StackResourceSummaries: resourcesOf(resources, input).map(summary) };
    case 'DescribeStackResource':
      return { StackResourceDetail: detail(resourceOf(resources, input)) };
    case 'GetTemplate':
      return template(resources, input);
    default:
      throw new AwsError('InvalidAction', `the sandbox does not know cloudformation:${operation}`);
  }
}

function stackNames({ all }: SandboxResources, { StackName: wanted }: Input): string[] {
  const names = [...new Set(all.map(({ stackName }) => stackName))];
  if (wanted === undefined) return names;
  if (names.includes(String(wanted))) return [String(wanted)];
  throw new AwsError('ValidationError', `Stack with id ${String(wanted)} does not exist`);
}

function stack({ region, account }: SandboxResources, StackName: string): Xml {
  const StackId = `arn:aws:cloudformation:${region}:${account}:stack/${StackName}/00000000-0000-0000-0000-000000000000`;
  return { StackName, StackId, CreationTime: madeAt, StackStatus: 'CREATE_COMPLETE' };
}

/** Both stages are the same: no template here has a transform. */
function template(resources: SandboxResources, input: Input): Xml {
  if (input.StackName === undefined)
    throw new AwsError('ValidationError', 'Either StackName or ChangeSetName must be specified.');
  const [name = ''] = stackNames(resources, input);
  return { TemplateBody: JSON.stringify(resources.templates.get(name)), StagesAvailable: ['Original', 'Processed'] };
}

function resourcesOf(resources: SandboxResources, input: Input): ResolvedResource[] {
  const names = stackNames(resources, input);
  return resources.all.filter(({ stackName }) => names.includes(stackName));
}

function resourceOf(resources: SandboxResources, input: Input): ResolvedResource {
  const id = String(input.LogicalResourceId);
  const found = resourcesOf(resources, input).find(({ logicalId }) => logicalId === id);
  if (found !== undefined) return found;
  throw new AwsError('ValidationError', `Resource ${id} does not exist for stack ${String(input.StackName)}`);
}

function summary({ logicalId, ref, type }: ResolvedResource): { readonly [name: string]: Xml } {
  return {
    LogicalResourceId: logicalId,
    PhysicalResourceId: ref,
    ResourceType: type,
    ResourceStatus: 'CREATE_COMPLETE',
    LastUpdatedTimestamp: madeAt,
  };
}

function detail(resource: ResolvedResource): Xml {
  const { stackName: StackName, metadata = {} } = resource;
  return { ...summary(resource), StackName, Metadata: JSON.stringify(metadata) };
}

function xml(value: Xml): string {
  if (typeof value === 'string') return escapedXml(value);
  if (isList(value)) return value.map((entry) => `<member>${xml(entry)}</member>`).join('');
  return Object.entries(value)
    .map(([name, entry]) => `<${name}>${xml(entry)}</${name}>`)
    .join('');
}

function isList(value: Xml): value is readonly Xml[] {
  return Array.isArray(value);
}

export function escapedXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
