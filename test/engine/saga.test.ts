/** Compensation by plain try/catch: what was done is undone, once each and in reverse order, wherever a process dies. */
import type { AnyJourney } from '../../lib/journey/definition.js';
import { StepError } from '../../lib/journey/errors.js';
import { journey } from './journeys.js';
import { type Invocation, ScriptedWorld, userFunction } from './scripted.js';

const steps = ['reserve', 'charge', 'ship'] as const;

/** Three steps; when one fails, the undos of those before it. */
const saga: AnyJourney = journey(
  async ({ step }) => {
    const undo: string[] = [];
    try {
      for (const name of steps) {
        await step.run(name, userFunction(name));
        undo.unshift(`undo ${name}`);
      }
      return 'done';
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      for (const name of undo) await step.run(name, userFunction(name));
      const cause = error.cause as Error | undefined;
      return [error.stepId, error.name, error.message, cause && `${cause.name}: ${cause.message}`, undo];
    }
  },
  { retries: 1 },
);

class Shop extends ScriptedWorld {
  /** What had an effect, in order. */
  readonly done: string[] = [];

  constructor(breaks: string) {
    super(saga);
    for (const name of [...steps, ...steps.map((step) => `undo ${step}`)]) {
      this.functions[name] = () => {
        if (name === breaks) throw new RangeError('no', { cause: new TypeError('why') });
        this.done.push(name);
      };
    }
  }

  /** Fires what is left, as late as leases may last, until nothing is. */
  async toTheEnd(): Promise<void> {
    for (let step = this.timersOf()[0]; step !== undefined; step = this.timersOf()[0]) {
      this.nowS += 400;
      await (await this.fire(step, { atS: this.nowS })).finish();
    }
  }
}

const expected: Readonly<Record<string, readonly string[]>> = {
  reserve: [],
  charge: ['reserve', 'undo reserve'],
  ship: ['reserve', 'charge', 'undo charge', 'undo reserve'],
};

test.each(steps)('a saga whose step %s fails for good undoes what was done, in reverse order', async (breaks) => {
  const shop = new Shop(breaks);
  await (await shop.event('U', 0)).finish();
  await shop.toTheEnd();
  const undone = expected[breaks]!.filter((name) => name.startsWith('undo'));
  expect(shop.done).toEqual(expected[breaks]);
  expect(shop.run('U0')).toMatchObject({
    status: 'completed',
    output: [breaks, 'RangeError', 'no', 'TypeError: why', undone],
  });
});

/** The trigger's invocation, then the retry of the failed step, each dead after so many calls. */
async function killed(at: number): Promise<{ shop: Shop; reached: boolean }> {
  const shop = new Shop('ship');
  let left = at;
  const until = async (invocation: Invocation): Promise<boolean> => {
    for (; left > 0 && !invocation.ended; left -= 1) await invocation.next();
    return invocation.ended;
  };
  if (!(await until(await shop.event('U', 0)))) {
    shop.nowS = 300;
    await (await shop.event('U', 0)).finish();
    await shop.toTheEnd();
    return { shop, reached: true };
  }
  const retry = await shop.fire('ship');
  const { delivery } = retry;
  const reached = !(await until(retry));
  if (reached) {
    shop.nowS += 400;
    await (await shop.deliver(delivery)).finish();
  }
  await shop.toTheEnd();
  return { shop, reached };
}

test('a saga is undone in reverse order wherever its process dies, and no step that was committed runs again', async () => {
  let at = 0;
  for (; ; at += 1) {
    const { shop, reached } = await killed(at);
    expect([at, shop.run('U0').status, shop.run('U0').output]).toEqual([
      at,
      'completed',
      ['ship', 'RangeError', 'no', 'TypeError: why', ['undo charge', 'undo reserve']],
    ]);
    // One may have run twice: the one whose result a death has kept from being committed.
    const once = shop.done.filter((name, index) => name !== shop.done[index - 1]);
    expect([at, once]).toEqual([at, expected.ship]);
    expect(shop.done.length).toBeLessThanOrEqual(expected.ship!.length + 1);
    if (!reached) break;
  }
  expect(at).toBeGreaterThan(8);
});
