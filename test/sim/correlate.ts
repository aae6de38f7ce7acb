/**
 * Makes some histories correlated: their events carry an account besides the key, and some waits and cancellations find their
 * events by it, by one that was made in the run, or not at all, so that an event reaches every run.
 *
 * Drawn apart from all else, so that every other history stays what it was.
 */
import { Choices } from './chance.js';
import { accounts } from './customers.js';
import type { History } from './history.js';
import type { JourneySpec, Node, On, Program } from './program.js';

export function correlated(history: History): History {
  const choices = new Choices(history.seed, 'correlations');
  if (!choices.yes(0.25)) return history;
  const { journey, others, events } = history;
  return {
    ...history,
    // One event may have to look at many homes.
    latencyMs: Math.min(history.latencyMs, 200),
    journey: correlatedJourney(choices, journey),
    ...(others && { others: others.map((other) => correlatedJourney(choices, other)) }),
    events: events.map((event) => {
      const account = choices.of(accounts);
      return account === undefined ? event : { ...event, account };
    }),
  };
}

function correlatedJourney(choices: Choices, spec: JourneySpec): JourneySpec {
  const cancelOn = spec.cancelOn.map((cancel) =>
    choices.yes(0.35)
      ? {
          ...cancel,
          on: choices.weighted<'account' | 'every'>([
            ['account', 4],
            ['every', 1],
          ]),
        }
      : cancel,
  );
  return { ...spec, cancelOn, program: rewritten(choices, spec.program) };
}

function rewritten(choices: Choices, program: Program): Program {
  return program.map((node) => rewrittenNode(choices, node));
}

function rewrittenNode(choices: Choices, node: Node): Node {
  const inside = (nodes: Program): Program => rewritten(choices, nodes);
  switch (node.do) {
    case 'wait':
      return {
        ...node,
        ...(choices.yes(0.6) && { on: on(choices) }),
        ...(node.others && {
          others: node.others.map((other) => (choices.yes(0.6) ? { ...other, on: on(choices) } : other)),
        }),
        matched: inside(node.matched),
        timedOut: inside(node.timedOut),
      };
    case 'loop':
      return { ...node, body: inside(node.body) };
    case 'later':
      return { ...node, first: rewrittenNode(choices, node.first) as typeof node.first, body: inside(node.body) };
    case 'all':
    case 'race':
    case 'any':
      return { ...node, branches: node.branches.map(inside) };
    default:
      return node;
  }
}

function on(choices: Choices): On {
  return choices.weighted<On>([
    ['account', 4],
    ['made', 4],
    ['every', 2],
  ]);
}
