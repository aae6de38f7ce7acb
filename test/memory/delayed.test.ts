/** Events that are dated ahead start, match and cancel at their time. */
import { createJourney } from '../../lib/journey/definition.js';
import { createTestWorld } from '../../lib/memory/index.js';

const trial = createJourney({ id: 'trial', triggers: [{ event: 'trial/begun' }] }, async ({ event, step }) => {
  const endsMs = Date.parse(event.time) + 14 * 86_400_000;
  await step.sendEvent('tell', { name: 'trial/ending', data: { user: event.data.user }, ts: endsMs });
  return 'told';
});
const remind = createJourney({ id: 'remind', triggers: [{ event: 'trial/ending' }] }, async ({ event }) => event.time);

const begun = { name: 'trial/begun', data: { user: 'ann' } };
const outcomes = (world: ReturnType<typeof createTestWorld>, journey: string) =>
  world.runs(journey).map(({ output, error }) => output ?? error?.name);

test('an event that a run sends with a ts starts another run at that time, and not before', async () => {
  const world = createTestWorld({ journeys: [trial, remind] });
  await world.send(begun);
  await world.advance('13d');
  expect(world.runs('remind')).toEqual([]);
  await world.advance('1d');
  expect(outcomes(world, 'remind')).toEqual(['2026-01-15T00:00:00Z']);
});

test('an event from outside that is dated ahead starts its run then; delivered twice, once', async () => {
  const world = createTestWorld({ journeys: [remind] });
  const ahead = world.hold({ name: 'trial/ending', data: {}, time: '2026-01-02T00:00:00Z' });
  await ahead.deliver();
  await ahead.deliver();
  expect(world.runs()).toEqual([]);
  await world.advance('2d');
  await ahead.deliver();
  expect(outcomes(world, 'remind')).toEqual(['2026-01-02T00:00:00Z']);
});

test('what would cancel it and comes before its time does not: it was not there yet', async () => {
  const journey = createJourney(
    {
      id: 'later',
      triggers: [{ event: 'a/begin' }],
      key: 'data.id',
      cancelOn: [{ event: 'a/stop' }],
    },
    async ({ step }) => {
      await step.sleep('nap', '1h');
      return 'done';
    },
  );
  const world = createTestWorld({ journeys: [journey] });
  await world.send({ name: 'a/begin', data: { id: 1 }, time: '2026-01-02T00:00:00Z' });
  await world.send({ name: 'a/stop', data: { id: 1 } });
  await world.advance('2d');
  expect(outcomes(world, 'later')).toEqual(['done']);
});

test.each([
  ['a Date', (time: string) => new Date(Date.parse(time) + 60_000), '2026-01-01T00:01:00Z'],
  ['a time in the past, which is now', () => 0, '2026-01-01T00:00:00Z'],
])('a ts may be %s', async (_what, tsOf, expected) => {
  const sends = createJourney({ id: 'sends', triggers: [{ event: 'a/go' }] }, async ({ event, step }) => {
    await step.sendEvent('send', { name: 'trial/ending', data: {}, ts: tsOf(event.time) });
  });
  const world = createTestWorld({ journeys: [sends, remind] });
  await world.send({ name: 'a/go', data: {} });
  await world.advance('1h');
  expect(outcomes(world, 'remind')).toEqual([expected]);
});

test.each([
  ['a text', '2026-01-02'],
  ['no number', Number.NaN],
  ['more than 366 days ahead', Date.UTC(2028, 0, 1)],
])('fails the step for a ts that is %s', async (_what, ts) => {
  const sends = createJourney({ id: 'sends', triggers: [{ event: 'a/go' }] }, async ({ step }) => {
    await step.sendEvent('send', { name: 'trial/ending', data: {}, ts: ts as number });
  });
  const world = createTestWorld({ journeys: [sends] });
  await world.send({ name: 'a/go', data: {} });
  expect(outcomes(world, 'sends')).toEqual(['InvalidEvent']);
});
