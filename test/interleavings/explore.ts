/**
 * Explores a scenario: every order of the calls of its invocations, every death and lost answer that its budget allows, by
 * search with replay from the start.
 *
 * Two schedules that lead to the same state (same records, timers, clock, and every invocation was told the same) have the
 * same future, so it is explored once; how many schedules stand behind the states is counted afterwards.
 */
import { type Choice, tellChoice } from './choice.js';
import { assertSequential, endOf, sequentialOutcomes, startOf } from './ends.js';
import type { Scenario } from './scenario.js';
import { Violation } from './watch.js';
import type { ExploredWorld } from './world.js';

export interface Explored {
  readonly states: number;
  /** Schedules from the start to rest; undefined where not every state was explored. */
  readonly interleavings: number | undefined;
  /** Different ends. */
  readonly outcomes: ReadonlySet<string>;
  /** Ends of one delivery at a time, in every order. */
  readonly sequential: ReadonlySet<string>;
}

/** A schedule that breaks the promise. */
export class BrokenSchedule extends Error {
  override readonly name = 'BrokenSchedule';

  constructor(
    readonly scenario: string,
    /** What `replay` takes. */
    readonly schedule: string,
    readonly choices: readonly Choice[],
    cause: unknown,
  ) {
    const told = choices.map((choice, i) => `${i + 1}. ${tellChoice(choice)}`);
    const command = `npm run interleavings -- --only "${scenario}" --schedule ${schedule === '' ? '-' : schedule}`;
    super(`${scenario}: ${(cause as Error).message}\n${told.join('\n')}\nAgain: ${command}`, { cause });
  }
}

/** A schedule that is longer than any that comes to rest. */
const mostChoices = 2_000;

/** @throws BrokenSchedule; BrokenOrder when one delivery at a time breaks the promise already. */
export async function explore(scenario: Scenario, options: { readonly merge?: boolean } = {}): Promise<Explored> {
  const search = new Search(scenario, await sequentialOutcomes(scenario), options.merge ?? true);
  await search.run();
  const { states, children, outcomes, sequential, isWhole } = search;
  return { states: states.size, interleavings: isWhole ? paths(children) : undefined, outcomes, sequential };
}

/**
 * Plays one schedule, then to the end. @param schedule a choice for each letter: its place among those that there are, in base 36.
 * @throws BrokenSchedule as the search that found it did.
 */
export async function replay(scenario: Scenario, schedule: string): Promise<readonly Choice[]> {
  const sequential = await sequentialOutcomes(scenario);
  const played = new Played(scenario, await set(scenario));
  try {
    for (const place of schedule) await played.take(Number.parseInt(place, 36));
    if (played.world.choices().length === 0) await played.end(sequential);
    return played.choices;
  } catch (error) {
    throw played.broken(error);
  }
}

async function set(scenario: Scenario): Promise<ExploredWorld> {
  const world = await startOf(scenario);
  for (const due of scenario.dues(world)) await world.add(due);
  return world;
}

/** A world and the choices that were taken in it. */
class Played {
  readonly choices: Choice[] = [];
  private readonly places: number[] = [];

  constructor(
    private readonly scenario: Scenario,
    readonly world: ExploredWorld,
  ) {}

  async take(place: number): Promise<void> {
    const choice = this.world.choices()[place];
    if (!choice) throw new RangeError(`after ${this.choices.length} choices there is none with the number ${place}`);
    this.choices.push(choice);
    this.places.push(place);
    if (this.choices.length > mostChoices) throw new Violation(`it is not at rest after ${mostChoices} calls`);
    await this.world.make(choice);
  }

  async end(sequential: ReadonlySet<string>): Promise<string> {
    const end = await endOf(this.scenario, this.world);
    assertSequential(this.world, end, sequential);
    return end;
  }

  broken(cause: unknown): BrokenSchedule {
    const schedule = this.places.map((place) => place.toString(36)).join('');
    return new BrokenSchedule(this.scenario.name, schedule, this.choices, cause);
  }
}

/** A choice that is to be explored, and the way to it. */
interface Branch {
  readonly place: number;
  readonly before: Branch | undefined;
  /** The state in which it is taken. */
  readonly state: number;
}

function placesTo(branch: Branch | undefined): number[] {
  const places: number[] = [];
  for (let at = branch; at; at = at.before) places.push(at.place);
  return places.reverse();
}

class Search {
  readonly states = new Map<string, number>();
  readonly children: number[][] = [];
  readonly outcomes = new Set<string>();
  /** Undefined: the start. */
  private readonly open: (Branch | undefined)[] = [undefined];
  private drawn = 0;

  constructor(
    private readonly scenario: Scenario,
    readonly sequential: ReadonlySet<string>,
    private readonly merge: boolean,
  ) {}

  get isWhole(): boolean {
    return this.open.length === 0;
  }

  async run(): Promise<void> {
    const most = this.scenario.mostStates ?? Number.POSITIVE_INFINITY;
    while (this.open.length > 0 && this.states.size < most) {
      const branch = this.draw();
      const played = new Played(this.scenario, await set(this.scenario));
      try {
        for (const place of placesTo(branch)) await played.take(place);
        await this.follow(played, branch);
      } catch (error) {
        throw played.broken(error);
      }
    }
  }

  /** The last one found, which keeps few open; where not all will be explored, any one, or only late choices would vary. */
  private draw(): Branch | undefined {
    const { open } = this;
    if (this.scenario.mostStates === undefined) return open.pop();
    // Multiples of the golden ratio: spread evenly, and the same each time.
    this.drawn += 1;
    const at = Math.floor(((this.drawn * 0.618_033_988_749_895) % 1) * open.length);
    [open[at], open[open.length - 1]] = [open.at(-1), open[at]];
    return open.pop();
  }

  /** Takes the first choice at every state and leaves the others for later, until a state is known or at rest. */
  private async follow(played: Played, reachedBy: Branch | undefined): Promise<void> {
    let before = reachedBy;
    let state = this.reached(played.world, before?.state);
    while (state !== undefined) {
      const at = state;
      const count = played.world.choices().length;
      if (count === 0) {
        this.outcomes.add(await played.end(this.sequential));
        return;
      }
      for (let place = count - 1; place > 0; place -= 1) this.open.push({ place, before, state: at });
      before = { place: 0, before, state: at };
      await played.take(0);
      state = this.reached(played.world, at);
    }
  }

  /** @returns its number if it is new. */
  private reached(world: ExploredWorld, parent: number | undefined): number | undefined {
    const key = this.merge ? world.key() : String(this.states.size);
    const known = this.states.get(key);
    const state = known ?? this.states.size;
    if (parent !== undefined) this.children[parent]!.push(state);
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
