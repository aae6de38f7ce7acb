/** Filters in the sandbox: orders above 100 EUR, a payment that is large enough, a cancel by the same user's admin; and what they cost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { entryDirectory } from '../stack/entry-files.js';
import { type AppEvent, expectNothingLeft, hourMs, type Stand, start } from './stand.js';

const entries = entryDirectory();
const outDir = mkdtempSync(path.join(tmpdir(), 'sojourn-filters-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

const journey = 'large-order';
const source = (trigger: string): string => `
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
export const journey = createJourney(
  {
    id: '${journey}',
    triggers: [{ event: 'order/placed', if: ${JSON.stringify(trigger)} }],
    key: 'data.user',
    waitsFor: ['order/paid'],
    cancelOn: [{ event: 'admin/acted', if: "event.data.user == async.data.user && async.data.role == 'supervisor'" }],
  },
  async ({ event, step }) => {
    const paid = await step.waitForEvent('payment', {
      event: 'order/paid',
      timeout: '2h',
      if: 'event.data.user == async.data.user && async.data.amount >= event.data.amount',
    });
    return { outcome: paid ? 'paid' : 'unpaid' };
  },
);
export const handler = serve(journey);
`;

function synthesize(into: string, trigger: string): void {
  const app = new App({ outdir: into });
  const stack = new Stack(app, 'Shop');
  new Journey(stack, 'LargeOrder', {
    hub: new JourneyHub(stack, 'Hub'),
    entry: entries.write(`order-${path.basename(into)}.ts`, source(trigger)),
  });
  app.synth();
}

beforeAll(() => synthesize(outDir, 'event.data.amount > 100'), 120_000);

const placed = (user: string, amount: unknown): AppEvent => ({ name: 'order/placed', data: { user, amount } });
const paid = (user: string, amount?: unknown): AppEvent => ({ name: 'order/paid', data: { user, amount } });
const acted = (user: string, role: string): AppEvent => ({ name: 'admin/acted', data: { user, role } });

/** Units and calls of one event, beside what there was before. */
async function costOf(app: Stand, user: string, event: AppEvent): Promise<string> {
  const before = app.cost(journey, user);
  await app.send(event);
  const after = app.cost(journey, user);
  return `${after.writeUnits - before.writeUnits} + ${after.readUnits - before.readUnits}`;
}

test('only an order above 100 EUR starts a run, and only a payment that is large enough ends it', async () => {
  const app = await start(outDir);
  await app.send(placed('ann', 100), placed('ann', 'a lot'), placed('bob', 100.5));
  expect(await app.outcomes(journey, 'ann')).toEqual([]);
  expect(await app.outcomes(journey, 'bob')).toEqual(['active']);
  await app.send(paid('bob', 100), paid('bob'), paid('ann', 1_000));
  expect(await app.outcomes(journey, 'bob')).toEqual(['active']);
  await app.send(paid('bob', 100.5));
  expect(await app.outcomes(journey, 'bob')).toEqual(['completed: paid']);
  expectNothingLeft(app);
});

test('an admin of the same user cancels, nobody else does, and what could not be evaluated is told', async () => {
  const app = await start(outDir);
  await app.send(placed('cleo', 500));
  await app.send(acted('cleo', 'clerk'), acted('dan', 'supervisor'), paid('cleo', 'all of it'));
  expect(await app.outcomes(journey, 'cleo')).toEqual(['active']);
  expect(JSON.stringify(app.logLines(journey))).toContain('filterFailed payment no_such_overload');
  expect(app.logLines(journey).some((line) => line.FilterFailures === 1)).toBe(true);
  await app.send(acted('cleo', 'supervisor'));
  expect(await app.outcomes(journey, 'cleo')).toEqual(['cancelled']);
  await app.advance(3 * hourMs);
  expectNothingLeft(app);
});

test('an order that no trigger takes costs 0 + 1 units, an event that a wait or a cancelOn refuses 1 + 1', async () => {
  const app = await start(outDir);
  await app.send(placed('eve', 500));
  expect(await costOf(app, 'eve', placed('eve', 5))).toBe('0 + 1');
  expect(await costOf(app, 'eve', paid('eve', 5))).toBe('1 + 1');
  expect(await costOf(app, 'eve', acted('eve', 'clerk'))).toBe('1 + 1');
  await app.send(paid('eve', 500));
  const whole = app.cost(journey, 'eve');
  // A matched run's 3 + 2 and 1 + 1 for each of two: nothing for the filters of what it took.
  expect([whole.writeUnits, whole.readUnits]).toEqual([5, 5]);
  expect(whole.calls).toMatchObject({ 'scheduler:CreateSchedule': 1, 'scheduler:DeleteSchedule': 1 });
});

test('an `if` that cannot be honoured fails the synth, naming the file, the part and the fix', () => {
  const failing = (trigger: string) => () => synthesize(mkdtempSync(path.join(tmpdir(), 'sojourn-refused-')), trigger);
  expect(failing('event.data.user.matches("a+")')).toThrow(
    /order-.*\.ts.*matches\(\) is not supported.*Fix: use startsWith/s,
  );
  expect(failing('1 == "1"')).toThrow(/do not go together.*\[InvalidFilter\]/s);
});
