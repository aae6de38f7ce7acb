/**
 * A deployment in the middle of waiting runs, on the sandbox: each run finishes with the code it began with, and a version
 * goes when its last run has ended (docs/decisions/020).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { entryDirectory } from '../stack/entry-files.js';
import { control, dayMs, expectNothingLeft, functionOf, hourMs, minuteMs, ofKind, type Stand, start } from './stand.js';

const entries = entryDirectory();
const outDir = mkdtempSync(path.join(tmpdir(), 'sojourn-versions-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

/** Waits a day for a purchase, then takes a step; both are named by the generation. */
const journey = (generation: string) => `
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
export const journey = createJourney(
  {
    id: 'cart', triggers: [{ event: 'cart/added' }], key: 'data.cart_id', waitsFor: ['cart/purchased'],
    cancelOn: [{ event: 'cart/added' }],
  },
  async ({ step }) => {
    const bought = await step.waitForEvent('wait-${generation}', { event: 'cart/purchased', timeout: '24h' });
    const by = await step.run('step-${generation}', () => '${generation}');
    return { outcome: (bought === null ? 'reminded by ' : 'bought by ') + by };
  },
);
export const handler = serve(journey);
`;

/** As `cdk synth` does: always into one folder, in which the bundles of earlier deployments stay. */
function synthesize(generation: string): string {
  const app = new App({ outdir: outDir });
  const stack = new Stack(app, 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  new Journey(stack, 'Cart', { hub, entry: entries.write('cart.ts', journey(generation)) });
  app.synth();
  return outDir;
}

const added = (cart_id: string) => ({ name: 'cart/added', data: { cart_id } });
const purchased = (cart_id: string) => ({ name: 'cart/purchased', data: { cart_id } });

/** What the timers that are set will invoke, by its qualifier. */
function versionsOfTimers(stand: Stand): string[] {
  return stand.sandbox.schedules().map(({ targetArn }) => targetArn.split(':').at(-1)!);
}

async function versions({ sandbox }: Stand): Promise<string[]> {
  const response = await fetch(`${sandbox.url}/2015-03-31/functions/${functionOf(sandbox, 'cart').name}/versions`);
  const { Versions } = (await response.json()) as { Versions: { Version: string }[] };
  return Versions.map(({ Version }) => Version);
}

function remove({ sandbox }: Stand, version: string): Promise<Response> {
  const { name } = functionOf(sandbox, 'cart');
  return fetch(`${sandbox.url}/2015-03-31/functions/${name}?Qualifier=${version}`, { method: 'DELETE' });
}

/** A run of the first generation waits for each cart; then the second is deployed. */
async function deployedTwice(...carts: string[]): Promise<Stand> {
  const stand = await start(synthesize('first'));
  await stand.send(...carts.map(added));
  await stand.advance(hourMs);
  await stand.sandbox.deploy(synthesize('second'));
  return stand;
}

describe('a deployment in the middle of waiting runs', () => {
  test('leaves them their code: for a purchase, at the timeout, and when a newer cart cancels', async () => {
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
  test('is removed when its last run has ended, and nobody misses it', async () => {
    const stand = await deployedTwice('bought');
    await stand.send(purchased('bought'));
    expect((await remove(stand, '1')).status).toBe(204);
    expect(await versions(stand)).toEqual(['$LATEST', '2']);
    await stand.send(added('bought'), purchased('bought'));
    expect(await stand.outcomes('cart', 'bought')).toEqual([
      'completed: bought by first',
      'completed: bought by second',
    ]);
    expectNothingLeft(stand);
  });

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
    stand.sandbox.setFaults({ seed: 1, kill: 1 });
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
