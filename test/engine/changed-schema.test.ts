/**
 * A schema that was changed, or that changes its mind, between two attempts at one event: what was taken stays taken
 * (docs/decisions/035).
 */
import { z } from 'zod';
import { createJourney } from '../../lib/journey/definition.js';
import { eventType } from '../../lib/journey/event.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { ScriptedWorld, userFunction } from './scripted.js';

let strict = false;
beforeEach(() => {
  strict = false;
});
const schema = z.object({}).refine(() => !strict);

function journey(body: (context: JourneyContext<never, never>) => Promise<unknown>): ScriptedWorld {
  const options = {
    id: 'check',
    triggers: [{ event: eventType('T', { schema }) }],
    key: 'data.cart',
    waitsFor: [eventType('P', { schema })],
    retries: 0,
  };
  return new ScriptedWorld(createJourney(options, body as never));
}
const waiting = async ({ step }: JourneyContext<never, never>): Promise<unknown> => {
  await step.waitForEvent('P' as never, { event: 'P', timeout: '1h' } as never);
  return step.run('mail', userFunction('mail'));
};
const mailing = async ({ step }: JourneyContext<never, never>): Promise<unknown> =>
  step.run('mail', userFunction('mail'));

// Fails where handle.ts asks `wasTaken` for what is too late only: the retry is refused, and nobody comes back for the lease.
test('a trigger that an attempt took before it died is taken by its retry, though the schema refuses it now', async () => {
  const world = journey(mailing);
  const first = await world.event('T', 0);
  await first.through('begin'); // The run is leased now; then the process dies.
  strict = true;
  world.nowS += 180;
  expect(await (await world.deliver(first.delivery)).finish()).toBe('acknowledged');
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'mail done' });
});

test('an awaited event that was noted before a process died is taken by its retry', async () => {
  const world = journey(waiting);
  await (await world.event('T', 0)).finish();
  const first = await world.event('P', 60);
  await first.through('commit'); // Matched, and the lease for the mail; then it dies.
  strict = true;
  world.nowS += 180;
  expect(await (await world.deliver(first.delivery)).finish()).toBe('acknowledged');
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'mail done' });
});

test('fails for an event that is not on record yet, at every attempt, until the schema takes it again', async () => {
  const world = journey(waiting);
  await (await world.event('T', 0)).finish();
  strict = true;
  const first = await world.event('P', 60);
  expect(await first.finish()).toBe('threw SchemaMismatch');
  expect(await (await world.deliver(first.delivery)).finish()).toBe('threw SchemaMismatch');
  expect(world.run('T0')).toMatchObject({ status: 'active' });
  strict = false;
  expect(await (await world.deliver(first.delivery)).finish()).toBe('acknowledged');
  expect(world.run('T0')).toMatchObject({ status: 'completed' });
});

test('what is on record is not asked again: a timer goes on with a run whose trigger would be refused now', async () => {
  const world = journey(waiting);
  await (await world.event('T', 0)).finish();
  strict = true;
  expect(await (await world.fire('P')).finish()).toBe('acknowledged');
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'mail done' });
});

test('what a run sends is checked when it is sent: the step fails, nothing is on the bus, and no replay asks again', async () => {
  const type = eventType('M', { schema: z.object({ n: z.number() }).refine(({ n }) => n > 0 && !strict) });
  const world = journey(async ({ step }) => {
    const sent = await step.sendEvent('good', type.create({ n: 1 }));
    strict = true;
    const failed = await step.sendEvent('odd', [{ name: 'N', data: {} }, type.create({ n: 1 })]).catch((e) => e.name);
    return [sent.ids.length, failed];
  });
  expect(await (await world.event('T', 0)).finish()).toBe('acknowledged');
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: [1, 'InvalidEvent'] });
  expect(world.sent.map(({ name }) => name)).toEqual(['M']);
});
