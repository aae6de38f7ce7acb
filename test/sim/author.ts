/**
 * A generated program as an author would write it: plain JavaScript over the step tools.
 */

import type { AnyJourney, Trigger } from '../../lib/journey/definition.js';
import { createJourney } from '../../lib/journey/definition.js';
import { NonRetriableError, RetryAfterError } from '../../lib/journey/errors.js';
import type { JourneyEvent, OutgoingEvent } from '../../lib/journey/event.js';
import type { JourneyHandlers } from '../../lib/journey/handlers.js';
import { invoke, referenceJourney } from '../../lib/journey/invoke.js';
import type { JourneyContext, StepTools } from '../../lib/journey/step.js';
import type { CronTrigger } from '../../lib/journey/trigger/trigger-cron.js';
import { clock, cronOfHistories } from './clock.js';
import { madeAccount } from './customers.js';
import { findingOf, ifsOf, ifsOfTrigger } from './filters.js';
import { callMistaken, failOddly, meddleWith, unstorableOf } from './oddities.js';
import {
  awaitedByKey,
  calledBy,
  type Elsewhere,
  type Failing,
  heardBy,
  type JourneySpec,
  journeyIdAt,
  type Node,
  nodesOf,
  type On,
  type OtherEvent,
  type Program,
  type Via,
} from './program.js';

import { refsOf, refusing, schemaOfCalls } from './schemas.js';

/** What the program asks of the world that it runs in. */
export interface Host {
  /** Whether plain code still throws here. */
  stumbles(runId: string, node: Extract<Node, { do: 'stumble' }>): boolean;
  /** Another number each time: data of sent events that a repeated send changes. */
  count(): number;
  /** A user function runs, outside of the engine: it takes its time, and may die. */
  perform(runId: string, step: string, attempt: number): Promise<void>;
  nowMs(): number;
  /** The code of a run was given this event: it must be its customer's, and as it was sent. */
  sees(runId: string, event: JourneyEvent): void;
}

/** Others may call it: one trigger for each `if`. */
function callable({ asksOfCalls, schemas }: JourneySpec, host: Host): Trigger[] {
  const schema = schemaOfCalls(schemas, () => host.nowMs());
  return ifsOf(asksOfCalls).map((asked) => ({ ...(schema ? invoke(schema) : invoke()), ...asked }) as Trigger);
}

/** @param id of the journey. */
export function journeyOf(id: string, spec: JourneySpec, host: Host): AnyJourney {
  const ref = refsOf(spec.schemas, () => host.nowMs());
  const programs = [spec.program, spec.onFailure ?? [], spec.onCancel ?? []];
  const sends = programs.some((program) =>
    [...nodesOf(program)].some((node) => node.do === 'send' || node.do === 'invoke'),
  );
  const { startS, finishS } = spec;
  return createJourney(
    {
      id,
      triggers: [
        ...spec.triggers.flatMap((name): (Trigger | CronTrigger)[] =>
          name === clock
            ? [cronOfHistories]
            : ifsOfTrigger(spec.asks, name).map((asked) => ({ event: ref(name), ...asked })),
        ),
        ...(spec.invocable ? callable(spec, host) : []),
      ],
      invokes: calledBy(spec.program).map((place) => referenceJourney(journeyIdAt(place))),
      ...(!spec.keyless && { key: 'data.key' }),
      waitsFor: [
        ...[...new Set([...awaitedByKey(spec.program), ...(spec.stillTakes ?? [])])].map(ref),
        ...elsewhere(spec).map(({ event, via }) => ({ event: ref(event), match: pathOf(via) })),
      ],
      cancelOn: spec.cancelOn.map(({ event, windowS, ask, on }) => ({
        event: ref(event),
        ...findingOf({ ask, on }, windowS !== undefined, () => pathOf(on!)),
        ...(windowS !== undefined && { timeout: windowS * 1_000 }),
      })),
      retries: spec.retries,
      ...(spec.idempotencyS !== undefined && {
        idempotency: { key: 'event.data.order', period: spec.idempotencyS * 1_000 },
      }),
      ...(spec.singleton && {
        singleton: { mode: 'skip', ...(spec.singleton === 'order' && { key: 'data.order' }) } as const,
      }),
      ...(sends && { maxDuration: '30d' }),
      ...handlersOf(spec, host),
      ...((startS ?? finishS) !== undefined && {
        timeouts: {
          ...(startS !== undefined && { start: startS * 1_000 }),
          ...(finishS !== undefined && { finish: finishS * 1_000 }),
        },
      }),
      ...(spec.lifeS !== undefined && { maxDuration: spec.lifeS * 1_000 }),
      ...(spec.acceptLateS !== undefined && { acceptLate: spec.acceptLateS * 1_000 }),
    },
    (context: JourneyContext) => new Author(context, host, spec.meddles === true).play(spec.program),
  );
}

/** A handler is told the id of the run that has ended; what it runs is the run that follows. */
function handlersOf(spec: JourneySpec, host: Host): JourneyHandlers {
  const after: Host = { ...host, perform: (ended, ...of) => host.perform(`after ${ended}`, ...of) };
  const handler =
    (program: Program) =>
    (context: object): Promise<string[]> =>
      new Author(context as JourneyContext, after, spec.meddles === true).play(program);
  return {
    ...(spec.onFailure && { onFailure: handler(spec.onFailure) }),
    ...(spec.onCancel && { onCancel: handler(spec.onCancel) }),
  };
}

function elsewhere({ program, stillHears = [] }: JourneySpec): Elsewhere[] {
  const all = [...heardBy(program), ...stillHears];
  return all.filter((one, i) => all.findIndex((other) => other.event === one.event && other.via === one.via) === i);
}

function pathOf(via: Exclude<Via, 'key'>): string | null {
  return via === 'every' ? null : 'data.account';
}

class Author {
  private readonly passed: string[] = [];
  private readonly called = new Map<string, number>();
  private readonly key: unknown;
  private readonly order: unknown;
  private readonly account: unknown;
  private readonly triggerMs: number;

  constructor(
    private readonly context: JourneyContext,
    private readonly host: Host,
    private readonly meddles: boolean,
  ) {
    const { event, runId } = context;
    host.sees(runId, event);
    this.key = event.data.key;
    this.order = event.data.order;
    this.account = event.data.account;
    this.triggerMs = Date.parse(event.time);
    this.used(event.data);
  }

  async play(program: Program): Promise<string[]> {
    if (this.meddles) this.context.logger.info('begins', { at: this.triggerMs });
    await this.sequence(program);
    if (this.meddles) this.context.logger.warn('ends', undefined);
    return this.passed;
  }

  private async sequence(program: Program): Promise<void> {
    for (const node of program) await this.node(node);
  }

  private async node(node: Node): Promise<void> {
    const { step } = this.context;
    switch (node.do) {
      case 'run':
        return this.run(node);
      case 'send':
        return this.send(node);
      case 'invoke':
        return this.invoke(node);
      case 'sleep': {
        const unique = this.unique(node.id);
        if (node.until) await step.sleepUntil(node.id, dateOf(this.triggerMs + node.s * 1_000, node.s % 3));
        else await step.sleep(node.id, node.s * 1_000);
        return this.pass(unique, 'slept');
      }
      case 'stumble':
        if (this.host.stumbles(this.context.runId, node)) await failure(node.how);
        return;
      case 'mistake':
        return callMistaken(step, node);
      case 'later': {
        const first = this.node(node.first);
        // Who awaits later says so: a rejection until then is not one that nobody minds.
        first.catch(() => {});
        await this.sequence(node.body);
        return first;
      }
      case 'wait':
        return this.wait(node);
      case 'all':
        await Promise.all(node.branches.map((branch) => this.sequence(branch)));
        return;
      case 'race':
        await Promise.race(node.branches.map((branch) => this.sequence(branch)));
        return;
      case 'any':
        try {
          await Promise.any(node.branches.map((branch) => this.sequence(branch)));
        } catch {
          throw new NonRetriableError('no branch succeeded');
        }
        return;
      case 'loop':
        for (let i = 0; i < node.times; i += 1) await this.sequence(node.body);
    }
  }

  private async run(node: Extract<Node, { do: 'run' }>): Promise<void> {
    const { step, runId } = this.context;
    const unique = this.unique(node.id);
    try {
      const value = await step.run(node.id, async ({ attempt }) => {
        await this.host.perform(runId, unique, attempt);
        if (attempt < (node.fails ?? 0))
          return node.how === 'nested' ? step.sleep('inner', '1h') : failure(node.how, attempt);
        const text = `result of attempt ${attempt}`;
        if (node.gives === 'nothing') return undefined;
        return node.gives === 'object' ? { text, list: [text, null, 1.5] } : text;
      });
      this.pass(unique, textOf(value));
      this.used(value);
    } catch (error) {
      this.pass(unique, 'failed');
      this.used(error);
      if (!node.caught) throw error;
    }
  }

  private async send(node: Extract<Node, { do: 'send' }>): Promise<void> {
    const unique = this.unique(node.id);
    try {
      const event = (): OutgoingEvent => {
        const order = this.order === undefined ? {} : { order: this.order };
        const account = this.account === undefined ? {} : { account: this.account };
        const data = {
          key: this.key,
          ...order,
          ...account,
          mark: `${unique}/${this.host.count()}`,
          ...(node.n !== undefined && { n: node.n }),
        };
        const tsMs = this.triggerMs + (node.tsS ?? 0) * 1_000;
        const dated = node.tsS === undefined ? {} : { ts: node.tsS % 2 === 0 ? new Date(tsMs) : tsMs };
        const sent = node.odd ? refusing(node.event).create({ ...data, odd: true }) : { name: node.event, data };
        return { ...sent, ...dated };
      };
      this.used(await this.context.step.sendEvent(node.id, node.two ? [event(), event()] : event()));
    } catch (error) {
      this.pass(unique, 'failed');
      throw error;
    }
    this.pass(unique, 'sent');
  }

  private async invoke(node: Extract<Node, { do: 'invoke' }>): Promise<void> {
    const unique = this.unique(node.id);
    const account = this.account === undefined ? {} : { account: this.account };
    try {
      const value = await this.context.step.invoke(node.id, {
        journey: referenceJourney(journeyIdAt(node.journey)),
        data: {
          ...(!node.lacks && { key: this.key, ...account }),
          ...(node.odd && { odd: true }),
          ...(node.n !== undefined && { n: node.n }),
          mark: `${unique}/${this.host.count()}`,
        },
        ...(!node.untimed && { timeout: node.s * 1_000 }),
      });
      this.pass(unique, `returned ${JSON.stringify(value)}`);
      this.used(value);
    } catch (error) {
      const { name } = error as Error;
      this.pass(unique, name.startsWith('Invoke') ? name : 'failed');
      this.used(error);
      if (!node.caught) throw error;
    }
  }

  private async wait(node: Extract<Node, { do: 'wait' }>): Promise<void> {
    const unique = this.unique(node.id);
    const come = await awaited(this.context.step, node, (on) => this.matchOf(on));
    const isOwn = node.on === undefined && (node.others ?? []).every(({ on }) => on === undefined);
    for (const event of come ?? []) if (isOwn) this.host.sees(this.context.runId, event);
    this.pass(unique, come === null ? 'timed out' : `matched ${come.map(({ data }) => data.mark).join(' and ')}`);
    this.used(come);
    await this.sequence(come === null ? node.timedOut : node.matched);
  }

  private matchOf(on: On): unknown {
    if (on === 'made') return { 'data.account': madeAccount(this.passed) };
    return on === 'every' ? null : 'data.account';
  }

  /** The name that the engine gives to a repeated step. */
  private unique(id: string): string {
    const before = this.called.get(id) ?? 0;
    this.called.set(id, before + 1);
    return before === 0 ? id : `${id}:${before}`;
  }

  /** What the code is given is its own: it may do with it what it likes. */
  private used(value: unknown): void {
    if (this.meddles) meddleWith(value);
  }

  private pass(step: string, outcome: string): void {
    this.passed.push(`${step}: ${outcome}`);
  }
}

/** @returns what has come, or null when the time is up. */
async function awaited(
  step: StepTools,
  node: Extract<Node, { do: 'wait' }>,
  matchOf: (on: On) => unknown,
): Promise<readonly JourneyEvent[] | null> {
  const { id, event, takes, others = [] } = node;
  const ms = node.s * 1_000;
  const since = { ...(node.since && { since: node.since }) };
  const finding = findingOf(node, node.s % 2 === 1, matchOf);
  const single = { event, ...finding, ...since };
  if (takes === undefined) return one(await step.waitForEvent(id, { ...single, timeout: ms } as never));
  if (takes === 'none' && others.length === 0)
    return one(await step.expectNone(id, { ...single, within: ms } as never));
  const isPlain = node.ask === undefined && node.on === undefined;
  const events = [isPlain ? event : { event, ...finding }, ...others.map((other) => entryOf(other, matchOf))];
  const options = { events, ...since } as object;
  if (takes === 'none') return one(await step.expectNone(id, { ...options, within: ms } as never));
  if (takes === 'any') return one(await step.waitForAny(id, { ...options, timeout: ms } as never));
  return step.waitForAll(id, { ...options, timeout: ms } as never);
}

/** By its name where nothing else is said of it. */
function entryOf({ event, since, ask, on }: OtherEvent, matchOf: (on: On) => unknown): object | string {
  if (since === undefined && ask === undefined && on === undefined) return event;
  return { event, ...(since && { since }), ...findingOf({ ask, on }, false, matchOf) };
}

function one(event: JourneyEvent | null): readonly JourneyEvent[] | null {
  return event && [event];
}

/** One date, as an author may write it. */
function dateOf(timeMs: number, way: number): Date | string | number {
  const date = new Date(timeMs);
  return way === 0 ? date : way === 1 ? date.toISOString() : timeMs;
}

/** One time, as an author may write it. */
const threeMinutes = ['3m', 180_000, '180'];

/** Throws, or answers with what cannot be stored. */
async function failure(how: Exclude<Failing, 'nested'> | undefined, attempt = 0): Promise<never> {
  switch (how) {
    case undefined:
    case 'error':
      throw new Error('it failed');
    case 'final':
      throw new NonRetriableError('it cannot work');
    case 'later':
      throw new RetryAfterError('try again later', threeMinutes[attempt % threeMinutes.length]!);
    case 'circular':
    case 'bigint':
    case 'function':
      return unstorableOf(how) as never;
    default:
      return failOddly(how);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? (value as { text: string }).text : String(value ?? 'nothing');
}
