/**
 * IAM's decision on one request: denied by a statement, allowed by one, or allowed by none.
 *
 * Owns: the order of policies in one account: a denial anywhere wins; a service needs the resource's own policy; a role needs
 * its own policies (within its boundary) or the resource's. Must not know: templates, messages.
 * Invariant: nothing is allowed but by a statement that was understood whole.
 */

import { type IamRequest, type Match, matchStatement } from './match.js';
import type { Statement } from './statement.js';

/**
 * `ordinary`: the resource's policy or the identity's may allow. `trusting`: only the resource's own, which may leave it to
 * the account's policies: a role's trust, a key's policy.
 */
export type ResourcePolicyKind = 'ordinary' | 'trusting';

export interface Policies {
  readonly identity: readonly Statement[];
  /** Undefined: no boundary. */
  readonly boundary: readonly Statement[] | undefined;
  readonly resource: readonly Statement[];
  readonly resourceKind: ResourcePolicyKind;
}

/** In AWS's words. */
export type PolicyType = 'identity-based policy' | 'permissions boundary' | 'resource-based policy';

export type Decision =
  | { readonly allowed: true; readonly by: readonly Statement[] }
  | {
      readonly allowed: false;
      readonly explicit: boolean;
      readonly type: PolicyType;
      /** What came near to deciding otherwise, or did decide: for people. */
      readonly because: readonly string[];
    };

interface Found {
  readonly statement: Statement;
  readonly match: Match;
}

export function evaluate(request: IamRequest, policies: Policies): Decision {
  const layers: readonly [PolicyType, readonly Statement[]][] = [
    ['identity-based policy', policies.identity],
    ['permissions boundary', policies.boundary ?? []],
    ['resource-based policy', policies.resource],
  ];
  const found = layers.map(([type, statements]) => ({
    type,
    found: statements.map((statement) => ({ statement, match: matchStatement(statement, request) })),
  }));
  for (const { type, found: some } of found) {
    const denying = some.find(({ statement, match }) => statement.effect === 'Deny' && match.applies !== 'no');
    if (denying !== undefined) return { allowed: false, explicit: true, type, because: [denialText(denying)] };
  }
  const [identity, boundary, resource] = found.map((layer) => layer.found) as [Found[], Found[], Found[]];
  return decide(request, policies, { identity, boundary, resource });
}

function decide(
  { principal }: IamRequest,
  { boundary: hasBoundary, resourceKind }: Policies,
  found: Readonly<Record<'identity' | 'boundary' | 'resource', readonly Found[]>>,
): Decision {
  const identity = found.identity.filter(allows);
  const boundary = found.boundary.filter(allows);
  const direct = found.resource.filter((one) => allows(one) && one.match.principal === 'direct');
  const delegated = found.resource.filter((one) => allows(one) && one.match.principal === 'account');
  const refuse = (type: PolicyType, near: readonly Found[]): Decision => ({
    allowed: false,
    explicit: false,
    type,
    because: near.flatMap(nearMissText),
  });
  const allow = (...by: readonly (readonly Found[])[]): Decision => ({
    allowed: true,
    by: by.flatMap((some) => some.map(({ statement }) => statement)),
  });
  if (principal.kind === 'service') {
    return direct.length > 0 ? allow(direct) : refuse('resource-based policy', found.resource);
  }
  if (resourceKind === 'trusting' && direct.length + delegated.length === 0) {
    return refuse('resource-based policy', found.resource);
  }
  if (identity.length + direct.length === 0) {
    return refuse('identity-based policy', [...found.identity, ...found.resource]);
  }
  // What a resource's policy gives to the role is bounded too; to its session alone it would not be.
  if (hasBoundary !== undefined && boundary.length === 0) return refuse('permissions boundary', found.boundary);
  return identity.length > 0 ? allow(identity, boundary, delegated) : allow(direct, boundary);
}

function allows({ statement, match }: Found): boolean {
  return statement.effect === 'Allow' && match.applies === 'yes';
}

function denialText({ statement, match }: Found): string {
  const unsure = match.applies === 'unknown' ? `, as far as can be judged: it has ${match.why}` : '';
  return `${statement.name} of ${statement.policy} denies it${unsure}`;
}

/** Statements that allow the action to this principal, but not here. */
function nearMissText({ statement, match }: Found): string[] {
  const isNear = match.applies === 'unknown' || match.part === 'resource' || match.part === 'condition';
  if (statement.effect !== 'Allow' || !isNear) return [];
  const why = match.applies === 'unknown' ? `it has ${match.why}` : match.why;
  return [`${statement.name} of ${statement.policy} does not: ${why}`];
}
