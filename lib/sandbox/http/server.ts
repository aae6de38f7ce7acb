/**
 * The loopback port: HTTP in, HTTP out.
 *
 * Owns: the socket, who may talk to it, bodies, the split between the AWS-shaped endpoint and the control API.
 * Must not know: what either answers.
 * Invariants: it listens on 127.0.0.1 alone; a request whose Host is another name, or that another site's page makes in
 * a browser, is refused before anything is read from it.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SandboxError } from '../errors.js';
import { inXml } from '../queues/query-protocol.js';
import type { ApiAnswer } from './api.js';
import { type ApiRequest, readApiRequest, unknownRequest, type WireAnswer } from './wire.js';

export interface ControlRequest {
  readonly method: string;
  /** Without the prefix: `/runs`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface Handlers {
  api(request: ApiRequest): Promise<ApiAnswer>;
  control(request: ControlRequest): Promise<WireAnswer>;
  nowMs(): number;
  newRequestId(): string;
}

export const controlPrefix = '/_sojourn';
const maximumBodyBytes = 16 * 1024 * 1024;

export class LoopbackServer {
  private handlers: Handlers | undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** Listens at once; requests are answered 503 until `serve`. */
  static async listen(port: number): Promise<LoopbackServer> {
    let loopback: LoopbackServer | undefined;
    const server = createServer((request, response) => void loopback?.handle(request, response));
    // A function's idle connection stays open: closing it under a request that is being sent would look like a fault.
    server.keepAliveTimeout = 0;
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port)));
      server.listen(port, '127.0.0.1', resolve);
    });
    loopback = new LoopbackServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return loopback;
  }

  serve(handlers: Handlers): void {
    this.handlers = handlers;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOf(request);
    if (refusal !== undefined) return send(response, json(403, { error: { code: 'Forbidden', message: refusal } }));
    const { handlers } = this;
    if (handlers === undefined)
      return send(response, json(503, { error: { code: 'Starting', message: 'not ready yet' } }));
    response.setHeader('date', new Date(callersTimeMs(request) ?? handlers.nowMs()).toUTCString());
    response.setHeader('x-amzn-requestid', handlers.newRequestId());
    try {
      const body = await readBody(request);
      if (body === undefined)
        return send(response, json(413, { error: { code: 'TooLarge', message: 'body over 16 MB' } }));
      const answer = await this.answer(handlers, request, body);
      if (answer === 'no-answer') request.socket.destroy();
      else send(response, answer);
    } catch (error) {
      // A bug of the sandbox: SDKs take a 500 for a passing fault, so it must be readable.
      send(response, json(500, { message: `the sandbox failed: ${(error as Error).stack ?? String(error)}` }));
    }
  }

  private async answer(handlers: Handlers, request: IncomingMessage, body: string): Promise<ApiAnswer> {
    const method = request.method ?? 'GET';
    const url = new URL(request.url ?? '/', this.url);
    if (url.pathname === controlPrefix || url.pathname.startsWith(`${controlPrefix}/`)) {
      const path = url.pathname.slice(controlPrefix.length) || '/';
      return handlers.control({ method, path, query: url.searchParams, body });
    }
    const call = readApiRequest(method, url, request.headers, body);
    if (call === undefined) return unknownRequest(method, url.pathname);
    const answer = await handlers.api(call);
    const isXml = call.service === 'sqs' && call.isForm === true && answer !== 'no-answer';
    return isXml ? inXml(call.operation, answer) : answer;
  }
}

export function json(status: number, body: unknown): WireAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** A page of another site can make a browser send requests here: by a name that resolves to 127.0.0.1, or directly. */
function refusalOf(request: IncomingMessage): string | undefined {
  const { host, origin } = request.headers;
  if (host === undefined || !/^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(host)) {
    return 'the Host header must be localhost or 127.0.0.1';
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return 'requests of other sites are refused';
  }
  const site = request.headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none'
    ? undefined
    : 'requests of other sites are refused';
}

/**
 * When the request was signed, by its caller's clock. An SDK that sees another date in the answer takes its own clock for
 * wrong, and every error for one that trying again may cure; callers from outside do not live in the sandbox's time.
 */
function callersTimeMs(request: IncomingMessage): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(request.headers['x-amz-date'] ?? ''));
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maximumBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  // The caller may be gone: a killed function, a client that gave up.
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function listenError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new SandboxError(
    'PortInUse',
    `port ${port} is already in use: stop what listens there, or choose another port`,
  );
}
