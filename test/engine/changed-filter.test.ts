/**
 * A filter that was changed by a deployment between two attempts at one event: what was taken stays taken, and an event stands in one
 * place whatever a filter says of it (docs/decisions/034).
 */
import type { Engine } from '../../lib/engine/handle.js';
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { ScriptedWorld, userFunction } from './scripted.js';

const passing = 'has(event.data.cart)';
const refusing = 'has(event.data.other)';

const mailing = async ({ step }: JourneyContext<never, never>): Promise<unknown> =>
  step.run('mail', userFunction('mail'));
const waiting = async ({ step }: JourneyContext<never, never>): Promise<unknown> =>
  (await step.waitForEvent('P' as never, { event: 'P', timeout: '1h' } as never)) === null ? 'none' : 'came';

/** Deploys a journey with another filter at will. */
class Redeployed extends ScriptedWorld {
  private trigger = passing;

  constructor(
    private readonly body: (context: JourneyContext<never, never>) => Promise<unknown>,
    private readonly cancels = false,
  ) {
    super(made(passing, body, cancels));
  }

  deploy(trigger: string): void {
    this.trigger = trigger;
  }

  override engine(): Engine {
    return { ...super.engine(), journey: made(this.trigger, this.body, this.cancels) };
  }
}

function made(
  trigger: string,
  body: (context: JourneyContext<never, never>) => Promise<unknown>,
  cancels: boolean,
): AnyJourney {
  const options = {
    id: 'check',
    triggers: [{ event: 'T', if: trigger }],
    key: 'data.cart',
    waitsFor: ['P'],
    ...(cancels && { cancelOn: [{ event: 'T' }] }),
    retries: 0,
  };
  return createJourney(options as never, body as never);
}

// Fails where handle.ts only tells what a filter refuses: its retry is acknowledged, and nobody comes back for the lease.
test('a run that an attempt began before it died goes on at its retry, though the filter refuses its trigger now', async () => {
  const world = new Redeployed(mailing);
  const first = await world.event('T', 0);
  await first.through('begin'); // The run is leased now; then the process dies.
  world.deploy(refusing);
  world.nowS += 180;
  expect(await (await world.deliver(first.delivery)).finish()).toBe('acknowledged');
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'mail done' });
});

// Fails where a refused trigger stands at an event's place: as a newer event, it would cancel the run that it has started.
test('a duplicate that a newer filter refuses does not cancel the run that the event has started', async () => {
  const world = new Redeployed(waiting, true);
  const first = await world.event('T', 0);
  await first.finish();
  world.deploy(refusing);
  expect(await (await world.deliver(first.delivery)).finish()).toBe('acknowledged');
  expect(world.run('T0').status).toBe('active');
  await (await world.event('P', 30)).finish();
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'came' });
});

test('an event that was refused starts its run when it comes again to a filter that takes it, and is not cancelled by its own record', async () => {
  const world = new Redeployed(waiting, true);
  world.deploy(refusing);
  const first = await world.event('T', 0);
  await first.finish();
  world.deploy(passing);
  expect(await (await world.deliver(first.delivery)).finish()).toBe('acknowledged');
  expect(world.run('T0').status).toBe('active');
});

test('an event that a filter refuses, and that is nothing else, costs one look and no write', async () => {
  const world = new Redeployed(mailing);
  world.deploy(refusing);
  const invocation = await world.event('T', 0);
  const calls: string[] = [];
  while (invocation.at !== 'acknowledged' && !invocation.at.startsWith('threw')) calls.push(await invocation.next());
  expect(calls).toEqual(['look']);
});
