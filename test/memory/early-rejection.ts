/** Run by author-code.test.ts in a process of its own. */
import { createJourney } from 'sojourn';
import { createTestWorld } from 'sojourn/testing';

const journey = createJourney(
  { id: 'j', triggers: [{ event: 't' }], key: 'data.k', waitsFor: ['a'], retries: 0 },
  async ({ step }) => {
    const branch = (async () => {
      await step.run('x', () => {
        throw new Error('early');
      });
    })();
    await step.waitForEvent('a', { event: 'a', timeout: '1h' });
    try {
      await branch;
    } catch (error) {
      return { caught: (error as Error).message };
    }
    return {};
  },
);

const world = createTestWorld({ journeys: [journey] });
await world.send({ name: 't', data: { k: 1 } }, { name: 'a', data: { k: 1 } });
const [run] = world.runs();
console.log(JSON.stringify({ status: run?.status, output: run?.output }));
