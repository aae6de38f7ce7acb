/**
 * Hostile input through the sandbox: the real bundles in their workers, the template's rules, the bus, the table and the
 * Scheduler. A smaller set than the engine's: every text as a key, as an event's name and as a step's id.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { synthesize } from '../../bin/command/synthesize.js';
import { appAssembly, beforehand, repository } from '../e2e/assembly.js';
import {
  type AppEvent,
  dayMs,
  deliver,
  expectNothingLeft,
  hourMs,
  minuteMs,
  type Run,
  type Stand,
  start,
} from '../e2e/stand.js';
import { bought, started } from './fixtures/odd-app/names.js';
import { changed, inherited } from './prototypes.js';
import { lonely, objects, texts } from './texts.js';

const before = inherited();
const cart = 'abandoned-cart';

/** These keys and names are words of the log lines themselves: that data stays out of logs is for test/e2e to say. */
const wordsOfLogs = { judged: false };

describe('the five journeys of the app', () => {
  beforehand(appAssembly);

  const keys: readonly unknown[] = [
    ...Object.values(texts),
    42,
    42.5,
    true,
    false,
    0,
    '',
    'x'.repeat(600),
    `${'x'.repeat(599)}y`,
  ];
  const added = (key: unknown, index: number): AppEvent => ({
    name: 'cart/product.added',
    data: { cart_id: key, user: { email: `c${index}@example.com` } },
  });

  test('keep customers apart, whatever the characters of their keys: each forgotten cart gets its one mail', async () => {
    const app = await start(await appAssembly(), wordsOfLogs);
    await app.send(...keys.map(added));
    await app.advance(hourMs);
    const isBought = (_key: unknown, index: number): boolean => index % 2 === 0;
    await app.send(...keys.filter(isBought).map((cart_id) => ({ name: 'cart/purchased', data: { cart_id } })));
    const outcomes = keys.map((key, index) => (isBought(key, index) ? 'completed: purchased' : 'active'));
    expect((await app.runs({ journey: cart })).map(summary).sort()).toEqual(
      keys
        .map((key, index) => [keyShown(key), outcomes[index]!.split(':')[0]!] as const)
        .map(textOf)
        .sort(),
    );
    await app.advance(25 * hourMs);
    const forgotten = keys.flatMap((key, index) => (isBought(key, index) ? [] : [`c${index}@example.com`]));
    expect(app.recipients().sort()).toEqual(forgotten.sort());
    expectNothingLeft(app);
    expect(changed(before)).toEqual([]);
  }, 120_000);

  test('are found again by any text of a key', async () => {
    const app = await start(await appAssembly(), wordsOfLogs);
    const found = ['a|b', '..', 'a%2Fb', '<b>&amp;</b>', 'a\nb', '__proto__', '\u{1f6d2}', '\u00e9', 'e\u0301', ''];
    await app.send(...found.map(added));
    for (const key of found) {
      const runs = await app.runs({ journey: cart, key });
      expect(runs.map((run) => run.key)).toEqual([key]);
      const response = await fetch(`${app.sandbox.url}/_sojourn/runs/${encodeURIComponent(runs[0]!.runId)}`);
      expect(await response.json()).toMatchObject({ key });
    }
  }, 60_000);

  test('keep what they refuse as dead letters with the reason, and everyone else goes on', async () => {
    const app = await start(await appAssembly(), wordsOfLogs);
    const hostile: readonly (readonly [detail: string, reason: string])[] = [
      ['{}', 'MissingKey'],
      ['{"cart_id":null}', 'MissingKey'],
      ['{"cart_id":1e400}', 'MissingKey'],
      ['{"cart_id":9007199254740993}', 'MissingKey'],
      ['{"__proto__":{"cart_id":"good"}}', 'MissingKey'],
      ...Object.values(objects).map((text) => [`{"cart_id":${text}}`, 'MissingKey'] as const),
      [`{"cart_id":"k","x":${JSON.stringify('x'.repeat(400_000))}}`, 'EventTooLarge'],
      [`{"cart_id":"k","x":${'['.repeat(1_000)}${']'.repeat(1_000)}}`, 'InvalidData'],
    ];
    await app.send(added('good', 1));
    for (const [detail] of hostile) await putRaw(app, { DetailType: 'cart/product.added', Detail: detail });
    await putRaw(app, { DetailType: 'cart/product.added', Detail: '{"cart_id":"past"}', Time: new Date('2020-01-01') });
    await app.sandbox.settle();
    await app.advance(10 * minuteMs);
    const letters = app.sandbox.deadLetters().map(({ body }) => letterOf(body));
    const expected = [
      ...hostile.map(([detail, reason]) => [reason, JSON.stringify(JSON.parse(detail))]),
      ['TooLate', '{"cart_id":"past"}'],
    ];
    expect(letters.map(({ reason, detail }) => [reason, detail]).sort()).toEqual(expected.sort());
    for (const { reason, message } of letters) expect(message).toContain(`[${reason}]`);
    await app.advance(dayMs);
    expect(app.recipients()).toEqual(['c1@example.com']);
    expect(changed(before)).toEqual([]);
  }, 120_000);

  test('take half a surrogate pair in data, and keep two keys of it apart', async () => {
    const app = await start(await appAssembly(), wordsOfLogs);
    const halves = Object.values(lonely);
    for (const [index, half] of halves.entries()) {
      const detail = JSON.stringify({ cart_id: half, note: half, user: { email: `c${index}@example.com` } });
      // Past the SDK, whose own encoding of the request would make whole characters of them.
      await deliver(app.sandbox, cart, rawEvent(`7d1f0a52-5c9d-4b8e-9b0a-00000000000${index}`, detail));
    }
    expect(await app.runs({ journey: cart })).toHaveLength(halves.length);
    await deliver(app.sandbox, cart, {
      ...rawEvent('7d1f0a52-5c9d-4b8e-9b0a-000000000010', JSON.stringify({ cart_id: halves[0] })),
      'detail-type': 'cart/purchased',
    });
    const statuses = (await app.runs({ journey: cart })).map(({ status }) => status).sort();
    expect(statuses).toEqual(['active', 'active', 'active', 'completed']);
    expect(app.sandbox.deadLetters()).toEqual([]);
  }, 60_000);
});

describe('a journey with hostile names', () => {
  let dir: string;
  beforeAll(async () => {
    mkdirSync(path.join(repository, '.sojourn'), { recursive: true });
    dir = mkdtempSync(path.join(repository, '.sojourn/hostile-'));
    await synthesize({ projectDir: path.join(__dirname, 'fixtures/odd-app'), outDir: path.join(dir, 'cdk.out') });
  }, 120_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('is started by each of its events and no other, waits and goes on under each id', async () => {
    const app = await start(path.join(dir, 'cdk.out'), wordsOfLogs);
    const events = started.map((name, index) => ({ name, data: { 'the|key#': `c${index}`, step: name, note: name } }));
    await app.send(...events, { name: 'nobody’s', data: { 'the|key#': 'x' } });
    const isBought = (_: unknown, index: number): boolean => index % 2 === 0;
    const purchases = events.filter(isBought).map(({ data }) => ({ name: bought, data }));
    await app.advance(hourMs);
    await app.send(...purchases);
    await app.advance(25 * hourMs);
    const runs = await app.runs({ journey: 'odd' });
    expect(runs.map(({ key, output }) => [key, output?.outcome, output?.note]).sort()).toEqual(
      started.map((name, index) => [`c${index}`, isBought(name, index) ? 'purchased' : 'reminded', name]).sort(),
    );
    const neighbours = await app.runs({ journey: 'odd-b' });
    expect(neighbours.map(({ key, output }) => [key, output?.outcome]).sort()).toEqual(
      started.slice(0, 5).map((_, index) => [`c${index}`, 'reminded']),
    );
    expectNothingLeft(app);
    expect(changed(before)).toEqual([]);
  }, 120_000);
});

async function putRaw(
  { sandbox, clients }: Stand,
  entry: { readonly DetailType: string; readonly Detail: string; readonly Time?: Date },
): Promise<void> {
  const [EventBusName] = sandbox.environment.busNames;
  const { FailedEntryCount } = await clients.events.send(
    new PutEventsCommand({ Entries: [{ EventBusName, Source: 'shop', ...entry }] }),
  );
  expect(FailedEntryCount).toBe(0);
}

function rawEvent(id: string, detail: string) {
  return {
    version: '0',
    id,
    'detail-type': 'cart/product.added',
    source: 'shop',
    account: '000000000000',
    time: '2027-01-04T10:00:00Z',
    region: 'us-east-1',
    resources: [],
    detail: JSON.parse(detail) as unknown,
  };
}

function letterOf(body: unknown): { readonly reason: string; readonly message: string; readonly detail: string } {
  const { requestPayload, responsePayload } = body as {
    requestPayload: { detail: unknown };
    responsePayload: { errorType: string; errorMessage: string };
  };
  const { errorType, errorMessage } = responsePayload;
  return { reason: errorType, message: errorMessage, detail: JSON.stringify(requestPayload.detail) };
}

/** What a list shows of a key: none where only its hash is stored. */
function keyShown(key: unknown): unknown {
  return typeof key === 'string' && Buffer.byteLength(key) > 510 ? null : key;
}

function summary({ key, status }: Run): string {
  return textOf([key, status]);
}

function textOf(value: unknown): string {
  return JSON.stringify(value);
}
