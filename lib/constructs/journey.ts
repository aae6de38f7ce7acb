/**
 * A journey in CDK: its function, its log, its rule, its timers' role, and the rights that tie them to a hub.
 *
 * Owns: the order in which they are checked and made, and what other constructs see of a journey. Invariant: the definition
 * in the entry's code is the only source of what the journey listens to.
 */
import { Annotations, type Duration, type RemovalPolicy, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { JourneyDefinition } from '../journey/definition.js';
import { acknowledgeWildcards } from './acknowledgements.js';
import { loadEntry } from './entry.js';
import { createFunction } from './function.js';
import { claimJourneyId, type JourneyHub } from './hub.js';
import { MeasuredJourney } from './journey-metrics.js';
import { JourneyConstructError } from './mistake.js';
import {
  allowTimersToFire,
  allowToRun,
  createFunctionRole,
  createSchedulerRole,
  ownRunsOnly,
  wildcardReasons,
} from './permissions.js';
import { createRule } from './rule.js';
import { checkedEntry, checkedEnvironment, checkedTimeouts, checkedTimes } from './settings.js';
import { checkTelling, type TellingProps, tellBy } from './telling.js';
import { allowToForward, publish } from './versions.js';

export interface JourneyProps extends TellingProps {
  /** What the journey shares with others: bus, table, timers, dead letters. It may be in another stack of the same account and region. */
  readonly hub: JourneyHub;

  /**
   * The file that exports `journey` (what `createJourney` returns) and `handler` (what `serve(journey)` returns), from the
   * directory of the CDK app. It is bundled with all that it imports, and its definition is read at synth by importing that
   * bundle, in a process of its own that has only `environment`.
   */
  readonly entry: string;

  /**
   * Memory of the function, in MiB.
   *
   * @default 256
   */
  readonly memorySize?: number;

  /**
   * The longest that one invocation may take. At most 170 seconds: a dead invocation's retry must find its lease expired.
   *
   * @default Duration.seconds(165)
   */
  readonly timeout?: Duration;

  /**
   * The least that must be left of an invocation for a step to start: what your longest step needs.
   *
   * @default Duration.seconds(30)
   */
  readonly stepTimeout?: Duration;

  /**
   * Environment variables of the function. They are there at synth too, when the entry is read; one whose value is only known
   * after deployment is 'known-only-after-deployment' then.
   *
   * @default - only those that Sojourn needs
   */
  readonly environment?: Readonly<Record<string, string>>;

  /**
   * Other timeouts than the code's, by the id of the wait or sleep: for a staging account that cannot wait for days.
   *
   * @default - those of the code
   */
  readonly timeouts?: Readonly<Record<string, Duration>>;

  /**
   * Whether the function may put events on the hub's bus.
   *
   * @default - whether the bundled code speaks of `sendEvent`
   */
  readonly sendsEvents?: boolean;

  /**
   * How long the log of the function is kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * What becomes of the log when it leaves the stack.
   *
   * @default - the hub's
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How many invocations may run at once; it also keeps as many of the account's for this function.
   *
   * @default - no limit but the account's
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * Whether a source map goes with the bundle, for stack traces that name your lines. It makes a cold start slower.
   *
   * @default false
   */
  readonly sourceMap?: boolean;
}

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

  /** What the entry declares: events, key, cancellations, limits. */
  readonly definition: JourneyDefinition;

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
    const times = checkedTimes(this, props);
    const environment = checkedEnvironment(this, props.environment ?? {});
    let timeouts: string | undefined;
    const entry = loadEntry(this, {
      entry: props.entry,
      absolute: checkedEntry(this, props.entry),
      environment,
      sourceMap: props.sourceMap ?? false,
      region: Stack.of(this).region,
      check: (definition) => {
        claimJourneyId(props.hub, definition.id, this, props.entry);
        checkTelling(this, props, definition);
        if (props.timeouts) timeouts = checkedTimeouts(this, props.timeouts, definition);
      },
    });
    this.definition = entry.definition;
    for (const warning of entry.warnings) Annotations.of(this).addWarningV2('sojourn:bundle', warning);

    this.logGroup = new logs.LogGroup(this, 'Log', {
      retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: props.removalPolicy ?? props.hub.removalPolicy,
    });
    const role = createFunctionRole(this, this.logGroup);
    const schedulerRole = createSchedulerRole(this, props.hub);
    allowToRun(role, {
      hub: props.hub,
      journeyId: this.definition.id,
      schedulerRole,
      sendsEvents: (props.lifecycleEvents ?? []).length > 0 || (props.sendsEvents ?? entry.sendsEvents),
    });
    this.fn = createFunction(this, {
      hub: props.hub,
      entry,
      role,
      schedulerRole,
      logGroup: this.logGroup,
      times,
      environment,
      timeouts,
      memorySize: props.memorySize,
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      sourceMap: props.sourceMap ?? false,
    });
    this.grantPrincipal = this.fn.grantPrincipal;
    tellBy(this.fn, props, this.metricNamespace);
    allowTimersToFire(schedulerRole, this.fn, props.hub);
    const forwards = allowToForward(this, role, this.fn);
    this.live = publish(this, this.fn, props.hub);
    this.rule = createRule(this, props.hub, this.live, this.definition);
    acknowledgeWildcards(this, wildcardReasons);
    // No event before timers can fire, failures are kept and runs of other versions can be reached.
    this.rule.node.addDependency(schedulerRole, forwards, this.live.node.findChild('EventInvokeConfig'));
    this.watch(props);
  }

  private watch({ silence, alarms }: TellingProps): void {
    const [failures, throttles] = [this.metricRunsFailed(), this.metricThrottles()];
    const [lateness, starts] = [this.metricTimerLateness(), this.metricRunsStarted()];
    const watched = { id: this.definition.id, failures, throttles, lateness, starts, silence };
    this.hub.alarms.ofJourney(this, watched, alarms);
    this.hub.dashboard?.show(this.fn);
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
    return encryptionKey ? read.combine(encryptionKey.grantDecrypt(grantee)) : read;
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
