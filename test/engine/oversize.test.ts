/**
 * What came in has no room in the document while a call is open: the run fails, its call is revoked, and nobody tries for ever.
 * The records refuse what the table would.
 */
import { returnId, revocationId } from '../../lib/engine/calls/call-identity.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { createJourney, referenceJourney } from '../../lib/journey/index.js';
import { type Invocation, ScriptedWorld } from './scripted.js';

const child = referenceJourney<AnyJourney>('child');
const textOf = (bytes: number) => ({ cart: '42', text: 'x'.repeat(bytes) });

/** A race of a wait and a call, or of a wait and a sleep. */
const racing = (called: boolean): AnyJourney =>
  createJourney(
    {
      ...{ id: 'caller', triggers: [{ event: 'T' }], key: 'data.cart', cancelOn: [{ event: 'X' }], invokes: [child] },
      waitsFor: ['P', 'Q'],
    },
    async ({ step }) => {
      const waited = step.waitForAny('PQ', { events: ['P', 'Q'], timeout: '1h' });
      const other = called
        ? step.invoke('call', { journey: child, data: { cart: '42' }, timeout: '1h' })
        : step.sleep('s', '1h');
      const first = (await Promise.race([waited, other])) as { name: string };
      return first.name;
    },
  );

const call = (world: ScriptedWorld) => world.sent.find(({ name }) => name.startsWith('sojourn/invoked'))!;
const revoked = (world: ScriptedWorld) => [
  ...new Set(world.sent.filter(({ name }) => name.startsWith('sojourn/revoked')).map(({ id }) => id)),
];

async function begun(triggerBytes: number, called = true): Promise<ScriptedWorld> {
  const world = new ScriptedWorld(racing(called));
  await (await world.event('T', 0, { data: textOf(triggerBytes) })).finish();
  return world;
}

test('a run that a large event ends with a call open fails, and its call is revoked', async () => {
  const world = await begun(210_000);

  expect(await (await world.event('P', 5, { data: textOf(210_000) })).finish()).toBe('acknowledged');

  const { status, error, trigger } = world.run('T0');
  expect({ status, error: error?.name }).toEqual({ status: 'failed', error: 'ResultTooLarge' });
  expect(error?.message).toMatch(/With what came in .*420738 bytes/);
  expect(world.step('T0', 'PQ')).toBe('matched P5');
  expect(trigger.data).toBeUndefined();
  expect(revoked(world)).toEqual([revocationId(call(world).id)]);
  expect(world.timersOf()).toEqual([]);
});

test('without a call, a run that ends with more than it could store ends as its code says', async () => {
  const world = await begun(210_000, false);

  await (await world.event('P', 5, { data: textOf(210_000) })).finish();

  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'P' });
});

test('with a call open, what fits is taken as ever', async () => {
  const world = await begun(150_000);

  await (await world.event('P', 5, { data: textOf(210_000) })).finish();

  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'P' });
  expect(revoked(world)).toHaveLength(1);
});

test('the return of the last call may be as large as it likes, where the code ends by it', async () => {
  const world = await begun(210_000);
  const { id } = call(world);
  world.nowS = 5;
  const event = {
    ...{
      id: returnId(id),
      name: 'sojourn/returned.caller',
      source: 'sojourn.child',
      hops: 2,
      timeMs: call(world).timeMs,
    },
    data: { journey: 'child', run: 'r', status: 'completed', output: { name: 'returned', text: 'x'.repeat(190_000) } },
    call: { id, caller: runIdOf(world.run('T0')) },
  };

  await (await world.deliver({ kind: 'event', event, requestId: 'request of the return' })).finish();

  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'returned' });
  expect(revoked(world)).toEqual([]);
});

async function stepped(invocation: Invocation, calls: number): Promise<void> {
  for (let made = 0; made < calls && !invocation.ended; made += 1) await invocation.next();
}

describe.each(['dies', 'fails', 'unanswered'] as const)('where an invocation or one of its calls %s', (fate) => {
  test('it ends by what was too large, whatever comes in between, and its call is revoked', async () => {
    for (let at = 0, reached = true; reached; at += 1) {
      const world = await begun(210_000);
      const invocation = await world.event('P', 5, { data: textOf(210_000) });
      await stepped(invocation, at);
      reached = !invocation.ended;
      if (reached && fate !== 'dies') {
        await invocation.next(fate);
        await invocation.finish();
      }
      const marked = world.step('T0', 'PQ') === 'matched P5';
      // Another event, which would end it otherwise, is taken first; then the same event comes back.
      if (invocation.at !== 'acknowledged') {
        world.nowS += 200;
        await (await world.event('Q', 4)).finish();
        expect(await (await world.event('P', 5, { data: textOf(210_000) })).finish()).toBe('acknowledged');
      }
      const run = world.run('T0');
      if (marked) expect(run.error?.name).toBe('ResultTooLarge');
      expect(run.lease).toBeUndefined();
      expect(['failed', 'completed']).toContain(run.status);
      // It never awaits a call again that it has revoked.
      expect(revoked(world)).toEqual([revocationId(call(world).id)]);
      expect(world.timersOf()).toEqual([]);
    }
  });

  test('a cancellation that comes first cancels it, and its call is revoked', async () => {
    const world = await begun(210_000);
    await (await world.event('P', 5, { data: textOf(210_000) })).through('commit');
    expect(world.run('T0')).toMatchObject({ status: 'active' });

    await (await world.event('X', 6)).finish();

    expect(world.run('T0')).toMatchObject({ status: 'cancelled' });
    expect(revoked(world)).toEqual([revocationId(call(world).id)]);
  });
});
