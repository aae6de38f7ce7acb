/**
 * Whether a condition holds for a request.
 *
 * Owns: missing keys, IfExists, Null, negation, ForAllValues and ForAnyValue. Must not know: operators' comparisons, statements.
 * Invariant: what cannot be judged (a key that the sandbox cannot fill, a value that is none) is 'unknown', with the reason.
 */

import { type Context, hasSeveralValues, isKnownKey } from './context.js';
import type { Operator, ParsedOperator } from './operators.js';
import type { Truth, VariableOf } from './pattern-text.js';
import type { Condition } from './statement.js';

export interface Judgement {
  readonly holds: Truth;
  /** Why it does not hold, or cannot be judged. */
  readonly why: string;
}

export function judge(condition: Condition, context: Context, variableOf: VariableOf | undefined): Judgement {
  const { key, parsed, operator, values } = condition;
  if (!isKnownKey(key)) return { holds: 'unknown', why: `condition key ${key}, which the sandbox does not know` };
  const got = context.get(key.toLowerCase());
  if (parsed.operator === undefined) return judgeNull(condition, got);
  if (parsed.set === undefined && hasSeveralValues(key)) {
    return {
      holds: 'unknown',
      why: `condition key ${key}, which may have several values, under ${operator} without a set`,
    };
  }
  const holds = got === undefined ? holdsWithout(parsed) : holdsFor(parsed, values, got, variableOf);
  const shown = got === undefined ? 'is not in the request' : `is ${list(got)}`;
  if (holds === 'unknown') return { holds, why: `${operator} ${key}: ${list(values)}` };
  return { holds, why: `${key} ${shown}, and ${operator} wants ${list(values)}` };
}

/** `Null: true` holds when the key is absent. */
function judgeNull({ key, operator, values }: Condition, got: readonly string[] | undefined): Judgement {
  const [wanted, ...more] = values.map((value) => value.toLowerCase());
  if (more.length > 0 || (wanted !== 'true' && wanted !== 'false')) {
    return { holds: 'unknown', why: `${operator} ${key}: ${list(values)}` };
  }
  const absent = got === undefined || got.length === 0;
  const why = `${key} is ${absent ? 'not ' : ''}in the request, and Null wants ${wanted}`;
  return { holds: absent === (wanted === 'true') ? 'yes' : 'no', why };
}

/** The key is absent. */
function holdsWithout({ operator, set, ifExists }: ParsedOperator): Truth {
  if (ifExists || set === 'ForAllValues') return 'yes';
  if (set === 'ForAnyValue') return 'no';
  return operator?.negated ? 'yes' : 'no';
}

function holdsFor(
  { operator, set }: ParsedOperator,
  wanted: readonly string[],
  got: readonly string[],
  variableOf: VariableOf | undefined,
): Truth {
  const each = got.map((value) => compares(operator!, wanted, value, variableOf));
  return set === 'ForAnyValue' ? any(each) : all(each);
}

function compares(
  { compare, negated }: Operator,
  wanted: readonly string[],
  got: string,
  variableOf: VariableOf | undefined,
): Truth {
  const matches = any(wanted.map((value) => compare(value, got, variableOf)));
  return negated ? not(matches) : matches;
}

export function any(truths: readonly Truth[]): Truth {
  if (truths.includes('yes')) return 'yes';
  return truths.includes('unknown') ? 'unknown' : 'no';
}

export function all(truths: readonly Truth[]): Truth {
  if (truths.includes('no')) return 'no';
  return truths.includes('unknown') ? 'unknown' : 'yes';
}

export function not(truth: Truth): Truth {
  if (truth === 'unknown') return 'unknown';
  return truth === 'yes' ? 'no' : 'yes';
}

function list(values: readonly string[]): string {
  return values.length === 0 ? 'nothing' : values.map((value) => `"${value}"`).join(', ');
}
