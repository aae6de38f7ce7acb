/**
 * The resources that a sandbox runs, as values: what is left of a template when all its functions are resolved.
 *
 * Owns: these shapes. Must not know: templates, and who runs them.
 * Units stand in the names.
 */

import type { EventMatcher } from '../bus/pattern.js';

export interface BusResource {
  readonly name: string;
  readonly arn: string;
}

/** How long and how often a hand-off (bus to target, schedule to target) is tried again. */
export interface RetryPolicy {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeS: number;
}

export interface RuleTarget {
  readonly id: string;
  readonly arn: string;
  /** A constant that replaces the event. */
  readonly input: string | undefined;
  /** A path into the event that replaces it. */
  readonly inputPath: string | undefined;
  readonly retry: RetryPolicy;
  readonly deadLetterArn: string | undefined;
}

export interface RuleResource {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly matches: EventMatcher;
  readonly targets: readonly RuleTarget[];
}

/** What Lambda does with an asynchronous invocation that fails. */
export interface AsyncInvokeConfig {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeS: number;
  /** Destination of the failure record (a queue). */
  readonly onFailureArn: string | undefined;
  /** The older DeadLetterConfig of the function itself: the bare event goes there. */
  readonly deadLetterArn: string | undefined;
}

export interface FunctionResource {
  readonly name: string;
  /** Without a qualifier. */
  readonly arn: string;
  /** A number, or $LATEST. */
  readonly version: string;
  /** What it is invoked by: with the number of a version, or the name of an alias that points at it. */
  readonly invokedArn: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly region: string;
  readonly logGroupName: string;
  /** Directory of the bundle; undefined when the template's code is nothing that the sandbox can run. */
  readonly codeDir: string | undefined;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutS: number;
  readonly memoryMb: number;
  readonly roleArn: string | undefined;
  /** The most that run at once; undefined: as many as the sandbox gives. */
  readonly reservedConcurrency: number | undefined;
  readonly asyncInvoke: AsyncInvokeConfig;
}

/** A name for a version. */
export interface AliasResource {
  readonly functionName: string;
  readonly name: string;
  readonly arn: string;
  readonly version: string;
  readonly asyncInvoke: AsyncInvokeConfig;
}

export interface TableResource {
  readonly name: string;
  readonly arn: string;
  readonly partitionKey: string;
  /** Input of DynamoDB's CreateTable. */
  readonly createTable: Readonly<Record<string, unknown>>;
}

export interface QueueResource {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly visibilityTimeoutS: number;
  readonly retentionS: number;
  readonly delayS: number;
  /** Where a message goes that was received so often and never deleted. */
  readonly redrive: { readonly deadLetterArn: string; readonly maxReceiveCount: number } | undefined;
}

/** A queue whose messages invoke a function. */
export interface QueueEventSource {
  readonly queueArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly maximumConcurrency: number;
  /** Whether the function says which messages of a batch it failed at (ReportBatchItemFailures). */
  readonly reportsItemFailures: boolean;
}

export interface RoleResource {
  readonly name: string;
  readonly arn: string;
  /** Services that the trust policy lets assume the role; its conditions are not evaluated here. */
  readonly trustedServices: readonly string[];
}

/** One AWS::Lambda::Permission. */
export interface InvokePermission {
  readonly functionName: string;
  readonly principal: string;
  /** May hold wildcards. */
  readonly sourceArn: string | undefined;
}

/** A resource of the template as it stands, resolved: for what is not read above (policies, for one). */
export interface ResolvedResource {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly ref: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** As the template has it, unresolved. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** What becomes of it when it leaves the template, and when another takes its place. */
  readonly deletionPolicy?: string | undefined;
  readonly updateReplacePolicy?: string | undefined;
}

export interface ScheduleResource {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface SandboxResources {
  readonly account: string;
  readonly region: string;
  readonly buses: readonly BusResource[];
  readonly rules: readonly RuleResource[];
  /** Unpublished: as the template has them. */
  readonly functions: readonly FunctionResource[];
  /** Those that this template publishes. */
  readonly versions: readonly FunctionResource[];
  readonly aliases: readonly AliasResource[];
  readonly tables: readonly TableResource[];
  readonly scheduleGroups: readonly { readonly name: string; readonly arn: string }[];
  /** Those that the template declares, as CreateSchedule would be asked for them. */
  readonly schedules: readonly ScheduleResource[];
  readonly queues: readonly QueueResource[];
  readonly eventSources: readonly QueueEventSource[];
  readonly roles: readonly RoleResource[];
  readonly permissions: readonly InvokePermission[];
  readonly all: readonly ResolvedResource[];
  /** By the name of the stack, as they were deployed. */
  readonly templates: ReadonlyMap<string, object>;
  /** One line for each thing of the template that the sandbox does not know. */
  readonly notices: readonly string[];
}
