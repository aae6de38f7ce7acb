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

describe('one run in all', () => {
  const of = (options: object) =>
    createTestWorld({
      start: '2026-11-20T00:30:00Z',
      journeys: [
        createJourney(
          { id: 'sync', singleton: { mode: 'skip' }, ...options } as never,
          (async ({ step }: never) =>
            (step as { sleep(id: string, s: string): Promise<void> }).sleep('long', '150m')) as never,
        ),
      ],
    });
  const starts = (world: ReturnType<typeof of>) =>
    world.runs().map(({ trigger: { name, time }, status }) => `${name.split('/')[1]} ${time.slice(11, 16)} ${status}`);

  test('a time is skipped while the run of an earlier one lasts', async () => {
    const world = of({ triggers: [{ cron: '0 * * * *' }] });
    await world.advance('4h');
    expect(starts(world)).toEqual([
      'scheduled.timer 01:00 completed',
      'scheduled.timer 02:00 skipped',
      'scheduled.timer 03:00 skipped',
      'scheduled.timer 04:00 active',
    ]);
    expect(world.deadLetters()).toEqual([]);
  });

  test('events and times are skipped because of each other', async () => {
    const world = of({ triggers: [{ cron: '0 * * * *' }, { event: 'catalogue/changed' }] });
    await world.send({ name: 'catalogue/changed', data: {} });
    await world.advance('4h');
    await world.send({ name: 'catalogue/changed', data: {} });
    expect(starts(world).sort()).toEqual(
      [
        'changed 00:30 completed',
        'changed 04:30 skipped',
        'scheduled.timer 01:00 skipped',
        'scheduled.timer 02:00 skipped',
        'scheduled.timer 03:00 skipped',
        'scheduled.timer 04:00 active',
      ].sort(),
    );
  });

  test('where runs are counted by a value, each time starts its run', async () => {
    const triggers = [{ cron: '0 * * * *' }, { event: 'catalogue/changed' }];
    const world = of({ triggers, key: 'data.shop', waitsFor: ['P'] });
    await world.send(
      { name: 'catalogue/changed', data: { shop: 'nord' } },
      { name: 'catalogue/changed', data: { shop: 'nord' } },
    );
    await world.advance('2h');
    expect(starts(world).filter((run) => run.endsWith('skipped'))).toEqual(['changed 00:30 skipped']);
    expect(starts(world).filter((run) => run.endsWith('active'))).toHaveLength(3);
  });
});
