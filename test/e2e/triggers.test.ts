/** Triggers in the sandbox: an order that was published twice, one run at a time, and a journey that is started by the clock. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { entryDirectory } from '../stack/entry-files.js';
import { dayMs, hourMs, type Stand, start } from './stand.js';

const entries = entryDirectory();
const outDir = mkdtempSync(path.join(tmpdir(), 'sojourn-triggers-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

const source = (options: string, body: string): string => `
import { createJourney, cron } from 'sojourn';
import { serve } from 'sojourn/lambda';
export const journey = createJourney(${options}, async ({ event, step }) => { ${body} });
export const handler = serve(journey);
`;
const waitsForPayment =
  "const paid = await step.waitForEvent('paid', { event: 'order/paid', timeout: '2h' }); return { outcome: paid ? 'paid' : 'given up' };";

beforeAll(() => {
  const app = new App({ outdir: outDir });
  const stack = new Stack(app, 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  const of = (id: string, options: string, body: string): void => {
    new Journey(stack, id, { hub, entry: entries.write(`${id}.ts`, source(options, body)) });
  };
  const placed = "triggers: [{ event: 'order/placed' }], key: 'data.customer', waitsFor: ['order/paid']";
  of('plain', `{ id: 'plain', ${placed} }`, waitsForPayment);
  of('orders', `{ id: 'orders', ${placed}, idempotency: 'data.order_id' }`, waitsForPayment);
  of('one', `{ id: 'one', ${placed}, singleton: { mode: 'skip' } }`, waitsForPayment);
  of('newest', `{ id: 'newest', ${placed}, singleton: { mode: 'cancel' } }`, waitsForPayment);
  of('cancels', `{ id: 'cancels', ${placed}, cancelOn: [{ event: 'order/placed' }] }`, waitsForPayment);
  const times = "[cron('30 9 * * SUN', { timezone: 'Europe/Paris' })]";
  of('sundays', `{ id: 'sundays', triggers: ${times} }`, 'return { outcome: event.data.scheduledAt };');
  app.synth();
}, 120_000);

const placed = (order_id: string) => ({ name: 'order/placed', data: { customer: 'c1', order_id } });
const statuses = async (app: Stand, journey: string) => (await app.runs({ journey })).map(({ status }) => status);

test('an order that is published twice starts one run, and an order more starts another', async () => {
  const app = await start(outDir);
  await app.send(placed('o-1'), placed('o-1'), placed('o-2'));
  expect((await statuses(app, 'orders')).sort()).toEqual(['active', 'active', 'skipped']);
  const [skipped] = await app.runs({ journey: 'orders', status: 'skipped' });
  const active = await app.runs({ journey: 'orders', status: 'active' });
  const { holder } = (skipped as unknown as { skipped: { holder: string } }).skipped;
  expect(active.map(({ runId }) => runId)).toContain(holder);
  await app.advance(2 * hourMs + hourMs);
  expect((await statuses(app, 'orders')).sort()).toEqual(['completed', 'completed', 'skipped']);
}, 60_000);

test('of several triggers at once one starts a run; when that is over, the next does', async () => {
  const app = await start(outDir);
  await app.send(placed('o-1'), placed('o-2'), placed('o-3'));
  expect((await statuses(app, 'one')).sort()).toEqual(['active', 'skipped', 'skipped']);
  await app.advance(1_000);
  await app.send({ name: 'order/paid', data: { customer: 'c1' } });
  await app.advance(1_000);
  await app.send(placed('o-4'));
  expect((await statuses(app, 'one')).sort()).toEqual(['active', 'completed', 'skipped', 'skipped']);
}, 60_000);

test('a claim costs one write unit more than no claim; a trigger that is skipped costs two and the read of who holds its place', async () => {
  const app = await start(outDir);
  await app.send(placed('o-1'));
  const cost = (journey: string) => {
    const { writeUnits, readUnits, calls } = app.cost(journey, 'c1');
    return { writeUnits, readUnits, schedules: calls['scheduler:CreateSchedule'] ?? 0 };
  };
  expect(cost('plain')).toEqual({ writeUnits: 1, readUnits: 1, schedules: 1 });
  expect(cost('orders')).toEqual({ writeUnits: 2, readUnits: 1, schedules: 1 });
  expect(cost('one')).toEqual({ writeUnits: 2, readUnits: 1, schedules: 1 });
  await app.send(placed('o-1'));
  // A refused write for the claim, and the tombstone; the holder is read, and by a singleton's trigger also its key.
  // One read more here than on AWS: dynalite does not answer a refused write with what is there.
  expect(cost('orders')).toEqual({ writeUnits: 4, readUnits: 3, schedules: 1 });
  expect(cost('one')).toEqual({ writeUnits: 4, readUnits: 4, schedules: 1 });
}, 60_000);

test('singleton with mode cancel costs what cancelOn does: nothing, and the write that ends a run that is replaced', async () => {
  const app = await start(outDir);
  const cost = (journey: string) => {
    const { writeUnits, readUnits, calls } = app.cost(journey, 'c1');
    const [set, deleted] = ['Create', 'Delete'].map((verb) => calls[`scheduler:${verb}Schedule`] ?? 0);
    return { writeUnits, readUnits, set, deleted };
  };
  await app.send(placed('o-1'));
  for (const journey of ['plain', 'newest', 'cancels'])
    expect([journey, cost(journey)]).toEqual([journey, { writeUnits: 1, readUnits: 1, set: 1, deleted: 0 }]);
  await app.advance(1_000);
  await app.send(placed('o-2'));
  expect(await statuses(app, 'plain')).toEqual(['active', 'active']);
  expect(cost('plain')).toEqual({ writeUnits: 2, readUnits: 2, set: 2, deleted: 0 });
  for (const journey of ['newest', 'cancels']) {
    expect(await statuses(app, journey)).toEqual(['cancelled', 'active']);
    expect([journey, cost(journey)]).toEqual([journey, { writeUnits: 3, readUnits: 2, set: 2, deleted: 1 }]);
  }
}, 60_000);

test('a journey that is started by the clock keeps its hour when the clocks are changed', async () => {
  const app = await start(outDir);
  expect(app.notices).toEqual([]);
  const next = () => app.sandbox.schedules().find(({ input }) => input?.includes('scheduled.timer'));
  expect(new Date(next()!.fireAtMs).toISOString()).toBe('2027-01-10T08:30:00.000Z');
  await app.advance(85 * dayMs);
  const outcomes = (await app.runs({ journey: 'sundays' })).map(
    ({ status, output }) => `${status}: ${output?.outcome}`,
  );
  expect(outcomes).toHaveLength(12);
  expect(outcomes.slice(-2)).toEqual(['completed: 2027-03-21T08:30:00Z', 'completed: 2027-03-28T07:30:00Z']);
  expect(new Date(next()!.fireAtMs).toISOString()).toBe('2027-04-04T07:30:00.000Z');
}, 60_000);
