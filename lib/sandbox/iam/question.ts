/**
 * One thing that a service asks IAM before it does what it was asked for.
 *
 * Owns: its shape. Must not know: services, policies.
 */

import type { Keys } from './context.js';

export interface Question {
  readonly action: string;
  readonly resource: string;
  /** It may be this one instead: one of them is enough. */
  readonly orResources?: readonly string[];
  /** Condition keys of the service. */
  readonly keys?: Keys;
}
