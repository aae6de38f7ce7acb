/**
 * Whether a statement is about a request: by its principal, action, resource and conditions.
 *
 * Owns: these four questions, and what a near miss missed. Must not know: what follows from it (evaluate.ts).
 * Invariant: 'unknown' whenever something of the statement that matters cannot be judged.
 */

import { all, any, judge, not } from './condition.js';
import { type Context, isKnownKey } from './context.js';
import { matchesResource, matchesText, type Truth, type VariableOf } from './pattern-text.js';
import type { Patterns, PrincipalElement, Statement } from './statement.js';

export type Principal =
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'role'; readonly account: string; readonly roleArn: string; readonly sessionArn: string };

export interface IamRequest {
  readonly principal: Principal;
  /** `dynamodb:PutItem` */
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

export interface Match {
  readonly applies: Truth;
  /** 'account': the statement names the account, whose own policies then decide. */
  readonly principal: 'direct' | 'account';
  /** Where it missed, when it does not apply; what cannot be judged, when that is unknown. */
  readonly part: 'principal' | 'action' | 'resource' | 'condition' | undefined;
  readonly why: string;
}

export function matchStatement(statement: Statement, request: IamRequest): Match {
  const variableOf = statement.variables ? variablesOf(request.context) : undefined;
  const principal = matchPrincipal(statement.principal, request.principal);
  const miss = (part: Match['part'], why: string): Match => ({ applies: 'no', principal: 'direct', part, why });
  if (principal === 'no') return miss('principal', 'it is for another principal');
  if (matchActions(statement.actions, request.action) === 'no') return miss('action', 'it is about other actions');
  const resource = matchResources(statement.resources, request.resource, variableOf);
  if (resource === 'no') {
    const wanted = statement.resources?.values.join(', ') ?? '';
    const but = statement.resources?.negated ? 'every resource but ' : '';
    return miss('resource', `the resource is ${request.resource}, and it is for ${but}${wanted}`);
  }
  const judgements = statement.conditions.map((condition) => judge(condition, request.context, variableOf));
  const failed = judgements.find(({ holds }) => holds === 'no');
  if (failed !== undefined) return miss('condition', failed.why);
  const unknown = [
    ...statement.defects,
    ...judgements.filter(({ holds }) => holds === 'unknown').map(({ why }) => why),
    ...(resource === 'unknown' ? [`a variable in ${statement.resources?.values.join(', ')}`] : []),
  ];
  if (unknown.length === 0) return { applies: 'yes', principal, part: undefined, why: '' };
  return { applies: 'unknown', principal, part: undefined, why: unknown.join('; ') };
}

function matchPrincipal(element: PrincipalElement | undefined, principal: Principal): 'direct' | 'account' | 'no' {
  if (element === undefined || element.anyone) return 'direct';
  if (principal.kind === 'service') return element.services.includes(principal.name) ? 'direct' : 'no';
  if (element.aws.includes(principal.roleArn) || element.aws.includes(principal.sessionArn)) return 'direct';
  const account = new RegExp(`^(?:arn:[^:]+:iam::)?${principal.account}(?::root)?$`);
  return element.aws.some((name) => account.test(name)) ? 'account' : 'no';
}

/** Actions have no case. */
function matchActions({ values, negated }: Patterns, action: string): Truth {
  const how = { wildcards: true, ignoreCase: true, variableOf: undefined };
  const matches = any(values.map((pattern) => matchesText(pattern, action, how)));
  return negated ? not(matches) : matches;
}

function matchResources(patterns: Patterns | undefined, arn: string, variableOf: VariableOf | undefined): Truth {
  if (patterns === undefined) return 'yes';
  const matches = patterns.values.map((pattern) =>
    pattern === '*' ? 'yes' : matchesResource(pattern, arn, variableOf),
  );
  return patterns.negated ? all(matches.map(not)) : any(matches);
}

/** A variable is a condition key with one value. */
function variablesOf(context: Context): VariableOf {
  return (key) => {
    const values = context.get(key.toLowerCase());
    if (values === undefined) return isKnownKey(key) ? undefined : 'unknown';
    return values.length === 1 ? values[0] : 'unknown';
  };
}
