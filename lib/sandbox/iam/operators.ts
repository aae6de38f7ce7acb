/**
 * The condition operators of IAM policies: what each does with one value of the policy and one of the request.
 *
 * Owns: String, Numeric, Date, Bool, Arn and Null operators. Must not know: keys, statements, who asks.
 * Invariant: an operator that is not here is refused by name; a policy's value that is none of its type cannot be judged.
 */

import { matchesArn, matchesText, type Truth, type VariableOf } from './pattern-text.js';

/** `wanted` is the policy's value, `got` the request's. */
type Compare = (wanted: string, got: string, variableOf: VariableOf | undefined) => Truth;

export interface Operator {
  readonly compare: Compare;
  /** It holds when none of the policy's values compares. */
  readonly negated: boolean;
}

export interface ParsedOperator {
  /** Undefined: `Null`, which asks only whether the key is there. */
  readonly operator: Operator | undefined;
  readonly set: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly ifExists: boolean;
}

const text =
  (wildcards: boolean, ignoreCase: boolean): Compare =>
  (wanted, got, variableOf) =>
    matchesText(wanted, got, { wildcards, ignoreCase, variableOf });

const arn: Compare = (wanted, got, variableOf) => matchesArn(wanted, got, variableOf);

const bool: Compare = (wanted, got) => {
  if (!/^(true|false)$/i.test(wanted)) return 'unknown';
  return truth(wanted.toLowerCase() === got.toLowerCase());
};

function number(compare: (got: number, wanted: number) => boolean): Compare {
  return (wanted, got) => {
    if (wanted.trim() === '' || Number.isNaN(Number(wanted))) return 'unknown';
    return truth(got.trim() !== '' && compare(Number(got), Number(wanted)));
  };
}

function date(compare: (gotMs: number, wantedMs: number) => boolean): Compare {
  return (wanted, got) => {
    const wantedMs = millisecondsOf(wanted);
    return Number.isNaN(wantedMs) ? 'unknown' : truth(compare(millisecondsOf(got), wantedMs));
  };
}

/** ISO 8601, or seconds since 1970. */
function millisecondsOf(time: string): number {
  return /^\d{1,12}$/.test(time) ? Number(time) * 1000 : Date.parse(time);
}

function truth(holds: boolean): Truth {
  return holds ? 'yes' : 'no';
}

const is = (compare: Compare): Operator => ({ compare, negated: false });
const isNot = (compare: Compare): Operator => ({ compare, negated: true });

const operators: Readonly<Record<string, Operator>> = {
  StringEquals: is(text(false, false)),
  StringNotEquals: isNot(text(false, false)),
  StringEqualsIgnoreCase: is(text(false, true)),
  StringNotEqualsIgnoreCase: isNot(text(false, true)),
  StringLike: is(text(true, false)),
  StringNotLike: isNot(text(true, false)),
  NumericEquals: is(number((got, wanted) => got === wanted)),
  NumericNotEquals: isNot(number((got, wanted) => got === wanted)),
  NumericLessThan: is(number((got, wanted) => got < wanted)),
  NumericLessThanEquals: is(number((got, wanted) => got <= wanted)),
  NumericGreaterThan: is(number((got, wanted) => got > wanted)),
  NumericGreaterThanEquals: is(number((got, wanted) => got >= wanted)),
  DateEquals: is(date((got, wanted) => got === wanted)),
  DateNotEquals: isNot(date((got, wanted) => got === wanted)),
  DateLessThan: is(date((got, wanted) => got < wanted)),
  DateLessThanEquals: is(date((got, wanted) => got <= wanted)),
  DateGreaterThan: is(date((got, wanted) => got > wanted)),
  DateGreaterThanEquals: is(date((got, wanted) => got >= wanted)),
  Bool: is(bool),
  // IAM takes wildcards in both kinds of ARN operators.
  ArnEquals: is(arn),
  ArnLike: is(arn),
  ArnNotEquals: isNot(arn),
  ArnNotLike: isNot(arn),
};

/** @returns undefined for an operator that the sandbox does not know. */
export function parseOperator(name: string): ParsedOperator | undefined {
  const [, set, bare = ''] = /^(?:(ForAllValues|ForAnyValue):)?(.*)$/.exec(name) ?? [];
  if (bare === 'Null') return set === undefined ? { operator: undefined, set: undefined, ifExists: false } : undefined;
  const ifExists = bare.endsWith('IfExists');
  const base = ifExists ? bare.slice(0, -'IfExists'.length) : bare;
  const operator = Object.hasOwn(operators, base) ? operators[base] : undefined;
  return operator === undefined ? undefined : { operator, set: set as ParsedOperator['set'], ifExists };
}
