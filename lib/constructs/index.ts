/**
 * The constructs, the package's entry `sojourn/cdk`.
 *
 * @module sojourn/cdk
 */
export type { RunEnd } from '../contract.js';
export { type AlarmProps, Alarms, type WatchedJourney } from './alarms.js';
export { HubDashboard, type HubDashboardProps } from './dashboard.js';
export { JourneyCondition } from './declared/condition.js';
export {
  type ChoiceBranch,
  type ChoiceStepOptions,
  type FailStepOptions,
  type InvokeStepOptions,
  JourneyStep,
  type SendEventStepOptions,
  type SleepUntilStepOptions,
  type WaitForEventStepOptions,
} from './declared/step.js';
export { JourneyHub, type JourneyHubProps } from './hub.js';
export { Journey } from './journey.js';
export { MeasuredJourney } from './journey-metrics.js';
export type {
  CancelOnEvent,
  CodeJourneyProps,
  DeclaredIdempotency,
  DeclaredJourneyProps,
  JourneyBaseProps,
  JourneyProps,
  RunTimeouts,
  TriggerEvent,
  TriggerTime,
} from './journey-props.js';
export { Redriver, type RedriverProps } from './redriver.js';
export type { TellingProps } from './telling.js';
