/** Calls that the called journey does not take: its caller is told at once, and what another delivery of the call began is revoked. */
import { z } from 'zod';
import { callId, refusalId, returnId, revocationId } from '../../lib/engine/calls/call-identity.js';
import type { Engine } from '../../lib/engine/handle.js';
import type { Delivery, SentEvent } from '../../lib/engine/ports.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { createJourney, invoke, referenceJourney } from '../../lib/journey/index.js';
import { type Fate, ScriptedWorld, tenMs } from './scripted.js';

const child = referenceJourney<AnyJourney>('called');
const caller = createJourney(
  { id: 'caller', triggers: [{ event: 'T' }], key: 'data.cart', cancelOn: [{ event: 'X' }], invokes: [child] },
  ({ step }) =>
    step.invoke('call', { journey: child, data: { n: 1 }, timeout: '100s' }).catch(({ name }: Error) => name),
);

let strict = false;
beforeEach(() => {
  strict = false;
});
const schema = z.object({}).refine(() => !strict, 'it is strict');
const called = (options: object = {}): AnyJourney =>
  createJourney(
    { id: 'called', triggers: [invoke(schema)], key: 'data.cart', waitsFor: ['P'], ...options } as never,
    (async ({ step }: { step: { waitForEvent(id: string, wait: object): Promise<unknown> } }) =>
      step.waitForEvent('P', { event: 'P', timeout: '90s' })) as never,
  );

class RetiredWorld extends ScriptedWorld {
  retired = true;
  override engine(): Engine {
    return { ...super.engine(), retired: this.retired };
  }
}

const callersId = runIdOf({ pk: 'caller|key|s:42', position: '2026-11-22T10:00:00Z#0#00#T0' as never });
const call = { id: '1'.repeat(32), caller: callersId };
const callWith = (more: object = {}): Delivery => ({
  kind: 'event',
  requestId: 'request of the call',
  event: {
    ...{ id: call.id, name: 'sojourn/invoked.called', source: 'sojourn.caller', hops: 1, call },
    data: { cart: '42' },
    timeMs: tenMs,
    ...more,
  },
});

async function delivered(world: ScriptedWorld, delivery: Delivery): Promise<string> {
  return (await world.deliver(delivery)).finish();
}

const refusal = (atS: number, why: string) => ({
  id: refusalId(call.id, tenMs + atS * 1_000),
  name: 'sojourn/returned.caller',
  hops: 2,
  call,
  timeMs: tenMs + atS * 1_000,
  data: {
    journey: 'called',
    status: 'failed',
    error: { name: 'InvokeRefused', message: expect.stringContaining(why) },
  },
});

describe('the caller is told at once, with the reason,', () => {
  test('of a call whose data lacks the key', async () => {
    const world = new ScriptedWorld(called());
    world.nowS = 7;
    expect(await delivered(world, callWith({ data: { other: 'secret' } }))).toBe('threw MissingKey');
    expect(world.sent).toEqual([expect.objectContaining(refusal(7, 'data.cart'))]);
    expect(JSON.stringify(world.sent)).not.toContain('secret');
  });

  test('of a call whose data the schema refuses', async () => {
    strict = true;
    const world = new ScriptedWorld(called());
    expect(await delivered(world, callWith())).toBe('threw SchemaMismatch');
    expect(world.sent).toEqual([expect.objectContaining(refusal(0, 'it is strict'))]);
  });

  test('of a call that no trigger’s if lets begin a run', async () => {
    const world = new ScriptedWorld(called({ triggers: [{ ...invoke(), if: 'event.data.n > 1' }] }));
    expect(await delivered(world, callWith())).toBe('acknowledged');
    expect(world.sent).toEqual([expect.objectContaining(refusal(0, 'no trigger'))]);
  });

  test('of a call to a journey that is not called any more', async () => {
    const world = new ScriptedWorld(called({ triggers: [{ event: 'T' }] }));
    expect(await delivered(world, callWith())).toBe('acknowledged');
    expect(world.sent).toEqual([expect.objectContaining(refusal(0, 'no trigger'))]);
  });

  test('of a call that comes too late', async () => {
    const world = new ScriptedWorld(called({ acceptLate: '10m' }));
    world.nowS = 3_600;
    expect(await delivered(world, callWith())).toBe('threw TooLate');
    expect(world.sent).toEqual([expect.objectContaining(refusal(3_600, 'acceptLate'))]);
  });

  test.each([{}, { idempotency: 'data.cart' }])('of a call to a retired journey with %o', async (options) => {
    const world = new RetiredWorld(called(options));
    expect(await delivered(world, callWith())).toBe('acknowledged');
    expect(world.sent).toEqual([expect.objectContaining(refusal(0, 'retired'))]);
    expect(world.records.runs()).toEqual([]);
  });
});

describe('nobody is told', () => {
  test('of an event that is no call, and of a call that no run has made', async () => {
    strict = true;
    const world = new ScriptedWorld(called({ triggers: [invoke(schema), { event: 'T' }] }));
    await delivered(world, callWith({ name: 'T', data: {} }));
    await delivered(world, callWith({ call: { ...call, caller: 'nobody' } }));
    await delivered(world, {
      ...callWith(),
      event: { ...(callWith() as { event: object }).event, call: undefined },
    } as never);
    expect(world.sent).toEqual([]);
  });

  test.each([
    ['the schema refuses it now', () => new ScriptedWorld(called())],
    ['the journey is retired by now', () => Object.assign(new RetiredWorld(called()), { retired: false })],
  ])('of a call that was taken before: %s', async (_why, make) => {
    const world = make();
    await delivered(world, callWith());
    strict = true;
    if (world instanceof RetiredWorld) world.retired = true;
    expect(await delivered(world, callWith())).toBe('acknowledged');
    expect([world.sent, world.run(call.id).status]).toEqual([[], 'active']);
  });
});

/** A caller that waits for its call, and the refusal of it as it comes. */
async function refused(): Promise<{ world: ScriptedWorld; made: SentEvent; delivery: Delivery }> {
  const world = new ScriptedWorld(caller);
  await (await world.event('T', 0)).finish();
  const made = world.sent[0]!;
  const timeMs = tenMs + 5_000;
  const event = {
    ...{ id: refusalId(made.id, timeMs), name: 'sojourn/returned.caller', source: 'sojourn.called', hops: 2, timeMs },
    data: { journey: 'called', status: 'failed', error: { name: 'InvokeRefused', message: 'no' } },
    call: made.call!,
  };
  world.nowS = 5;
  return { world, made, delivery: { kind: 'event', requestId: 'request of the refusal', event } };
}

test.each(['dies', 'fails', 'unanswered', 'twice'] as const)(
  'wherever an invocation or its call %s, a refusal is taken once, and only after the call is revoked',
  async (fate) => {
    for (let at = 0, reached = true; reached; at += 1) {
      const { world, made, delivery } = await refused();
      const revocations = () => world.sent.filter(({ id }) => id === revocationId(made.id)).length;
      const isTaken = () => world.run('T0').steps.get('call (return)')?.state === 'matched';
      const invocation = await world.deliver(delivery);
      for (let n = 0; n < at && !invocation.ended; n += 1) await invocation.next();
      reached = !invocation.ended;
      if (reached && fate !== 'dies') {
        await invocation.next(fate as Fate);
        if (isTaken()) expect(revocations()).toBeGreaterThan(0);
        await invocation.finish();
      }
      if (isTaken()) expect(revocations()).toBeGreaterThan(0);
      if (invocation.at !== 'acknowledged') {
        world.nowS += 200;
        // Its time is up by now, but what was recorded before that comes first.
        expect(await delivered(world, delivery)).toBe('acknowledged');
      }
      expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'InvokeRefused' });
      expect(revocations()).toBeGreaterThan(0);
      expect(world.timersOf()).toEqual([]);
    }
  },
);

test('a run that another delivery of the call has begun is cancelled by the revocation', async () => {
  const world = new ScriptedWorld(called());
  strict = true;
  await delivered(world, callWith());
  strict = false;
  const revocation = callWith({ id: revocationId(call.id), name: 'sojourn/revoked.called', timeMs: tenMs + 5_000 });
  await delivered(world, revocation);
  await delivered(world, callWith());
  expect([world.run(call.id).status, world.timersOf()]).toEqual(['cancelled', []]);
  // Its end concerns nobody.
  expect(world.sent.map(({ id }) => id)).toEqual([refusalId(call.id, tenMs)]);
});

test('a return that comes before the refusal is what the caller gets, and nothing is revoked', async () => {
  const { world, made, delivery } = await refused();
  const event = (delivery as Extract<Delivery, { kind: 'event' }>).event;
  const returned = { ...event, id: returnId(made.id), timeMs: tenMs + 4_000, data: { status: 'completed', output: 1 } };
  await delivered(world, { kind: 'event', requestId: 'return', event: returned });
  await delivered(world, delivery);
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 1 });
  expect(world.sent).toHaveLength(1);
});

test('the deepest call of a chain returns', async () => {
  const world = new ScriptedWorld(called({ waitsFor: [] }));
  await delivered(world, callWith({ hops: 99 }));
  expect(world.sent).toMatchObject([{ id: returnId(call.id), hops: 99 }]);
  await delivered(world, callWith({ hops: 100, id: callId(callersId, 'deeper', 0) }));
  expect(world.sent[1]).toMatchObject({ hops: 99, data: { error: { name: 'InvokeRefused' } } });
});

test('who called is told that it was skipped, though the journey was retired before that was said', async () => {
  const world = Object.assign(new RetiredWorld(called({ idempotency: 'data.cart' })), { retired: false });
  await delivered(world, callWith({ id: '2'.repeat(32), call: { ...call, id: '2'.repeat(32) } }));
  const dying = await world.deliver(callWith());
  await dying.through('begin');
  world.retired = true;
  await delivered(world, callWith());
  expect(world.sent).toMatchObject([{ id: returnId(call.id), data: { status: 'skipped' } }]);
});
