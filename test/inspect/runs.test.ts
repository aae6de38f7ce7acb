/** Runs as a person lists and reads them, from real tables. */
import { DynamoRecords } from '../../lib/aws/records.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import { inspector, type TablesAccess } from '../../lib/inspect/inspector.js';
import { keyOfPartition } from '../../lib/inspect/view.js';
import type { Inspector } from '../../lib/sandbox/index.js';
import { at, cart, lease, record, run, second, tenMs } from '../contract/documents.js';
import { createTable, credentials, type LocalTable, openTable } from '../contract/dynalite.js';

let table: LocalTable;
let access: TablesAccess;
const view: Inspector = inspector();

const purchased: RunDocument = {
  ...run('abandoned-cart|key|n:42', { position: second(1, '0#00#b') }),
  trigger: { ...cart.trigger, id: 'b', timeMs: tenMs + 1_000, data: { cart_id: 42 } },
  status: 'completed',
  rev: 3,
  nseq: 2,
  steps: new Map([
    [
      'wait-for-purchase',
      {
        kind: 'wait',
        event: 'cart/purchased',
        sinceMs: tenMs,
        deadlineMs: tenMs + 86_400_000,
        state: 'matched',
        seq: 1,
        matched: {
          ...{ id: 'p', name: 'cart/purchased', source: 'shop', timeMs: tenMs + 60_000, hops: 0, data: { total: 5 } },
          position: at('2026-11-22T10:01:00Z#1#00#p'),
        },
      },
    ],
    ['nap', { kind: 'sleep', deadlineMs: tenMs + 120_500, state: 'timedOut', seq: 2 }],
    ['thank', { kind: 'run', state: 'done', attempt: 1, seq: 3, doneAtMs: tenMs + 121_000, result: 'ok' }],
  ]),
  output: { outcome: 'purchased' },
  endedAtMs: tenMs + 121_234,
  expiresAtS: 1_799_748_000,
};
const waiting = run('abandoned-cart|key|s:42', { lease });
const cancelled = run('win-back|key|s:u1', {
  position: second(2, '0#00#c'),
  status: 'cancelled',
  cancelledBy: { id: 'd', name: 'user/active', source: 'app', timeMs: tenMs + 3_000, hops: 0 },
});
const keyless = run('report|run|e-1', { position: second(3, '0#00#e-1'), steps: new Map() });

beforeAll(async () => {
  table = await openTable();
  await createTable(table.client, 'users', ['userId', 'kind']);
  const records = new DynamoRecords(table.client, table.tableName);
  for (const document of [cancelled, keyless, purchased, waiting]) await records.begin(document);
  await records.note(record('abandoned-cart|key|s:42', second(9, '1#00#x')), { firstWins: false });
  access = { endpoint: table.endpoint, tableNames: ['users', 'hub'], region: 'eu-west-1', credentials };
});
afterAll(() => table.close());

async function listed(query: Parameters<Inspector['runs']>[1]): Promise<string[]> {
  const { runs } = (await view.runs(access, query)) as { runs: { runId: string }[] };
  return runs.map(({ runId }) => runId);
}
const ids = (...runs: RunDocument[]) => runs.map(runIdOf);

describe('a list of runs', () => {
  test('has all runs in order of their triggers', async () => {
    expect(await listed({})).toEqual(ids(waiting, purchased, cancelled, keyless));
  });

  test('by journey and key finds texts and numbers alike', async () => {
    expect(await listed({ journey: 'abandoned-cart', key: '42' })).toEqual(ids(waiting, purchased));
    expect(await listed({ journey: 'abandoned-cart', key: '42.0' })).toEqual(ids(purchased));
    expect(await listed({ journey: 'abandoned-cart', key: '43' })).toEqual([]);
  });

  test('by key alone looks through all journeys', async () => {
    expect(await listed({ key: '42' })).toEqual(ids(waiting, purchased));
    expect(await listed({ key: 'u1' })).toEqual(ids(cancelled));
  });

  test('by journey and by status', async () => {
    expect(await listed({ journey: 'abandoned-cart' })).toEqual(ids(waiting, purchased));
    expect(await listed({ journey: 'abandoned' })).toEqual([]);
    expect(await listed({ status: 'active' })).toEqual(ids(waiting, keyless));
    expect(await listed({ status: 'cancelled', journey: 'win-back' })).toEqual(ids(cancelled));
    expect(await listed({ status: 'completed', journey: 'abandoned-cart', key: '42' })).toEqual(ids(purchased));
    expect(await listed({ status: 'asleep' })).toEqual([]);
  });

  test('shows of a run what tells it apart', async () => {
    const { runs } = (await view.runs(access, { journey: 'abandoned-cart', key: '42' })) as { runs: object[] };
    expect(runs).toEqual([
      {
        runId: runIdOf(waiting),
        journey: 'abandoned-cart',
        key: '42',
        status: 'active',
        startedAt: '2026-11-22T10:00:00Z',
        nextDeadline: '2026-11-23T10:00:00.000Z',
      },
      {
        runId: runIdOf(purchased),
        journey: 'abandoned-cart',
        key: 42,
        status: 'completed',
        startedAt: '2026-11-22T10:00:01Z',
        endedAt: '2026-11-22T10:02:01.234Z',
        output: { outcome: 'purchased' },
      },
    ]);
  });
});

describe('a run', () => {
  test('is shown whole', async () => {
    expect(await view.run(access, runIdOf(purchased))).toEqual({
      runId: runIdOf(purchased),
      journey: 'abandoned-cart',
      key: 42,
      partition: 'abandoned-cart|key|n:42',
      status: 'completed',
      startedAt: '2026-11-22T10:00:01Z',
      endedAt: '2026-11-22T10:02:01.234Z',
      trigger: {
        id: 'b',
        name: 'cart/product.added',
        source: 'shop',
        time: '2026-11-22T10:00:01Z',
        data: { cart_id: 42 },
      },
      steps: [
        {
          id: 'wait-for-purchase',
          kind: 'wait',
          state: 'matched',
          event: 'cart/purchased',
          since: '2026-11-22T10:00:00.000Z',
          deadline: '2026-11-23T10:00:00.000Z',
          matched: {
            id: 'p',
            name: 'cart/purchased',
            source: 'shop',
            time: '2026-11-22T10:01:00Z',
            data: { total: 5 },
          },
        },
        { id: 'nap', kind: 'sleep', state: 'timedOut', deadline: '2026-11-22T10:02:00.500Z' },
        {
          id: 'thank',
          kind: 'run',
          state: 'done',
          failedAttempts: 1,
          doneAt: '2026-11-22T10:02:01.000Z',
          result: 'ok',
        },
      ],
      output: { outcome: 'purchased' },
      revision: 3,
      expiresAt: '2027-01-12T10:00:00Z',
    });
  });

  test('that is at work shows its lease', async () => {
    expect(await view.run(access, runIdOf(waiting))).toMatchObject({
      status: 'active',
      lease: { requestId: lease.requestId, until: '2026-11-22T10:02:50.000Z' },
    });
  });

  test('that was cancelled shows by what', async () => {
    expect(await view.run(access, runIdOf(cancelled))).toMatchObject({
      status: 'cancelled',
      cancelledBy: { id: 'd', name: 'user/active', source: 'app', time: '2026-11-22T10:00:03Z' },
    });
  });

  test.each(['', 'nonsense', 'Cg', '%%%', runIdOf({ ...cart, pk: 'abandoned-cart|key|s:none' })])(
    'is undefined for the id %j',
    async (runId) => expect(await view.run(access, runId)).toBeUndefined(),
  );
});

test.each([
  ['a|key|s:x|y:z', 'x|y:z'],
  ['a|key|s:', ''],
  ['a|key|s:line\nbreak', 'line\nbreak'],
  ['a|key|n:-1.5', -1.5],
  ['a|key|b:false', false],
  ['a|key|h:0123', null],
  ['a|run|s:1', null],
  ['a|run|e-1', null],
])('the key of partition %j is %j', (pk, key) => expect(keyOfPartition(pk)).toBe(key));
