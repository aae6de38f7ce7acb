/** What docs/deploy.md says of renaming and of rolling back, played: each change is deployed into a sandbox in which a run waits. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { sojournHere } from '../docs/play.js';
import { entryDirectory } from '../stack/entry-files.js';
import { remove } from './deployments.js';
import { dayMs, expectNothingLeft, hourMs, ofKind, type Stand, start } from './stand.js';

const entries = entryDirectory();
const outDir = mkdtempSync(path.join(tmpdir(), 'sojourn-life-cycle-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

interface Change {
  readonly construct?: string;
  readonly id?: string;
  readonly key?: string;
  readonly awaits?: readonly string[];
  readonly outcome?: string;
}

/** Waits a day for the last of the events that it awaits. */
function journey({
  id = 'cart',
  key = 'data.cart_id',
  awaits = ['cart/purchased'],
  outcome = 'bought',
}: Change): string {
  return `
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
export const journey = createJourney(
  { id: '${id}', triggers: [{ event: 'cart/added' }], key: '${key}', waitsFor: ${JSON.stringify(awaits)} },
  async ({ step }) => {
    const bought = await step.waitForEvent('paid', { event: '${awaits.at(-1)}', timeout: '24h' });
    return { outcome: bought === null ? 'reminded' : '${outcome}' };
  },
);
export const handler = serve(journey);
`;
}

function synthesize(change: Change = {}): string {
  const app = new App({ outdir: outDir });
  const stack = new Stack(app, 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  new Journey(stack, change.construct ?? 'Cart', { hub, entry: entries.write('cart.ts', journey(change)) });
  app.synth();
  return outDir;
}

const data = (id: string) => ({ cart_id: id, basket: id });
const added = (id: string) => ({ name: 'cart/added', data: data(id) });
const purchased = (id: string, name = 'cart/purchased') => ({ name, data: data(id) });

/** Two carts wait, an hour long, when the change is deployed. */
async function deployed(change: Change): Promise<Stand> {
  const stand = await start(synthesize());
  await stand.send(added('bought-4711'), added('forgotten-4711'));
  await stand.advance(hourMs);
  await stand.sandbox.deploy(synthesize(change));
  return stand;
}

async function ends(stand: Stand, id = 'cart'): Promise<string[][]> {
  return Promise.all(['bought-4711', 'forgotten-4711'].map((key) => stand.outcomes(id, key)));
}

test('another construct id: events still find the runs that wait, but their timers are lost', async () => {
  const stand = await deployed({ construct: 'CartJourney' });
  await stand.send(purchased('bought-4711'));
  await stand.advance(2 * dayMs);
  expect(await ends(stand)).toEqual([['completed: bought'], ['active']]);
  await stand.send(added('new-4711'));
  await stand.advance(2 * dayMs);
  expect(await stand.outcomes('cart', 'new-4711')).toEqual(['completed: reminded']);
  expect(await ends(stand)).toEqual([['completed: bought'], ['active']]);
  // Whatever comes for its key lets it see that its time is over.
  await stand.send(purchased('forgotten-4711'));
  expect(await ends(stand)).toEqual([['completed: bought'], ['completed: reminded']]);
});

test('another journey id: a new journey, whose role may not touch the runs that wait; their timers become dead letters', async () => {
  const stand = await deployed({ id: 'basket' });
  await stand.send(purchased('bought-4711'));
  await stand.advance(3 * dayMs);
  expect(await ends(stand)).toEqual([['active'], ['active']]);
  expect(await ends(stand, 'basket')).toEqual([[], []]);
  expect(ofKind(stand.activities, 'access-denied')[0]?.action).toBe('dynamodb:Query');
  expect(stand.sandbox.deadLetters()).toHaveLength(2);
  await stand.sandbox.deploy(synthesize());
  const { exitCode } = await sojournHere(stand.sandbox.url, ['redrive', '--all']);
  expect([exitCode, await ends(stand)]).toEqual([0, [['completed: reminded'], ['completed: reminded']]]);
});

test('another path of the key with the same values: runs that wait go on', async () => {
  const stand = await deployed({ key: 'data.basket' });
  await stand.send(purchased('bought-4711'));
  await stand.advance(2 * dayMs);
  expect(await ends(stand)).toEqual([['completed: bought'], ['completed: reminded']]);
  expectNothingLeft(stand);
});

test('another name of the awaited event: runs that wait no longer see the old one', async () => {
  const stand = await deployed({ awaits: ['order/paid'] });
  await stand.send(purchased('bought-4711'), purchased('bought-4711', 'order/paid'));
  await stand.advance(2 * dayMs);
  expect(await ends(stand)).toEqual([['completed: reminded'], ['completed: reminded']]);
});

test('another name of the awaited event, with the old one kept beside it: runs of both are matched', async () => {
  const stand = await deployed({ awaits: ['cart/purchased', 'order/paid'] });
  await stand.send(added('new-4711'));
  await stand.advance(hourMs);
  await stand.send(purchased('bought-4711'), purchased('new-4711', 'order/paid'));
  await stand.advance(2 * dayMs);
  expect(await ends(stand)).toEqual([['completed: bought'], ['completed: reminded']]);
  expect(await stand.outcomes('cart', 'new-4711')).toEqual(['completed: bought']);
});

describe('rolled back to the code before', () => {
  const broken = { outcome: 'bought by the broken code' };

  async function rolledBack(): Promise<Stand> {
    const stand = await start(synthesize());
    await stand.sandbox.deploy(synthesize(broken));
    await stand.send(added('bought-4711'));
    await stand.advance(hourMs);
    await stand.sandbox.deploy(synthesize());
    return stand;
  }

  test('new runs have the old code, and runs of the broken version finish with that', async () => {
    const stand = await rolledBack();
    await stand.send(added('new-4711'));
    await stand.advance(hourMs);
    await stand.send(purchased('bought-4711'), purchased('new-4711'));
    expect(await stand.outcomes('cart', 'bought-4711')).toEqual(['completed: bought by the broken code']);
    expect(await stand.outcomes('cart', 'new-4711')).toEqual(['completed: bought']);
  });

  test('unless that version is removed: then they go on with the old code', async () => {
    const stand = await rolledBack();
    expect((await remove(stand, '2')).ok).toBe(true);
    await stand.send(purchased('bought-4711'));
    expect(await stand.outcomes('cart', 'bought-4711')).toEqual(['completed: bought']);
  });

  test('or cancelled', async () => {
    const stand = await rolledBack();
    const { exitCode } = await sojournHere(stand.sandbox.url, ['cancel', '--journey', 'cart', '--yes']);
    await stand.sandbox.settle();
    expect([exitCode, await stand.outcomes('cart', 'bought-4711')]).toEqual([0, ['cancelled']]);
    expectNothingLeft(stand);
  });
});
