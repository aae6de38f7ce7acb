/**
 * What a replay answers: the plan of what comes next.
 *
 * Owns: the plan's shape and the name of the pseudo step in which plain code keeps its retries.
 */
import type { AnyJourney } from '../../journey/definition.js';
import { JourneyError } from '../../journey/errors.js';
import type { Schema } from '../../journey/schema/schema.js';
import type { StepRunContext } from '../../journey/step.js';
import type { CallEvent } from '../calls/invoke.js';
import type { LogLine, SentEvent } from '../ports.js';
import type { SleepStep, WaitStep } from '../stored/document.js';

/** Where the plain code itself keeps its retries, under this id. */
export const plainCode = '(journey)';

/** A step that is called and waits to run: the author's function, or events to send. */
export interface CodeCall {
  readonly id: string;
  readonly kind: 'run' | 'send';
  readonly attempt: number;
  readonly work:
    | { readonly kind: 'run'; readonly fn: (context: StepRunContext) => unknown }
    | {
        readonly kind: 'send';
        readonly events: readonly SentEvent[];
        /** Of the events, in their order, where they bring one along. */
        readonly schemas: readonly (Schema | undefined)[];
      };
}

export type Plan = {
  readonly lines: readonly LogLine[];
  /** Calls of other journeys that may be under way: published, perhaps, and neither returned nor timed out. */
  readonly calls: readonly CallEvent[];
} & (
  | { readonly next: 'code'; readonly call: CodeCall }
  | { readonly next: 'finished'; readonly output: unknown }
  /** The plain code threw. */
  | { readonly next: 'threw'; readonly error: unknown }
  /** Nothing goes on without an event or a deadline; `opened` are the waits that are not in the document yet. */
  | { readonly next: 'blocked'; readonly opened: ReadonlyMap<string, WaitStep | SleepStep> }
);

export interface ReplaySettings {
  readonly journey: AnyJourney;
  /** Step id (without its counter) -> timeout or duration that overrides the author's. */
  readonly timeoutsMs: Readonly<Record<string, number>>;
}

export function nonDeterminism(got: string): JourneyError {
  return new JourneyError('NonDeterminism', {
    what: 'The code of the journey does not fit what this run has on record.',
    got,
    expected: 'the same steps, in kind and order, at every replay',
    fix: 'keep plain code free of time, randomness and the outside world, and give a changed journey a new id',
  });
}
