/**
 * The two places where something else may decide what happens: permissions and faults.
 *
 * Owns: the interfaces on the path of every AWS call and every hand-off, and their plain versions (all allowed, no
 * faults). Must not know: how a decision is taken.
 * Invariant: every call that reaches a service, and every hand-off of the bus or of a schedule, passes both.
 */

import type { SandboxResources } from './template/resources.js';
import type { Trigger } from './time/activity.js';

/** Who makes a call. */
export type Caller =
  | { readonly kind: 'outside' }
  | {
      readonly kind: 'function';
      readonly functionName: string;
      readonly roleArn: string | undefined;
      /** Undefined for a call outside of an invocation. */
      readonly requestId: string | undefined;
    }
  | {
      readonly kind: 'service';
      readonly service: 'events' | 'scheduler' | 'lambda';
      readonly sourceArn: string;
      readonly roleArn?: string;
    };

export interface AuthorizedCall {
  readonly caller: Caller;
  /** As IAM writes it: `dynamodb:PutItem`, `lambda:InvokeFunction`. */
  readonly action: string;
  /** ARN of what the call touches. */
  readonly resource: string;
  /** It may be one of these instead. */
  readonly orResources?: readonly string[];
  /** Condition keys of the service that is called. */
  readonly keys?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** A statement that was needed to allow something. */
export interface UsedStatement {
  readonly action: string;
  readonly resource: string;
  readonly policy: string;
  readonly statement: string;
}

export type Authorization =
  | { readonly allowed: true; readonly by?: readonly UsedStatement[] }
  | {
      readonly allowed: false;
      /** In the service's words. */
      readonly message: string;
      /** What would allow it, for a developer. */
      readonly remedy?: string;
    };
export type Authorize = (call: AuthorizedCall) => Authorization;

/** Made once from the template's resources: its roles, policies and permissions are among them. `nowMs`: the sandbox's clock. */
export type AuthorizeBy = (resources: SandboxResources, nowMs?: () => number) => Authorize;

export const allowAll: AuthorizeBy = () => () => ({ allowed: true });

/** A hand-off: the bus to a target, or a schedule to its target. */
export interface PlannedDelivery {
  readonly kind: 'rule' | 'schedule';
  readonly sourceArn: string;
  readonly targetArn: string;
  readonly payload: string;
  /** 1 for the first try. */
  readonly attempt: number;
}

/**
 * What becomes of a hand-off: a copy for each entry, each after so much virtual time (0: now); or a failure that the
 * retry policy of the target deals with.
 */
export type DeliveryPlan =
  | { readonly copies: readonly { readonly delayMs: number; readonly onDelivered?: () => void }[] }
  | { readonly failure: { readonly code: string; readonly message: string } };

export interface PlannedCall {
  readonly caller: Caller;
  readonly service: string;
  readonly operation: string;
}

export type CallPlan =
  | { readonly kind: 'pass' }
  /** The service refuses before anything happened. */
  | { readonly kind: 'refuse'; readonly status: number; readonly code: string; readonly message: string }
  /** The call takes effect, its answer is lost. `onEffect`: it did take effect. */
  | { readonly kind: 'lose-answer'; readonly onEffect?: () => void }
  /** The call takes effect, its answer comes so much real time later. */
  | { readonly kind: 'late-answer'; readonly byMs: number; readonly onEffect?: () => void }
  /** The calling environment dies, before or after the call took effect. */
  | { readonly kind: 'kill'; readonly when: 'before' | 'after' };

/** An invocation that is about to begin in an environment. */
export interface PlannedInvocation {
  readonly functionName: string;
  readonly requestId: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly trigger: Trigger;
  readonly payload: string;
}

export interface InvocationPlan {
  /** The environment is ended after so much real time, whatever it is doing then; undefined: not by time. */
  readonly killAfterMs?: number | undefined;
  /** Called once, when the invocation is over. `killed`: by this plan or by a call's. */
  readonly onOver?: (killed: boolean) => void;
}

export interface Faults {
  delivery(delivery: PlannedDelivery): DeliveryPlan;
  call(call: PlannedCall): CallPlan;
  invocation?(invocation: PlannedInvocation): InvocationPlan;
}

/** The error of an invocation whose environment a fault has ended. */
export const killedErrorType = 'Sandbox.Killed';

const once: DeliveryPlan = { copies: [{ delayMs: 0 }] };
const pass: CallPlan = { kind: 'pass' };

export const noFaults: Faults = { delivery: () => once, call: () => pass };
