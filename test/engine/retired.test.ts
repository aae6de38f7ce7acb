/** A retired journey begins no run, and its runs go on to the ends that they would have had (docs/decisions/025). */
import fc from 'fast-check';
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import { Deployments } from './deployments.js';

/** Waits 100 s for P, then takes a step. */
function journeyOf(options: object = {}): AnyJourney {
  const definition = {
    id: 'check',
    triggers: [{ event: 'T' }],
    key: 'data.cart',
    waitsFor: ['P'],
    ...options,
  } as const;
  return createJourney(definition, (async ({ step }: never) => {
    const tools = step as {
      waitForEvent(id: string, wait: object): Promise<unknown>;
      run(id: string, fn: () => unknown): Promise<unknown>;
    };
    const bought = await tools.waitForEvent('paid', { event: 'P', timeout: '100s' });
    return tools.run('end', () => (bought === null ? 'reminded' : 'bought'));
  }) as never);
}
const plain = journeyOf();
const cancelling = journeyOf({ cancelOn: [{ event: 'T', timeout: '60s' }] });
const latestWins = journeyOf({ cancelOn: [{ event: 'T' }] });

let world: Deployments;
beforeEach(() => {
  world = new Deployments();
});

/** Status of each run by its trigger. */
const statuses = () => Object.fromEntries(world.records.runs().map((run) => [run.trigger.id, run.status]));

async function begunThenRetired(journey: AnyJourney): Promise<void> {
  world.deploy(journey);
  await world.event('T', 0);
  world.deploy(journey, { retired: true });
}

test('a trigger starts nothing, and no timer', async () => {
  world.deploy(plain, { retired: true });
  await world.event('T', 0);
  expect(statuses()).toEqual({});
  expect(world.timers.size).toBe(0);
  expect(world.calls).not.toContain('note');
  expect(world.facts).toMatchObject([{ kind: 'notOurs', event: 'T', eventId: 'T0' }]);
});

test('a trigger that is the same as the one of a run by idempotency does not cancel that run', async () => {
  const options = { cancelOn: [{ event: 'T' }], idempotency: 'data.cart' };
  await begunThenRetired(journeyOf(options));
  await world.event('T', 5);
  await world.arrive();
  expect(statuses()).toEqual({ T0: 'active' });
  await begunThenRetired(journeyOf({ cancelOn: options.cancelOn, id: 'other' }));
  await world.event('T', 5);
  await world.arrive();
  expect(statuses()).toMatchObject({ T0: 'cancelled' });
});

test('a run that waits is matched, by the version that it began with', async () => {
  await begunThenRetired(plain);
  await world.event('P', 5);
  await world.arrive();
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'bought' });
});

test('a run that waits times out', async () => {
  await begunThenRetired(plain);
  await world.fire('paid');
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'reminded' });
});

test.each([
  ['with a window', cancelling],
  ['of a latest-wins journey', latestWins],
])('a newer trigger that cancels, %s, cancels the run that waits, and starts none', async (_, journey) => {
  await begunThenRetired(journey);
  await world.event('T', 5);
  await world.arrive();
  expect(statuses()).toEqual({ T0: 'cancelled' });
  expect(world.timers.size).toBe(0);
});

test('a newer trigger outside the window cancels nothing', async () => {
  await begunThenRetired(cancelling);
  await world.event('T', 61);
  await world.arrive();
  expect(statuses()).toEqual({ T0: 'active' });
});

test.each([
  ['with a window', cancelling],
  ['of a latest-wins journey', latestWins],
  ['that nothing cancels', plain],
])('the trigger of a run %s, delivered once more, does not cancel the run that it started', async (_, journey) => {
  await begunThenRetired(journey);
  await world.event('T', 0);
  await world.event('T', 0);
  await world.arrive();
  expect(statuses()).toEqual({ T0: 'active' });
  await world.fire('paid');
  expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'reminded' });
});

test('a cancelling trigger that comes back after a death cancels all the same', async () => {
  await begunThenRetired(latestWins);
  world.failingForwards = 1;
  await expect(world.event('T', 5)).rejects.toThrow('the forward fails');
  await world.event('T', 5);
  await world.arrive();
  expect(statuses()).toEqual({ T0: 'cancelled' });
});

test('an event that starts and is awaited, too, is still awaited', async () => {
  const journey = journeyOf({ triggers: [{ event: 'T' }, { event: 'P' }] });
  await begunThenRetired(journey);
  await world.event('P', 5);
  await world.arrive();
  expect(statuses()).toEqual({ T0: 'completed' });
  expect(world.run('T0').output).toBe('bought');
});

test('deployed without it again, it begins runs as before', async () => {
  await begunThenRetired(plain);
  world.deploy(plain);
  await world.event('T', 5);
  expect(statuses()).toEqual({ T0: 'active', T5: 'active' });
});

describe('over random histories', () => {
  interface Happening {
    readonly name: 'T' | 'P';
    readonly gapS: number;
    readonly copies: number;
  }
  const tenMs = Date.UTC(2026, 10, 22, 10);

  /** Fires what falls due until then, oldest first, at the versions that set it. */
  async function fireUntil(of: Deployments, s: number): Promise<void> {
    while (true) {
      const [next] = [...of.timers.values()].sort((one, other) => one.deadlineMs - other.deadlineMs);
      if (!next || next.deadlineMs > tenMs + s * 1_000) return;
      of.timers.delete(next.name);
      of.nowS = Math.max(of.nowS, (next.deadlineMs - tenMs) / 1_000);
      const { run, step, attempt, deadlineMs, version } = next;
      await of.deliver(version, { kind: 'timer', run, step, attempt, deadlineMs, atMs: deadlineMs, requestId: 'r' });
      await of.arrive();
    }
  }

  /** Outcome of each run by its trigger; the journey is deployed once more before the happening of this index. */
  async function play(
    journey: AnyJourney,
    happenings: readonly Happening[],
    again: { readonly at: number; readonly retired: boolean },
  ): Promise<Record<string, string>> {
    const of = new Deployments();
    of.deploy(journey);
    let s = 0;
    for (const [index, { name, gapS, copies }] of happenings.entries()) {
      if (index === again.at) of.deploy(journey, { retired: again.retired });
      s += gapS;
      await fireUntil(of, s);
      for (let copy = 0; copy < copies; copy += 1) await of.event(name, s);
      await of.arrive();
    }
    await fireUntil(of, s + 1_000);
    expect(of.timers.size).toBe(0);
    return Object.fromEntries(
      of.records.runs().map((run) => [run.trigger.id, `${run.status} ${'output' in run ? run.output : ''}`]),
    );
  }

  const happenings = fc.array(
    fc.record({
      name: fc.constantFrom('T' as const, 'P' as const),
      gapS: fc.integer({ min: 1, max: 70 }),
      copies: fc.integer({ min: 1, max: 2 }),
    }),
    { minLength: 2, maxLength: 9 },
  );

  test.each([
    ['nothing cancels', plain],
    ['a newer trigger cancels for a while', cancelling],
    ['a newer trigger cancels', latestWins],
    ['a trigger is awaited, too', journeyOf({ triggers: [{ event: 'T' }, { event: 'P' }] })],
  ])(
    'where %s, runs end as they would have without it, and none begins',
    async (_, journey) => {
      await fc.assert(
        fc.asyncProperty(happenings, fc.nat(8), async (history, at) => {
          const lived = await play(journey, history, { at, retired: false });
          const retired = await play(journey, history, { at, retired: true });
          const secondsBefore = history.slice(0, at).reduce((sum, { gapS }) => sum + gapS, 0);
          const begunBefore = Object.entries(lived).filter(([id]) => Number(id.slice(1)) <= secondsBefore);
          expect(retired).toEqual(Object.fromEntries(at < history.length ? begunBefore : Object.entries(lived)));
        }),
        { seed: 25, numRuns: 60 },
      );
    },
    60_000,
  );
});
