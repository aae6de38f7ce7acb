/** The contract of the timers port, on every implementation. */
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { deliveryOf } from '../../lib/aws/delivery.js';
import { SchedulerTimers } from '../../lib/aws/timers.js';
import type { Delivery, Timer, Timers } from '../../lib/engine/ports.js';
import type { EngineEvent } from '../../lib/engine/stored/event.js';
import type { RunId } from '../../lib/engine/stored/key.js';
import { type MemoryTimer, MemoryTimers } from '../../lib/memory/timers.js';
import { tenMs } from './documents.js';
import { credentials } from './dynalite.js';
import { openLoopback } from './loopback.js';

interface Pending {
  readonly name: string;
  readonly atMs: number;
  /** What the function gets when it fires. */
  readonly delivery: Delivery;
}

interface TimersWorld {
  readonly timers: Timers;
  /** All that are set, in order of their names. */
  pending(): Promise<Pending[]>;
  close(): Promise<void>;
}

async function memory(): Promise<TimersWorld> {
  const timers = new MemoryTimers();
  const pending = async () => timers.pending().map(pendingInMemory).sort(byName);
  return { timers, pending, close: async () => {} };
}

function pendingInMemory(entry: MemoryTimer): Pending {
  const { name, atMs } = entry;
  if (entry.kind === 'event') return { name, atMs, delivery: { kind: 'event', event: entry.event, requestId: 'r' } };
  const { run, step, attempt, deadlineMs } = entry.timer;
  return { name, atMs, delivery: { kind: 'timer', run, step, attempt, deadlineMs, atMs, requestId: 'r' } };
}

async function scheduler(): Promise<TimersWorld> {
  const loopback = await openLoopback();
  const client = new SchedulerClient({ endpoint: loopback.endpoint, region: 'eu-west-1', credentials });
  const settings = { groupName: 'g', roleArn: 'role', deadLetterArn: 'dlq', functionArn: 'fn', liveArn: 'fn' };
  const clock = { nowMs: () => tenMs, sleepMs: async () => {}, remainingMs: () => 60_000 };
  const pending = async () => [...loopback.schedules].map(pendingSchedule).sort(byName);
  const close = async () => {
    client.destroy();
    await loopback.close();
  };
  return { timers: new SchedulerTimers(client, settings, clock), pending, close };
}

function pendingSchedule([name, body]: readonly [string, Record<string, unknown>]): Pending {
  const at = /^at\((.{19})\)$/.exec(body.ScheduleExpression as string)![1]!;
  const { Input } = body.Target as { Input: string };
  return { name, atMs: Date.parse(`${at}Z`), delivery: deliveryOf(JSON.parse(Input), 'r') };
}

function byName(one: Pending, other: Pending): number {
  return one.name < other.name ? -1 : 1;
}

const worlds: readonly (readonly [string, () => Promise<TimersWorld>])[] = [
  ['memory', memory],
  ['Scheduler (loopback)', scheduler],
];

const timer: Timer = {
  name: 'abcdef01-1111',
  run: 'cnVuLW9mLWEtY2FydA' as RunId,
  step: 'wait-for-purchase',
  attempt: 0,
  deadlineMs: tenMs + 86_400_500,
};

const fromFuture: EngineEvent = {
  id: '7d1f0a52-5c9d-4b8e-9b0a-2f6f1f4e7c11',
  name: 'cart/product.added',
  data: { cart_id: '42', nested: [{ é: null }] },
  source: 'shop',
  timeMs: tenMs + 3_600_000,
  hops: 0,
};

describe.each(worlds)('timers on %s', (_name, open) => {
  let world: TimersWorld;
  beforeEach(async () => {
    world = await open();
  });
  afterEach(() => world.close());

  test('a timer comes back with its run, step, attempt and deadline, not before its deadline', async () => {
    await world.timers.set(timer);
    const [only, ...others] = await world.pending();
    expect(others).toEqual([]);
    const { name: _name, ...payload } = timer;
    expect(only).toMatchObject({ name: timer.name, delivery: { kind: 'timer', ...payload, atMs: only!.atMs } });
    expect(only!.atMs).toBeGreaterThanOrEqual(timer.deadlineMs);
    expect(only!.atMs).toBeLessThanOrEqual(timer.deadlineMs + 3_000);
  });

  test('setting a timer again is fine and changes nothing', async () => {
    await world.timers.set(timer);
    const once = await world.pending();
    await world.timers.set(timer);
    expect(await world.pending()).toEqual(once);
  });

  test('two timers stand side by side', async () => {
    await world.timers.set(timer);
    await world.timers.set({ ...timer, name: 'abcdef01-2222', step: 'go' });
    expect((await world.pending()).map(({ name }) => name)).toEqual(['abcdef01-1111', 'abcdef01-2222']);
  });

  test('a dropped timer is gone, and no other', async () => {
    await world.timers.set(timer);
    await world.timers.set({ ...timer, name: 'abcdef01-2222' });
    await world.timers.drop(timer.name);
    expect((await world.pending()).map(({ name }) => name)).toEqual(['abcdef01-2222']);
  });

  test('dropping what is not there is fine, also again', async () => {
    await world.timers.drop(timer.name);
    await world.timers.set(timer);
    await world.timers.drop(timer.name);
    await world.timers.drop(timer.name);
    expect(await world.pending()).toEqual([]);
  });

  test('a dropped timer can be set again', async () => {
    await world.timers.set(timer);
    await world.timers.drop(timer.name);
    await world.timers.set(timer);
    expect(await world.pending()).toHaveLength(1);
  });

  test.each([
    ['from outside', fromFuture],
    ['sent by a run', { ...fromFuture, id: '0123456789abcdef0123456789abcdef', hops: 3 }],
  ])('an event from the future comes back as it was, not before its time: %s', async (_what, event) => {
    await world.timers.bringBack('abcdef01-back', event);
    const [only] = await world.pending();
    expect(only).toMatchObject({ name: 'abcdef01-back', delivery: { kind: 'event', event } });
    expect(only!.atMs).toBeGreaterThanOrEqual(event.timeMs);
    expect(only!.atMs).toBeLessThanOrEqual(event.timeMs + 3_000);
  });

  test('bringing an event back again is fine', async () => {
    await world.timers.bringBack('abcdef01-back', fromFuture);
    await world.timers.bringBack('abcdef01-back', fromFuture);
    expect(await world.pending()).toHaveLength(1);
  });
});

describe('timers in memory', () => {
  test('are taken out when due, earliest first, and once', async () => {
    const timers = new MemoryTimers({ marginMs: 2_000 });
    await timers.set({ ...timer, name: 'b', deadlineMs: 2_000 });
    await timers.set({ ...timer, name: 'c', deadlineMs: 1_000 });
    await timers.set({ ...timer, name: 'a', deadlineMs: 2_000 });
    expect(timers.nextMs()).toBe(3_000);
    expect(timers.takeDue(2_999)).toEqual([]);
    expect(timers.takeDue(4_000).map(({ name }) => name)).toEqual(['c', 'a', 'b']);
    expect(timers.takeDue(4_000)).toEqual([]);
    expect(timers.nextMs()).toBeUndefined();
  });
});
