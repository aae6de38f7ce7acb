/** The author's logger: silent in replays, heard when the code throws. */
import { createJourney } from '../../lib/journey/index.js';
import { createTestWorld } from '../../lib/memory/index.js';

test('a line is told once, though the code is run again at each step', async () => {
  const journey = createJourney({ id: 'speaks', triggers: [{ event: 'go' }] }, async ({ step, logger }) => {
    logger.info('first');
    await step.sleep('a-day', '1d');
    logger.info('second');
    await step.run('work', () => 1);
    logger.info('third');
  });
  const world = createTestWorld({ journeys: [journey] });
  await world.send({ name: 'go', data: {} });
  await world.advance('2d');
  expect(world.logs().map(({ message }) => message)).toEqual(['first', 'second', 'third']);
});

test('what code has told before it throws is told at each try, and no more when others look at the run', async () => {
  const journey = createJourney(
    { id: 'stumbles', triggers: [{ event: 'go' }], key: 'data.id', waitsFor: ['look'], retries: 1 },
    ({ logger }) => {
      logger.warn('about to throw');
      throw new RangeError('no');
    },
  );
  const world = createTestWorld({ journeys: [journey] });
  await world.send({ name: 'go', data: { id: 1 } });
  expect(world.logs()).toHaveLength(1);
  await world.send({ name: 'look', data: { id: 1 } });
  expect(world.logs()).toHaveLength(1);
  await world.advance('1h');
  expect(world.runs('stumbles')).toMatchObject([{ status: 'failed' }]);
  expect(world.logs()).toHaveLength(2);
});
