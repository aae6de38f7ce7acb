/** A retired journey begins no run, and its runs go on to the ends that they would have had (docs/decisions/025). */
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
