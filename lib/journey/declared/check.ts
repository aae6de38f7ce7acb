/**
 * What can be wrong with a declared journey, before any event comes.
 *
 * Owns: the checks of its shape, ids, times and counts. What createJourney checks (event names, key, cancellations) it leaves
 * to that. Invariant: a declaration that passes fails at run time only for what events hold.
 */
import { limits } from '../../limits.js';
import { durationMs } from '../duration.js';
import { JourneyError } from '../errors.js';
import { assertEventName } from '../event.js';
import { allSteps, type DeclaredJourney, type DeclaredMs, type DeclaredStep } from './form.js';
import { checkScopes, nameOf, referencesOfStep } from './scope.js';
import { knownMs } from './time.js';

const kinds: readonly string[] = ['wait', 'sleep', 'sleepUntil', 'choice', 'send', 'invoke', 'end', 'fail'];

/**
 * @param deployed names that `$.deployed.<name>` may name.
 * @throws JourneyError InvalidDeclaration, InvalidReference, InvalidDuration, InvalidEventName
 */
export function checkDeclaration(declaration: DeclaredJourney, deployed: readonly string[]): void {
  const { id, steps } = declaration;
  if (!Array.isArray(steps) || steps.length === 0) {
    throw invalid(`Journey '${id}' declares no steps.`, steps, 'at least one', "add steps: [JourneyStep.sleep('...')]");
  }
  const all = allSteps(steps);
  for (const step of all) {
    if (!kinds.includes(step?.kind)) {
      throw invalid(`Journey '${id}' declares a step of no known kind.`, step, kinds.join(', '), 'use JourneyStep');
    }
    checkOne(step, declaration);
    checkDeployed(step, deployed);
  }
  checkIds(all);
  checkScopes(steps);
}

function checkOne(step: DeclaredStep, declaration: DeclaredJourney): void {
  switch (step.kind) {
    case 'wait':
      assertEventName(step.event, `event of wait '${step.id}'`);
      checkTime(step.timeoutMs, `timeout of wait '${step.id}'`, declaration);
      return;
    case 'sleep':
      checkTime(step.ms, `duration of sleep '${step.id}'`, declaration);
      return;
    case 'sleepUntil':
      if (step.beforeMs !== undefined) knownTime(step.beforeMs, `time before the date of '${step.id}'`);
      return;
    case 'choice':
      if (step.when.length > 0) return;
      throw invalid(`Choice '${step.id}' has nothing to choose from.`, step.when, 'at least one condition', 'add one');
    case 'send':
      assertEventName(step.event, `event that step '${step.id}' sends`);
      return;
    case 'invoke':
      checkRetries(step.id, step.retries, declaration.retries ?? limits.defaultRetries);
      return;
    default:
      return;
  }
}

/** @returns undefined where only the deployment knows it: then the step checks it when the run comes to it. */
function knownTime(time: DeclaredMs, what: string): number | undefined {
  const ms = knownMs(time);
  if (ms !== undefined) return durationMs(ms, what);
  const { amount, unitMs } = time as Exclude<DeclaredMs, number>;
  if (/^\$\.deployed\.\w+$/.test(amount) && Number.isSafeInteger(unitMs) && unitMs > 0) return undefined;
  throw new JourneyError('InvalidDuration', {
    what: `The ${what} cannot be used.`,
    got: JSON.stringify(time),
    expected: "milliseconds, or { amount: '$.deployed.<name>', unitMs } for what only the deployment knows",
    fix: 'write milliseconds',
  });
}

function checkTime(
  time: DeclaredMs,
  what: string,
  { maxDurationMs = limits.defaultMaxDurationMs }: DeclaredJourney,
): void {
  const ms = knownTime(time, what);
  if (ms !== undefined && ms > maxDurationMs) {
    throw new JourneyError('InvalidDuration', {
      what: `The ${what} is longer than the journey may last.`,
      got: `${ms} ms`,
      expected: `at most maxDuration, ${maxDurationMs} ms`,
      fix: 'shorten it, or lengthen maxDuration',
    });
  }
}

function checkRetries(id: string, retries: number | undefined, most: number): void {
  if (retries === undefined || (Number.isInteger(retries) && retries >= 0 && retries <= most)) return;
  throw invalid(
    `The retries of step '${id}' cannot be used.`,
    retries,
    `a whole number from 0 to the journey's retries, ${most}`,
    "lower it, or raise the journey's retries",
  );
}

const idShape = /^[A-Za-z0-9_-]+$/;

function checkIds(steps: readonly DeclaredStep[]): void {
  const seen = new Set<string>();
  for (const step of steps) {
    if (!('id' in step)) continue;
    if (typeof step.id !== 'string' || !idShape.test(step.id) || step.id.length > limits.stepIdChars) {
      throw invalid(
        'The id of a step cannot be used.',
        step.id,
        `letters, digits, hyphens and underscores, ${limits.stepIdChars} at most`,
        "write for example 'wait-for-outreach'",
      );
    }
    if (seen.has(step.id)) {
      throw invalid(
        'Two steps have one id.',
        step.id,
        'ids that differ: results are kept and referred to by them',
        'rename one',
      );
    }
    seen.add(step.id);
  }
}

function checkDeployed(step: DeclaredStep, names: readonly string[]): void {
  const unknown = referencesOfStep(step).find(
    ({ root, path }) => root === 'deployed' && (path.length !== 1 || !names.includes(path[0]!)),
  );
  if (unknown === undefined) return;
  throw new JourneyError('InvalidReference', {
    what: `A reference of ${nameOf(step)} names nothing that the deployment knows.`,
    got: unknown.text,
    expected: names.length === 0 ? 'none: the declaration has no tokens' : `one of ${names.join(', ')}`,
    fix: 'write the token itself: the construct makes a reference of it',
  });
}

function invalid(what: string, got: unknown, expected: string, fix: string): JourneyError {
  return new JourneyError('InvalidDeclaration', { what, got, expected, fix });
}
