/**
 * The entry `sojourn/lambda`: makes a journey's Lambda handler.
 *
 * Owns: what lives as long as an execution environment (settings, clients) and what as long as an invocation (clock,
 * function ARN, log). All decisions are the engine's.
 * Invariant: importing an entry touches neither environment nor network, because synth imports it too.
 *
 * @module sojourn/lambda
 */
import { randomUUID } from 'node:crypto';
import { handle } from '../engine/handle.js';
import type { Clock, Ports } from '../engine/ports.js';
import type { AnyJourney } from '../journey/definition.js';
import { nodeTurn } from '../turn.js';
import { busOnDemand } from './bus-on-demand.js';
import { type Clients, createClients } from './clients.js';
import { deliveryOf } from './delivery.js';
import { LineObserver } from './observer.js';
import { LineLogger, toStdout } from './observer-lines.js';
import { partitionOfDelivery } from './observer-place.js';
import { DynamoPointers } from './pointers.js';
import { DynamoRecords } from './records.js';
import { type Settings, settingsFrom } from './settings.js';
import { SchedulerTimers } from './timers.js';
import { LambdaVersions, type RunningVersion, runningVersion } from './versions.js';

/** What is used of Lambda's context. */
export interface LambdaContextShape {
  /** Of the invocation; Lambda's own retries have the same one. */
  readonly awsRequestId: string;
  /** Whom timers come back to. */
  readonly invokedFunctionArn: string;
  /** The number of the version, or $LATEST. */
  readonly functionVersion?: string;
  /** How much of this invocation is left. */
  getRemainingTimeInMillis(): number;
}

/** What Lambda calls with an event of the bus, a timer, or what another version hands over; it throws what is to be tried again. */
export type LambdaHandler = (event: unknown, context: LambdaContextShape) => Promise<void>;

interface Environment {
  readonly settings: Settings;
  readonly clients: Clients;
  readonly logger: LineLogger;
}

/**
 * The handler of a journey's function: `export const handler = serve(journey)`. It reads the environment that the Journey
 * construct gives the function, at its first invocation.
 */
export function serve(journey: AnyJourney): LambdaHandler {
  const journeyId = journey.definition.id;
  let environment: Environment | undefined;
  return async (event, context) => {
    environment ??= {
      settings: settingsFrom(process.env, journeyId),
      clients: createClients(),
      logger: new LineLogger(),
    };
    const { timeoutsMs, stepTimeoutMs, lifecycleEvents, retired } = environment.settings;
    const observer = observerOf(journeyId, environment, context);
    try {
      const delivery = deliveryOf(event, context.awsRequestId);
      observer.begin(delivery, partitionOfDelivery(journey.definition, delivery));
      const running = runningVersion(context);
      const settings = { timeoutsMs, stepTimeoutMs, lifecycleEvents, retired };
      const engine = { journey, ...settings, ...(running.version && { codeVersion: running.version }) };
      await handle(engine, portsOf(environment, context, running, observer), delivery);
    } catch (error) {
      observer.failed(error);
      throw error;
    } finally {
      observer.end();
    }
  };
}

function portsOf(
  { settings, clients }: Environment,
  context: LambdaContextShape,
  running: RunningVersion,
  observer: LineObserver,
): Ports {
  const clock = clockOf(context);
  const schedules = {
    groupName: settings.scheduleGroupName,
    roleArn: settings.schedulerRoleArn,
    deadLetterArn: settings.timerDeadLetterArn,
    keyArn: settings.scheduleKeyArn,
    functionArn: running.ownArn,
    liveArn: running.liveArn,
  };
  return {
    records: new DynamoRecords(clients.dynamo, settings.tableName),
    pointers: new DynamoPointers(clients.dynamo, settings.tableName),
    timers: new SchedulerTimers(clients.scheduler, schedules, clock),
    bus: busOnDemand(settings.eventBusName, clock),
    versions: new LambdaVersions(running.functionArn),
    clock,
    turn: nodeTurn,
    observer,
    nonce: randomUUID,
  };
}

function clockOf(context: LambdaContextShape): Clock {
  return {
    nowMs: () => Date.now(),
    sleepMs: pause,
    remainingMs: () => context.getRemainingTimeInMillis(),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function observerOf(journeyId: string, { settings, logger }: Environment, context: LambdaContextShape): LineObserver {
  const { logKeys, metrics, metricNamespace } = settings;
  const requestId = context.awsRequestId;
  return new LineObserver({
    journeyId,
    requestId,
    nowMs: () => Date.now(),
    write: toStdout,
    logger,
    logKeys,
    metrics,
    metricNamespace,
  });
}
