/**
 * The stack that a command works on: a deployed one, or a sandbox. The same calls to either.
 *
 * Owns: the SDK's clients and where they point, the clock that a stack lives by, and the adapters of lib/aws put together for
 * lib/inspect. Knows no command.
 * Invariant: your credentials never go to a loopback port, where anything may listen.
 */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DeadLetterQueue } from '../../../lib/aws/dead-letter-queues.js';
import { type ResourceFate, readFates, scheduleNames } from '../../../lib/aws/deletion.js';
import {
  type DeployedJourney,
  type Deployment,
  readDefinitionOf,
  readDeployment,
  stackNames,
} from '../../../lib/aws/deployment.js';
import { TableReader } from '../../../lib/aws/reading.js';
import { Repair } from '../../../lib/aws/repair.js';
import type { RunRef } from '../../../lib/engine/stored/key.js';
import type { ForgetJourney, Hub } from '../../../lib/inspect/forgetting.js';
import type { JourneyDefinition } from '../../../lib/journey/definition.js';
import { limits } from '../../../lib/limits.js';
import { Mistake, UsageMistake } from '../mistake.js';

export interface StackOptions {
  /** Names; empty: all of a sandbox. */
  readonly stacks: readonly string[];
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

export interface Stack {
  readonly names: readonly string[];
  readonly deployment: Deployment;
  readonly readers: readonly TableReader[];
  readonly nowMs: () => number;
  readonly lambda: LambdaClient;
  readonly queues: readonly { readonly people: DeadLetterQueue; readonly automatic: readonly DeadLetterQueue[] }[];
  /** @throws Mistake when there is no such journey. */
  journey(id: string): DeployedJourney;
  /** The journey that a run is of. @throws Mistake */
  journeyOfRun(ref: RunRef): DeployedJourney;
  reader(journey: Pick<DeployedJourney, 'tableName'>): TableReader;
  repair(journey: DeployedJourney): Repair;
  hub(journey: DeployedJourney): Hub;
  /** What the journey's code declares; undefined where an old deployment does not tell. */
  definition(journey: DeployedJourney): Promise<JourneyDefinition | undefined>;
  /** All that is known of a journey, for lib/inspect. */
  known(journey: DeployedJourney): Promise<ForgetJourney>;
  /** What deleting it would do to each of its resources. */
  fates(): Promise<ResourceFate[]>;
  timerNames(groupName: string, onPage: (count: number) => void): AsyncIterable<string>;
  close(): void;
}

const patience = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true } as const;

/** @throws Mistake when there is no such stack, or no journey in it. */
export async function connect(options: StackOptions): Promise<Stack> {
  const clients = clientsOf(options);
  try {
    const stacks = options.stacks.length > 0 ? options.stacks : await allOfSandbox(clients, options);
    const deployment = await readDeployment(clients, stacks);
    if (deployment.tableNames.length === 0) throw new Mistake(`there is no journey in ${stacks.join(', ')}`);
    return stackOf(clients, stacks, deployment, await clockOf(options.endpoint));
  } catch (error) {
    closeAll(clients);
    throw explained(error, options);
  }
}

type Clients = ReturnType<typeof clientsOf>;

function clientsOf({ endpoint, region }: StackOptions) {
  const isLocal = endpoint !== undefined && isLoopback(endpoint);
  const config = {
    requestHandler: patience,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined ? { region } : isLocal && { region: 'us-east-1' }),
    ...(isLocal && { credentials: { accessKeyId: 'sojourn', secretAccessKey: 'sojourn' } }),
  };
  // A journey's function answers when it is done, and may take its time.
  const waiting = { ...patience, requestTimeout: limits.maxFunctionTimeoutMs + limits.leaseMarginMs };
  return {
    cloudFormation: new CloudFormationClient(config),
    dynamo: new DynamoDBClient(config),
    lambda: new LambdaClient({ ...config, maxAttempts: 2, requestHandler: waiting }),
    scheduler: new SchedulerClient(config),
    sqs: new SQSClient(config),
  };
}

function closeAll(clients: Clients): void {
  for (const client of Object.values(clients)) client.destroy();
}

function stackOf(clients: Clients, names: readonly string[], deployment: Deployment, nowMs: () => number): Stack {
  const definitions = new Map<string, Promise<JourneyDefinition | undefined>>();
  const stack: Stack = {
    names,
    deployment,
    nowMs,
    lambda: clients.lambda,
    readers: deployment.tableNames.map((tableName) => new TableReader(clients.dynamo, tableName)),
    queues: deployment.queues.map(({ people, automatic }) => ({
      people: new DeadLetterQueue(clients.sqs, people),
      automatic: automatic.map((url) => new DeadLetterQueue(clients.sqs, url)),
    })),
    journey: (id) => {
      const found = deployment.journeys.find((journey) => journey.id === id);
      if (found) return found;
      const ids = deployment.journeys.map((one) => one.id).join(', ');
      throw new Mistake(`there is no journey ${id} in ${names.join(', ')}. There are: ${ids || 'none'}`);
    },
    journeyOfRun: ({ pk }) => stack.journey(pk.slice(0, pk.indexOf('|'))),
    reader: ({ tableName }) => new TableReader(clients.dynamo, tableName),
    repair: (journey) => new Repair(clients, journey),
    hub: (journey) => hubOf(stack, journey),
    definition: (journey) => {
      const reading = definitions.get(journey.id) ?? readDefinitionOf(clients, journey);
      definitions.set(journey.id, reading);
      return reading;
    },
    known: async (journey) => ({
      id: journey.id,
      functionName: journey.functionName,
      definition: await stack.definition(journey),
      hub: stack.hub(journey),
    }),
    fates: () => readFates(clients, names),
    timerNames: (groupName, onPage) => scheduleNames(clients.scheduler, groupName, onPage),
    close: () => closeAll(clients),
  };
  return stack;
}

function hubOf(stack: Stack, journey: DeployedJourney): Hub {
  const reader = stack.reader(journey);
  const repair = stack.repair(journey);
  return {
    nowMs: stack.nowMs,
    run: (ref) => reader.run(ref),
    partition: (pk, from) => reader.partition(pk, from),
    cancel: (...args) => repair.cancel(...args),
    handOver: (timer) => repair.handOver(timer),
    handOverAndWait: (timer, codeVersion) => repair.handOverAndWait(timer, codeVersion),
    timerExists: (name) => repair.timerExists(name),
    deleteTimer: (name) => repair.deleteTimer(name),
    eraseRun: (ref) => repair.eraseRun(ref),
    eraseEvent: (ref) => repair.eraseEvent(ref),
    hasEvent: (ref) => reader.hasEvent(ref),
    erasePointer: (pointer) => repair.erasePointer(pointer),
    eraseClaim: (pk, holder) => repair.eraseClaim(pk, holder),
  };
}

/** A sandbox has few stacks, and they are all yours; an account is not asked for all of its. */
async function allOfSandbox(clients: Clients, { endpoint }: StackOptions): Promise<string[]> {
  if (endpoint !== undefined && isLoopback(endpoint)) return stackNames(clients);
  throw new UsageMistake(
    'which stack? Fix: --stack <name of the CloudFormation stack>, or --endpoint http://127.0.0.1:4010 for sojourn dev',
  );
}

function isLoopback(endpoint: string): boolean {
  return URL.canParse(endpoint) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(endpoint).hostname);
}

/** A sandbox lives by a clock of its own. */
async function clockOf(endpoint: string | undefined): Promise<() => number> {
  if (endpoint === undefined || !isLoopback(endpoint)) return () => Date.now();
  try {
    const response = await fetch(new URL('/_sojourn/clock', endpoint));
    const { nowMs, mode } = (await response.json()) as { nowMs?: unknown; mode?: unknown };
    if (typeof nowMs !== 'number') return () => Date.now();
    if (mode === 'frozen') return () => nowMs;
    const aheadMs = nowMs - Date.now();
    return () => Date.now() + aheadMs;
  } catch {
    return () => Date.now(); // Another emulator: it has no clock of its own.
  }
}

/** What most often goes wrong at first, in words. */
function explained(error: unknown, { endpoint, stacks }: StackOptions): unknown {
  if (!(error instanceof Error) || error instanceof Mistake) return error;
  const { name, message } = error;
  if (name === 'CredentialsProviderError') {
    return new Mistake(
      `no AWS credentials were found (${message}). Fix: sign in as for the aws CLI, or give --endpoint`,
    );
  }
  if (message === 'Region is missing') return new Mistake('no region is set. Fix: --region eu-west-1, or AWS_REGION');
  if (name === 'ValidationError')
    return new Mistake(
      `${message}. Fix: --stack takes a name that is deployed (${stacks.join(', ')} is not), in this account and region`,
    );
  const code = (error as { code?: unknown }).code;
  if (code === 'ECONNREFUSED')
    return new Mistake(`nothing listens on ${endpoint}. Fix: start sojourn dev, or give its address`);
  return error;
}
