/** The author SDK, the package's entry `sojourn`: pure values and types, importable anywhere. */
export {
  type CancelOn,
  createJourney,
  type Journey,
  type JourneyDefinition,
  type JourneyOptions,
  type Trigger,
} from './definition.js';
export type {
  DeclaredCondition,
  DeclaredJourney,
  DeclaredMs,
  DeclaredScalar,
  DeclaredStep,
  DeclaredValue,
} from './declared/form.js';
export { interpret, type Surroundings } from './declared/interpret.js';
export type { Duration } from './duration.js';
export { type ErrorCode, JourneyError, NonRetriableError, RetryAfterError, StepError } from './errors.js';
export { type EventType, eventType, type JourneyEvent, type OutgoingEvent } from './event.js';
export type { JourneyContext, Jsonify, Logger, Since, StepRunContext, StepTools, WaitOptions } from './step.js';
