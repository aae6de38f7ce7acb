/**
 * The rule that hands a journey its events, and what becomes of those that cannot be handed over.
 *
 * Invariants: one rule per journey for all its event names; every way of losing an event ends in a dead-letter queue: the
 * bus's (it could not hand over) and the function's (it failed after its retries).
 */
import { Duration, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IConstruct } from 'constructs';
import { eventNames, type JourneyDefinition } from '../journey/definition.js';
import { limits } from '../limits.js';
import type { JourneyHub } from './hub.js';
import { JourneyConstructError } from './mistake.js';

/** The most that EventBridge retries a target (PutTargets, RetryPolicy), and Lambda a function's asynchronous invocation. */
const targetRetries = 185;
const functionRetries = 2;

/** @returns the rule, on the hub's bus. @throws JourneyConstructError when its pattern is too long for EventBridge. */
export function createRule(
  scope: Construct,
  hub: JourneyHub,
  fn: lambda.Function,
  definition: JourneyDefinition,
): events.Rule {
  const detailType = eventNames(definition);
  checkNames(scope, definition, detailType);
  // Absent or not: a list, because CloudFormation takes no null in a pattern.
  const noReplays = definition.replays ? {} : { 'replay-name': [{ exists: false }] };
  checkPattern(scope, definition, JSON.stringify({ 'detail-type': detailType, ...noReplays }));
  const rule = new events.Rule(scope, 'Events', {
    eventBus: hub.eventBus,
    description: `Events of the journey ${definition.id}`,
    eventPattern: { detailType },
    targets: [{ bind: () => target(hub, fn) }],
  });
  const resource = rule.node.defaultChild as events.CfnRule;
  for (const [field, value] of Object.entries(noReplays)) resource.addPropertyOverride(`EventPattern.${field}`, value);
  // By the rule's ARN alone: with SourceAccount beside it EventBridge could not invoke the function at all.
  fn.addPermission('InvokedByRule', {
    principal: new iam.ServicePrincipal('events.amazonaws.com'),
    sourceArn: rule.ruleArn,
  });
  return rule;
}

/** What Lambda does with an event or a timer that the function fails at. */
export function keepFailures(fn: lambda.Function, hub: JourneyHub): IConstruct {
  fn.configureAsyncInvoke({
    retryAttempts: functionRetries,
    maxEventAge: Duration.millis(limits.lambdaAsyncAgeMs),
    // The right to send is in the function's policy (permissions.ts), which the CDK's own destination would widen.
    onFailure: { bind: () => ({ destination: hub.failedInvocations.queueArn }) },
  });
  return fn.node.findChild('EventInvokeConfig');
}

function target(hub: JourneyHub, fn: lambda.Function): events.RuleTargetConfig {
  return {
    arn: fn.functionArn,
    targetResource: fn,
    retryPolicy: {
      maximumEventAgeInSeconds: limits.busRetryMs / 1_000,
      maximumRetryAttempts: targetRetries,
    },
    deadLetterConfig: { arn: hub.undeliveredEvents.queueArn },
  };
}

/** What looks like a CDK token would become some other resource's name in the rule. */
function checkNames(scope: Construct, { id }: JourneyDefinition, names: readonly string[]): void {
  const token = names.find((name) => Token.isUnresolved(name));
  if (token === undefined) return;
  throw new JourneyConstructError(scope, {
    what: `An event name of journey '${id}' is a CDK token.`,
    got: token,
    expected: 'the name itself: it is in the code, which knows no deployment',
    fix: 'write it out',
  });
}

function checkPattern(scope: Construct, { id }: JourneyDefinition, pattern: string): void {
  if (pattern.length <= limits.eventPatternChars) return;
  throw new JourneyConstructError(scope, {
    what: `The event names of journey '${id}' make a pattern that is too long for a rule of EventBridge.`,
    got: `${pattern.length} characters`,
    expected: `at most ${limits.eventPatternChars}`,
    fix: 'await fewer or shorter event names, or split the journey',
  });
}
