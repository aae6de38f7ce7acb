/** POST /_sojourn/faults: each kind hits what it says, by seed, is counted, and ends when it is told to. */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { control, hourMs, ofKind, PerformerStack, type Started, start, startMs, synthesize } from './stand.js';

let assemblyDir: string;
beforeAll(() => {
  assemblyDir = synthesize((app) => void new PerformerStack(app, 'Shop'));
});

const errorsOf = ({ activities }: Started) => ofKind(activities, 'invoked').flatMap(({ error }) => error?.type ?? []);
const put = { act: 'put', pk: 'p', sk: '1' };

async function items({ sandbox, clients }: Started): Promise<number> {
  const query = new QueryCommand({
    TableName: sandbox.environment.tableNames[0],
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: 'p' } },
  });
  return (await clients.dynamodb.send(query)).Count ?? 0;
}

describe('the control API', () => {
  test('begins faults, tells their rates and counts, and ends them with {}', async () => {
    const started = await start(assemblyDir);
    const { sandbox } = started;
    expect((await control(sandbox, '/faults')).body).toMatchObject({ on: false, counts: { kill: { injected: 0 } } });
    const begun = await control(sandbox, '/faults', { seed: 7, duplicate: 1 });
    expect(begun.body).toMatchObject({ on: true, seed: 7, rates: { duplicate: 1, kill: 0 } });
    await started.perform(put);
    await sandbox.advance({ ms: hourMs });
    expect((await control(sandbox, '/faults')).body.counts.duplicate).toEqual({ injected: 1, reached: 1 });
    const ended = await control(sandbox, '/faults', {});
    expect(ended.body).toMatchObject({ on: false, counts: { duplicate: { injected: 1, reached: 1 } } });
    await started.perform(put);
    await sandbox.settle();
    expect(ofKind(started.activities, 'invoked')).toHaveLength(3);
  });

  test.each([
    [{ kil: 0.1 }, 'no such fault: kil'],
    [{ kill: 2 }, '"kill" must be a share from 0 to 1, got 2'],
    [{ seed: 'x' }, '"seed" must be a whole number'],
    [{ fail: 1, services: ['s3'] }, '"services" must be a list of'],
    [{ outage: { service: 'dynamodb' } }, '"outage" must be'],
    [{ outage: { service: 'dynamodb', for: 'ever' } }, '"outage.for" must be a duration'],
  ])('fails for %j and changes nothing', async (request, message) => {
    const { sandbox } = await start(assemblyDir);
    const { status, body } = await control(sandbox, '/faults', request);
    expect([status, body.error.message]).toEqual([400, expect.stringContaining(message)]);
    expect(sandbox.faults().on).toBe(false);
  });
});

describe('hand-offs', () => {
  test('come later, within delayUpTo', async () => {
    const started = await start(assemblyDir);
    started.sandbox.setFaults({ delay: 1, delayUpTo: '1h' });
    await started.perform(put);
    await started.sandbox.settle();
    expect(ofKind(started.activities, 'invoked')).toEqual([]);
    await started.sandbox.advance({ ms: hourMs });
    expect(ofKind(started.activities, 'invoked')).toHaveLength(1);
    expect(started.sandbox.faults().counts.delay).toEqual({ injected: 1, reached: 1 });
  });

  test('are overtaken by later ones', async () => {
    const started = await start(assemblyDir);
    started.sandbox.setFaults({ reorder: 0.5, seed: 3 });
    const ids: string[] = [];
    for (let index = 0; index < 12; index += 1) ids.push(await started.perform(put));
    await started.sandbox.advance({ ms: 60_000 });
    const came = ofKind(started.activities, 'invoked').map(({ trigger }) => 'eventId' in trigger && trigger.eventId);
    expect(came).not.toEqual(ids);
    expect([...came].sort()).toEqual([...ids].sort());
    const { injected, reached } = started.sandbox.faults().counts.reorder!;
    expect(reached).toBeGreaterThan(0);
    expect(injected).toBeGreaterThanOrEqual(reached);
  });

  test('fail and are tried again until the policy of the target gives up', async () => {
    const started = await start(assemblyDir);
    started.sandbox.setFaults({ undelivered: 1 });
    await started.perform(put);
    await started.sandbox.advance({ ms: hourMs });
    expect(ofKind(started.activities, 'invoked')).toEqual([]);
    expect(started.sandbox.faults().counts.undelivered).toEqual({ injected: 4, reached: 4 });
    expect(started.sandbox.deadLetters()).toMatchObject([{ attributes: { RETRY_ATTEMPTS: '3' } }]);
  });
});

describe('an environment', () => {
  test('is ended and not asked: its invocation fails, whatever it was doing, and Lambda tries again', async () => {
    const started = await start(assemblyDir);
    started.sandbox.setFaults({ kill: 1, seed: 1 });
    // So many calls that every planned death finds its moment.
    await started.perform(...Array.from({ length: 8 }, () => put), { act: 'wait', ms: 200 }, put);
    await started.sandbox.advance({ ms: hourMs });
    expect(errorsOf(started)).toEqual(['Sandbox.Killed', 'Sandbox.Killed', 'Sandbox.Killed']);
    expect(started.sandbox.faults().counts.kill).toEqual({ injected: 3, reached: 3 });
    expect(started.sandbox.deadLetters()).toHaveLength(1);
  });

  test('counts a death that comes too late as injected, not as reached', async () => {
    const started = await start(assemblyDir);
    started.sandbox.setFaults({ kill: 1 });
    for (let index = 0; index < 12; index += 1) await started.perform();
    await started.sandbox.settle();
    const { injected, reached } = started.sandbox.faults().counts.kill!;
    expect(injected).toBe(12);
    expect(reached).toBe(errorsOf(started).length);
    expect(reached).toBeLessThan(12);
  });
});

describe('calls of functions', () => {
  test.each([
    ['throttle', 'ThrottlingException'],
    ['fail', 'InternalServerError'],
  ])('%s: are refused, and take no effect', async (kind, error) => {
    const started = await start(assemblyDir);
    started.sandbox.setFaults({ [kind]: 1 });
    await started.perform(put);
    await started.sandbox.settle();
    expect(errorsOf(started)).toEqual([error]);
    expect(await items(started)).toBe(0);
    expect(started.sandbox.faults().counts[kind]?.reached).toBeGreaterThan(2);
  });

  test('loseAnswer: take effect and are never answered', async () => {
    const started = await start(assemblyDir);
    started.sandbox.setFaults({ loseAnswer: 1 });
    await started.perform(put);
    await started.sandbox.settle();
    expect(errorsOf(started)).toHaveLength(1);
    expect(await items(started)).toBe(1);
    expect(started.sandbox.faults().counts.loseAnswer?.reached).toBeGreaterThan(1);
  });

  test('lateAnswer: take effect and are answered all the same', async () => {
    const started = await start(assemblyDir);
    started.sandbox.setFaults({ lateAnswer: 1 });
    await started.perform(put);
    await started.sandbox.settle();
    expect(errorsOf(started)).toEqual([]);
    expect(started.sandbox.faults().counts.lateAnswer).toEqual({ injected: 1, reached: 1 });
  });

  test('are left alone where the service is none of the chosen ones', async () => {
    const started = await start(assemblyDir);
    started.sandbox.setFaults({ fail: 1, services: ['scheduler'] });
    await started.perform(put);
    await started.sandbox.settle();
    expect(errorsOf(started)).toEqual([]);
  });
});

describe('an outage', () => {
  test('fails every call of its service for its time, of clients too, and is over then', async () => {
    const started = await start(assemblyDir);
    const { sandbox } = started;
    expect(sandbox.setFaults({ outage: { service: 'dynamodb', for: '1h' } }).outage).toEqual({
      service: 'dynamodb',
      untilMs: startMs + hourMs,
      over: false,
    });
    await expect(items(started)).rejects.toMatchObject({ name: 'InternalServerError' });
    await started.perform(put);
    await started.perform({ act: 'mail', to: 'a@example.com' });
    await sandbox.settle();
    expect(errorsOf(started)).toEqual(['InternalServerError']);
    expect(sandbox.outbox()).toHaveLength(1);
    await sandbox.advance({ ms: hourMs });
    expect(await items(started)).toBe(0);
    expect(sandbox.faults().outage?.over).toBe(true);
    const { injected, reached } = sandbox.faults().counts.outage!;
    expect(reached).toBe(injected);
    expect(reached).toBeGreaterThan(5);
  });
});

test('the same seed decides the same, another one does not', async () => {
  const doubled = async (seed: number) => {
    const started = await start(assemblyDir);
    started.sandbox.setFaults({ seed, duplicate: 0.5 });
    const ids: string[] = [];
    for (let index = 0; index < 16; index += 1) ids.push(await started.perform(put));
    await started.sandbox.advance({ ms: hourMs });
    const came = ofKind(started.activities, 'invoked').map(({ trigger }) => 'eventId' in trigger && trigger.eventId);
    return ids.map((id) => came.filter((other) => other === id).length).join('');
  };
  const first = await doubled(5);
  expect(first).toMatch(/1/);
  expect(first).toMatch(/2/);
  expect(await doubled(5)).toBe(first);
  expect(await doubled(6)).not.toBe(first);
});
