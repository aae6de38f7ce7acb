/** `sojourn cost` of journeys that use more than the key: what is found by other paths, calls and claims is counted, or said not to be. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Journey, JourneyHub, JourneyStep } from 'sojourn/cdk';
import { estimate, tell } from '../../bin/command/cost.js';
import { callingAssembly, correlationsAssembly } from '../e2e/assembly.js';
import { entryDirectory } from '../stack/entry-files.js';

const entries = entryDirectory();
const outdir = mkdtempSync(path.join(tmpdir(), 'sojourn-cost-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

/** Units of one run of each ending, and what its code returned. */
const countOf = async (assemblyDir: string, journey: string, matched: number | undefined, data = {}) => {
  const estimated = await estimate(assemblyDir, { journey, runs: 1, matched }, data);
  const samples = estimated.samples.map(({ ending, usage, output }) => ({
    ...{ ending, writeUnits: usage.writeUnits, readUnits: usage.readUnits, output },
    timers: usage.calls['scheduler:CreateSchedule'],
  }));
  return { samples, text: tell(estimated).join('\n') };
};

test('a journey that waits by other paths alone is matched, with its pointers and records', async () => {
  const { samples, text } = await countOf(await correlationsAssembly(), 'order', 1);
  // Three pointers are put and deleted, two events recorded; the rest is the run, whose last two documents are of two units.
  expect(samples).toEqual([
    { ending: 'matched', output: { outcome: 'held over' }, writeUnits: 14, readUnits: expect.any(Number), timers: 2 },
  ]);
  expect(text).toContain('shop/closed reaches every run, and is counted as if each run had one of its own');
  const half = await countOf(await correlationsAssembly(), 'order', undefined);
  expect(half.samples.map(({ ending, output }) => [ending, output])).toEqual([
    ['matched', { outcome: 'held over' }],
    ['timed out', { outcome: 'unpaid' }],
  ]);
}, 120_000);

test('a wait whose `if` takes nothing of the data fails with the fix, and counts with data that it takes', async () => {
  const assembly = await correlationsAssembly();
  await expect(countOf(assembly, 'parcel', 1)).rejects.toThrow(
    "the wait 'report' of parcel does not take carrier/reported. Fix: give its events the data that they should have: --events <file>",
  );
  const { samples } = await countOf(assembly, 'parcel', 1, { 'carrier/reported': { signed: true } });
  expect(samples).toMatchObject([{ output: { outcome: 'delivered' } }]);
}, 120_000);

test('a journey that calls another one is counted with its call, and says what is not in it', async () => {
  const { samples, text } = await countOf(await callingAssembly(), 'checkout', undefined, {
    'order/placed': { stolen: true },
  });
  expect(samples).toMatchObject([
    { ending: 'timed out', output: { outcome: 'NonRetriableError: the card is stolen' } },
  ]);
  expect(text).toContain('what charge-card does when it is called is not in it: sojourn cost --journey charge-card');
  await expect(countOf(await callingAssembly(), 'charge-card', undefined)).rejects.toThrow(
    /charge-card is begun by other journeys’ calls alone.*Fix:/,
  );
}, 120_000);

describe('journeys with options of all kinds', () => {
  beforeAll(() => {
    const app = new App({ outdir });
    const stack = new Stack(app, 'Shop');
    const hub = new JourneyHub(stack, 'Hub');
    const journey = (id: string, options: string, then = '({ paid: paid !== null })'): void => {
      const text = `
import { createJourney, NonRetriableError } from 'sojourn';
import { serve } from 'sojourn/lambda';
const refuse = () => { throw Object.assign(new NonRetriableError('nobody has paid'), { name: 'Unpaid' }); };
export const journey = createJourney(
  { id: '${id}', triggers: [{ event: 'order/placed', if: ${id === 'dear' ? "'event.data.total > 100'" : 'undefined'} }],
    key: 'data.user', waitsFor: ['order/paid'], ${options} },
  async ({ step }) => {
    const paid = await step.waitForEvent('paid', { event: 'order/paid', timeout: '1h' });
    return ${then};
  },
);
export const handler = serve(journey);
`;
      new Journey(stack, id, { hub, entry: entries.write(`${id}.ts`, text) });
    };
    journey('plain', '');
    journey('once', "idempotency: 'data.order.id'");
    journey('strict', '', "paid ? 'paid' : refuse()");
    journey('told', "onFailure: async () => 'told',", "paid ? 'paid' : refuse()");
    journey('dear', '');
    new Journey(stack, 'declared', {
      ...{ hub, trigger: { event: 'order/placed' }, key: 'data.user' },
      steps: [
        JourneyStep.waitForEvent('paid', {
          ...{ event: 'order/paid', timeout: Duration.hours(1) },
          onTimeout: [JourneyStep.fail({ name: 'Unpaid', message: 'nobody has paid' })],
        }),
      ],
    });
    app.synth();
  }, 120_000);

  test('a run that its author makes fail is counted as it is, and said to fail', async () => {
    const told = 'the run that times out fails, and is counted so: Unpaid: nobody has paid';
    const [, plain] = (await countOf(outdir, 'plain', undefined)).samples;
    for (const id of ['strict', 'declared']) {
      const { samples, text } = await countOf(outdir, id, undefined);
      expect(samples).toMatchObject([{ ending: 'matched' }, { ...plain, output: undefined }]);
      expect(text).toContain(told);
    }
    // What `onFailure` costs: docs/cost.md, What features cost.
    const { samples, text } = await countOf(outdir, 'told', 0);
    expect(samples).toMatchObject([{ writeUnits: plain!.writeUnits + 2, readUnits: plain!.readUnits + 1 }]);
    expect(text).toContain(told);
  }, 120_000);

  test('fails where the trigger’s `if` takes nothing of the data, and says where to give it', async () => {
    await expect(countOf(outdir, 'dear', 1)).rejects.toThrow(
      "order/placed started no run of dear. Fix: give it data that the trigger's 'if' takes: --events <file>",
    );
    const { samples } = await countOf(outdir, 'dear', 1, { 'order/placed': { total: 101 } });
    expect(samples).toMatchObject([{ ending: 'matched', output: { paid: true } }]);
  }, 120_000);

  test('claims of `idempotency` cost one write unit more, although nobody gave the value', async () => {
    const [plain] = (await countOf(outdir, 'plain', 1)).samples;
    const { samples, text } = await countOf(outdir, 'once', 1);
    expect(samples).toEqual([{ ...plain, writeUnits: plain!.writeUnits + 1 }]);
    expect(text).toContain('a trigger of once that starts no run (idempotency) is not in it');
  }, 120_000);
});
