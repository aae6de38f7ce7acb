/**
 * The conditions of a declared choice, judged.
 *
 * Knows values, not steps. Invariants: a missing value equals nothing and is not less or more than anything, and so makes a
 * comparison false; nothing is converted: '5' is not 5.
 */
import type { Comparison, DeclaredCondition } from './form.js';
import { isReference, parseReference, type Reference, readReference, type Scope } from './reference.js';

export function holds(condition: DeclaredCondition, scope: Scope): boolean {
  switch (condition.test) {
    case 'and':
      return condition.conditions.every((one) => holds(one, scope));
    case 'or':
      return condition.conditions.some((one) => holds(one, scope));
    case 'not':
      return !holds(condition.condition, scope);
    case 'exists':
      return readValue(condition.path, scope) !== undefined;
    case 'equals':
      return equals(readValue(condition.path, scope), readValue(condition.value, scope));
    default:
      return compares(condition.test, readValue(condition.path, scope), readValue(condition.value, scope));
  }
}

/** Every reference that a condition reads. @throws JourneyError InvalidReference */
export function referencesOf(condition: DeclaredCondition): Reference[] {
  switch (condition.test) {
    case 'and':
    case 'or':
      return condition.conditions.flatMap(referencesOf);
    case 'not':
      return referencesOf(condition.condition);
    case 'exists':
      return [parseReference(condition.path)];
    default: {
      const { path, value } = condition;
      const other = typeof value === 'string' && isReference(value) ? [parseReference(value)] : [];
      return [parseReference(path), ...other];
    }
  }
}

/** @returns undefined for what is missing. */
function readValue(value: unknown, scope: Scope): unknown {
  if (typeof value !== 'string') return value;
  if (isReference(value)) return readReference(parseReference(value), scope);
  return value.startsWith('$$.') ? value.slice(1) : value;
}

function equals(left: unknown, right: unknown): boolean {
  return left !== undefined && typeof left !== 'object' && left === right;
}

function compares(test: Comparison, left: unknown, right: unknown): boolean {
  if (typeof left !== 'number' || typeof right !== 'number') return false;
  const judged: Record<Comparison, boolean> = {
    lessThan: left < right,
    atMost: left <= right,
    greaterThan: left > right,
    atLeast: left >= right,
  };
  return judged[test];
}
