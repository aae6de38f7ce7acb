/**
 * The control API: what a person, a test or the console asks of a sandbox beside AWS's own APIs.
 *
 * Owns: the routes below /_sojourn and their JSON. Times are epoch milliseconds (`...Ms`) and ISO text.
 * Must not know: what a run looks like; that is the inspector's, handed in.
 * Invariant: what has a counterpart on the Sandbox object answers the same.
 */

import type { TimerPayload } from '../../contract.js';
import type { EventBusService } from '../bus/bus.js';
import { compileEventPattern, InvalidEventPattern } from '../bus/pattern.js';
import { SandboxError } from '../errors.js';
import { InvalidFaults, readFaultRequest } from '../faults/fault-rates.js';
import type { FaultSwitch, FaultsView } from '../faults/fault-switch.js';
import type { FunctionService } from '../functions/functions.js';
import { type Ledger, sumOf } from '../ledger.js';
import type { MailService } from '../mail.js';
import type { QueueService } from '../queues/queues.js';
import type { OpenSchedule, SchedulerService } from '../schedules/scheduler.js';
import { readDurationMs } from '../time/duration.js';
import type { Timeline } from '../time/timeline.js';
import { inspectorCredentials } from './api.js';
import { type ControlRequest, json } from './server.js';
import type { WireAnswer } from './wire.js';

/** Where and how the tables can be read: the configuration of a plain DynamoDB client. */
export interface TableAccess {
  readonly endpoint: string;
  readonly tableNames: readonly string[];
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Views of runs. `run` may answer a `partition` (the value of the table's partition key under which the run lives): the
 * sandbox then adds the invocations that worked on it.
 */
export interface Inspector {
  runs(
    access: TableAccess,
    query: { readonly journey?: string; readonly key?: string; readonly status?: string },
  ): Promise<unknown>;
  run(access: TableAccess, runId: string): Promise<object | undefined>;
}

export interface ControlServices {
  readonly timeline: Timeline;
  readonly bus: EventBusService;
  readonly scheduler: SchedulerService;
  readonly functions: FunctionService;
  readonly queues: QueueService;
  readonly mail: MailService;
  readonly ledger: Ledger;
  readonly faults: FaultSwitch;
  readonly inspector: Inspector | undefined;
  readonly access: Omit<TableAccess, 'credentials'>;
  readonly environment: () => unknown;
  /** Deploys again: the assembly in this folder, or where the sandbox was told that it comes from. */
  readonly deploy: (assemblyDir: string | undefined) => Promise<unknown>;
}

class BadRequest extends Error {}

export class ControlApi {
  constructor(private readonly services: ControlServices) {}

  async answer(request: ControlRequest): Promise<WireAnswer> {
    try {
      const runId = /^\/runs\/(.+)$/.exec(request.path)?.[1];
      if (request.method === 'GET' && runId !== undefined) return await this.run(decoded(runId));
      const answer = await this.route(request);
      if (answer !== undefined) return json(200, answer);
      return json(404, { error: { code: 'NotFound', message: `no ${request.method} /_sojourn${request.path}` } });
    } catch (error) {
      if (!(error instanceof BadRequest || error instanceof InvalidFaults)) throw error;
      return json(400, { error: { code: 'BadRequest', message: error.message } });
    }
  }

  private async route({ method, path, query, body }: ControlRequest): Promise<unknown> {
    const { bus, scheduler, mail, queues, timeline, functions, environment } = this.services;
    switch (`${method} ${path}`) {
      case 'GET /':
        return { environment: environment(), nowMs: timeline.nowMs() };
      case 'GET /runs':
        return this.runs(query);
      case 'GET /events':
        return { events: bus.list() };
      case 'GET /schedules':
        return { schedules: scheduler.open().map(withTimes) };
      case 'GET /outbox':
        return { mails: mail.outbox() };
      case 'GET /dead-letters':
        return { deadLetters: queues.deadLetters() };
      case 'GET /calls':
        return this.calls(query);
      case 'GET /logs':
        return { lines: functions.logs(query.get('function') ?? '') };
      case 'GET /clock':
        return { ...time(timeline.nowMs()), mode: timeline.clock.mode, due: timeline.due() };
      case 'POST /clock':
        return this.advance(parseObject(body));
      case 'POST /settle':
        await timeline.settle();
        return time(timeline.nowMs());
      case 'GET /deliveries':
        return { held: bus.heldEvents() };
      case 'POST /deliveries':
        return this.deliveries(parseObject(body));
      case 'POST /deploy':
        return this.deploy(parseObject(body === '' ? '{}' : body));
      case 'GET /faults':
        return this.services.faults.view();
      case 'POST /faults':
        return setFaults(this.services.faults, parseObject(body));
      default:
        return undefined;
    }
  }

  private async runs(query: URLSearchParams): Promise<unknown> {
    const { inspector } = this.services;
    if (inspector === undefined) throw new BadRequest('this sandbox was started without an inspector');
    const given = ['journey', 'key', 'status'].filter((name) => query.has(name)).map((name) => [name, query.get(name)]);
    return inspector.runs(this.access(), Object.fromEntries(given));
  }

  private async run(runId: string): Promise<WireAnswer> {
    const { inspector, scheduler, ledger } = this.services;
    if (inspector === undefined) throw new BadRequest('this sandbox was started without an inspector');
    const view = await inspector.run(this.access(), runId);
    if (view === undefined) return json(404, { error: { code: 'NotFound', message: `no run ${runId}` } });
    const { partition } = view as { readonly partition?: unknown };
    const deliveries = typeof partition === 'string' ? ledger.invocationsOf(partition) : [];
    const timers = scheduler.open().filter((schedule) => runOf(schedule) === runId);
    return json(200, {
      ...view,
      deliveries: deliveries.map((one) => ({ ...one, at: iso(one.atMs) })),
      timers: timers.map(withTimes),
    });
  }

  private access(): TableAccess {
    return { ...this.services.access, credentials: inspectorCredentials };
  }

  private calls(query: URLSearchParams): unknown {
    const [journey, key] = [query.get('journey') ?? undefined, query.get('key') ?? undefined];
    const groups = this.services.ledger.byKey({ journey, key });
    return { total: sumOf(groups), byKey: groups };
  }

  /** {} | {"assembly": <folder>} */
  private async deploy({ assembly }: Record<string, unknown>): Promise<unknown> {
    if (assembly !== undefined && typeof assembly !== 'string') throw new BadRequest('"assembly" must name a folder');
    try {
      return await this.services.deploy(assembly);
    } catch (error) {
      if (error instanceof SandboxError) throw new BadRequest(error.message);
      throw error;
    }
  }

  private async advance(body: Record<string, unknown>): Promise<unknown> {
    const { timeline } = this.services;
    if (body.to === 'next-timer') return withTime(await timeline.advance('next-timer'));
    return withTime(await timeline.advance({ ms: durationMs(body.advance) }));
  }

  /** {"hold": <event pattern>} | {"hold": false} | {"release": [event ids] | "all"} */
  private async deliveries(body: Record<string, unknown>): Promise<unknown> {
    const { bus, timeline } = this.services;
    if (body.hold === false) bus.stopHolding();
    else if (body.hold !== undefined) bus.holdMatching(patternOf(body.hold));
    if (body.release === undefined) return { held: bus.heldEvents() };
    const ids = body.release === 'all' ? bus.heldEvents().map(({ event }) => event.id) : body.release;
    if (!Array.isArray(ids)) throw new BadRequest('"release" must be "all" or a list of event ids');
    const released: string[] = [];
    for (const id of ids) {
      if (!bus.release(String(id))) throw new BadRequest(`no held event ${String(id)}`);
      released.push(String(id));
      // One after the other: the order of the list is the order of processing.
      await timeline.settle();
    }
    return { released, held: bus.heldEvents() };
  }
}

/** @throws InvalidFaults */
export function setFaults(faults: FaultSwitch, body: Readonly<Record<string, unknown>>): FaultsView {
  const request = readFaultRequest(body);
  if (request === undefined) faults.end();
  else faults.begin(request);
  return faults.view();
}

function patternOf(pattern: unknown): ReturnType<typeof compileEventPattern> {
  try {
    return compileEventPattern(pattern);
  } catch (error) {
    if (error instanceof InvalidEventPattern) throw new BadRequest(error.message);
    throw error;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new BadRequest(`no such run id: ${text}`);
  }
}

function durationMs(value: unknown): number {
  const ms = readDurationMs(value);
  if (ms !== undefined) return ms;
  const fix =
    'send {"advance":"24h"} (ms, s, m, h, d, w, or a number of milliseconds; ten years at most) or {"to":"next-timer"}';
  throw new BadRequest(`no such advance: ${JSON.stringify(value)}; ${fix}`);
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new BadRequest('the body must be a JSON object');
}

/** The run that a schedule's input names, if it is a journey's timer. */
function runOf(schedule: OpenSchedule): string | undefined {
  try {
    const input = JSON.parse(schedule.input ?? 'null') as Partial<TimerPayload> | null;
    return input?.sojourn === 'timer' ? input.run : undefined;
  } catch {
    return undefined;
  }
}

function withTimes(schedule: OpenSchedule): unknown {
  return { ...schedule, fireAt: iso(schedule.fireAtMs), due: iso(schedule.dueMs) };
}

function withTime<T extends { readonly nowMs: number }>(answer: T): T & { readonly now: string } {
  return { ...answer, now: iso(answer.nowMs) };
}

function time(nowMs: number): { readonly nowMs: number; readonly now: string } {
  return { nowMs, now: iso(nowMs) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
