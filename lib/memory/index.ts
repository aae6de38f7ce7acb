/** The test kit, the package's entry `sojourn/testing`. */
export type { RunView, StepView, TimerView } from './views.js';
export {
  createTestWorld,
  type DeadLetter,
  type HeldEvent,
  type TestEvent,
  type TestWorld,
  type TestWorldOptions,
} from './world.js';
