/**
 * Policies that AWS manages, as far as functions commonly have them: they are in no template.
 *
 * Owns: what these few allow (AWS managed policy reference). Must not know: who has them.
 * Invariant: one that is not here allows nothing, and is named at the start.
 */

const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'] as const;
const queue = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'] as const;
const network = [
  ...[
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
  ],
  ...['ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'],
] as const;
const traces = [
  ...['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'],
  'xray:GetSamplingStatisticSummaries',
] as const;

/** Actions on every resource, by what follows `arn:aws:iam::aws:policy/`. */
const actionsOf: Readonly<Record<string, readonly string[]>> = {
  AWSXRayDaemonWriteAccess: traces,
  'service-role/AWSLambdaBasicExecutionRole': logs,
  'service-role/AWSLambdaSQSQueueExecutionRole': [...queue, ...logs],
  'service-role/AWSLambdaVPCAccessExecutionRole': [...logs, ...network],
};

/** @returns undefined for a policy that is not known here. */
export function managedPolicy(arn: string): unknown {
  const name = /^arn:[^:]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1] ?? '';
  const actions = Object.hasOwn(actionsOf, name) ? actionsOf[name] : undefined;
  return actions && { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
}
