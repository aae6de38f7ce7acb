/**
 * The stack of this repository in an account, from bootstrap to nothing left.
 *
 * Owns: the names it is deployed under, the order of its coming and going, and the list of what may be left of it.
 * Invariant: everything that is made is named after `stackName` or `qualifier`, so that nobody else's things are touched.
 */
import type { Account } from './account.js';
import { expectSame } from './report.js';

export const stackName = 'SojournVerify';
const toolkitName = 'SojournVerifyToolkit';
/** Of the CDK's own resources in the account: letters and digits, at most ten. */
const qualifier = 'sjrnverify';

export interface Resource {
  readonly type: string;
  readonly logicalId: string;
  readonly physicalId: string;
}

export interface DeployOptions {
  readonly sender: string;
  readonly salesTeam: string;
  readonly waitS: number;
  /** Where the assembly goes. */
  readonly assembly: string;
}

export class Deployment {
  private readonly context: readonly string[];

  constructor(
    private readonly account: Account,
    private readonly options: DeployOptions,
  ) {
    const { sender, salesTeam } = options;
    const values = {
      name: stackName,
      ephemeral: 'true',
      sender,
      salesTeam,
      '@aws-cdk/core:bootstrapQualifier': qualifier,
    };
    this.context = Object.entries(values).flatMap(([key, value]) => ['--context', `${key}=${value}`]);
  }

  async bootstrap(): Promise<void> {
    const { accountId, region } = this.account.place;
    const names = ['--toolkit-stack-name', toolkitName, '--qualifier', qualifier];
    await this.account.cdk('bootstrap', `aws://${accountId}/${region}`, ...names, ...this.context);
  }

  /** @param waitS other waits than before make another version of each function. */
  async deploy(waitS = this.options.waitS): Promise<DeployedStack> {
    const { assembly } = this.options;
    const toolkit = ['--toolkit-stack-name', toolkitName, '--context', `fast=${waitS}`];
    await this.account.cdk('deploy', '--require-approval', 'never', '--output', assembly, ...toolkit, ...this.context);
    return DeployedStack.read(this.account);
  }

  /** Whether something under our name is there already. */
  async exists(): Promise<boolean> {
    return (await namesOf(this.account)).length > 0;
  }

  async destroy(): Promise<void> {
    const fast = ['--context', `fast=${this.options.waitS}`];
    await this.account.cdk('destroy', '--force', '--output', this.options.assembly, ...fast, ...this.context);
  }

  /** Takes away what `cdk bootstrap` made for this deployment alone. */
  async unbootstrap(): Promise<void> {
    const { account } = this;
    const { accountId, region } = account.place;
    const bucket = `cdk-${qualifier}-assets-${accountId}-${region}`;
    if ((await account.refusal('s3api', 'head-bucket', '--bucket', bucket)) === undefined) {
      await emptyBucket(account, bucket);
      await deleteToolkit(account);
      // The toolkit's template retains it.
      await account.refusal('s3api', 'delete-bucket', '--bucket', bucket);
    } else {
      await deleteToolkit(account);
    }
  }

  /** @throws Error that names what is left. */
  async expectNothingLeft(): Promise<void> {
    expectSame('left in the account', await namesOf(this.account), []);
  }
}

export class DeployedStack {
  private constructor(readonly resources: readonly Resource[]) {}

  static async read(account: Account): Promise<DeployedStack> {
    const { StackResources } = await account.cli<{
      StackResources: { ResourceType: string; LogicalResourceId: string; PhysicalResourceId: string }[];
    }>('cloudformation', 'describe-stack-resources', '--stack-name', stackName);
    return new DeployedStack(
      StackResources.map(({ ResourceType, LogicalResourceId, PhysicalResourceId }) => ({
        type: ResourceType,
        logicalId: LogicalResourceId,
        physicalId: PhysicalResourceId,
      })),
    );
  }

  /** The physical id of the one resource of a type whose logical id begins so. */
  id(type: string, logicalIdPrefix = ''): string {
    const ids = this.ids(type, logicalIdPrefix);
    if (ids.length !== 1) throw new Error(`${ids.length} resources ${type} ${logicalIdPrefix}* in the stack`);
    return ids[0]!;
  }

  ids(type: string, logicalIdPrefix = ''): string[] {
    return this.resources
      .filter((resource) => resource.type === type && resource.logicalId.startsWith(logicalIdPrefix))
      .map(({ physicalId }) => physicalId);
  }

  get busName(): string {
    return this.id('AWS::Events::EventBus');
  }

  get tableName(): string {
    return this.id('AWS::DynamoDB::Table');
  }

  get groupName(): string {
    return this.id('AWS::Scheduler::ScheduleGroup');
  }

  /** Of the journey's construct, for example WinBack. */
  functionName(journey: string): string {
    return this.id('AWS::Lambda::Function', journey);
  }
}

async function emptyBucket(account: Account, bucket: string): Promise<void> {
  const query = '[Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}';
  while (true) {
    const page = ['--bucket', bucket, '--max-items', '500', '--query', query];
    const objects = (await account.cli<unknown[] | null>('s3api', 'list-object-versions', ...page)) ?? [];
    if (objects.length === 0) return;
    const batch = JSON.stringify({ Objects: objects, Quiet: true });
    await account.cli('s3api', 'delete-objects', '--bucket', bucket, '--delete', batch);
  }
}

async function deleteToolkit(account: Account): Promise<void> {
  await account.cli('cloudformation', 'delete-stack', '--stack-name', toolkitName);
  await account.cli('cloudformation', 'wait', 'stack-delete-complete', '--stack-name', toolkitName);
}

/** Lists of names in an account: service, operation, and where the names stand in the answer. */
const lists: readonly (readonly [string, string, string, ...string[]])[] = [
  ['cloudformation', 'describe-stacks', 'Stacks[].StackName'],
  ['lambda', 'list-functions', 'Functions[].FunctionName'],
  ['dynamodb', 'list-tables', 'TableNames[]'],
  ['sqs', 'list-queues', 'QueueUrls[]'],
  ['events', 'list-event-buses', 'EventBuses[].Name'],
  ['scheduler', 'list-schedule-groups', 'ScheduleGroups[].Name'],
  ['scheduler', 'list-schedules', 'Schedules[].[GroupName, Name][]'],
  ['logs', 'describe-log-groups', 'logGroups[].logGroupName'],
  ['iam', 'list-roles', 'Roles[].RoleName'],
  ['s3api', 'list-buckets', 'Buckets[].Name'],
  ['ecr', 'describe-repositories', 'repositories[].repositoryName'],
  ['ssm', 'describe-parameters', 'Parameters[].Name'],
];

/** Everything in the account that is named after this deployment. */
async function namesOf(account: Account): Promise<string[]> {
  const found: string[] = [];
  for (const [service, operation, query, ...args] of lists) {
    const names = await account.cli<string[] | null>(service, operation, '--query', query, ...args);
    found.push(...(names ?? []).filter(isOurs).map((name) => `${service} ${name}`));
  }
  return found;
}

function isOurs(name: string): boolean {
  return name.includes(stackName) || name.includes(qualifier);
}
