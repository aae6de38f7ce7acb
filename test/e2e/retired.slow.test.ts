/** A journey on its way out of the app, deployed step by step into a sandbox: retired, drained or cancelled, taken out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { sojournHere } from '../docs/play.js';
import { entryDirectory } from '../stack/entry-files.js';
import { dayMs, expectNothingLeft, hourMs, ofKind, type Stand, start } from './stand.js';

const entries = entryDirectory();
const outDir = mkdtempSync(path.join(tmpdir(), 'sojourn-retired-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

const journey = (id: string) => `
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
export const journey = createJourney(
  {
    id: '${id}', triggers: [{ event: 'cart/added' }], key: 'data.cart_id', waitsFor: ['cart/purchased'],
    cancelOn: [{ event: 'cart/added', timeout: '24h' }],
  },
  async ({ step }) => {
    const bought = await step.waitForEvent('paid', { event: 'cart/purchased', timeout: '24h' });
    return { outcome: bought === null ? 'reminded' : 'bought' };
  },
);
export const handler = serve(journey);
`;

function synthesize(cart: 'lives' | 'retired' | 'out'): string {
  const app = new App({ outdir: outDir });
  const stack = new Stack(app, 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  const entry = (id: string) => entries.write(`${id}.ts`, journey(id));
  if (cart !== 'out') new Journey(stack, 'Cart', { hub, entry: entry('cart'), retired: cart === 'retired' });
  new Journey(stack, 'Other', { hub, entry: entry('other') });
  app.synth();
  return outDir;
}

const added = (cart_id: string) => ({ name: 'cart/added', data: { cart_id } });
const purchased = (cart_id: string) => ({ name: 'cart/purchased', data: { cart_id } });
const carts = ['bought-4711', 'changed-4711', 'forgotten-4711'];

async function retired(): Promise<Stand> {
  const stand = await start(synthesize('lives'));
  await stand.send(...carts.map(added));
  await stand.advance(hourMs);
  await stand.sandbox.deploy(synthesize('retired'));
  return stand;
}

test('drained: it begins no run, its runs end as they would have, and nothing of it is left to be taken out', async () => {
  const stand = await retired();
  await stand.send(added('new-4711'), added('changed-4711'), purchased('bought-4711'));
  expect(await stand.runs({ journey: 'cart', key: 'new-4711' })).toEqual([]);
  expect(await stand.outcomes('other', 'new-4711')).toEqual(['active']);
  await stand.advance(dayMs);
  expect(await Promise.all(carts.map((key) => stand.outcomes('cart', key)))).toEqual([
    ['completed: bought'],
    ['cancelled'],
    ['completed: reminded'],
  ]);
  await stand.advance(dayMs);
  const { printed } = await sojournHere(stand.sandbox.url, ['runs', '--journey', 'cart', '--status', 'active']);
  expect(printed).toBe('no such runs\n');
  expectNothingLeft(stand);
  await stand.sandbox.deploy(synthesize('out'));
  await stand.send(added('later-4711'));
  expect(await stand.outcomes('other', 'later-4711')).toEqual(['active']);
  expect(stand.sandbox.deadLetters()).toEqual([]);
});

test('cancelled: the command ends what waits, no new run comes, and nothing of it is left to be taken out', async () => {
  const stand = await retired();
  const { exitCode } = await sojournHere(stand.sandbox.url, ['cancel', '--journey', 'cart', '--yes']);
  expect(exitCode).toBe(0);
  await stand.sandbox.settle();
  await stand.send(added('new-4711'));
  const statuses = (await stand.runs({ journey: 'cart' })).map(({ status }) => status);
  expect(statuses).toEqual(['cancelled', 'cancelled', 'cancelled']);
  const timers = stand.sandbox.schedules().map(({ targetArn }) => targetArn.split(':')[6]);
  expect(timers.every((name) => name?.includes('Other'))).toBe(true);
});

test('taken out at once: runs that wait stay as they are, their timers are lost, and putting it back retired lets them be cancelled', async () => {
  const stand = await start(synthesize('lives'));
  await stand.send(added('forgotten-4711'));
  await stand.sandbox.deploy(synthesize('out'));
  await stand.advance(3 * dayMs);
  expect(await stand.outcomes('cart', 'forgotten-4711')).toEqual(['active']);
  expect(await stand.outcomes('other', 'forgotten-4711')).toEqual(['completed: reminded']);
  // The role that would leave it there is gone with the journey.
  expect(ofKind(stand.activities, 'dead-letter')).toMatchObject([{ queueName: undefined }]);
  expect(stand.sandbox.deadLetters()).toEqual([]);
  await stand.sandbox.deploy(synthesize('retired'));
  const { exitCode } = await sojournHere(stand.sandbox.url, ['cancel', '--journey', 'cart', '--yes']);
  await stand.sandbox.settle();
  expect([exitCode, await stand.outcomes('cart', 'forgotten-4711')]).toEqual([0, ['cancelled']]);
});
