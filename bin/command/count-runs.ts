/**
 * Plays a run of a journey in a sandbox of its own, and counts what it did.
 *
 * Owns: which events make a run match or time out, and what is read of the sandbox when it is over. Knows no prices.
 * Invariants: the run ends, or this throws; only what the journey's own function did is counted, and all of it.
 */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { sentEventSourcePrefix, table } from '../../lib/contract.js';
import { type Usage, usageOf } from '../../lib/inspect/cost.js';
import { inspector } from '../../lib/inspect/inspector.js';
import type { RunView, StepView } from '../../lib/inspect/view.js';
import type { JourneyDefinition } from '../../lib/journey/definition.js';
import type { Sandbox } from '../../lib/sandbox/index.js';
import { itemBytes } from '../../lib/sandbox/tables/item-size.js';
import type { DeployedJourney } from './deployed-journey.js';
import { Mistake } from './mistake.js';
import {
  type AwaitedChannel,
  awaitedData,
  channelsOf,
  isForWantOfData,
  nameOf,
  startingEvent,
  triggerData,
} from './sample-events.js';
import { runSandbox } from './sandbox.js';

export type Ending = 'matched' | 'timed out';

export interface Sample {
  readonly ending: Ending;
  readonly usage: Usage;
  readonly output: unknown;
  /** What it ended with, where it failed: `PaymentDeclined: no funds`. */
  readonly failure?: string;
}

/** Data of events by name; the values by which events find runs are set in addition. */
export type SampleData = Readonly<Record<string, object>>;

const startMs = Date.parse('2027-01-04T10:00:00Z');
const monthMs = (365.25 / 12) * 24 * 3_600_000;
/** DynamoDB adds this to each item it stores, and deletes one within a few days of its time. */
const itemOverheadBytes = 100;
const deletedLateMs = 2 * 24 * 3_600_000;
/** EventBridge bills an event for each 64 KB. */
const eventChunkBytes = 64 * 1_024;
/** A journey that wants more timers than this is taken not to end. */
const mostTimers = 1_000;
const credentials = { accessKeyId: 'cost', secretAccessKey: 'cost' };

/** @throws Mistake when the run does not begin, fails for want of data, or does not end. */
export async function countRun(
  assemblyDir: string,
  journey: DeployedJourney,
  ending: Ending,
  data: SampleData,
): Promise<Sample> {
  const starts = startingEvent(journey.definition);
  if (starts === undefined) throw startsUnseen(journey.definition);
  const sandbox = await runSandbox({
    assemblyDir,
    port: 0,
    clock: { mode: 'frozen', startMs },
    inspector: inspector(),
  });
  const play = new Play(sandbox, journey, data);
  try {
    await play.start(starts);
    await (ending === 'matched' ? play.match() : play.timeOut());
    return { ending, usage: await play.usage(), ...(await play.end()) };
  } finally {
    play.close();
    await sandbox.close();
  }
}

function startsUnseen({ id, crons = [] }: JourneyDefinition): Mistake {
  if (crons.length > 0)
    return new Mistake(`journey ${id} is started by the clock alone: what each time costs is in docs/cost.md`);
  return new Mistake(
    `journey ${id} is begun by other journeys’ calls alone, and by no event. Fix: what a call costs is in docs/cost.md; its own steps cost as those of a journey with an event as trigger`,
  );
}

interface ListedRun {
  readonly runId: string;
  readonly status: 'active' | 'completed' | 'failed' | 'cancelled';
  readonly output?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

class Play {
  private readonly dynamodb: DynamoDBClient;
  private readonly events: EventBridgeClient;
  /** Bytes in the table, times how long they were there. */
  private byteMs = 0;
  private bytes = 0;
  private readAtMs = startMs;

  private readonly definition: JourneyDefinition;

  constructor(
    private readonly sandbox: Sandbox,
    private readonly journey: DeployedJourney,
    private readonly data: SampleData,
  ) {
    this.definition = journey.definition;
    const config = { endpoint: sandbox.url, region: 'us-east-1', credentials };
    this.dynamodb = new DynamoDBClient(config);
    this.events = new EventBridgeClient(config);
  }

  close(): void {
    this.dynamodb.destroy();
    this.events.destroy();
  }

  async start(name: string): Promise<void> {
    await this.put(name, triggerData(this.definition, name, this.data));
  }

  private async put(name: string, detail: object): Promise<void> {
    const { Entries } = await this.events.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: this.journey.busName,
            Source: 'cost',
            DetailType: name,
            Detail: JSON.stringify(detail),
          },
        ],
      }),
    );
    const refused = Entries?.find(({ ErrorCode }) => ErrorCode);
    if (refused) throw new Mistake(`the bus refused ${name}: ${refused.ErrorMessage}`);
    await this.sandbox.settle();
    this.assertTaken(name);
    await this.weigh();
  }

  /** What does not fit its schema, for one, would be counted as a run that it does not match. */
  private assertTaken(name: string): void {
    const refused = this.logLines().find((line) => line.includes('"message":"refused"'));
    if (refused === undefined) return;
    const { error } = JSON.parse(refused) as { readonly error?: string };
    throw new Mistake(
      `${this.definition.id} refuses ${name}: ${error}. Fix: give its events the data that they should have: --events <file>`,
    );
  }

  /** Each awaited event once wherever an open wait listens to it, halfway to the next timer, until the run is over. */
  async match(): Promise<void> {
    const put = new Set<string>();
    while (true) {
      const next = (await this.openChannels()).find((channel) => !put.has(nameOf(channel)));
      if (!next) break;
      const [timer] = this.sandbox.schedules();
      if (timer) await this.advance({ ms: Math.floor((timer.fireAtMs - this.sandbox.nowMs()) / 2) });
      await this.put(next.event, awaitedData(this.definition, next, this.data));
      if (!next.takesAll) await this.assertMatched(next);
      put.add(nameOf(next));
    }
    if ((await this.run()).status === 'active') await this.timeOut();
  }

  private async openChannels(): Promise<AwaitedChannel[]> {
    return (await this.run()).status === 'active' ? channelsOf(await this.steps()) : [];
  }

  /** What a wait's own condition refuses would be counted as a run that times out. */
  private async assertMatched(channel: AwaitedChannel): Promise<void> {
    const open = await this.openChannels();
    if (!open.some((one) => one.step === channel.step && nameOf(one) === nameOf(channel))) return;
    throw new Mistake(
      `the wait '${channel.step}' of ${this.definition.id} does not take ${channel.event}. Fix: give its events the data that they should have: --events <file>`,
    );
  }

  private async steps(): Promise<readonly StepView[]> {
    const { runId } = await this.run();
    const response = await fetch(`${this.sandbox.url}/_sojourn/runs/${runId}`);
    return ((await response.json()) as RunView).steps;
  }

  async timeOut(): Promise<void> {
    for (let timers = 0; (await this.run()).status === 'active'; timers += 1) {
      if (timers === mostTimers || this.sandbox.schedules().length === 0) {
        throw new Mistake(`a run of ${this.definition.id} does not end by its timers`);
      }
      await this.advance('next-timer');
    }
  }

  async end(): Promise<Pick<Sample, 'output' | 'failure'>> {
    const { output, error } = await this.run();
    return { output, ...(error !== undefined && { failure: `${error.name}: ${error.message}` }) };
  }

  async usage(): Promise<Usage> {
    const { id } = this.definition;
    const groups = this.sandbox.calls({ journey: id }).map(usageOf);
    const sum = (pick: (usage: Usage) => number): number => groups.reduce((total, usage) => total + pick(usage), 0);
    const calls: Record<string, number> = {};
    for (const [call, count] of groups.flatMap((usage) => Object.entries(usage.calls))) {
      calls[call] = (calls[call] ?? 0) + count;
    }
    const kept = await this.keptByteMs();
    return {
      events: this.eventsPut(),
      timersFired: sum((usage) => usage.timersFired),
      invocations: sum((usage) => usage.invocations),
      writeUnits: sum((usage) => usage.writeUnits),
      readUnits: sum((usage) => usage.readUnits),
      logBytes: this.logBytes(),
      tableGbMonths: (this.byteMs + kept) / 1e9 / monthMs,
      calls,
    };
  }

  /** The customer's, and those that the journey's own steps sent. */
  private eventsPut(): number {
    const own = (source: string): boolean =>
      source === 'cost' || source === `${sentEventSourcePrefix}${this.definition.id}`;
    const put = this.sandbox.events().filter(({ event }) => own(event.source));
    return put.reduce((sum, { event }) => sum + Math.ceil(JSON.stringify(event).length / eventChunkBytes), 0);
  }

  private logBytes(): number {
    return this.logLines().reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  }

  private logLines(): string[] {
    const fn = this.sandbox.environment.functions.find(({ journey }) => journey === this.definition.id);
    return this.sandbox.logs(fn?.name ?? '').map(({ line }) => line);
  }

  private async advance(by: { readonly ms: number } | 'next-timer'): Promise<void> {
    await this.sandbox.advance(by);
    await this.weigh();
  }

  private async run(): Promise<ListedRun> {
    const response = await fetch(`${this.sandbox.url}/_sojourn/runs?journey=${this.definition.id}`);
    const [run] = ((await response.json()) as { runs: ListedRun[] }).runs;
    if (run === undefined) {
      const event = startingEvent(this.definition);
      throw new Mistake(
        `${event} started no run of ${this.definition.id}. Fix: give it data that the trigger's 'if' takes: --events <file>`,
      );
    }
    if (run.error !== undefined && isForWantOfData(run.error)) {
      throw new Mistake(
        `the run fails: ${run.error.name}: ${run.error.message}. Fix: give its events the data that its code reads: --events <file>`,
      );
    }
    return run;
  }

  /** What lay in the table since the last look goes into the sum. */
  private async weigh(): Promise<void> {
    this.byteMs += this.bytes * (this.sandbox.nowMs() - this.readAtMs);
    this.readAtMs = this.sandbox.nowMs();
    this.bytes = (await this.items()).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** What is left at the end, until it expires. */
  private async keptByteMs(): Promise<number> {
    const leftMs = (expiresAtS: number): number => expiresAtS * 1_000 + deletedLateMs - this.sandbox.nowMs();
    return (await this.items()).reduce((sum, { bytes, expiresAtS }) => sum + bytes * leftMs(expiresAtS ?? 0), 0);
  }

  private async items(): Promise<{ readonly bytes: number; readonly expiresAtS: number | undefined }[]> {
    const { Items = [] } = await this.dynamodb.send(
      new ScanCommand({ TableName: this.journey.tableName, ConsistentRead: true }),
    );
    const own = Items.filter((item) => item[table.partitionKey]?.S?.startsWith(`${this.definition.id}|`));
    return own.map((item) => ({
      bytes: itemBytes(item) + itemOverheadBytes,
      expiresAtS: item[table.expiresAtS]?.N === undefined ? undefined : Number(item[table.expiresAtS]?.N),
    }));
  }
}
