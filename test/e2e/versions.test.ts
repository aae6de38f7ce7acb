/**
 * A deployment in the middle of waiting runs, on the sandbox: each run finishes with the code it began with, and a version
 * goes when its last run has ended (docs/decisions/020). The rest is in versions.slow.test.ts.
 */
import { added, deployedTwice, prune, purchased, versions, versionsOfTimers } from './deployments.js';
import { dayMs, expectNothingLeft, hourMs, minuteMs } from './stand.js';

test('a deployment in the middle of waiting runs leaves them their code: for a purchase, at the timeout, and when a newer cart cancels', async () => {
  const stand = await deployedTwice('bought', 'forgotten', 'newer');
  await stand.send(purchased('bought'), added('newer'), added('fresh'));
  expect(versionsOfTimers(stand).sort()).toEqual(['1', '2', '2']);
  await stand.advance(dayMs + 2 * minuteMs);
  expect(await stand.outcomes('cart', 'bought')).toEqual(['completed: bought by first']);
  expect(await stand.outcomes('cart', 'forgotten')).toEqual(['completed: reminded by first']);
  expect(await stand.outcomes('cart', 'newer')).toEqual(['cancelled', 'completed: reminded by second']);
  expect(await stand.outcomes('cart', 'fresh')).toEqual(['completed: reminded by second']);
  expectNothingLeft(stand);
});

test('an old version is removed by sojourn versions --prune when its last run has ended, and nobody misses it', async () => {
  const stand = await deployedTwice('bought', 'forgotten');
  await stand.send(purchased('bought'));
  expect(await prune(stand)).toEqual([
    { journey: 'cart', version: '1', isLive: false, activeRuns: 1, removed: false },
    { journey: 'cart', version: '2', isLive: true, activeRuns: 0, removed: false },
  ]);
  await stand.advance(dayMs + hourMs);
  expect(await prune(stand)).toMatchObject([{ version: '1', activeRuns: 0, removed: true }, { version: '2' }]);
  expect(await versions(stand)).toEqual(['$LATEST', '2']);
  await stand.send(added('bought'), purchased('bought'));
  expect(await stand.outcomes('cart', 'bought')).toEqual(['completed: bought by first', 'completed: bought by second']);
  expectNothingLeft(stand);
});
