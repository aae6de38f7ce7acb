/**
 * Reads the properties of Lambda functions, of their asynchronous configuration, of the queues that invoke them and of the
 * permissions to do so.
 *
 * Owns: AWS::Lambda::Function, ::EventInvokeConfig, ::EventSourceMapping, ::Permission. Must not know: how a function is run.
 */

import { existsSync, statSync } from 'node:fs';
import { listOf, numberOf, type Properties, recordOf, textOf } from './properties.js';
import type {
  AsyncInvokeConfig,
  FunctionResource,
  InvokePermission,
  QueueEventSource,
  ResolvedResource,
} from './resources.js';

export function readFunction(
  fn: ResolvedResource & { readonly arn: string; readonly region: string },
  assetPaths: ReadonlyMap<string, string>,
  invokeConfigs: InvokeConfigs,
  notices: string[],
): FunctionResource {
  const { properties, logicalId, ref } = fn;
  const variables = Object.entries(recordOf(recordOf(properties.Environment).Variables));
  return {
    name: ref,
    arn: fn.arn,
    version: unpublished,
    invokedArn: fn.arn,
    stackName: fn.stackName,
    logicalId,
    region: fn.region,
    codeDir: codeDirOf(properties, logicalId, assetPaths, notices),
    handler: textOf(properties.Handler) ?? 'index.handler',
    environment: Object.fromEntries(variables.map(([name, value]) => [name, String(value)])),
    logGroupName: textOf(recordOf(properties.LoggingConfig).LogGroup) ?? `/aws/lambda/${ref}`,
    timeoutS: numberOf(properties.Timeout, 3),
    memoryMb: numberOf(properties.MemorySize, 128),
    roleArn: textOf(properties.Role),
    reservedConcurrency:
      properties.ReservedConcurrentExecutions === undefined
        ? undefined
        : numberOf(properties.ReservedConcurrentExecutions, 0),
    asyncInvoke: asyncInvokeOf(
      invokeConfigs,
      ref,
      unpublished,
      textOf(recordOf(properties.DeadLetterConfig).TargetArn),
    ),
  };
}

function codeDirOf(
  properties: Properties,
  logicalId: string,
  assetPaths: ReadonlyMap<string, string>,
  notices: string[],
): string | undefined {
  const runtime = textOf(properties.Runtime);
  const path = assetPaths.get(String(recordOf(properties.Code).S3Key));
  if (runtime?.startsWith('nodejs') && path !== undefined && existsSync(path) && statSync(path).isDirectory())
    return path;
  const found = runtime?.startsWith('nodejs')
    ? 'code that is no directory of the assembly'
    : `runtime ${String(runtime)}`;
  notices.push(`function ${logicalId} has ${found}: the sandbox cannot run it, its invocations fail`);
  return undefined;
}

/** What Lambda calls the code that no version was published of. */
export const unpublished = '$LATEST';

/** By function name and qualifier: Lambda keeps them apart. */
export type InvokeConfigs = ReadonlyMap<string, Properties>;

export function asyncInvokeOf(
  configs: InvokeConfigs,
  functionName: string,
  qualifier: string,
  deadLetterArn?: string,
): AsyncInvokeConfig {
  const config = configs.get(`${functionName}:${qualifier}`) ?? {};
  return {
    maximumRetryAttempts: numberOf(config.MaximumRetryAttempts, 2),
    maximumEventAgeS: numberOf(config.MaximumEventAgeInSeconds, 21_600),
    onFailureArn: textOf(recordOf(recordOf(config.DestinationConfig).OnFailure).Destination),
    deadLetterArn,
  };
}

export function readInvokeConfigs(configs: readonly ResolvedResource[], notices: string[]): InvokeConfigs {
  for (const { properties, logicalId } of configs) {
    const destinations = recordOf(properties.DestinationConfig);
    if (destinations.OnSuccess !== undefined) {
      notices.push(`${logicalId} has an OnSuccess destination: the sandbox sends nothing there`);
    }
    const onFailure = textOf(recordOf(destinations.OnFailure).Destination);
    if (onFailure !== undefined && !/^arn:[^:]+:sqs:/.test(onFailure)) {
      notices.push(`${logicalId} has an OnFailure destination that is no queue: the sandbox drops what goes there`);
    }
  }
  const keyOf = ({ FunctionName, Qualifier = unpublished }: Properties) =>
    `${functionNameOf(String(FunctionName))}:${String(Qualifier)}`;
  return new Map(configs.map(({ properties }) => [keyOf(properties), properties]));
}

/** Lambda starts with five pollers of a queue. */
const defaultConcurrency = 5;

export function readEventSource({ properties, logicalId }: ResolvedResource, notices: string[]): QueueEventSource[] {
  if (String(properties.Enabled) === 'false') return [];
  const queueArn = String(properties.EventSourceArn);
  if (!/^arn:[^:]+:sqs:/.test(queueArn)) {
    notices.push(`${logicalId} reads from ${queueArn}: the sandbox knows queues only, nothing will come from there`);
    return [];
  }
  const { MaximumConcurrency: concurrency } = recordOf(properties.ScalingConfig);
  return [
    {
      queueArn,
      functionName: functionNameOf(String(properties.FunctionName)),
      batchSize: numberOf(properties.BatchSize, 10),
      maximumConcurrency: numberOf(concurrency, defaultConcurrency),
      reportsItemFailures: listOf(properties.FunctionResponseTypes).includes('ReportBatchItemFailures'),
    },
  ];
}

export function readPermission(properties: Properties): InvokePermission[] {
  const action = properties.Action;
  if (action !== 'lambda:InvokeFunction' && action !== 'lambda:*') return [];
  return [
    {
      functionName: functionNameOf(String(properties.FunctionName)),
      principal: String(properties.Principal),
      sourceArn: textOf(properties.SourceArn),
    },
  ];
}

/** The version or the alias that a name or an ARN ends with, if it does. */
export function qualifierOf(nameOrArn: string): string | undefined {
  const parts = nameOrArn.split(':');
  return parts[parts.indexOf('function') + 2];
}

/** From a name, a partial ARN or an ARN, with or without qualifier. */
export function functionNameOf(nameOrArn: string): string {
  const parts = nameOrArn.split(':');
  const at = parts.indexOf('function');
  return (at < 0 ? parts[0] : parts[at + 1]) ?? nameOrArn;
}
