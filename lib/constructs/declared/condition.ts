/**
 * The conditions of a choice, as an author of a CDK app writes them.
 *
 * Owns: their names. What they mean is journey/declared/condition.ts's. Invariant: a value that is missing makes a comparison
 * false, and `not` of it true.
 */
import type { DeclaredCondition, DeclaredScalar } from '../../journey/declared/form.js';

/** What a choice asks of the events and results so far, each by a reference such as '$.trigger.data.plan'. */
export class JourneyCondition {
  /** It is that value, or the same as what another reference stands for; of the same type. */
  static equals(reference: string, value: DeclaredScalar): JourneyCondition {
    return new JourneyCondition({ test: 'equals', path: reference, value });
  }

  /** It is there, and not null: also whether a wait was matched ('$.steps.outreach'). */
  static exists(reference: string): JourneyCondition {
    return new JourneyCondition({ test: 'exists', path: reference });
  }

  /** It is a number below that number, or below what another reference stands for. */
  static lessThan(reference: string, value: number | string): JourneyCondition {
    return new JourneyCondition({ test: 'lessThan', path: reference, value });
  }

  /** It is that number or below. */
  static atMost(reference: string, value: number | string): JourneyCondition {
    return new JourneyCondition({ test: 'atMost', path: reference, value });
  }

  /** It is a number above that number. */
  static greaterThan(reference: string, value: number | string): JourneyCondition {
    return new JourneyCondition({ test: 'greaterThan', path: reference, value });
  }

  /** It is that number or above. */
  static atLeast(reference: string, value: number | string): JourneyCondition {
    return new JourneyCondition({ test: 'atLeast', path: reference, value });
  }

  /** All of them hold. */
  static and(...conditions: readonly JourneyCondition[]): JourneyCondition {
    return new JourneyCondition({ test: 'and', conditions: conditions.map(({ declaration }) => declaration) });
  }

  /** At least one of them holds. */
  static or(...conditions: readonly JourneyCondition[]): JourneyCondition {
    return new JourneyCondition({ test: 'or', conditions: conditions.map(({ declaration }) => declaration) });
  }

  /** It does not hold. */
  static not(condition: JourneyCondition): JourneyCondition {
    return new JourneyCondition({ test: 'not', condition: condition.declaration });
  }

  private constructor(
    /** The condition as the interpreter reads it. */
    readonly declaration: DeclaredCondition,
  ) {}
}
