/**
 * A loopback server that answers as EventBridge Scheduler and EventBridge do on the wire (REST JSON, AWS JSON 1.1): just
 * enough for the adapters. It keeps every request as it came, and can be told to refuse the next ones.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  readonly service: string | undefined;
  readonly body: Record<string, unknown>;
}

export interface Answer {
  readonly status: number;
  readonly error?: string;
  readonly body?: object;
}

export interface Loopback {
  readonly endpoint: string;
  /** Since the last `reset`. */
  readonly calls: readonly Call[];
  readonly schedules: ReadonlyMap<string, Record<string, unknown>>;
  /** Answers of the next calls, before it answers by itself again. */
  answerNext(...answers: Answer[]): void;
  reset(): void;
  close(): Promise<void>;
}

export async function openLoopback(): Promise<Loopback> {
  const calls: Call[] = [];
  const schedules = new Map<string, Record<string, unknown>>();
  const planned: Answer[] = [];
  const server = createServer(async (request, response) => {
    const call = await read(request);
    calls.push(call);
    const { status, error, body } = planned.shift() ?? answer(call, schedules);
    response.writeHead(status, { 'content-type': 'application/json', ...(error && { 'x-amzn-errortype': error }) });
    response.end(JSON.stringify(body ?? (error ? { Message: `${error} of the test` } : {})));
  });
  return {
    endpoint: await listening(server),
    calls,
    schedules,
    answerNext: (...answers) => planned.push(...answers),
    reset: () => {
      calls.length = 0;
      planned.length = 0;
      schedules.clear();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function read(request: IncomingMessage): Promise<Call> {
  let text = '';
  for await (const chunk of request) text += chunk;
  const url = new URL(request.url ?? '/', 'http://loopback');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    target: request.headers['x-amz-target'] as string | undefined,
    service: /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1],
    body: text === '' ? {} : JSON.parse(text),
  };
}

function answer(call: Call, schedules: Map<string, Record<string, unknown>>): Answer {
  if (call.target === 'AWSEvents.PutEvents') {
    const entries = call.body.Entries as unknown[];
    return { status: 200, body: { FailedEntryCount: 0, Entries: entries.map((_, n) => ({ EventId: `bus-${n}` })) } };
  }
  const name = /^\/schedules\/([^/]+)$/.exec(call.path)?.[1];
  if (name === undefined) return { status: 404, error: 'UnknownOperationException' };
  if (call.method === 'POST') {
    if (schedules.has(name)) return { status: 409, error: 'ConflictException' };
    schedules.set(name, call.body);
    return { status: 200, body: { ScheduleArn: `arn:aws:scheduler:eu-west-1:111122223333:schedule/group/${name}` } };
  }
  return schedules.delete(name) ? { status: 200 } : { status: 404, error: 'ResourceNotFoundException' };
}
