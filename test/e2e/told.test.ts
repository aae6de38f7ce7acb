/** What the deployed functions tell of the five stories: how much, of what, and nothing of the events' data. */
import { appAssembly, beforehand } from './assembly.js';
import { dayMs, hourMs, ofKind, type Stand, start } from './stand.js';
import { bytesByInvocation, dataIn, placeOf } from './told.js';

beforehand(appAssembly);

const data = (key: string, value: string) => ({
  [key]: `${value}-4711`,
  user: { id: `${value}-4712`, email: `${value}.mustermann@example.com` },
  product: { id: 'sku-48-1129', name: 'Teapot, porcelain, blue', price: 39.9, quantity: 1 },
});

/** Every story with each of its ends: matched, timed out, cancelled, and an event that nobody waits for. */
const stories: readonly { readonly key: string; readonly trigger: string; readonly awaited?: string }[] = [
  { key: 'cart_id', trigger: 'cart/product.added', awaited: 'cart/purchased' },
  { key: 'basket_id', trigger: 'basket/product.added', awaited: 'basket/purchased' },
  { key: 'user_id', trigger: 'user/signed.up', awaited: 'user/key.action' },
  { key: 'lead_id', trigger: 'lead/entered', awaited: 'sales/outreach.logged' },
  { key: 'user_id', trigger: 'user/active' },
];

async function playAll(): Promise<Stand> {
  const app = await start(await appAssembly());
  const send = (name: string | undefined, key: string, ...values: string[]): Promise<unknown> =>
    name === undefined ? Promise.resolve() : app.send(...values.map((value) => ({ name, data: data(key, value) })));
  for (const { key, trigger } of stories) await send(trigger, key, 'maximiliana', 'bertrand', 'cornelius');
  await app.advance(hourMs);
  for (const { key, trigger, awaited } of stories) {
    await send(awaited, key, 'maximiliana', 'nobody');
    await send(trigger, key, 'cornelius');
  }
  await app.advance(40 * dayMs);
  return app;
}

test('an invocation tells at most 600 bytes, journey, key, event, cause and run on every line, and no data', async () => {
  const app = await playAll();
  const logs = ofKind(app.activities, 'log');
  const ours = logs.filter(({ line }) => placeOf(line));
  const bytes = [...bytesByInvocation(logs).values()].sort((a, b) => a - b);
  const invocations = ofKind(app.activities, 'invoked').length;
  const sum = bytes.reduce((total, each) => total + each, 0);
  process.stdout.write(
    `      log lines of ${invocations} invocations: ${logs.length}; bytes of one: ${Math.round(sum / invocations)} on average, ${bytes.at(-1)} at most\n`,
  );
  expect(bytes.at(-1)).toBeLessThanOrEqual(600);
  expect(ours).toHaveLength(logs.length);
  for (const { line } of ours) {
    expect(placeOf(line)).toMatchObject({
      journey: expect.stringMatching(/^[a-z-]+$/),
      key: expect.stringMatching(/^[0-9a-f]{12}$/),
      event: expect.stringMatching(/^\w+\/|^\(timer\)$/),
      cause: expect.stringMatching(/^[0-9a-f-]{36}$|^timer:/),
      run: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}$/),
    });
  }
  const details = app.sandbox.events().map(({ event }) => event.detail);
  expect(details.length).toBeGreaterThan(25);
  expect(
    dataIn(
      logs.map(({ line }) => line),
      details,
    ),
  ).toEqual([]);
  await expectMetricsToAddUp(app);
}, 120_000);

/** The metrics of a journey, summed, are what its runs came to. */
async function expectMetricsToAddUp(app: Stand): Promise<void> {
  const sums: Record<string, Record<string, number>> = {};
  for (const { line } of ofKind(app.activities, 'log')) {
    const { _aws: metrics, journey, ...values } = placeOf(line) ?? {};
    const names =
      (metrics as { CloudWatchMetrics: { Metrics: { Name: string }[] }[] })?.CloudWatchMetrics[0]?.Metrics ?? [];
    for (const { Name } of names) {
      const of = sums[String(journey)] ?? {};
      sums[String(journey)] = { ...of, [Name]: (of[Name] ?? 0) + Number(values[Name]) };
    }
  }
  for (const [journey, told] of Object.entries(sums)) {
    const runs = await app.runs({ journey });
    const { RunsStarted = 0, RunsCancelled = 0, RunsFailed = 0 } = told;
    const count = (status: string) => runs.filter((run) => run.status === status).length;
    expect([journey, RunsStarted, RunsCancelled, RunsFailed]).toEqual([
      journey,
      runs.length,
      count('cancelled'),
      count('failed'),
    ]);
  }
  expect(Object.keys(sums).sort()).toEqual([
    'abandoned-cart',
    'activation',
    'cart-week',
    'sales-follow-up',
    'win-back',
  ]);
  expect(sums['abandoned-cart']).toMatchObject({ RunsStarted: 4, WaitsMatched: 1, WaitsTimedOut: 2, RunsCancelled: 1 });
}

test('fails when a line tells data: as a value, as a part, or inside a run id', () => {
  const sent = [{ cart_id: 'a', user: { email: 'a@b.c' }, total: 39.9 }];
  const runId = Buffer.from('2027-01-04T10:00:00Z#0#00#x\nabandoned-cart|key|s:someone').toString('base64url');
  expect(dataIn(['{"key":"a"}'], sent)).toHaveLength(1);
  expect(dataIn(['mail to a@b.c'], sent)).toHaveLength(1);
  expect(dataIn(['{"total":39.9}'], sent)).toHaveLength(1);
  expect(dataIn([`{"run":"${runId}"}`], [{ cart_id: 'someone' }])).toHaveLength(1);
  expect(dataIn(['{"journey":"abandoned-cart","RunsStarted":1}'], sent)).toEqual([]);
});
