/**
 * What journeys share: the bus, the table of their runs, the group of their timers and the queues of their dead letters.
 *
 * Knows nothing of any single journey: journeys refer to the hub and never the other way round, so that they can live in
 * other stacks. Invariant: whatever holds data is retained unless the author says otherwise.
 */
import { ArnFormat, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { metrics, table as tableNames } from '../contract.js';
import { limits } from '../limits.js';
import { type AlarmProps, Alarms } from './alarms.js';
import { HubDashboard } from './dashboard.js';
import { admitServices, grantReadingTable } from './encryption.js';
import { JourneyConstructError } from './mistake.js';
import { Redriver } from './redriver.js';

export interface JourneyHubProps extends AlarmProps {
  /**
   * The bus that the journeys' events arrive on, and that their runs send to. It must be in the hub's account and region.
   *
   * @default - a bus of its own
   */
  readonly eventBus?: events.IEventBus;

  /**
   * What becomes of the table, the timers, the dead letters and the journeys' logs when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Whether the table can be restored to any second of the last 35 days.
   *
   * @default true
   */
  readonly pointInTimeRecovery?: boolean;

  /**
   * A key of yours for the table, the dead letters, the logs and what timers carry. It must be symmetric; its policy is extended.
   *
   * @default - keys that AWS owns: all is encrypted at rest, without cost
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Whether there is a CloudWatch dashboard of the hub and its journeys. An account's first three are free, each further one
   * costs $3 a month.
   *
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * The CloudWatch namespace of the journeys' metrics. Two hubs of one account and region that have journeys of the same
   * names (a staging stack, say) need two.
   *
   * @default 'Sojourn'
   */
  readonly metricNamespace?: string;
}

/**
 * What journeys share. One per application is usual; journeys of other stacks may use it.
 */
export class JourneyHub extends Construct {
  /** Where events arrive. */
  readonly eventBus: events.IEventBus;

  /** Runs and the events that they may still need: one partition per journey and key. */
  readonly table: dynamodb.Table;

  /** The group of all timers. */
  readonly scheduleGroup: scheduler.CfnScheduleGroup;

  /** Events that the bus could not hand to a journey's function: the event, with attributes that say why. */
  readonly undeliveredEvents: sqs.Queue;

  /** What a journey's function failed at after all its retries: Lambda's record of the invocation, event or timer inside. */
  readonly failedInvocations: sqs.Queue;

  /** Timers that Scheduler could not hand to a journey's function: the timer's payload, with attributes that say why. */
  readonly undeliveredTimers: sqs.Queue;

  /** What is left to people: what can never be taken (its key is missing, it is too late, ...), and what failed for a day. */
  readonly deadLetters: sqs.Queue;

  /** Tries again what is in the three queues above, with growing pauses, for about a day. */
  readonly redriver: Redriver;

  /** Makes the alarms of the hub and of its journeys. */
  readonly alarms: Alarms;

  /** What CloudWatch shows of the hub and its journeys, if it was wanted. */
  readonly dashboard: HubDashboard | undefined;

  /** The CloudWatch namespace of the journeys' metrics. */
  readonly metricNamespace: string;

  /** What becomes of data when it leaves the stack. */
  readonly removalPolicy: RemovalPolicy;

  /** Your key, if you gave one. */
  readonly encryptionKey: kms.IKey | undefined;

  constructor(scope: Construct, id: string, props: JourneyHubProps = {}) {
    super(scope, id);
    this.removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.encryptionKey = props.encryptionKey;
    this.eventBus = props.eventBus ?? (new events.EventBus(this, 'Bus') as events.IEventBus);
    this.table = this.createTable(props.pointInTimeRecovery ?? true);
    // Without a name of ours: a group that was retained would stand in the way of the next deployment.
    this.scheduleGroup = new scheduler.CfnScheduleGroup(this, 'Timers');
    this.scheduleGroup.applyRemovalPolicy(this.removalPolicy);
    this.deadLetters = this.createQueue('DeadLetters');
    this.undeliveredEvents = this.createQueue('UndeliveredEvents', this.deadLetters);
    this.failedInvocations = this.createQueue('FailedInvocations', this.deadLetters);
    this.undeliveredTimers = this.createQueue('UndeliveredTimers', this.deadLetters);
    this.admitRules();
    if (this.encryptionKey) admitServices(this, this.encryptionKey);
    this.redriver = this.createRedriver();
    this.metricNamespace = checkedNamespace(this, props.metricNamespace ?? metrics.namespace);
    this.alarms = new Alarms(props);
    this.alarms.ofHub(this, this.metricDeadLetters());
    this.dashboard = (props.dashboard ?? true) ? this.createDashboard(props.runbook) : undefined;
  }

  /** Lets someone put events on the bus. */
  grantPutEvents(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['events:PutEvents'],
      resourceArns: [this.eventBus.eventBusArn],
    });
  }

  /** Lets someone read the runs of every journey, by key (Query) and all of them (Scan). */
  grantReadRuns(grantee: iam.IGrantable): iam.Grant {
    const read = iam.Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'],
      resourceArns: [this.table.tableArn],
    });
    return this.encryptionKey ? read.combine(grantReadingTable(this.encryptionKey, this, grantee)) : read;
  }

  /** How many events wait in `undeliveredEvents`. */
  metricUndeliveredEvents(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.undeliveredEvents.metricApproximateNumberOfMessagesVisible(options);
  }

  /** How many failures wait in `failedInvocations`. */
  metricFailedInvocations(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.failedInvocations.metricApproximateNumberOfMessagesVisible(options);
  }

  /** How many timers wait in `undeliveredTimers`. */
  metricUndeliveredTimers(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.undeliveredTimers.metricApproximateNumberOfMessagesVisible(options);
  }

  /** How many dead letters wait for people: the one to be woken for. */
  metricDeadLetters(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.deadLetters.metricApproximateNumberOfMessagesVisible(options);
  }

  private createTable(pointInTimeRecoveryEnabled: boolean): dynamodb.Table {
    return new dynamodb.Table(this, 'Runs', {
      partitionKey: { name: tableNames.partitionKey, type: dynamodb.AttributeType.STRING },
      sortKey: { name: tableNames.sortKey, type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: tableNames.expiresAtS,
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled },
      // Without a key of yours DynamoDB encrypts with its own; it cannot be turned off.
      ...(this.encryptionKey && {
        encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
        encryptionKey: this.encryptionKey,
      }),
      removalPolicy: this.removalPolicy,
    });
  }

  /** @param next where its messages go when they were received too often: the redriver itself failed at them. */
  private createQueue(id: string, next?: sqs.IQueue): sqs.Queue {
    return new sqs.Queue(this, id, {
      visibilityTimeout: Duration.millis(limits.redriverVisibilityMs),
      ...(next && { deadLetterQueue: { queue: next, maxReceiveCount: limits.redriveReceives } }),
      retentionPeriod: Duration.millis(limits.deadLetterRetentionMs),
      enforceSSL: true,
      ...(this.encryptionKey
        ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: this.encryptionKey }
        : { encryption: sqs.QueueEncryption.SQS_MANAGED }),
      removalPolicy: this.removalPolicy,
    });
  }

  private createRedriver(): Redriver {
    const { deadLetters, undeliveredEvents, failedInvocations, undeliveredTimers, table, encryptionKey } = this;
    return new Redriver(this, 'Redriver', {
      sources: {
        UndeliveredEvents: undeliveredEvents,
        FailedInvocations: failedInvocations,
        UndeliveredTimers: undeliveredTimers,
      },
      timerSources: [failedInvocations, undeliveredTimers],
      deadLetters,
      table,
      encryptionKey,
      logRetention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: this.removalPolicy,
    });
  }

  private createDashboard(runbook: string | undefined): HubDashboard {
    return new HubDashboard(this, 'Dashboard', {
      metricNamespace: this.metricNamespace,
      runbook,
      table: this.table,
      queues: {
        'for people': this.deadLetters,
        'undelivered events': this.undeliveredEvents,
        'failed invocations': this.failedInvocations,
        'undelivered timers': this.undeliveredTimers,
      },
    });
  }

  /**
   * Lets every rule of the bus use the queue of undelivered events. By rule, as the CDK would do it, the hub's stack would
   * refer to each journey's: a cycle.
   */
  private admitRules(): void {
    const name = this.eventBus.eventBusName;
    // Rules of an account's default bus have no bus in their ARN; an imported bus whose name is unknown may be that one.
    const isOwnKind = this.eventBus instanceof events.EventBus || !(Token.isUnresolved(name) || name === 'default');
    const rules = Stack.of(this).formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: isOwnKind ? `${name}/*` : '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    this.undeliveredEvents.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'RulesOfTheBus',
        principals: [new iam.ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.undeliveredEvents.queueArn],
        conditions: { ArnLike: { 'aws:SourceArn': rules } },
      }),
    );
  }
}

function checkedNamespace(scope: IConstruct, namespace: string): string {
  // It is part of a search of the dashboard, where other characters would need quotes.
  if (/^(?!AWS\/)[\w.#:/-]{1,255}$/.test(namespace)) return namespace;
  throw new JourneyConstructError(scope, {
    what: 'metricNamespace is none that CloudWatch takes.',
    got: namespace,
    expected: 'letters, digits and . - _ / # : , not beginning with AWS/',
    fix: 'use the name of the stack, for example',
  });
}
