/**
 * Changes a journey's code as its author might between two deployments: a step renamed, put in, taken out, of another kind, with
 * another time, or in another order.
 *
 * Invariants: which events a journey takes, what cancels it and how long it lasts stay (docs/decisions/020 says why they must), so
 * nothing changes where it sends at all; no branch, loop or body becomes empty; a new step has an id that no generation had.
 */
import type { Choices } from './chance.js';
import {
  awaitedByKey,
  type EventName,
  heardBy,
  type JourneySpec,
  type Node,
  nodesOf,
  type Program,
} from './program.js';

type Wait = Extract<Node, { do: 'wait' }>;
type Step = Extract<Node, { do: 'run' | 'sleep' | 'wait' }>;

/** The programs of so many later generations, each made from the one before. One in five is deployed unchanged. */
export function laterPrograms(choices: Choices, spec: JourneySpec, count: number): Program[] {
  const later: Program[] = [];
  for (let generation = 2; generation <= count + 1; generation += 1) {
    let program = later.at(-1) ?? spec.program;
    const changes = choices.yes(0.2) ? 0 : choices.between(1, 2);
    for (let n = 0; n < changes; n += 1) {
      const changed = changedOnce(choices, program, { id: `n${generation}${n}`, events: awaitedByKey(spec.program) });
      if (isWhole(changed) && sends(changed) === sends(program)) program = changed;
    }
    later.push(program);
  }
  return later;
}

/** A journey as one generation of its code has it; it goes on to take what older generations await. */
export function generationOf(spec: JourneySpec, codeVersion: string | undefined): JourneySpec {
  const { later, ...first } = spec;
  const program = later?.[Number(codeVersion) - 2];
  return program === undefined
    ? first
    : { ...first, program, stillTakes: awaitedByKey(spec.program), stillHears: heardBy(spec.program) };
}

/** Code without plain code that throws: its retries are no part of what a record must fit. */
export function withoutStumbles(program: Program): Program {
  return rewritten(program, (node) => (node.do === 'stumble' ? [] : [node]));
}

interface New {
  readonly id: string;
  /** What may be awaited. */
  readonly events: readonly EventName[];
}

function changedOnce(choices: Choices, program: Program, fresh: New): Program {
  const nodes = [...nodesOf(program)];
  const steps = nodes.filter((node): node is Step => node.do === 'run' || node.do === 'sleep' || node.do === 'wait');
  if (steps.length === 0) return program;
  const target = choices.of(steps);
  const replaced = (...by: Program): Program => rewritten(program, (node, was) => (was === target ? by : [node]));
  // What was rewritten inside of a wait is nothing here: it is the target that changes.
  switch (choices.of(['rename', 'insert', 'insert', 'remove', 'retype', 'retime', 'relist', 'reorder'] as const)) {
    case 'rename':
      return replaced({ ...target, id: fresh.id });
    case 'insert': {
      const step = anyStep(choices, fresh, choices.of(['run', 'sleep', 'wait']));
      return choices.yes(0.5) ? replaced(step, target) : replaced(target, step);
    }
    case 'remove':
      return replaced();
    case 'retype': {
      const others = (['run', 'sleep', 'wait'] as const).filter((kind) => kind !== target.do);
      return replaced(anyStep(choices, { ...fresh, id: target.id }, choices.of(others)));
    }
    case 'retime':
      return target.do === 'run' ? program : replaced({ ...target, s: target.s * choices.between(2, 3) });
    case 'relist':
      return target.do === 'wait' ? replaced({ ...target, ...relisted(choices, target.event, fresh) }) : program;
    case 'reorder':
      return reordered(choices, program);
  }
}

function anyStep(choices: Choices, { id, events }: New, kind: Step['do']): Step {
  if (kind === 'run') return { do: 'run', id };
  const s = choices.of([1, 30, 300]);
  if (kind === 'sleep' || events.length === 0) return { do: 'sleep', id, s };
  return { do: 'wait', id, event: choices.of(events), s, matched: [], timedOut: [] };
}

/** Awaits others beside its event, or takes of them something else. */
function relisted(choices: Choices, event: EventName, { events }: New): Pick<Wait, 'takes' | 'others'> {
  const others = events.filter((name) => name !== event && choices.yes(0.5)).map((name) => ({ event: name }));
  return { takes: choices.of(['any', 'all', 'none'] as const), others };
}

/** Two neighbours at the top change places, or the branches of a fork are called the other way round. */
function reordered(choices: Choices, program: Program): Program {
  const forks = [...nodesOf(program)].filter((node) => 'branches' in node);
  if (forks.length > 0 && choices.yes(0.5)) {
    const target = choices.of(forks);
    return rewritten(program, (node, was) =>
      was === target && 'branches' in node ? [{ ...node, branches: [...node.branches].reverse() }] : [node],
    );
  }
  if (program.length < 2) return program;
  const at = choices.below(program.length - 1);
  return [...program.slice(0, at), program[at + 1]!, program[at]!, ...program.slice(at + 2)];
}

/** Each node, what is inside of it first, becomes what `change` makes of it. */
export function rewritten(program: Program, change: (node: Node, was: Node) => Program): Program {
  const inside = (node: Node): Node => {
    const all = (nodes: Program): Program => rewritten(nodes, change);
    if (node.do === 'wait') return { ...node, matched: all(node.matched), timedOut: all(node.timedOut) };
    if (node.do === 'loop') return { ...node, body: all(node.body) };
    if ('branches' in node) return { ...node, branches: node.branches.map(all) };
    if (node.do !== 'later') return node;
    // What is awaited later is one step, whatever happens to it.
    const first = all([node.first]).find(
      (step): step is Step => step.do === 'run' || step.do === 'sleep' || step.do === 'wait',
    );
    return { ...node, first: first ?? node.first, body: all(node.body) };
  };
  return program.flatMap((node) => change(inside(node), node));
}

function isWhole(program: Program): boolean {
  const parts = [...nodesOf(program)].flatMap((node) =>
    'branches' in node ? node.branches : 'body' in node ? [node.body] : [],
  );
  return [program, ...parts].every((part) => part.length > 0);
}

function sends(program: Program): boolean {
  return [...nodesOf(program)].some((node) => node.do === 'send' || node.do === 'invoke');
}
