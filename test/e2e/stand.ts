/**
 * The stand of the end-to-end tests: a synthesized app in a sandbox, seen as its users see it.
 *
 * Owns: starting and closing, putting events with the SDK's own client, reading by the control API over HTTP.
 * Must not know: what a test expects. The clock is frozen at a Monday morning and moves only when told.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand, type PutEventsCommandOutput } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { inspector } from '../../lib/inspect/inspector.js';
import {
  type Activity,
  type CallsOfKey,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../lib/sandbox/index.js';
import { dataIn } from './told.js';

// The SDK's warning about Node 20 would clutter the tests' output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

export const startMs = Date.parse('2027-01-04T10:00:00Z');
export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export interface AppEvent {
  readonly name: string;
  readonly data: object;
  /** Epoch milliseconds; default: now. */
  readonly timeMs?: number;
}

/** A run as `GET /_sojourn/runs` lists it. */
export interface Run {
  readonly runId: string;
  readonly journey: string;
  readonly key: string | number | boolean | null;
  readonly status: 'active' | 'completed' | 'failed' | 'cancelled';
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly output?: { readonly outcome?: string } & Readonly<Record<string, unknown>>;
  readonly error?: { readonly name: string; readonly message: string };
}

export interface Stand {
  readonly sandbox: Sandbox;
  readonly activities: Activity[];
  readonly notices: string[];
  readonly clients: ReturnType<typeof clientsOf>;
  /** Puts events in calls of ten, without waiting for their deliveries. @returns their ids. */
  put(...events: readonly AppEvent[]): Promise<string[]>;
  /** Puts events and waits until all that follows from them is done. @returns their ids. */
  send(...events: readonly AppEvent[]): Promise<string[]>;
  advance(ms: number): Promise<void>;
  runs(query?: { readonly journey?: string; readonly key?: string; readonly status?: string }): Promise<Run[]>;
  /** `completed: reminded`, `cancelled`, ... in order of their triggers. */
  outcomes(journey: string, key: string): Promise<string[]>;
  /** To whom mails went, in order. */
  recipients(): string[];
  /** What all invocations for a key did together. */
  cost(journey: string, key: string): CallsOfKey;
  /** Log lines of a journey's function that are JSON. */
  logLines(journey: string): Record<string, unknown>[];
}

const open: (Pick<Stand, 'sandbox' | 'clients' | 'activities'> & { readonly judged: boolean })[] = [];
afterEach(async () => {
  const stands = open.splice(0);
  const judged = stands.filter((stand) => stand.judged);
  const lines = judged.flatMap(({ activities }) => ofKind(activities, 'log').map(({ line }) => line));
  const fromOutside = judged.flatMap(({ sandbox }) => sandbox.events().filter(({ by }) => by === undefined));
  for (const { sandbox, clients } of stands) {
    for (const client of Object.values(clients)) client.destroy();
    await sandbox.close();
  }
  expect(
    dataIn(
      lines,
      fromOutside.map(({ event }) => event.detail),
    ),
  ).toEqual([]);
});

/**
 * Starts a sandbox on an assembly; it is closed after the test, and no log line of it may tell data of its events.
 *
 * @param judged false where the data are words that every log has ("completed", an event's name)
 */
export async function start(
  assemblyDir: string,
  { judged = true, ...options }: Partial<SandboxOptions> & { readonly judged?: boolean } = {},
): Promise<Stand> {
  const activities: Activity[] = [];
  const notices: string[] = [];
  const sandbox = await startSandbox({
    assemblyDir,
    port: 0,
    clock: { mode: 'frozen', startMs },
    inspector: inspector(),
    onActivity: (activity) => activities.push(activity),
    onNotice: (line) => notices.push(line),
    ...options,
  });
  const clients = clientsOf(sandbox);
  open.push({ sandbox, clients, activities, judged });
  return { sandbox, activities, notices, clients, ...verbsOf(sandbox, clients) };
}

function verbsOf(sandbox: Sandbox, clients: ReturnType<typeof clientsOf>) {
  const put = async (...events: readonly AppEvent[]): Promise<string[]> => {
    const ids: string[] = [];
    for (let at = 0; at < events.length; at += 10) {
      const { Entries = [] } = await putEvents(sandbox, clients.events, events.slice(at, at + 10));
      for (const { EventId, ErrorCode, ErrorMessage } of Entries) {
        if (EventId === undefined) throw new Error(`the bus refused an event: ${ErrorCode} ${ErrorMessage}`);
        ids.push(EventId);
      }
    }
    return ids;
  };
  const runs: Stand['runs'] = async (query = {}) => {
    const { body } = await control(sandbox.url, `/runs?${new URLSearchParams({ ...query })}`);
    return body.runs as Run[];
  };
  return {
    put,
    send: async (...events: readonly AppEvent[]) => {
      const ids = await put(...events);
      await sandbox.settle();
      return ids;
    },
    advance: async (ms: number) => {
      await sandbox.advance({ ms });
    },
    runs,
    outcomes: async (journey: string, key: string) => (await runs({ journey, key })).map(outcomeOf),
    recipients: () => sandbox.outbox().flatMap(({ to }) => [...to]),
    cost: (journey: string, key: string) => {
      const [cost, ...more] = sandbox.calls({ journey, key });
      if (cost === undefined || more.length > 0) throw new Error(`${more.length + 1} or no tallies for key ${key}`);
      return cost;
    },
    logLines: (journey: string) => linesOf(sandbox, journey),
  };
}

function putEvents(
  sandbox: Sandbox,
  client: EventBridgeClient,
  events: readonly AppEvent[],
): Promise<PutEventsCommandOutput> {
  return client.send(
    new PutEventsCommand({
      Entries: events.map(({ name, data, timeMs }) => ({
        EventBusName: sandbox.environment.busNames[0],
        Source: 'shop',
        DetailType: name,
        Detail: JSON.stringify(data),
        ...(timeMs !== undefined && { Time: new Date(timeMs) }),
      })),
    }),
  );
}

function linesOf(sandbox: Sandbox, journey: string): Record<string, unknown>[] {
  return sandbox.logs(functionOf(sandbox, journey).name).flatMap(({ line }) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}

/** The clients that any user would point at the sandbox. */
function clientsOf(sandbox: Pick<Sandbox, 'url'>) {
  const credentials = { accessKeyId: 'shop', secretAccessKey: 'shop' };
  const config = { endpoint: sandbox.url, region: 'us-east-1', credentials };
  return {
    events: new EventBridgeClient(config),
    dynamodb: new DynamoDBClient(config),
    scheduler: new SchedulerClient(config),
  };
}

export function outcomeOf(run: Run): string {
  if (run.status === 'failed') return `failed: ${run.error?.name}`;
  return run.status === 'completed' ? `completed: ${run.output?.outcome}` : run.status;
}

export function functionOf(sandbox: Sandbox, journey: string) {
  const found = sandbox.environment.functions.find((fn) => fn.journey === journey);
  if (found === undefined) throw new Error(`no function of journey ${journey}`);
  return found;
}

/** Invokes a journey's live version asynchronously, as the bus does: with retries and, in the end, the dead letters. */
export async function deliver(sandbox: Sandbox, journey: string, payload: unknown): Promise<void> {
  const url = `${sandbox.url}/2015-03-31/functions/${functionOf(sandbox, journey).name}:live/invocations`;
  const headers = { 'x-amz-invocation-type': 'Event' };
  const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(payload) });
  if (status !== 202) throw new Error(`the function was not invoked: ${status}`);
  await sandbox.settle();
}

export async function control(
  url: string,
  route: string,
  init: { readonly body?: unknown; readonly method?: string; readonly headers?: Record<string, string> } = {},
  // biome-ignore lint/suspicious/noExplicitAny: what a route answers is what the tests check.
): Promise<{ status: number; body: any }> {
  const { body, method = body === undefined ? 'GET' : 'POST', headers = {} } = init;
  const text = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(`${url}/_sojourn${route}`, { method, headers, ...text });
  return { status: response.status, body: await response.json() };
}

/** Activities of one kind. */
export function ofKind<K extends Activity['kind']>(activities: readonly Activity[], kind: K) {
  return activities.filter((activity): activity is Extract<Activity, { kind: K }> => activity.kind === kind);
}

/** That nothing is left behind: no timer, no dead letter, no failed invocation. */
export function expectNothingLeft({ sandbox, activities }: Stand): void {
  expect(sandbox.schedules()).toEqual([]);
  expect(sandbox.deadLetters()).toEqual([]);
  expect(ofKind(activities, 'invoked').filter(({ outcome }) => outcome === 'error')).toEqual([]);
}
