/**
 * The metrics of a journey, as constructs take them: those of its function, and those that its log lines tell.
 *
 * Owns: names and default statistics. Must not know how a journey is made. Those of the log lines have one dimension, the
 * journey, in the namespace of the hub.
 */
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { metrics } from '../contract.js';
import type { JourneyDefinition } from '../journey/definition.js';

/** What every journey tells as metrics; a `Journey` is one. */
export abstract class MeasuredJourney extends Construct {
  /** The function that serves the journey. */
  abstract readonly fn: lambda.Function;
  /** What was read at synth. */
  abstract readonly definition: JourneyDefinition;
  protected abstract readonly metricNamespace: string;

  /** A metric of the function, in the namespace AWS/Lambda. */
  metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.fn.metric(metricName, options);
  }

  /** How often the function was invoked: by events, timers and retries. */
  metricInvocations(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.fn.metricInvocations(options);
  }

  /** How often it failed: Lambda tries again, twice, and then keeps what failed in the hub's `failedInvocations`. */
  metricErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.fn.metricErrors(options);
  }

  /** How often an invocation had to wait because too many were running. */
  metricThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.fn.metricThrottles(options);
  }

  /** How long invocations take. */
  metricDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.fn.metricDuration(options);
  }

  /** Runs that began. */
  metricRunsStarted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.told(metrics.started, options);
  }

  /** Waits whose event came. */
  metricWaitsMatched(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.told(metrics.matched, options);
  }

  /** Waits whose time was up. */
  metricWaitsTimedOut(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.told(metrics.timedOut, options);
  }

  /** Runs that an event of `cancelOn` has ended. */
  metricRunsCancelled(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.told(metrics.cancelled, options);
  }

  /** Runs that have failed for good. */
  metricRunsFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.told(metrics.failed, options);
  }

  /** Events without the journey's key: they can match nothing. The log names them. */
  metricUnmatchableEvents(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.told(metrics.unmatchable, options);
  }

  /** Filters (`if`) that could not be evaluated for an event: a missing field, another kind. It matched nothing. The log says why. */
  metricFilterFailures(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.told(metrics.filterFailures, options);
  }

  /** Milliseconds from an event's time (whole seconds) to what the code made of it being written down. */
  metricLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.told(metrics.latencyMs, { statistic: cloudwatch.Stats.p(99), ...options });
  }

  /** Milliseconds from a timer's deadline to the code: two seconds and up to a minute are usual. */
  metricTimerLateness(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.told(metrics.latenessMs, { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  private told(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: this.metricNamespace,
      metricName,
      dimensionsMap: { [metrics.dimension]: this.definition.id },
      statistic: cloudwatch.Stats.SUM,
      ...options,
    }).attachTo(this);
  }
}
