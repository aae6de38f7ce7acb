/**
 * Makes journeys from a seed, several of them on one bus: half of the programs are the shapes that the protocol was first explored
 * with, half are random. Journeys share event names, and what one sends may start, wake or cancel another.
 *
 * Invariant: what a journey sends never starts itself or one before it (but in the two kinds of endless chain, which are rare and
 * thin), so that a history ends.
 */
import type { Since } from '../../lib/journey/step.js';
import type { Choices } from './chance.js';
import {
  awaitedBy,
  type EventName,
  type JourneySpec,
  mistakes,
  type Node,
  nodesOf,
  type OtherEvent,
  odd,
  type Program,
  type Takes,
  unstorable,
} from './program.js';

export interface Plan {
  readonly unitS: number;
  /** Triggers of all journeys, in their order, and which of them this one is. */
  readonly triggers: readonly (readonly EventName[])[];
  readonly at: number;
}

export class JourneyMaker {
  private steps = 0;
  private size = 0;
  private readonly triggers: readonly EventName[];
  private readonly sendable: readonly EventName[];

  constructor(
    private readonly choices: Choices,
    private readonly plan: Plan,
  ) {
    this.triggers = plan.triggers[plan.at]!;
    const started = plan.triggers.slice(0, plan.at + 1).flat();
    this.sendable = (['A', 'B', 'P', 'X', 'U', 'T'] as const).filter(
      (name) => !started.includes(name) && (plan.triggers.length > 1 || (name !== 'U' && name !== 'T')),
    );
  }

  make(): JourneySpec {
    const { choices } = this;
    const program = choices.yes(0.45) ? this.shape() : this.program(choices.between(1, 3), 3);
    // A journey that starts itself is a chain of runs up to the limit of hops: rare, and never in a loop.
    const chain =
      choices.yes(0.03) && !this.isOneOfSeveral() && sizeOf(program) <= 3
        ? [{ do: 'send', id: this.id('e'), event: this.triggers[0]! } as const]
        : [];
    const lonely = awaitedBy(program).length === 0 && choices.yes(0.5);
    return {
      triggers: this.triggers,
      cancelOn: lonely ? [] : this.cancelOn(program),
      ...(lonely && { keyless: true }),
      retries: choices.of([0, 1, 2, 4]),
      ...(choices.yes(0.3) && { meddles: true }),
      ...this.life(),
      ...this.overridden(program),
      program: this.stumbling([...program, ...chain]),
    };
  }

  private isOneOfSeveral(): boolean {
    return this.plan.triggers.length > 1;
  }

  /** Now and then so short that runs end by it, and that the table forgets while the history goes on. */
  private life(): Pick<JourneySpec, 'lifeS' | 'acceptLateS'> {
    const { choices } = this;
    if (!choices.yes(0.25)) return {};
    return {
      lifeS: choices.of([choices.between(3, 20) * this.plan.unitS, 86_400, 30 * 86_400]),
      acceptLateS: choices.of([21_600, 86_400, 3 * 86_400]),
    };
  }

  /** Now and then the deployment has another time for a wait or a sleep. */
  private overridden(program: Program): Pick<JourneySpec, 'timeoutsS'> {
    const timed = [...nodesOf(program)].find(
      (node) => (node.do === 'wait' || node.do === 'sleep') && !('until' in node),
    );
    if (!timed || !('id' in timed) || !this.choices.yes(0.1)) return {};
    return { timeoutsS: { [timed.id]: this.choices.between(1, 4) * this.plan.unitS } };
  }

  /** Now and then the plain code throws some times, before anything runs beside it. */
  private stumbling(program: Program): Program {
    const { choices } = this;
    if (!choices.yes(0.08)) return program;
    const fork = program.findIndex(
      (node) => 'branches' in node || node.do === 'loop' || node.do === 'wait' || node.do === 'later',
    );
    const at = choices.below((fork < 0 ? program.length : fork) + 1);
    const how = choices.yes(0.4) ? { how: choices.of([...odd, 'later', 'final'] as const) } : {};
    const stumble = { do: 'stumble', id: this.id('p'), fails: choices.between(1, 3), ...how } as const;
    return [...program.slice(0, at), stumble, ...program.slice(at)];
  }

  private cancelOn(program: Program): JourneySpec['cancelOn'] {
    const { choices } = this;
    const windowS = (choices.between(0, 6) + (choices.yes(0.5) ? 0.5 : 0)) * this.plan.unitS;
    const window = choices.yes(0.3) ? { windowS: Math.max(windowS, 1) } : {};
    const newer = this.triggers.map((event) => ({ event, ...window }));
    const plain = { event: 'X' as const, ...(choices.yes(0.3) && { windowS: Math.max(windowS, 1) }) };
    const [awaited] = awaitedBy(program);
    const cancels: JourneySpec['cancelOn'] = choices.weighted<JourneySpec['cancelOn']>([
      [[], 3],
      [newer, 6],
      [newer.slice(0, 1), 2],
      [[plain], 2],
      [[...newer, plain], 3],
      [awaited ? [...newer, { event: awaited }] : newer, 0.5],
      // What another journey awaits.
      [[{ event: choices.of(['A', 'B', 'P'] as const), ...window }], this.isOneOfSeveral() ? 3 : 0.3],
    ]);
    return cancels.filter(({ event }, i) => cancels.findIndex((other) => other.event === event) === i);
  }

  /** The journeys of the model checker: DESIGN 4 and its protocol check. */
  private shape(): Program {
    const { choices } = this;
    const shapes: readonly (() => Program)[] = [
      () => [this.wait('P', [], [this.run()])],
      () => [this.fork('all', [[this.wait('A')], [this.wait('B')]]), this.run()],
      () => [this.fork('race', [[this.wait('A', [this.run()])], [this.wait('B', [this.run()])]])],
      () => [this.wait('P', [this.run()]), this.wait('P', [], [this.run()])],
      () => [this.run(), this.wait('P', [], [this.run()])],
      () => [this.fork('all', [[this.wait('A', [this.run()])], [this.wait('B', [this.run()])]])],
      () => [this.wait('P', [], [this.run(), this.wait('P', [], [this.run()])])],
      () => [{ do: 'loop', times: choices.between(2, 3), body: [this.wait('P', [], [this.run()])] }],
      () => [this.sleep(), this.wait('P', [], [this.run()])],
      () => [this.fork('race', [[this.wait('A')], [this.sleep()], [this.run()]]), this.wait('P')],
      () => [this.waitFor('all', ['A', 'B'], [this.run()], [this.run()])],
      () => [this.waitFor('any', ['A', 'B', 'P'], [this.run(), this.wait('B')])],
      () => [this.waitFor('all', ['A', 'B'], [this.waitFor('any', ['A', 'B'])]), this.run()],
      () => [this.run(), this.waitFor('none', ['B', 'P'], [], [this.run()])],
      () => [this.fork('race', [[this.waitFor('all', ['A', 'P'])], [this.wait('B', [this.run()])]])],
    ];
    const talks = this.isOneOfSeveral() ? this.talks() : [];
    return choices.of(talks.length > 0 && choices.yes(0.5) ? talks : shapes)();
  }

  /** A question that another journey answers, or the answer. */
  private talks(): (() => Program)[] {
    const { triggers, at } = this.plan;
    const next = triggers.slice(at + 1).flat();
    const asked = next.filter((name) => this.sendable.includes(name));
    const ask = (): Node => this.send(this.choices.of(asked));
    const answers = (): Program => [this.send(), this.wait('B', [], [this.run()])];
    if (asked.length === 0) return [() => [this.send()], () => [this.run(), this.send()], answers];
    return [
      () => [ask(), this.wait('A', [this.run()], [this.run()])],
      () => [{ do: 'loop', times: 2, body: [ask(), this.wait(this.choices.of(['A', 'B', 'P']))] }],
      () => [this.fork('race', [[ask(), this.wait('B')], [this.wait('P')]]), this.run()],
    ];
  }

  private program(length: number, depth: number): Program {
    return Array.from({ length }, () => this.node(depth));
  }

  private node(depth: number): Node {
    const { choices } = this;
    this.size += 1;
    const small = depth === 0 || this.size > 7;
    const kind = choices.weighted<Node['do']>([
      ['run', 3],
      ['sleep', 1],
      ['wait', 4],
      ['send', this.isOneOfSeveral() ? 2 : 0.5],
      ['later', small ? 0 : 0.7],
      ['mistake', 0.1],
      ['all', small ? 0 : 1],
      ['race', small ? 0 : 1],
      ['any', small ? 0 : 0.5],
      ['loop', small ? 0 : 0.5],
    ]);
    switch (kind) {
      case 'run':
        return this.run();
      case 'sleep':
        return this.sleep();
      case 'send':
        return this.send();
      case 'later':
        return {
          do: 'later',
          first: choices.of([() => this.wait(choices.of(this.awaitable())), () => this.run(), () => this.sleep()])(),
          body: this.program(choices.between(1, 2), depth - 1),
        };
      case 'mistake':
        return { do: 'mistake', id: this.id('m'), how: choices.of(mistakes) };
      case 'stumble':
        throw new Error('plain code stumbles at the top only');
      case 'invoke':
        throw new Error('calls are put in once all journeys are made (call-maker.ts)');
      case 'loop':
        return { do: 'loop', times: 2, body: this.program(choices.between(1, 2), depth - 1) };
      case 'wait':
        return this.wait(
          choices.of(this.awaitable()),
          small ? [] : this.program(choices.below(2), depth - 1),
          small ? [] : this.program(choices.below(2), depth - 1),
        );
      default:
        return this.fork(
          kind,
          Array.from({ length: choices.between(2, 3) }, () => this.program(choices.between(1, 2), depth - 1)),
        );
    }
  }

  /** Now and then a trigger or a cancelling event is awaited too. */
  private awaitable(): readonly EventName[] {
    if (this.choices.yes(0.9)) return ['A', 'B', 'P', 'P'];
    return [this.triggers[0]!, 'X'];
  }

  private wait(event: EventName, matched: Program = [], timedOut: Program = []): Extract<Node, { do: 'wait' }> {
    const { choices } = this;
    return {
      do: 'wait',
      id: this.id('w'),
      event,
      ...(choices.yes(0.25) && this.several(event)),
      s: choices.between(1, 7) * this.plan.unitS,
      ...this.since(),
      matched,
      timedOut,
    };
  }

  private waitFor(
    takes: Takes,
    [first, ...others]: readonly [EventName, ...EventName[]],
    matched: Program = [],
    timedOut: Program = [],
  ): Node {
    const { takes: _takes, others: _others, ...wait } = this.wait(first, matched, timedOut);
    return { ...wait, takes, others: others.map((event) => ({ event })) };
  }

  /** Where a window begins, now and then. */
  private since(): { since?: Since } {
    return this.choices.yes(0.2) ? { since: this.choices.of(['trigger', 'last-step'] as const) } : {};
  }

  /** A wait for more events than one, or for one by the tools for several. */
  private several(event: EventName): { takes: Takes; others: readonly OtherEvent[] } {
    const { choices } = this;
    const names = [...new Set([...this.awaitable(), 'A', 'B', 'P'] as const)].filter((name) => name !== event);
    const count = choices.weighted([
      [0, 1],
      [1, 6],
      [2, 3],
    ]);
    const others = Array.from({ length: count }, (): OtherEvent => {
      const [name] = names.splice(choices.below(names.length), 1);
      return { event: name!, ...this.since() };
    });
    return { takes: choices.of(['any', 'all', 'all', 'none'] as const), others };
  }

  private run(): Extract<Node, { do: 'run' }> {
    const { choices } = this;
    const id = this.id('r');
    const gives = choices.yes(0.3) ? { gives: choices.of(['object', 'object', 'nothing'] as const) } : {};
    if (!choices.yes(0.25)) return { do: 'run', id, ...gives };
    return {
      do: 'run',
      id,
      fails: choices.between(1, 3),
      how: choices.of(['error', 'error', 'later', 'final', choices.of(odd), choices.of([...unstorable, 'nested'])]),
      ...(choices.yes(0.6) && { caught: true }),
      ...gives,
    };
  }

  private sleep(): Extract<Node, { do: 'sleep' }> {
    const s = this.choices.between(1, 5) * this.plan.unitS;
    return { do: 'sleep', id: this.id('s'), s, ...(this.choices.yes(0.2) && { until: true }) };
  }

  private send(event?: EventName): Node {
    const { choices, sendable } = this;
    const fallback = sendable.length > 0 ? sendable : (['X'] as const);
    return {
      do: 'send',
      id: this.id('e'),
      event: event ?? choices.of(fallback),
      ...(choices.yes(0.15) && { two: true }),
    };
  }

  private fork(kind: 'all' | 'race' | 'any', branches: readonly Program[]): Node {
    return { do: kind, branches };
  }

  private id(letter: string): string {
    this.steps += 1;
    return `${letter}${this.steps}`;
  }
}

function sizeOf(program: Program): number {
  return [...nodesOf(program)].length;
}
