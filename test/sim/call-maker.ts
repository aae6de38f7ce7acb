/**
 * Makes some of a history's journeys call others of it: a journey calls only those after it, so that a history ends.
 *
 * Invariant: whatever it draws comes from choices of its own, and journeys that neither call nor are called stay as they were made.
 */
import type { Choices } from './chance.js';
import { rewritten } from './changes.js';
import { JourneyMaker } from './journey-maker.js';
import { type JourneySpec, type Node, nodesOf, type Program } from './program.js';
import { strictTimes } from './schemas.js';

/** @returns the journeys, and perhaps one more that is there to be called. */
export function withCalls(choices: Choices, journeys: readonly JourneySpec[], unitS: number): JourneySpec[] {
  const made = [...journeys];
  if (made.length === 1 || choices.yes(0.3)) made.push(calledOnly(choices, made, unitS));
  let calls = 0;
  for (let caller = made.length - 2; caller >= 0; caller -= 1) {
    const last = caller === 0 && calls === 0;
    if (!last && !choices.yes(0.5)) continue;
    const called = choices.between(caller + 1, made.length - 1);
    made[called] = { ...made[called]!, invocable: true };
    const spec = made[caller]!;
    let { program } = spec;
    for (
      let n = choices.weighted([
        [1, 4],
        [2, 2],
        [3, 1],
      ]);
      n > 0;
      n -= 1
    ) {
      calls += 1;
      program = put(choices, program, invokeOf(choices, `v${calls}`, called, unitS));
    }
    // An untimed call lasts as long as its run may live: that has to be known.
    const isUntimed = [...nodesOf(program)].some((node) => node.do === 'invoke' && node.untimed);
    made[caller] = { ...spec, program, ...(isUntimed && { lifeS: spec.lifeS ?? 30 * 86_400 }) };
  }
  return made;
}

/** Short, and with a life of its own: it may be cancelled, started otherwise, or over at once. */
function calledOnly(choices: Choices, journeys: readonly JourneySpec[], unitS: number): JourneySpec {
  const triggers = [...journeys.map((journey) => journey.triggers), choices.of([['B'], ['U'], ['X']] as const)];
  return new JourneyMaker(choices, { unitS, triggers, at: journeys.length }).make();
}

function invokeOf(choices: Choices, id: string, journey: number, unitS: number): Node {
  return {
    do: 'invoke',
    id,
    journey,
    s: choices.between(1, 9) * unitS,
    ...(choices.yes(0.6) && { caught: true }),
    ...(choices.yes(0.15) && { untimed: true }),
  };
}

/** At the top, beside a step of it, in a race with one, or twice in a loop. */
function put(choices: Choices, program: Program, call: Node): Program {
  const at = choices.below(program.length + 1);
  const [before, after] = [program.slice(0, at), program.slice(at)];
  const [next, ...rest] = after;
  const how = choices.weighted([
    ['alone', 5],
    ['beside', 3],
    ['raced', 3],
    ['looped', 1],
  ] as const);
  // Plain code stumbles only where nothing else has gone on yet.
  if (after.some((node) => node.do === 'stumble')) return [...before, call, ...after];
  if (how === 'looped') return [...before, { do: 'loop', times: 2, body: [call] }, ...after];
  if (how === 'alone' || !next) return [...before, call, ...after];
  const branches = choices.yes(0.5) ? [[call], [next]] : [[next], [call]];
  return [...before, { do: how === 'beside' ? 'all' : choices.of(['race', 'race', 'any']), branches }, ...rest];
}

/**
 * In half of the histories with calls some are refused: what they give lacks the key, fits no schema of the called journey, or does not
 * pass what it asks of calls.
 */
export function withRefusals(choices: Choices, journeys: readonly JourneySpec[], unitS: number): JourneySpec[] {
  if (!journeys.some(({ invocable }) => invocable) || choices.yes(0.5)) return [...journeys];
  return journeys.map((spec) => {
    const program = rewritten(spec.program, (node) => [node.do === 'invoke' ? spoiled(choices, node) : node]);
    if (!spec.invocable) return { ...spec, program };
    const asksOfCalls = choices.yes(0.3) && { asksOfCalls: [choices.of(['over', 'under'] as const)] };
    const { schemas = { names: [], ...strictTimes(choices, unitS) } } = spec;
    return { ...spec, program, ...asksOfCalls, ...(choices.yes(0.5) && { schemas: { ...schemas, calls: true } }) };
  });
}

function spoiled(choices: Choices, node: Extract<Node, { do: 'invoke' }>): Node {
  const odd = choices.yes(0.4) && { odd: true as const };
  const lacks = choices.yes(0.15) && { lacks: true as const };
  return { ...node, ...odd, ...lacks, n: choices.between(0, 3) };
}
