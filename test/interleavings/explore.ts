/**
 * Explores a scenario: every order of the calls of its invocations, every death and lost answer that its budget allows, by
 * depth first search with replay from the start.
 *
 * Two schedules that lead to the same state (same records, timers, clock, and every invocation was told the same) have the
 * same future, so it is explored once; how many schedules stand behind the states is counted afterwards.
 */
import type { AnyJourney } from '../../lib/journey/definition.js';
import { type Choice, type Due, ExploredWorld, type Faults } from './world.js';
import { Violation } from './watch.js';

export interface Scenario {
  readonly name: string;
  readonly journey: (world: () => ExploredWorld) => AnyJourney;
  /** What has happened before anything is under way at once. */
  readonly before?: (world: ExploredWorld) => Promise<void>;
  /** Seconds after ten at which the invocations are under way. */
  readonly nowS: number;
  readonly dues: (world: ExploredWorld) => readonly Due[];
  readonly faults?: Faults;
  readonly pageEntries?: number;
  /** More that must hold in the end. */
  readonly finally?: (world: ExploredWorld) => void;
}

export interface Explored {
  readonly states: number;
  /** Schedules from the start to rest. */
  readonly interleavings: number;
  /** Different ends. */
  readonly outcomes: ReadonlySet<string>;
  /** Ends of one delivery at a time, in every order. */
  readonly sequential: ReadonlySet<string>;
}

/** A schedule that breaks the promise. */
export class BrokenSchedule extends Error {
  override readonly name = 'BrokenSchedule';

  constructor(
    scenario: string,
    readonly schedule: readonly Choice[],
    cause: unknown,
  ) {
    const told = schedule.map((choice, i) => `${i + 1}. ${tellChoice(choice)}`);
    super(`${scenario}: ${(cause as Error).message}\n${told.join('\n')}`, { cause });
  }
}

export function tellChoice(choice: Choice): string {
  if (choice.do === 'begins') return `${choice.who} begins`;
  if (choice.do === 'dies') return `${choice.who} dies before ${choice.what}`;
  return `${choice.who}: ${choice.what}${choice.fate === 'ok' ? '' : ` (${choice.fate})`}`;
}

async function startOf(
  scenario: Scenario,
  faults: Faults = scenario.faults ?? { crashes: 0, calls: 0 },
): Promise<ExploredWorld> {
  const world: ExploredWorld = new ExploredWorld(
    scenario.journey(() => world),
    { ...faults },
    scenario,
  );
  await scenario.before?.(world);
  world.nowS = Math.max(world.nowS, scenario.nowS);
  return world;
}

async function set(scenario: Scenario): Promise<ExploredWorld> {
  const world = await startOf(scenario);
  for (const due of scenario.dues(world)) await world.add(due);
  return world;
}

/** @throws BrokenSchedule */
export async function explore(scenario: Scenario, options: { readonly merge?: boolean } = {}): Promise<Explored> {
  const search = new Search(scenario, await sequentialOutcomes(scenario), options.merge ?? true);
  await search.run();
  const { states, children, outcomes, sequential } = search;
  return { states: states.size, interleavings: paths(children), outcomes, sequential };
}

/** A prefix that is to be explored: its schedule, and the state before its last choice. */
interface Branch {
  readonly schedule: readonly Choice[];
  readonly parent: number;
}

class Search {
  readonly states = new Map<string, number>();
  readonly children: number[][] = [];
  readonly outcomes = new Set<string>();
  private readonly stack: Branch[] = [{ schedule: [], parent: -1 }];

  constructor(
    private readonly scenario: Scenario,
    readonly sequential: ReadonlySet<string>,
    private readonly merge: boolean,
  ) {}

  async run(): Promise<void> {
    for (let branch = this.stack.pop(); branch; branch = this.stack.pop()) {
      const schedule = [...branch.schedule];
      try {
        const world = await set(this.scenario);
        for (const choice of schedule) await world.make(choice);
        await this.follow(world, schedule, branch.parent);
      } catch (error) {
        throw new BrokenSchedule(this.scenario.name, schedule, error);
      }
    }
  }

  /** Takes the first choice at every state and leaves the others for later, until a state is known or at rest. */
  private async follow(world: ExploredWorld, schedule: Choice[], before: number): Promise<void> {
    let parent = before;
    for (let state = this.reached(world, parent); state !== undefined; state = this.reached(world, parent)) {
      const [first, ...others] = world.choices();
      if (!first) {
        const end = await endOf(this.scenario, world);
        assertSequential(world, end, this.sequential);
        this.outcomes.add(end);
        return;
      }
      for (const other of others.reverse()) this.stack.push({ schedule: [...schedule, other], parent: state });
      schedule.push(first);
      await world.make(first);
      parent = state;
    }
  }

  /** @returns its number if it is new. */
  private reached(world: ExploredWorld, parent: number): number | undefined {
    const key = this.merge ? world.key() : String(this.states.size);
    const known = this.states.get(key);
    const state = known ?? this.states.size;
    if (parent >= 0) this.children[parent]!.push(state);
    if (known !== undefined) return undefined;
    this.states.set(key, state);
    this.children.push([]);
    return state;
  }
}

/** Paths from the first state to ends. A state is explored after its parents were found, not after all: so by memory. */
function paths(children: readonly (readonly number[])[]): number {
  const counted: number[] = [];
  const stack = [0];
  while (stack.length > 0) {
    const state = stack.at(-1)!;
    const below = children[state]!;
    const missing = below.filter((child) => counted[child] === undefined);
    if (missing.length > 0) stack.push(...missing);
    else {
      counted[state] = below.length === 0 ? 1 : below.reduce((sum, child) => sum + counted[child]!, 0);
      stack.pop();
    }
  }
  return counted[0]!;
}

/** Faults stop, the clock runs on, timers fire one after another: everything must come to its end. */
async function endOf(scenario: Scenario, world: ExploredWorld): Promise<string> {
  world.faults.crashes = 0;
  world.faults.calls = 0;
  for (let fired = 0; ; fired += 1) {
    world.assertAtRest();
    const [next] = [...world.timers.values()].sort((a, b) => a.atMs - b.atMs || (a.name < b.name ? -1 : 1));
    if (!next) break;
    if (fired > 50) throw new Violation('timers go on for ever');
    await world.add(timerDue(next.name, `timer of ${next.step} in the end ${fired}`));
    await alone(world);
  }
  const active = world.records.runs().find(({ status }) => status === 'active');
  if (active) throw new Violation(`run ${active.trigger.id} never ends`);
  scenario.finally?.(world);
  return outcomeOf(world);
}

/** Plays on without a choice: first come, first served. */
async function alone(world: ExploredWorld): Promise<void> {
  for (let [choice] = world.choices(); choice; [choice] = world.choices()) await world.make(choice);
}

export function timerDue(name: string, label: string, options: Partial<Due> & { atS?: number } = {}): Due {
  return {
    label,
    delivery: (world) => {
      const timer = world.timers.get(name);
      return timer && { kind: 'timer', ...timer, requestId: label };
    },
    notBeforeS: (world) => options.atS ?? ((world.timers.get(name)?.atMs ?? 0) - Date.UTC(2026, 10, 22, 10)) / 1_000,
    ...options,
  };
}

async function sequentialOutcomes(scenario: Scenario): Promise<Set<string>> {
  const outcomes = new Set<string>();
  const count = scenario.dues(await startOf(scenario)).length;
  for (const order of permutations(count)) {
    const world = await startOf(scenario, { crashes: 0, calls: 0 });
    const dues = scenario.dues(world);
    try {
      for (const i of order) {
        await world.add(dues[i]!);
        await alone(world);
      }
      outcomes.add(await endOf(scenario, world));
    } catch (error) {
      throw new Error(
        `${scenario.name}, one at a time (${order.map((i) => dues[i]!.label).join(', ')}): ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
  return outcomes;
}

function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, at) => [...order.slice(0, at), count - 1, ...order.slice(at)]),
  );
}

/** How each run ended, without times: those depend on when its functions ran. */
function outcomeOf(world: ExploredWorld): string {
  const runs = world.records.runs().map((run) => {
    const matched = [...run.steps].flatMap(([id, step]) =>
      step.kind === 'wait' && step.matched ? [`${id}=${step.matched.id}`] : [],
    );
    const { trigger, status, cancelledBy, output } = run;
    const end = status === 'cancelled' ? `by ${cancelledBy!.id}` : JSON.stringify(output);
    return [trigger.id, status, end, ...matched.sort()].join(' ');
  });
  return runs.sort().join(' | ');
}

/**
 * DESIGN 4.4 (a). A run that was cancelled while an executor held it may differ: it was cancelled between two of its steps, where
 * one delivery at a time has it go on; its resolved waits are still those of some order.
 */
function assertSequential(world: ExploredWorld, end: string, sequential: ReadonlySet<string>): void {
  if (sequential.has(end)) return;
  const held = world.watch.cancelledHeld;
  const comparable = (outcome: string): string =>
    outcome
      .split(' | ')
      .filter((run) => !held.has(run.split(' ')[0]!))
      .join(' | ');
  if (held.size > 0 && [...sequential].some((outcome) => comparable(outcome) === comparable(end))) return;
  throw new Violation(
    `it ends as no order of its events does: ${end}\n  orders: ${[...sequential].join('\n          ')}`,
  );
}
