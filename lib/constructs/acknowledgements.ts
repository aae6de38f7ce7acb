/**
 * What a security checker (cdk-nag's AwsSolutions) finds in our constructs and is wanted, each with the reason.
 *
 * Owns: the ids of those findings. Knows no checker: an app that adds none sees nothing of this.
 * Invariant: only statements of ours, found by their Sid, are acknowledged; what an author grants stays for the author to answer.
 */
import { type Acknowledgment, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * Wildcards in the statements with these Sids. The findings name the resources as they stand in the template, which is known
 * only when references between stacks are: when the tree is validated, before any checker looks.
 *
 * @param reasons by Sid.
 */
export function acknowledgeWildcards(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  const validate = (): string[] => {
    const policies = scope.node.findAll().filter((node): node is iam.CfnPolicy => node instanceof iam.CfnPolicy);
    for (const policy of policies) Validations.of(policy).acknowledge(...wildcardsOf(policy, reasons));
    return [];
  };
  scope.node.addValidation({ validate });
}

function wildcardsOf(policy: iam.CfnPolicy, reasons: Readonly<Record<string, string>>): Acknowledgment[] {
  return statementsOf(policy).flatMap(({ Sid = '', Resource }) => {
    const reason = reasons[Sid];
    const wildcards = [Resource]
      .flat()
      .map(flat)
      .filter((resource) => resource.includes('*'));
    return reason === undefined ? [] : wildcards.map((resource) => ({ id: wildcardOn(resource), reason }));
  });
}

function wildcardOn(resource: string): string {
  return `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`;
}

interface Statement {
  readonly Sid?: string;
  readonly Resource?: unknown;
}

function statementsOf(policy: iam.CfnPolicy): Statement[] {
  return Stack.of(policy).resolve(policy.policyDocument)?.Statement ?? [];
}

/** How cdk-nag writes a reference: `<LogicalId.Arn>`. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value.replaceAll('${', '<').replaceAll('}', '>');
  const [intrinsic, argument] = Object.entries((value ?? {}) as Record<string, unknown>)[0] ?? [];
  switch (intrinsic) {
    case 'Fn::Join': {
      const [delimiter, items] = argument as [string, unknown[]];
      return items.map(flat).join(delimiter);
    }
    case 'Fn::GetAtt':
      return `<${(argument as unknown[]).map(flat).join('.')}>`;
    case 'Fn::Sub':
    case 'Fn::ImportValue':
      return flat(argument);
    case 'Ref':
      return `<${flat(argument)}>`;
    default:
      return value === undefined ? '' : JSON.stringify(value);
  }
}
