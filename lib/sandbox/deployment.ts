/**
 * Deploying again: another assembly into a sandbox that is running, which keeps its tables, queues, timers and clock.
 *
 * Owns: what stays of the deployment before, as the template's retention policies say. Must not know: what functions do.
 * Invariants: what the new assembly does not have is gone, but for data (tables, queues) and what is retained (versions of
 * functions, and the permissions to invoke them); what is in flight goes on as it began.
 */
import type { EventSourceService } from './functions/event-sources.js';
import type { FunctionService } from './functions/functions.js';
import type { QueueService } from './queues/queues.js';
import type { SchedulerService } from './schedules/scheduler.js';
import type { TableService } from './tables/tables.js';
import { functionNameOf, qualifierOf } from './template/function-properties.js';
import type { ResolvedResource, SandboxResources } from './template/resources.js';

export interface Deployable {
  /** What every service looks at: it becomes the new deployment. */
  readonly resources: SandboxResources;
  readonly tables: TableService;
  readonly queues: QueueService;
  readonly functions: FunctionService;
  readonly eventSources: EventSourceService;
  readonly scheduler: SchedulerService;
  /** Reads the policies of the resources anew. */
  readonly rereadPolicies: () => void;
}

export async function deployAgain(deployed: Deployable, next: SandboxResources, deadLetterArns: readonly string[]) {
  const { resources, tables, queues, functions, eventSources, scheduler } = deployed;
  const gone = resources.all.filter((before) => !isIn(next, before));
  const permissions = resources.all.filter((before) => staysForItsVersion(before, next));
  await tables.add(next.tables);
  queues.add(next.queues, deadLetterArns);
  functions.deploy(next);
  for (const { type, ref, deletionPolicy } of gone) {
    if (type !== 'AWS::Lambda::Version' || isRetained(deletionPolicy) || functions.find(ref) === undefined) continue;
    functions.removeVersion(functionNameOf(ref), qualifierOf(ref));
  }
  Object.assign(resources, next, { all: [...next.all, ...permissions] });
  deployed.rereadPolicies();
  eventSources.start();
  scheduler.deploy(next.schedules);
}

function isIn({ all }: SandboxResources, { stackName, logicalId }: ResolvedResource): boolean {
  return all.some((now) => now.stackName === stackName && now.logicalId === logicalId);
}

/** A permission of an older version: replaced in the template, and kept beside what replaced it. */
function staysForItsVersion(before: ResolvedResource, next: SandboxResources): boolean {
  if (before.type !== 'AWS::Lambda::Permission') return false;
  const invoked = String(before.properties.FunctionName);
  if (!/^\d+$/.test(qualifierOf(invoked) ?? '')) return false;
  const isReplaced = next.versions.every(({ invokedArn }) => invokedArn !== invoked);
  return isReplaced && isRetained(isIn(next, before) ? before.updateReplacePolicy : before.deletionPolicy);
}

function isRetained(policy: string | undefined): boolean {
  return policy === 'Retain' || policy === 'RetainExceptOnCreate';
}
