/**
 * The test kit, the package's entry `sojourn/testing`.
 *
 * @module sojourn/testing
 */

export type { LogLine, SentEvent } from '../engine/ports.js';
export type { RunEnd, RunStatus, StoredError } from '../engine/stored/document.js';
export type { CallRef } from '../engine/stored/event.js';
export type { DeadLetter } from './dead-letters.js';
export type { NotTaken } from './not-taken.js';
export type { StepStubs } from './stubs.js';
export type { EventView, RunView, StepView, TimerView } from './views.js';
export {
  createTestWorld,
  type HeldEvent,
  type TestEvent,
  type TestWorld,
  type TestWorldOptions,
} from './world.js';
