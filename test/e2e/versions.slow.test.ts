/** What a deployment in the middle of waiting runs costs, and what becomes of versions that are removed too early. */
import { added, deployedTwice, outDir, purchased, remove, synthesize, versions } from './deployments.js';
import { control, dayMs, hourMs, minuteMs, ofKind, start } from './stand.js';

describe('a deployment in the middle of waiting runs', () => {
  test('costs one invocation and one read unit more for an event, and nothing at a timeout', async () => {
    const stand = await deployedTwice('bought', 'forgotten');
    await stand.send(added('fresh'), purchased('bought'));
    await stand.advance(dayMs);
    await stand.send(purchased('fresh'));
    const bought = stand.cost('cart', 'bought');
    expect(bought).toMatchObject({ readUnits: 3, writeUnits: 4, invocations: 3 });
    expect(stand.cost('cart', 'forgotten')).toMatchObject({ readUnits: 2, writeUnits: 3, invocations: 2 });
  });

  test('publishes no version when nothing changed, and gives a change that is taken back the next number', async () => {
    const stand = await start(synthesize('first'));
    await stand.sandbox.deploy(synthesize('first'));
    expect(await versions(stand)).toEqual(['$LATEST', '1']);
    await stand.sandbox.deploy(synthesize('second'));
    await stand.sandbox.deploy(synthesize('first'));
    expect(await versions(stand)).toEqual(['$LATEST', '1', '2', '3']);
  });

  test('is a request to the sandbox, and fails in one sentence where there is no assembly', async () => {
    const stand = await deployedTwice('bought');
    const { status, body } = await control(stand.sandbox.url, '/deploy', { body: { assembly: outDir } });
    expect([status, body.environment ?? body.functions]).toEqual([200, expect.anything()]);
    const refused = await control(stand.sandbox.url, '/deploy', { body: { assembly: '/nowhere' } });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'BadRequest' } } });
    await stand.send(purchased('bought'));
    expect(await stand.outcomes('cart', 'bought')).toEqual(['completed: bought by first']);
  });
});

describe('an old version', () => {
  test('fails to be removed while it is live', async () => {
    const stand = await deployedTwice();
    const refused = await remove(stand, '2');
    expect([refused.status, refused.headers.get('x-amzn-errortype')]).toEqual([409, 'ResourceConflictException']);
  });

  test('that is removed too early fails its runs with NonDeterminism where the code does not fit, by event and by timer', async () => {
    const stand = await deployedTwice('bought', 'forgotten');
    expect((await remove(stand, '1')).status).toBe(204);
    await stand.send(purchased('bought'));
    expect(await stand.outcomes('cart', 'bought')).toEqual(['failed: NonDeterminism']);
    await stand.advance(23 * hourMs + 2 * minuteMs);
    expect(await stand.outcomes('cart', 'forgotten')).toEqual(['active']);
    await stand.advance(40 * minuteMs);
    expect(await stand.outcomes('cart', 'forgotten')).toEqual(['failed: NonDeterminism']);
    expect(stand.sandbox.schedules()).toEqual([]);
    expect(stand.sandbox.deadLetters()).toEqual([]);
  });

  test('is invoked again by the redriver when it failed', async () => {
    const stand = await deployedTwice('bought');
    stand.sandbox.setFaults({ outage: { service: 'dynamodb', for: '5m' } });
    await stand.put(purchased('bought'));
    await stand.advance(5 * minuteMs);
    stand.sandbox.setFaults({});
    expect(stand.sandbox.deadLetters().length).toBeGreaterThan(0);
    await stand.advance(hourMs);
    expect(await stand.outcomes('cart', 'bought')).toEqual(['completed: bought by first']);
    expect(stand.sandbox.deadLetters()).toEqual([]);
    expect(ofKind(stand.activities, 'access-denied')).toEqual([]);
  });
});
