/**
 * What in the template's policies the sandbox does not understand, or AWS does not know: one line each, at the start.
 *
 * Owns: the looking through statements before anybody calls. Must not know: requests.
 * Whatever is named here allows nothing: a line says why a call that AWS might allow is refused.
 */

import type { SandboxResources } from '../template/resources.js';
import { actionNames } from './action-names.js';
import { hasSeveralValues, isKnownKey } from './context.js';
import { logKeyNotices } from './log-keys.js';
import { matchesText } from './pattern-text.js';
import type { Statement } from './statement.js';
import { readTemplatePolicies } from './template-policies.js';

export function policyNotices(resources: SandboxResources): string[] {
  const policies = readTemplatePolicies(resources);
  const { roles, resources: ofResources, unknown } = policies;
  const statements = [
    ...[...roles.values()].flatMap(({ trust, identity, boundary = [] }) => [...trust, ...identity, ...boundary]),
    ...[...ofResources.values()].flat(),
  ];
  const strangers = resources.functions.filter(({ roleArn }) => !roles.has(roleArn ?? ''));
  return [
    ...unknown.map(
      ({ role, policyArn }) => `role ${role} has ${policyArn}, which is not in the template: here it allows nothing`,
    ),
    ...strangers.map(
      ({ logicalId }) => `function ${logicalId} has a role that is not in the template: it may do nothing`,
    ),
    ...logKeyNotices(resources, policies),
    ...new Set(statements.flatMap((statement) => [...strangeParts(statement), ...strangeActions(statement)])),
  ];
}

/** These may decide something; only AWS could tell what. */
function strangeParts(statement: Statement): string[] {
  const { defects, conditions, policy, name, effect } = statement;
  const keys = conditions.flatMap(({ key, operator, parsed }) => {
    if (!isKnownKey(key)) return [`condition key ${key}`];
    const isPlain = parsed.operator !== undefined && parsed.set === undefined;
    return isPlain && hasSeveralValues(key) ? [`${operator} on ${key}, which may have several values,`] : [];
  });
  const then = effect === 'Allow' ? 'allows nothing' : 'denies whatever it may be about';
  return [...defects, ...keys].map(
    (part) => `${name} of ${policy} has ${part}, which the sandbox does not know: here it ${then}`,
  );
}

/** Patterns of actions of a service that the sandbox answers, and that none of its actions fits. */
function strangeActions({ actions, policy, name }: Statement): string[] {
  return actions.values
    .filter((pattern) => {
      const [service = '', action = ''] = pattern.toLowerCase().split(':');
      const names = Object.hasOwn(actionNames, service) ? actionNames[service]!.trim().split(/\s+/) : undefined;
      const how = { wildcards: true, ignoreCase: true, variableOf: undefined };
      return names !== undefined && !names.some((known) => matchesText(action, known, how) === 'yes');
    })
    .map((pattern) => `${name} of ${policy} names ${pattern}, which is no action of its service`);
}
