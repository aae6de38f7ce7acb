/**
 * A declared journey as JSON: what the CDK construct renders and the interpreter runs. docs/decisions/030.
 *
 * Owns: the shape, and nothing that it means (check.ts, interpret.ts). Invariants: it is plain JSON, without functions and
 * without what only a deployment knows: that is referred to as `$.deployed.<name>`. Runs live for weeks on the form that their
 * version was deployed with, so the form is the function's code and need not stay compatible with older ones.
 */

/** JSON in which a text may be a reference ('$.trigger.data.lead_id') or hold some ('Lead {$.trigger.data.lead_id}'). */
export type DeclaredValue =
  | string
  | number
  | boolean
  | null
  | readonly DeclaredValue[]
  | { readonly [name: string]: DeclaredValue };

export type DeclaredScalar = string | number | boolean;

/** Milliseconds; or, where only the deployment knows it, an amount ('$.deployed.t0') of units of so many milliseconds. */
export type DeclaredMs = number | { readonly amount: string; readonly unitMs: number };

export type DeclaredCondition =
  | { readonly test: 'equals'; readonly path: string; readonly value: DeclaredScalar }
  | { readonly test: 'exists'; readonly path: string }
  | { readonly test: Comparison; readonly path: string; readonly value: number | string }
  | { readonly test: 'and' | 'or'; readonly conditions: readonly DeclaredCondition[] }
  | { readonly test: 'not'; readonly condition: DeclaredCondition };

/** Of numbers; the value may refer to one. */
export type Comparison = 'lessThan' | 'atMost' | 'greaterThan' | 'atLeast';

export interface DeclaredWait {
  readonly kind: 'wait';
  readonly id: string;
  readonly event: string;
  readonly timeoutMs: DeclaredMs;
  readonly onMatch?: readonly DeclaredStep[];
  readonly onTimeout?: readonly DeclaredStep[];
}

export interface DeclaredSleep {
  readonly kind: 'sleep';
  readonly id: string;
  readonly ms: DeclaredMs;
}

export interface DeclaredSleepUntil {
  readonly kind: 'sleepUntil';
  readonly id: string;
  /** A reference to a date (ISO 8601, or epoch milliseconds), or a date. */
  readonly date: string;
  /** So long before the date. */
  readonly beforeMs?: DeclaredMs;
}

export interface DeclaredChoice {
  readonly kind: 'choice';
  readonly id: string;
  /** The first whose condition holds is taken. */
  readonly when: readonly { readonly condition: DeclaredCondition; readonly steps: readonly DeclaredStep[] }[];
  readonly otherwise?: readonly DeclaredStep[];
}

export interface DeclaredSend {
  readonly kind: 'send';
  readonly id: string;
  readonly event: string;
  readonly data: { readonly [name: string]: DeclaredValue };
}

export interface DeclaredInvoke {
  readonly kind: 'invoke';
  readonly id: string;
  /** The function's ARN, or a reference to it. */
  readonly fn: string;
  readonly payload: DeclaredValue;
  /** Attempts after the first one; at most the journey's. */
  readonly retries?: number;
}

export interface DeclaredEnd {
  readonly kind: 'end';
  readonly output?: DeclaredValue;
}

export interface DeclaredFail {
  readonly kind: 'fail';
  readonly name: string;
  readonly message: string;
}

export type DeclaredStep =
  | DeclaredWait
  | DeclaredSleep
  | DeclaredSleepUntil
  | DeclaredChoice
  | DeclaredSend
  | DeclaredInvoke
  | DeclaredEnd
  | DeclaredFail;

export interface DeclaredJourney {
  readonly id: string;
  readonly trigger: string;
  readonly key?: string | Readonly<Record<string, string>>;
  readonly cancelOn?: readonly { readonly event: string; readonly timeoutMs?: number }[];
  readonly retries?: number;
  readonly maxDurationMs?: number;
  readonly acceptLateMs?: number;
  readonly replays?: boolean;
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

/** Every event that is awaited, once each. */
export function awaitedEvents({ steps }: DeclaredJourney): string[] {
  return [...new Set(allSteps(steps).flatMap((step) => (step.kind === 'wait' ? [step.event] : [])))];
}
