/**
 * The author SDK, the package's entry `sojourn`: pure values and types, importable anywhere.
 *
 * @module sojourn
 */

export type {
  Correlation,
  DeclaredWait as AwaitedDeclaration,
  OtherPath,
  OtherWait,
  RefOfWait,
} from './correlation.js';
export type {
  Comparison,
  DeclaredCancel,
  DeclaredChoice,
  DeclaredCondition,
  DeclaredEnd,
  DeclaredFail,
  DeclaredInvoke,
  DeclaredJourney,
  DeclaredMatch,
  DeclaredMs,
  DeclaredScalar,
  DeclaredSend,
  DeclaredSleep,
  DeclaredSleepUntil,
  DeclaredStep,
  DeclaredTrigger,
  DeclaredValue,
  DeclaredWait,
} from './declared/form.js';
export { interpret, type Surroundings } from './declared/interpret.js';
export {
  type AnyJourney,
  type CancelOn,
  createJourney,
  type Journey,
  type JourneyDefinition,
  type JourneyOptions,
  type OptionsOfTriggers,
  type Trigger,
} from './definition.js';
export type { Duration, Unit as DurationUnit } from './duration.js';
export { type ErrorCode, JourneyError, NonRetriableError, RetryAfterError, StepError } from './errors.js';
export {
  type DataOf,
  type EventOf,
  type EventRef,
  type EventType,
  eventType,
  type JourneyEvent,
  type NameOf,
  type OutgoingEvent,
  type UntypedData,
} from './event.js';
export type { StoredCancel } from './filter/filter-key.js';
export type {
  CancelCause,
  CancelContext,
  FailureContext,
  HandledEnd,
  HandlerContext,
  HandlerSteps,
  JourneyHandlers,
} from './handlers.js';
export {
  type CallableJourney,
  type InvokeData,
  type InvokeOptions,
  type InvokeOutput,
  invoke,
  type JourneyReference,
  referenceJourney,
} from './invoke.js';
export type { KeyValue } from './match.js';
export { type Schema, type Schemas, staticSchema } from './schema/schema.js';
export type {
  AbsenceOfSeveralOptions,
  AbsenceOptions,
  AllOf as AwaitedAll,
  AnyOf as AwaitedAny,
  AwaitedEvent,
  ByName as AwaitedByName,
  EventEntry as AwaitedEntry,
  OnlyKnown,
  RefOf,
  SeveralOptions,
} from './several.js';
export type {
  Declared as AwaitedRef,
  JourneyContext,
  Jsonify,
  Logger,
  Match,
  Since,
  StepRunContext,
  StepTools,
  WaitOptions,
} from './step.js';
export type { JourneyTimeouts, TimeoutsMs } from './timeouts.js';
export { cron, type ScheduledData, type ScheduledTimer } from './trigger/cron.js';
export type {
  IdempotencyDefinition,
  IdempotencyOptions,
  SingletonDefinition,
  SingletonOptions,
  TriggerPath,
} from './trigger/trigger-claims.js';
export type { CronDefinition, CronTrigger } from './trigger/trigger-cron.js';
