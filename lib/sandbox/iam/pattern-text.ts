/**
 * Texts with wildcards and variables, as IAM policies write them: `arn:aws:sqs:*:*:shop-*`, `${aws:PrincipalAccount}`.
 *
 * Owns: what `*`, `?` and `${...}` stand for in a value of a condition, in a resource and in an ARN.
 * Must not know: which element of a statement a text is from. Invariant: what a variable stands for is taken by the
 * letter, so that a value with a `*` in it never becomes a wildcard.
 */

/** `unknown`: it cannot be judged here, and `why` says so. */
export type Truth = 'yes' | 'no' | 'unknown';

/** The value of a policy variable: undefined when the request has none, 'unknown' when nobody here knows. */
export type VariableOf = (key: string) => string | undefined | 'unknown';

export interface Matching {
  readonly wildcards: boolean;
  readonly ignoreCase?: boolean;
  /** Undefined in a policy of before 2012, where `${` is only text. */
  readonly variableOf: VariableOf | undefined;
}

/** Any characters, or any but the colon that ends a part of an ARN. */
const anything = '[\\s\\S]*';
const withinPart = '[^:]*';

const tokens = /\$\{([^}]*)\}|[\s\S]/gu;

export function matchesText(pattern: string, text: string, how: Matching): Truth {
  return test(
    compile(pattern, how, () => anything),
    text,
    how,
  );
}

/**
 * The Resource element: `*` stays within its part of the ARN, but goes beyond when it ends a part, and is free in the last
 * one, the resource itself.
 */
export function matchesResource(pattern: string, arn: string, variableOf: VariableOf | undefined): Truth {
  const how = { wildcards: true, variableOf };
  const star = ({ part, next }: Place) => (part >= 5 || next === ':' || next === undefined ? anything : withinPart);
  return test(compile(pattern, how, star), arn, how);
}

/** The ARN operators compare each of the six parts on its own. */
export function matchesArn(pattern: string, arn: string, variableOf: VariableOf | undefined): Truth {
  if (partsOf(arn).length < 6) return 'no';
  const how = { wildcards: true, variableOf };
  const star = ({ part }: Place) => (part >= 5 ? anything : withinPart);
  return test(compile(pattern, how, star), arn, how);
}

export function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

interface Place {
  /** Which part of an ARN the wildcard stands in, from 0. */
  readonly part: number;
  /** The character behind it. */
  readonly next: string | undefined;
}

/** The source of an expression; 'unknown' or undefined as soon as a variable's value is. */
function compile(pattern: string, how: Matching, star: (place: Place) => string): string | 'unknown' | undefined {
  let part = 0;
  const sources: string[] = [];
  for (const { 0: token, 1: variable, index } of pattern.matchAll(tokens)) {
    if (variable !== undefined && how.variableOf !== undefined) {
      const value = expand(variable, how.variableOf);
      if (value === undefined || value === 'unknown') return value;
      sources.push(escaped(value));
      continue;
    }
    if (token === ':') part += 1;
    sources.push(how.wildcards ? wildcard(token, { part, next: pattern[index + 1] }, star) : escaped(token));
  }
  return sources.join('');
}

function wildcard(token: string, place: Place, star: (place: Place) => string): string {
  if (token === '*') return star(place);
  return token === '?' ? '[\\s\\S]' : escaped(token);
}

/** `${*}`, `${?}` and `${$}` are the characters themselves; `${key, 'text'}` has a text for when there is no value. */
function expand(variable: string, variableOf: VariableOf): string | undefined | 'unknown' {
  if (variable === '*' || variable === '?' || variable === '$') return variable;
  const [, key = variable, otherwise] = /^([^,]*),\s*'([^']*)'$/.exec(variable) ?? [];
  return variableOf(key.trim()) ?? otherwise;
}

function test(source: string | undefined, text: string, { ignoreCase = false }: Matching): Truth {
  if (source === undefined) return 'no';
  if (source === 'unknown') return 'unknown';
  return new RegExp(`^${source}$`, ignoreCase ? 'iu' : 'u').test(text) ? 'yes' : 'no';
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
