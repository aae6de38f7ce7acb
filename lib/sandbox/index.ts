/**
 * The sandbox: runs a synthesized cloud assembly on one loopback port, for development and tests.
 *
 * Owns: putting the services together, starting and closing them.
 * Must not know: the engine, nor what the app does.
 * Invariants: two sandboxes share nothing; closing one ends its workers and its port. State is in memory.
 */

import { env } from '../contract.js';
import { EventBusService, type PutEvent } from './bus/bus.js';
import { compileEventPattern } from './bus/pattern.js';
import { deployAgain } from './deployment.js';
import { FaultSwitch, type FaultsView } from './faults/fault-switch.js';
import { EventSourceService } from './functions/event-sources.js';
import { FunctionService, type LogLine } from './functions/functions.js';
import { HandOffService } from './functions/handoffs.js';
import { Api } from './http/api.js';
import { ControlApi, type Inspector, setFaults } from './http/control.js';
import { LoopbackServer } from './http/server.js';
import type { ApiRequest } from './http/wire.js';
import { enforcePolicies } from './iam/enforce.js';
import { policyNotices } from './iam/policy-notices.js';
import { reportingRefusals } from './iam/report.js';
import { type CallsOfKey, Ledger } from './ledger.js';
import { MailService } from './mail.js';
import type { DeadLetter } from './queues/queue-message.js';
import { QueueService } from './queues/queues.js';
import { type OpenSchedule, SchedulerService } from './schedules/scheduler.js';
import { type AuthorizeBy, type Faults, noFaults } from './seams.js';
import { TableService } from './tables/tables.js';
import { readAssembly } from './template/assembly.js';
import { readResources } from './template/environment.js';
import { recordOf, textOf } from './template/properties.js';
import type { SandboxResources } from './template/resources.js';
import { VersionNumbers } from './template/versions.js';
import type { Activity, OutboxMail } from './time/activity.js';
import { type ClockMode, VirtualClock } from './time/clock.js';
import { SeededRandom } from './time/random.js';
import { type Advance, Timeline } from './time/timeline.js';

export type { PutEvent } from './bus/bus.js';
export { SandboxError, type SandboxErrorCode } from './errors.js';
export { type FaultKind, faultKinds } from './faults/fault-rates.js';
export type { FaultsView } from './faults/fault-switch.js';
export type { FaultCount } from './faults/faults.js';
export type { Inspector, TableAccess } from './http/control.js';
export type { CallsOfKey, Invocation, Tally } from './ledger.js';
export type { DeadLetter } from './queues/queue-message.js';
export type { OpenSchedule } from './schedules/scheduler.js';
export * from './seams.js';
export type { SandboxResources } from './template/resources.js';
export type { Activity, Author, DeliveredEvent, OutboxMail, Trigger } from './time/activity.js';
export type { Advance, Due } from './time/timeline.js';

/** A request to a service, before anything was made of it. */
export type AwsRequest = Pick<ApiRequest, 'service' | 'operation' | 'input' | 'accessKeyId'>;

export interface SandboxOptions {
  /** A directory that `cdk synth` wrote. */
  readonly assemblyDir: string;
  /** Writes the assembly anew, for another deployment. Default: `assemblyDir` as it is then. */
  readonly synthesize?: () => Promise<string>;
  /** 0: any free port. */
  readonly port: number;
  /** 'running': real time plus what was advanced. 'frozen': stands still between commands. */
  readonly clock: { readonly mode: ClockMode; readonly startMs?: number };
  /** Decides everything random: how late timers are, ids. Default 1. */
  readonly seed?: number;
  /** Views of runs: the sandbox does not know what a run is. */
  readonly inspector?: Inspector;
  /** Every request to a service, as it came in. */
  readonly onRequest?: (request: AwsRequest) => void;
  /** What the template has and the sandbox does not know: one line each, at the start. */
  readonly onNotice?: (line: string) => void;
  readonly onActivity?: (activity: Activity) => void;
  /** Default: what the template's policies allow. */
  readonly authorize?: AuthorizeBy;
  /** Faults that are on whenever POST /_sojourn/faults asks for no others. Default: none. */
  readonly faults?: Faults;
}

/** What things are called here. */
export interface SandboxEnvironment {
  readonly account: string;
  readonly region: string;
  /** Custom buses; the default bus is always there. */
  readonly busNames: readonly string[];
  readonly tableNames: readonly string[];
  readonly scheduleGroupNames: readonly string[];
  readonly functions: readonly {
    readonly name: string;
    readonly arn: string;
    readonly stackName: string;
    readonly logicalId: string;
    readonly journey: string | undefined;
  }[];
  readonly queues: readonly { readonly name: string; readonly arn: string; readonly url: string }[];
}

export interface Sandbox {
  readonly url: string;
  /** From the start until it was ready. */
  readonly readyMs: number;
  readonly environment: SandboxEnvironment;
  nowMs(): number;
  /** Answers when no delivery is in flight. */
  settle(): Promise<void>;
  /** Lets time pass, due by due; answers when all that fell due has been delivered and settled. */
  advance(by: { readonly ms: number } | 'next-timer'): Promise<Advance>;
  /** Open schedules, soonest first. */
  schedules(): readonly OpenSchedule[];
  calls(query?: { readonly journey?: string; readonly key?: string }): readonly CallsOfKey[];
  outbox(): readonly OutboxMail[];
  deadLetters(): readonly DeadLetter[];
  events(): readonly PutEvent[];
  logs(functionName: string): readonly LogLine[];
  /** Events that match the pattern wait from now on; undefined: no longer. */
  hold(pattern: unknown): void;
  heldEvents(): readonly PutEvent[];
  /** Delivers one held event; false when there is none of that id. */
  release(eventId: string): boolean;
  /** What POST /_sojourn/faults takes; `{}` ends them. @returns what GET answers. */
  setFaults(request: Readonly<Record<string, unknown>>): FaultsView;
  faults(): FaultsView;
  /**
   * Deploys again, in place: tables, queues, timers and the clock stay, versions of functions as their policies say.
   * @param assemblyDir default: what `synthesize` writes.
   */
  deploy(assemblyDir?: string): Promise<SandboxEnvironment>;
  close(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const startedAt = performance.now();
  const assembly = readAssembly(options.assemblyDir);
  const server = await LoopbackServer.listen(options.port);
  try {
    const numbers = new VersionNumbers();
    const resources = readResources(assembly, server.url, numbers);
    numbers.endDeployment();
    for (const notice of [...resources.notices, ...policyNotices(resources)]) options.onNotice?.(notice);
    const services = createServices(options, resources, server.url);
    await services.tables.add(resources.tables);
    const deploy = async (assemblyDir?: string) => {
      const folder = assemblyDir ?? (await options.synthesize?.()) ?? options.assemblyDir;
      const next = readResources(readAssembly(folder), server.url, numbers);
      numbers.endDeployment();
      for (const notice of [...next.notices, ...policyNotices(next)]) options.onNotice?.(notice);
      await deployAgain(services, next, deadLetterArns(next));
      return environmentOf(resources);
    };
    const access = { endpoint: server.url, region: resources.region, tableNames: journeyTables(resources) };
    const control = new ControlApi({
      ...services,
      inspector: options.inspector,
      access,
      environment: () => environmentOf(resources),
      deploy,
    });
    const api = new Api({ ...services, onRequest: options.onRequest });
    let requests = 0;
    server.serve({
      api: (request) => api.answer(request),
      control: (request) => control.answer(request),
      nowMs: () => services.timeline.nowMs(),
      newRequestId: () => `request-${++requests}`,
    });
    return toSandbox(server, services, deploy, Math.round(performance.now() - startedAt));
  } catch (error) {
    await server.close();
    throw error;
  }
}

type Services = ReturnType<typeof createServices>;

function createServices(options: SandboxOptions, resources: SandboxResources, endpoint: string) {
  const timeline = new Timeline(new VirtualClock(options.clock.mode, options.clock.startMs));
  const random = new SeededRandom(options.seed ?? 1);
  const faults = new FaultSwitch(options.faults ?? noFaults, timeline);
  const report = reportTo(options.onActivity, timeline);
  const policies = () => (options.authorize ?? enforcePolicies)(resources, () => timeline.nowMs());
  let decide = policies();
  const authorize = reportingRefusals((call) => decide(call), report);
  const rereadPolicies = () => {
    decide = policies();
  };
  const ledger = new Ledger();
  const tables = new TableService();
  const queues = new QueueService(resources.queues, deadLetterArns(resources), timeline, random, report);
  const functions = new FunctionService({
    endpoint,
    timeline,
    ledger,
    queues,
    random,
    report,
    faults,
    authorize,
  });
  functions.deploy(resources);
  const handOffs = new HandOffService({ functions, queues, timeline, random, authorize, faults });
  const shared = { resources, handOffs, timeline, random, report, authorize };
  const bus = new EventBusService(shared);
  const scheduler = new SchedulerService(shared);
  const eventSources = new EventSourceService({ ...shared, functions, queues });
  const mail = new MailService(timeline, random, report);
  eventSources.start();
  return {
    resources,
    timeline,
    ledger,
    tables,
    queues,
    functions,
    eventSources,
    bus,
    scheduler,
    mail,
    authorize,
    faults,
    rereadPolicies,
  };
}

function reportTo(listener: SandboxOptions['onActivity'], timeline: Timeline) {
  return (activity: object) => listener?.({ atMs: timeline.nowMs(), ...activity } as Activity);
}

function toSandbox(server: LoopbackServer, services: Services, deploy: Sandbox['deploy'], readyMs: number): Sandbox {
  const { timeline, scheduler, ledger, mail, queues, bus, functions, faults, eventSources } = services;
  return {
    url: server.url,
    readyMs,
    get environment() {
      return environmentOf(services.resources);
    },
    deploy,
    nowMs: () => timeline.nowMs(),
    settle: () => timeline.settle(),
    advance: (by) => timeline.advance(by),
    schedules: () => scheduler.open(),
    calls: (query = {}) => ledger.byKey(query),
    outbox: () => mail.outbox(),
    deadLetters: () => queues.deadLetters(),
    events: () => bus.list(),
    logs: (functionName) => functions.logs(functionName),
    hold: (pattern) => (pattern === undefined ? bus.stopHolding() : bus.holdMatching(compileEventPattern(pattern))),
    heldEvents: () => bus.heldEvents(),
    release: (eventId) => bus.release(eventId),
    setFaults: (request) => setFaults(faults, request),
    faults: () => faults.view(),
    close: async () => {
      timeline.close();
      eventSources.close();
      await functions.close();
      await server.close();
    },
  };
}

function environmentOf(resources: SandboxResources): SandboxEnvironment {
  const notDefault = (one: { readonly name: string }) => one.name !== 'default';
  return {
    account: resources.account,
    region: resources.region,
    busNames: resources.buses.filter(notDefault).map((bus) => bus.name),
    tableNames: resources.tables.map((table) => table.name),
    scheduleGroupNames: resources.scheduleGroups.filter(notDefault).map((group) => group.name),
    functions: resources.functions.map(({ name, arn, stackName, logicalId, environment }) => ({
      name,
      arn,
      stackName,
      logicalId,
      journey: environment[env.journeyId],
    })),
    queues: resources.queues.map(({ name, arn, url }) => ({ name, arn, url })),
  };
}

/** The tables that journeys work on; where no function says, all. */
function journeyTables(resources: SandboxResources): string[] {
  const named = resources.functions.flatMap(({ environment }) => environment[env.tableName] ?? []);
  const known = resources.tables.map((table) => table.name).filter((name) => named.includes(name));
  return known.length > 0 ? known : resources.tables.map((table) => table.name);
}

/** Queues that somebody of the template sends dead letters to. */
function deadLetterArns(resources: SandboxResources): string[] {
  const arns = [
    ...resources.rules.flatMap((rule) => rule.targets.map((target) => target.deadLetterArn)),
    ...resources.functions.flatMap(({ asyncInvoke, environment }) => [
      asyncInvoke.onFailureArn,
      asyncInvoke.deadLetterArn,
      environment[env.timerDeadLetterArn],
    ]),
    ...resources.all.map(({ properties }) => textOf(recordOf(properties.RedrivePolicy).deadLetterTargetArn)),
  ];
  return arns.filter((arn) => arn !== undefined);
}
