/** Forgetting, in an order in which nothing comes back: judged on a table in memory, with the real engine executing its runs. */
import { placeOfValue } from '../../lib/engine/elsewhere/correlation.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import { eventPosition } from '../../lib/engine/stored/event.js';
import { type RunRef, runIdOf } from '../../lib/engine/stored/key.js';
import { type ForgetJourney, forget, type Hub, planForgetting } from '../../lib/inspect/forgetting.js';
import { recordedElsewhere } from '../../lib/inspect/forgetting-elsewhere.js';
import { createJourney } from '../../lib/journey/definition.js';
import { run as runOf } from '../contract/documents.js';
import { welcome } from '../engine/journeys.js';
import { ScriptedWorld, tenMs } from '../engine/scripted.js';

const journey = createJourney(
  { id: 'check', triggers: [{ event: 'T' }], key: 'data.cart', waitsFor: ['P'], retries: 0 },
  welcome(50) as never,
);

/** What was done to the hub, in order. */
function hubOf(world: ScriptedWorld, changes: Partial<Hub> = {}): { hub: Hub; done: string[] } {
  const done: string[] = [];
  const erased = new Set<string>();
  const idOf = (ref: RunRef) => `${ref.pk} ${ref.position}`;
  const runs = () => world.records.runs().filter((run) => !erased.has(idOf(run)));
  const hub: Hub = {
    nowMs: () => tenMs + world.nowS * 1_000,
    run: async (ref) => runs().find((run) => idOf(run) === idOf(ref)),
    partition: async (pk) => ({ runs: runs().filter((run) => run.pk === pk), events: [] }),
    cancel: async (...args) => {
      done.push('cancel');
      return world.records.cancel(...args);
    },
    handOver: async () => {},
    handOverAndWait: async ({ sojourn: kind, ...timer }) => {
      done.push('clean up');
      const cleaning = await world.deliver({ kind, ...timer, requestId: 'cleaning up' });
      return { ok: (await cleaning.finish()) === 'acknowledged' };
    },
    timerExists: async (name) => world.timers.has(name),
    deleteTimer: async (name) => {
      done.push('delete timer');
      return world.timers.delete(name);
    },
    eraseRun: async (ref) => {
      const run = runs().find((one) => idOf(one) === idOf(ref));
      if (run?.status === 'active') return false;
      done.push('erase run');
      erased.add(idOf(ref));
      return true;
    },
    eraseEvent: async () => void done.push('erase event'),
    hasEvent: async () => false,
    erasePointer: async ({ place }) => void done.push(`erase pointer in ${place}`),
    eraseClaim: async (pk) => void done.push(`erase claim ${pk}`),
    ...changes,
  };
  return { hub, done };
}

const known = (hub: Hub): ForgetJourney => ({
  id: 'check',
  functionName: 'Check',
  definition: journey.definition,
  hub,
});

const noLetters = async (): Promise<void> => {};

async function waiting(): Promise<ScriptedWorld> {
  const world = new ScriptedWorld(journey);
  await (await world.event('T', 1)).finish();
  return world;
}

test('the places that a run claimed are erased before it, because its document names them', async () => {
  const world = await waiting();
  const { hub, done } = hubOf(world);
  const [run] = world.records.runs();
  const claiming = { ...run!, claims: ['check|claim|idempotency|s:o-1'] };
  const plan = await planForgetting(
    [known({ ...hub, partition: async () => ({ runs: [claiming], events: [] }) })],
    'forty-two',
    [],
  );
  await forget(plan, noLetters);
  expect(done.slice(-2)).toEqual(['erase claim check|claim|idempotency|s:o-1', 'erase run']);
});

test('an active run is cancelled, cleaned up after and erased, in this order', async () => {
  const world = await waiting();
  const { hub, done } = hubOf(world);
  const plan = await planForgetting([known(hub)], '42', []);
  expect(plan).toMatchObject({ isEmpty: false, places: [{ timers: [{ step: 'P' }] }] });
  expect(await forget(plan, noLetters)).toEqual({ cancelled: 1, runs: 1, events: 0, timers: 1, letters: 0, left: [] });
  expect(done).toEqual(['cancel', 'clean up', 'delete timer', 'erase run']);
  expect(world.timersOf()).toEqual([]);
});

test('a second time it finds nothing', async () => {
  const world = await waiting();
  const { hub } = hubOf(world);
  await forget(await planForgetting([known(hub)], '42', []), noLetters);
  expect((await planForgetting([known(hub)], '42', [])).isEmpty).toBe(true);
});

test('fails to erase a run whose code may still be running, says until when, and does it after that', async () => {
  const world = new ScriptedWorld(journey);
  const holder = await world.event('T', 1);
  await holder.upTo('function welcome');
  const { hub, done } = hubOf(world);
  const first = await forget(await planForgetting([known(hub)], '42', []), noLetters);
  expect(first).toMatchObject({ cancelled: 1, runs: 0 });
  expect(first.left).toEqual([
    expect.stringMatching(/its code may run until 2026-11-22T10:02:\d\d\.\d+Z; forget again/),
  ]);
  expect(done).not.toContain('erase run');
  await holder.finish();
  world.nowS = 1_000;
  const second = await forget(await planForgetting([known(hub)], '42', []), noLetters);
  expect(second).toMatchObject({ cancelled: 0, runs: 1, left: [] });
});

test('fails to erase what could not be cleaned up after, and leaves it to be found again', async () => {
  const world = await waiting();
  const { hub, done } = hubOf(world, { handOverAndWait: async () => ({ ok: false, message: 'no room' }) });
  const { left } = await forget(await planForgetting([known(hub)], '42', []), noLetters);
  expect(left).toEqual([expect.stringMatching(/cleaning up after it failed: no room; forget again/)]);
  expect(done).not.toContain('erase run');
  const again = hubOf(world);
  const second = await forget(await planForgetting([known(again.hub)], '42', []), noLetters);
  expect(second).toMatchObject({ cancelled: 0, runs: 1, left: [] });
});

test('dead letters are taken by their key, and never by a guess', async () => {
  const world = await waiting();
  const { hub } = hubOf(world);
  const run = runIdOf(world.run('T1'));
  const functionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:Check';
  const letter = (messageId: string, more: object) => ({
    ...{ messageId, sentAtMs: 0, mark: { tries: 1 } },
    letter: { origin: 'function' as const, functionArn, payload: {} },
    ...more,
  });
  const event = (cart: unknown) => ({ id: 'e', name: 'T', data: { cart }, source: 's', timeMs: tenMs, hops: 0 });
  const timer = { sojourn: 'timer' as const, run, step: 'P', attempt: 0, deadlineMs: 1, atMs: 2 };
  const other = { ...timer, run: runIdOf({ ...world.run('T1'), pk: 'check|key|s:43' }) };
  const forwarded = {
    sojourn: 'forwarded',
    version: '1',
    cause: 'e',
    pk: 'check|key|n:42',
    position: 'x',
    role: 'event',
  };
  const letters = [
    letter('an event of this key', { event: event('42') }),
    letter('of another key', { event: event('43') }),
    letter('of no key', { event: event(null) }),
    letter('of another journey', { letter: { origin: 'rule', functionArn: `${functionArn}2` }, event: event('42') }),
    letter('its timer', { timer }),
    letter('another’s timer', { timer: other }),
    letter('a forwarded cause of the number', { letter: { origin: 'function', functionArn, payload: forwarded } }),
    letter('unreadable', { letter: undefined }),
  ];
  const taken: string[] = [];
  const plan = await planForgetting([known(hub)], '42', letters);
  await forget(plan, async ({ messageId }) => void taken.push(messageId));
  expect(taken).toEqual(['an event of this key', 'its timer', 'a forwarded cause of the number']);
});

describe('what follows a run', () => {
  const handling = createJourney(
    {
      id: 'check',
      triggers: [{ event: 'T' }],
      key: 'data.cart',
      waitsFor: ['P'],
      cancelOn: [{ event: 'X' }],
      retries: 0,
      timeouts: { finish: '1h' },
      onCancel: async ({ step, event }) => {
        await step.sleep('nap', '100s');
        return event.data.cart;
      },
    },
    welcome(50) as never,
  );
  const known = (hub: Hub): ForgetJourney => ({
    id: 'check',
    functionName: 'Check',
    definition: handling.definition,
    hub,
  });

  test('is forgotten with it: what had begun before, and what its own cancellation begins', async () => {
    const world = new ScriptedWorld(handling);
    await (await world.event('T', 0)).finish();
    await (await world.event('X', 1)).finish();
    await (await world.event('T', 2)).finish();
    expect(world.records.runs().map(({ status }) => status)).toEqual(['cancelled', 'active', 'active']);
    expect(world.timersOf().sort()).toEqual(['(finish)', 'P', 'nap']);
    const { hub, done } = hubOf(world);
    const plan = await planForgetting([known(hub)], '42', []);
    expect(plan.places[0]!.runs).toHaveLength(3);
    const forgotten = await forget(plan, noLetters);
    expect(forgotten).toMatchObject({ runs: 4, left: [] });
    expect(done.filter((what) => what === 'erase run')).toHaveLength(4);
    expect(world.timersOf()).toEqual([]);
    expect((await planForgetting([known(hub)], '42', [])).isEmpty).toBe(true);
  });
});

describe('what is on record in other partitions', () => {
  const parcel = createJourney(
    {
      ...{ id: 'parcel', triggers: [{ event: 'sent' }], key: 'data.parcel', retries: 0 },
      waitsFor: ['scanned', { event: 'scanned', match: 'data.tracking' }, { event: 'scanned', match: null }],
      cancelOn: [{ event: 'sent', match: 'data.batch' }],
    },
    async () => {},
  );
  const event = (name: string, second: number, data?: object) => ({
    ...{ id: `${name}-${second}`, name, source: 's', timeMs: tenMs + second * 1_000, hops: 0 },
    ...(data && { data }),
  });
  const at = (of: ReturnType<typeof event>, role: 'trigger' | 'event') => eventPosition({ ...of, data: {} }, role);
  const place = (path: string, value: string) => placeOfValue('parcel', path, value);
  const run = (second: number, changes: Partial<RunDocument> = {}): RunDocument => {
    const trigger = event('sent', second, { parcel: '7', batch: 'b' });
    return runOf('parcel|key|s:7', { position: at(trigger, 'trigger'), trigger, steps: new Map(), ...changes });
  };
  const record = (second: number, data?: object) => {
    const scanned = event('scanned', second, data);
    return { pk: 'parcel|key|s:7', position: at(scanned, 'event'), event: scanned, expiresAtS: 1 };
  };
  const found = async (runs: RunDocument[], events: ReturnType<typeof record>[], there = async () => true) =>
    (await recordedElsewhere(parcel.definition, { runs, events }, there)).map(({ pk, position }) => [pk, position]);

  test('is found by the data of the key’s own events and triggers, each at its own place there', async () => {
    const [own, scanned] = [run(1), record(5, { parcel: '7', tracking: 't-7' })];
    expect(await found([own], [scanned])).toEqual([
      [place('data.batch', 'b'), own.position],
      [place('data.tracking', 't-7'), scanned.position],
    ]);
    expect(await found([own], [scanned], async () => false)).toEqual([]);
  });

  test('of a run whose trigger’s data is forgotten is found by where it listened', async () => {
    const { data: _forgotten, ...slim } = run(1).trigger;
    const listens = [{ event: 'sent', place: place('data.batch', 'b') }];
    const over = run(1, { status: 'completed', trigger: slim, listens });
    expect(await found([over], [])).toEqual([[place('data.batch', 'b'), over.position]]);
  });

  test('stays where nothing under the key says where it is, and where it is for every run', async () => {
    expect(await found([], [record(5)])).toEqual([]);
    expect(await found([], [record(5, { parcel: '7' })])).toEqual([]);
  });

  test('is erased before the records that it was found by, and pointers before their run', async () => {
    const world = await waiting();
    const { hub, done } = hubOf(world);
    const listens = [{ event: 'sent', place: place('data.batch', 'b') }];
    const over = run(1, { status: 'completed', listens });
    const erased: string[] = [];
    const changed: Hub = {
      ...hub,
      partition: async (pk) => ({ runs: pk === over.pk ? [over] : [], events: [] }),
      run: async () => over,
      hasEvent: async () => true,
      eraseEvent: async ({ pk }) => void erased.push(pk),
      eraseRun: async () => done.push('erase run') > 0,
    };
    const journeys = [{ id: 'parcel', functionName: 'Parcel', definition: parcel.definition, hub: changed }];
    const plan = await planForgetting(journeys, '7', []);
    expect(await forget(plan, noLetters)).toMatchObject({ runs: 1, events: 1, left: [] });
    expect(erased).toEqual([place('data.batch', 'b')]);
    expect(done.slice(-2)).toEqual([`erase pointer in ${place('data.batch', 'b')}`, 'erase run']);
  });
});
