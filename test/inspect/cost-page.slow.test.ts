/** docs/cost.md and docs/scale.md against runs that are played and counted in the sandbox. `UPDATE_PAGES=1` writes the tables. */
import path from 'node:path';
import { estimate, sampleData, tell } from '../../bin/command/cost.js';
import { totalOf } from '../../lib/inspect/cost.js';
import { type CountedJourney, costTables } from '../../lib/inspect/cost-page.js';
import { cartRun } from '../../lib/inspect/scale.js';
import { appAssembly, declaredSalesAssembly, repository } from '../e2e/assembly.js';
import { printedBlocks, updatePage } from './generated.js';

// The SDK's warning about Node 20 would clutter the tests' output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const data = sampleData(path.join(repository, 'sojourn.events.json'));
const runs = 1_000_000;
let assemblyDir: string;
beforeAll(async () => {
  assemblyDir = await appAssembly();
}, 120_000);

const count = (journey: string, matched?: number) => estimate(assemblyDir, { journey, runs, matched }, data);

test('a million cart runs cost at most six dollars, the customer’s own events and all that is kept included', async () => {
  const { bill } = await count('abandoned-cart', 0.5);
  expect(bill.usd).toBeLessThanOrEqual(6);
  expect(totalOf(bill.run)).toBeLessThan(5.75);
  expect(bill.unpriced).toEqual({});
});

test('the run that docs/scale.md is about is the one that is counted', async () => {
  const { usage } = await count('abandoned-cart', 0.5);
  const { openS, openBytes, ...counted } = cartRun;
  expect({
    events: usage.events / runs,
    invocations: usage.invocations / runs,
    writeUnits: usage.writeUnits / runs,
    readUnits: usage.readUnits / runs,
    timersCreated: usage.calls['scheduler:CreateSchedule']! / runs,
    timersDeleted: usage.calls['scheduler:DeleteSchedule']! / runs,
    timersFired: usage.timersFired / runs,
  }).toEqual(counted);
  expect(openS).toBe(((12 + 24) / 2) * 3_600);
  expect(openBytes).toBe(800);
});

test('docs/cost.md has the tables that the code prints', async () => {
  const cart: CountedJourney = await count('abandoned-cart', 0.5);
  const others: CountedJourney[] = [];
  for (const journey of ['cart-week', 'activation', 'sales-follow-up', 'win-back']) others.push(await count(journey));
  const declared = await estimate(
    await declaredSalesAssembly(),
    { journey: 'sales-follow-up', runs, matched: 0.5 },
    data,
  );
  others.push({ ...declared, journey: 'sales-follow-up, declared' });
  const tables = costTables(cart, others);
  updatePage('docs/cost.md', tables);
  expect(printedBlocks('docs/cost.md')).toEqual(tables);
}, 120_000);

test('sojourn cost tells the sum line by line, with every assumption', async () => {
  const text = tell(await count('abandoned-cart', 0.5)).join('\n');
  expect(text).toMatch(/^1,000,000 runs of abandoned-cart, 50 % of them matched$/m);
  expect(text).toMatch(/^ {2}writes +3,000,000 +\$1\.88 {3}write request unit/m);
  expect(text).toMatch(/^all in +\$5\.\d\d$/m);
  expect(text).toMatch(/ses:SendEmail +500,000 +\$50\.00/);
  expect(text).toContain('256 MiB on arm64; 80 ms billed for an invocation');
});

test('only what is asked for is played: runs that all time out', async () => {
  const { samples, matched } = await count('abandoned-cart', 0);
  expect([samples.map(({ ending }) => ending), matched]).toEqual([['timed out'], 0]);
});

test('fails for a journey that is not there, naming those that are', async () => {
  await expect(count('no-such-journey')).rejects.toThrow(
    'the app has no journey no-such-journey. It has: abandoned-cart, cart-week, activation, sales-follow-up, win-back',
  );
});

test('fails when a share is to match and the journey awaits nothing', async () => {
  await expect(count('win-back', 0.5)).rejects.toThrow('win-back awaits no event');
});

test('fails when the events lack what the code reads, with the fix', async () => {
  const options = { journey: 'abandoned-cart', runs, matched: 0 };
  await expect(estimate(assemblyDir, options, {})).rejects.toThrow(/the run fails: .*Fix: .*--events <file>/);
});
