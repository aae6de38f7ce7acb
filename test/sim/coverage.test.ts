import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Finished, Played } from './worker.js';

test('branches are counted over all shares that a worker has played, and as often as they were taken', async () => {
  const worker = fork('test/sim/worker.ts', { execArgv: ['--import', 'tsx'] });
  await once(worker, 'message');
  const ask = async (message: object | string): Promise<unknown> => {
    worker.send(message);
    return (await once(worker, 'message'))[0];
  };
  let functions = 0;
  for (const first of [1, 41]) {
    const { counts } = (await ask({ first, count: 40, mostFailures: 1 })) as Played;
    functions += counts.functions ?? 0;
  }
  const { coverage } = (await ask('finish')) as Finished;
  worker.disconnect();
  expect(functions).toBeGreaterThan(0);
  // Where the engine calls a user function; the simulator counts the same calls on its own.
  expect(coverage['code/code.ts']?.find(({ what }) => what === 'if')?.taken).toBe(functions);
});
