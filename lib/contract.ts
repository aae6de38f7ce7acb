/**
 * What synth time and run time agree on: names that the constructs write into the template and the handler, the
 * sandbox and the command read again.
 *
 * Owns: environment variable names, table attributes of the key, metric and event names, the shapes of a timer's payload and
 * of dead letters.
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
  /** ARN of the key that encrypts what timers carry. Absent: one that AWS owns. */
  scheduleKeyArn: 'SOJOURN_SCHEDULE_KEY',
  /** JSON: { [step id]: milliseconds }; overrides the timeouts of waits and sleeps (a staging account). */
  timeouts: 'SOJOURN_TIMEOUTS',
  /** Milliseconds: a step never starts with less of the invocation left. */
  stepTimeoutMs: 'SOJOURN_STEP_TIMEOUT_MS',
  /** How the log names customers: one of `logKeys`. Absent: hashed. */
  logKeys: 'SOJOURN_LOG_KEYS',
  /** Which metrics are told: one of `metricSets`. Absent: all. */
  metrics: 'SOJOURN_METRICS',
  /** CloudWatch namespace of the metrics. Absent: `metrics.namespace`. */
  metricNamespace: 'SOJOURN_METRIC_NAMESPACE',
  /** Ends of runs that are put on the bus, with commas: of `runEnds`. Absent: none. */
  lifecycleEvents: 'SOJOURN_LIFECYCLE_EVENTS',
  /** `true`: the journey begins no more runs (docs/decisions/025). Absent: it does. */
  retired: 'SOJOURN_RETIRED',
  /** JSON: what only the deployment knows of a declared journey, by the names in its `$.deployed.<name>`. Absent: nothing. */
  deployed: 'SOJOURN_DEPLOYED',
} as const;

/** A key's value in the log: the head of its hash, or as it is (docs/decisions/023). */
export const logKeys = ['hashed', 'plain'] as const;

/** `problems`: failures, events without a key, late timers only; they cost nothing while there are none. */
export const metricSets = ['all', 'problems'] as const;

/** How a run can end. */
export type RunEnd = 'completed' | 'failed' | 'cancelled';
export const runEnds = ['completed', 'failed', 'cancelled'] as const satisfies readonly RunEnd[];

/** Name of the event that tells a run's end: `sojourn/run.completed`. */
export const lifecycleEventPrefix = 'sojourn/run.';

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

/** The alias of a journey's function that events are handed to: the version of the newest deployment. */
export const liveAlias = 'live';

/**
 * What one version of a journey's function invokes another one with: a cause that it has recorded, and where to look for it
 * (docs/decisions/020). Carries no event's data.
 */
export interface ForwardedPayload {
  readonly sojourn: 'forwarded';
  /** The version that it is for. */
  readonly version: string;
  readonly cause: string;
  readonly pk: string;
  readonly position: string;
  readonly role: 'trigger' | 'event' | 'timer';
  readonly deadline?: { readonly step: string; readonly deadlineMs: number };
}

/**
 * Where a dead letter comes from; each has a shape of its own.
 * - `function`: Lambda's record of an asynchronous invocation that failed for good: JSON, event or timer in `requestPayload`.
 * - `rule`: what the bus could not hand to a function: the event itself; attributes say which function, and why not.
 * - `schedule`: what Scheduler could not hand to a function: the timer's payload; attributes likewise.
 */
export type DeadLetterOrigin = 'function' | 'rule' | 'schedule';

/** Attributes that EventBridge and Scheduler give a dead letter. */
export const deadLetterAttributes = {
  ruleArn: 'RULE_ARN',
  scheduleArn: 'SCHEDULE_ARN',
  targetArn: 'TARGET_ARN',
  errorCode: 'ERROR_CODE',
  errorMessage: 'ERROR_MESSAGE',
} as const;

/** Lambda's record of a failed asynchronous invocation, as far as it is used. */
export interface FailedInvocation {
  readonly requestContext: { readonly functionArn: string; readonly condition: string };
  readonly requestPayload: unknown;
  readonly responsePayload?: { readonly errorType?: string; readonly errorMessage?: string } | null;
}

/** The attribute (JSON) with which the hub's redriver marks a dead letter that it puts back or hands to people. */
export const redriveAttribute = 'SojournRedrive';

export interface RedriveMark {
  /** How often it was received before. */
  readonly tries: number;
  /** A timer: since when the table is known to answer again. */
  readonly answersSinceMs?: number;
  /** Why it is left to people. */
  readonly reason?: string;
}

/** Environment variables of the redriver. The queue is the one for people. */
export const redriverEnv = { deadLetterQueueUrl: 'SOJOURN_DEAD_LETTER_QUEUE', tableName: env.tableName } as const;

/** The key of the item that the redriver reads to see whether the table answers; there is no such item. */
export const redriverProbeKey = 'redriver';

/**
 * Error types of what can never be taken: whatever is tried again is refused again, so it goes to people at once.
 * The engine's refusals, and a delivery that is neither an event nor a timer.
 */
export const finalErrorTypes: readonly string[] = [
  'MissingKey',
  'TooLate',
  'TooManyHops',
  'InvalidData',
  'InvalidTime',
  'EventTooLarge',
  'SchemaMismatch',
  'UnknownDelivery',
];

/**
 * The key under which a journey's function carries its definition in the Metadata of its resource, where the command reads
 * it (DescribeStackResource): what is awaited, what cancels, where keys are.
 */
export const definitionMetadata = 'sojourn:definition';

/** The same for the steps of a journey that is declared without code, where `sojourn graph` reads them. */
export const declarationMetadata = 'sojourn:declaration';

/** The same for the JSON Schemas of its events, where it has any, for `sojourn events`: { [event]: { vendor, jsonSchema | untold } }. */
export const schemasMetadata = 'sojourn:schemas';

/**
 * The step that a run's timer names when a person has cancelled the run: no such step exists, so the function only cleans up
 * after the run (docs/decisions/021).
 */
export const cancelledByHandStep = '(cancelled by hand)';

/** `source` of the events that the command hands to a journey. */
export const commandSource = 'sojourn.command';

/** CloudWatch metrics of a journey: each has one dimension. Names say what is counted, or the unit. */
export const metrics = {
  namespace: 'Sojourn',
  dimension: 'journey',
  started: 'RunsStarted',
  matched: 'WaitsMatched',
  timedOut: 'WaitsTimedOut',
  cancelled: 'RunsCancelled',
  failed: 'RunsFailed',
  unmatchable: 'UnmatchableEvents',
  /** An `if` that could not be evaluated for an event. */
  filterFailures: 'FilterFailures',
  /** From an event's time to what the code made of it being written down. */
  latencyMs: 'LatencyMs',
  /** From a timer's deadline to the code. */
  latenessMs: 'LatenessMs',
} as const;

/** Alarms of a hub and its journeys, each with the heading of its article in docs/runbook.md. */
export const alarmArticles = {
  deadLetters: 'dead-letters',
  failures: 'failed-runs',
  throttles: 'throttled-invocations',
  lateness: 'late-timers',
  silence: 'silence',
} as const;
export type AlarmName = keyof typeof alarmArticles;

/** First eight characters of a journey's schedule names are a hash of its id: `scheduleNamePrefix(hash)` + `-`. */
export const scheduleNameHashChars = 8;
