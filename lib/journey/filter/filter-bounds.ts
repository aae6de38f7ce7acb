/**
 * What bounds the evaluation of an `if`: which values of the events it goes through, and how large they may be.
 *
 * Owns: these two questions. Evaluates nothing. Invariant: a value that is not bounded is never handed to an evaluation.
 */
import { limits } from '../../limits.js';
import { partsOf } from './filter-check.js';
import type { FilterNode, PathNode } from './filter-syntax.js';

/** Every path whose value is used, not only asked for with has(): what is there must be of bounded size. */
export function* usedPaths(node: FilterNode): Iterable<PathNode> {
  if (node.kind === 'path') yield node;
  else if (node.kind !== 'call' || node.name !== 'has') for (const part of partsOf(node)) yield* usedPaths(part);
}

/** Whether a value has no more values, levels and text than a filter may go through. */
export function isBounded(value: unknown): boolean {
  let left: number = limits.filterValues;
  const within = (inner: unknown, levels: number): boolean => {
    left -= weightOf(inner);
    if (left < 0 || levels < 0) return false;
    if (typeof inner !== 'object' || inner === null) return true;
    for (const name in inner) if (!within((inner as Record<string, unknown>)[name], levels - 1)) return false;
    return true;
  };
  return within(value, limits.filterLevels);
}

/** Of all that may be gone through, a text of the longest kind is all. */
function weightOf(value: unknown): number {
  return typeof value === 'string' ? 1 + (value.length * limits.filterValues) / limits.filterTextChars : 1;
}
