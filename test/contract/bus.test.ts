/** The contract of the bus port, on every implementation. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { EventBridgeBus } from '../../lib/aws/bus.js';
import type { Bus, SentEvent } from '../../lib/engine/ports.js';
import { MemoryBus } from '../../lib/memory/bus.js';
import { deliveredEntry } from './delivered-entry.js';
import { tenMs } from './documents.js';
import { credentials } from './dynalite.js';
import { openLoopback } from './loopback.js';

interface BusWorld {
  readonly bus: Bus;
  /** What a consumer of the bus sees, in order. */
  delivered(): Promise<SentEvent[]>;
  close(): Promise<void>;
}

async function memory(): Promise<BusWorld> {
  const bus = new MemoryBus();
  return { bus, delivered: async () => [...bus.sent()], close: async () => {} };
}

async function eventBridge(): Promise<BusWorld> {
  const loopback = await openLoopback();
  const client = new EventBridgeClient({ endpoint: loopback.endpoint, region: 'eu-west-1', credentials });
  const clock = { nowMs: () => tenMs, sleepMs: async () => {}, remainingMs: () => 60_000 };
  const entries = () => loopback.calls.flatMap(({ body }) => body.Entries as Record<string, unknown>[]);
  const close = async () => {
    client.destroy();
    await loopback.close();
  };
  return {
    bus: new EventBridgeBus(client, 'bus', clock),
    delivered: async () => entries().map(deliveredEntry) as SentEvent[],
    close,
  };
}

const worlds: readonly (readonly [string, () => Promise<BusWorld>])[] = [
  ['memory', memory],
  ['EventBridge (loopback)', eventBridge],
];

const sent: SentEvent = {
  id: '0123456789abcdef0123456789abcdef',
  hops: 1,
  name: 'sales/reminder.due',
  data: { lead_id: 7, text: 'é😀', nested: [{ __proto__: null, a: [] }] },
  source: 'sojourn.sales-follow-up',
  timeMs: tenMs,
};

describe.each(worlds)('the bus on %s', (_name, open) => {
  let world: BusWorld;
  beforeEach(async () => {
    world = await open();
  });
  afterEach(() => world.close());

  test('delivers an event with its identity, hops, data, source and time', async () => {
    await world.bus.publish([sent]);
    expect(await world.delivered()).toEqual([sent]);
  });

  test('delivers in whole seconds', async () => {
    await world.bus.publish([{ ...sent, timeMs: tenMs + 999 }]);
    expect(await world.delivered()).toEqual([sent]);
  });

  test('delivers many events in their order', async () => {
    const many = Array.from({ length: 23 }, (_, n) => ({ ...sent, data: { n } }));
    await world.bus.publish(many);
    expect(await world.delivered()).toEqual(many);
  });

  test('delivers a repeated publish again, under the same identity', async () => {
    await world.bus.publish([sent]);
    await world.bus.publish([sent]);
    expect((await world.delivered()).map(({ id }) => id)).toEqual([sent.id, sent.id]);
  });

  test('nothing to publish is fine', async () => {
    await world.bus.publish([]);
    expect(await world.delivered()).toEqual([]);
  });

  test('shares no state with who publishes', async () => {
    const data = { list: [1] };
    await world.bus.publish([{ ...sent, data }]);
    data.list.push(2);
    expect((await world.delivered())[0]!.data).toEqual({ list: [1] });
  });
});

test('the bus in memory hands each event on', async () => {
  const heard: string[] = [];
  await new MemoryBus((event) => heard.push(event.name)).publish([sent, { ...sent, name: 'b' }]);
  expect(heard).toEqual(['sales/reminder.due', 'b']);
});
