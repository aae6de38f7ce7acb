/**
 * An event comes again, to code to which it is something else than before, or too late: what was taken stays taken, and an event
 * is nothing newer than the run that it has started (docs/decisions/020, 034, 036).
 */
import type { Engine } from '../../lib/engine/handle.js';
import type { Delivery } from '../../lib/engine/ports.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import { type AnyJourney, createJourney, invoke } from '../../lib/journey/index.js';
import { Deployments } from './deployments.js';
import { type Invocation, ScriptedWorld, tenMs, userFunction } from './scripted.js';

type Tools = {
  waitForEvent(id: string, wait: object): Promise<unknown>;
  run(id: string, fn: unknown): Promise<unknown>;
};

const waits = { event: 'P', timeout: '10h' };
const made = (options: object, body: (step: Tools) => Promise<unknown>): AnyJourney =>
  createJourney(
    { id: 'check', triggers: [{ event: 'T' }], key: 'data.cart', waitsFor: ['P'], retries: 0, ...options } as never,
    (({ step }: { step: Tools }) => body(step)) as never,
  );
const mailing = (options: object): AnyJourney => made(options, (step) => step.run('mail', userFunction('mail')));
const waiting = (options: object): AnyJourney => made(options, (step) => step.waitForEvent('P', waits));

class Redeployed extends ScriptedWorld {
  constructor(private live: AnyJourney) {
    super(live);
  }

  deploy(journey: AnyJourney): void {
    this.live = journey;
  }

  override engine(): Engine {
    return { ...super.engine(), journey: this.live };
  }
}

/** Its run is leased; then the process dies, and other code is deployed. */
async function diedBefore(world: Redeployed, journey: AnyJourney, first: Invocation): Promise<string> {
  await first.through('begin');
  world.deploy(journey);
  world.nowS += 180;
  return (await world.deliver(first.delivery)).finish();
}

const cancelledByAccount = { cancelOn: [{ event: 'X', match: 'data.account' }] };

test('a run that an attempt began before it died goes on at its retry, though its trigger lacks the path of a new cancelOn', async () => {
  const world = new Redeployed(mailing({}));
  expect(await diedBefore(world, mailing(cancelledByAccount), await world.event('T', 0))).toBe('acknowledged');
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'mail done' });
  expect(await (await world.event('T', 200)).finish()).toBe('threw MissingKey');
});

test('a duplicate of a call is not refused while its run lives, though it lacks the path of a new cancelOn', async () => {
  const world = new Redeployed(waiting({ id: 'called', triggers: [invoke()] }));
  const caller = runIdOf({ pk: 'caller|key|s:42', position: '2026-11-22T10:00:00Z#0#00#T0' as never });
  const id = '0000'.padEnd(32, 'a');
  const event = {
    ...{ id, name: 'sojourn/invoked.called', source: 'sojourn.caller', hops: 1, timeMs: tenMs, call: { id, caller } },
    data: { cart: '42' },
  };
  const call: Delivery = { kind: 'event', requestId: 'r', event };
  await (await world.deliver(call)).finish();
  world.deploy(waiting({ id: 'called', triggers: [invoke()], ...cancelledByAccount }));

  expect(await (await world.deliver(call)).finish()).toBe('acknowledged');

  expect(world.sent).toEqual([]);
  expect(world.run(id).status).toBe('active');
});

test('a run that an attempt began before it died goes on at its retry, though a filter refuses its trigger now, whose other role is elsewhere', async () => {
  const elsewhere = { waitsFor: ['P', { event: 'T', match: 'data.account' }] };
  const world = new Redeployed(mailing(elsewhere));
  const filtered = mailing({ ...elsewhere, triggers: [{ event: 'T', if: 'has(event.data.other)' }] });
  const first = await world.event('T', 0, { data: { cart: '42', account: 'a1' } });

  expect(await diedBefore(world, filtered, first)).toBe('acknowledged');

  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'mail done' });
});

test.each([
  ['cancels', { cancelOn: [{ event: 'T' }] }],
  ['is awaited', { waitsFor: ['P', 'T'] }],
])('an event that starts no run any more, but %s, does nothing to the run that it has started', async (_role, role) => {
  const body = async (step: Tools): Promise<unknown> =>
    Promise.race([
      step.waitForEvent('P', waits),
      'waitsFor' in role ? step.waitForEvent('T', { ...waits, event: 'T' }) : new Promise(() => {}),
    ]);
  const version = (trigger: string) => made({ ...role, triggers: [{ event: trigger }] }, body);
  const world = new Deployments();
  world.deploy(version('T'));
  await world.event('T', 0);
  world.deploy(version('U'));

  await world.event('T', 0);
  await world.arrive();
  expect(world.run('T0').status).toBe('active');

  await world.event('T', 5);
  await world.arrive();
  expect(world.run('T0').status).toBe('cancelOn' in role ? 'cancelled' : 'completed');
});

test.each([
  ['by the key', 'P'],
  ['elsewhere', { event: 'P', match: 'data.account' }],
])('a record %s keeps its data when the event comes again to code that does not await it', async (_where, awaited) => {
  const world = new Redeployed(waiting({ waitsFor: [awaited] }));
  const event = ['P', 5, { data: { cart: '42', account: 'a1' } }] as const;
  await (await world.event(...event)).finish();
  const cancel = typeof awaited === 'string' ? { event: awaited } : awaited;
  world.deploy(mailing({ waitsFor: [], cancelOn: [cancel] }));

  expect(await (await world.event(...event)).finish()).toBe('acknowledged');

  expect(world.records.events()).toMatchObject([{ event: { id: 'P5', data: { account: 'a1' } } }]);
});

test('a trigger that comes again too late to start its run leaves no pointer of the attempt that came in time', async () => {
  const world = new ScriptedWorld(waiting({ ...cancelledByAccount, timeouts: { start: '1m' } }));
  const trigger = ['T', 1, { data: { cart: '42', account: 'a1' } }] as const;
  await (await world.event(...trigger)).upTo('begin');
  expect(world.pointers.all()).toHaveLength(1);
  world.nowS = 200;

  expect(await (await world.event(...trigger)).finish()).toBe('acknowledged');

  expect(world.run('T1').status).toBe('cancelled');
  expect(world.pointers.all()).toEqual([]);
  expect(world.timersOf()).toEqual([]);
});

test('a twin that was skipped is no dead letter when it comes again too late, though it has a role elsewhere', async () => {
  const options = { acceptLate: '1h', idempotency: 'data.order', cancelOn: [{ event: 'T', match: 'data.account' }] };
  const world = new ScriptedWorld(waiting(options));
  const data = { cart: '42', account: 'a1', order: 'o' };
  for (const s of [1, 2]) await (await world.event('T', s, { data })).finish();
  world.nowS = 4_000;
  for (const s of [1, 2]) expect(await (await world.event('T', s, { data })).finish()).toBe('acknowledged');
  expect(await (await world.event('T', 3, { data })).finish()).toBe('threw TooLate');
});
