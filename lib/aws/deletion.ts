/**
 * What deleting stacks would do to what is in them: which resources their templates keep, and which schedules a group holds.
 *
 * Owns: the calls, and how a DeletionPolicy is read. Reads only. Must not know: what a resource is to a journey, and whether its
 * going is a loss (lib/inspect/losses.ts).
 */
import { GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { paginateListSchedules, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { isObject } from './attributes.js';
import { type DeploymentClients, type Resource, resourcesOf } from './deployment.js';

/** `unknown`: a template that is no JSON; nothing that the CDK deploys. */
export type Fate = 'stays' | 'goes' | 'unknown';

export interface ResourceFate extends Resource {
  readonly fate: Fate;
}

/** Of all resources of the stacks, nested ones included. */
export async function readFates(clients: DeploymentClients, stacks: readonly string[]): Promise<ResourceFate[]> {
  return (await Promise.all(stacks.map((stack) => fatesOf(clients, stack)))).flat();
}

async function fatesOf(clients: DeploymentClients, stack: string): Promise<ResourceFate[]> {
  const resources = await resourcesOf(clients, stack);
  const names = [...new Set(resources.map(({ stackName }) => stackName))];
  const templates = new Map(
    await Promise.all(names.map(async (name) => [name, await policies(clients, name)] as const)),
  );
  const kept = new Set<string>();
  // A nested stack comes before what is in it; where it stays, all of that stays.
  return resources.map((resource) => {
    const fate = kept.has(resource.stackName) ? 'stays' : fateOf(resource, templates.get(resource.stackName));
    if (fate === 'stays' && resource.type === 'AWS::CloudFormation::Stack') kept.add(resource.physicalId);
    return { ...resource, fate };
  });
}

function fateOf({ logicalId }: Resource, deletionPolicies: ReadonlyMap<string, unknown> | undefined): Fate {
  if (deletionPolicies === undefined) return 'unknown';
  const policy = deletionPolicies.get(logicalId);
  return policy === 'Retain' || policy === 'RetainExceptOnCreate' ? 'stays' : 'goes';
}

async function policies({ cloudFormation }: DeploymentClients, stackName: string) {
  // As it was deployed: a transform may have written the policies.
  const { TemplateBody = '' } = await cloudFormation.send(
    new GetTemplateCommand({ StackName: stackName, TemplateStage: 'Processed' }),
  );
  const resources = resourcesIn(TemplateBody);
  if (resources === undefined) return undefined;
  return new Map(
    Object.entries(resources).map(([logicalId, resource]) => [
      logicalId,
      isObject(resource) ? resource.DeletionPolicy : undefined,
    ]),
  );
}

function resourcesIn(templateBody: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const template: unknown = JSON.parse(templateBody);
    return isObject(template) && isObject(template.Resources) ? template.Resources : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The names of the schedules in a group, page by page.
 * @param onPage is told how many were read so far.
 */
export async function* scheduleNames(
  client: SchedulerClient,
  groupName: string,
  onPage: (count: number) => void = () => {},
): AsyncGenerator<string> {
  let count = 0;
  for await (const { Schedules = [] } of paginateListSchedules({ client, pageSize: 100 }, { GroupName: groupName })) {
    count += Schedules.length;
    onPage(count);
    yield* Schedules.flatMap(({ Name }) => Name ?? []);
  }
}
