/**
 * Whether CloudWatch Logs may use the keys that the template gives its log groups: CloudFormation makes no group without.
 *
 * Owns: what Logs asks of a key, in its own name. Must not know: other users of keys.
 * Told at the start, since nothing in a running sandbox ever asks: it keeps logs itself.
 */

import { textOf } from '../template/properties.js';
import type { SandboxResources } from '../template/resources.js';
import { globalKeys, keysOfService, toContext } from './context.js';
import { evaluate } from './evaluate.js';
import type { TemplatePolicies } from './template-policies.js';

const actions = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom'];

export function logKeyNotices(resources: SandboxResources, policies: TemplatePolicies): string[] {
  const { account, region } = resources;
  const service = `logs.${region}.amazonaws.com`;
  return resources.all.flatMap(({ type, logicalId, ref, properties }) => {
    const key = type === 'AWS::Logs::LogGroup' ? textOf(properties.KmsKeyId) : undefined;
    const keyPolicy = key === undefined ? undefined : policies.resources.get(key);
    // A key of another app: its policy cannot be seen here.
    if (key === undefined || keyPolicy === undefined) return [];
    const context = toContext(globalKeys({ account, region, nowMs: Date.now() }), keysOfService(service, {}), {
      'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${region}:${account}:log-group:${ref}`,
    });
    const refused = actions.filter((action) => {
      const request = { principal: { kind: 'service', name: service } as const, action, resource: key, context };
      return !evaluate(request, { identity: [], boundary: undefined, resource: keyPolicy, resourceKind: 'trusting' })
        .allowed;
    });
    if (refused.length === 0) return [];
    return [
      `log group ${logicalId}: its key does not let ${service} do ${refused.join(', ')}, and AWS would not make it`,
    ];
  });
}
