/**
 * A journey in CDK: its function, its log, its rule, its timers' role, and the rights that tie them to a hub.
 *
 * Owns: the order in which they are checked and made, and what other constructs see of a journey. Invariant: the definition,
 * of the entry's code or of the declared steps, is the only source of what the journey listens to.
 */
import { Annotations, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct, IDependable } from 'constructs';
import type { DeclaredJourney } from '../journey/declared/form.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { toMermaid } from '../journey/graph.js';
import { isInCalls } from '../journey/invoke.js';
import { acknowledgeWildcards } from './acknowledgements.js';
import { loadCode } from './code.js';
import { createCronSchedules } from './cron.js';
import { checkDeclaredTimeouts } from './declared/timeouts.js';
import { grantReadingTable } from './encryption.js';
import { createFunction } from './function.js';
import type { JourneyHub } from './hub.js';
import { claimJourneyId, warnOfUnansweredCalls } from './journey-ids.js';
import { MeasuredJourney } from './journey-metrics.js';
import type { JourneyProps } from './journey-props.js';
import { JourneyConstructError } from './mistake.js';
import {
  allowEncryption,
  allowTimersToFire,
  allowToInvoke,
  allowToRun,
  createFunctionRole,
  createSchedulerRole,
  ownRunsOnly,
  wildcardReasons,
} from './permissions.js';
import { createRule } from './rule.js';
import { checkSchemas } from './schemas-check.js';
import { checkedEnvironment, checkedTimeouts } from './settings.js';
import { checkTelling, tellBy } from './telling.js';
import { allowToForward, publish } from './versions.js';

/**
 * A journey of users: started, awaited and cancelled by events of the hub's bus.
 *
 * It is an ordinary grantee (`table.grantReadData(journey)`), with an ordinary function inside (`journey.fn`).
 */
export class Journey extends MeasuredJourney implements iam.IGrantable {
  readonly grantPrincipal: iam.IPrincipal;

  /** The function that runs the journey. */
  readonly fn: lambda.Function;

  /**
   * Points at the version of the function that begins new runs: the newest. Runs finish with the version they began with.
   * Whoever invokes the function invokes this.
   */
  readonly live: lambda.Alias;

  /** What the entry, or the declared steps, ask for: events, key, cancellations, limits. */
  readonly definition: JourneyDefinition;

  /** What the steps of a journey without code declare, as JSON. */
  readonly declaration: DeclaredJourney | undefined;

  /** Hands the function its events. */
  readonly rule: events.Rule;

  /** The log of the function. */
  readonly logGroup: logs.LogGroup;

  protected readonly metricNamespace: string;

  private readonly hub: JourneyHub;

  constructor(scope: Construct, id: string, props: JourneyProps) {
    super(scope, id);
    this.hub = props.hub;
    this.metricNamespace = props.hub.metricNamespace;
    checkPlace(this, props.hub);
    const environment = checkedEnvironment(this, props.environment ?? {});
    let timeouts: string | undefined;
    const code = loadCode(this, props, environment, (definition, schemas, source) => {
      claimJourneyId(props.hub, definition, this, source);
      checkSchemas(props.hub, { scope: this, source, definition, schemas });
      checkTelling(this, props, definition);
      if (props.timeouts) timeouts = checkedTimeouts(this, props.timeouts, definition);
    });
    this.definition = code.definition;
    this.declaration = code.declaration;
    checkDeclaredTimeouts(this, props.timeouts, code.declaration);
    warnOfUnansweredCalls(props.hub, this, this.definition);
    for (const warning of code.warnings) Annotations.of(this).addWarningV2('sojourn:bundle', warning);

    this.logGroup = new logs.LogGroup(this, 'Log', {
      retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: props.removalPolicy ?? props.hub.removalPolicy,
      ...(props.hub.encryptionKey && { encryptionKey: props.hub.encryptionKey }),
    });
    const role = createFunctionRole(this, this.logGroup);
    const schedulerRole = createSchedulerRole(this, props.hub);
    allowToRun(role, {
      hub: props.hub,
      definition: this.definition,
      schedulerRole,
      sendsEvents: (props.lifecycleEvents ?? []).length > 0 || code.sendsEvents || isInCalls(this.definition),
    });
    allowToInvoke(role, code.invoked);
    this.fn = createFunction(this, {
      hub: props.hub,
      code,
      role,
      schedulerRole,
      logGroup: this.logGroup,
      times: code.times,
      environment,
      timeouts,
      memorySize: props.memorySize,
      retired: props.retired,
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      sourceMap: code.sourceMap,
    });
    this.grantPrincipal = this.fn.grantPrincipal;
    tellBy(this.fn, props, this.metricNamespace);
    allowTimersToFire(schedulerRole, this.fn, props.hub);
    allowEncryption(this, { role, schedulerRole }, { hub: props.hub, definition: this.definition });
    const forwards = allowToForward(this, role, this.fn);
    this.live = publish(this, this.fn, props.hub);
    this.rule = this.startedBy(schedulerRole, forwards, props.retired ?? false);
    acknowledgeWildcards(this, wildcardReasons);
    this.watch(props);
  }

  /** What starts runs: the rule, and schedules; none before timers can fire, failures are kept and runs of other versions can be reached. */
  private startedBy(schedulerRole: iam.Role, forwards: IDependable, retired: boolean): events.Rule {
    const { hub, live, definition } = this;
    const rule = createRule(this, hub, live, { definition, retired });
    for (const starts of [rule, ...createCronSchedules(this, { hub, live, schedulerRole, definition, retired })])
      starts.node.addDependency(schedulerRole, forwards, live.node.findChild('EventInvokeConfig'));
    return rule;
  }

  private watch({ silence, alarms, retired }: JourneyProps): void {
    const [failures, throttles] = [this.metricRunsFailed(), this.metricThrottles()];
    const [lateness, starts] = [this.metricTimerLateness(), this.metricRunsStarted()];
    // A retired journey is to be silent.
    const quiet = retired ? undefined : silence;
    const watched = { id: this.definition.id, failures, throttles, lateness, starts, silence: quiet };
    this.hub.alarms.ofJourney(this, watched, alarms);
    this.hub.dashboard?.show(this.fn);
  }

  /** The journey drawn, as Mermaid: whole where it is declared, as far as its definition says where it is code. */
  toMermaid(): string {
    return toMermaid(this.definition, this.declaration);
  }

  /** Lets someone read the runs of this journey, by key. */
  grantReadRuns(grantee: iam.IGrantable): iam.Grant {
    const { encryptionKey, table } = this.hub;
    const read = iam.Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:Query'],
      resourceArns: [table.tableArn],
      conditions: ownRunsOnly(this.definition.id),
    });
    return encryptionKey ? read.combine(grantReadingTable(encryptionKey, this, grantee)) : read;
  }
}

/** Rules, timers and queues do not reach across accounts or regions. */
function checkPlace(journey: Journey, hub: JourneyHub): void {
  const [here, there] = [Stack.of(journey), Stack.of(hub)];
  for (const part of ['account', 'region'] as const) {
    if (Token.compareStrings(here[part], there[part]) !== TokenComparison.DIFFERENT) continue;
    throw new JourneyConstructError(journey, {
      what: `The journey and its hub are not in the same ${part}.`,
      got: `${here[part]}, and ${there[part]} for the hub ${hub.node.path}`,
      expected: `the same ${part}`,
      fix: `make a JourneyHub in this ${part}`,
    });
  }
}
