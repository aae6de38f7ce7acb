/**
 * Every refusal is told, wherever it was decided: a handler may swallow the error, and a rule or a timer has nobody to tell.
 *
 * Owns: the activity of a refusal. Must not know: how it was decided.
 */

import type { Authorize, Caller } from '../seams.js';
import type { Report } from '../time/activity.js';

export function reportingRefusals(decide: Authorize, report: Report): Authorize {
  return (call) => {
    const decision = decide(call);
    if (!decision.allowed) {
      const { message, remedy } = decision;
      const { action, resource, caller } = call;
      report({ kind: 'access-denied', who: nameOf(caller), action, resource, message, remedy });
    }
    return decision;
  };
}

function nameOf(caller: Caller): string {
  if (caller.kind === 'function') return caller.functionName;
  return caller.kind === 'service' ? `${caller.service}.amazonaws.com for ${caller.sourceArn}` : 'outside';
}
