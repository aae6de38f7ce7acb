/**
 * How a scenario ends: from any state faults stop, timers fire, and every run must come to its end; and the ends that are right,
 * those of the same deliveries one at a time, in every order (DESIGN 4.4 a).
 */
import type { Faults } from './choice.js';
import { timerDue } from './deliveries.js';
import { faultless, type Scenario } from './scenario.js';
import { Violation } from './watch.js';
import { ExploredWorld } from './world.js';

export async function startOf(
  scenario: Scenario,
  faults: Faults = scenario.faults ?? faultless,
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

const mostCallsAlone = 2_000;

/** One delivery at a time breaks the promise already: there is no right end to compare with. */
export class BrokenOrder extends Error {
  override readonly name = 'BrokenOrder';
}

/** Faults stop, the clock runs on, timers fire one after another: everything must come to its end. */
export async function endOf(scenario: Scenario, world: ExploredWorld): Promise<string> {
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
  let made = 0;
  for (let [choice] = world.choices(); choice; [choice] = world.choices()) {
    await world.make(choice);
    made += 1;
    if (made > mostCallsAlone) throw new Violation(`it is not at rest after ${mostCallsAlone} calls`);
  }
}

/** @throws BrokenOrder */
export async function sequentialOutcomes(scenario: Scenario): Promise<Set<string>> {
  const outcomes = new Set<string>();
  const count = await countOfDues(scenario);
  for (const order of permutations(count)) {
    const world = await startOf(scenario, faultless);
    const dues = scenario.dues(world);
    try {
      for (const i of order) {
        await world.add(dues[i]!);
        await alone(world);
      }
      outcomes.add(await endOf(scenario, world));
    } catch (error) {
      throw new BrokenOrder(
        `${scenario.name}, one at a time (${order.map((i) => dues[i]!.label).join(', ')}): ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
  return outcomes;
}

async function countOfDues(scenario: Scenario): Promise<number> {
  try {
    return scenario.dues(await startOf(scenario)).length;
  } catch (error) {
    throw new BrokenOrder(`${scenario.name}, before anything is under way at once: ${(error as Error).message}`, {
      cause: error,
    });
  }
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
      step.kind === 'wait' && step.matched
        ? [`${id}=${[step.matched, ...(step.matchedOthers ?? [])].map((event) => event.id).join('+')}`]
        : [],
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
export function assertSequential(world: ExploredWorld, end: string, sequential: ReadonlySet<string>): void {
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
