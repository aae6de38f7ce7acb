/** What a person may do to a hub's table: runs are erased when they are over, and only then. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { TableReader } from '../../lib/aws/reading.js';
import { DynamoRecords } from '../../lib/aws/records.js';
import { Repair } from '../../lib/aws/repair.js';
import { record, run, second } from '../contract/documents.js';
import { credentials, type LocalTable, openTable } from '../contract/dynalite.js';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const pk = 'abandoned-cart|key|s:42';
let table: LocalTable;
let records: DynamoRecords;
let reader: TableReader;
let repair: Repair;

beforeAll(async () => {
  table = await openTable();
  records = new DynamoRecords(table.client, table.tableName);
  reader = new TableReader(table.client, table.tableName);
  const config = { endpoint: table.endpoint, region: 'eu-west-1', credentials };
  const clients = { dynamo: table.client, lambda: new LambdaClient(config), scheduler: new SchedulerClient(config) };
  repair = new Repair(clients, { tableName: table.tableName, scheduleGroupName: 'timers', functionArn: 'cart' });
});
afterAll(() => table.close());

test('a partition is read whole, oldest first, runs and records apart', async () => {
  await records.begin(run(pk, { position: second(2, '0#00#b') }));
  await records.begin(run(pk, { position: second(1, '0#00#a') }));
  await records.note(record(pk, second(4, '1#00#y')), { firstWins: false });
  await records.note(record(pk, second(3, '1#00#x')), { firstWins: false });
  const { runs, events } = await reader.partition(pk);
  expect(runs.map(({ position }) => position)).toEqual([second(1, '0#00#a'), second(2, '0#00#b')]);
  expect(events.map(({ position }) => position)).toEqual([second(3, '1#00#x'), second(4, '1#00#y')]);
});

test('fails to erase a run that is active, and leaves it as it is', async () => {
  const active = run('abandoned-cart|key|s:43');
  await records.begin(active);
  expect(await repair.eraseRun(active)).toBe(false);
  expect(await reader.run(active)).toEqual(active);
});

test('erases a run that is over, and finds nothing to do a second time', async () => {
  const over = run('abandoned-cart|key|s:44', { status: 'completed', expiresAtS: 9 });
  await records.begin(over);
  expect(await repair.eraseRun(over)).toBe(true);
  expect(await reader.run(over)).toBeUndefined();
  expect(await repair.eraseRun(over)).toBe(true);
});

test('erases a record, and not the run of the same place', async () => {
  const there = run('abandoned-cart|key|s:45', { position: second(1, '1#00#z') });
  await records.begin(there);
  const noted = record(there.pk, there.position);
  await records.note(noted, { firstWins: false });
  await repair.eraseEvent(noted);
  expect(await reader.partition(there.pk)).toEqual({ runs: [there], events: [] });
});

test('erases a claim that the run holds, and leaves one that another has taken', async () => {
  const pk = 'abandoned-cart|claim|idempotency|s:o-1';
  const holder = run('abandoned-cart|key|s:46');
  const claim = { pk, holder, timeMs: 0, untilMs: 1, expiresAtS: 9 };
  await records.claim({ ...claim, holder: { pk: holder.pk, position: holder.position } }, {});
  await repair.eraseClaim(pk, { pk: 'abandoned-cart|key|s:47', position: holder.position });
  expect((await records.claim({ ...claim, holder: run('abandoned-cart|key|s:48') }, {})).outcome).toBe('lost');
  await repair.eraseClaim(pk, holder);
  expect((await records.claim({ ...claim, holder: run('abandoned-cart|key|s:48') }, {})).outcome).toBe('done');
});

test('a scan tells how many items it has read', async () => {
  const told: number[] = [];
  for await (const _ of reader.scan({ status: 'failed', onPage: (items) => told.push(items) }));
  expect(told.at(-1)).toBeGreaterThanOrEqual(5);
});
