/**
 * The dashboard of a hub: what its journeys do, how late, and what waits for a person.
 *
 * Knows metrics by name and no journey: searches find each journey that tells metrics in the hub's namespace, in whatever
 * stack it is. Functions are shown where they are in the hub's stack (a hub refers to no other).
 */
import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarmArticles, metrics } from '../contract.js';

/** What a hub makes its dashboard of. */
export interface HubDashboardProps {
  /** Where the journeys' metrics are. */
  readonly metricNamespace: string;
  /** Address of what to do about an alarm; undefined: none is shown. */
  readonly runbook: string | undefined;
  /** The hub's table. */
  readonly table: dynamodb.Table;
  /** By their titles. */
  readonly queues: Readonly<Record<string, sqs.IQueue>>;
}

const period = Duration.minutes(5);
/** A dashboard has 24 columns. */
const width = 8;

/** The CloudWatch dashboard of a hub. A hub makes its own. */
export class HubDashboard extends Construct {
  private readonly problems = new cloudwatch.GraphWidget({ title: 'Functions: errors, throttles', width, period });
  private readonly durations = new cloudwatch.GraphWidget({ title: 'Functions: duration, p99', width, period });

  constructor(scope: Construct, id: string, props: HubDashboardProps) {
    super(scope, id);
    const { metricNamespace: namespace, table, queues } = props;
    const byJourney = (title: string, statistic: string, ...names: string[]) =>
      new cloudwatch.GraphWidget({
        title,
        width,
        left: names.map((name) => search(namespace, name, statistic)),
        leftYAxis: { min: 0 },
      });
    new cloudwatch.Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.days(1),
      widgets: [
        [new cloudwatch.TextWidget({ markdown: heading(props.runbook), width: 24, height: 2 })],
        [
          byJourney('Runs that began', 'Sum', metrics.started),
          byJourney('Waits: matched, timed out', 'Sum', metrics.matched, metrics.timedOut),
          byJourney('Runs cancelled', 'Sum', metrics.cancelled),
        ],
        [
          byJourney('Runs that failed', 'Sum', metrics.failed),
          byJourney('Events without a key, filters that failed', 'Sum', metrics.unmatchable, metrics.filterFailures),
          this.letters(queues),
        ],
        [
          byJourney('From event to code, ms, p99', 'p99', metrics.latencyMs),
          byJourney('Timers late by, ms, maximum', 'Maximum', metrics.latenessMs),
          this.table(table),
        ],
        [this.problems, this.durations],
      ],
    });
  }

  /** Shows a journey's function, if it is in the dashboard's stack. */
  show(fn: lambda.IFunction): void {
    if (Stack.of(fn) !== Stack.of(this)) return;
    this.problems.addLeftMetric(fn.metricErrors({ period }));
    this.problems.addRightMetric(fn.metricThrottles({ period }));
    this.durations.addLeftMetric(fn.metricDuration({ period, statistic: cloudwatch.Stats.p(99) }));
  }

  private letters(queues: Readonly<Record<string, sqs.IQueue>>): cloudwatch.GraphWidget {
    const left = Object.entries(queues).map(([label, queue]) =>
      queue.metricApproximateNumberOfMessagesVisible({ label, period, statistic: cloudwatch.Stats.MAXIMUM }),
    );
    return new cloudwatch.GraphWidget({ title: 'Dead letters', width, left, leftYAxis: { min: 0 } });
  }

  private table(table: dynamodb.Table): cloudwatch.GraphWidget {
    const options = { period, statistic: cloudwatch.Stats.SUM };
    return new cloudwatch.GraphWidget({
      title: 'Table: units, throttles',
      width,
      left: [table.metricConsumedWriteCapacityUnits(options), table.metricConsumedReadCapacityUnits(options)],
      right: [table.metric('WriteThrottleEvents', options), table.metric('ReadThrottleEvents', options)],
    });
  }
}

/** One line for each journey that tells this metric. */
function search(namespace: string, name: string, statistic: string): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: `SEARCH('{${namespace},${metrics.dimension}} MetricName="${name}"', '${statistic}', ${period.toSeconds()})`,
    usingMetrics: {},
    label: '',
    period,
  });
}

function heading(runbook = 'docs/runbook.md of the package sojourn'): string {
  const articles = Object.values(alarmArticles).join(', ');
  return `Journeys, by metrics of their log lines. When an alarm rings: ${runbook} (${articles}).`;
}
