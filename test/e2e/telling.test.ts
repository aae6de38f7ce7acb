/** What a journey tells when it is asked to: its ends on the bus, plain keys, problems only. On the synthesized app. */
import { beforehand, tellingAssembly } from './assembly.js';
import { dayMs, expectNothingLeft, type Stand, start } from './stand.js';

beforehand(tellingAssembly);

const journey = 'order';
const startApp = async (): Promise<Stand> => start(await tellingAssembly());
const placed = (order_id: number) => ({ name: 'order/placed', data: { order_id } });

const ends = ({ sandbox }: Stand) =>
  sandbox.events().flatMap(({ event, by, rules }) => (by === undefined ? [] : [{ event, rules }]));

test('each end of a run is put on the bus, once, in the name of its journey, and begins another journey', async () => {
  const app = await startApp();
  await app.send(placed(1), placed(2), placed(3));
  await app.send({ name: 'order/delivered', data: { order_id: 1 } });
  await app.send({ name: 'order/taken.back', data: { order_id: 2 } });
  await app.advance(4 * dayMs);
  const told = ends(app).map(({ event }) => event);
  expect(told.map((event) => [event['detail-type'], event.source, (event.detail as { key: unknown }).key])).toEqual([
    ['sojourn/run.completed', 'sojourn.order', 1],
    ['sojourn/run.cancelled', 'sojourn.order', 2],
    ['sojourn/run.failed', 'sojourn.order', 3],
  ]);
  const [run] = await app.runs({ journey, key: '1' });
  expect(told[0]!.detail).toMatchObject({
    run: run!.runId,
    journey,
    status: 'completed',
    output: { outcome: 'delivered' },
  });
  expect(told[2]!.detail).toMatchObject({ error: { name: 'RangeError', message: 'never delivered' } });
  expect((await app.runs({ journey: 'thanks' })).map(({ output }) => output)).toEqual([
    { outcome: 'thanks for order 1' },
  ]);
  expectNothingLeft(app);
});

test('keys are told as they are, and metrics only of problems, in the namespace of the hub', async () => {
  const app = await startApp();
  await app.send(placed(7));
  await app.advance(4 * dayMs);
  const lines = app.logLines(journey);
  expect(lines.map(({ key }) => key)).toEqual(lines.map(() => '7'));
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['INFO', 'started'],
    ['INFO', 'delivered'],
    ['ERROR', 'stepFailed'],
    ['ERROR', 'runFailed'],
    [undefined, undefined],
  ]);
  expect(lines.at(-1)).toMatchObject({ RunsFailed: 1, _aws: { CloudWatchMetrics: [{ Namespace: 'Shop' }] } });
});

test('what is only looked at on AWS is no surprise: alarms and a dashboard are not named at the start', async () => {
  const app = await startApp();
  expect(app.notices.filter((notice) => !notice.includes('SNS'))).toEqual([]);
});
