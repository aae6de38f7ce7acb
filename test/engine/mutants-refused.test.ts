/** What the mutants of lib/engine showed unsaid, third part: what comes too late, too early, or to the wrong journey. */
import { callsOf } from './calls.js';
import { journey } from './journeys.js';
import { ScriptedWorld, tenMs } from './scripted.js';

const dayS = 24 * 3_600;

const forP = (): ScriptedWorld =>
  new ScriptedWorld(
    journey(async ({ step }) => step.waitForEvent('P', { event: 'P', timeout: '20d' }), { cancelOn: [] }),
  );

const eventAt = (name: string, s: number, data: unknown) =>
  ({
    kind: 'event',
    event: { id: `${name}${s}`, name, data, source: 'test', timeMs: tenMs + s * 1_000, hops: 0 },
    requestId: 'r',
  }) as const;

describe('an event that comes too late', () => {
  test('is taken where it was recorded in time, up to 16 and 35 days later', async () => {
    const world = forP();
    await callsOf(await world.event('T', 1));
    world.nowS = 1 + 51 * dayS;
    const retry = await world.deliver(eventAt('T', 1, { cart: '42' }));
    expect(await callsOf(retry)).toContain('look');
    expect(retry.at).toBe('acknowledged');
  });

  test('is looked for however old it is, and fails where it is not on record', async () => {
    const world = forP();
    world.nowS = 400 * dayS;
    const late = await world.deliver(eventAt('T', 1, { cart: '42' }));
    expect(await callsOf(late)).toEqual(['look']);
    expect(late.at).toBe('threw TooLate');
  });

  test.each([
    ['is not looked for from before 1970', -1, 'threw TooLate'],
    ['is looked for from the first second on', 0, 'look'],
  ])('%s', async (_what, timeMs, at) => {
    const { event, ...rest } = eventAt('T', 1, { cart: '42' });
    expect((await forP().deliver({ ...rest, event: { ...event, timeMs } })).at).toBe(at);
  });

  test('is not looked for when it has no key', async () => {
    const world = forP();
    world.nowS = 20 * dayS;
    expect((await world.deliver(eventAt('T', 1, {}))).at).toBe('threw TooLate');
  });

  test('fails where others are on record, but not this one', async () => {
    const world = forP();
    await callsOf(await world.event('T', 2));
    world.nowS = 17 * dayS;
    const late = await world.deliver(eventAt('T', 1, { cart: '42' }));
    await callsOf(late);
    expect(late.at).toBe('threw TooLate');
  });
});

test('an event that is too large fails, although another content of it is on record', async () => {
  const world = forP();
  await callsOf(await world.event('T', 1));
  const large = await world.deliver(eventAt('T', 1, { cart: '42', text: 'x'.repeat(400_000) }));
  expect(large.at).toBe('threw EventTooLarge');
});

test('an event that is dated ahead is brought back at its time, and that is told', async () => {
  const world = forP();
  expect(await callsOf(await world.deliver(eventAt('P', 1_000, { cart: '42' })))).toEqual(['bringBack']);
  expect(world.facts).toEqual([{ kind: 'broughtBack', event: 'P', eventId: 'P1000', atMs: tenMs + 1_000_000 }]);
});

test('an event from outside is recorded without a condition, a sent one only if it is not there', async () => {
  const world = forP();
  const seen: boolean[] = [];
  const note = world.records.note.bind(world.records);
  world.records.note = (record, options) => {
    seen.push(options.firstWins);
    return note(record, options);
  };
  const { event, ...rest } = eventAt('P', 1, { cart: '42' });
  for (const hops of [0, 1]) await callsOf(await world.deliver({ ...rest, event: { ...event, hops } }));
  expect(seen).toEqual([false, true]);
});

describe('a timer', () => {
  const timer = { kind: 'timer', step: 'P', attempt: 0, deadlineMs: tenMs, atMs: tenMs, requestId: 'r' } as const;

  test.each([
    [
      'of a journey whose name begins alike',
      Buffer.from('2026-11-22T10:00:01Z#0#00#T1\ncheck2|key|s:42').toString('base64url'),
    ],
    ['of what is no run', 'nobody'],
  ])('%s is told and looks at nothing', async (_what, run) => {
    const world = forP();
    expect((await world.deliver({ ...timer, run: run as never })).at).toBe('acknowledged');
    expect(world.facts).toEqual([{ kind: 'timerOfNoRun', run, step: 'P', status: 'unknown' }]);
  });

  test('of a run that is gone, or over by another cause, is told', async () => {
    const world = forP();
    await callsOf(await world.event('T', 1));
    const [set] = [...world.timers.values()];
    await callsOf(await world.event('P', 2));
    await callsOf(await world.deliver({ ...timer, run: set!.run }));
    expect(world.facts.at(-1)).toEqual({ kind: 'timerOfNoRun', run: set!.run, step: 'P', status: 'over' });
    const other = forP();
    await callsOf(await other.deliver({ ...timer, run: set!.run }));
    expect(other.facts).toEqual([{ kind: 'timerOfNoRun', run: set!.run, step: 'P', status: 'unknown' }]);
  });

  test('of a run that is active is not told, whatever is over beside it', async () => {
    const world = forP();
    await callsOf(await world.event('T', 1));
    await callsOf(await world.event('P', 2));
    await callsOf(await world.event('T', 3));
    const [set] = [...world.timers.values()];
    const before = world.facts.length;
    await callsOf(await world.deliver({ ...timer, run: set!.run }));
    expect(world.facts.slice(before)).toEqual([]);
  });

  test('that comes 5 s early to the very millisecond waits in place', async () => {
    const world = forP();
    await callsOf(await world.event('T', 1));
    const [set] = [...world.timers.values()];
    const early = await world.deliver({ ...timer, run: set!.run, atMs: tenMs + 6_000 });
    expect(early.at).toBe('sleep');
  });

  test('that is forwarded to another journey is told and looks at nothing', async () => {
    const world = forP();
    const own = { pk: 'check2|key|s:42', position: '2026-11-22T10:00:01Z#0#00#T1', role: 'timer' };
    const forwarded = await world.deliver({
      kind: 'forwarded',
      version: '1',
      cause: 'c',
      own,
      requestId: 'r',
    } as never);
    expect(forwarded.at).toBe('acknowledged');
    expect(world.facts).toEqual([{ kind: 'timerOfNoRun', run: own.pk, step: 'forwarded', status: 'unknown' }]);
  });
});

test('a line of plain code before its first step is told once', async () => {
  const world = new ScriptedWorld(
    journey(async ({ step, logger }) => {
      logger.info('begins');
      await step.run('one', async () => 1);
    }),
  );
  const lines: string[] = [];
  const portsOf = world.portsOf.bind(world);
  world.portsOf = (invocation) => {
    const ports = portsOf(invocation);
    return { ...ports, observer: { ...ports.observer, line: (_run, { message }) => void lines.push(message) } };
  };
  await callsOf(await world.event('T', 1));
  expect(lines).toEqual(['begins']);
});
