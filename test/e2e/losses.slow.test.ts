/** What deleting a stack would lose, told by `sojourn losses` of a small app: kept or not, in one stack or two, with a journey taken out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { sojournHere } from '../docs/play.js';
import { entryDirectory } from '../stack/entry-files.js';
import { dayMs, hourMs, type Stand, start } from './stand.js';

const entries = entryDirectory();
const outDir = mkdtempSync(path.join(tmpdir(), 'sojourn-losses-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

const journey = (id: string) => `
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
export const journey = createJourney(
  { id: '${id}', triggers: [{ event: '${id}/added' }], key: 'data.cart_id', waitsFor: ['cart/purchased'] },
  async ({ step }) => {
    const bought = await step.waitForEvent('paid', { event: 'cart/purchased', timeout: '24h' });
    return { outcome: bought === null ? 'reminded' : 'bought' };
  },
);
export const handler = serve(journey);
`;

interface Shape {
  readonly removalPolicy?: RemovalPolicy;
  readonly journeys?: readonly string[];
  /** Hub and journeys apart. */
  readonly inTwo?: boolean;
}

function synthesize({ removalPolicy, journeys = ['cart', 'lead'], inTwo = false }: Shape = {}): string {
  const app = new App({ outdir: outDir });
  const stack = new Stack(app, 'Shop');
  const hub = new JourneyHub(inTwo ? new Stack(app, 'Hub') : stack, 'Hub', { ...(removalPolicy && { removalPolicy }) });
  for (const id of journeys) new Journey(stack, id, { hub, entry: entries.write(`${id}.ts`, journey(id)) });
  app.synth();
  return outDir;
}

const added = (name: string, cart_id?: string) => ({ name: `${name}/added`, data: { cart_id } });

// biome-ignore lint/suspicious/noExplicitAny: what the command answers is what the tests check.
async function losses({ sandbox }: Stand, ...words: string[]): Promise<{ exitCode: number; answer: any }> {
  const before = [sandbox.schedules(), sandbox.deadLetters()];
  const { stdout, exitCode } = await sojournHere(sandbox.url, ['losses', '--json', ...words]);
  expect([sandbox.schedules(), sandbox.deadLetters()]).toEqual(before);
  return { exitCode, answer: JSON.parse(stdout) };
}

const typesOf = (resources: readonly { readonly type: string }[]) => [...new Set(resources.map(({ type }) => type))];
const data = ['AWS::DynamoDB::Table', 'AWS::Scheduler::ScheduleGroup', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup'];

test('data are kept: what waits is lost all the same, and nothing when all has ended', async () => {
  const stand = await start(synthesize());
  expect(await losses(stand)).toMatchObject({ exitCode: 0, answer: { wouldLose: false, sentences: [] } });
  await stand.send(added('cart', 'first-4711'));
  await stand.advance(hourMs);
  await stand.send(added('cart', 'second-4711'));
  const { exitCode, answer } = await losses(stand);
  expect(exitCode).toBe(1);
  expect(answer.sentences).toEqual([
    '2 runs of cart wait, the last until 2027-01-05T11:00:00Z: their function goes with the stack, and their timers stay but fire at nothing, so they will never go on. Their records stay with the table (Retain), as active for ever.',
  ]);
  expect(answer.journeys).toMatchObject([
    { journey: 'cart', activeRuns: 2, timers: 2, endedRuns: 0 },
    { journey: 'lead', activeRuns: 0, timers: 0, endedRuns: 0 },
  ]);
  expect(typesOf(answer.stays)).toEqual(data);
  expect(typesOf(answer.goes)).toEqual(['AWS::Events::EventBus', 'AWS::Events::Rule', 'AWS::Lambda::Function']);
  await stand.advance(2 * dayMs);
  const ended = await losses(stand);
  expect(ended.exitCode).toBe(0);
  expect(ended.answer.journeys[0]).toMatchObject({ activeRuns: 0, timers: 0, endedRuns: 2 });
});

test('data are deleted: timers, dead letters and records go too, also those of runs that have ended', async () => {
  const stand = await start(synthesize({ removalPolicy: RemovalPolicy.DESTROY }));
  await stand.send(added('cart', '4711'), added('lead'));
  await stand.advance(hourMs);
  const waiting = await losses(stand);
  expect(waiting.exitCode).toBe(1);
  expect(waiting.answer.sentences).toEqual([
    '1 run of cart waits until 2027-01-05T10:00:00Z: its timer and function go with the stack, so it will never go on. Its record goes with the table.',
    '1 dead letter is kept (1 left to people, 0 tried again by the hub): with the stack the queues go, and what is in them.',
  ]);
  expect(waiting.answer.stays).toEqual([]);
  expect(typesOf(waiting.answer.goes)).toEqual(expect.arrayContaining(data));
  await stand.advance(2 * dayMs);
  const ended = await losses(stand);
  expect(ended.exitCode).toBe(1);
  expect(ended.answer.sentences[0]).toBe('1 ended run of cart will be gone with the table.');
});

test('a journey that was taken out is told by what it left', async () => {
  const stand = await start(synthesize());
  await stand.send(added('lead', '4711'));
  await stand.sandbox.deploy(synthesize({ journeys: ['cart'] }));
  const { answer } = await losses(stand);
  expect(answer.journeys).toMatchObject([{ journey: 'cart' }, { journey: 'lead', isDeployed: false, timers: 1 }]);
  expect(answer.sentences).toEqual([expect.stringMatching(/^1 run of lead waits until .* it was taken out before/)]);
  await stand.sandbox.deploy(synthesize({ journeys: [] }));
  const hubAlone = await losses(stand);
  expect(hubAlone.exitCode).toBe(1);
  expect(hubAlone.answer).toMatchObject({ journeys: [{ journey: 'lead', timers: 1 }], sentences: answer.sentences });
});

test('only the journeys’ stack is named: the table is elsewhere, and every page of timers is counted', async () => {
  const stand = await start(synthesize({ inTwo: true, removalPolicy: RemovalPolicy.DESTROY }));
  await stand.send(...Array.from({ length: 101 }, (_, at) => added('cart', `4711-${at}`)));
  const { answer, exitCode } = await losses(stand, '--stack', 'Shop');
  expect(exitCode).toBe(1);
  expect(answer.journeys[0]).toMatchObject({ activeRuns: 101, timers: 101, runsFate: 'elsewhere' });
  expect(answer.sentences).toEqual([expect.stringMatching(/^101 runs of cart .* a stack that was not named\.$/)]);
  const both = await losses(stand, '--stack', 'Shop', '--stack', 'Hub');
  expect(both.answer.journeys[0]).toMatchObject({ runsFate: 'goes', timersFate: 'goes' });
});
