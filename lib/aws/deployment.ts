/**
 * What is deployed, as CloudFormation and Lambda tell it: the journeys of stacks, their tables, and the queues of their dead
 * letters. For the command; not part of a handler's bundle.
 *
 * Owns: how a stack's name becomes the names of its resources. All names come from the functions' own environment variables
 * (contract.ts), so that a hub in another stack is found too. Reads only.
 */
import {
  type CloudFormationClient,
  DescribeStackResourceCommand,
  paginateDescribeStacks,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import {
  GetFunctionConfigurationCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { definitionMetadata, env, liveAlias, redriverEnv } from '../contract.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { isObject } from './attributes.js';
import { AdapterError } from './errors.js';

export interface DeployedJourney {
  readonly id: string;
  /** What its events are handed to: its alias where it has one. */
  readonly functionArn: string;
  readonly functionName: string;
  readonly tableName: string;
  readonly scheduleGroupName: string;
  readonly stackName: string;
  readonly logicalId: string;
}

/** The queues of one hub. */
export interface DeadLetterQueues {
  /** Left to people. */
  readonly people: string;
  /** Tried again by the hub itself. */
  readonly automatic: readonly string[];
}

export interface Deployment {
  readonly journeys: readonly DeployedJourney[];
  readonly tableNames: readonly string[];
  /** URLs; a hub whose stack was not named is missing here. */
  readonly queues: readonly DeadLetterQueues[];
}

export interface DeploymentClients {
  readonly cloudFormation: CloudFormationClient;
  readonly lambda: LambdaClient;
}

export interface Resource {
  readonly stackName: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

interface DeployedFunction {
  readonly resource: Resource;
  readonly arn: string;
  readonly variables: Readonly<Record<string, string>>;
}

export async function stackNames(clients: DeploymentClients): Promise<string[]> {
  const names: string[] = [];
  for await (const { Stacks = [] } of paginateDescribeStacks({ client: clients.cloudFormation }, {})) {
    names.push(...Stacks.flatMap(({ StackName }) => StackName ?? []));
  }
  return names;
}

export async function readDeployment(clients: DeploymentClients, stacks: readonly string[]): Promise<Deployment> {
  const resources = (await Promise.all(stacks.map((stack) => resourcesOf(clients, stack)))).flat();
  const aliases = resources.filter(({ type }) => type === 'AWS::Lambda::Alias').map(({ physicalId }) => physicalId);
  const functions = await Promise.all(
    resources.filter(({ type }) => type === 'AWS::Lambda::Function').map((resource) => readFunction(clients, resource)),
  );
  const journeys = functions.flatMap((fn) => journeyOf(fn, aliases) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
  const redrivers = functions.filter(({ variables }) => variables[redriverEnv.deadLetterQueueUrl] !== undefined);
  return {
    journeys,
    tableNames: [...new Set([...journeys.map(({ tableName }) => tableName), ...redrivers.flatMap(tableOf)])],
    queues: await Promise.all(redrivers.map((redriver) => queuesOf(clients, redriver))),
  };
}

/** @returns undefined where the stack was deployed before definitions were kept in it. */
export async function readDefinitionOf(
  { cloudFormation }: DeploymentClients,
  { stackName, logicalId }: Pick<DeployedJourney, 'stackName' | 'logicalId'>,
): Promise<JourneyDefinition | undefined> {
  const { StackResourceDetail } = await cloudFormation.send(
    new DescribeStackResourceCommand({ StackName: stackName, LogicalResourceId: logicalId }),
  );
  const metadata: unknown = JSON.parse(StackResourceDetail?.Metadata ?? '{}');
  const definition = isObject(metadata) ? metadata[definitionMetadata] : undefined;
  return isObject(definition) && Array.isArray(definition.triggers)
    ? (definition as unknown as JourneyDefinition)
    : undefined;
}

/** Nested stacks included, each before what is in it. */
export async function resourcesOf(clients: DeploymentClients, stackName: string): Promise<Resource[]> {
  const found: Resource[] = [];
  const pages = paginateListStackResources({ client: clients.cloudFormation }, { StackName: stackName });
  for await (const { StackResourceSummaries = [] } of pages) {
    found.push(...StackResourceSummaries.flatMap((summary) => resourceOf(stackName, summary)));
  }
  const nested = found.filter(({ type }) => type === 'AWS::CloudFormation::Stack');
  const below = await Promise.all(nested.map(({ physicalId }) => resourcesOf(clients, physicalId)));
  return [...found, ...below.flat()];
}

function resourceOf(stackName: string, summary: StackResourceSummary): Resource[] {
  const { LogicalResourceId: logicalId, PhysicalResourceId: physicalId, ResourceType: type } = summary;
  if (logicalId === undefined || physicalId === undefined || type === undefined) return [];
  return [{ stackName, logicalId, physicalId, type }];
}

async function readFunction({ lambda }: DeploymentClients, resource: Resource): Promise<DeployedFunction> {
  const { FunctionArn = '', Environment } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: resource.physicalId }),
  );
  return { resource, arn: FunctionArn, variables: Environment?.Variables ?? {} };
}

function journeyOf({ resource, arn, variables }: DeployedFunction, aliases: readonly string[]) {
  const id = variables[env.journeyId];
  if (id === undefined) return undefined;
  const variable = (name: string): string => {
    const value = variables[name];
    if (value) return value;
    throw new AdapterError('MissingVariable', {
      what: `The function ${resource.physicalId} of journey '${id}' has no environment variable ${name}.`,
      expected: 'the variables that the Journey construct gives its function',
      fix: 'deploy the stack again',
    });
  };
  return {
    id,
    functionArn: aliases.find((alias) => alias === `${arn}:${liveAlias}`) ?? arn,
    functionName: resource.physicalId,
    tableName: variable(env.tableName),
    scheduleGroupName: variable(env.scheduleGroupName),
    stackName: resource.stackName,
    logicalId: resource.logicalId,
  };
}

/** A hub is known by its redriver, also when every journey was taken out. */
function tableOf({ variables }: DeployedFunction): string[] {
  return variables[redriverEnv.tableName] ? [variables[redriverEnv.tableName] as string] : [];
}

/** The redriver's event sources are the queues that it reads; their addresses differ from its own queue's in the name. */
async function queuesOf({ lambda }: DeploymentClients, redriver: DeployedFunction): Promise<DeadLetterQueues> {
  const people = redriver.variables[redriverEnv.deadLetterQueueUrl] ?? '';
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: redriver.resource.physicalId }),
  );
  const arns = EventSourceMappings.flatMap(({ EventSourceArn }) => EventSourceArn ?? []);
  const urlOf = (arn: string): string =>
    `${people.slice(0, people.lastIndexOf('/'))}/${arn.slice(arn.lastIndexOf(':') + 1)}`;
  return { people, automatic: arns.map(urlOf).sort() };
}
