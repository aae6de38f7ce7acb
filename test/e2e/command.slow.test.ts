/** The command `sojourn dev`, as a person at a terminal has it: it is ready, it serves, it stops. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { appAssembly, beforehand, faultyAssembly } from './assembly.js';
import { control } from './stand.js';
import { type Running, run, sojourn } from './terminal.js';

beforehand(appAssembly);
beforehand(faultyAssembly);

/**
 * Budgets (DESIGN 7). The tests share their cores with other tests, so what is asserted is the CPU time that it takes:
 * on a machine that does nothing else, no more time passes. The time that passed here is printed.
 */
const readyWithinMs = 10_000;
const stoppedWithinMs = 2_000;
const demoWithinMs = 30_000;

async function ready(dev: Running): Promise<string> {
  const [, url] = await dev.printed(/^sojourn ready (http:\/\/127\.0\.0\.1:\d+)$/m);
  return url!;
}

/** Puts an event as any client would. */
async function put(url: string, name: string, data: object): Promise<void> {
  const { environment } = (await control(url, '/')).body;
  const credentials = { accessKeyId: 'shop', secretAccessKey: 'shop' };
  const client = new EventBridgeClient({ endpoint: url, region: 'us-east-1', credentials });
  const [EventBusName] = environment.busNames;
  const entry = { EventBusName, Source: 'shop', DetailType: name, Detail: JSON.stringify(data) };
  const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries: [entry] }));
  client.destroy();
  expect(FailedEntryCount).toBe(0);
}

async function runs(url: string): Promise<{ key: string; status: string; output?: unknown }[]> {
  return (await control(url, '/runs')).body.runs;
}

function isFree(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}

/** Ctrl-C, and what a person sees of it. */
async function stop(dev: Running, url: string, signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
  const sentAt = performance.now();
  dev.signal(signal);
  const tooLong = setTimeout(() => dev.signal('SIGKILL'), 5 * stoppedWithinMs);
  const { code, stderr } = await dev.ended;
  clearTimeout(tooLong);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(performance.now() - sentAt).toBeLessThan(stoppedWithinMs);
  expect(await isFree(url)).toBe(true);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function told(line: string): void {
  process.stdout.write(`      ${line}\n`);
}

test('sojourn dev synthesizes the app of its folder, is ready within 10 s, serves, and stops on Ctrl-C', async () => {
  const startedAt = performance.now();
  const dev = sojourn(['dev', '--port', '0', '-c', 'sender=shop@example.com']);
  const url = await ready(dev);
  const cpuMs = dev.cpuMs() ?? 0;
  told(`sojourn dev, synthesis included: ready after ${seconds(performance.now() - startedAt)}, CPU ${seconds(cpuMs)}`);
  expect(cpuMs).toBeLessThan(readyWithinMs);

  await put(url, 'cart/product.added', { cart_id: '42', user: { email: 'forgotten@example.com' } });
  await control(url, '/settle', { body: {} });
  expect(await runs(url)).toMatchObject([{ key: '42', status: 'active' }]);
  await control(url, '/clock', { body: { advance: '24h' } });
  await control(url, '/clock', { body: { to: 'next-timer' } });
  expect(await runs(url)).toMatchObject([{ key: '42', status: 'completed', output: { outcome: 'reminded' } }]);
  const { mails } = (await control(url, '/outbox')).body;
  expect(mails).toMatchObject([{ to: ['forgotten@example.com'], from: 'shop@example.com' }]);

  await stop(dev, url);
  const { stdout } = await dev.ended;
  for (const journey of ['abandoned-cart', 'cart-week', 'activation', 'sales-follow-up', 'win-back']) {
    expect(stdout).toContain(`journey  ${journey}\n`);
  }
  expect(stdout).toMatch(/event {5}cart\/product\.added/);
  expect(stdout).toMatch(/mail {6}to forgotten@example\.com: You left something in your cart/);
}, 60_000);

test('two at once on two ports do not disturb each other', async () => {
  const assembly = await appAssembly();
  const both = [0, 1].map(() => sojourn(['dev', '--port', '0', '--assembly', assembly]));
  const [one, other] = both as [Running, Running];
  const [here, there] = [await ready(one), await ready(other)];
  await put(here, 'cart/product.added', { cart_id: 'mine', user: { email: 'a@example.com' } });
  await put(there, 'cart/product.added', { cart_id: 'yours', user: { email: 'b@example.com' } });
  await control(here, '/settle', { body: {} });
  await control(there, '/settle', { body: {} });
  expect((await runs(here)).map(({ key }) => key)).toEqual(['mine']);
  expect((await runs(there)).map(({ key }) => key)).toEqual(['yours']);

  const before = (await control(there, '/clock')).body.nowMs;
  await control(here, '/clock', { body: { advance: '25h' } });
  expect(await runs(here)).toMatchObject([{ status: 'completed' }]);
  expect(await runs(there)).toMatchObject([{ status: 'active' }]);
  expect((await control(there, '/clock')).body.nowMs - before).toBeLessThan(60_000);

  await stop(one, here, 'SIGTERM');
  await control(there, '/clock', { body: { advance: '25h' } });
  expect(await runs(there)).toMatchObject([{ status: 'completed' }]);
  await stop(other, there);
}, 60_000);

test('it names what the template has and the sandbox does not know, tells what fails, and stops while a handler hangs', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'sojourn-marker-'));
  const dev = sojourn(['dev', '--port', '0', '--clock', 'frozen', '--assembly', await faultyAssembly()]);
  const url = await ready(dev);
  const [note] = await dev.printed(/^note: .*AWS::SNS::Topic.*$/m);
  expect(note).toContain('News');
  await put(url, 'brief/started', { id: 'b', does: 'throw' });
  await dev.printed(/log {7}\{"level":"WARN","message":"stepFailed",.*"step":"the-step"/);
  await put(url, 'brief/started', { id: 'a', does: 'hang once', marker: path.join(directory, 'hung') });
  await stop(dev, url);
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

test('it stops without a stack trace when nobody reads on, as with `sojourn dev | head`', async () => {
  const dev = sojourn(['dev', '--port', '0', '--assembly', await appAssembly()]);
  const url = await ready(dev);
  dev.readNoMore();
  await put(url, 'cart/purchased', { cart_id: '42' });
  const { code, stderr } = await dev.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}, 60_000);

test('npm run demo ends well within 30 s, and no warning clutters it', async () => {
  // The shell's own last word: the CPU time of its children, user and system.
  const { code, stdout, stderr, tookMs } = await run('sh', ['-c', 'npm run demo && times']).ended;
  expect({ code, output: `${stdout}${stderr}` }).toEqual({ code: 0, output: expect.not.stringMatching(/warning/i) });
  expect(stdout).toContain('Every outcome is the expected one');
  expect(stdout).toContain('open timers: none');
  const [, user, system] = /^0m([\d.]+)s 0m([\d.]+)s$/.exec(stdout.trimEnd().split('\n').at(-1)!) ?? [];
  const cpuMs = (Number(user) + Number(system)) * 1_000;
  told(`npm run demo: ${seconds(tookMs)}, CPU ${seconds(cpuMs)}`);
  expect(cpuMs).toBeLessThan(demoWithinMs);
}, 90_000);
