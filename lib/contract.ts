/**
 * What synth time and run time agree on: names that the constructs write into the template and the handler, the
 * sandbox and the command read again.
 *
 * Owns: environment variable names, table attributes of the key, metric and event names, the shape of a timer's payload.
 * Imports nothing, so that a construct, a handler bundle and the sandbox can all have it.
 */

/** Environment variables that a Journey's function is given by its construct. */
export const env = {
  /** The id of the journey, as its definition has it. */
  journeyId: 'SOJOURN_JOURNEY',
  /** Name of the hub's table. */
  tableName: 'SOJOURN_TABLE',
  /** Name (or ARN) of the bus that `step.sendEvent` publishes to. */
  eventBusName: 'SOJOURN_BUS',
  /** Name of the hub's schedule group. */
  scheduleGroupName: 'SOJOURN_SCHEDULE_GROUP',
  /** ARN of the role that Scheduler assumes to invoke the function. */
  schedulerRoleArn: 'SOJOURN_SCHEDULER_ROLE',
  /** ARN of the queue that keeps what Scheduler could not hand over. */
  timerDeadLetterArn: 'SOJOURN_TIMER_DLQ',
  /** JSON: { [step id]: milliseconds }; overrides the timeouts of waits and sleeps (a staging account). */
  timeouts: 'SOJOURN_TIMEOUTS',
  /** Milliseconds: a step never starts with less of the invocation left. */
  stepTimeoutMs: 'SOJOURN_STEP_TIMEOUT_MS',
} as const;

/** Key attributes and the TTL attribute of the hub's table. */
export const table = { partitionKey: 'pk', sortKey: 'sk', expiresAtS: 'ex' } as const;

/** Name of the export that `new Journey(...)` reads at synth from an entry, and of the one that Lambda calls. */
export const entryExports = { journey: 'journey', handler: 'handler' } as const;

/** `source` of what a run sends: this prefix and the journey's id. */
export const sentEventSourcePrefix = 'sojourn.';

/**
 * A timer's payload: the `Input` of its schedule, and so the event that the function gets.
 * `sojourn` tells it from an EventBridge event. Times are epoch milliseconds.
 */
export interface TimerPayload {
  readonly sojourn: 'timer';
  /** runId. */
  readonly run: string;
  /** Id of the waiting step, or 'go' for a run that only has to go on. */
  readonly step: string;
  readonly attempt: number;
  readonly deadlineMs: number;
  /** The instant the schedule asks for; a timer never looks before it. */
  readonly atMs: number;
}

/** CloudWatch metric names under the namespace `Sojourn`. */
export const metrics = { namespace: 'Sojourn', unmatchable: 'UnmatchableEvents' } as const;

/** First eight characters of a journey's schedule names are a hash of its id: `scheduleNamePrefix(hash)` + `-`. */
export const scheduleNameHashChars = 8;
