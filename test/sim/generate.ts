/**
 * Makes a history from a seed: a journey, events and fault rates. Half of the programs are the shapes that the protocol was
 * first explored with, half are random; times are few and round, so that ties and near misses are common.
 */
import { Choices } from './chance.js';
import { callFaults, type FaultKind, otherFaults } from './faults.js';
import type { History, SimEvent } from './history.js';
import { awaitedBy, type EventName, type JourneySpec, type Node, nodesOf, type Program } from './program.js';

export function historyOf(seed: number): History {
  const choices = new Choices(seed, 'history');
  const unitS = choices.of([1, 5, 30, 60, 300, 3_600]);
  const journey = new JourneyMaker(new Choices(seed, 'journey'), unitS).make();
  const functionTimeoutS = choices.weighted([
    [165, 65],
    [60, 15],
    [40, 20],
  ]);
  // An invocation must be able to look and still have the time that a step needs.
  const quick = functionTimeoutS < 60 || sendsItsTrigger(journey);
  const pageEntries = !quick && choices.yes(0.15) ? choices.between(1, 3) : undefined;
  return {
    seed,
    journey,
    events: eventsOf(new Choices(seed, 'events'), journey, unitS),
    ...ratesOf(new Choices(seed, 'faults')),
    functionTimeoutS,
    functionS: choices.of(functionTimeoutS < 60 ? [2, 20, 30] : [0.2, 2, 20, 60]),
    latencyMs: choices.of(quick ? [5, 50] : [5, 50, 50, 500, 3_000]),
    ...(pageEntries !== undefined && { pageEntries }),
    delayS: unitS * choices.of([1, 3, 10]),
  };
}

function sendsItsTrigger({ program, triggers }: JourneySpec): boolean {
  return [...nodesOf(program)].some((node) => node.do === 'send' && triggers.includes(node.event));
}

/** Swarm: each kind of fault is in half of the histories, at a rate of its own. */
function ratesOf(choices: Choices): Pick<History, 'rates' | 'mostFaults'> {
  const rates: Partial<Record<FaultKind, number>> = {};
  for (const kind of callFaults) if (choices.yes(0.5)) rates[kind] = choices.of([0.01, 0.03, 0.1]);
  for (const kind of otherFaults) if (choices.yes(0.5)) rates[kind] = choices.of([0.05, 0.2, 0.5]);
  if (!choices.yes(0.15)) delete rates['event ahead'];
  const mostFaults = choices.weighted([
    [0, 1],
    [1, 3],
    [2, 4],
    [3, 4],
    [6, 5],
    [15, 3],
  ]);
  return { rates, mostFaults };
}

function eventsOf(choices: Choices, journey: JourneySpec, unitS: number): SimEvent[] {
  const customers = choices.yes(0.2) ? 2 : 1;
  const most = sendsItsTrigger(journey) ? 2 : customers === 1 ? 7 : 4;
  const events: SimEvent[] = [];
  for (let c = 1; c <= customers; c += 1)
    for (const { name, s } of ofOneCustomer(choices, journey, { unitS, most }))
      events.push({ id: `e${events.length + 1}`, name, customer: `c${c}`, s });
  return shuffledIds(choices, events);
}

/** Mostly a trigger first, then whatever the journey knows, at round times. */
function ofOneCustomer(
  choices: Choices,
  { program, triggers, cancelOn }: JourneySpec,
  { unitS, most }: { readonly unitS: number; readonly most: number },
): Pick<SimEvent, 'name' | 's'>[] {
  const awaited = awaitedBy(program);
  const names: readonly (readonly [EventName, number])[] = [
    ...triggers.map((name) => [name, 3] as const),
    ...awaited.map((name) => [name, 6 / awaited.length] as const),
    ...cancelOn.map(({ event }) => [event, 2 / cancelOn.length] as const),
  ];
  const startsAtOnce = choices.yes(0.8);
  return Array.from({ length: choices.between(1, most) }, (_, i) => {
    if (i === 0 && startsAtOnce) return { name: triggers[0]!, s: 0 };
    const jitterS = choices.yes(0.3) ? choices.between(0, 2) : 0;
    return { name: choices.weighted(names), s: choices.between(0, 9) * unitS + jitterS };
  });
}

/** Ids order events of one second, so they must not follow the order of anything else. */
function shuffledIds(choices: Choices, events: readonly SimEvent[]): SimEvent[] {
  const ids = events.map(({ id }) => id);
  return events.map((event) => ({ ...event, id: ids.splice(choices.below(ids.length), 1)[0]! }));
}

class JourneyMaker {
  private steps = 0;
  private size = 0;
  private readonly triggers: readonly EventName[];

  constructor(
    private readonly choices: Choices,
    private readonly unitS: number,
  ) {
    this.triggers = choices.weighted<readonly EventName[]>([
      [['T'], 6],
      [['T', 'U'], 3],
      [['U'], 1],
    ]);
  }

  make(): JourneySpec {
    const { choices } = this;
    const program = choices.yes(0.45) ? this.shape() : this.program(choices.between(1, 3), 3);
    // A journey that starts itself is a chain of runs up to the limit of hops: rare, and never in a loop.
    const chain =
      choices.yes(0.03) && sizeOf(program) <= 3
        ? [{ do: 'send', id: this.id('e'), event: this.triggers[0]! } as const]
        : [];
    const lonely = awaitedBy(program).length === 0 && choices.yes(0.5);
    return {
      triggers: this.triggers,
      cancelOn: lonely ? [] : this.cancelOn(program),
      ...(lonely && { keyless: true }),
      retries: choices.of([0, 1, 2, 4]),
      program: this.stumbling([...program, ...chain]),
    };
  }

  /** Now and then the plain code throws some times, before anything runs beside it. */
  private stumbling(program: Program): Program {
    const { choices } = this;
    if (!choices.yes(0.08)) return program;
    const fork = program.findIndex((node) => 'branches' in node || node.do === 'loop' || node.do === 'wait');
    const at = choices.below((fork < 0 ? program.length : fork) + 1);
    const stumble = { do: 'stumble', id: this.id('p'), fails: choices.between(1, 3) } as const;
    return [...program.slice(0, at), stumble, ...program.slice(at)];
  }

  private cancelOn(program: Program): JourneySpec['cancelOn'] {
    const { choices } = this;
    const windowS = (choices.between(0, 6) + (choices.yes(0.5) ? 0.5 : 0)) * this.unitS;
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
    ];
    return choices.of(shapes)();
  }

  private program(length: number, depth: number): Program {
    return Array.from({ length }, () => this.node(depth));
  }

  private node(depth: number): Node {
    const { choices } = this;
    this.size += 1;
    const small = depth === 0 || this.size > 7;
    const kind = choices.weighted<'run' | 'sleep' | 'wait' | 'all' | 'race' | 'any' | 'loop' | 'send'>([
      ['run', 3],
      ['sleep', 1],
      ['wait', 4],
      ['send', 0.5],
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

  private wait(event: EventName, matched: Program = [], timedOut: Program = []): Node {
    const { choices } = this;
    const since = choices.yes(0.2) ? { since: choices.of(['trigger', 'last-step'] as const) } : {};
    return { do: 'wait', id: this.id('w'), event, s: choices.between(1, 7) * this.unitS, ...since, matched, timedOut };
  }

  private run(): Node {
    const { choices } = this;
    const id = this.id('r');
    if (!choices.yes(0.25)) return { do: 'run', id };
    return {
      do: 'run',
      id,
      fails: choices.between(1, 3),
      how: choices.of(['error', 'error', 'later', 'final']),
      ...(choices.yes(0.6) && { caught: true }),
    };
  }

  private sleep(): Node {
    return { do: 'sleep', id: this.id('s'), s: this.choices.between(1, 5) * this.unitS };
  }

  private send(): Node {
    return { do: 'send', id: this.id('e'), event: this.choices.of(['A', 'B', 'P', 'X']) };
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
