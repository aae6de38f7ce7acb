/**
 * What authors do that nobody would think of: they throw what is no error, return what no record can hold, and change what they
 * were given. Must not know what the engine makes of it.
 */
import type { StepTools } from '../../lib/journey/step.js';
import type { Mistake, Odd, Unstorable } from './program.js';

/** Rejects with something that is no error as anyone expects it. */
export function failOddly(how: Odd): Promise<never> {
  return Promise.reject(oddly[how]());
}

const oddly: Readonly<Record<Odd, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  text: () => 'no error at all',
  frozen: () => Object.freeze(new Error('as it is')),
  getters: () => ({
    get name(): string {
      throw new Error('no name');
    },
    get message(): string {
      throw new Error('no message');
    },
  }),
  /** Whatever is done with it throws: an immer draft that was used too late, for one. */
  revoked: () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};

export function unstorableOf(how: Unstorable): unknown {
  if (how === 'bigint') return { deep: [10n] };
  if (how === 'function') return () => {};
  const circle: Record<string, unknown> = {};
  circle.itself = circle;
  return circle;
}

/** Changes an object through and through. What is frozen stays: its owner said so. */
export function meddleWith(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    meddleWith(inner);
    Reflect.set(value, name, Array.isArray(value) ? undefined : 'changed');
  }
  Reflect.set(value, 'added', true);
}

/** Calls a step as no step can be called. The types forbid all of it; plain JavaScript does not. */
export async function callMistaken(
  step: StepTools,
  { id, how }: { readonly id: string; readonly how: Mistake },
): Promise<void> {
  const wait = (options: object): Promise<unknown> =>
    step.waitForEvent(id, { event: 'A', timeout: '1h', ...options } as never);
  switch (how) {
    case 'event':
      await wait({ event: 'undeclared' });
      return;
    case 'id':
      return step.sleep('', '1h');
    case 'duration':
      return step.sleep(id, '1 hour' as never);
    case 'date':
      return step.sleepUntil(id, 'soon');
    case 'since':
      await wait({ since: 'ever' });
      return;
    case 'match':
      await wait({ match: 'data.other' });
      return;
    case 'if':
      await wait({ if: 'async.data.x.matches("a")' });
      return;
    case 'events':
      await step.waitForAny(id, { events: [], timeout: '1h' });
      return;
    case 'twice':
      await step.waitForAll(id, { events: ['A', { event: 'A' }], timeout: '1h' } as never);
      return;
    case 'within':
      await step.expectNone(id, { event: 'A', timeout: '1h' } as never);
      return;
    case 'data':
      await step.sendEvent(id, { name: 'A', data: [] as never });
  }
}
