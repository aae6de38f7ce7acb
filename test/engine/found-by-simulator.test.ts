/**
 * What the simulator has found in the engine since its worlds have retention, several journeys and odd authors. The comment above a
 * test names the change that it fails with.
 */
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { type Invocation, ScriptedWorld, tenMs, userFunction } from './scripted.js';

const acceptLateS = 6 * 3_600;

function short(
  body: (context: JourneyContext<string, string>) => Promise<unknown>,
  maxDuration: number | '1d' = '1d',
): AnyJourney {
  return createJourney(
    {
      id: 'check',
      triggers: [{ event: 'T' }],
      key: 'data.cart',
      waitsFor: ['P'],
      retries: 0,
      acceptLate: acceptLateS * 1_000,
      maxDuration,
    },
    body as never,
  );
}

describe('an event that was taken in time by an attempt that died', () => {
  // Fails without `wasTaken` in handle.ts: the retry is refused as too late, and nobody comes back for the lease. Decision 014.
  test('is still taken by its retry, however late that is, so that the run does not stay leased for ever', async () => {
    const world = new ScriptedWorld(short(async ({ step }) => step.run('mail', userFunction('mail'))));
    const first = await late(world, 'T', 1);
    await first.through('begin'); // The run is leased now; then the process dies.
    world.nowS += 180;
    expect(await (await world.deliver(first.delivery)).finish()).toBe('acknowledged');
    expect(world.run('T1')).toMatchObject({ status: 'completed', output: 'mail done' });
  });

  // Fails where `wasTaken` trusts that nothing is kept for longer than acceptLate + maxDuration: an active run is (seed 49122).
  test('is still taken by its retry, however short the life of its run', async () => {
    const world = new ScriptedWorld(short(async ({ step }) => step.run('mail', userFunction('mail')), 14_000));
    const first = await late(world, 'T', 1);
    await first.through('begin');
    world.nowS += 180;
    expect(await (await world.deliver(first.delivery)).finish()).toBe('acknowledged');
    expect(world.run('T1')).toMatchObject({ status: 'completed' });
  });

  // Fails where the look begins at `now - acceptLate - maxDuration` whenever the event came first (look.ts).
  test('finds the run that it holds, even if that was as old as can be when the event came', async () => {
    const lastS = 86_400 - 60;
    const world = new ScriptedWorld(
      short(async ({ step }) => {
        await step.waitForEvent('P', { event: 'P', timeout: lastS * 1_000 });
        await step.run('mail', userFunction('mail'));
      }),
    );
    await (await world.event('T', 1)).finish();
    const first = await late(world, 'P', lastS);
    await first.through('commit'); // The match is written with a lease.
    world.nowS += 180;
    expect(await (await world.deliver(first.delivery)).finish()).toBe('acknowledged');
    expect(world.run('T1')).toMatchObject({ status: 'completed' });
  });

  test('fails for one that nobody had recorded: it is refused as before, and leaves nothing', async () => {
    const world = new ScriptedWorld(short(async ({ step }) => step.run('mail', userFunction('mail'))));
    const first = await late(world, 'T', 1); // Dies before it records anything.
    world.nowS += 180;
    expect(await (await world.deliver(first.delivery)).finish()).toBe('threw TooLate');
    expect(world.records.runs()).toEqual([]);
  });
});

/** Arrives a minute before it would be too late. */
function late(world: ScriptedWorld, name: string, s: number): Promise<Invocation> {
  world.nowS = s + acceptLateS - 60;
  const event = {
    id: `${name}${s}`,
    name,
    data: { cart: '42', mark: '' },
    source: 'test',
    timeMs: tenMs + s * 1_000,
    hops: 0,
  };
  return world.deliver({ kind: 'event', event, requestId: `request of ${name}${s}` });
}

// Fails without the guards of `storedError` (result.ts) and `isMarked` (errors.ts): the engine throws where it should record the
// failure, the step runs again with every retry, and the run never ends.
test('a step that throws what cannot even be asked (a revoked proxy) fails its step like any other', async () => {
  const revoked = (): unknown => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  const world = new ScriptedWorld(short(async ({ step }) => step.run('mail', () => Promise.reject(revoked()))));
  await (await world.event('T', 1)).finish();
  expect(world.run('T1')).toMatchObject({ status: 'failed', steps: expect.any(Map) });
  expect(world.step('T1', 'mail')).toBe('failed');
});

// Fails without `copied` in script.ts. The simulator gives it away as well, since its authors meddle with what they are given.
test('code that changes the events and results that it was given changes nothing on record', async () => {
  const meddle = (value: unknown): void => void Object.assign(value as object, { cart: 'changed', text: 'changed' });
  const world = new ScriptedWorld(
    short(async ({ event, step }) => {
      const { cart } = event.data as { cart: string };
      meddle(event.data);
      const { text } = await step.run('mail', () => ({ text: 'sent' }));
      const mail = await step.run('again', () => ({ text: 'sent again' }));
      meddle(mail);
      await step.waitForEvent('P', { event: 'P', timeout: '1h' });
      return [cart, text, (await step.run('last', () => mail)).text];
    }),
  );
  await (await world.event('T', 1)).finish();
  await (await world.event('P', 2)).finish();
  expect(world.run('T1').output).toEqual(['42', 'sent', 'changed']);
  expect(world.run('T1').trigger).not.toMatchObject({ data: { cart: 'changed' } });
});
