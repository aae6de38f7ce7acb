/**
 * Where the emulator is known to differ from AWS, and what the check does about it. docs/verify.md has the same table.
 *
 * Owns: the list. Invariants: the product is never changed for one of these, only the check; where a fact is probed, a
 * difference that is gone fails the check as much as a new one, so that the list stays true of the pinned version.
 */
export const differences = {
  'event-time': {
    aws: 'An event keeps the `Time` that PutEvents gave it',
    emulator: 'has the time of the call, whatever `Time` says',
    check: 'The story of a purchase that is put before its trigger is not played',
  },
  'bus-retries': {
    aws: 'A function that fails at an event of the bus is tried again, twice, and then the event is kept',
    emulator: 'is called once, and a failure is only logged',
    check:
      'The failing event is given to the function by `lambda invoke --invocation-type Event`, whose retries are there',
  },
  'invoke-configs': {
    aws: 'The failure destination of a version or an alias serves what is invoked by it',
    emulator: 'is kept, but only that of the unpublished function serves',
    check: 'The failing event is given to the unpublished function, with the failure destination of its alias',
  },
  'retry-delays': {
    aws: 'The retries of an asynchronous invocation come after one and two minutes',
    emulator: 'come after one and two seconds',
    check: 'None: the number of attempts is checked, their distance is only told',
  },
  'error-type': {
    aws: 'Lambda’s record of a failure has the name of the error as `errorType`',
    emulator: 'has `Runtime.HandlerError`, so that the redriver takes a refused event for one to try again',
    check: 'The redriver is given a record as Lambda writes it',
  },
  'timer-retries': {
    aws: 'A timer that the function fails at is retried by Lambda and then kept in FailedInvocations',
    emulator: 'is lost, for Scheduler hands over once and Lambda does not try again',
    check: 'Not seen here',
  },
  'timer-dead-letters': {
    aws: 'A timer that cannot be handed over goes to the dead-letter queue of its schedule',
    emulator: 'is lost',
    check: 'Not seen here',
  },
  'rule-permission': {
    aws: 'A rule may invoke a function only by the function’s resource policy; an event that it may not hand over goes to its dead-letter queue',
    emulator: 'is handed over without asking the policy, and dead-letter queues of targets are not served',
    check: 'Not seen here',
  },
  'schedule-expressions': {
    aws: 'An `at()` with fractions of a second or a `Z` is refused',
    emulator: 'is accepted',
    check: 'Not seen here',
  },
  'scheduler-role': {
    aws: 'CreateSchedule asks whether Scheduler can assume the role, and fires with its rights',
    emulator: 'does neither',
    check: 'Not seen here; the trust and the rights of the role are judged by the sandbox and the policy tests',
  },
  'scheduler-resources': {
    aws: 'A call of Scheduler is authorized on `schedule/<group>/<name>`',
    emulator: 'is authorized on `*`, which no least-privilege policy allows',
    check: 'Each function’s role gets `scheduler:CreateSchedule` and `DeleteSchedule` on `*` beside its own policy',
  },
  'mail-conditions': {
    aws: 'SendEmail is authorized with `ses:FromAddress` in its context',
    emulator: 'is authorized without it, so that the condition never holds',
    check: 'Each function’s role gets `ses:SendEmail` on `*` beside its own policy',
  },
  'leading-keys': {
    aws: 'A call of DynamoDB is authorized with `dynamodb:LeadingKeys` in its context',
    emulator: 'is authorized without it, so that a `ForAllValues` condition always holds',
    check: 'None: a call with a foreign key would not be refused here',
  },
  'policy-simulator': {
    aws: 'SimulatePrincipalPolicy judges conditions by the context that it is given',
    emulator: 'ignores the context',
    check: 'Not seen here',
  },
  'table-settings': {
    aws: 'CloudFormation turns on the table’s expiry and its point-in-time recovery',
    emulator: 'ignores both',
    check: 'Not seen here',
  },
  runtime: {
    aws: 'The functions run on nodejs24.x, arm64',
    emulator: 'run on the Node of this machine',
    check: 'None: the same bundles',
  },
  'consumed-units': {
    aws: 'CloudWatch counts the units that the table consumed',
    emulator: 'counts none',
    check: 'The recorded calls of the functions are counted (CloudTrail), one unit each, for each item is below 1 KB',
  },
} as const;

export type DifferenceId = keyof typeof differences;

export const allDifferences: ReadonlySet<DifferenceId> = new Set(Object.keys(differences) as DifferenceId[]);
