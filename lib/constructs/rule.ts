/**
 * The rule that hands a journey its events, and what becomes of those that cannot be handed over.
 *
 * Invariants: one rule per journey for all the event names that it needs, and one target, the function's live version; what the bus could
 * not hand over ends in a dead-letter queue (what the function failed at: versions.ts).
 */
import { Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { eventNames, type JourneyDefinition } from '../journey/definition.js';
import { scheduledTimerName } from '../journey/trigger/trigger-cron.js';
import { limits } from '../limits.js';
import type { JourneyHub } from './hub.js';
import { JourneyConstructError } from './mistake.js';

/** The most that EventBridge retries a target (PutTargets, RetryPolicy). */
const targetRetries = 185;

/** @returns the rule, on the hub's bus. @throws JourneyConstructError when its pattern is too long for EventBridge. */
export function createRule(
  scope: Construct,
  hub: JourneyHub,
  live: lambda.Alias,
  { definition, retired }: { readonly definition: JourneyDefinition; readonly retired: boolean },
): events.Rule {
  const ofLivingRuns = eventNames({ ...definition, triggers: [] });
  // A rule has some name: one that no living run needs is switched off.
  const named = eventNames(definition);
  const enabled = named.length > 0 && (!retired || ofLivingRuns.length > 0);
  // A journey that is started by the clock alone, and waits for no event, has a rule of a name that is on no bus.
  const detailType = retired && enabled ? ofLivingRuns : named.length > 0 ? named : [scheduledTimerName];
  checkNames(scope, definition, detailType);
  // Absent or not: a list, because CloudFormation takes no null in a pattern.
  const noReplays = definition.replays ? {} : { 'replay-name': [{ exists: false }] };
  checkPattern(scope, definition, JSON.stringify({ 'detail-type': detailType, ...noReplays }));
  const rule = new events.Rule(scope, 'Events', {
    eventBus: hub.eventBus,
    description: `Events of the journey ${definition.id}`,
    eventPattern: { detailType },
    enabled,
    targets: [{ bind: () => target(hub, live) }],
  });
  const resource = rule.node.defaultChild as events.CfnRule;
  for (const [field, value] of Object.entries(noReplays)) resource.addPropertyOverride(`EventPattern.${field}`, value);
  // By the rule's ARN alone: with SourceAccount beside it EventBridge could not invoke the function at all.
  live.addPermission('InvokedByRule', {
    principal: new iam.ServicePrincipal('events.amazonaws.com'),
    sourceArn: rule.ruleArn,
  });
  return rule;
}

function target(hub: JourneyHub, live: lambda.Alias): events.RuleTargetConfig {
  return {
    arn: live.functionArn,
    targetResource: live,
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
