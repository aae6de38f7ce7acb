/**
 * The stage of a chaos round: the app in a sandbox, its clock frozen, seen as its users see it. Without Jest, because
 * `npm run chaos` plays on it too.
 *
 * Owns: starting and closing, putting events with the SDK's own client, reading runs by the control API.
 */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { inspector } from '../../lib/inspect/inspector.js';
import { type Activity, type Sandbox, startSandbox } from '../../lib/sandbox/index.js';

// The SDK's warning about Node 20 would clutter the output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

export const startMs = Date.parse('2027-01-04T10:00:00Z');
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export interface AppEvent {
  readonly name: string;
  readonly data: object;
}

/** A run as `GET /_sojourn/runs` lists it. */
export interface Run {
  readonly runId: string;
  readonly journey: string;
  readonly key: string | number | boolean | null;
  readonly status: 'active' | 'completed' | 'failed' | 'cancelled';
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly nextDeadline?: string;
  readonly output?: { readonly outcome?: string; readonly reminders?: number };
  readonly error?: { readonly name: string };
}

export interface Stage {
  readonly sandbox: Sandbox;
  readonly activities: readonly Activity[];
  /** Puts events without waiting for their deliveries. @returns their ids. */
  put(events: readonly AppEvent[]): Promise<string[]>;
  /** Lets time pass until then. */
  until(atMs: number): Promise<void>;
  runs(query?: { readonly status?: string }): Promise<Run[]>;
  close(): Promise<void>;
}

export async function startStage(assemblyDir: string, seed: number): Promise<Stage> {
  const activities: Activity[] = [];
  const sandbox = await startSandbox({
    assemblyDir,
    port: 0,
    clock: { mode: 'frozen', startMs },
    seed,
    inspector: inspector(),
    onActivity: (activity) => activities.push(activity),
  });
  const credentials = { accessKeyId: 'shop', secretAccessKey: 'shop' };
  const client = new EventBridgeClient({ endpoint: sandbox.url, region: 'us-east-1', credentials });
  return {
    sandbox,
    activities,
    put: (events) => putEvents(client, sandbox.environment.busNames[0]!, events),
    until: async (atMs) => {
      const ms = atMs - sandbox.nowMs();
      if (ms > 0) await sandbox.advance({ ms });
    },
    runs: async (query = {}) => {
      const response = await fetch(`${sandbox.url}/_sojourn/runs?${new URLSearchParams({ ...query })}`);
      return ((await response.json()) as { runs: Run[] }).runs;
    },
    close: async () => {
      client.destroy();
      await sandbox.close();
    },
  };
}

async function putEvents(client: EventBridgeClient, bus: string, events: readonly AppEvent[]): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < events.length; at += 10) {
    const entries = events.slice(at, at + 10).map(({ name, data }) => ({
      EventBusName: bus,
      Source: 'shop',
      DetailType: name,
      Detail: JSON.stringify(data),
    }));
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: entries }));
    for (const { EventId, ErrorCode } of Entries) {
      if (EventId === undefined) throw new Error(`the bus refused an event: ${ErrorCode}`);
      ids.push(EventId);
    }
  }
  return ids;
}

/** Activities of one kind. */
export function ofKind<K extends Activity['kind']>(activities: readonly Activity[], kind: K) {
  return activities.filter((activity): activity is Extract<Activity, { kind: K }> => activity.kind === kind);
}

export function outcomeOf(run: Run): string {
  if (run.status === 'failed') return `failed: ${run.error?.name}`;
  return run.status === 'completed' ? String(run.output?.outcome) : run.status;
}
