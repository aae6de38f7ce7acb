/**
 * Makes a failing history short: leaves out customers, events, faults and parts of the program for as long as the same
 * check still fails. Deterministic: the same history always shrinks to the same one.
 */
import type { FaultKind } from './faults.js';
import type { History } from './history.js';
import type { JourneySpec, Node, Program } from './program.js';
import { type PlayOptions, play } from './world.js';

export interface Shrunk {
  readonly history: History;
  readonly tries: number;
}

const mostTries = 4_000;

/** @param check what must still be violated. */
export async function shrink(history: History, check: string, options?: PlayOptions): Promise<Shrunk> {
  let best = history;
  let tries = 0;
  let drawn = (await play(best, options)).drawn;
  for (let smaller = true; smaller; ) {
    smaller = false;
    for (const candidate of candidates(best, drawn)) {
      if (tries >= mostTries) return { history: best, tries };
      tries += 1;
      const verdict = await play(candidate, options);
      if (verdict.violation?.check !== check) continue;
      best = candidate;
      drawn = verdict.drawn;
      smaller = true;
      break;
    }
  }
  return { history: best, tries };
}

function* candidates(history: History, drawn: readonly string[]): Iterable<History> {
  yield* fewerJourneys(history);
  yield* withoutEvents(history);
  yield* withoutFaults(history, drawn);
  for (const program of smallerPrograms(history.journey.program))
    yield { ...history, journey: { ...history.journey, program } };
  for (const journey of plainerJourneys(history.journey)) yield { ...history, journey };
  yield* plainerOthers(history);
  const { pageEntries, ...unpaged } = history;
  if (pageEntries !== undefined) yield unpaged;
  if (history.latencyMs > 5) yield { ...history, latencyMs: 5 };
  if (history.functionS > 0.2) yield { ...history, functionS: 0.2 };
  if (history.functionTimeoutS !== 165) yield { ...history, functionTimeoutS: 165 };
  for (const mostFaults of [0, drawn.length, history.mostFaults - 1])
    if (mostFaults >= 0 && mostFaults < history.mostFaults) yield { ...history, mostFaults };
}

function* fewerJourneys(history: History): Iterable<History> {
  const { others, ...alone } = history;
  if (!others) return;
  yield alone;
  for (const other of others) yield { ...alone, journey: other };
  if (others.length > 1) for (const left of others) yield { ...history, others: others.filter((o) => o !== left) };
}

function* plainerOthers(history: History): Iterable<History> {
  const { others = [] } = history;
  for (const [i, other] of others.entries()) {
    for (const program of smallerPrograms(other.program))
      yield { ...history, others: others.with(i, { ...other, program }) };
    for (const plainer of plainerJourneys(other)) yield { ...history, others: others.with(i, plainer) };
  }
}

function* withoutEvents(history: History): Iterable<History> {
  for (const customer of new Set(history.events.map((event) => event.customer)))
    yield { ...history, events: history.events.filter((event) => event.customer !== customer) };
  for (const left of history.events) yield { ...history, events: history.events.filter((event) => event !== left) };
}

function* withoutFaults(history: History, drawn: readonly string[]): Iterable<History> {
  for (const kind of Object.keys(history.rates) as FaultKind[]) {
    const { [kind]: _left, ...rates } = history.rates;
    yield { ...history, rates };
  }
  const calm = history.calm ?? [];
  for (let size = drawn.length >> 1; size > 1; size >>= 1)
    for (let i = 0; i < drawn.length; i += size) yield { ...history, calm: [...calm, ...drawn.slice(i, i + size)] };
  for (const name of drawn) yield { ...history, calm: [...calm, name] };
}

function* plainerJourneys(journey: JourneySpec): Iterable<JourneySpec> {
  const { timeoutsS, ...asWritten } = journey;
  if (timeoutsS) yield asWritten;
  const { schemas, ...untyped } = journey;
  if (schemas) yield* [untyped, { ...untyped, schemas: { names: schemas.names } }];
  yield* unclaimed(journey);
  yield* unfiltered(journey);
  yield* plainerEnds(journey);
  const { meddles, lifeS, acceptLateS, ...plain } = journey;
  const lived = { ...(lifeS !== undefined && { lifeS }), ...(acceptLateS !== undefined && { acceptLateS }) };
  if (meddles) yield { ...plain, ...lived };
  if (lifeS !== undefined || acceptLateS !== undefined) yield { ...plain, ...(meddles && { meddles }) };
  for (const left of journey.cancelOn)
    yield { ...journey, cancelOn: journey.cancelOn.filter((cancel) => cancel !== left) };
  for (const { event, windowS } of journey.cancelOn)
    if (windowS !== undefined)
      yield { ...journey, cancelOn: journey.cancelOn.map((cancel) => (cancel.event === event ? { event } : cancel)) };
  if (journey.triggers.length > 1)
    for (const left of journey.triggers)
      yield { ...journey, triggers: journey.triggers.filter((trigger) => trigger !== left) };
}

function* unfiltered(journey: JourneySpec): Iterable<JourneySpec> {
  const { asks, ...unasked } = journey;
  if (asks) yield unasked;
  for (const asked of journey.cancelOn)
    if (asked.ask)
      yield {
        ...journey,
        cancelOn: journey.cancelOn.map((cancel) => (cancel === asked ? withoutAsk(cancel) : cancel)),
      };
}

function withoutAsk<Asked extends { readonly ask?: unknown }>({ ask: _left, ...rest }: Asked): Omit<Asked, 'ask'> {
  return rest;
}

function* plainerEnds(journey: JourneySpec): Iterable<JourneySpec> {
  for (const name of ['onFailure', 'onCancel', 'tells', 'startS', 'finishS'] as const) {
    const { [name]: left, ...without } = journey;
    if (left !== undefined) yield without;
  }
  for (const name of ['onFailure', 'onCancel'] as const)
    for (const program of smallerPrograms(journey[name] ?? [])) yield { ...journey, [name]: program };
}

function* unclaimed(journey: JourneySpec): Iterable<JourneySpec> {
  const { idempotencyS, ...repeated } = journey;
  if (idempotencyS !== undefined) yield repeated;
  const { singleton, ...several } = journey;
  if (singleton) yield several;
}

/** Every program that is one node, branch or detail smaller. */
function* smallerPrograms(program: Program): Iterable<Program> {
  for (const [i, node] of program.entries()) {
    const before = program.slice(0, i);
    const after = program.slice(i + 1);
    yield [...before, ...after];
    for (const nodes of smallerNodes(node)) yield [...before, ...nodes, ...after];
  }
}

function* smallerNodes(node: Node): Iterable<Program> {
  if (node.do === 'wait') yield* smallerWaits(node);
  else if (node.do === 'loop') {
    yield node.body;
    for (const body of smallerPrograms(node.body)) if (body.length > 0) yield [{ ...node, body }];
  } else if (node.do === 'later') {
    yield [node.first];
    yield node.body;
    for (const body of smallerPrograms(node.body)) yield [{ ...node, body }];
  } else if ('branches' in node) yield* smallerForks(node);
  else if (node.do === 'stumble') yield* simplerFailures(node);
  else if (node.do === 'send') yield* undated(node);
  else if (node.do === 'run' && Object.keys(node).length > 2) {
    yield [{ do: 'run', id: node.id }];
    yield* simplerFailures(node);
  }
}

function* undated({ tsS, ...node }: Extract<Node, { do: 'send' }>): Iterable<Program> {
  if (tsS !== undefined) yield [node];
}

function* simplerFailures(node: Extract<Node, { do: 'run' | 'stumble' }>): Iterable<Program> {
  if (node.fails !== undefined && node.fails > 1) yield [{ ...node, fails: 1 }];
  if (node.how !== undefined && node.how !== 'error') yield [{ ...node, how: 'error' }];
}

function* smallerWaits(node: Extract<Node, { do: 'wait' }>): Iterable<Program> {
  const { since, ...plain } = node;
  if (since !== undefined) yield [plain];
  if (node.ask) yield [withoutAsk(node)];
  if (node.others?.some(({ ask }) => ask)) yield [{ ...node, others: node.others.map(withoutAsk) }];
  const { takes, others = [], ...single } = node;
  if (takes !== undefined) yield [single];
  for (const left of others) yield [{ ...node, others: others.filter((other) => other !== left) }];
  if (others.some((other) => other.since)) yield [{ ...node, others: others.map(({ event }) => ({ event })) }];
  for (const matched of smallerPrograms(node.matched)) yield [{ ...node, matched }];
  for (const timedOut of smallerPrograms(node.timedOut)) yield [{ ...node, timedOut }];
}

function* smallerForks(node: Extract<Node, { branches: readonly Program[] }>): Iterable<Program> {
  for (const [i, branch] of node.branches.entries()) {
    yield branch;
    const others = node.branches.filter((other) => other !== branch);
    if (others.length > 0) yield [{ ...node, branches: others }];
    for (const smaller of smallerPrograms(branch))
      if (smaller.length > 0) yield [{ ...node, branches: node.branches.with(i, smaller) }];
  }
}
