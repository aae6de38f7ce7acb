/**
 * What a journey tells: of its keys in the log, of its numbers as metrics, of its runs' ends on the bus, and to X-Ray.
 *
 * Owns: these settings and the variables that carry them to the function (contract.ts). Invariant: what is left at its
 * default is not in the function's environment, which is small.
 */
import type { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { env, lifecycleEventPrefix, metrics, type RunEnd } from '../contract.js';
import type { JourneyDefinition } from '../journey/definition.js';
import { JourneyConstructError } from './mistake.js';

/** What a journey tells of its runs, and to whom. */
export interface TellingProps {
  /**
   * How the log names the value of the journey's key, a customer's number or perhaps an address: `hashed`, by the first twelve
   * digits of its SHA-256, enough to find a customer's lines; or `plain`, as it is, for keys that are nobody's.
   *
   * @default 'hashed'
   */
  readonly logKeys?: 'hashed' | 'plain';

  /**
   * Which metrics the journey tells. `all`: runs started, failed and cancelled, waits matched and timed out, events without a
   * key, latency, lateness. A metric costs $0.30 a month while it is told, and so some $2 for a busy journey. `problems`:
   * failures, events without a key, and timers that are minutes late; nothing while all is well.
   *
   * @default 'all'
   */
  readonly metrics?: 'all' | 'problems';

  /**
   * Whether X-Ray traces the function: $5 for a million traces that it samples.
   *
   * @default false
   */
  readonly tracing?: boolean;

  /**
   * Whether the journey has alarms for failed runs, throttled invocations and late timers.
   *
   * @default - as the hub says
   */
  readonly alarms?: boolean;

  /**
   * An alarm for when no run has begun for so long: whole hours, at most 168.
   *
   * @default - none
   */
  readonly silence?: Duration;

  /**
   * Ends of runs (`completed`, `failed`, `cancelled`) that are put on the hub's bus as `sojourn/run.completed` and its like, at least once each with the same id.
   * They cost what events cost.
   *
   * @default - none
   */
  readonly lifecycleEvents?: readonly RunEnd[];
}

/** @throws JourneyConstructError when a journey's ends would start it again, for ever. */
export function checkTelling(scope: Construct, props: TellingProps, definition: JourneyDefinition): void {
  const names = (props.lifecycleEvents ?? []).map((end) => `${lifecycleEventPrefix}${end}`);
  const own = definition.triggers.find(({ event }) => names.includes(event));
  if (own) {
    throw new JourneyConstructError(scope, {
      what: 'The journey would start itself again at each end.',
      got: `trigger '${own.event}', and the same in lifecycleEvents`,
      expected: 'a journey that begins with another journey’s end',
      fix: 'take it out of lifecycleEvents, or out of the triggers',
    });
  }
  if (props.silence && props.metrics === 'problems') {
    throw new JourneyConstructError(scope, {
      what: 'Silence is watched by the metric of runs that begin, which the journey does not tell.',
      got: "metrics: 'problems'",
      expected: "metrics: 'all' beside silence",
      fix: 'leave metrics or silence out',
    });
  }
}

/** Hands the settings to the function. */
export function tellBy(fn: lambda.Function, props: TellingProps, metricNamespace: string): void {
  const { logKeys: keys = 'hashed', metrics: set = 'all', lifecycleEvents = [] } = props;
  if (keys !== 'hashed') fn.addEnvironment(env.logKeys, keys);
  if (set !== 'all') fn.addEnvironment(env.metrics, set);
  if (metricNamespace !== metrics.namespace) fn.addEnvironment(env.metricNamespace, metricNamespace);
  if (lifecycleEvents.length > 0) fn.addEnvironment(env.lifecycleEvents, [...new Set(lifecycleEvents)].join(','));
  if (props.tracing) trace(fn);
}

/** X-Ray has no resources to name, so the statement has a wildcard (permissions.ts says why). */
function trace(fn: lambda.Function): void {
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      sid: 'Trace',
      actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      resources: ['*'],
    }),
  );
  (fn.node.defaultChild as lambda.CfnFunction).tracingConfig = { mode: lambda.Tracing.ACTIVE };
}
