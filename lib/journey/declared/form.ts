/**
 * A declared journey as JSON: what the CDK construct renders and the interpreter runs. docs/decisions/030.
 *
 * Owns: the shape, and nothing that it means (check.ts, interpret.ts). Invariants: it is plain JSON, without functions and
 * without what only a deployment knows: that is referred to as `$.deployed.<name>`. Runs live for weeks on the form that their
 * version was deployed with, so the form is the function's code and need not stay compatible with older ones.
 */
import type { OtherPath } from '../correlation.js';
import type { TimeoutsMs } from '../timeouts.js';
import type { SingletonOptions, TriggerPath } from '../trigger/trigger-claims.js';

/** JSON in which a text may be a reference ('$.trigger.data.lead_id') or hold some ('Lead {$.trigger.data.lead_id}'). */
export type DeclaredValue =
  | string
  | number
  | boolean
  | null
  | readonly DeclaredValue[]
  | { readonly [name: string]: DeclaredValue };

/** What a condition compares with. */
export type DeclaredScalar = string | number | boolean;

/** Milliseconds; or, where only the deployment knows it, an amount ('$.deployed.t0') of units of so many milliseconds. */
export type DeclaredMs = number | { readonly amount: string; readonly unitMs: number };

/**
 * What a choice asks; `path` is a reference such as '$.trigger.data.plan'. A value that is missing or null makes a comparison false,
 * and `not` of it true.
 */
export type DeclaredCondition =
  | { readonly test: 'equals'; readonly path: string; readonly value: DeclaredScalar }
  | { readonly test: 'exists'; readonly path: string }
  | { readonly test: Comparison; readonly path: string; readonly value: number | string }
  | { readonly test: 'and' | 'or'; readonly conditions: readonly DeclaredCondition[] }
  | { readonly test: 'not'; readonly condition: DeclaredCondition };

/** Of numbers; the value may refer to one. */
export type Comparison = 'lessThan' | 'atMost' | 'greaterThan' | 'atLeast';

/** A path that is equal in trigger and event; the event's path with a value of the run; or null: the event reaches every run. */
export type DeclaredMatch = OtherPath | { readonly [path: string]: DeclaredValue };

/** Waits for an event, or until the time is up; then takes that branch. */
export interface DeclaredWait {
  /** A wait for one event. */
  readonly kind: 'wait';
  /** Names the step in the run's record, and in references to what it took (`$.<id>.data...`). */
  readonly id: string;
  /** Name of the awaited event. */
  readonly event: string;
  /** What finds the event. Default: an equality in its `if`, or the journey's key. It declares itself. */
  readonly match?: DeclaredMatch;
  /** CEL over `event`, the trigger, and `async`, the event that came. */
  readonly if?: string;
  /** Counted from when the code got here. */
  readonly timeoutMs: DeclaredMs;
  /** When it came. Without it, or unless it ends the run, the run goes on behind the wait; so for `onTimeout`. */
  readonly onMatch?: readonly DeclaredStep[];
  /** Steps that follow when none came in time. Default: the run goes on. */
  readonly onTimeout?: readonly DeclaredStep[];
}

/** Sleeps for so long. */
export interface DeclaredSleep {
  /** A sleep of a length. */
  readonly kind: 'sleep';
  /** Names the step in the run's record. */
  readonly id: string;
  /** How long, in milliseconds; 1 or more. */
  readonly ms: DeclaredMs;
}

/** Sleeps until a date; one that is over ends at once. */
export interface DeclaredSleepUntil {
  /** A sleep until a date. */
  readonly kind: 'sleepUntil';
  /** Names the step in the run's record. */
  readonly id: string;
  /** A reference to a date (ISO 8601, or epoch milliseconds), or a date. */
  readonly date: string;
  /** So long before the date. */
  readonly beforeMs?: DeclaredMs;
}

/** Takes one of several ways. */
export interface DeclaredChoice {
  /** A choice among branches. */
  readonly kind: 'choice';
  /** Names the step in messages; it leaves no record. */
  readonly id: string;
  /** The first whose condition holds is taken. */
  readonly when: readonly { readonly condition: DeclaredCondition; readonly steps: readonly DeclaredStep[] }[];
  /** When none holds. */
  readonly otherwise?: readonly DeclaredStep[];
}

/** Puts an event on the bus. */
export interface DeclaredSend {
  /** An event that is sent. */
  readonly kind: 'send';
  /** Names the step in the run's record. */
  readonly id: string;
  /** Name of the event that is sent. */
  readonly event: string;
  /** Its data; texts in it may be references. */
  readonly data: { readonly [name: string]: DeclaredValue };
}

/** Invokes a function and waits for its answer. */
export interface DeclaredInvoke {
  /** A Lambda function that is invoked. */
  readonly kind: 'invoke';
  /** Names the step in the run's record, and in references to its result. */
  readonly id: string;
  /** The function's ARN, or a reference to it. */
  readonly fn: string;
  /** What it is handed. */
  readonly payload: DeclaredValue;
  /** Attempts after the first one; at most the journey's. */
  readonly retries?: number;
}

/** Ends the run as completed. */
export interface DeclaredEnd {
  /** The run completes. */
  readonly kind: 'end';
  /** The run's output. Default: none. */
  readonly output?: DeclaredValue;
}

/** Ends the run as failed, without retry, with an error of that name and message. */
export interface DeclaredFail {
  /** The run fails. */
  readonly kind: 'fail';
  /** Name of the error that the run fails with. */
  readonly name: string;
  /** Its message. */
  readonly message: string;
}

/** One step; ids are unique within the journey, nested steps included. */
export type DeclaredStep =
  | DeclaredWait
  | DeclaredSleep
  | DeclaredSleepUntil
  | DeclaredChoice
  | DeclaredSend
  | DeclaredInvoke
  | DeclaredEnd
  | DeclaredFail;

/** What starts a run: an event, where it passes its `if` (CEL over `event`); or a time, again and again. */
export type DeclaredTrigger =
  | {
      /** The event's name. */
      readonly event: string;
      /** CEL over `event`, the one that came. */
      readonly if?: string;
    }
  | {
      /** Five fields of unix cron. */
      readonly cron: string;
      /** An IANA time zone. Default 'UTC'. */
      readonly timezone?: string;
    };

/** An event that ends a run: within `timeoutMs` of its trigger, or as long as it lives. */
export interface DeclaredCancel {
  /** Its name. */
  readonly event: string;
  /** What finds the runs. Default: an equality in its `if`, or the journey's key. */
  readonly match?: OtherPath;
  /** CEL over `event`, the trigger, and `async`, the event that came. */
  readonly if?: string;
  /** How long after its trigger a run can be cancelled by it. */
  readonly timeoutMs?: number;
}

/** A journey without code, as JSON: what `new Journey(...).declaration` is, and what `interpret` makes a journey of. */
export interface DeclaredJourney {
  /** As `createJourney` has it. */
  readonly id: string;
  /** The name of the event that starts a run; or what does, where there is more to say. */
  readonly trigger: string | DeclaredTrigger | readonly DeclaredTrigger[];
  /** One path for all events, or a path per event name. */
  readonly key?: string | Readonly<Record<string, string>>;
  /** Events that end a run. */
  readonly cancelOn?: readonly DeclaredCancel[];
  /** Triggers whose values here are equal, within the period, are one. Default period 24 hours. */
  readonly idempotency?: {
    /** The path, for all triggers or by event name. */
    readonly key: TriggerPath;
    /** How far they may lie apart. */
    readonly periodMs?: number;
  };
  /** One run at a time, of the key or of another value. */
  readonly singleton?: SingletonOptions;
  /** When a run that begins too late, or takes too long, is cancelled. */
  readonly timeouts?: TimeoutsMs;
  /** Attempts after the first one. Default 4. */
  readonly retries?: number;
  /** The longest life of a run. Default 35 days. */
  readonly maxDurationMs?: number;
  /** How old an event may be when it arrives. Default 16 days. */
  readonly acceptLateMs?: number;
  /** Whether events of an archive's replay count. Default false. */
  readonly replays?: boolean;
  /** What a run does, one after another. */
  readonly steps: readonly DeclaredStep[];
}

/** The lists of steps that a step holds: what may come next, before what stands after it. */
export function branchesOf(step: DeclaredStep): readonly (readonly DeclaredStep[])[] {
  if (step.kind === 'wait') return [step.onMatch ?? [], step.onTimeout ?? []];
  if (step.kind === 'choice') return [...step.when.map(({ steps }) => steps), step.otherwise ?? []];
  return [];
}

/** Every step, as they stand. */
export function allSteps(steps: readonly DeclaredStep[]): DeclaredStep[] {
  return steps.flatMap((step) => [step, ...branchesOf(step).flatMap(allSteps)]);
}

/** What starts a run, one by one. */
export function triggersOf({ trigger }: Pick<DeclaredJourney, 'trigger'>): readonly DeclaredTrigger[] {
  if (typeof trigger === 'string') return [{ event: trigger }];
  return Array.isArray(trigger) ? trigger : [trigger as DeclaredTrigger];
}

/** Every wait, as they stand. */
export function waitsOf({ steps }: Pick<DeclaredJourney, 'steps'>): DeclaredWait[] {
  return allSteps(steps).filter((step) => step.kind === 'wait');
}
