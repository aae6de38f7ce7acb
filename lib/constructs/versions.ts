/**
 * The versions of a journey's function: each deployment that changes it publishes one, and the alias `live` points at the
 * newest. docs/decisions/020.
 *
 * Knows no event and no run. Invariants: a version, its failure destination and the redriver's right to invoke it stay when a
 * newer one comes, because runs of it may still wait; what a failed deployment has published goes with it; a deployment that
 * changes nothing publishes nothing.
 */
import { type CfnResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IConstruct } from 'constructs';
import { liveAlias } from '../contract.js';
import { limits } from '../limits.js';
import type { JourneyHub } from './hub.js';

/** What Lambda tries again, twice at most. */
const retries = 2;

/** @returns the alias, once failures of it and of its version are kept and can be redriven. */
export function publish(scope: Construct, fn: lambda.Function, hub: JourneyHub): lambda.Alias {
  const version = fn.currentVersion;
  const alias = new lambda.Alias(scope, 'Live', {
    aliasName: liveAlias,
    description: 'The version that events are handed to',
    version: version as lambda.IVersion,
  });
  for (const qualified of [version, alias]) {
    keepFailures(qualified, hub);
    hub.redriver.admit(qualified as lambda.IFunction);
  }
  // It takes events once what fails there is kept.
  alias.node.addDependency(version);
  for (const resource of resourcesOf(version)) resource.applyRemovalPolicy(stays);
  return alias;
}

/** Lets the function forward what it has recorded to the versions of itself that runs began with. */
export function allowToForward(scope: Construct, role: iam.IRole, fn: lambda.IFunction): iam.Policy {
  // A policy of its own: the function is made after its role's, and could not be named there.
  return new iam.Policy(scope, 'ForwardPolicy', {
    roles: [role],
    statements: [
      new iam.PolicyStatement({
        sid: 'ForwardToItsVersions',
        actions: ['lambda:InvokeFunction'],
        resources: [`${fn.functionArn}:*`],
      }),
    ],
  });
}

/** Not when a newer one comes, but when the deployment that made it fails. */
const stays = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** What Lambda does with an event or a timer that the function fails at: it keeps that for each version and alias. */
function keepFailures(qualified: lambda.Version | lambda.Alias, hub: JourneyHub): void {
  qualified.configureAsyncInvoke({
    retryAttempts: retries,
    maxEventAge: Duration.millis(limits.lambdaAsyncAgeMs),
    // The right to send is in the function's policy (permissions.ts), which the CDK's own destination would widen.
    onFailure: { bind: () => ({ destination: hub.failedInvocations.queueArn }) },
  });
}

function resourcesOf(construct: IConstruct): CfnResource[] {
  const kinds = [lambda.CfnVersion, lambda.CfnEventInvokeConfig, lambda.CfnPermission];
  return construct.node
    .findAll()
    .filter((node): node is CfnResource => kinds.some((kind) => (node as unknown) instanceof kind));
}
