/** The floor rule on real reads: what a look of a key with a long past consumes (DESIGN 7: at most 2 read units). */
import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { journey } from '../../lambda/win-back.js';
import { runItem } from '../../lib/aws/item.js';
import { DynamoPointers } from '../../lib/aws/pointers.js';
import { DynamoRecords } from '../../lib/aws/records.js';
import { handle } from '../../lib/engine/handle.js';
import type { Delivery, Ports } from '../../lib/engine/ports.js';
import type { Cause, RunDocument } from '../../lib/engine/stored/document.js';
import { type EngineEvent, eventPosition } from '../../lib/engine/stored/event.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import { limits } from '../../lib/limits.js';
import { MemoryBus } from '../../lib/memory/bus.js';
import { MemoryTimers } from '../../lib/memory/timers.js';
import { type LocalTable, openTable } from '../contract/dynalite.js';

const activities = 10_000;
const beganMs = Date.parse('2026-03-01T00:00:00Z');
const everyMs = 5 * 60_000;
const pk = 'win-back|key|s:user-1';

let local: LocalTable;
let readUnits: number[];

beforeAll(async () => {
  local = await openTable();
  countReadUnits(local.client);
  const requests: WriteRequest[] = Array.from({ length: activities }, (_, n) => ({
    PutRequest: { Item: runItem(tombstone(n)) },
  }));
  for (let at = 0; at < requests.length; at += 25) {
    await local.client.send(
      new BatchWriteItemCommand({ RequestItems: { [local.tableName]: requests.slice(at, at + 25) } }),
    );
  }
}, 120_000);
afterAll(() => local.close());

test(`with ${activities} past activities of one user, a look reads at most 2 units`, async () => {
  const timers = new MemoryTimers({ marginMs: limits.timerMarginMs });
  const nowMs = beganMs + activities * everyMs;
  const seen: Record<string, number[]> = {};
  const deliver = async (what: string, delivery: Delivery, atMs: number): Promise<void> => {
    readUnits = [];
    await handle({ journey, timeoutsMs: {}, stepTimeoutMs: 30_000 }, ports(timers, atMs), delivery);
    seen[what] = readUnits;
  };

  await deliver('trigger', trigger(activities), nowMs);
  await deliver('next trigger', trigger(activities + 1), nowMs + everyMs);
  const [due] = timers.pending();
  expect(timers.pending()).toHaveLength(1);
  expect(due?.kind === 'timer' && due.timer.run).toBe(runIdOf({ pk, position: positionOf(activities + 1) }));
  // Half a month of silence, and one more activity: the stop is above everything but the last runs.
  await deliver('late trigger', trigger(activities + 2), nowMs + 15 * 86_400_000);

  console.log(`read units of the looks: ${JSON.stringify(seen)}`);
  for (const units of Object.values(seen)) {
    expect(units.length).toBeGreaterThan(0);
    for (const unit of units) expect(unit).toBeLessThanOrEqual(2);
  }
  const active = await new DynamoRecords(local.client, local.tableName).look(pk, { from: '2026' as never, limit: 3 });
  expect(active.runs.map((run) => run.status)).toEqual(['active', 'cancelled', 'cancelled']);
  expect(active.runs[1]!.floor).toBe(true);
}, 60_000);

function eventOf(n: number): EngineEvent {
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const data = { user_id: 'user-1', user: { email: 'user-1@example.com' } };
  return { id, name: 'user/active', data, source: 'app', timeMs: beganMs + n * everyMs, hops: 0 };
}

function trigger(n: number): Delivery {
  return { kind: 'event', event: eventOf(n), requestId: `request-${n}` };
}

function positionOf(n: number) {
  return eventPosition(eventOf(n), 'trigger');
}

/** What C1 leaves of the n-th activity. */
function tombstone(n: number): RunDocument {
  const event = eventOf(n);
  const next = eventOf(n + 1);
  return {
    pk,
    position: positionOf(n),
    status: 'cancelled',
    rev: 2,
    by: next.id as Cause,
    trigger: event,
    steps: new Map([['silence', { kind: 'sleep', deadlineMs: event.timeMs + 30 * 86_400_000, state: 'waiting' }]]),
    nseq: 0,
    floor: true,
    cancelledBy: { id: next.id, name: next.name, source: next.source, timeMs: next.timeMs, hops: 0 },
    endedAtMs: next.timeMs + 300,
    expiresAtS: Math.ceil(next.timeMs / 1_000) + 51 * 86_400,
  };
}

function ports(timers: MemoryTimers, nowMs: number): Ports {
  return {
    records: new DynamoRecords(local.client, local.tableName),
    pointers: new DynamoPointers(local.client, local.tableName),
    timers,
    bus: new MemoryBus(),
    clock: { nowMs: () => nowMs, sleepMs: async () => {}, remainingMs: () => 160_000 },
    turn: { macrotask: () => new Promise((resolve) => setImmediate(resolve)), moment: async () => {} },
    observer: { fact: () => {}, line: () => {} },
    nonce: () => `nonce-${Math.random()}`,
  };
}

function countReadUnits(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== 'QueryCommand') return next(args);
      const input = { ...(args.input as object), ReturnConsumedCapacity: 'TOTAL' };
      const result = await next({ ...args, input: input as typeof args.input });
      readUnits.push((result.output as { ConsumedCapacity: { CapacityUnits: number } }).ConsumedCapacity.CapacityUnits);
      return result;
    },
    { step: 'initialize' },
  );
}
