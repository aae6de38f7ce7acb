/**
 * Random timers and sent events come to the function alike, whether in memory or through Scheduler's and EventBridge's wire:
 * the same names are set, and each delivery is read back, character for character, as what was set or sent.
 */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import fc from 'fast-check';
import { EventBridgeBus } from '../../lib/aws/bus.js';
import { deliveryOf } from '../../lib/aws/delivery.js';
import { SchedulerTimers } from '../../lib/aws/timers.js';
import type { Delivery, SentEvent, Timer, Timers } from '../../lib/engine/ports.js';
import type { EngineEvent } from '../../lib/engine/stored/event.js';
import { type RunId, timerName } from '../../lib/engine/stored/key.js';
import { MemoryBus } from '../../lib/memory/bus.js';
import { type MemoryTimer, MemoryTimers } from '../../lib/memory/timers.js';
import { deliveredEntry } from '../contract/delivered-entry.js';
import { at, tenMs } from '../contract/documents.js';
import { credentials } from '../contract/dynalite.js';
import { type Loopback, openLoopback } from '../contract/loopback.js';
import { objects, texts } from '../hostile/texts.js';
import { textOf } from './both-records.js';

let loopback: Loopback;
let scheduler: SchedulerClient;
let eventBridge: EventBridgeClient;
beforeAll(async () => {
  loopback = await openLoopback();
  const access = { endpoint: loopback.endpoint, region: 'eu-west-1', credentials };
  scheduler = new SchedulerClient(access);
  eventBridge = new EventBridgeClient(access);
});
afterAll(async () => {
  scheduler.destroy();
  eventBridge.destroy();
  await loopback.close();
});

const clock = { nowMs: () => tenMs, sleepMs: async () => {}, remainingMs: () => 60_000 };
const text = fc.oneof(fc.constantFrom(...Object.values(texts)), fc.string({ unit: 'grapheme', maxLength: 12 }));
const data = fc.oneof(
  fc.dictionary(text, fc.jsonValue({ maxDepth: 3 })),
  fc.constantFrom(...Object.values(objects)).map((source) => JSON.parse(`{"x":${source}}`) as Record<string, unknown>),
);
const sentId = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 });
const wholeSecondMs = fc.nat(2_000_000).map((s) => tenMs + s * 1_000);
const options = {
  numRuns: Number(process.env.EQUIVALENCE_SEQUENCES ?? 40),
  seed: Number(process.env.EQUIVALENCE_SEED ?? 1),
};

describe('timers', () => {
  const run = { pk: 'cart|key|s:a\nb', position: at('2026-11-22T10:00:00Z#0#00#a') };
  const timer = fc
    .record({ step: text, attempt: fc.nat(2), deadlineMs: fc.nat(3).map((hours) => tenMs + hours * 3_600_000 + 1) })
    .map(
      ({ step, attempt, deadlineMs }): Timer => ({
        name: timerName(run, step, attempt, deadlineMs),
        run: 'cnVu' as RunId,
        step,
        attempt,
        deadlineMs,
      }),
    );
  const event: fc.Arbitrary<EngineEvent> = fc.oneof(
    fc.record({
      id: text.filter((id) => id !== ''),
      name: text,
      data,
      source: text,
      timeMs: wholeSecondMs,
      hops: fc.constant(0),
    }),
    fc.record({
      id: sentId,
      name: text,
      data,
      source: text,
      timeMs: wholeSecondMs,
      hops: fc.integer({ min: 1, max: 25 }),
    }),
  );
  const few = fc.constantFrom('hash-1', 'hash-2');
  const call = fc.oneof(
    timer.map((one) => (timers: Timers) => timers.set(one)),
    timer.map(
      ({ name }) =>
        (timers: Timers) =>
          timers.drop(name),
    ),
    fc.tuple(few, event).map(
      ([name, one]) =>
        (timers: Timers) =>
          timers.bringBack(name, one),
    ),
    few.map((name) => (timers: Timers) => timers.drop(name)),
  );

  test('that are set, set again and dropped leave the same ones, which deliver the same', async () => {
    const settings = { groupName: 'g', roleArn: 'role', deadLetterArn: 'dlq', functionArn: 'fn', liveArn: 'fn' };
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 15, size: 'max' }), async (calls) => {
        loopback.reset();
        const [memory, service] = [new MemoryTimers(), new SchedulerTimers(scheduler, settings, clock)];
        for (const make of calls) {
          expect(await make(memory)).toBe(await make(service));
        }
        const ours = memory.pending().map((one) => [one.name, textOf(deliveryInMemory(one))] as const);
        const theirs = [...loopback.schedules].map(([name, { Target }]) => {
          const { atMs: _rounded, ...rest } = {
            atMs: 0,
            ...deliveryOf(JSON.parse((Target as { Input: string }).Input), 'r'),
          };
          return [name, textOf(rest)] as const;
        });
        expect(theirs.sort()).toEqual(ours.sort());
      }),
      options,
    );
  });
});

/** Without the instant that was asked for: Scheduler takes whole seconds only, and a margin. */
function deliveryInMemory(one: MemoryTimer): Omit<Extract<Delivery, { kind: 'timer' }>, 'atMs'> | Delivery {
  if (one.kind === 'event') return { kind: 'event', event: one.event, requestId: 'r' };
  const { run, step, attempt, deadlineMs } = one.timer;
  return { kind: 'timer', run, step, attempt, deadlineMs, requestId: 'r' };
}

describe('sent events', () => {
  const sent: fc.Arbitrary<SentEvent> = fc.record({
    id: sentId,
    hops: fc.integer({ min: 1, max: 25 }),
    name: text,
    data,
    source: text,
    timeMs: wholeSecondMs,
  });

  test('are delivered with the same identity, name, source, time and data', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: 1, maxLength: 25 }), async (events) => {
        loopback.reset();
        const memory = new MemoryBus();
        await memory.publish(events);
        await new EventBridgeBus(eventBridge, 'bus', clock).publish(events);
        const entries = loopback.calls.flatMap(({ body }) => body.Entries as Record<string, unknown>[]);
        expect(entries.map(delivered)).toEqual(memory.sent().map(textOf));
      }),
      options,
    );
  });
});

/** What of an entry reaches the journey's handler. */
function delivered(entry: Record<string, unknown>, index: number): string {
  const { id, hops, name, data: detail, source, timeMs } = deliveredEntry(entry, index);
  return textOf({ id, hops, name, data: detail, source, timeMs });
}
