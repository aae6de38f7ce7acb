/** The demo's view of a sandbox: what any client has, an EventBridge client and HTTP. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

export interface ShopEvent {
  readonly name: string;
  readonly data: object;
  /** Default: now. */
  readonly time?: Date;
}

/** As `GET /_sojourn/runs` lists it. */
export interface Run {
  readonly runId: string;
  readonly key: string;
  readonly status: string;
  readonly output?: { readonly outcome?: string };
  readonly startedAt: string;
}

export class SandboxClient {
  private readonly events: EventBridgeClient;

  constructor(
    private readonly url: string,
    private readonly busName: string,
  ) {
    this.events = new EventBridgeClient({
      endpoint: url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' },
    });
  }

  async put(event: ShopEvent): Promise<void> {
    const { Entries } = await this.events.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: this.busName,
            Source: 'shop',
            DetailType: event.name,
            Detail: JSON.stringify(event.data),
            ...(event.time && { Time: event.time }),
          },
        ],
      }),
    );
    const refused = Entries?.find((entry) => entry.ErrorCode);
    if (refused) throw new Error(`the bus refused ${event.name}: ${refused.ErrorCode} ${refused.ErrorMessage}`);
    await this.post('/_sojourn/settle', {});
  }

  /** Moves the clock; answers when all that fell due is delivered and settled. */
  async advance(to: string | 'next-timer'): Promise<void> {
    await this.post('/_sojourn/clock', to === 'next-timer' ? { to } : { advance: to });
  }

  get<T>(path: string): Promise<T> {
    return this.request(path) as Promise<T>;
  }

  close(): void {
    this.events.destroy();
  }

  private post(path: string, body: object): Promise<unknown> {
    return this.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  private async request(path: string, init?: RequestInit): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}
