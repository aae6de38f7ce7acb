/** The control API of a sandbox that runs the app, as a person with curl sees it (DESIGN 3.3). */
import { request } from 'node:http';
import { appAssembly, beforehand } from './assembly.js';
import { control, dayMs, hourMs, type Stand, start, startMs } from './stand.js';

beforehand(appAssembly);

const journey = 'abandoned-cart';

async function startApp(): Promise<Stand> {
  return start(await appAssembly());
}

/** Cart A is bought after 3 hours, cart B is not. */
async function twoCarts(): Promise<Stand> {
  const app = await startApp();
  for (const cart_id of ['A', 'B']) {
    await app.put({ name: 'cart/product.added', data: { cart_id, user: { email: `${cart_id}@example.com` } } });
  }
  await control(app.sandbox.url, '/settle', { body: {} });
  await control(app.sandbox.url, '/clock', { body: { advance: '3h' } });
  await app.put({ name: 'cart/purchased', data: { cart_id: 'A' } });
  await control(app.sandbox.url, '/settle', { method: 'POST' });
  return app;
}

test('runs are listed by journey, key and status, oldest first', async () => {
  const { sandbox } = await twoCarts();
  const listed = async (query: string) => {
    const { status, body } = await control(sandbox.url, `/runs${query}`);
    expect(status).toBe(200);
    return (body.runs as { key: string; status: string }[]).map((run) => `${run.key} ${run.status}`).sort();
  };
  expect(await listed('')).toEqual(['A completed', 'B active']);
  expect(await listed(`?journey=${journey}`)).toEqual(['A completed', 'B active']);
  expect(await listed(`?journey=${journey}&key=A`)).toEqual(['A completed']);
  expect(await listed('?key=B')).toEqual(['B active']);
  expect(await listed('?status=active')).toEqual(['B active']);
  expect(await listed('?journey=win-back')).toEqual([]);
  expect(await listed(`?journey=${journey}&key=nobody`)).toEqual([]);
});

test('a run is shown with its steps and their times, its deliveries and its open timers', async () => {
  const { sandbox } = await twoCarts();
  const runOf = async (key: string) => {
    const [run] = (await control(sandbox.url, `/runs?journey=${journey}&key=${key}`)).body.runs;
    expect(run.runId).toMatch(/^[\w-]+$/);
    return (await control(sandbox.url, `/runs/${run.runId}`)).body;
  };
  expect(await runOf('A')).toMatchObject({
    journey,
    key: 'A',
    status: 'completed',
    output: { outcome: 'purchased' },
    startedAt: '2027-01-04T10:00:00Z',
    endedAt: '2027-01-04T13:00:00.000Z',
    trigger: { name: 'cart/product.added', source: 'shop', time: '2027-01-04T10:00:00Z' },
    steps: [
      {
        id: 'wait-for-purchase',
        kind: 'wait',
        state: 'matched',
        event: 'cart/purchased',
        since: '2027-01-04T10:00:00.000Z',
        deadline: '2027-01-05T10:00:00.000Z',
        matched: { name: 'cart/purchased', time: '2027-01-04T13:00:00Z' },
      },
    ],
    deliveries: [
      { at: '2027-01-04T10:00:00.000Z', outcome: 'ok', trigger: { kind: 'rule', eventName: 'cart/product.added' } },
      { at: '2027-01-04T13:00:00.000Z', outcome: 'ok', trigger: { kind: 'rule', eventName: 'cart/purchased' } },
    ],
    timers: [],
  });
  expect(await runOf('B')).toMatchObject({
    status: 'active',
    nextDeadline: '2027-01-05T10:00:00.000Z',
    steps: [{ id: 'wait-for-purchase', state: 'waiting', deadline: '2027-01-05T10:00:00.000Z' }],
    timers: [{ fireAt: '2027-01-05T10:00:02.000Z', fireAtMs: startMs + dayMs + 2_000 }],
  });
});

test('the clock is read, advanced by a duration or to the next timer, and answers when all is settled', async () => {
  const { sandbox } = await twoCarts();
  const before = await control(sandbox.url, '/clock');
  expect(before.body).toMatchObject({
    now: '2027-01-04T13:00:00.000Z',
    nowMs: startMs + 3 * hourMs,
    mode: 'frozen',
    due: [{ kind: 'schedule' }],
  });
  const fired = await control(sandbox.url, '/clock', { body: { to: 'next-timer' } });
  expect(fired.body.fired).toMatchObject([{ kind: 'schedule' }]);
  expect(fired.body.nowMs).toBeGreaterThanOrEqual(startMs + dayMs + 2_000);
  expect(fired.body.nowMs).toBeLessThan(startMs + dayMs + 62_000);
  // No settle in between: what the timer started is done.
  const { body } = await control(sandbox.url, '/outbox');
  expect(body.mails).toMatchObject([{ to: ['B@example.com'], subject: 'You left something in your cart' }]);
  const idle = await control(sandbox.url, '/clock', { body: { to: 'next-timer' } });
  expect(idle.body).toMatchObject({ fired: [], nowMs: fired.body.nowMs });
});

test('events are listed as they were put, with the rules that wanted them', async () => {
  const { sandbox } = await twoCarts();
  const { body } = await control(sandbox.url, '/events');
  expect(body.events).toMatchObject([
    { event: { 'detail-type': 'cart/product.added', detail: { cart_id: 'A' } }, rules: [expect.any(String)] },
    { event: { 'detail-type': 'cart/product.added', detail: { cart_id: 'B' } }, rules: [expect.any(String)] },
    { event: { 'detail-type': 'cart/purchased', time: '2027-01-04T13:00:00Z' }, rules: [expect.any(String)] },
  ]);
});

test('calls are told by key, and summed', async () => {
  const { sandbox } = await twoCarts();
  const { body } = await control(sandbox.url, `/calls?journey=${journey}`);
  expect(body.byKey.map(({ key }: { key: string }) => key).sort()).toEqual([
    `${journey}|key|s:A`,
    `${journey}|key|s:B`,
  ]);
  expect(body.total).toMatchObject({ invocations: 3, writeUnits: 4, readUnits: 3 });
});

test.each([
  ['GET', '/runs/not-a-run', undefined, 404],
  ['GET', '/nothing-here', undefined, 404],
  ['DELETE', '/runs', undefined, 404],
  ['POST', '/clock', 'no json', 400],
  ['POST', '/clock', '{"advance":"a while"}', 400],
  ['POST', '/clock', '{"advance":-5}', 400],
  ['POST', '/clock', '{"advance":"99999999d"}', 400],
  ['POST', '/clock', '{"advance":1e300}', 400],
  ['GET', '/runs/%E0%A4%A', undefined, 400],
  ['POST', '/clock', '{"to":"the end"}', 400],
  ['POST', '/deliveries', '{"hold":{"detail-type":"no list"}}', 400],
])('fails with a plain answer for %s %s %s', async (method, route, body, status) => {
  const { sandbox } = await startApp();
  const answer = await control(sandbox.url, route, { method, body });
  expect(answer.status).toBe(status);
  expect(answer.body.error).toMatchObject({ code: expect.any(String), message: expect.any(String) });
  expect(answer.body.error.message).not.toContain('\n');
  expect(sandbox.nowMs()).toBe(startMs);
});

describe('who may talk to the port', () => {
  /** With the headers as they are given: fetch would set its own Host. */
  function statusOf(sandbox: Stand['sandbox'], path: string, headers: Record<string, string>): Promise<number> {
    const { port } = new URL(sandbox.url);
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      });
      sent.on('error', reject);
      sent.end('{}');
    });
  }

  test('fails for a foreign Host, a foreign Origin and a cross-site request, on the control API and on AWS’s', async () => {
    const { sandbox } = await startApp();
    const { host } = new URL(sandbox.url);
    const puts = { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' };
    for (const [path, headers] of [
      ['/_sojourn/settle', {}],
      ['/', puts],
    ] as const) {
      expect(await statusOf(sandbox, path, { ...headers, host: 'evil.example:80' })).toBe(403);
      expect(
        await statusOf(sandbox, path, { ...headers, host: `sandbox.example:${sandbox.url.split(':').at(-1)}` }),
      ).toBe(403);
      expect(await statusOf(sandbox, path, { ...headers, host, origin: 'http://evil.example' })).toBe(403);
      expect(await statusOf(sandbox, path, { ...headers, host, origin: 'null' })).toBe(403);
      expect(await statusOf(sandbox, path, { ...headers, host, 'sec-fetch-site': 'cross-site' })).toBe(403);
    }
    expect(await statusOf(sandbox, '/_sojourn/settle', { host })).toBe(200);
    expect(await statusOf(sandbox, '/_sojourn/settle', { host, origin: sandbox.url })).toBe(200);
    expect(sandbox.events()).toEqual([]);
  });
});
