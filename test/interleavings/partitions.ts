/**
 * Scenarios that reach beyond one partition: an event that finds its run by a pointer, triggers that claim one place, a return
 * against the timeout of its call. What only they need of journeys and deliveries is here, too.
 */
import { returnId, revocationId } from '../../lib/engine/calls/call-identity.js';
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import { referenceJourney } from '../../lib/journey/invoke.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { tenMs } from '../engine/scripted.js';
import type { Due } from './choice.js';
import { event, played, timersOf } from './deliveries.js';
import type { Scenario } from './scenario.js';
import { Violation } from './watch.js';
import type { ExploredWorld } from './world.js';

type World = () => ExploredWorld;

const child = referenceJourney<AnyJourney>('child');

function made(options: object, body: (context: JourneyContext<string, string>, world: World) => Promise<unknown>) {
  return (world: World): AnyJourney =>
    createJourney(
      { id: 'check', triggers: [{ event: 'T' }], key: 'data.cart', retries: 0, ...options } as never,
      ((context: JourneyContext<string, string>) => body(context, world)) as never,
    );
}

/** Waits for P of an account, then for its timeout reminds. */
const byAccount = (timeoutS: number, { welcomes = false } = {}) =>
  made({ waitsFor: [{ event: 'P', match: 'data.account' }] }, async ({ step, runId }, world) => {
    if (welcomes) await step.run('welcome', world().stepFunction(runId, 'welcome'));
    const wait = { event: 'P', match: { 'data.account': 'a1' }, timeout: timeoutS * 1_000 };
    const paid = await step.waitForEvent('P', wait as never);
    if (paid !== null) return 'paid';
    await step.run('remind', world().stepFunction(runId, 'remind'));
    return 'reminded';
  });

const ordered = made({ waitsFor: ['P'], idempotency: { key: 'data.order', period: '60s' } }, async ({ step }) =>
  step.waitForEvent('P', { event: 'P', timeout: '5000s' }),
);

const caller = made({ invokes: [child] }, async ({ step }) =>
  step
    .invoke('call', { journey: child, data: { cart: '42' }, timeout: '10s' } as never)
    .catch(({ name }: Error) => name),
);

/** An event with more data than its cart. */
function told(name: string, s: number, more: object): Due {
  const { label, delivery } = event(name, s);
  const withMore = (world: ExploredWorld) => {
    const plain = delivery(world);
    if (plain?.kind !== 'event') return plain;
    return { ...plain, event: { ...plain.event, data: { ...(plain.event.data as object), ...more } } };
  };
  return { label, delivery: withMore };
}

const paid = (s: number): Due => told('P', s, { cart: 'another', account: 'a1' });
const placed = (s: number): Due => told('T', s, { cart: `cart ${s}`, order: 'o1' });

/** What the called run says of its end. */
function returned(world: ExploredWorld, s: number): Due {
  const { call } = world.sent.find((sent) => sent.call)!;
  const data = { journey: 'child', run: 'cnVu', status: 'completed', output: 'done' };
  const back = { id: returnId(call!.id), name: 'sojourn/returned.check', data, source: 'sojourn.child', hops: 2 };
  return {
    label: 'return',
    delivery: () => ({
      kind: 'event',
      event: { ...back, timeMs: tenMs + s * 1_000, call: call! },
      requestId: 'request of the return',
    }),
  };
}

function noPointerLeft({ pointers }: ExploredWorld): void {
  const [left] = pointers.all();
  if (left) throw new Violation(`a pointer for ${left.event} in ${left.place} is left`);
}

/** One of so many triggers within the period has a run. */
const begun = (count: number) => (world: ExploredWorld) => {
  const runs = world.records.runs().filter(({ status }) => status !== 'skipped');
  if (runs.length !== count) throw new Violation(`${runs.length} runs began, not ${count}`);
};

/** Who has timed its call out has revoked it. */
function revokedIfTimedOut(world: ExploredWorld): void {
  const { call } = world.sent.find((sent) => sent.call)!;
  const isRevoked = world.sent.some(({ id }) => id === revocationId(call!.id));
  const [run] = world.records.runs();
  if (run?.output === 'InvokeTimeout' && !isRevoked) throw new Violation('its call timed out and was not revoked');
}

export const partitions: Scenario[] = [
  {
    name: 'a trigger against an event that comes elsewhere',
    journey: byAccount(5_000),
    nowS: 2,
    dues: () => [event('T', 1), paid(2)],
    finally: noPointerLeft,
  },
  {
    name: 'a trigger with a step against an event that comes elsewhere',
    journey: byAccount(5_000, { welcomes: true }),
    nowS: 2,
    dues: () => [event('T', 1), paid(2)],
    finally: noPointerLeft,
  },
  {
    name: 'an event that comes elsewhere against the timer',
    journey: byAccount(10),
    before: played(event('T', 1)),
    nowS: 11,
    dues: (world) => [paid(10), ...timersOf(world, 'P')],
    finally: noPointerLeft,
  },
  {
    name: 'two triggers of one order',
    journey: ordered,
    nowS: 3,
    dues: () => [placed(1), placed(2)],
    finally: begun(1),
  },
  {
    name: 'two late triggers of one order, after a newer one',
    journey: ordered,
    before: async (world) => {
      world.nowS = 500;
      await played(placed(500))(world);
    },
    nowS: 600,
    dues: () => [placed(1), placed(2)],
    finally: begun(2),
  },
  {
    name: 'a return against the timeout of its call',
    journey: caller,
    before: played(event('T', 1)),
    nowS: 11,
    dues: (world) => [returned(world, 10), ...timersOf(world, 'call (return)')],
    finally: revokedIfTimedOut,
  },
];
