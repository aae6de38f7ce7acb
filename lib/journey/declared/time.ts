/**
 * Times of a declared journey: known when it is declared, or an amount that only the deployment knows.
 *
 * Owns: what such a time comes to in milliseconds. Knows no step.
 */
import { durationMs } from '../duration.js';
import type { DeclaredMs } from './form.js';
import { fill, type Scope } from './reference.js';

/** @returns undefined for what only the deployment knows. */
export function knownMs(time: DeclaredMs): number | undefined {
  return typeof time === 'object' && time !== null ? undefined : time;
}

/**
 * @param where names the step in messages.
 * @throws JourneyError MissingReference; InvalidDuration where the deployment's amount is no whole number above 0.
 */
export function msOf(time: DeclaredMs, scope: Scope, where: string): number {
  if (typeof time === 'number') return time;
  const amount = fill(time.amount, scope, where);
  // A parameter of the template comes as a number, or as its digits.
  const units = typeof amount === 'string' && /^\d{1,12}$/.test(amount) ? Number(amount) : amount;
  return durationMs(typeof units === 'number' ? units * time.unitMs : String(amount), `time of ${where}`);
}
