/** Journeys that are started by the clock, in the test world. */
import { createJourney } from '../../lib/journey/definition.js';
import { cron } from '../../lib/journey/trigger/cron.js';
import { createTestWorld } from '../../lib/memory/index.js';

const report = createJourney(
  { id: 'report', triggers: [cron('0 9 * * 1-5', { timezone: 'Europe/Paris' })] },
  async ({ event, step }) => {
    await step.sleep('a while', '10m');
    return event.data.scheduledAt;
  },
);

test('it fires at each of its times, and at no other', async () => {
  const world = createTestWorld({ journeys: [report], start: '2026-11-20T00:00:00Z' });
  await world.advance('4d');
  expect(world.runs().map(({ output, trigger }) => [trigger.name, trigger.time, output])).toEqual([
    ['sojourn/scheduled.timer', '2026-11-20T08:00:00Z', '2026-11-20T08:00:00Z'],
    ['sojourn/scheduled.timer', '2026-11-23T08:00:00Z', '2026-11-23T08:00:00Z'],
  ]);
});

test('nine o’clock stays nine o’clock when the clocks are changed', async () => {
  const world = createTestWorld({ journeys: [report], start: '2026-10-23T00:00:00Z' });
  await world.advance('4d');
  expect(world.runs().map(({ output }) => output)).toEqual(['2026-10-23T07:00:00Z', '2026-10-26T08:00:00Z']);
});

test('a journey may have events and times as triggers; runs of times live apart from those of its key', async () => {
  const journey = createJourney(
    {
      id: 'both',
      triggers: [{ event: 'order/placed' }, { cron: 'TZ=UTC */30 * * * *' }],
      key: 'data.order_id',
      cancelOn: [{ event: 'order/placed' }],
    },
    async ({ event, step }) => {
      await step.sleep('nap', '1h');
      return event.name;
    },
  );
  const world = createTestWorld({ journeys: [journey], start: '2026-11-20T00:00:00Z' });
  await world.send({ name: 'order/placed', data: { order_id: 1 } }, { name: 'order/placed', data: { order_id: 1 } });
  await world.advance('2h');
  expect(world.runs().map(({ status, trigger }) => [trigger.name, status])).toEqual([
    ['order/placed', 'cancelled'],
    ['order/placed', 'completed'],
    ['sojourn/scheduled.timer', 'completed'],
    ['sojourn/scheduled.timer', 'completed'],
    ['sojourn/scheduled.timer', 'active'],
    ['sojourn/scheduled.timer', 'active'],
  ]);
});

test('fails at a wait by the key in a run that has none', async () => {
  const journey = createJourney(
    { id: 'keyless', triggers: [cron('0 * * * *')], key: 'data.order_id', waitsFor: ['order/paid'] },
    async ({ step }) => step.waitForEvent('paid', { event: 'order/paid', timeout: '1h' }),
  );
  const world = createTestWorld({ journeys: [journey] });
  await world.advance('1h');
  expect(world.runs()).toMatchObject([{ status: 'failed', error: { name: 'WaitWithoutKey' } }]);
});

test('its event is named by journey, expression and time, so that a time that is delivered twice is one run', async () => {
  const world = createTestWorld({ journeys: [report], start: '2026-11-20T07:59:00Z' });
  await world.advance('1m');
  expect(world.runs()[0]?.trigger.id).toBe('cron:report:Europe/Paris:0 9 * * 1-5:2026-11-20T08:00:00Z');
});
