/**
 * The right to write a log, which a function's role needs as much as any other and nothing tells of when it is missing.
 *
 * Owns: what Lambda does in the role's name when an environment starts. Must not know: how it is decided.
 * Refused, the refusal is told (iam/report.ts) and nothing else changes: the sandbox shows the lines all the same.
 */

import type { Authorize } from '../seams.js';
import type { FunctionResource } from '../template/resources.js';

export function askForLog(authorize: Authorize, fn: FunctionResource, streamName: string): void {
  const caller = { kind: 'function', functionName: fn.name, roleArn: fn.roleArn, requestId: undefined } as const;
  const where = fn.arn.split(':').slice(0, 5).join(':').replace(':lambda:', ':logs:');
  const resource = `${where}:log-group:${fn.logGroupName}:log-stream:${streamName}`;
  for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) authorize({ caller, action, resource });
}
