/**
 * The function of a journey: its code, its size, and what it is told of its surroundings.
 *
 * Knows no right and no rule. Invariants: the variables are those of contract.ts, so that serve(journey) finds them; its own
 * ARN is not among them (a circle: the role of its timers names the function), it learns that from its invocations.
 */
import { rmSync } from 'node:fs';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as cxapi from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { declarationMetadata, definitionMetadata, entryExports, env, schemasMetadata } from '../contract.js';
import type { JourneyCode } from './code.js';
import { policyMistakes } from './function-policy.js';
import type { JourneyHub } from './hub.js';
import { shortened } from './schemas.js';
import { environmentMistakes, type FunctionTimes } from './settings.js';

const defaultMemoryMiB = 256;

export interface JourneyFunctionProps {
  readonly hub: JourneyHub;
  readonly code: JourneyCode;
  readonly role: iam.IRole;
  readonly schedulerRole: iam.IRole;
  readonly logGroup: logs.ILogGroup;
  readonly times: FunctionTimes;
  /** The author's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** JSON of { [step id]: milliseconds }. */
  readonly timeouts?: string | undefined;
  readonly memorySize?: number | undefined;
  readonly retired?: boolean | undefined;
  readonly reservedConcurrentExecutions?: number | undefined;
  readonly sourceMap: boolean;
}

export function createFunction(scope: Construct, props: JourneyFunctionProps): lambda.Function {
  const { code, role, logGroup, times, reservedConcurrentExecutions } = props;
  const fn = new lambda.Function(scope, 'Function', {
    description: `Runs the journey ${code.definition.id}`,
    code: lambda.Code.fromAsset(code.directory),
    handler: `index.${entryExports.handler}`,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    memorySize: props.memorySize ?? defaultMemoryMiB,
    timeout: times.timeout,
    role,
    logGroup,
    environment: variables(props),
    currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
  });
  const resource = fn.node.defaultChild as lambda.CfnFunction;
  resource.addMetadata(definitionMetadata, code.definition);
  if (Object.keys(code.schemas).length > 0) resource.addMetadata(schemasMetadata, shortened(code.schemas));
  if (code.declaration) resource.addMetadata(declarationMetadata, code.declaration);
  // The CDK has its copy by now, unless it was told to leave assets where they are.
  if (!scope.node.tryGetContext(cxapi.DISABLE_ASSET_STAGING_CONTEXT)) {
    rmSync(code.directory, { recursive: true, force: true });
  }
  // At synth, so that what is added to the function after its construction counts too.
  scope.node.addValidation({
    validate: () => [...environmentMistakes(variablesInTemplate(fn)), ...policyMistakes(fn)],
  });
  return fn;
}

function variables({ hub, code, schedulerRole, times, ...props }: JourneyFunctionProps): Record<string, string> {
  return {
    ...props.environment,
    ...(props.sourceMap && {
      NODE_OPTIONS: ['--enable-source-maps', props.environment.NODE_OPTIONS ?? ''].join(' ').trim(),
    }),
    [env.journeyId]: code.definition.id,
    [env.tableName]: hub.table.tableName,
    [env.eventBusName]: hub.eventBus.eventBusName,
    [env.scheduleGroupName]: hub.scheduleGroup.ref,
    [env.schedulerRoleArn]: schedulerRole.roleArn,
    [env.timerDeadLetterArn]: hub.undeliveredTimers.queueArn,
    ...(hub.encryptionKey && { [env.scheduleKeyArn]: hub.encryptionKey.keyArn }),
    ...(times.stepTimeoutMs !== undefined && { [env.stepTimeoutMs]: String(times.stepTimeoutMs) }),
    ...(props.retired && { [env.retired]: 'true' }),
    ...(code.deployed !== undefined && { [env.deployed]: code.deployed }),
    ...(props.timeouts !== undefined && { [env.timeouts]: props.timeouts }),
  };
}

function variablesInTemplate(fn: lambda.Function): Record<string, unknown> {
  const { environment } = fn.node.defaultChild as lambda.CfnFunction;
  return Stack.of(fn).resolve(environment)?.variables ?? {};
}
