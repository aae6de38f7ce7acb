/**
 * How large the resource policy of a journey's function becomes: Lambda refuses one that is too large, in the middle of a
 * deployment.
 *
 * Owns: an estimate from below, so that nothing that fits is refused. A journey has two statements of ours, one for its one
 * rule and one for the redriver; the rest is what an author adds (`journey.fn.addPermission`, an API, a bucket).
 */
import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { quotas } from '../limits.js';
import { sentence } from './mistake.js';

/**
 * The least that a statement takes: its braces and names, an identifier, the action and the ARN of the function. Conditions
 * and principals come on top, as far as they are known.
 */
const leastStatementBytes = 240;
/** The least that something known only after deployment takes: an ARN. */
const leastTokenBytes = 40;

/** @returns a sentence for each mistake. */
export function policyMistakes(fn: lambda.Function): string[] {
  const stack = Stack.of(fn);
  const own = JSON.stringify(stack.resolve(fn.functionArn));
  const permissions = stack.node
    .findAll()
    .filter((node): node is lambda.CfnPermission => node instanceof lambda.CfnPermission)
    .filter(({ functionName }) => JSON.stringify(stack.resolve(functionName)) === own);
  const bytes = permissions.reduce((sum, permission) => sum + statementBytes(stack, permission), 0);
  if (bytes <= quotas.functionPolicyBytes) return [];
  return [
    sentence({
      what: 'The resource policy of the function is too large: there is a statement for each permission.',
      got: `${permissions.length} permissions, at least ${bytes} bytes`,
      expected: `at most ${quotas.functionPolicyBytes} bytes`,
      fix: 'replace permissions of single resources by one with a wildcard in its sourceArn',
    }),
  ];
}

function statementBytes(stack: Stack, { principal, sourceArn, sourceAccount }: lambda.CfnPermission): number {
  const parts = [principal, sourceArn, sourceAccount].filter((part) => part !== undefined);
  return parts.reduce((sum, part) => sum + leastBytesOf(stack.resolve(part)), leastStatementBytes);
}

function leastBytesOf(resolved: unknown): number {
  return typeof resolved === 'string' ? Buffer.byteLength(resolved) : leastTokenBytes;
}
