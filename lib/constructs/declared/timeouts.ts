/**
 * Whether `timeouts` of a declared journey name steps that there are: one that does not would be ignored, and the staging
 * account would wait as long as production.
 *
 * Knows ids and kinds of steps. Of a journey of code they are not known at synth, so nothing is asked there.
 */
import type { IConstruct } from 'constructs';
import { allSteps, type DeclaredJourney } from '../../journey/declared/form.js';
import { JourneyConstructError } from '../mistake.js';

/** @throws JourneyConstructError */
export function checkDeclaredTimeouts(
  scope: IConstruct,
  timeouts: object = {},
  declaration: DeclaredJourney | undefined,
): void {
  if (!declaration) return;
  const timed = allSteps(declaration.steps).flatMap((step) =>
    step.kind === 'wait' || step.kind === 'sleep' ? [step.id] : [],
  );
  const unknown = Object.keys(timeouts).find((id) => !timed.includes(id));
  if (unknown === undefined) return;
  throw new JourneyConstructError(scope, {
    what: `timeouts['${unknown}'] is for a step that there is not.`,
    got: unknown,
    expected: `the id of a wait or a sleep: ${timed.join(', ') || '(there is none)'}`,
    fix: timed.length > 0 ? `write for example timeouts: { '${timed[0]}': Duration.minutes(5) }` : 'leave timeouts out',
  });
}
