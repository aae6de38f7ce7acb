/**
 * Policy documents as values: statements with all that IAM reads in them.
 *
 * Owns: the reading of a document. Must not know: requests, templates.
 * Invariant: whatever in a statement is not understood is kept as a defect with its name, never dropped: a statement with a
 * defect allows nothing, and denies whatever it may be about. A policy that is malformed has the defect in every statement.
 */

import { listOf, recordOf, textOf } from '../template/properties.js';
import { type ParsedOperator, parseOperator } from './operators.js';

export interface Condition {
  /** As the policy writes it. */
  readonly operator: string;
  readonly parsed: ParsedOperator;
  readonly key: string;
  readonly values: readonly string[];
}

/** A list of patterns, or all but those. */
export interface Patterns {
  readonly values: readonly string[];
  readonly negated: boolean;
}

export interface PrincipalElement {
  readonly anyone: boolean;
  readonly aws: readonly string[];
  readonly services: readonly string[];
}

export interface Statement {
  /** Of which policy it is, for people. */
  readonly policy: string;
  /** Its Sid, or its place: `statement 2`. */
  readonly name: string;
  readonly effect: 'Allow' | 'Deny';
  /** Undefined in a policy of an identity. */
  readonly principal: PrincipalElement | undefined;
  readonly actions: Patterns;
  /** Undefined in a trust policy: the role itself. */
  readonly resources: Patterns | undefined;
  readonly conditions: readonly Condition[];
  /** Whether `${...}` is a variable. */
  readonly variables: boolean;
  readonly defects: readonly string[];
}

const elements: ReadonlySet<string> = new Set([
  ...['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
]);

export function readPolicy(policy: string, document: unknown): Statement[] {
  const { Version, Statement } = recordOf(document);
  const statements = listOf(Statement).map(recordOf);
  // AWS would not take such a policy at all, so nothing of it counts.
  const malformed = statements.flatMap(mistakesIn);
  return statements.map((statement, index) => {
    const read = readStatement(statement, policy, index, Version);
    return { ...read, defects: [...malformed, ...read.defects] };
  });
}

function mistakesIn(statement: Readonly<Record<string, unknown>>): string[] {
  const { Effect: effect } = statement;
  return [
    ...Object.keys(statement)
      .filter((element) => !elements.has(element))
      .map((element) => `element ${element}`),
    ...(effect === 'Allow' || effect === 'Deny' ? [] : [`Effect ${String(effect)}`]),
  ];
}

function readStatement(
  statement: Readonly<Record<string, unknown>>,
  policy: string,
  index: number,
  version: unknown,
): Statement {
  const defects: string[] = [];
  const { Effect: effect, Principal: principal } = statement;
  return {
    policy,
    name: textOf(statement.Sid) || `statement ${index + 1}`,
    // What is neither is taken for a denial: with its defect it lets nothing pass.
    effect: effect === 'Allow' ? 'Allow' : 'Deny',
    principal: principal === undefined ? undefined : readPrincipal(principal, defects),
    actions: readPatterns(statement, 'Action') ?? { values: [], negated: false },
    resources: readPatterns(statement, 'Resource'),
    conditions: readConditions(statement.Condition, defects),
    variables: version === '2012-10-17',
    defects,
  };
}

function readPatterns(statement: Readonly<Record<string, unknown>>, element: string): Patterns | undefined {
  const negated = statement[`Not${element}`];
  if (negated !== undefined) return { values: listOf(negated).map(String), negated: true };
  const values = statement[element];
  return values === undefined ? undefined : { values: listOf(values).map(String), negated: false };
}

function readPrincipal(principal: unknown, defects: string[]): PrincipalElement {
  if (principal === '*') return { anyone: true, aws: [], services: [] };
  const { AWS: aws, Service: service, ...others } = recordOf(principal);
  for (const kind of Object.keys(others)) defects.push(`Principal of kind ${kind}`);
  const names = listOf(aws).map(String);
  for (const name of names) if (name !== '*' && name.includes('*')) defects.push(`Principal ${name} with a wildcard`);
  return {
    anyone: names.includes('*'),
    aws: names.filter((name) => name !== '*'),
    services: listOf(service).map(String),
  };
}

function readConditions(condition: unknown, defects: string[]): Condition[] {
  return Object.entries(recordOf(condition)).flatMap(([operator, keys]) => {
    const parsed = parseOperator(operator);
    if (parsed === undefined) defects.push(`condition operator ${operator}`);
    if (parsed === undefined) return [];
    return Object.entries(recordOf(keys)).map(([key, values]) => ({
      operator,
      parsed,
      key,
      values: listOf(values).map(String),
    }));
  });
}
