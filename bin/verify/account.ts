/**
 * An AWS account, or what plays its part: the AWS CLI, the CDK CLI and three SDK clients pointed at one place.
 *
 * Owns: how it is reached, and the count of the calls made on the way. Knows no stack and no journey.
 * Invariant: every call of an account that is an emulator carries its endpoint; none of them can reach AWS.
 */
import { Agent } from 'node:https';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { output, runToEnd } from './command.js';
import type { DifferenceId } from './differences.js';

export interface Place {
  /** As the report calls it. */
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  /** For the programs that are started. */
  readonly environment: NodeJS.ProcessEnv;
  /** Only where it is not AWS itself. */
  readonly endpoint?: { readonly url: string; readonly ca: string };
  /** In what it is known to differ from AWS. */
  readonly differs: ReadonlySet<DifferenceId>;
  /** Path of the AWS CLI. */
  readonly aws: string;
  readonly stopped?: AbortSignal | undefined;
}

const cliTimeoutMs = 120_000;
const cdkTimeoutMs = 900_000;
const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const cdkCli = path.join(path.dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin/cdk');

export class Account {
  readonly dynamo: DynamoDBClient;
  readonly scheduler: SchedulerClient;
  readonly eventBridge: EventBridgeClient;
  /** Calls of the AWS CLI by service. */
  readonly cliCalls = new Map<string, number>();
  private finishing = false;

  constructor(readonly place: Place) {
    const config = clientConfig(place);
    this.dynamo = new DynamoDBClient(config);
    this.scheduler = new SchedulerClient(config);
    this.eventBridge = new EventBridgeClient(config);
  }

  /** Whether it differs from AWS in this. */
  differs(id: DifferenceId): boolean {
    return this.place.differs.has(id);
  }

  /** From here on commands run to their end although the verification was stopped: it is cleaning up. */
  finish(): void {
    this.finishing = true;
  }

  /** Runs the AWS CLI. @returns what it answered, parsed; undefined when it answered nothing. @throws CommandFailed */
  async cli<T = unknown>(service: string, operation: string, ...args: readonly string[]): Promise<T> {
    const text = await output(this.place.aws, this.cliArgs(service, operation, args), this.cliOptions());
    return (text.trim() === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Runs the AWS CLI where a refusal is an answer. @returns the error's code and text, or undefined when it was done. */
  async refusal(service: string, operation: string, ...args: readonly string[]): Promise<string | undefined> {
    const { code, stderr } = await runToEnd(this.place.aws, this.cliArgs(service, operation, args), this.cliOptions());
    return code === 0 ? undefined : stderr.trim();
  }

  /** Runs the CDK CLI in this repository. @throws CommandFailed */
  async cdk(...args: readonly string[]): Promise<string> {
    return output(process.execPath, [cdkCli, ...args, '--no-notices', '--ci'], {
      cwd: repository,
      environment: { ...this.place.environment, CDK_DISABLE_CLI_TELEMETRY: 'true' },
      timeoutMs: cdkTimeoutMs,
      stopped: this.stopped(),
    });
  }

  close(): void {
    for (const client of [this.dynamo, this.scheduler, this.eventBridge]) client.destroy();
  }

  private cliArgs(service: string, operation: string, args: readonly string[]): string[] {
    this.cliCalls.set(service, (this.cliCalls.get(service) ?? 0) + 1);
    // Not by AWS_ENDPOINT_URL alone: for SQS this CLI ignores it.
    const endpoint = this.place.endpoint ? ['--endpoint-url', this.place.endpoint.url] : [];
    return [service, operation, ...args, ...endpoint, '--region', this.place.region, '--output', 'json'];
  }

  private cliOptions() {
    const environment = { ...this.place.environment, AWS_PAGER: '' };
    return { environment, timeoutMs: cliTimeoutMs, stopped: this.stopped() };
  }

  private stopped(): AbortSignal | undefined {
    return this.finishing ? undefined : this.place.stopped;
  }
}

/** On AWS the SDK finds credentials by itself, as the CLIs do. */
function clientConfig({ endpoint, environment, region }: Place) {
  if (!endpoint) return { region };
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = environment;
  return {
    region,
    endpoint: endpoint.url,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: { httpsAgent: new Agent({ ca: endpoint.ca, keepAlive: true }) },
  };
}
