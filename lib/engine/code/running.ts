/**
 * Which step's function is running: a step cannot be called inside another one's function.
 *
 * Without this the inner call would get no answer for ever, because its replay is over while the function runs.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { JourneyError } from '../../journey/errors.js';

const runningStep = new AsyncLocalStorage<string>();

export function runAsStep<Result>(id: string, fn: () => Result): Result {
  return runningStep.run(id, fn);
}

/** @returns the mistake of calling a step here, if it is one. */
export function nestedStep(id: string): JourneyError | undefined {
  const outer = runningStep.getStore();
  if (outer === undefined) return undefined;
  return new JourneyError('NestedStep', {
    what: `Step '${id}' is called inside the function of step '${outer}'.`,
    expected: 'steps beside each other, not inside each other',
    fix: `call '${id}' before or after '${outer}'`,
  });
}
