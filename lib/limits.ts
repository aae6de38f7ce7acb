/**
 * Every bound of Sojourn: its value, its unit (in its name) and where it comes from.
 *
 * Owns: the numbers. Knows nothing else and imports nothing.
 * Invariant: the relations between the bounds are asserted when the module loads (at the end of this file).
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const limits = {
  // ---- time ----
  /** A journey's default longest life, from its trigger's event time. Ours. */
  defaultMaxDurationMs: 35 * DAY_MS,
  /** The longest life an author may ask for. Scheduler takes any future date; ours, so that records do not live for ever. */
  maxMaxDurationMs: 366 * DAY_MS,
  /** How old an event may be when it arrives: a day of the bus's retries, 6 h of Lambda's, 14 days of dead letters, rounded up. */
  defaultAcceptLateMs: 16 * DAY_MS,
  /** EventBridge retries a target for at most this long (bc PutTargets RetryPolicy: 60 - 86,400 s). */
  busRetryMs: DAY_MS,
  /** Lambda keeps an asynchronous event for at most this long (bc PutFunctionEventInvokeConfig: 60 - 21,600 s). */
  lambdaAsyncAgeMs: 6 * HOUR_MS,
  /** SQS keeps a message for at most this long (SQS quotas: 14 days). */
  deadLetterRetentionMs: 14 * DAY_MS,
  /** An event dated further ahead than this is not recorded now; a timer brings it back at its time. Ours: producers' clocks differ. */
  maxAheadMs: 5 * MINUTE_MS,

  // ---- triggers ----
  /** Events that are one by `idempotency` lie at most this far apart. Inngest's. */
  defaultIdempotencyMs: DAY_MS,
  /** EventBridge Scheduler: ScheduleExpression (bc CreateSchedule: 1-256). */
  scheduleExpressionChars: 256,
  /** A claim outlives the invocation that made it by this: a write of a process that died may still be on its way. Ours, generous. */
  claimMarginMs: 3 * MINUTE_MS,
  /** A place of `idempotency` remembers so many holders besides its newest; then the oldest is forgotten. Ours: 17 come of a day's period. */
  earlierHolders: 50,

  // ---- timers (EventBridge Scheduler) ----
  /** A timer fires this long after its deadline, so that a slightly slow clock still finds the deadline past. Ours (protocol check 15). */
  timerMarginMs: 2 * SECOND_MS,
  /** No timer is created closer to now than this: a past or immediate `at()` is accepted but not specified. Ours (AWS-FACTS 2, past times). */
  timerMinLeadMs: 10 * SECOND_MS,
  /** A timer that is early by up to this waits in place; earlier, it throws and Lambda brings it back. Ours. */
  timerEarlyWaitMs: 5 * SECOND_MS,
  /** Schedule and group names (bc CreateSchedule Name: 1-64, ^[0-9a-zA-Z-_.]+$). */
  scheduleNameChars: 64,
  /** Scheduler fires within this after its `at()` (docs: 60-second precision). */
  timerLatenessMs: MINUTE_MS,
  /** A timer that reaches the code later than this after its deadline is worth an alarm. Ours. */
  timerAlarmMs: 5 * MINUTE_MS,

  // ---- the executor (Lambda) ----
  /** Default timeout of a journey's function. Ours. */
  defaultFunctionTimeoutMs: 165 * SECOND_MS,
  /** Longest timeout of a journey's function: its second retry (1 min + 2 min after it died) must find its lease expired. */
  maxFunctionTimeoutMs: 170 * SECOND_MS,
  /** Lambda's asynchronous retries come this long after the failure, and this long after the first retry (Lambda developer guide, async error handling). */
  lambdaFirstRetryMs: MINUTE_MS,
  lambdaSecondRetryMs: 2 * MINUTE_MS,
  /** A lease outlives its invocation by this. Ours: covers clock skew. */
  leaseMarginMs: 5 * SECOND_MS,
  /** A step's function never starts with less than this of the invocation left. Ours; `stepTimeout` overrides it. */
  defaultStepTimeoutMs: 30 * SECOND_MS,
  /** What an invocation needs before a step can start: a start, a look and the write of the lease. Ours, generous. */
  lookAllowanceMs: 10 * SECOND_MS,
  /** A step's function has at most this. Ours: the longest function timeout less what an invocation needs around it. */
  maxStepTimeoutMs: 150 * SECOND_MS,
  /** Plain code between steps may await something else than steps for this long. Ours. */
  awaitedOutsideStepMs: 5 * SECOND_MS,
  /** Lambda keeps environment variables up to 4 KB in all (Lambda quotas). */
  environmentBytes: 4_096,

  // ---- retries of a step ----
  defaultRetries: 4,
  maxRetries: 20,
  /** Delay before retry n; the last one repeats. Ours: timers are not meaningful below a minute (Scheduler's precision). */
  retryDelaysMs: [1 * MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS],
  /** A delay is lengthened by up to this share, by a hash of run, step and attempt. */
  retryJitter: 0.2,

  // ---- dead letters that redrive themselves ----
  /** Between two tries of a dead letter, for so many tries; after that each gap is twice the one before. Ours. */
  redriveGapMs: 10 * MINUTE_MS,
  redriveEvenTries: 12,
  /** Tries in all; then it is kept for people. Ours: 2 h of even gaps and 21 h of growing ones. */
  redriveTries: 18,
  /** A gap is lengthened by up to this share, so that what failed together does not come back together. */
  redriveJitter: 0.1,
  /** A timer waits this long after the table has been seen to answer, so that the events of an outage come before it. Ours. */
  redriveTimerWaitMs: 15 * MINUTE_MS,
  /** Receives after which SQS itself moves a dead letter to the people's queue: once as it fell there, and at each try. Ours. */
  redriveReceives: 19,
  /** SQS delays a message by at most this (SQS quotas: 15 minutes), and hides one for at most that (12 hours). */
  queueDelayMs: 15 * MINUTE_MS,
  queueVisibilityMs: 12 * HOUR_MS,
  /** Timeout of the function that redrives: it waits for the journeys that it invokes. */
  redriverTimeoutMs: 180 * SECOND_MS,
  /** How long dead letters stay hidden when that function dies (AWS: six times its timeout). */
  redriverVisibilityMs: 6 * 180 * SECOND_MS,

  // ---- versions ----
  /** A version is removed this long after another took its place, at the earliest: until then Lambda may have something for it. Ours. */
  versionRestMs: DAY_MS,

  // ---- sizes ----
  /** A DynamoDB item (hard: 400 KB). */
  itemBytes: 409_600,
  /** What a run's document may grow to; the rest is for keys and attribute names. Ours. */
  documentBytes: 380_000,
  /** One result of a step. Ours: what an asynchronous payload of every age of the service takes. */
  stepResultBytes: 256 * 1_024,
  /** What of a run's output goes into the event of its end. Ours: below 256 KB, which any target takes, by a quarter. */
  announcedOutputBytes: 192 * 1_024,
  /** How deeply an event's data or a step's result may be nested. Ours: JSON.stringify gives up at about 4,000 levels. */
  nestingLevels: 1_000,
  /** One write unit of DynamoDB. */
  writeUnitBytes: 1_024,
  /** One strongly consistent read unit of DynamoDB. */
  readUnitBytes: 4_096,
  /** A key value whose text is longer than this is stored as its SHA-256. Ours: a partition key may have 2,048 bytes. */
  keyValueBytes: 512,
  /** EventBridge: entries per PutEvents call (bc PutEventsRequestEntryList). */
  putEventsEntries: 10,
  /** EventBridge: the total size of one PutEvents call (bc PutEvents: under 1 MB). */
  putEventsBytes: 1_048_576,
  /** EventBridge: DetailType, and so an event's name (bc: at most 128 characters). */
  eventNameChars: 128,
  /** EventBridge: an event pattern (quota default; the API takes 4,096). */
  eventPatternChars: 2_048,

  /** Of what a schema has against an event: how many issues are told, and how much of each. Ours: it stands in a dead letter's reason. */
  schemaIssues: 8,
  schemaIssueChars: 200,
  /** A JSON Schema that a template carries for `sojourn events`. Ours: a template has 1 MB (CloudFormation quotas). */
  templateSchemaBytes: 32_768,

  // ---- filters (`if`): one evaluation costs at most filterNodes x filterValues steps. Ours ----
  /** Characters of the text. A wait's is stored with the wait. */
  filterChars: 1_000,
  /** Values and operators in the text. */
  filterNodes: 200,
  /** Brackets inside of brackets; and how deep a list or an object may be that a filter goes through. */
  filterLevels: 20,
  /** Values of a list or an object that a filter goes through, and characters of a text; larger ones do not match. */
  filterValues: 1_000,
  filterTextChars: 100_000,

  // ---- counts ----
  /** Events sent by runs that were started by events sent by runs ... AWS does not see loops through EventBridge. Ours. */
  maxHops: 99,
  /** Journey ids: [a-z][a-z0-9-]{0,39}. */
  journeyIdChars: 40,
  /** Length of a step id. Ours. */
  stepIdChars: 100,
  /** The pages of a look at a latest-wins journey; the last page takes all the rest. Ours (protocol check, second round, a). */
  lookPages: [8, 32],
} as const;

/**
 * AWS's quotas of an account in one region: what they are where nothing was asked to be raised, in the regions where they are
 * highest (us-east-1, us-west-2, eu-west-1). Those marked fixed cannot be raised. docs/scale.md says what each means.
 */
export const quotas = {
  // ---- EventBridge (user guide, quotas of Custom Event Bus - Classic) ----
  /** PutEvents requests of all buses together; each may carry `limits.putEventsEntries`. 400 to 2,400 in most regions. */
  putEventsRequestsPerS: 10_000,
  /** Hand-offs from rules to targets; beyond it they are delayed, not lost. 750 to 4,500 in most regions. */
  busInvocationsPerS: 18_750,
  rulesPerBus: 300,
  /** Fixed. */
  targetsPerRule: 5,

  // ---- EventBridge Scheduler (user guide, quotas) ----
  schedules: 10_000_000,
  /** 250 in regions other than the eleven primary ones. */
  createSchedulesPerS: 5_000,
  /** Older copies of the page; the newest one was not seen whole. */
  deleteSchedulesPerS: 1_000,
  /** Beyond it timers are delayed, not lost. 500 in other regions. */
  timerFiresPerS: 1_000,

  // ---- Lambda (developer guide, quotas and scaling behavior) ----
  /** All functions together; new accounts begin with less. */
  concurrentInvocations: 1_000,
  /** A function's resource policy. Fixed. */
  functionPolicyBytes: 20_480,
  /** New environments of one function in ten seconds. Fixed. */
  newEnvironmentsPer10S: 1_000,

  // ---- DynamoDB (developer guide, quotas, on-demand mode, burst and adaptive capacity) ----
  tableWriteUnitsPerS: 40_000,
  tableReadUnitsPerS: 40_000,
  /** What a new table takes at once; it follows to twice its previous peak within half an hour. */
  newTableWriteUnitsPerS: 4_000,
  newTableReadUnitsPerS: 12_000,
  /** One partition, and so one key value of a journey at most. Fixed. */
  partitionWriteUnitsPerS: 1_000,
  partitionReadUnitsPerS: 3_000,
} as const;

function assertRelation(holds: boolean, relation: string): void {
  if (!holds) throw new Error(`limits.ts contradicts itself: ${relation}`);
}

assertRelation(
  limits.lambdaFirstRetryMs + limits.lambdaSecondRetryMs > limits.maxFunctionTimeoutMs + limits.leaseMarginMs,
  'the second retry must find a dead executor’s lease expired',
);
assertRelation(limits.defaultFunctionTimeoutMs <= limits.maxFunctionTimeoutMs, 'default function timeout <= longest');
assertRelation(
  limits.maxStepTimeoutMs < limits.defaultFunctionTimeoutMs,
  'a step at its limit must fit into an invocation',
);
assertRelation(limits.defaultStepTimeoutMs <= limits.maxStepTimeoutMs, 'default step timeout <= longest');
assertRelation(
  limits.maxStepTimeoutMs + limits.lookAllowanceMs < limits.defaultFunctionTimeoutMs,
  'a step at its limit and the look before it must fit into an invocation',
);
assertRelation(
  limits.defaultAcceptLateMs >= limits.busRetryMs + limits.lambdaAsyncAgeMs + limits.deadLetterRetentionMs,
  'acceptLate must cover every way an event can be late',
);
assertRelation(
  limits.versionRestMs > limits.lambdaAsyncAgeMs,
  'what Lambda had for a version is over when it is removed',
);
assertRelation(limits.defaultMaxDurationMs <= limits.maxMaxDurationMs, 'default duration <= longest');
assertRelation(limits.documentBytes < limits.itemBytes, 'a document must fit into an item');
assertRelation(limits.stepResultBytes < limits.documentBytes, 'a result must fit into a document');
assertRelation(
  limits.timerEarlyWaitMs < limits.defaultFunctionTimeoutMs,
  'an early timer must be able to wait in place',
);
const longestRedriveGapMs = limits.redriveGapMs * 2 ** (limits.redriveTries - limits.redriveEvenTries);
assertRelation(
  longestRedriveGapMs * (1 + limits.redriveJitter) <= limits.queueVisibilityMs,
  'a dead letter can be hidden for the longest gap between two tries',
);
assertRelation(
  limits.redriveGapMs * (1 + limits.redriveJitter) < limits.redriveTimerWaitMs,
  'every event of an outage is tried again while its timers wait',
);
assertRelation(limits.redriveReceives === limits.redriveTries + 1, 'SQS gives up when the redriver does');
assertRelation(limits.redriveTimerWaitMs <= limits.queueDelayMs, 'a timer can wait in its queue');
assertRelation(
  limits.redriveGapMs * limits.redriveEvenTries + 2 * longestRedriveGapMs < limits.deadLetterRetentionMs / 2,
  'a dead letter that is given up still has half of its time left for people',
);
assertRelation(
  limits.redriverTimeoutMs > limits.maxFunctionTimeoutMs,
  'the redriver outlasts the journeys that it invokes',
);
assertRelation(limits.retryDelaysMs[0] >= limits.timerLatenessMs, 'a retry is not closer than a timer’s precision');
assertRelation(
  limits.timerAlarmMs >
    limits.timerMarginMs + limits.timerLatenessMs + limits.lambdaFirstRetryMs + limits.lambdaSecondRetryMs,
  'a timer that Lambda tries twice more is no alarm yet',
);
assertRelation(limits.claimMarginMs > limits.leaseMarginMs, 'a claim outlives the lease of the run that it is for');
assertRelation(
  limits.earlierHolders * limits.defaultIdempotencyMs > limits.defaultAcceptLateMs + limits.defaultIdempotencyMs,
  'of the default period a place remembers every holder that may have a twin',
);
assertRelation(limits.timerMarginMs < limits.timerMinLeadMs, 'a timer that is created late still has a lead');
assertRelation(
  14 * (limits.eventNameChars + '"",'.length) + 100 <= limits.eventPatternChars,
  'a journey may listen to fourteen events with the longest of names',
);
assertRelation(
  quotas.newTableWriteUnitsPerS <= quotas.tableWriteUnitsPerS &&
    quotas.newTableReadUnitsPerS <= quotas.tableReadUnitsPerS,
  'a new table takes no more than a grown one',
);
assertRelation(
  quotas.partitionWriteUnitsPerS <= quotas.newTableWriteUnitsPerS,
  'one partition takes no more than a table',
);
