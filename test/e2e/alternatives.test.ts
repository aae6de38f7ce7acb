/** What docs/alternatives.md says that a wait, a day's sleep and an hourly sweep cost: counted at the sandbox's door. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { entryDirectory } from '../stack/entry-files.js';
import { dayMs, hourMs, minuteMs, start } from './stand.js';

const entries = entryDirectory();
const outDir = mkdtempSync(path.join(tmpdir(), 'sojourn-alternatives-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

const source = (options: string, body: string): string => `
import { createJourney, cron } from 'sojourn';
import { serve } from 'sojourn/lambda';
export const journey = createJourney(${options}, async ({ event, step }) => { ${body} });
export const handler = serve(journey);
`;
const added = "triggers: [{ event: 'cart/product.added' }], key: 'data.cart_id', maxDuration: '2d'";
const restarts = "cancelOn: [{ event: 'cart/product.added' }]";

beforeAll(() => {
  const app = new App({ outdir: outDir });
  const stack = new Stack(app, 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  const of = (id: string, options: string, body: string): void => {
    new Journey(stack, id, { hub, entry: entries.write(`${id}.ts`, source(`{ id: '${id}', ${options} }`, body)) });
  };
  of(
    'wait',
    `${added}, ${restarts}, waitsFor: ['cart/purchased']`,
    "if (await step.waitForEvent('bought', { event: 'cart/purchased', timeout: '24h' })) return 'bought'; return step.run('remind', () => 'reminded');",
  );
  of(
    'check',
    `${added}, ${restarts}`,
    "await step.sleep('a day', '24h'); return step.run('check and remind', () => 'looked');",
  );
  of('sweep', "triggers: [cron('0 * * * *')]", "return step.run('sweep', () => 'swept');");
  app.synth();
}, 120_000);

test('a wait and a day’s sleep cost the same where nothing is bought; where it is, the sleep still fires and looks', async () => {
  const app = await start(outDir);
  await app.send({ name: 'cart/product.added', data: { cart_id: 'c-1' } });
  await app.send({ name: 'cart/product.added', data: { cart_id: 'c-2' } });
  await app.advance(hourMs);
  await app.send({ name: 'cart/purchased', data: { cart_id: 'c-2' } });
  await app.advance(dayMs);
  const cost = (journey: string, key: string) => {
    const { invocations, writeUnits, readUnits, calls } = app.cost(journey, key);
    return [invocations, writeUnits, readUnits, calls['scheduler:Delivery'] ?? 0];
  };
  expect(cost('wait', 'c-1')).toEqual([2, 3, 2, 1]);
  expect(cost('wait', 'c-2')).toEqual([2, 3, 2, 0]);
  expect(cost('check', 'c-1')).toEqual([2, 3, 2, 1]);
  expect(cost('check', 'c-2')).toEqual([2, 3, 2, 1]);
}, 60_000);

test('a sweep costs what a run of one step costs, every hour, whether there is a cart or not', async () => {
  const app = await start(outDir);
  await app.advance(dayMs + minuteMs);
  const sweeps = app.sandbox.calls({ journey: 'sweep' });
  expect(sweeps).toHaveLength(24);
  for (const { invocations, writeUnits, readUnits } of sweeps)
    expect([invocations, writeUnits, readUnits]).toEqual([1, 2, 1]);
}, 60_000);
