/**
 * AWS::Lambda::Permission as a statement of a function's policy, the way Lambda writes it.
 *
 * Owns: what each of its properties becomes. Must not know: who invokes.
 * Invariant: a permission for a version or an alias is for that one alone, and one without a qualifier for the function
 * without one.
 */

import { type Properties, textOf } from '../template/properties.js';
import type { ResolvedResource, SandboxResources } from '../template/resources.js';
import { readPolicy, type Statement } from './statement.js';

interface InvokeStatement {
  /** Without a qualifier: whose policy it is. */
  readonly functionArn: string;
  readonly statement: Statement;
}

export function invokeStatement(
  { properties, logicalId }: ResolvedResource,
  resources: SandboxResources,
): InvokeStatement | undefined {
  const target = functionOf(String(properties.FunctionName));
  const fn = resources.functions.find(({ name }) => name === target.name);
  if (fn === undefined) return undefined;
  const document = {
    Version: '2012-10-17',
    Statement: {
      Sid: logicalId,
      Effect: 'Allow',
      Principal: principalOf(String(properties.Principal), resources.account),
      Action: properties.Action,
      Resource: target.qualifier === undefined ? fn.arn : `${fn.arn}:${target.qualifier}`,
      Condition: conditionsOf(properties),
    },
  };
  const [statement] = readPolicy(`the policy of function ${fn.name}`, document);
  return { functionArn: fn.arn, statement: statement! };
}

/** From a name, a partial ARN or an ARN, each with or without a qualifier. */
export function functionOf(nameOrArn: string): { readonly name: string; readonly qualifier: string | undefined } {
  const parts = nameOrArn.split(':');
  const at = parts.indexOf('function') + 1;
  return { name: parts[at] ?? nameOrArn, qualifier: parts[at + 1] };
}

function principalOf(principal: string, account: string): unknown {
  if (principal === '*') return '*';
  if (/^[\w.-]+\.amazonaws\.com(\.cn)?$/.test(principal)) return { Service: principal };
  return { AWS: /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal || account };
}

function conditionsOf(properties: Properties): Record<string, unknown> {
  const organization = textOf(properties.PrincipalOrgID);
  const account = textOf(properties.SourceAccount);
  const source = textOf(properties.SourceArn);
  const token = textOf(properties.EventSourceToken);
  const urlType = textOf(properties.FunctionUrlAuthType);
  const viaUrl = properties.InvokedViaFunctionUrl;
  const equals = {
    ...(organization && { 'aws:PrincipalOrgID': organization }),
    ...(account && { 'aws:SourceAccount': account }),
    ...(token && { 'lambda:EventSourceToken': token }),
    ...(urlType && { 'lambda:FunctionUrlAuthType': urlType }),
  };
  return {
    ...(Object.keys(equals).length > 0 && { StringEquals: equals }),
    ...(source && { ArnLike: { 'aws:SourceArn': source } }),
    ...(viaUrl !== undefined && { Bool: { 'lambda:InvokedViaFunctionUrl': String(viaUrl) } }),
  };
}
