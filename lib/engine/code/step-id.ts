/**
 * Which ids a step may have. Pure. Invariant: what an id is refused for is known before the step has done anything, so a call
 * whose wait could not be named is not published.
 */
import { JourneyError } from '../../journey/errors.js';
import { limits } from '../../limits.js';
import { finishStep } from '../decision/timeouts.js';
import { plainCode } from './plan.js';

/** Goes behind the id of a call: the step that waits for its return. */
export const ofReturn = ' (return)';

/** @throws JourneyError InvalidStepId */
export function assertCallId(id: string): void {
  const most = limits.stepIdChars - ofReturn.length;
  if (id.length <= most) return;
  throw new JourneyError('InvalidStepId', {
    what: 'A step.invoke has an id that is too long.',
    got: id,
    expected: `a text of 1 to ${most} characters, because the wait for its return is named after it`,
    fix: "shorten it: step.invoke('charge', ...)",
  });
}

/** @throws JourneyError InvalidStepId */
export function assertStepId(id: unknown): void {
  const named = typeof id === 'string' && id.length > 0 && id.length <= limits.stepIdChars && id.isWellFormed();
  if (!named || id === plainCode || id === finishStep) {
    throw new JourneyError('InvalidStepId', {
      what: 'A step has an id that cannot be used.',
      got: id,
      expected: `a text of 1 to ${limits.stepIdChars} characters, none of them half a surrogate pair`,
      fix: "name the step: step.run('send-reminder', ...)",
    });
  }
}
