/**
 * What `sojourn explain` and `show` say of runs that waited by another path than the key: where each event came, and why it was not
 * taken; and what `sojourn forget` finds there.
 */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { sojournHere } from '../docs/play.js';
import { beforehand, correlationsAssembly } from './assembly.js';
import { type AppEvent, hourMs, type Stand, start } from './stand.js';

beforehand(correlationsAssembly);

const sent = (parcel_id: string, batch: string): AppEvent => ({ name: 'parcel/sent', data: { parcel_id, batch } });
const scanned = (data: object): AppEvent => ({ name: 'parcel/scanned', data });
const reported = (tracking_id: string, signed: boolean): AppEvent => ({
  name: 'carrier/reported',
  data: { tracking_id, signed },
});
const recalled = (batch: string, reason: string): AppEvent => ({ name: 'batch/recalled', data: { batch, reason } });

/** Without ids: lines of the first run under a key, or of what `show` says of it. */
async function explain(app: Stand, key: string): Promise<string> {
  const { printed, exitCode } = await sojournHere(app.sandbox.url, [
    ...['explain', '--journey', 'parcel', '--key', key],
  ]);
  expect(exitCode).toBe(0);
  return printed.replace(/ \([0-9a-f-]{36}\)/g, '');
}

test('each event that came by another path is told with where it came, and what was wrong with it', async () => {
  const app = await start(await correlationsAssembly(), { judged: false });
  await app.send(sent('1', 'b-7'), sent('2', 'b-8'));
  await app.advance(hourMs);
  await app.send(reported('track-1', true), scanned({ parcel_id: '1' }));
  await app.advance(hourMs);
  await app.send(scanned({ parcel_id: 'none', tracking_id: 'track-1' }));
  await app.advance(hourMs);
  await app.send(reported('track-1', false), reported('track-2', true), recalled('b-7', 'none'));
  const waiting = await explain(app, '1');
  expect(waiting).toContain(
    `'scan': parcel/scanned with data.tracking_id = "track-1" was awaited from 2027-01-04T10:00:00Z until 2027-01-06T10:00:00Z; it came at 2027-01-04T12:00:00Z.`,
  );
  expect(waiting).toContain(
    `'report': it waits for carrier/reported with data.tracking_id = "track-1", since 2027-01-04T12:00:00Z`,
  );
  // One of the same name came by the key: nobody awaits it so.
  expect(waiting).toMatch(
    /on record under its key:\n {2}\S+ {2}parcel\/scanned was not taken: the wait 'scan' awaits parcel\/scanned with data.tracking_id = "track-1", and it did not come that way\n/,
  );
  const elsewhere = waiting.slice(waiting.indexOf('Other events on record where else it listens:')).trim().split('\n');
  expect(
    elsewhere
      .slice(1)
      .map((line) => line.slice(24).trim())
      .sort(),
  ).toEqual([
    `batch/recalled, data.batch = "b-7", was not taken: it cancels only if async.data.reason != 'none', and that is false`,
    `carrier/reported, data.tracking_id = "track-1", was not taken: the wait 'report' asks for async.data.signed == true, and that is false`,
    `carrier/reported, data.tracking_id = "track-1", was not taken: the wait 'report' counts events from 2027-01-04T12:00:00Z on, and it is older`,
  ]);
  await app.send(reported('track-1', true));
  const [run] = await app.runs({ journey: 'parcel', key: '1' });
  const { stdout } = await sojournHere(app.sandbox.url, ['show', run!.runId, '--json']);
  const taken = JSON.parse(stdout).events.filter((one: { taken: boolean }) => one.taken);
  expect(taken).toMatchObject([
    { as: 'started this run' },
    {
      as: "was taken by the wait 'scan'",
      by: 'data.tracking_id = "track-1"',
      place: 'parcel|data.tracking_id|s:track-1',
    },
    { as: "was taken by the wait 'report'", by: 'data.tracking_id = "track-1"' },
  ]);
});

test('what cancelled a run by another path is told, and what came too late for it', async () => {
  const app = await start(await correlationsAssembly(), { judged: false });
  await app.send(sent('3', 'b-9'));
  await app.advance(hourMs);
  await app.send(recalled('b-9', 'mould'));
  await app.advance(hourMs);
  await app.send(recalled('b-9', 'again'), scanned({ tracking_id: 'track-3' }));
  const ended = await explain(app, '3');
  expect(ended).toContain('It was cancelled by batch/recalled of 2027-01-04T11:00:00Z.');
  expect(ended).toMatch(
    /batch\/recalled, data\.batch = "b-9", was not taken: the run was cancelled at 2027-01-04T11:00:00\S* before it could be cancelled\n/,
  );
  expect(ended).toMatch(
    /parcel\/scanned, data\.tracking_id = "track-3", was not taken: the wait 'scan' was still open when the run was cancelled/,
  );
});

test('forgetting a parcel erases its own events wherever they are on record, and nobody else’s', async () => {
  const app = await start(await correlationsAssembly(), { judged: false });
  await app.send(sent('5', 'b-1'), sent('6', 'b-1'));
  await app.send(
    scanned({ parcel_id: '5', tracking_id: 'track-5' }),
    scanned({ parcel_id: '6', tracking_id: 'track-6' }),
  );
  await app.send(reported('track-5', false));
  const { stdout, exitCode } = await sojournHere(app.sandbox.url, [
    ...['forget', '--journey', 'parcel', '--key', '5', '--yes', '--json'],
  ]);
  await app.sandbox.settle();
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ runs: 1, cancelled: 1, events: 2, left: [] },
    removed: { events: [{ name: 'parcel/scanned' }, { name: 'parcel/scanned', by: 'data.tracking_id = "track-5"' }] },
  });
  const scan = new ScanCommand({ TableName: app.sandbox.environment.tableNames[0], ConsistentRead: true });
  const { Items = [] } = await app.clients.dynamodb.send(scan);
  const left = Items.map(({ pk, sk }) => `${pk!.S} ${sk!.S!.startsWith('ptr#') ? 'pointer' : sk!.S!.slice(-3)}`).sort();
  // The carrier's report has no key: it stays until it expires.
  expect(left).toEqual([
    'parcel|data.batch|s:b-1 pointer',
    'parcel|data.tracking_id|s:track-5 evt',
    'parcel|data.tracking_id|s:track-6 evt',
    'parcel|data.tracking_id|s:track-6 pointer',
    'parcel|data.tracking_id|s:track-6 pointer',
    'parcel|key|s:6 evt',
    'parcel|key|s:6 run',
  ]);
});
