/**
 * Who may talk to the sandbox's port: programs of this machine, and pages that the port itself served. What a page of another
 * site can make a browser send (DNS rebinding, forms, images, preflights, frames without an origin) changes and tells nothing.
 */
import { type ClientRequestArgs, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { json, LoopbackServer } from '../../lib/sandbox/http/server.js';

let server: LoopbackServer;
let port: number;
/** What got through to the control API or to the AWS-shaped one. */
let reached: string[];

beforeAll(async () => {
  server = await LoopbackServer.listen(0);
  port = Number(new URL(server.url).port);
  server.serve({
    api: async ({ service, operation }) => {
      reached.push(`${service}:${operation}`);
      return json(200, {});
    },
    control: async ({ method, path }) => {
      reached.push(`${method} ${path}`);
      return json(200, {});
    },
    nowMs: () => 0,
    newRequestId: () => 'request',
  });
});
beforeEach(() => {
  reached = [];
});
afterAll(() => server.close());

type Headers = Readonly<Record<string, string>>;

/** With the headers as they are given: fetch() would set its own Host. */
function answerTo(headers: Headers, args: ClientRequestArgs = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/_sojourn/clock', method: 'POST', headers, ...args };
    const sent = request(options, (response) => {
      response.resume();
      response.on('end', () => resolve(response));
    });
    sent.on('error', reject);
    sent.end(options.method === 'POST' ? '{"advance":"24h"}' : undefined);
  });
}

const statusOf = async (headers: Headers, args?: ClientRequestArgs) => (await answerTo(headers, args)).statusCode;
const own = () => ({ host: `127.0.0.1:${port}` });

describe('is answered', () => {
  test.each(['127.0.0.1', 'localhost', 'LOCALHOST'])('a program of this machine, which calls it %s', async (name) => {
    expect(await statusOf({ host: `${name}:${port}` })).toBe(200);
    expect(reached).toEqual(['POST /clock']);
  });

  test('a page that it served itself, and an address typed by a person', async () => {
    expect(await statusOf({ ...own(), origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await statusOf({ ...own(), 'sec-fetch-site': 'none' }, { method: 'GET' })).toBe(200);
  });

  test('who comes through a tunnel of this machine, and names the tunnel’s port', async () => {
    expect(await statusOf({ host: 'localhost:5000' })).toBe(200);
    expect(await statusOf({ host: 'localhost:5000', origin: 'http://localhost:5000' })).toBe(200);
  });
});

describe('is refused before anything is read', () => {
  afterEach(() => expect(reached).toEqual([]));

  test.each([
    ['a name that resolves to this machine', 'evil.example'],
    ['a name that begins like ours', 'localhost.evil.example'],
    ['a name that ends like ours', 'evil-localhost'],
    ['the name with the root’s dot', 'localhost.'],
    ['every address of this machine', '0.0.0.0'],
    ['IPv6’s loopback', '[::1]'],
    ['IPv4 within IPv6', '[::ffff:127.0.0.1]'],
    ['an address in other digits', '2130706433'],
    ['another loopback address', '127.0.0.2'],
    ['a name before an at sign', '127.0.0.1@evil.example'],
  ])('DNS rebinding: fails for %s as the Host', async (_, name) => {
    expect(await statusOf({ host: `${name}:${port}` })).toBe(403);
    expect(await statusOf({ host: name })).toBe(403);
  });

  test.each([
    ['another site', 'https://evil.example'],
    ['a frame without an origin', 'null'],
    ['another port of this machine', 'http://127.0.0.1:3000'],
    ['this port by the other name', 'http://localhost'],
    ['this port over TLS', 'https://127.0.0.1'],
    ['an origin that contains ours', 'http://evil.example/http://127.0.0.1'],
    ['an empty origin', ''],
  ])('fails for %s as the Origin', async (_, origin) => {
    const withPort = /^https?:\/\/(localhost|127\.0\.0\.1)$/.test(origin) ? `${origin}:${port}` : origin;
    expect(await statusOf({ ...own(), origin: withPort })).toBe(403);
  });

  test.each(['cross-site', 'same-site', 'anything'])(
    'fails for what a browser calls %s: images, scripts and links send no Origin',
    async (site) => {
      expect(await statusOf({ ...own(), 'sec-fetch-site': site }, { method: 'GET' })).toBe(403);
    },
  );

  test('fails for a preflight, and nothing in the answer would let the real request follow', async () => {
    const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-amz-target' };
    const answer = await answerTo({ ...own(), origin: 'https://evil.example', ...asked }, { method: 'OPTIONS' });
    expect(answer.statusCode).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('fails on the AWS-shaped side too', async () => {
    const call = { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' };
    expect(await statusOf({ ...own(), ...call, origin: 'https://evil.example' }, { path: '/' })).toBe(403);
    expect(await statusOf({ host: 'evil.example', ...call }, { path: '/' })).toBe(403);
  });

  test('fails without a Host, and with two', async () => {
    const raw = (...lines: string[]) => statusOfRaw(['GET /_sojourn/clock HTTP/1.1', ...lines, '', ''].join('\r\n'));
    expect(await raw('connection: close')).toMatch(/^HTTP\/1\.1 40[03]/);
    expect(await raw(`host: evil.example`, `host: 127.0.0.1:${port}`, 'connection: close')).toMatch(
      /^HTTP\/1\.1 40[03]/,
    );
    expect(await statusOfRaw('GET /_sojourn/clock HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403/);
  });
});

function statusOfRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** 'open', or why not. */
function knock(host: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 }, () => {
      socket.destroy();
      resolve('open');
    });
    socket.on('timeout', () => socket.destroy(new Error('silence')));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

test('only 127.0.0.1 is open: no IPv6, and no address that others reach this machine by', async () => {
  expect(await knock('127.0.0.1')).toBe('open');
  const others = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  for (const { address } of others.filter((one) => one.address !== '127.0.0.1')) {
    expect(await knock(address)).not.toBe('open');
  }
  expect(await knock('::1')).not.toBe('open');
});

test('a sequel of a refused request on the same connection is judged by itself', async () => {
  const evil = `POST /_sojourn/clock HTTP/1.1\r\nhost: evil.example\r\ncontent-length: 2\r\n\r\n{}`;
  const good = `GET /_sojourn/clock HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`;
  const answers = await statusOfRaw(evil + good);
  expect(answers.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 403', 'HTTP/1.1 200']);
  expect(reached).toEqual(['GET /clock']);
});
