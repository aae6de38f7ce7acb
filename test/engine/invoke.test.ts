/** Calls, wherever an invocation or one of its calls fails: one called run, one return, and a revocation of what nobody awaits. */
import { callId, returnId, revocationId } from '../../lib/engine/calls/call-identity.js';
import type { Delivery } from '../../lib/engine/ports.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { createJourney, invoke, referenceJourney } from '../../lib/journey/index.js';
import { type Fate, ScriptedWorld, tenMs } from './scripted.js';

const child = referenceJourney<AnyJourney>('child');
const fates = ['dies', 'fails', 'unanswered', 'twice'] as const;

const caller = (isRace: boolean): AnyJourney =>
  createJourney(
    {
      id: 'caller',
      triggers: [{ event: 'T' }],
      key: 'data.cart',
      waitsFor: ['P'],
      cancelOn: [{ event: 'X' }],
      invokes: [child],
    },
    async ({ event, step }) => {
      const { cart } = event.data;
      const called = step
        .invoke('call', { journey: child, data: { cart }, timeout: '100s' })
        .catch(({ name }: Error) => name);
      return isRace ? Promise.race([called, step.waitForEvent('P', { event: 'P', timeout: '90s' })]) : called;
    },
  );

const called = createJourney(
  { id: 'called', triggers: [invoke()], key: 'data.cart', waitsFor: ['P'], cancelOn: [{ event: 'X' }] },
  async ({ step }) => (await step.waitForEvent('P', { event: 'P', timeout: '90s' })) !== null,
);

/** Delivers until it is acknowledged, as Lambda does; a dead lease is over by then. */
async function redelivered(world: ScriptedWorld, delivery: Delivery): Promise<void> {
  for (let again = 0; again < 3; again += 1) {
    if ((await (await world.deliver(delivery)).finish()) === 'acknowledged') return;
    world.nowS += 200;
  }
  throw new Error('it is never acknowledged');
}

interface Played {
  readonly world: ScriptedWorld;
  /** Whether there was a call at this place. */
  readonly reached: boolean;
}

async function play(world: ScriptedWorld, delivery: Delivery, fate: Fate | 'dies', at: number): Promise<Played> {
  const invocation = await world.deliver(delivery);
  for (let call = 0; call < at && !invocation.ended; call += 1) await invocation.next();
  const reached = !invocation.ended;
  if (reached && fate !== 'dies') {
    await invocation.next(fate);
    await invocation.finish();
  }
  if (invocation.at !== 'acknowledged') await redelivered(world, delivery);
  return { world, reached };
}

const eventOf = (name: string, s: number, more: object = {}): Delivery => ({
  kind: 'event',
  requestId: `request of ${name}${s}`,
  event: {
    ...{ id: `${name}${s}`, name, source: 'test', hops: 0 },
    data: { cart: '42' },
    timeMs: tenMs + s * 1_000,
    ...more,
  },
});

/** What was published, each once. */
const told = (world: ScriptedWorld): string[] => [...new Set(world.sent.map(({ name, id }) => `${name} ${id}`))];

/** A world whose caller waits for its call, and that call. */
async function waiting(isRace = false): Promise<{ world: ScriptedWorld; call: string; callersId: string }> {
  const world = new ScriptedWorld(caller(isRace));
  await redelivered(world, eventOf('T', 0));
  const callersId = runIdOf(world.run('T0'));
  return { world, call: world.sent[0]!.id, callersId };
}

async function everywhere(
  prepare: () => Promise<{ world: ScriptedWorld; delivery: Delivery }>,
  fate: (typeof fates)[number],
  check: (world: ScriptedWorld) => void,
): Promise<number> {
  let at = 0;
  while (true) {
    const { world, delivery } = await prepare();
    const played = await play(world, delivery, fate, at);
    // A publish that fails is tried again when its time comes.
    if (world.timersOf().includes('call')) await (await world.fire('call')).finish();
    check(world);
    if (!played.reached) return at;
    at += 1;
  }
}

describe.each(fates)('where an invocation or its call %s', (fate) => {
  test('a call is one event, and its run waits for its return', async () => {
    const calls = await everywhere(
      async () => ({ world: new ScriptedWorld(caller(false)), delivery: eventOf('T', 0) }),
      fate,
      (world) => {
        const run = world.run('T0');
        expect(told(world)).toEqual([`sojourn/invoked.child ${callId(runIdOf(run), 'call', 0)}`]);
        expect(new Set(world.sent.map(({ timeMs }) => timeMs))).toEqual(new Set([tenMs]));
        expect([...run.steps].map(([id, { state }]) => `${id} ${state}`)).toEqual([
          'call done',
          'call (return) waiting',
        ]);
        expect(world.timersOf()).toContain('call (return)');
      },
    );
    expect(calls).toBeGreaterThan(5);
  });

  test('a call whose time is up is revoked', async () => {
    await everywhere(
      async () => {
        const { world, callersId } = await waiting();
        const [timer] = [...world.timers.values()];
        world.timers.clear();
        world.nowS = 110;
        const { step, attempt, deadlineMs, atMs } = timer!;
        const delivery = {
          kind: 'timer',
          run: callersId,
          step,
          attempt,
          deadlineMs,
          atMs,
          requestId: 'timer',
        } as const;
        return { world, delivery };
      },
      fate,
      (world) => {
        expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'InvokeTimeout' });
        const { id, timeMs } = world.sent[0]!;
        expect(told(world)[1]).toBe(`sojourn/revoked.child ${revocationId(id)}`);
        expect(world.sent[1]!.timeMs).toBeGreaterThan(timeMs);
      },
    );
  });

  test.each([
    ['is cancelled', false, 'X', 'cancelled'],
    ['ends without it', true, 'P', 'completed'],
  ] as const)('the call of a run that %s is revoked', async (_how, isRace, name, status) => {
    await everywhere(
      async () => ({ world: (await waiting(isRace)).world, delivery: eventOf(name, 30) }),
      fate,
      (world) => {
        expect(world.run('T0').status).toBe(status);
        expect(told(world)[1]).toBe(`sojourn/revoked.child ${revocationId(world.sent[0]!.id)}`);
        expect(world.timersOf()).toEqual([]);
      },
    );
  });

  test('a return is taken once, and its call is not revoked', async () => {
    await everywhere(
      async () => {
        const { world, call, callersId } = await waiting();
        const of = { id: returnId(call), hops: 2, call: { id: call, caller: callersId } };
        const data = { journey: 'child', status: 'completed', output: 'done' };
        return { world, delivery: eventOf('sojourn/returned.caller', 30, { ...of, data }) };
      },
      fate,
      (world) => {
        expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'done' });
        expect(told(world)).toHaveLength(1);
      },
    );
  });

  test.each([
    ['P', 'completed'],
    ['X', 'cancelled'],
  ])('the end of a called run, by %s, is told as one event', async (name, status) => {
    const call = {
      id: '0'.repeat(32),
      caller: runIdOf({ pk: 'caller|key|s:42', position: '2026-11-22T10:00:00Z#0#00#T0' as never }),
    };
    await everywhere(
      async () => {
        const world = new ScriptedWorld(called);
        await redelivered(world, eventOf('sojourn/invoked.called', 0, { id: call.id, hops: 1, call }));
        return { world, delivery: eventOf(name, 30) };
      },
      fate,
      (world) => {
        expect(told(world)).toEqual([`sojourn/returned.caller ${returnId(call.id)}`]);
        expect(world.sent[0]).toMatchObject({ call, data: { journey: 'called', status } });
        expect(new Set(world.sent.map(({ timeMs }) => timeMs)).size).toBe(1);
      },
    );
  });
});

test('a call that was published by who died before it was on record is revoked by whoever cancels its caller', async () => {
  const world = new ScriptedWorld(caller(false));
  await (await world.deliver(eventOf('T', 0))).through('publish');
  await redelivered(world, eventOf('X', 30));
  expect(world.run('T0')).toMatchObject({ status: 'cancelled', steps: new Map() });
  expect(told(world)[1]).toBe(`sojourn/revoked.child ${revocationId(world.sent[0]!.id)}`);
});

test('nothing is revoked before the way that leads to the end is written: another event may come first', async () => {
  const journey = createJourney(
    { id: 'caller', triggers: [{ event: 'T' }], key: 'data.cart', waitsFor: ['P', 'Q'], invokes: [child] },
    async ({ step }) => {
      const called = step.invoke('call', { journey: child, timeout: '100s' });
      const first = await step.waitForAny('first', { events: ['P', 'Q'], timeout: '90s' });
      return first?.name === 'Q' ? called : 'over';
    },
  );
  const world = new ScriptedWorld(journey);
  await redelivered(world, eventOf('T', 0));
  const late = await world.deliver(eventOf('P', 30));
  await late.upTo('commit');
  await redelivered(world, eventOf('Q', 20));
  await late.finish();
  expect(world.step('T0', 'first')).toBe('matched Q20');
  expect([world.run('T0').status, told(world).length]).toEqual(['active', 1]);
});

test('a run that its caller revokes says nothing, and no other run of its key is cancelled', async () => {
  const world = new ScriptedWorld(called);
  const caller = runIdOf({ pk: 'caller|key|s:42', position: '2026-11-22T10:00:00Z#0#00#T0' as never });
  const [one, other] = ['1'.repeat(32), '2'.repeat(32)] as const;
  for (const id of [one, other])
    await redelivered(world, eventOf('sojourn/invoked.called', 0, { id, hops: 1, call: { id, caller } }));
  const revocation = { id: revocationId(one), hops: 1, call: { id: one, caller } };
  await redelivered(world, eventOf('sojourn/revoked.called', 30, revocation));
  expect([world.run(one).status, world.run(other).status]).toEqual(['cancelled', 'active']);
  expect(world.sent).toEqual([]);
});

test('a call that is revoked before it comes starts nothing', async () => {
  const world = new ScriptedWorld(called);
  const caller = runIdOf({ pk: 'caller|key|s:42', position: '2026-11-22T10:00:00Z#0#00#T0' as never });
  const id = '1'.repeat(32);
  await redelivered(
    world,
    eventOf('sojourn/revoked.called', 5, { id: revocationId(id), hops: 1, call: { id, caller } }),
  );
  await redelivered(world, eventOf('sojourn/invoked.called', 5, { id, hops: 1, call: { id, caller } }));
  expect(world.run(id).status).toBe('cancelled');
});

test('fails for events of calls that no run can have made', async () => {
  const world = new ScriptedWorld(caller(false));
  const stranger = runIdOf({ pk: 'other|key|s:42', position: '2026-11-22T10:00:00Z#0#00#T0' as never });
  for (const call of [undefined, { id: '1'.repeat(32), caller: 'x' }, { id: '1'.repeat(32), caller: stranger }]) {
    const invocation = await world.deliver(eventOf('sojourn/returned.caller', 5, { hops: 1, ...(call && { call }) }));
    expect(await invocation.finish()).toBe('threw InvalidData');
  }
});

describe('the id of a call', () => {
  const callerOf = (id: string): AnyJourney =>
    createJourney({ id: 'caller', triggers: [{ event: 'T' }], invokes: [child] }, async ({ step }) =>
      step.invoke(id, { journey: child }),
    );

  test('may be as long as the wait for its return can be named after it', async () => {
    const world = new ScriptedWorld(callerOf('x'.repeat(91)));
    await (await world.event('T', 0)).finish();
    expect(world.sent.map(({ name }) => name)).toEqual(['sojourn/invoked.child']);
    expect(world.run('T0').status).toBe('active');
  });

  test.each([92, 100])('fails with %d characters before anything is called', async (length) => {
    const world = new ScriptedWorld(callerOf('x'.repeat(length)));
    await (await world.event('T', 0)).finish();
    expect(world.run('T0')).toMatchObject({ status: 'failed', error: { name: 'InvalidStepId' } });
    expect(world.sent).toEqual([]);
  });
});
