/**
 * Handlers that die or outlive their time: no run is left stuck, every outcome comes, and a user function that died before
 * its result was committed runs again (at least once, as the promise says).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Faults } from '../../lib/sandbox/index.js';
import { appAssembly, beforehand, faultyAssembly } from './assembly.js';
import { type AppEvent, dayMs, hourMs, minuteMs, ofKind, type Stand, start } from './stand.js';

beforehand(appAssembly);
beforehand(faultyAssembly);

const markers = mkdtempSync(path.join(tmpdir(), 'sojourn-markers-'));
afterAll(() => rmSync(markers, { recursive: true, force: true }));

const startedEvent = (journey: string, id: string, does: string): AppEvent => ({
  name: `${journey}/started`,
  data: { id, does, marker: path.join(markers, `${journey}-${id}`) },
});

function errorsOf({ activities }: Stand): string[] {
  return ofKind(activities, 'invoked').flatMap(({ error }) => error?.type ?? []);
}

describe('a handler whose process dies while a step runs', () => {
  test('is brought back when its lease is over, runs the step again, and completes; a mail it sent before is sent twice', async () => {
    const app = await start(await faultyAssembly());
    await app.send(startedEvent('brief', 'a', 'mail and die once'));
    expect(errorsOf(app)).toEqual(['Runtime.ExitError']);
    expect(await app.outcomes('brief', 'a')).toEqual(['active']);
    await app.advance(minuteMs);
    expect(await app.outcomes('brief', 'a')).toEqual(['completed: done']);
    expect(app.recipients()).toEqual(['a@example.com', 'a@example.com']);
    expect(app.sandbox.schedules()).toEqual([]);
    expect(app.sandbox.deadLetters()).toEqual([]);
  });

  test('sends no mail twice when it died before it sent', async () => {
    const app = await start(await faultyAssembly());
    await app.send(startedEvent('brief', 'b', 'die once and mail'));
    await app.advance(minuteMs);
    expect(await app.outcomes('brief', 'b')).toEqual(['completed: done']);
    expect(app.recipients()).toEqual(['b@example.com']);
  });

  test('never runs the step beside itself: with the longest function timeout its second retry completes it', async () => {
    const app = await start(await faultyAssembly());
    await app.send(startedEvent('fragile', 'c', 'die once and mail'));
    await app.advance(minuteMs);
    expect(errorsOf(app)).toEqual(['Runtime.ExitError', 'Busy']);
    expect(app.recipients()).toEqual([]);
    await app.advance(2 * minuteMs);
    expect(app.recipients()).toEqual(['c@example.com']);
    expect(app.sandbox.schedules()).toHaveLength(1);
    await app.advance(2 * dayMs);
    expect(await app.outcomes('fragile', 'c')).toEqual(['completed: timed out']);
    expect(app.sandbox.deadLetters()).toEqual([]);
  });

  test('leaves the event that ends its wait to be found: what came while it was dead is not lost', async () => {
    const app = await start(await faultyAssembly());
    await app.send(startedEvent('fragile', 'd', 'die once and mail'));
    await app.advance(30_000);
    await app.send({ name: 'fragile/ended', data: { id: 'd' } });
    await app.advance(3 * minuteMs);
    expect(await app.outcomes('fragile', 'd')).toEqual(['completed: ended']);
    expect(app.sandbox.schedules()).toEqual([]);
    expect(app.sandbox.deadLetters()).toEqual([]);
  });
});

test('a handler that outlives its timeout is ended, and its retry completes the run', async () => {
  const app = await start(await faultyAssembly());
  await app.send(startedEvent('brief', 'h', 'hang once'));
  expect(errorsOf(app)).toEqual(['Sandbox.Timedout']);
  await app.advance(minuteMs);
  expect(await app.outcomes('brief', 'h')).toEqual(['completed: done']);
  expect(app.recipients()).toEqual(['h@example.com']);
  expect(app.sandbox.deadLetters()).toEqual([]);
});

describe('a handler that dies at one of its AWS calls', () => {
  const journey = 'abandoned-cart';
  /** Trigger: 3 calls; purchase: 4; or timer: 4, one of them the mail. */
  const calls = 7;
  const places = Array.from({ length: calls }, (_, index) =>
    ['before', 'after'].map((when) => ({ index, when })),
  ).flat();

  test.each(['purchased', 'reminded'])('leaves nothing undone, wherever it dies: each cart is %s', async (outcome) => {
    let place: { readonly index: number; readonly when: string } | undefined;
    let seen = 0;
    const faults: Faults = {
      delivery: () => ({ copies: [{ delayMs: 0 }] }),
      call: ({ caller }) => {
        if (caller.kind !== 'function' || seen++ !== place?.index) return { kind: 'pass' };
        return { kind: 'kill', when: place.when as 'before' | 'after' };
      },
    };
    const app = await start(await appAssembly(), { faults });
    for (const { index, when } of places) {
      const id = `cart-${index}-${when}`;
      [place, seen] = [{ index, when }, 0];
      await app.send({ name: 'cart/product.added', data: { cart_id: id, user: { email: `${id}@example.com` } } });
      await app.advance(hourMs);
      if (outcome === 'purchased') await app.send({ name: 'cart/purchased', data: { cart_id: id } });
      await app.advance(dayMs + hourMs);
      expect([id, await app.outcomes(journey, id)]).toEqual([id, [`completed: ${outcome}`]]);
      expect(app.sandbox.schedules()).toEqual([]);
    }
    const deaths = errorsOf(app).filter((type) => type === 'Sandbox.Killed');
    expect(deaths).toHaveLength(places.length);
    // Busy: the retry of one that died under its lease, until the lease is over.
    expect(errorsOf(app).filter((type) => type !== 'Sandbox.Killed' && type !== 'Busy')).toEqual([]);
    expect(app.sandbox.deadLetters()).toEqual([]);
    if (outcome === 'purchased') expect(app.recipients()).toEqual([]);
    // One each, and a second one where the mail was out before its result was written: the promise's "at least once".
    else expect(app.recipients().length - places.length).toBeLessThanOrEqual(2);
  });
});
