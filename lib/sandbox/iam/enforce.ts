/**
 * Permissions as AWS would decide them, from the template's own policies.
 *
 * Owns: who a caller is to IAM, which policies count for a call, the keys of encryption that a call needs too, and what to
 * tell a developer about a refusal. Must not know: HTTP, what a call does.
 * Invariants: whoever calls from outside is the account's owner and may do everything; a role that is not in the template may
 * do nothing.
 */

import type { Authorization, AuthorizeBy, AuthorizedCall, Caller, UsedStatement } from '../seams.js';
import type { SandboxResources } from '../template/resources.js';
import { type Context, globalKeys, type Keys, keysOfRole, keysOfService, toContext } from './context.js';
import { neededKeys } from './encryption.js';
import { type Decision, evaluate, type Policies } from './evaluate.js';
import type { Principal } from './match.js';
import type { Question } from './question.js';
import { type RolePolicies, readTemplatePolicies, type TemplatePolicies } from './template-policies.js';
import { refusalText } from './wording.js';

interface Who {
  readonly principal: Principal;
  readonly keys: Keys;
  /** Undefined for a service that calls in its own name. */
  readonly role: RolePolicies | undefined;
  /** Statements that let it assume the role. */
  readonly trusted: readonly UsedStatement[];
}

/** Nobody, and what to do about it. */
interface Nobody {
  readonly refusal: Authorization;
}

export const enforcePolicies: AuthorizeBy = (resources, nowMs = Date.now) => {
  const enforcement = new Enforcement(resources, readTemplatePolicies(resources), nowMs);
  return (call) => enforcement.authorize(call);
};

class Enforcement {
  constructor(
    private readonly resources: SandboxResources,
    private readonly policies: TemplatePolicies,
    private readonly nowMs: () => number,
  ) {}

  authorize(call: AuthorizedCall): Authorization {
    const { caller } = call;
    if (caller.kind === 'outside') return { allowed: true };
    const who = this.whoIs(caller);
    if ('refusal' in who) return who.refusal;
    const asked = this.ask(who, call);
    if (!asked.allowed) return asked;
    const by = [...who.trusted, ...(asked.by ?? [])];
    for (const question of neededKeys(call, this.resources)) {
      const answer = this.ask(who, question);
      if (!answer.allowed) return answer;
      by.push(...(answer.by ?? []));
    }
    return { allowed: true, by };
  }

  /** One of its resources is enough. */
  private ask(who: Who, question: Question): Authorization {
    const candidates = [question.resource, ...(question.orResources ?? [])];
    const answers = candidates.map((resource) => this.answer(who, { ...question, resource }));
    return answers.find(({ allowed }) => allowed) ?? answers[0]!;
  }

  private answer(who: Who, { action, resource, keys = {} }: Question): Authorization {
    const context = this.contextOf(who, keys);
    const decision = evaluate(
      { principal: who.principal, action, resource, context },
      this.policiesFor(who, action, resource),
    );
    if (decision.allowed) {
      return {
        allowed: true,
        by: decision.by.map(({ policy, name }) => ({ action, resource, policy, statement: name })),
      };
    }
    const message = refusalText({ principal: nameOf(who.principal), action, resource }, decision);
    return { allowed: false, message, remedy: remedyFor(who, action, resource, decision) };
  }

  private contextOf(who: Who, keys: Keys): Context {
    const { account, region } = this.resources;
    return toContext(globalKeys({ account, region, nowMs: this.nowMs() }), who.keys, keys);
  }

  private policiesFor(who: Who, action: string, resource: string): Policies {
    const isTrust = action === 'sts:AssumeRole';
    return {
      identity: who.role?.identity ?? [],
      boundary: who.role?.boundary,
      resource: isTrust ? (this.policies.roles.get(resource)?.trust ?? []) : this.policyOf(action, resource),
      resourceKind: isTrust || action.startsWith('kms:') ? 'trusting' : 'ordinary',
    };
  }

  /** A role's own policy says who may assume it, not who may pass it. */
  private policyOf(action: string, resource: string): Policies['resource'] {
    if (action.startsWith('iam:')) return [];
    const [, owner = resource] =
      /^(arn:[^:]+:(?:lambda:[^:]+:\d+:function:[^:]+|dynamodb:[^:]+:\d+:table\/[^/]+))/.exec(resource) ?? [];
    return this.policies.resources.get(owner) ?? [];
  }

  private whoIs(caller: Exclude<Caller, { kind: 'outside' }>): Who | Nobody {
    if (caller.kind === 'function') return this.assumed(caller.roleArn, `lambda.amazonaws.com`, caller.functionName);
    const service = `${caller.service}.amazonaws.com`;
    // Scheduler's schedules are trusted by their group, never one by one.
    const arn = caller.sourceArn.replace(/:schedule\/([^/]+)\/.*$/, ':schedule-group/$1');
    const source = caller.service === 'scheduler' ? { arn, account: this.resources.account } : { arn };
    if (caller.roleArn === undefined) {
      return serviceItself(service, source);
    }
    return this.assumed(caller.roleArn, service, caller.service, source);
  }

  /** What a service is after it has assumed the role, if it may. */
  private assumed(
    roleArn: string | undefined,
    service: string,
    session: string,
    source: Parameters<typeof keysOfService>[1] = {},
  ): Who | Nobody {
    const role = this.policies.roles.get(roleArn ?? '');
    if (roleArn === undefined || role === undefined) {
      const message = `User: ${roleArn ?? session} is not authorized: its role is not in the template, and its policies are not known`;
      return { refusal: { allowed: false, message, remedy: 'make the role in this app' } };
    }
    const trust = this.answer(serviceItself(service, source), { action: 'sts:AssumeRole', resource: role.arn });
    if (!trust.allowed) return { refusal: trust };
    const { account } = this.resources;
    const sessionArn = `arn:aws:sts::${account}:assumed-role/${role.name}/${session}`;
    const principal = { kind: 'role', account, roleArn, sessionArn } as const;
    return { principal, keys: keysOfRole(roleArn, account), role, trusted: trust.by ?? [] };
  }
}

function serviceItself(service: string, source: Parameters<typeof keysOfService>[1]): Who {
  const principal = { kind: 'service', name: service } as const;
  return { principal, keys: keysOfService(service, source), role: undefined, trusted: [] };
}

function nameOf(principal: Principal): string {
  return principal.kind === 'service' ? principal.name : principal.sessionArn;
}

/** What a developer would change. */
function remedyFor(
  who: Who,
  action: string,
  resource: string,
  decision: Decision & { readonly allowed: false },
): string {
  const because = decision.because.join('; ');
  if (decision.explicit) return because;
  const grant = JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource });
  const where =
    who.role === undefined
      ? `the policy of ${resource} must allow it to ${nameOf(who.principal)}`
      : `role ${who.role.name} needs ${grant}`;
  return because === '' ? where : `${where} (${because})`;
}
