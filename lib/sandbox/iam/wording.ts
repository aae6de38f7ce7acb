/**
 * How services say that a call is refused: each in its own words.
 *
 * Owns: the message, the error's code and status. Must not know: how it was decided.
 */

import type { Decision } from './evaluate.js';

export interface RefusedCall {
  /** As AWS names it: the session's ARN, or `events.amazonaws.com`. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

export function refusalText(call: RefusedCall, decision: Decision & { readonly allowed: false }): string {
  const { principal, resource } = call;
  const [service, name] = call.action.split(':') as [string, string];
  if (service === 'ses')
    return `User \`${principal}' is not authorized to perform \`${call.action}' on resource \`${resource}'`;
  // SQS writes its actions in small letters.
  const action = service === 'sqs' ? `sqs:${name.toLowerCase()}` : call.action;
  const article = decision.type === 'identity-based policy' ? 'an' : 'a';
  const reason = decision.explicit
    ? `with an explicit deny in ${article} ${decision.type}`
    : `because no ${decision.type} allows the ${action} action`;
  return `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
}

/** The error of an API. */
export function refusalError(service: string): { readonly code: string; readonly status: number } {
  if (service === 'sqs') return { code: 'AccessDenied', status: 403 };
  return { code: 'AccessDeniedException', status: service === 'dynamodb' || service === 'events' ? 400 : 403 };
}
