/**
 * One journey of a history, deployed: its engine and its function, what is delivered to it, and the monitor that watches its runs.
 *
 * Must not know the other journeys: they share the table, the schedules and the bus with it, and nothing else.
 */

import { Refused } from '../../lib/engine/arrival/intake.js';
import { type Engine, handle } from '../../lib/engine/handle.js';
import type { Delivery, Own, SentEvent } from '../../lib/engine/ports.js';
import type { Cause as EngineCause } from '../../lib/engine/stored/document.js';
import { type EngineEvent, eventPosition } from '../../lib/engine/stored/event.js';
import { partitionOf, runRefOf } from '../../lib/engine/stored/key.js';
import { eventNames } from '../../lib/journey/definition.js';
import { callEvent } from '../../lib/journey/invoke.js';
import { limits } from '../../lib/limits.js';
import { homeOf } from './after-runs.js';
import { arrivalMs } from './arrivals.js';
import { journeyOf } from './author.js';
import type { Calls } from './calls.js';
import { generationOf } from './changes.js';
import { clock } from './clock.js';
import { type Customers, keyOf } from './customers.js';
import { Deployments } from './deployments.js';
import type { Faults } from './faults.js';
import { mayStart } from './filters.js';
import type { History, SimEvent } from './history.js';
import type { Invocation, Stage } from './invocation.js';
import { Lambda } from './lambda.js';
import { mostSkewMs } from './lockstep.js';
import { Misfits } from './misfits.js';
import { Monitor, stepTimeoutMs } from './monitor.js';
import { portsOf, type Shared } from './ports.js';
import { awaitedByKey, type EventName, heardBy, type JourneySpec, type Via, waysOf } from './program.js';
import { Violation } from './run-track.js';
import type { Schedule } from './schedules.js';
import type { Timeline } from './timeline.js';

/** What the world lends to its journeys. */
export interface Hub {
  readonly history: History;
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly customers: Customers;
  readonly calls: Calls;
  readonly stage: Stage;
  /** The order that an event names, as first sent. */
  orderOf(event: string): unknown;
  /** The invocation that runs. */
  running(): Invocation;
  shared(journey: string, monitor: Monitor): Shared;
  /** Another number each time. */
  number(): number;
  count(kind: string): void;
  watch(check: () => void): void;
  tell(who: string, what: string): void;
}

export class Deployed {
  readonly monitor: Monitor;
  /** By version of the code; where it does not change, one for all. */
  private readonly engines: readonly Engine[];
  private readonly lambda: Lambda;
  /** Events that it has refused, as it may. */
  private readonly refused = new Set<string>();
  private readonly names: ReadonlySet<string>;
  private readonly deployments: Deployments;
  private readonly misfits: Misfits;
  /** What is delivered to one version of the code; anything else is for the live one. */
  private readonly versionOf = new WeakMap<Delivery, string>();
  private readonly handed = new WeakMap<Invocation, EngineEvent>();

  constructor(
    private readonly hub: Hub,
    readonly id: string,
    private readonly spec: JourneySpec,
  ) {
    const { history, customers } = hub;
    this.monitor = new Monitor(id, spec, customers, hub.calls, hub.orderOf);
    const versions = 1 + (spec.later?.length ?? 0);
    this.engines = Array.from({ length: versions }, (_, at) => this.engineOf(generationOf(spec, String(at + 1))));
    const { journey } = this.engine;
    this.deployments = new Deployments(history);
    this.misfits = new Misfits(spec.schemas);
    this.monitor.mayRefuseCall = (by, call) => this.mayRefuseCall(by, call);
    this.monitor.isGone = (version) => this.deployments.isGone(version);
    this.monitor.takenOver = (how) => hub.count(`taken over: ${how}`);
    for (const atMs of this.deployments.instantsMs()) hub.timeline.plan(atMs, async () => this.deployedAgain());
    this.names = new Set(eventNames(journey.definition));
    this.lambda = new Lambda(hub.stage, this.outcomes(), {
      timeoutMs: history.functionTimeoutS * 1_000,
      lateMs: 0.4 * journey.definition.acceptLateMs,
    });
  }

  /** What it takes in every generation of its code. */
  private get widest(): JourneySpec {
    return { ...this.spec, stillHears: heardBy(this.spec.program), stillTakes: awaitedByKey(this.spec.program) };
  }

  /** How long what it has stored may matter. */
  get keptMs(): number {
    const { acceptLateMs, maxDurationMs } = this.engine.journey.definition;
    return acceptLateMs + maxDurationMs;
  }

  /** Of the first version: what all of them have in common. */
  private get engine(): Engine {
    return this.engines[0]!;
  }

  private engineOf(spec: JourneySpec): Engine {
    const { hub } = this;
    const journey = journeyOf(this.id, spec, {
      perform: (...of) => this.perform(...of),
      stumbles: (...of) => this.monitor.stumbles(...of),
      sees: (...of) => hub.watch(() => this.monitor.sees(...of)),
      count: () => hub.number(),
      nowMs: () => hub.timeline.nowMs,
    });
    const timeoutsMs = Object.fromEntries(Object.entries(spec.timeoutsS ?? {}).map(([id, s]) => [id, s * 1_000]));
    return { journey, timeoutsMs, stepTimeoutMs, ...(spec.tells && { lifecycleEvents: spec.tells }) };
  }

  takes(name: string): boolean {
    return this.names.has(name);
  }

  /** An event of the history is delivered, late by its chance; faults deliver it twice, or once more when it is long forgotten. */
  expect(event: SimEvent, payload: EngineEvent, label: string): void {
    const { faults, timeline, history } = this.hub;
    const { acceptLateMs } = this.engine.journey.definition;
    const arrives = (name: string): number => arrivalMs(history, faults, event, { label: name, acceptLateMs });
    this.deliver(payload, label, arrives(label));
    if (faults.strikes('event twice', label)) {
      const againMs = arrives(`${label} again`);
      timeline.plan(againMs, () => faults.struck('event twice'));
      this.deliver(payload, `${label} again`, againMs);
    }
    if (faults.strikes('event long after', label)) {
      const againMs = payload.timeMs + faults.chance(`long after@${label}`) * 1.5 * this.keptMs;
      timeline.plan(againMs, () => faults.struck('event long after'));
      this.deliver(payload, `${label} long after`, againMs);
    }
  }

  deliver(event: EngineEvent, label: string, atMs: number): void {
    const own = eventPosition(event, this.starts(event.name) ? 'trigger' : 'event');
    this.hub.timeline.plan(atMs, () =>
      this.lambda.invoke({ label, pk: this.monitor.domainOf(this.homeOf(event)), own }, (requestId) => ({
        kind: 'event',
        event,
        requestId,
      })),
    );
  }

  async fires({ label, atMs, timer, event, codeVersion }: Schedule, copy: number): Promise<void> {
    const { timeline, faults } = this.hub;
    const name = copy === 0 ? label : copy === 1 ? `${label} again` : `${label} long after`;
    if (event) return this.deliver(event, name, timeline.nowMs);
    if (!timer) return;
    const { pk: partition, position } = runRefOf(timer.run)!;
    const pk = homeOf(partition);
    const { run, step, attempt, deadlineMs } = timer;
    if (timeline.nowMs < atMs) faults.struck('timer early');
    const cause = { label: name, pk: this.monitor.domainOf(pk), own: position };
    await this.lambda.invoke(cause, (requestId) =>
      this.toVersion(codeVersion, { kind: 'timer', run, step, attempt, deadlineMs, atMs, requestId }),
    );
  }

  /** Lambda has accepted it: it is under way from now on. */
  forward(version: string, cause: EngineCause, own: Own): 'accepted' | 'gone' {
    const { timeline, stage, faults } = this.hub;
    if (this.deployments.isGone(version)) return 'gone';
    this.hub.count('forwards');
    const label = `forward of ${cause} to ${version} #${this.hub.number()}`;
    const pk = this.monitor.domainOf(own.pk);
    stage.underWay(pk, 1);
    timeline.plan(timeline.nowMs + faults.chance(`forwarded@${label}`) ** 3 * 30_000, async () => {
      await this.lambda.invoke({ label, pk, own: own.position }, (requestId) =>
        this.toVersion(version, { kind: 'forwarded', version, cause, own, requestId }),
      );
      stage.underWay(pk, -1);
    });
    return 'accepted';
  }

  private toVersion(version: string | undefined, delivery: Delivery): Delivery {
    const target = this.deployments.target(version, this.hub.timeline.nowMs);
    if (target !== undefined) this.versionOf.set(delivery, target);
    return delivery;
  }

  private deployedAgain(): void {
    const { timeline } = this.hub;
    const gone = this.deployments.prune(timeline.nowMs, this.monitor.runs());
    for (const _ of gone) this.hub.count('versionsRemoved');
    this.hub.tell(this.id, `is deployed again${gone.length > 0 ? `; removed: ${gone.join(', ')}` : ''}`);
  }

  private handle(invocation: Invocation, delivery: Delivery): Promise<void> {
    const { hub } = this;
    const version = this.versionOf.get(delivery) ?? this.deployments.live(hub.timeline.nowMs);
    invocation.codeVersion = version;
    if (delivery.kind === 'event') {
      this.handed.set(invocation, delivery.event);
      this.misfits.handed(invocation, delivery.event, hub.timeline.nowMs);
    }
    const code = this.engines[Number(version) - 1] ?? this.engine;
    const engine = version === undefined ? code : { ...code, codeVersion: version };
    return handle(engine, portsOf(invocation, hub.shared(this.id, this.monitor)), delivery);
  }

  /** @throws Violation for an event that is neither on record, while the table has forgotten nothing, nor was refused. */
  assertKept(event: Pick<SentEvent, 'id' | 'name'> & Pick<EngineEvent, 'data'>): void {
    if (!this.takes(event.name)) return;
    const starts = mayStart(this.spec, event.name, event.data);
    const isFilteredOut = !starts && this.starts(event.name);
    const pk = this.homeOf(event as EngineEvent);
    const ways = waysOf(this.widest, event.name as EventName);
    const isKept = (via: Via): boolean => this.monitor.isKept(pk, event.id, { starts, via });
    if (ways.some(isKept) && this.misfits.isNeverTaken(event))
      throw new Violation('S1', `event ${event.id} is on record at ${this.id}, whose schema it never fitted`);
    if (this.refused.has(event.id)) return;
    const left = isFilteredOut ? ways.filter((via) => via !== 'key' || this.isElse(event.name)) : ways;
    if (left.length === 0 && isKept('key'))
      throw new Violation('S1', `event ${event.id} is on record at ${this.id}, though no trigger takes it`);
    for (const via of left) {
      if (this.isOfNoUse(via, pk, { id: event.id, starts })) continue;
      if (!isKept(via)) throw new Violation('L1', `event ${event.id} is lost to ${this.id}, where it counts by ${via}`);
    }
  }

  /** Whether an event is anything by the key, besides a trigger. */
  private isElse(name: string): boolean {
    const { waitsFor, cancelOn } = this.engine.journey.definition;
    return waitsFor.includes(name) || cancelOn.some(({ event, path }) => event === name && path === undefined);
  }

  /** An event without its key or account matches nothing; one that is the same as another one is nothing else. */
  private isOfNoUse(via: Via, pk: string, { id, starts }: { readonly id: string; readonly starts: boolean }): boolean {
    if (via === 'key') return pk === nowhere && !starts;
    return this.monitor.isJoined(id) || (via === 'account' && this.hub.customers.accountOf(id) === undefined);
  }

  /** Where an event belongs; one that is none of the journey's belongs nowhere. */
  private homeOf(event: EngineEvent): string {
    return partitionOf(this.engine.journey.definition, event) ?? nowhere;
  }

  private starts(name: string): boolean {
    return this.engine.journey.definition.triggers.some(({ event }) => event === name);
  }

  /** A user function: it takes its time, and may die. */
  private async perform(runId: string, step: string, attempt: number): Promise<void> {
    const { faults, history } = this.hub;
    const by = this.hub.running();
    let ended = (): void => {};
    this.hub.watch(() => {
      ended = this.monitor.functionStarts(by, runId, step, attempt);
    });
    const place = `${by.label}/${step}#${attempt}`;
    this.hub.tell(by.label, `runs function ${step}, attempt ${attempt}`);
    this.hub.count('functions');
    const ms = faults.chance(`takes@${place}`) ** 3 * history.functionS * 1_000;
    const dies = faults.strikes('dies in a function', place);
    if (dies) faults.struck('dies in a function');
    await by.pause(`function ${step}`, ms, dies);
    ended();
  }

  private outcomes(): ConstructorParameters<typeof Lambda>[1] {
    const { hub, monitor } = this;
    return {
      handle: (invocation, delivery) => this.handle(invocation, delivery),
      isRefused: (invocation, delivery, error) => this.isRefused(invocation, delivery, error),
      broken: (invocation, error) => {
        hub.watch(() => assertExpected(error));
        monitor.broken(invocation);
      },
      settled: (invocation) => {
        hub.watch(() => this.assertAnswered(invocation));
        hub.watch(() => this.misfits.acknowledged(invocation));
        hub.watch(() => monitor.acknowledged(invocation));
      },
    };
  }

  private isRefused(invocation: Invocation, delivery: Delivery, error: unknown): boolean {
    if (!(error instanceof Refused)) return false;
    this.hub.count(`refused ${error.code}`);
    this.hub.watch(() => {
      if (delivery.kind !== 'event' || !this.mayRefuse(error, delivery.event, invocation))
        throw new Violation('L1', `${invocation.label} refuses what it should take: ${error.message}`);
      this.refused.add(delivery.event.id);
      this.assertAnswered(invocation);
      const mendedMs = error.code === 'SchemaMismatch' ? this.misfits.mendedMs(delivery.event) : undefined;
      if (mendedMs !== undefined) this.redriveByHand(delivery.event, mendedMs);
    });
    return true;
  }

  /** Someone has mended the schema, and redrives. */
  private redriveByHand(event: EngineEvent, mendedMs: number): void {
    const { faults, timeline } = this.hub;
    const label = `${event.id} redriven by hand`;
    this.hub.count('redriven by hand');
    this.deliver(event, label, Math.max(mendedMs, timeline.nowMs) + faults.chance(`${label} at ${this.id}`) * 600_000);
  }

  /** A call that is refused comes back to its caller, whatever then becomes of the invocation that says so. */
  private mayRefuseCall(by: Invocation, call: string): boolean {
    const event = this.handed.get(by);
    if (event?.id !== call) return false;
    this.hub.count('calls refused');
    const codes = ['SchemaMismatch', 'TooManyHops', 'MissingKey', 'TooLate'] as const;
    return codes.some((code) => this.mayRefuse({ code }, event, by)) || !mayStart(this.spec, event.name, event.data);
  }

  /** Who has called is told, or its call was taken. */
  private assertAnswered(by: Invocation): void {
    const event = this.handed.get(by);
    if (event?.name !== callEvent('invoked', this.id) || this.hub.calls.isRefused(event.id)) return;
    // It is brought back at its time.
    if (event.timeMs > by.clockMs() + limits.maxAheadMs) return;
    if (!this.monitor.isKept(this.homeOf(event), event.id, { starts: true, via: 'key' }))
      throw new Violation('L1', `${by.label} neither takes call ${event.id} nor says that it does not`);
  }

  private mayRefuse({ code }: Pick<Refused, 'code'>, event: EngineEvent, invocation: Invocation): boolean {
    if (code === 'SchemaMismatch') return this.misfits.mayRefuse(invocation);
    const clockMs = invocation.clockMs();
    if (code === 'TooManyHops') return event.hops > limits.maxHops;
    if (code === 'MissingKey') {
      if (event.name === clock) return false;
      const { customers } = this.hub;
      const listens = this.spec.cancelOn.some(({ on }) => on === 'account');
      const isMissing = keyOf(customers.of(event.id)) === undefined;
      const isWithout = isMissing || (listens && customers.accountOf(event.id) === undefined);
      return isWithout && mayStart(this.spec, event.name, event.data);
    }
    return code === 'TooLate' && event.timeMs < clockMs - this.engine.journey.definition.acceptLateMs + mostSkewMs;
  }
}

const nowhere = 'nowhere';

const expected = new Set(['ServiceFault', 'Busy', 'EarlyTimer', 'OutOfTime', 'UnreachableVersion']);

/** What the engine throws must be a fault of a port, or a reason to come back. */
function assertExpected(error: unknown): void {
  if (error instanceof AggregateError) {
    for (const inner of error.errors) assertExpected(inner);
  } else if (!(error instanceof Error) || !(expected.has(error.name) || error.message === 'died')) {
    throw new Violation('engine', `the engine threw ${error instanceof Error ? error.stack : String(error)}`);
  }
}
